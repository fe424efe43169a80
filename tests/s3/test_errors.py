"""One S3 error code, one reason: from whichever client it comes."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from s3fs.errors import translate_boto_error

import modos_widgets
from modos_widgets import retry, s3
from modos_widgets.concurrency import wait
from modos_widgets.credentials import S3Options
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
from modos_widgets.s3 import Request, from_s3
from modos_widgets.s3.client import S3Client
from modos_widgets.s3.obstore_errors import translate
from modos_widgets.storage import S3Storage
from tests.parts.proxy import Fault, Proxy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.parts.s3 import S3Server

pytestmark = pytest.mark.traffic

# code, HTTP status, our error, a word of its message, a word of its hint
CODES: list[tuple[str, int, type[ModosError], str, str]] = [
    ("NoSuchKey", 404, NotFoundError, "No file at", "Check the path"),
    ("NoSuchBucket", 404, NotFoundError, "no such bucket", "bucket's name"),
    ("AccessDenied", 403, CredentialsError, "refuses", "no read permission"),
    ("InvalidObjectState", 403, StorageError, "is archived", "Restore it"),
    ("RestoreAlreadyInProgress", 409, StorageError, "is archived", "Restore it"),
    ("InvalidAccessKeyId", 403, CredentialsError, "does not know the access key", "Sign in"),
    ("SignatureDoesNotMatch", 403, CredentialsError, "signature", "secret key"),
    ("RequestTimeTooSkewed", 403, CredentialsError, "clock", "clock"),
    ("ExpiredToken", 400, CredentialsError, "expired", "Sign in again"),
    ("RequestExpired", 400, CredentialsError, "expired", "Sign in again"),
    ("AccountProblem", 403, CredentialsError, "account", "administrator"),
    ("AllAccessDisabled", 403, CredentialsError, "account", "administrator"),
    ("KMS.DisabledException", 400, StorageError, "decrypted", "encryption key"),
    ("SlowDown", 503, ServerError, "too many requests", "later"),
    ("TooManyRequests", 429, ServerError, "too many requests", "later"),
    ("", 429, ServerError, "too many requests", "later"),
    ("InternalError", 500, ServerError, "reported an internal error", "later"),
    ("", 500, ServerError, "reported an internal error", "later"),
    ("ServiceUnavailable", 503, ServerError, "reported an internal error", "later"),
    ("NotImplemented", 501, UnsupportedError, "does not support", "another S3 server"),
    ("QuotaExceeded", 403, StorageError, "no space left", "administrator"),
    ("XMinioStorageFull", 507, StorageError, "no space left", "administrator"),
    ("PreconditionFailed", 412, ChangedError, "has changed", "Read it again"),
    ("ConditionalRequestConflict", 409, ChangedError, "has changed", "Read it again"),
    ("BadDigest", 400, StorageError, "damaged", "Retry"),
    ("MethodNotAllowed", 405, StorageError, "does not allow", "locked"),
    ("KeyTooLongError", 400, PathError, "does not accept the name", "Rename"),
    ("EntityTooLarge", 400, StorageError, "larger than", "Split"),
    ("PermanentRedirect", 301, EndpointError, "another region", "region"),
    ("TemporaryRedirect", 307, EndpointError, "another region", "region"),
    ("", 302, EndpointError, "another region", "region"),
    ("AuthorizationHeaderMalformed", 400, EndpointError, "another region (eu-1)", "'eu-1'"),
    ("SlowDown", 403, CredentialsError, "refuses", "no read permission"),
    ("SomethingNew", 418, StorageError, "SomethingNew", "administrator"),
]


@pytest.fixture(autouse=True)
def one_try(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "S3", replace(retry.S3, tries=1))
    monkeypatch.setattr(retry, "S3_BUSY", replace(retry.S3_BUSY, tries=1))
    monkeypatch.setattr(retry, "BOTOCORE_TRIES", 1)


@pytest.fixture(scope="module")
def server(moto_server: S3Server) -> Iterator[Proxy]:
    with Proxy(moto_server.endpoint) as proxy:
        yield proxy


def raised(action: Callable[[], Any]) -> ModosError:
    with pytest.raises(ModosError) as caught:
        action()
    return caught.value


def by_s3fs(server: Proxy) -> ModosError:
    client = S3Client(S3Options.resolve(server.endpoint, {"key": "me", "secret": "hush"}))
    return raised(lambda: client.run(client.get("lake", "file")))


def by_obstore(server: Proxy) -> ModosError:
    options = S3Options.resolve(server.endpoint, {"key": "me", "secret": "hush"})
    return raised(lambda: wait(s3.BulkClient(options, "lake").get("file")))


@pytest.mark.parametrize(("code", "status", "kind", "message", "hint"), CODES)
def test_a_code_has_one_reason_in_every_client(  # noqa: PLR0917
    code: str, status: int, kind: type[ModosError], message: str, hint: str, server: Proxy
) -> None:
    extra = "<Region>eu-1</Region>" if "eu-1" in hint else ""
    fault = {"kind": "status", "status": status, "code": code, "extra": extra, "times": sys.maxsize}
    found = []
    for ask in (by_s3fs, by_obstore):
        server.reset()
        server.faults = [Fault(**fault)]  # type: ignore[arg-type]
        found.append(ask(server))
    one, other = found
    assert (type(one), one.message, one.hint) == (type(other), other.message, other.hint)
    assert isinstance(one, kind)
    assert message in one.message
    assert hint in one.hint
    assert "lake" in one.message


def test_a_foreign_file_system_of_s3fs_gives_the_same_reason() -> None:
    answer = {
        "Error": {"Code": "InvalidObjectState"},
        "ResponseMetadata": {"HTTPStatusCode": 403},
    }
    error = translate_boto_error(ClientError(answer, "GetObject"))
    failure = from_s3(error, Request("s3://lake/file"))
    assert "archived" in failure.message


def test_an_archived_file_of_a_real_server_is_said_to_be_archived(
    moto_server: S3Server, tmp_path: Path
) -> None:
    client, bucket = moto_server.client(), moto_server.bucket()
    S3Storage(f"s3://{bucket}/ex", moto_server.endpoint, moto_server.s3_kwargs).put([b"x"], "kept")
    client.put_object(Bucket=bucket, Key="ex/old", Body=b"cold", StorageClass="GLACIER")
    storage = S3Storage(f"s3://{bucket}/ex", moto_server.endpoint, moto_server.s3_kwargs, mode="r")
    with pytest.raises(StorageError, match=r"ex/old is archived \(InvalidObjectState\)"):
        storage.open("old").read()
    copying = modos_widgets.transfer(
        f"s3://{bucket}/ex",
        tmp_path / "copy",
        services={"s3": moto_server.endpoint},
        s3_kwargs=moto_server.s3_kwargs,
    )
    with pytest.raises(ModosError, match="archived"):
        copying.wait(60)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("a/x\ty", "control character"),
        ("a/x\x7fy", "control character"),
        ("a//b", "empty or relative part"),
        ("a/./b", "empty or relative part"),
        ("a/../b", "empty or relative part"),
    ],
)
def test_a_key_that_obstore_rejects_is_read_written_and_listed(
    name: str, reason: str, moto_server: S3Server
) -> None:
    options = S3Options.resolve(moto_server.endpoint, moto_server.s3_kwargs)
    client = s3.BulkClient(options, moto_server.bucket())
    etag = wait(client.put(name, b"abc", create=True))
    with pytest.raises(AlreadyExistsError):
        wait(client.put(name, b"abc", create=True))
    got = wait(client.get(name))
    assert got is not None
    assert (bytes(got.data), got.size, got.etag) == (b"abc", 3, etag)
    got = wait(client.get(name, start=1, end=2))
    assert got is not None
    assert bytes(got.data) == b"b"
    assert wait(client.get(name, known=etag)) is None
    assert wait(client.head(name)).size == 3
    replaced = wait(client.put(name, b"d", match=etag))
    assert wait(client.get(name, known=etag)) is not None
    assert wait(client.head(name)).etag == replaced
    wait(client.level(""))
    with pytest.raises(PathError, match=reason):
        wait(all_keys(client))


def test_a_key_that_is_not_text_is_refused(moto_server: S3Server) -> None:
    options = S3Options.resolve(moto_server.endpoint, moto_server.s3_kwargs)
    with pytest.raises(PathError, match="not valid Unicode"):
        wait(s3.BulkClient(options, moto_server.bucket()).get("a\udc80"))


def test_another_value_error_is_not_called_a_key() -> None:
    failure = translate(ValueError("invalid value for proxy_url"), "s3://lake/file")
    assert "part" not in failure.message


LISTING = [
    lambda options: wait(s3.BulkClient(options, "lake").level("a")),
    lambda options: wait(all_keys(s3.BulkClient(options, "lake"))),
    lambda options: S3Client(options).run(S3Client(options).page("lake", "a")),
]


async def all_keys(client: s3.BulkClient) -> None:
    async for _ in client.keys("a"):
        pass


@pytest.mark.parametrize("ask", LISTING)
def test_a_refused_listing_is_reported_as_a_listing(
    ask: Callable[[S3Options], object], server: Proxy
) -> None:
    server.reset()
    server.faults = [Fault("status", status=403, code="AccessDenied", times=99)]
    options = S3Options.resolve(server.endpoint, {"key": "me", "secret": "hush"})
    with pytest.raises(CredentialsError, match="refuses the listing of s3://lake/a") as caught:
        ask(options)
    assert "no list permission" in caught.value.hint


@pytest.mark.parametrize("inner", ["data.zarr", "data.zarr/", "data.zarr/sample", "data.zarr/x/y"])
@pytest.mark.parametrize("mode", ["r", "r+", "a", "w-"])
@pytest.mark.parametrize("remote", [False, True])
def test_a_path_into_an_archive_names_the_object(
    inner: str, mode: Any, moto_server: S3Server, tmp_path: Path, *, remote: bool
) -> None:
    above = f"s3://{moto_server.bucket()}/obj" if remote else str(tmp_path / "obj")
    options: dict[str, Any] = (
        {"services": {"s3": moto_server.endpoint}, "s3_kwargs": moto_server.s3_kwargs}
        if remote
        else {}
    )
    modos_widgets.create_modo(above, **options)
    with pytest.raises((NotFoundError, PathError)) as caught:
        modos_widgets.open_modo(f"{above}/{inner}", mode=mode, **options)
    assert above in caught.value.hint
    assert "create" not in caught.value.hint
    assert not (tmp_path / "obj" / "data.zarr" / "data.zarr").exists()
