"""Error messages that widgets show."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from modos_widgets.errors import CredentialsError, ModosError, MovedServiceError

__all__ = ["Problem", "error_text", "problem_of"]

_log = logging.getLogger("modos_widgets")


@dataclass(frozen=True)
class Problem:
    """Message and hint of an error, to show to the user.

    Attributes
    ----------
    message : str
        The problem.
    hint : str
        The next step.
    about : str
        The operation that failed: ``"listing"``, ``"opening"``, ``"checking"``, ``"sign-in"``.
    credentials : bool
        Whether a sign-in may fix it.
    origin : str
        Origin that a service has moved to, which the user may confirm; else empty.
    """

    message: str
    hint: str = ""
    about: str = ""
    credentials: bool = False
    origin: str = ""


def problem_of(error: BaseException, about: str) -> Problem:
    """Return the problem of an error; an error of other code is logged, and its text not shown."""
    if isinstance(error, MovedServiceError):  # its hint is for code; the widget has a button
        hint = "Check the address with the endpoint's administrator before you confirm it."
        return Problem(error.message, hint, about, credentials=False, origin=error.origin)
    if isinstance(error, ModosError):
        return Problem(error.message, error.hint, about, isinstance(error, CredentialsError))
    _log.error("%s failed", about, exc_info=error)
    return Problem(*error_text(error), about)


def error_text(error: BaseException) -> tuple[str, str]:
    """Return message and hint of an error; the message of other code is not shown."""
    if isinstance(error, ModosError):
        return error.message, error.hint
    return (
        f"An unexpected error occurred ({type(error).__name__}).",
        "Check the log of the kernel.",
    )
