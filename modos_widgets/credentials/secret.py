"""Text that is used like any other, and never shown.

A traceback may print the variables of its frames (``%xmode Verbose`` of IPython does), so a
secret is kept in a type whose ``repr`` hides it from where it comes in to where it goes out.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

__all__ = ["HiddenText", "Secret", "SecretBytes"]


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


HiddenText = Annotated[str, AfterValidator(Secret)]
"""A field of a pydantic model that holds a `Secret`."""
