"""Strings and bytes with a hidden ``repr``, for secrets.

A traceback may print the variables of its frames (``%xmode Verbose`` of IPython does). A secret
therefore has a type with a hidden ``repr`` from where it is read to where it is sent.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import AfterValidator

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["HiddenText", "Secret", "SecretBytes", "forget_frames", "hide", "shown_address"]


class SecretBytes(bytes):
    """Bytes whose ``repr`` does not show them."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Return a fixed text without the secret."""
        return "SecretBytes(…)"


class Secret(str):
    """String whose ``repr`` does not show it.

    In all other respects it is a `str`: ``str()`` and format strings return the secret.

    Examples
    --------
    >>> {"token": Secret("hush")}
    {'token': Secret(…)}
    >>> Secret("hush") == "hush"
    True
    """

    __slots__ = ()

    def __repr__(self) -> str:
        """Return a fixed text without the secret."""
        return "Secret(…)"

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        """Return the encoded bytes, also with a hidden ``repr``."""
        return SecretBytes(super().encode(encoding, errors))


Raised = TypeVar("Raised", bound=BaseException)

_SECRET = {
    "access_token",
    "device_code",
    "error_description",
    "id_token",
    "refresh_token",
    "secret_access_key",
    "session_token",
}


def hide(value: Any, names: Collection[str] = _SECRET) -> Any:
    """Return a value with the strings under certain dictionary keys as `Secret`.

    Parameters
    ----------
    value : any
        JSON value or options; dictionaries in dictionaries are searched too.
    names : collection of str
        Keys to hide. Default: the keys that OAuth 2.0 and key services use for secrets.

    Returns
    -------
    any
        A copy with hidden strings, or the value itself if it is not a dictionary.
    """
    if not isinstance(value, dict):
        return value
    return {
        name: Secret(inner) if isinstance(inner, str) and name in names else hide(inner, names)
        for name, inner in value.items()
    }


_USER = re.compile(r"(?<=://)[^/]*@|\A[^/:]*:[^/]*@")
_QUERY = re.compile(r"(?<=[?#]).+", re.DOTALL)


def shown_address(address: object, longest: int = 200) -> str:
    """Return an address for a message, without a possible password or signature.

    Parameters
    ----------
    address : object
        URL or path.
    longest : int
        Maximum length of the result.

    Returns
    -------
    str
        The address with "…" in place of the user, password and query.

    Examples
    --------
    >>> shown_address("https://ada:hush@s3.example.org/x?X-Amz-Signature=5e")
    'https://…@s3.example.org/x?…'
    """
    return _QUERY.sub("…", _USER.sub("…@", str(address)))[:longest]


def forget_frames(error: Raised) -> Raised:
    """Remove the tracebacks of an error and its causes: their frames may contain secrets.

    Parameters
    ----------
    error : exception
        Changed in place.

    Returns
    -------
    exception
        The same error.
    """
    visited: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        cause = waiting.pop()
        if not isinstance(cause, BaseException) or any(cause is each for each in visited):
            continue
        visited.append(cause)
        cause.__traceback__ = None
        waiting += [cause.__cause__, cause.__context__, getattr(cause, "reason", None), *cause.args]
    return error


HiddenText = Annotated[str, AfterValidator(Secret)]
"""Type of a pydantic model field that contains a `Secret`."""
