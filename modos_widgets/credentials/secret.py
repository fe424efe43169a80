"""Text that is used like any other, and never shown.

A traceback may print the variables of its frames (``%xmode Verbose`` of IPython does), so a
secret is kept in a type whose ``repr`` hides it from where it comes in to where it goes out.
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
        """Show nothing of it."""
        return "SecretBytes(…)"


class Secret(str):
    """A text whose ``repr`` does not show it.

    It is a `str` in all else: ``str()`` and format strings give what it hides.

    Examples
    --------
    >>> {"token": Secret("hush")}
    {'token': Secret(…)}
    >>> Secret("hush") == "hush"
    True
    """

    __slots__ = ()

    def __repr__(self) -> str:
        """Show nothing of it."""
        return "Secret(…)"

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        """Give its bytes, hidden as well."""
        return SecretBytes(super().encode(encoding, errors))


Raised = TypeVar("Raised", bound=BaseException)

_SECRET = {
    "access_token",
    "device_code",
    "id_token",
    "refresh_token",
    "secret_access_key",
    "session_token",
}


def hide(value: Any, names: Collection[str] = _SECRET) -> Any:
    """Give the same with the texts hidden that stand under certain names, in dictionaries.

    Parameters
    ----------
    value : any
        What was read from JSON, or options.
    names : collection of str
        Default: the names that OAuth 2.0 and key services have for their secrets.
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
    """Give an address for a message, without what may be a password or a signature in it.

    Examples
    --------
    >>> shown_address("https://ada:hush@s3.example.org/x?X-Amz-Signature=5e")
    'https://…@s3.example.org/x?…'
    """
    return _QUERY.sub("…", _USER.sub("…@", str(address)))[:longest]


def forget_frames(error: Raised) -> Raised:
    """Take the frames off an error and off all that led to it: they hold what was sent."""
    seen: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop()
        if not isinstance(one, BaseException) or any(one is each for each in seen):
            continue
        seen.append(one)
        one.__traceback__ = None
        waiting += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
    return error


HiddenText = Annotated[str, AfterValidator(Secret)]
"""A field of a pydantic model that holds a `Secret`."""
