"""The one place where what stores raise becomes an error of ours."""

from __future__ import annotations

import errno
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore import exceptions as botocore
from botocore.parsers import ResponseParserError

from modos_widgets.credentials import EXPIRED_CODES, CredentialsExpiredError
from modos_widgets.errors import (
    AlreadyExistsError,
    ChangedError,
    CredentialsError,
    EndpointError,
    ModosError,
    NotFoundError,
    OptionError,
    PathError,
    ReadOnlyError,
    ResponseError,
    ServerError,
    StorageError,
    UnreachableError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_REFUSED = {
    "403", "401", "AccessDenied", "Forbidden", "Unauthorized", "AllAccessDisabled",
    "InvalidToken", "InvalidSecurity", "AccountProblem", "NotSignedUp",
    "AuthorizationQueryParametersError",
}  # fmt: skip
_REGION = {
    "301", "307", "PermanentRedirect", "TemporaryRedirect", "Redirect",
    "AuthorizationHeaderMalformed", "IllegalLocationConstraintException",
}  # fmt: skip
_UNKNOWN_KEY = {"InvalidAccessKeyId", "InvalidClientTokenId", "SignatureDoesNotMatch"}
_MISSING = {"404", "NoSuchKey", "NotFound"}
_SERVER_FAULT = 500


class KeyNotFoundError(NotFoundError):
    """The bucket answers, and the key is not in it."""


def response_of(error: BaseException | None) -> dict[str, Any] | None:
    """Give the server's answer behind an exception of s3fs or botocore."""
    while error is not None:
        answer = getattr(error, "response", None)
        if isinstance(answer, dict):
            return answer
        error = error.__cause__
    return None


def code_of(failure: ModosError) -> str:
    """Give S3's own word for a failure."""
    return str(vars(failure).get("s3_code", ""))


def attempts_of(failure: ModosError) -> int:
    """How often the request was repeated before it failed."""
    return int(vars(failure).get("s3_attempts", 0))


def from_s3(
    error: BaseException,
    url: str,
    endpoint: str | None,
    *,
    writing: bool = False,
    anonymous: bool = False,
) -> ModosError:
    """Translate what s3fs, botocore or aiohttp raised for a URL.

    What helps against a refusal depends on whether the request was to change something
    (`writing`), and on whether it was signed (else `anonymous`).

    Raise what it gives with ``from None``: the frames of botocore hold the headers of
    the request, the session token among them, and IPython can print a frame's values.
    """
    what_helps = _SIGN_IN if anonymous else _MAY_WRITE if writing else _MAY_READ
    failure = _translated(error, url, endpoint, what_helps)
    answer = response_of(error) or {}
    vars(failure)["s3_code"] = answer.get("Error", {}).get("Code", "")
    vars(failure)["s3_attempts"] = answer.get("ResponseMetadata", {}).get("RetryAttempts", 0)
    return failure


def _translated(  # noqa: PLR0911  (a table: one line per kind)
    error: BaseException, url: str, endpoint: str | None, what_helps: str
) -> ModosError:
    if isinstance(error, ModosError):
        return error
    answer = response_of(error)
    if answer is not None:
        return _from_answer(answer, url, endpoint, what_helps)
    where = endpoint or "Amazon S3"
    cause: BaseException = error
    if isinstance(cause, botocore.NoCredentialsError | botocore.CredentialRetrievalError):
        return CredentialsError(f"There is no key to read {url} with.", _SIGN_IN)
    if isinstance(cause, botocore.ParamValidationError):
        return PathError(f"S3 does not take {url}: {cause}")
    if isinstance(cause, botocore.SSLError):
        return UnreachableError(
            f"The certificate of {where} is not trusted.",
            "Give the file of your certificate authority as s3_kwargs={'verify': ...}.",
        )
    if isinstance(
        cause,
        botocore.ConnectionError
        | botocore.HTTPClientError
        | botocore.IncompleteReadError
        | TimeoutError
        | ConnectionError,
    ) or type(cause).__module__.startswith("aiohttp"):
        return UnreachableError(
            f"{where} does not answer ({type(cause).__name__}) for {url}.",
            "Look at the address and the network, then try again.",
        )
    if isinstance(
        cause, botocore.InvalidRegionError | botocore.InvalidConfigError | botocore.ProfileNotFound
    ):
        return OptionError(
            f"The S3 options do not fit: {cause}.".replace("..", "."), "Mend region or profile."
        )
    if isinstance(cause, ResponseParserError):
        return ResponseError(
            f"{where} gave an answer for {url} that is no S3 answer.", "Is it an S3 endpoint?"
        )
    if isinstance(cause, ValueError) and "endpoint" in str(cause).lower():
        return OptionError(
            f"The S3 endpoint {where!r} is not a URL.", 'It looks like "https://s3.example.org".'
        )
    return StorageError(f"{url}: {type(error).__name__}: {error}")


_SIGN_IN = "Sign in, or pass a key in s3_kwargs."
_ANOTHER_KEY = (
    "pass another key in s3_kwargs, sign in as somebody who may, or ask who owns the bucket."
)
_MAY_WRITE = f"The key in use may not write there: {_ANOTHER_KEY}"
_MAY_READ = (
    "The key in use may not read there, or nothing is there and the bucket may not be listed: "
    + _ANOTHER_KEY
)


def _from_answer(  # noqa: PLR0911
    answer: dict[str, Any], url: str, endpoint: str | None, what_helps: str
) -> ModosError:
    body = answer.get("Error", {})
    code = str(body.get("Code", ""))
    meta = answer.get("ResponseMetadata", {})
    status = int(meta.get("HTTPStatusCode", 0) or 0)
    where = endpoint or "Amazon S3"
    bucket = url.removeprefix("s3://").split("/", 1)[0]
    if code == "NoSuchBucket":
        return NotFoundError(
            f"There is no bucket {bucket!r} at {where}.", "Look at the URL and the endpoint."
        )
    if code in _MISSING:
        return KeyNotFoundError(f"Nothing is at {url}.", "Look at the path.")
    if code in {"PreconditionFailed", "412", "ConditionalRequestConflict"}:
        return ChangedError(f"{url} has changed in the meantime.", "Read it again.")
    if code == "RequestTimeTooSkewed":
        return CredentialsError(
            f"{where} refuses the key because this machine's clock is wrong.", "Set the clock."
        )
    if code in EXPIRED_CODES:
        return CredentialsExpiredError(f"The key for {url} has expired.", "Sign in again.")
    if code in _REGION or (
        status in {301, 307} or (code == "400" and "x-amz-bucket-region" in _headers(meta))
    ):
        region = body.get("Region") or _headers(meta).get("x-amz-bucket-region")
        return EndpointError(
            f"The bucket {bucket!r} is in another region{f' ({region})' if region else ''}.",
            f"Pass s3_kwargs={{'region': {region or '...'!r}}}, or that region's endpoint.",
        )
    if code in _UNKNOWN_KEY:
        return CredentialsError(
            f"{where} does not know the key for {url}, or its secret is wrong ({code}).", _SIGN_IN
        )
    if code in _REFUSED or status in {401, 403}:
        return CredentialsError(f"{where} refuses {url} ({code}).", what_helps)
    if status >= _SERVER_FAULT or code in {"SlowDown", "InternalError", "ServiceUnavailable"}:
        return ServerError(
            f"{where} has a fault of its own ({code or status}) for {url}.", "Try again later."
        )
    return StorageError(f"{where} refuses {url}: {code} {body.get('Message', '')}".strip())


def _headers(meta: dict[str, Any]) -> dict[str, str]:
    headers: dict[str, str] = meta.get("HTTPHeaders", {})
    return headers


@contextmanager
def local_failures(url: str, *, writing: bool) -> Iterator[None]:
    """Translate what the operating system raises for a local path."""
    try:
        yield
    except ModosError:
        raise
    except OSError as error:
        raise from_local(error, url, writing=writing) from error


def check_regular(place: Path, mode: int | None = None) -> None:
    """Refuse a pipe, socket or device: opening one may wait for ever, or never end.

    Raises
    ------
    PathError
    """
    if mode is None:
        mode = place.stat().st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise PathError(
            f"{place} is neither a file nor a folder (a pipe, a socket or a device).",
            "Move it out of the object.",
        )


def from_local(error: OSError, url: str, *, writing: bool) -> ModosError:  # noqa: PLR0911
    """Translate one error of the operating system."""
    match error.errno:
        case errno.ENOENT:
            return NotFoundError(f"Nothing is at {url}.", "Look at the path.")
        case errno.EEXIST | errno.ENOTEMPTY:
            return AlreadyExistsError(
                f"Something is at {url} already.", "Take another path, or remove it first."
            )
        case errno.EISDIR:
            return PathError(f"{url} is a folder, not a file.", "Give the path of a file.")
        case errno.ENOTDIR:
            return PathError(
                f"A file is where {url} needs a folder.", "Take another path, or move the file."
            )
        case errno.ENAMETOOLONG:
            return PathError(f"The path {url} is too long.", "Take a shorter name.")
        case errno.ENOSPC | errno.EDQUOT | errno.EFBIG:
            return StorageError(
                f"There is no space left for {url}.", "Make room on the disk, then try again."
            )
        case errno.EACCES | errno.EPERM | errno.EROFS if writing:
            return ReadOnlyError(
                f"{url} may not be written.", "Look at the rights of the folder and its disk."
            )
        case errno.EACCES | errno.EPERM:
            return CredentialsError(
                f"{url} may not be read by this user.", "Look at the rights of the folder."
            )
        case errno.ELOOP:
            return PathError(f"The links at {url} lead in a circle.", "Remove the links.")
        case _:
            return StorageError(f"{url}: {error.strerror or error}")
