"""Ends that lie, fill up, fold case, or take short-lived keys: told, and nothing lost."""

from __future__ import annotations

import errno
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from modos_widgets import transfer
from modos_widgets.archive import ROOT_DOCUMENT
from modos_widgets.credentials import S3Credential
from modos_widgets.errors import PathError, StorageError
from modos_widgets.storage.copying import checksums, copy_file
from modos_widgets.transport import plan
from tests.parts.proxy import Fault, Proxy
from tests.transport.test_faults import CONTENT, read, under_a_key_of_its_own, write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.parts.s3 import S3Server


def fill(server: S3Server) -> str:
    bucket = server.bucket()
    for name, data in CONTENT.items():
        server.client().put_object(Bucket=bucket, Key=f"x/{name}", Body=data)
    return f"s3://{bucket}/x"


def test_a_server_that_lies_about_the_length(tmp_path: Path, moto_server: S3Server) -> None:
    source = fill(moto_server)

    def shorter(request: Any, head: bytes, body: bytes) -> tuple[bytes, bytes]:
        head, body = under_a_key_of_its_own(request, head, body)
        if request.method != "GET" or not request.path.endswith("f7.txt"):
            return head, body
        return re.sub(rb"(?i)content-length: 3000", b"Content-Length: 2000", head), body[:2000]

    with Proxy(moto_server.endpoint) as proxy:
        proxy.rewrite = shorter  # and its ETag tells nothing
        options: dict[str, Any] = {"s3_kwargs": moto_server.s3_kwargs}
        services = {"s3": proxy.endpoint}
        with pytest.raises(StorageError, match=r"1 of 13 files failed.*length of"):
            transfer(source, tmp_path / "y", services=services, **options).wait(60)
    assert set(CONTENT) - set(read(tmp_path / "y")) == {ROOT_DOCUMENT, "files/f7.txt"}


def test_keys_that_run_out_in_the_middle(tmp_path: Path, moto_server: S3Server) -> None:
    given: list[str] = []

    def keys() -> S3Credential:
        given.append(f"KEY{len(given)}")
        ends = datetime.now(UTC) + timedelta(seconds=0.5)
        return S3Credential(given[-1], "secret", None, ends)

    source, bucket = write(tmp_path / "x"), moto_server.bucket()
    with Proxy(moto_server.endpoint, delay=0.1) as proxy:
        services, options = {"s3": proxy.endpoint}, {"credentials": keys}
        transfer(source, f"s3://{bucket}/x", services=services, s3_kwargs=options, workers=1).wait(
            60
        )
        signed = [one.headers["authorization"] for one in proxy.requests if one.method == "PUT"]
    used = {found[1] for text in signed if (found := re.search(r"Credential=(\w+)/", text))}
    assert len(used) > 1
    there = {key.removeprefix("x/"): data for key, data in moto_server.keys(bucket, "x/").items()}
    assert there == CONTENT


def test_a_part_whose_key_expired_is_resent_whole_and_signed_by_its_digest(
    tmp_path: Path, moto_server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[int] = []

    def keys() -> S3Credential:
        given.append(1)
        return S3Credential("KEY", "secret", None, datetime.now(UTC) + timedelta(hours=1))

    monkeypatch.setattr(copy_file, "LARGE", 2000)
    source, bucket = write(tmp_path / "x"), moto_server.bucket()
    with Proxy(moto_server.endpoint) as proxy:
        proxy.faults = [
            Fault("status", "PUT", "partNumber=1", at=1, status=400, code="ExpiredToken")
        ]
        services, options = {"s3": proxy.endpoint}, {"credentials": keys}
        transfer(source, f"s3://{bucket}/x", services=services, s3_kwargs=options).wait(60)
        parts = [one for one in proxy.requests if "partNumber=1" in one.target]
    assert len(given) == 2
    assert len(parts) == 1 + sum(len(data) >= 2000 for data in CONTENT.values())
    for part in parts:
        assert part.size >= 2000
        assert "content-md5" in part.headers["authorization"]
        assert part.headers["x-amz-content-sha256"] == "UNSIGNED-PAYLOAD"
    there = {key.removeprefix("x/"): data for key, data in moto_server.keys(bucket, "x/").items()}
    assert there == CONTENT


@pytest.mark.parametrize("size", ["small", "in parts"])
def test_a_disk_that_fills(
    size: str, tmp_path: Path, moto_server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = fill(moto_server)
    options: dict[str, Any] = {
        "services": {"s3": moto_server.endpoint},
        "s3_kwargs": moto_server.s3_kwargs,
    }
    if size == "in parts":
        monkeypatch.setattr(copy_file, "LARGE", 2000)
        monkeypatch.setattr(checksums, "PART", 1024)
        name, room = "modos_widgets.storage.copying.resumable_copy._keep", 20
    else:
        name, room = "modos_widgets.storage.copying.copy_file.replace_file", 6
    module, _, function = name.rpartition(".")
    real = getattr(__import__(module, fromlist=[function]), function)
    done: list[int] = []

    def until_full(*arguments: Any, **more: Any) -> None:
        done.append(1)
        if len(done) > room:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(*arguments, **more)

    with monkeypatch.context() as full:
        full.setattr(name, until_full)
        with pytest.raises(StorageError, match=r"of 13 files failed.*No space left"):
            transfer(source, tmp_path / "y", **options).wait(60)
    whole = {name: data for name, data in read(tmp_path / "y").items() if ".modos-" not in name}
    assert ROOT_DOCUMENT not in whole
    assert all(CONTENT[name] == data for name, data in whole.items())
    transfer(source, tmp_path / "y", **options).wait(60)
    assert read(tmp_path / "y") == CONTENT


def test_names_that_differ_by_case_where_the_disk_folds_it(
    tmp_path: Path, moto_server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = fill(moto_server)
    bucket = source.split("/")[2]
    moto_server.client().put_object(Bucket=bucket, Key="x/files/F7.TXT", Body=b"another")
    options: dict[str, Any] = {
        "services": {"s3": moto_server.endpoint},
        "s3_kwargs": moto_server.s3_kwargs,
    }
    monkeypatch.setattr(plan, "_folds_case", lambda _: True)
    with pytest.raises(PathError, match=r"F7\.TXT and .*f7\.txt would be one file"):
        transfer(source, tmp_path / "y", **options).wait(60)
    assert not (tmp_path / "y").exists()
    monkeypatch.undo()
    transfer(source, tmp_path / "z", **options).wait(60)
    assert read(tmp_path / "z") == {**CONTENT, "files/F7.TXT": b"another"}
