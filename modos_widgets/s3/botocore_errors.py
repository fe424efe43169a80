"""Translation of errors of s3fs, botocore and aiohttp by the table in `errors`."""

from __future__ import annotations

from typing import Any

from botocore import exceptions as botocore
from botocore.parsers import ResponseParserError

from modos_widgets.credentials import proxy_answered, proxy_unreachable, tls_failure
from modos_widgets.errors import (
    CredentialsError,
    ModosError,
    OptionError,
    PathError,
    ResponseError,
    StorageError,
    UnreachableError,
)
from modos_widgets.s3.errors import Answer, Request, failure_of_answer

__all__ = ["attempts_of", "code_of", "from_s3", "response_of"]


def response_of(error: BaseException | None) -> dict[str, Any] | None:
    """Return the server's response in an exception of s3fs or botocore, or None."""
    found = _with_response(error)
    answer: dict[str, Any] | None = getattr(found, "response", None)
    return answer


def _with_response(error: BaseException | None) -> BaseException | None:
    while error is not None and not isinstance(getattr(error, "response", None), dict):
        error = error.__cause__
    return error


def code_of(failure: ModosError) -> str:
    """Return S3's error code of a failure."""
    return str(vars(failure).get("s3_code", ""))


def attempts_of(failure: ModosError) -> int:
    """Return how often the request was repeated before it failed."""
    return int(vars(failure).get("s3_attempts", 0))


def from_s3(error: BaseException, request: Request) -> ModosError:
    """Translate an exception of s3fs, botocore or aiohttp for a request.

    Raise the result with ``from None``: the frames of botocore contain the headers of
    the request with the session token, and IPython can print the variables of frames.
    """
    failure = _translated(error, request)
    answer = response_of(error) or {}
    vars(failure)["s3_code"] = answer.get("Error", {}).get("Code", "")
    vars(failure)["s3_attempts"] = answer.get("ResponseMetadata", {}).get("RetryAttempts", 0)
    return failure


def _translated(error: BaseException, request: Request) -> ModosError:  # noqa: PLR0911
    if isinstance(error, ModosError):
        return error
    answer = response_of(error)
    if answer is not None:
        return failure_of_answer(request, _answer(answer, error))
    where, url = request.where, request.url
    if isinstance(error, botocore.NoCredentialsError | botocore.CredentialRetrievalError):
        return CredentialsError(
            f"No S3 key is available for {url}.", "Sign in, or pass a key in s3_kwargs."
        )
    if isinstance(error, botocore.ParamValidationError):
        return PathError(f"S3 does not accept {url}: {error}")
    if isinstance(error, botocore.ProxyConnectionError) and request.proxy is not None:
        return _from_proxy(error, request.proxy, where)
    if isinstance(error, _CONNECTION) or type(error).__module__.startswith("aiohttp"):
        return tls_failure(str(error), where) or UnreachableError(
            f"{where} does not respond ({type(error).__name__}) for {url}.",
            "Check the address and the network, then retry.",
        )
    if isinstance(
        error, botocore.InvalidRegionError | botocore.InvalidConfigError | botocore.ProfileNotFound
    ):
        return OptionError(
            f"Invalid S3 options: {error}.".replace("..", "."), "Check region and profile."
        )
    if isinstance(error, ResponseParserError):
        return ResponseError(
            f"{where} returned a response for {url} that is not from S3.",
            "Check that it is an S3 endpoint.",
        )
    if isinstance(error, ValueError) and "endpoint" in str(error).lower():
        return OptionError(
            f"The S3 endpoint {where!r} is not a URL.",
            'Pass a URL such as "https://s3.example.org".',
        )
    return StorageError(f"{url}: {type(error).__name__}: {error}")


_CONNECTION = (
    botocore.ConnectionError,
    botocore.HTTPClientError,  # SSLError is one
    botocore.IncompleteReadError,
    TimeoutError,
    ConnectionError,
)


def _from_proxy(error: botocore.ProxyConnectionError, proxy: str, where: str) -> ModosError:
    inner = getattr(error, "kwargs", {}).get("error")
    status = getattr(inner, "status", None)  # from a proxy that responded to CONNECT
    if isinstance(status, int):
        return proxy_answered(proxy, where, status)
    return proxy_unreachable(proxy, where)


def _answer(answer: dict[str, Any], error: BaseException) -> Answer:
    body = answer.get("Error", {})
    code = str(body.get("Code") or "")
    meta = answer.get("ResponseMetadata", {})
    headers: dict[str, str] = meta.get("HTTPHeaders", {})
    from_s3: bool | None = True
    named = any(name.lower().startswith("x-amz") for name in headers)
    if (not code or code.isdigit()) and not named:
        # botocore found no error document; the response to a HEAD has none
        operation = getattr(_with_response(error), "operation_name", "")
        from_s3 = None if operation.startswith("Head") or not operation else False
    return Answer(
        int(meta.get("HTTPStatusCode", 0) or 0),
        code,
        str(body.get("Region") or headers.get("x-amz-bucket-region") or ""),
        from_s3,
    )
