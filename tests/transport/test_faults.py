"""What the network does to a transfer never loses or tears a byte."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

import pytest

from modos_widgets import catalog, transfer
from modos_widgets.archive import ROOT_DOCUMENT
from modos_widgets.errors import AlreadyExistsError, StorageError
from modos_widgets.storage import LocalStorage, S3Storage
from modos_widgets.transport import compare
from tests.parts.proxy import Fault, Proxy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.parts.s3 import S3Server

pytestmark = pytest.mark.traffic

CONTENT = {
    ROOT_DOCUMENT: b'{"zarr_format": 3, "node_type": "group", "attributes": {"id": "x"}, '
    b'"consolidated_metadata": {"kind": "inline", "must_understand": false, "metadata": {}}}',
    **{f"files/f{number}.txt": os.urandom(3000) for number in range(12)},
}

PASSING = [
    Fault("reset", method="GET", at=2),
    Fault("reset", method="PUT", at=3, times=2),
    Fault("reset-after", method="PUT", at=1),
    Fault("truncate", method="GET", contains="files/", at=1),
    Fault("status", at=4, times=3, status=503, headers={"Retry-After": "0"}),
    Fault("status", contains="f7.txt", times=5, status=503, headers={"Retry-After": "2"}),
    Fault("status", at=0, status=500, code="InternalError"),
    Fault("delay", at=1, times=4, seconds=0.2),
]


@pytest.fixture
def proxy(seaweedfs: S3Server) -> Iterator[Proxy]:
    with Proxy(seaweedfs.endpoint) as proxy:
        yield proxy


@pytest.fixture
def options(seaweedfs: S3Server, proxy: Proxy) -> dict[str, Any]:
    return {"services": {"s3": proxy.endpoint}, "s3_kwargs": seaweedfs.s3_kwargs}


def write(folder: Path) -> Path:
    for name, data in CONTENT.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def read(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("fault", PASSING, ids=lambda fault: f"{fault.kind}-{fault.method}")
def test_a_passing_fault_is_outlived_there_and_back(
    fault: Fault, tmp_path: Path, seaweedfs: S3Server, proxy: Proxy, options: dict[str, Any]
) -> None:
    bucket = seaweedfs.bucket()
    source = write(tmp_path / "x")
    proxy.faults = [fault]
    transfer(source, f"s3://{bucket}/x", **options).wait(60)
    there = {key.removeprefix("x/"): data for key, data in seaweedfs.keys(bucket, "x/").items()}
    assert there == CONTENT
    seen, fault.seen = fault.seen, 0
    transfer(f"s3://{bucket}/x", tmp_path / "y", **options).wait(60)
    assert read(tmp_path / "y") == CONTENT
    assert max(seen, fault.seen) > fault.at


@pytest.mark.parametrize("kind", ["reset", "truncate", "status"])
def test_a_lasting_fault_fails_that_file_and_holds_the_root_back(
    kind: Any, tmp_path: Path, seaweedfs: S3Server, proxy: Proxy, options: dict[str, Any]
) -> None:
    bucket = seaweedfs.bucket()
    transfer(write(tmp_path / "x"), f"s3://{bucket}/x", **options).wait(60)
    proxy.faults = [Fault(kind, method="GET", contains="f7.txt", times=10_000)]
    going = transfer(f"s3://{bucket}/x", tmp_path / "y", **options)
    with pytest.raises(StorageError, match=r"1 of 13 files failed.*f7\.txt"):
        going.wait(60)
    assert set(CONTENT) - set(read(tmp_path / "y")) == {ROOT_DOCUMENT, "files/f7.txt"}
    proxy.faults = []
    report = transfer(f"s3://{bucket}/x", tmp_path / "y", **options).wait(60)
    assert sorted(report["outcome"].value_counts().items()) == [("copied", 2), ("same", 11)]
    assert read(tmp_path / "y") == CONTENT


def test_an_upload_that_ends_before_its_body_leaves_the_old_content(
    tmp_path: Path, seaweedfs: S3Server, proxy: Proxy, options: dict[str, Any]
) -> None:
    """So does a client that is killed; SeaweedFS puts an empty object in the place."""
    bucket = seaweedfs.bucket()
    source = write(tmp_path / "x")
    seaweedfs.client().put_object(Bucket=bucket, Key="x/files/f7.txt", Body=b"old")
    proxy.faults = [Fault("cut", method="PUT", contains="f7.txt", times=10_000)]
    with pytest.raises(StorageError, match=r"1 of 13 files failed.*f7\.txt"):
        transfer(source, f"s3://{bucket}/x", overwrite=True, **options).wait(60)
    assert seaweedfs.keys(bucket, "x/files/f7.txt") == {"x/files/f7.txt": b"old"}


def test_refused_objects_are_reported(
    seaweedfs: S3Server, proxy: Proxy, options: dict[str, Any], tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    bucket = seaweedfs.bucket()
    for number in range(6):
        seaweedfs.client().put_object(
            Bucket=bucket, Key=f"o{number}/{ROOT_DOCUMENT}", Body=CONTENT[ROOT_DOCUMENT]
        )
    proxy.faults = [
        Fault("status", contains=f"o{number}/data.zarr", status=403, code="AccessDenied", times=99)
        for number in (1, 3, 5)
    ]
    frame = catalog(f"s3://{bucket}", **options)
    assert len(frame) == 3
    assert [one["path"][-2:] for one in frame.attrs["failures"]] == ["o1", "o3", "o5"]
    assert all("CredentialsError" in one["error"] for one in frame.attrs["failures"])


def test_two_transfers_to_one_target_never_mix(
    tmp_path: Path, seaweedfs: S3Server, options: dict[str, Any]
) -> None:
    bucket = seaweedfs.bucket()
    one = write(tmp_path / "one")
    other = write(tmp_path / "other")
    for name, data in CONTENT.items():
        if name != ROOT_DOCUMENT:
            (other / name).write_bytes(b"other" + data)
    first = transfer(one, f"s3://{bucket}/x", **options)
    second = transfer(other, f"s3://{bucket}/x", **options)
    failures = []
    for going in (first, second):
        try:
            going.wait(60)
        except Exception as error:  # noqa: BLE001 - either may lose
            failures.append(error)
    there = {key.removeprefix("x/"): data for key, data in seaweedfs.keys(bucket, "x/").items()}
    whole = {name: (other / name).read_bytes() for name in CONTENT}
    assert failures
    assert there in (CONTENT, whole) or ROOT_DOCUMENT not in there


_HEX = re.compile(rb'(?i)((?:etag: "|<ETag>(?:&#34;|&quot;|"))[0-9a-f]{31})([0-9a-f])')


def under_a_key_of_its_own(_: Any, head: bytes, body: bytes) -> tuple[bytes, bytes]:
    """Answer as under SSE-KMS: ETags look like MD5s and are none of the content."""

    def other(found: re.Match[bytes]) -> bytes:
        return found[1] + (b"0" if found[2] != b"0" else b"1")

    head = head.replace(b"\r\n\r\n", b"\r\nx-amz-server-side-encryption: aws:kms\r\n\r\n")
    return _HEX.sub(other, head), _HEX.sub(other, body) if b"<ETag>" in body else body


def without_checksums(head: bytes, body: bytes) -> tuple[bytes, bytes]:
    return re.sub(rb"(?i)\r\nx-amz-checksum-[^\r]*", b"", head), body


def test_an_etag_that_tells_nothing_is_called_unknown_and_the_files_are_read(
    tmp_path: Path, seaweedfs: S3Server, proxy: Proxy, options: dict[str, Any]
) -> None:
    bucket = seaweedfs.bucket()
    source, target = write(tmp_path / "x"), f"s3://{bucket}/x"
    proxy.rewrite = under_a_key_of_its_own
    report = transfer(source, target, **options).wait(60)
    assert set(report["outcome"]) == {"copied"}
    assert set(report["checksum"]) == {""}
    # the SHA-256 that each small file was sent with tells, where the server keeps it
    assert set(compare(source, target, **options).frame()["action"]) == {"same"}

    proxy.rewrite = lambda *answer: without_checksums(*under_a_key_of_its_own(*answer))
    plan = compare(source, target, **options)
    assert set(plan.frame()["action"]) == {"unknown"}
    assert (plan.files, plan.bytes) == (0, 0)

    report = transfer(source, target, **options).wait(60)
    assert set(report["outcome"]) == {"same"}

    other = b"o" * len(CONTENT["files/f7.txt"])
    seaweedfs.client().put_object(Bucket=bucket, Key="x/files/f7.txt", Body=other)
    with pytest.raises(StorageError, match=r"1 of 13 files failed.*f7\.txt has another content"):
        transfer(source, target, **options).wait(60)
    transfer(source, target, overwrite=True, **options).wait(60)
    assert seaweedfs.keys(bucket, "x/files/f7.txt") == {"x/files/f7.txt": CONTENT["files/f7.txt"]}


def test_where_the_etag_is_opaque_a_checksum_of_the_server_tells(
    tmp_path: Path, moto_server: S3Server
) -> None:
    bucket = moto_server.bucket()
    source, target = write(tmp_path / "x"), f"s3://{bucket}/x"
    for name, data in CONTENT.items():
        moto_server.client().put_object(
            Bucket=bucket, Key=f"x/{name}", Body=data, ChecksumAlgorithm="SHA256"
        )
    with Proxy(moto_server.endpoint) as proxy:
        proxy.rewrite = under_a_key_of_its_own
        options: dict[str, Any] = {
            "services": {"s3": proxy.endpoint},
            "s3_kwargs": moto_server.s3_kwargs,
        }
        assert set(compare(source, target, **options).frame()["action"]) == {"same"}
        (source / "files/f7.txt").write_bytes(b"o" * len(CONTENT["files/f7.txt"]))
        with pytest.raises(AlreadyExistsError, match=r"1 files .*f7\.txt"):
            transfer(source, target, **options).wait(60)


def test_keys_that_make_no_file_hide_no_object(
    tmp_path: Path, moto_server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    bucket = moto_server.bucket()
    options: dict[str, Any] = {
        "services": {"s3": moto_server.endpoint},
        "s3_kwargs": moto_server.s3_kwargs,
    }
    for key in (
        f"c/x/{ROOT_DOCUMENT}",
        "c/x//odd",
        "c/x/a/../b",
        f"c/y/{ROOT_DOCUMENT}",
        "c/z//odd",
    ):
        moto_server.client().put_object(Bucket=bucket, Key=key, Body=CONTENT[ROOT_DOCUMENT])
    # an odd key hides neither its own object nor any other
    frame = catalog(f"s3://{bucket}", **options)
    assert {path[-3:] for path in frame.index.get_level_values(0)} == {"c/x", "c/y"}
    (failure,) = frame.attrs["failures"]
    assert failure["path"].endswith("c/z")
    assert "'c/z//'" in failure["error"]


def test_the_documented_transfer_compares_contents(
    tmp_path: Path, seaweedfs: S3Server, proxy: Proxy
) -> None:
    source = LocalStorage(write(tmp_path / "x"))
    target = S3Storage(f"s3://{seaweedfs.bucket()}/x", proxy.endpoint, seaweedfs.s3_kwargs)
    proxy.rewrite = lambda request, head, body: (
        _HEX.sub(lambda found: found[1] + b"x", head) if "f7.txt" in request.target else head,
        body,
    )
    source.transfer(target)  # no MD5: it tells nothing
    proxy.rewrite = lambda request, head, body: (
        _HEX.sub(rb'etag: "' + b"0" * 32, head) if "f7.txt" in request.target else head,
        body,
    )
    with pytest.raises(StorageError, match=r"f7\.txt differs from the source after the transfer"):
        source.transfer(target, overwrite=True)
