"""What obstore raises, in our words; and which of it is worth another try."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, TypeVar

from obstore import exceptions as theirs

from modos_widgets.credentials import EXPIRED_CODES, CredentialsExpiredError
from modos_widgets.errors import (
    AlreadyExistsError,
    ChangedError,
    CredentialsError,
    ModosError,
    NotFoundError,
    PathError,
    ServerError,
    StorageError,
    UnreachableError,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from modos_widgets.bulk.counters import Counters

_ASK = "Use a key that may: sign in as somebody who may, or ask who owns it for access."

_BY_CLASS: tuple[tuple[tuple[type[BaseException], ...], type[ModosError], str, str], ...] = (
    ((FileNotFoundError,), NotFoundError, "Nothing is at {place}.", "Check the path."),
    ((theirs.PreconditionError,), ChangedError, "{place} was changed.", "Read it again."),
    (
        (theirs.AlreadyExistsError,),
        AlreadyExistsError,
        "Something is at {place} already.",
        "Allow to overwrite it.",
    ),
    ((PermissionError,), CredentialsError, "The server refused {place}.", _ASK),
    (
        (theirs.PermissionDeniedError, theirs.UnauthenticatedError),
        CredentialsError,
        "The server refused {place}.",
        _ASK,
    ),
    (
        (theirs.InvalidPathError, ValueError),
        PathError,
        "{place} has an empty or relative part.",
        "Rename the key.",
    ),
)

__all__ = ["MOST_TRIES", "pause_or_raise", "persist", "translate"]

T = TypeVar("T")

MOST_TRIES = 5
_MOST_WHEN_BUSY = 8  # of a server that answers and asks for patience: 9 s in all
_FIRST_PAUSE = 0.1  # seconds; doubles with every try
_LONGEST_PAUSE = 3.0

_STATUS = re.compile(r"status code: (\d{3})")
_ODD = re.compile(r'[Pp]ath "([^"]{1,1024})"')
_CODE = re.compile(r"<Code>(\w{1,64})</Code>")

_REFUSED = {
    "RequestTimeTooSkewed": "The clock of this computer is off: set it and try again.",
    "SignatureDoesNotMatch": "The secret key is wrong.",
    "InvalidAccessKeyId": "The access key is not known to this server.",
}


def translate(error: BaseException, place: str) -> ModosError:
    """Turn an error of obstore into one of ours.

    Only the status and the error code of the answer are taken over, never its text: that may
    repeat headers.

    Parameters
    ----------
    error : BaseException
        What obstore raised.
    place : str
        The path it happened at, for the message.

    Returns
    -------
    ModosError
    """
    if isinstance(error, ModosError):
        return error
    text = str(error)
    status = int(found.group(1)) if (found := _STATUS.search(text)) else 0
    code = found.group(1) if (found := _CODE.search(text)) else ""
    if isinstance(error, theirs.InvalidPathError) and (odd := _ODD.search(text)):
        place = f"The key {odd.group(1)!r} at {place}"
    return (
        _of_code(code, place)
        or _of_class(error, place)
        or _of_status(status, code, place)
        or UnreachableError(
            f"The server did not answer for {place}.", "Check the network and the endpoint."
        )
    )


def _of_code(code: str, place: str) -> ModosError | None:
    if code == "NoSuchBucket":
        return NotFoundError(f"There is no such bucket: {place}.", "Check the bucket's name.")
    if code in EXPIRED_CODES:
        return CredentialsExpiredError(f"The key for {place} has expired.", "Sign in again.")
    if code in _REFUSED:
        return CredentialsError(f"The server refused {place} ({code}).", _REFUSED[code])
    return None


def _of_class(error: BaseException, place: str) -> ModosError | None:
    for kinds, ours, message, hint in _BY_CLASS:
        if isinstance(error, kinds):
            return ours(message.format(place=place), hint)
    return None


def _of_status(status: int, code: str, place: str) -> ModosError | None:
    if status == 404:  # noqa: PLR2004
        return NotFoundError(f"Nothing is at {place}.", "Check the path.")
    if status in (401, 403):
        return CredentialsError(f"The server refused {place}.", _ASK)
    if status >= 500 or status == 429:  # noqa: PLR2004
        return ServerError(f"The server failed at {place} ({status}).", "Try again later.")
    if status:
        return StorageError(f"The server answered {status} {code} for {place}.", "")
    return None


async def persist(attempt: Callable[[], Awaitable[T]], place: str, counters: Counters) -> T:
    """Try again while the fault is a passing one, with growing pauses and a bound.

    Raises
    ------
    ModosError
        What the last try met.
    """
    tried = 0
    while True:
        try:
            return await attempt()
        except (asyncio.CancelledError, theirs.NotModifiedError, *_BUGS):
            raise
        except Exception as error:  # noqa: BLE001 - translated and raised, or tried again
            tried += 1
            await pause_or_raise(error, place, counters, tried)


async def pause_or_raise(error: BaseException, place: str, counters: Counters, tried: int) -> None:
    """Wait before the next try, or raise in our words when another try would not help.

    Parameters
    ----------
    error : BaseException
        What obstore raised.
    place : str
        The path it happened at.
    counters : Counters
        Where the retry is counted.
    tried : int
        Tries so far.

    Raises
    ------
    ModosError
        The fault is not a passing one, or it was the last try.
    """
    ours = translate(error, place)
    most = _MOST_WHEN_BUSY if isinstance(ours, ServerError) else MOST_TRIES
    if tried >= most or not isinstance(ours, ServerError | UnreachableError):
        raise ours from None
    counters.add(retries=1)
    # obstore does not hand on what Retry-After says
    await asyncio.sleep(min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (tried - 1)))


_BUGS = (TypeError, AttributeError, NameError, AssertionError)
