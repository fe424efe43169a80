"""Errors for the error codes of S3 servers: one table for all clients.

The codes are those of the Amazon S3 API (Error responses), with a few of other servers. If a
client provides no code, its HTTP status is used.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from modos_widgets.credentials import CredentialsExpiredError, S3Options, proxy_answered
from modos_widgets.errors import (
    AlreadyExistsError,
    ChangedError,
    CredentialsError,
    EndpointError,
    ModosError,
    NotFoundError,
    PathError,
    ServerError,
    StorageError,
    UnsupportedError,
)

__all__ = ["Answer", "KeyNotFoundError", "Request", "failure_of_answer"]


class KeyNotFoundError(NotFoundError):
    """The bucket exists, but not the key."""


@dataclass(frozen=True)
class Request:
    """Request, as far as an error describes it.

    Attributes
    ----------
    url : str
        ``s3://bucket/key``.
    where : str
        The server.
    purpose : str
        "read", "write" or "list".
    anonymous : bool
        The request was not signed.
    proxy : str or None
        The proxy that the request went through.
    """

    url: str
    where: str = "The server"
    purpose: str = "read"
    anonymous: bool = False
    proxy: str | None = None

    @classmethod
    def of(cls, options: S3Options, url: str, purpose: str, proxy: str | None) -> Request:
        """Return the description of a request with these options and this proxy."""
        return cls(url, options.endpoint or "Amazon S3", purpose, options.anonymous, proxy)

    @property
    def bucket(self) -> str:
        """Name of the bucket."""
        return self.url.removeprefix("s3://").split("/", 1)[0]


@dataclass(frozen=True)
class Answer:
    """Response of the server.

    Attributes
    ----------
    status : int
        HTTP status; 0 if unknown.
    code : str
        Error code; empty, or the status, if there is none.
    region : str
        Region of the bucket, if the server states it.
    from_s3 : bool or None
        Whether the response is from an S3 server; None if unknown.
    """

    status: int
    code: str = ""
    region: str = ""
    from_s3: bool | None = True


_Failure = Callable[[Request, Answer], ModosError]
_SIGN_IN = "Sign in, or pass a key in s3_kwargs."
_ANOTHER_KEY = (
    "pass another key in s3_kwargs, sign in with another account, or contact the bucket's owner."
)
_WHAT_HELPS = {
    "read": "The key in use has no read permission there, or the file does not exist and the key "
    f"has no list permission: {_ANOTHER_KEY}",
    "write": f"The key in use has no write permission there: {_ANOTHER_KEY}",
    "list": "The key in use has no list permission there, even if it may read files whose path "
    f"you pass: {_ANOTHER_KEY}",
}


def _says(kind: type[ModosError], message: str, hint: str) -> _Failure:
    def failure(request: Request, answer: Answer) -> ModosError:
        return kind(
            message.format(
                url=request.url,
                where=request.where,
                bucket=request.bucket,
                code=answer.code or answer.status,
            ),
            hint,
        )

    return failure


def _refused(request: Request, answer: Answer) -> ModosError:
    hint = _SIGN_IN if request.anonymous else _WHAT_HELPS[request.purpose]
    what = "the listing of " if request.purpose == "list" else ""
    return CredentialsError(
        f"{request.where} refuses {what}{request.url} ({answer.code or answer.status}).", hint
    )


def _elsewhere(request: Request, answer: Answer) -> ModosError:
    named = f" ({answer.region})" if answer.region else ""
    return EndpointError(
        f"The bucket {request.bucket!r} is in another region{named}.",
        f"Pass s3_kwargs={{'region': {answer.region or '...'!r}}}, or that region's endpoint.",
    )


_NO_KEY = _says(KeyNotFoundError, "No file at {url}.", "Check the path.")
_CHANGED = _says(ChangedError, "{url} has changed in the meantime.", "Read it again.")
_EXPIRED = _says(CredentialsExpiredError, "The key for {url} has expired.", "Sign in again.")
_BUSY = _says(
    ServerError,
    "{where} receives too many requests ({code}) for {url}.",
    "Retry later, with fewer concurrent requests.",
)
_FAULT = _says(
    ServerError, "{where} reported an internal error ({code}) for {url}.", "Retry later."
)
_FULL = _says(
    StorageError,
    "{where} has no space left for {url} ({code}).",
    "Remove files there, or contact the server's administrator.",
)
_DAMAGED = _says(
    StorageError, "The content of {url} was damaged during the transfer ({code}).", "Retry."
)
_ARCHIVED = _says(
    StorageError,
    "{url} is archived ({code}): its content cannot be read now.",
    "Restore it from its archive storage class, then retry.",
)
_ACCOUNT = _says(
    CredentialsError,
    "{where} refuses the account of the key for {url} ({code}).",
    "Contact the server's administrator.",
)
_UNKNOWN_KEY = _says(
    CredentialsError,
    "{where} does not know the access key for {url} ({code}).",
    _SIGN_IN,
)
_WRONG_SECRET = _says(
    CredentialsError,
    "The signature for {url} is wrong ({code}).",
    "Check the secret key: sign in, or pass another key in s3_kwargs.",
)
_CLOCK = _says(
    CredentialsError,
    "{where} refuses the key for {url} because this computer's clock is wrong ({code}).",
    "Set the clock, then retry.",
)
_NOT_ALLOWED = _says(
    StorageError,
    "{where} does not allow this on {url} ({code}).",
    "Check whether the file is locked or deleted, or contact the server's administrator.",
)
_NOT_IMPLEMENTED = _says(
    UnsupportedError,
    "{where} does not support this kind of request ({code}) for {url}.",
    "Use another S3 server, or contact its administrator.",
)
_NO_RANGE = _says(
    StorageError, "{url} is shorter than the requested range ({code}).", "Read it again."
)
_BAD_NAME = _says(PathError, "{where} does not accept the name of {url} ({code}).", "Rename it.")
_TOO_LARGE = _says(
    StorageError, "{url} is larger than {where} accepts ({code}).", "Split the file."
)
_ENCRYPTION = _says(
    StorageError,
    "{url} cannot be decrypted ({code}): its encryption key is disabled, missing or not allowed.",
    "Contact the owner of the bucket for permission to use its encryption key.",
)

_BY_CODE: dict[str, _Failure] = {
    "NoSuchBucket": _says(
        NotFoundError,
        "There is no such bucket: {bucket!r} at {where}.",
        "Check the bucket's name and the endpoint.",
    ),
    "NoSuchUpload": _says(
        StorageError,
        "The upload of {url} was aborted by another program ({code}).",
        "Upload it again.",
    ),
    "BucketAlreadyExists": _says(
        AlreadyExistsError, "The bucket {bucket!r} already exists.", "Choose another name."
    ),
    **dict.fromkeys(("NoSuchKey", "NotFound", "NoSuchVersion", "404"), _NO_KEY),
    **dict.fromkeys(("PreconditionFailed", "ConditionalRequestConflict", "412"), _CHANGED),
    **dict.fromkeys(
        ("ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"),
        _EXPIRED,
    ),
    **dict.fromkeys(
        (
            "301", "307", "PermanentRedirect", "TemporaryRedirect", "Redirect",
            "AuthorizationHeaderMalformed", "IllegalLocationConstraintException",
        ),
        _elsewhere,
    ),
    **dict.fromkeys(("InvalidObjectState", "RestoreAlreadyInProgress"), _ARCHIVED),
    **dict.fromkeys(("InvalidAccessKeyId", "InvalidClientTokenId"), _UNKNOWN_KEY),
    "SignatureDoesNotMatch": _WRONG_SECRET,
    "RequestTimeTooSkewed": _CLOCK,
    **dict.fromkeys(("AccountProblem", "NotSignedUp", "AllAccessDisabled"), _ACCOUNT),
    **dict.fromkeys(
        (
            "403", "401", "AccessDenied", "Forbidden", "Unauthorized", "InvalidToken",
            "InvalidSecurity", "AuthorizationQueryParametersError", "UnauthorizedAccess",
        ),
        _refused,
    ),
    **dict.fromkeys(
        (
            "429", "SlowDown", "SlowDownRead", "SlowDownWrite", "TooManyRequests", "Throttling",
            "ThrottlingException", "RequestLimitExceeded", "BandwidthLimitExceeded",
            "TooManyRequestsException",
        ),
        _BUSY,
    ),
    **dict.fromkeys(("InternalError", "ServiceUnavailable", "RequestTimeout"), _FAULT),
    **dict.fromkeys(("QuotaExceeded", "InsufficientStorage", "XMinioStorageFull", "507"), _FULL),
    **dict.fromkeys(
        ("BadDigest", "InvalidDigest", "IncompleteBody", "XAmzContentSHA256Mismatch"), _DAMAGED
    ),
    **dict.fromkeys(("MethodNotAllowed", "405", "InvalidBucketState"), _NOT_ALLOWED),
    **dict.fromkeys(("NotImplemented", "501"), _NOT_IMPLEMENTED),
    **dict.fromkeys(("InvalidRange", "416"), _NO_RANGE),
    **dict.fromkeys(("KeyTooLongError", "InvalidBucketName", "InvalidURI"), _BAD_NAME),
    **dict.fromkeys(("EntityTooLarge", "413"), _TOO_LARGE),
}  # fmt: skip

_BY_STATUS: dict[int, _Failure] = {
    **dict.fromkeys((301, 302, 303, 307, 308), _elsewhere),
    401: _refused,
    403: _refused,
    404: _NO_KEY,
    412: _CHANGED,
    429: _BUSY,
}

_BY_PROXIES = {502, 503, 504}
_PROXY_AUTHENTICATION = 407
_SERVER_FAULT = 500


def failure_of_answer(request: Request, answer: Answer) -> ModosError:
    """Return the error for an unsuccessful response.

    Parameters
    ----------
    request : Request
        The request.
    answer : Answer
        The response.
    """
    status = answer.status or (int(answer.code) if answer.code.isdigit() else 0)
    plain = request.where.startswith(
        "http://"
    )  # otherwise no proxy could respond in place of the server
    if request.proxy is not None and plain and not answer.from_s3:
        by_proxy = answer.from_s3 is False and (status == 403 or status >= _SERVER_FAULT)  # noqa: PLR2004
        if by_proxy or status in _BY_PROXIES or status == _PROXY_AUTHENTICATION:
            certain = answer.from_s3 is False
            return proxy_answered(request.proxy, request.where, status, certain=certain)
    code = answer.code or str(status)
    if code.startswith("KMS."):
        return _ENCRYPTION(request, answer)
    known = _BY_CODE.get(code)
    if known is None and answer.region and code == "400":
        known = _elsewhere  # a HEAD of a bucket in another region
    if known in {_BUSY, _FAULT}:  # the status takes precedence over a code that contradicts it
        known = _BY_STATUS.get(status, known)
    known = known or _BY_STATUS.get(status) or (_FAULT if status >= _SERVER_FAULT else None)
    if known is not None:
        return known(request, answer)
    return StorageError(
        f"{request.where} refuses {request.url} ({code or status}).",
        "Contact the server's administrator if it persists.",
    )
