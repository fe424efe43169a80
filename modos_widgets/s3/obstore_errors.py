"""Translation of obstore's errors, and which of them are temporary."""

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
    """Translate an error of obstore into one of this package.

    Only the status and the error code of the response are used, not its text, which may
    contain headers.

    Parameters
    ----------
    error : BaseException
        Exception of obstore.
    request : Request or str
        The request, or only its URL.

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
        return AlreadyExistsError(
            f"{request.url} already exists.", "Pass overwrite=True to replace it."
        )
    if found or code:
        status, body = (int(found[1]), found[2].strip()) if found else (0, "")
        region = "".join(_REGION.findall(text)[:1])
        from_s3 = True if code else False if body else None
        return failure_of_answer(request, Answer(status, code, region, from_s3))
    if "BareRedirect" in text:  # an S3 server's response for a bucket in another region
        return failure_of_answer(request, Answer(301))
    return _of_class(error, text, request) or _of_connection(text, request)


def _of_class(error: BaseException, text: str, request: Request) -> ModosError | None:
    url = request.url
    if isinstance(error, FileNotFoundError):
        return NotFoundError(f"No file at {url}.", "Check the path.")
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
    """Return the error for an invalid key, which obstore describes only in its message."""
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
    return OptionError(f"Invalid S3 options: {text}.", "Check s3_kwargs.")


def _of_connection(text: str, request: Request) -> ModosError:
    """Return the error for a missing response; its reason is in the messages of the causes."""
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
    reason = "did not respond in time" if _TIMES_OUT.search(compact) else "did not respond"
    return UnreachableError(
        f"{request.where} {reason} for {request.url}.", "Check the network and the endpoint."
    )
