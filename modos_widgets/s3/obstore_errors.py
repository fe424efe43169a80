"""What obstore raises, in our words; and which of it is worth another try."""

from __future__ import annotations

import re
from typing import TypeVar

from obstore import exceptions as theirs

from modos_widgets.credentials import (
    proxy_answered,
    proxy_unreachable,
    tls_failure,
)
from modos_widgets.errors import (
    AlreadyExistsError,
    ChangedError,
    ModosError,
    NotFoundError,
    OptionError,
    PathError,
    UnreachableError,
)
from modos_widgets.s3.errors import Answer, Request, failure_of_answer

__all__ = ["translate"]

T = TypeVar("T")


_STATUS = re.compile(r"status code: (\d{3})[^\n:]*:?([^\n]*)")
_ODD = re.compile(r'[Pp]ath "([^"]{1,1024})"')
_CODE = re.compile(r"<Code>([\w.]{1,64})</Code>")
_REGION = re.compile(r"<Region>([\w-]{1,32})</Region>")
_SEGMENT = re.compile(r'contained empty path segment|illegal character sequence "(?:\.{1,2})"')
_CHARACTER = re.compile(r"illegal character sequence")
_TIMES_OUT = re.compile(r"TimedOut|operation timed out")
_BROKEN = re.compile(r"Connect,|tcp ?connect ?error")


def translate(error: BaseException, request: Request | str) -> ModosError:
    """Turn an error of obstore into one of ours.

    Only the status and the error code of the answer are taken over, never its text: that may
    repeat headers.

    Parameters
    ----------
    error : BaseException
        What obstore raised.
    request : Request or str
        What was asked; its URL alone where no more is known.

    Returns
    -------
    ModosError
    """
    if isinstance(error, ModosError):
        return error
    if isinstance(request, str):
        request = Request(request)
    text = str(error)
    found = _STATUS.search(text)
    code = "".join(_CODE.findall(text)[:1])
    if isinstance(error, theirs.AlreadyExistsError) and request.purpose == "write":
        return AlreadyExistsError(f"{request.url} already exists.", "Allow overwriting it.")
    if found or code:
        status, body = (int(found[1]), found[2].strip()) if found else (0, "")
        region = "".join(_REGION.findall(text)[:1])
        from_s3 = True if code else False if body else None
        return failure_of_answer(request, Answer(status, code, region, from_s3))
    if "BareRedirect" in text:  # an S3 server's answer for a bucket of another region
        return failure_of_answer(request, Answer(301))
    return _of_class(error, text, request) or _of_connection(text, request)


def _of_class(error: BaseException, text: str, request: Request) -> ModosError | None:
    url = request.url
    if isinstance(error, FileNotFoundError):
        return NotFoundError(f"Nothing is at {url}.", "Check the path.")
    if isinstance(error, theirs.PreconditionError):
        return ChangedError(f"{url} has changed in the meantime.", "Read it again.")
    if isinstance(
        error, PermissionError | theirs.PermissionDeniedError | theirs.UnauthenticatedError
    ):
        return failure_of_answer(request, Answer(403, "AccessDenied"))
    if isinstance(error, theirs.InvalidPathError | ValueError):
        return _of_name(error, text, url)
    return None


def _of_name(error: BaseException, text: str, url: str) -> ModosError:
    """Return what is wrong with a key, which obstore states only in its message."""
    odd = _ODD.search(text)
    named = f"The key {odd.group(1)!r} at {url}" if odd else f"A key at {url}"
    if _SEGMENT.search(text):
        return PathError(f"{named} has an empty or relative part.", "Rename the key.")
    if _CHARACTER.search(text):
        return PathError(
            f"{named} contains a line end or another control character.", "Rename the key."
        )
    if isinstance(error, UnicodeError | theirs.InvalidPathError):
        return PathError(f"{named} is not valid Unicode or cannot be used.", "Rename the key.")
    return OptionError(f"The S3 options do not fit: {text}.", "Check s3_kwargs.")


def _of_connection(text: str, request: Request) -> ModosError:
    """Return why no answer came, which obstore states only in the messages of its causes."""
    compact = re.sub(r"\s+", "", text)
    failure = tls_failure(compact, request.where)
    if failure is not None:
        return failure
    if request.proxy is not None:
        if "ProxyAuthRequired" in compact:
            return proxy_answered(request.proxy, request.where, 407)
        if "TunnelUnsuccessful" in compact:
            return proxy_unreachable(request.proxy, request.where, "it lets no connection through")
        if _BROKEN.search(compact):
            return proxy_unreachable(request.proxy, request.where)
    reason = "did not answer in time" if _TIMES_OUT.search(compact) else "did not answer"
    return UnreachableError(
        f"{request.where} {reason} for {request.url}.", "Check the network and the endpoint."
    )
