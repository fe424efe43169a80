"""What went wrong, in words for a person."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from modos_widgets.errors import CredentialsError, ModosError

__all__ = ["Problem", "problem_of"]

_log = logging.getLogger("modos_widgets")


@dataclass(frozen=True)
class Problem:
    """One line for a person.

    Attributes
    ----------
    message : str
        What happened.
    hint : str
        What to do next.
    about : str
        What was tried: ``"listing"``, ``"opening"``, ``"checking"``, ``"sign-in"``.
    credentials : bool
        Whether a sign-in may mend it.
    """

    message: str
    hint: str = ""
    about: str = ""
    credentials: bool = False


def problem_of(error: BaseException, about: str) -> Problem:
    """Say an error in words; one that is not ours is logged, and said without its text."""
    if isinstance(error, ModosError):
        return Problem(error.message, error.hint, about, isinstance(error, CredentialsError))
    _log.error("%s failed", about, exc_info=error)
    return Problem(
        f"Something unexpected went wrong ({type(error).__name__}).",
        "The kernel's log has the details.",
        about,
    )
