"""What goes wrong outside: a typed error that names the path and says what to do."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import resource
import signal
import socket
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.retries.standard import ExponentialBackoff

from modos_widgets import errors
from modos_widgets.credentials import S3Credential
from modos_widgets.storage import LocalStorage, S3Storage, add_metadata_group
from tests.parts.proxy import Fault, Proxy
from tests.parts.s3 import running_seaweedfs
from tests.storage.conftest import at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.parts.s3 import S3Server
    from tests.storage.conftest import Place


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """A SeaweedFS with an identity that may read one bucket and list none."""
    reader = {
        "name": "reader",
        "credentials": [{"accessKey": "reader-key", "secretKey": "reader-secret"}],
        "actions": ["Read:guarded"],
    }
    with running_seaweedfs(tmp_path_factory.mktemp("guarded"), [reader]) as server:
        server.bucket("guarded")
        storage = S3Storage("s3://guarded/ex", server.endpoint, server.s3_kwargs)
        storage.put([b"content"], "file")
        yield server


READER = {"key": "reader-key", "secret": "reader-secret"}


@pytest.mark.parametrize("mode", ["a", "r", "r+", "w-"])
def test_a_missing_bucket(remote_place: Place, mode: str) -> None:
    server = remote_place.server
    assert server is not None
    with pytest.raises(errors.NotFoundError, match="no-such-bucket"):
        S3Storage("s3://no-such-bucket/ex", server.endpoint, server.s3_kwargs, mode=mode)  # type: ignore[arg-type]
    assert "no-such-bucket" not in str(server.client().list_buckets())


@pytest.mark.parametrize(
    ("status", "code", "extra"),
    [
        (400, "AuthorizationHeaderMalformed", "<Region>eu-central-2</Region>"),
        (301, "PermanentRedirect", "<Bucket>test</Bucket>"),
    ],
)
def test_a_bucket_in_another_region(
    moto_server: S3Server, status: int, code: str, extra: str
) -> None:
    with Proxy(moto_server.endpoint) as proxy:
        headers = {"x-amz-bucket-region": "eu-central-2"}
        proxy.faults = [
            Fault("status", status=status, code=code, extra=extra, headers=headers, times=99)
        ]
        with pytest.raises(errors.EndpointError, match=r"region.*eu-central-2") as caught:
            S3Storage("s3://test-bucket/ex", proxy.endpoint, moto_server.s3_kwargs)
        assert "test-bucket" in str(caught.value)


@pytest.mark.real
def test_a_prefix_that_may_be_read_but_not_listed(guarded: S3Server) -> None:
    before = guarded.keys("guarded")
    storage = S3Storage("s3://guarded/ex", guarded.endpoint, READER, mode="r")
    assert storage.read("file").data == b"content"
    assert storage.exists("file")
    assert sorted(storage.zarr["sample"].attrs) == []
    for call in (
        lambda: list(storage.list()),
        storage.files,
        lambda: S3Storage("s3://guarded/new", guarded.endpoint, READER),
        lambda: S3Storage("s3://guarded/ex", guarded.endpoint, READER).put([b"x"], "file"),
    ):
        with pytest.raises(errors.CredentialsError, match="s3://guarded") as caught:
            call()
        assert isinstance(caught.value, PermissionError)
        assert "sign in with another account" in caught.value.hint
    assert guarded.keys("guarded") == before


@pytest.mark.real
@pytest.mark.parametrize(
    "s3_kwargs",
    [
        {"key": "admin-key", "secret": "wrong-secret"},
        {"key": "unknown-key", "secret": "wrong-secret"},
        {"anon": True},
        {"key": "admin-key", "secret": "admin-secret", "token": "no-such-token"},
    ],
    ids=["secret", "key", "anonymous", "token"],
)
def test_refused_keys(guarded: S3Server, s3_kwargs: dict[str, Any]) -> None:
    before = guarded.keys("guarded")
    for name in ("ex", "new"):
        with pytest.raises(errors.CredentialsError, match=f"s3://guarded/{name}") as caught:
            S3Storage(f"s3://guarded/{name}", guarded.endpoint, s3_kwargs)
        assert "wrong-secret" not in repr(caught.value) + str(caught.value)
        assert caught.value.__cause__ is None  # whose frames would hold the request's headers
        assert caught.value.__suppress_context__
    assert guarded.keys("guarded") == before


def test_an_expired_key(moto_server: S3Server) -> None:
    bucket = moto_server.bucket()
    S3Storage(f"s3://{bucket}/ex", moto_server.endpoint, moto_server.s3_kwargs)
    with Proxy(moto_server.endpoint) as proxy:
        expired = Fault("status", status=400, code="ExpiredToken", times=99)
        proxy.faults = [expired]
        with pytest.raises(errors.CredentialsError, match="expired"):
            S3Storage(f"s3://{bucket}/ex", proxy.endpoint, moto_server.s3_kwargs)
        asked = []

        def source() -> S3Credential:
            asked.append(1)
            return S3Credential(f"key{len(asked)}", "secret")

        proxy.reset()
        proxy.faults = [Fault("status", status=400, code="ExpiredToken", times=1)]
        S3Storage(f"s3://{bucket}/ex", proxy.endpoint, {"credentials": source})
        assert len(asked) == 2
        assert "key2" in proxy.requests[-1].headers["authorization"]


@pytest.mark.real
@pytest.mark.parametrize("minutes", [-10, 10, -60, 60])
def test_a_clock_that_is_off(
    guarded: S3Server, monkeypatch: pytest.MonkeyPatch, minutes: int
) -> None:
    """Amazon allows 15 minutes; beyond them the request is refused, and we say why."""
    import botocore.auth  # noqa: PLC0415

    def off(*_: object, **__: object) -> datetime:
        return datetime.now(UTC).replace(tzinfo=None) + timedelta(minutes=minutes)

    monkeypatch.setattr(botocore.auth, "get_current_datetime", off)
    storage: S3Storage | None = None
    with contextlib.suppress(errors.CredentialsError):
        storage = S3Storage("s3://guarded/ex", guarded.endpoint, guarded.s3_kwargs, mode="r")
    if abs(minutes) < 15:
        assert storage is not None
    else:
        with pytest.raises(errors.CredentialsError, match=r"clock|refuses"):
            S3Storage("s3://guarded/ex", guarded.endpoint, guarded.s3_kwargs, mode="r")


def test_a_clock_that_is_off_by_amazon_s_word(moto_server: S3Server) -> None:
    with Proxy(moto_server.endpoint) as proxy:
        proxy.faults = [Fault("status", status=403, code="RequestTimeTooSkewed", times=99)]
        with pytest.raises(errors.CredentialsError, match="clock"):
            S3Storage("s3://test-bucket/ex", proxy.endpoint, moto_server.s3_kwargs)


def test_a_refused_connection_is_reported_within_ten_seconds() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    begin = time.monotonic()
    with pytest.raises(errors.UnreachableError, match=str(port)) as caught:
        S3Storage("s3://test-bucket/ex", f"http://127.0.0.1:{port}", {"key": "k", "secret": "s"})
    assert time.monotonic() - begin < 10
    assert isinstance(caught.value, ConnectionError)


def test_a_name_that_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ExponentialBackoff, "delay_amount", lambda *_: 0.01)
    with pytest.raises(errors.UnreachableError):
        S3Storage("s3://test-bucket/ex", "http://no-such-host.invalid", {"anon": True})


def test_a_server_that_is_not_an_s3_server_is_reported(moto_server: S3Server) -> None:
    with Proxy(moto_server.endpoint) as proxy:
        proxy.faults = [Fault("status", status=404, code="", extra="<p", times=99)]
        with pytest.raises(errors.ModosError) as caught:
            S3Storage("s3://test-bucket/ex", proxy.endpoint, moto_server.s3_kwargs, mode="r")
        assert "test-bucket" in str(caught.value)


@pytest.mark.parametrize(
    "endpoint",
    [
        "localhost", "localhost:9000", "ftp://host", "http://", "https://:80", "http://host:99999",
        "http://host:port", "http://user:secret@host", "http://host/?query", "http://a b", "",
        "file:///etc", "http://[::1", "s3://bucket",
    ],
)  # fmt: skip
def test_malformed_endpoints(endpoint: str) -> None:
    if not endpoint:
        return  # says nothing: the environment's or Amazon's is taken
    with pytest.raises(errors.OptionError) as caught:
        S3Storage("s3://test-bucket/ex", endpoint, {"anon": True})
    assert "secret" not in str(caught.value)


# ------------------------------------------------------------------ local
@contextlib.contextmanager
def small_files(limit: int) -> Iterator[None]:
    """Let the kernel refuse files above a size, as a full disk does."""
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, old[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        signal.signal(signal.SIGXFSZ, before)


@contextlib.contextmanager
def without_rights(folder: Path, mode: int) -> Iterator[None]:
    """Take the rights of a folder; as root, work as somebody whom they bind."""
    root = os.geteuid() == 0
    for one in [folder, *folder.parents]:
        if one != Path("/tmp") and one != Path("/") and root:
            one.chmod(one.stat().st_mode | 0o055)
    old = folder.stat().st_mode
    folder.chmod(mode)
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(old)


def test_a_full_disk(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "ex")
    storage.put([b"old"], "file")
    before = sorted((path, path.stat().st_size) for path in tmp_path.rglob("*"))
    with small_files(2**20):
        for call in (
            lambda: storage.put([b"x" * 2**19] * 8, "file"),
            lambda: storage.put([b"x" * 2**19] * 8, "new/folder/file"),
            lambda: storage.write("file", b"x" * 2**22),
        ):
            with pytest.raises(errors.StorageError, match="file") as caught:
                call()
            assert isinstance(caught.value, OSError)
    assert sorted((path, path.stat().st_size) for path in tmp_path.rglob("*")) == before


def test_a_full_disk_while_creating(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    storage = LocalStorage(tmp_path / "there")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(errors.StorageError, match="space"):
        LocalStorage(tmp_path / "new" / "ex")
    with pytest.raises(errors.StorageError, match="space"):
        add_metadata_group(at(storage.zarr, "sample"), {"id": "s"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["there"]
    assert not (tmp_path / "there/data.zarr/sample/s/zarr.json").exists()


def test_a_read_only_folder(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "ex")
    storage.put([b"old"], "file")
    with without_rights(tmp_path / "ex", 0o555):
        for call in (
            lambda: storage.put([b"new"], "file"),
            lambda: storage.put([b"new"], "folder/file"),
            lambda: storage.remove("file"),
            lambda: storage.move("file", "other"),
            lambda: LocalStorage(tmp_path / "ex" / "inner"),
        ):
            with pytest.raises(errors.ReadOnlyError, match="ex") as caught:
                call()
            assert isinstance(caught.value, PermissionError)
        assert LocalStorage(tmp_path / "ex", mode="r").read("file").data == b"old"
    assert sorted(path.name for path in (tmp_path / "ex").iterdir()) == ["data.zarr", "file"]


def test_a_folder_that_may_not_be_read(tmp_path: Path) -> None:
    LocalStorage(tmp_path / "ex")
    with (
        without_rights(tmp_path / "ex", 0o000),
        pytest.raises(errors.CredentialsError, match="read"),
    ):
        LocalStorage(tmp_path / "ex", mode="r")


def test_a_file_where_a_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"mine")
    (tmp_path / "ex").mkdir()
    (tmp_path / "ex" / "data.zarr").write_bytes(b"mine")
    for path in (tmp_path / "file", tmp_path / "file" / "ex"):
        for mode in ("a", "r", "w-"):
            with pytest.raises(errors.ModosError, match="file"):
                LocalStorage(path, mode=mode)
    with pytest.raises(errors.BrokenArchiveError, match=r"data\.zarr"):
        LocalStorage(tmp_path / "ex")
    storage = LocalStorage(tmp_path / "good")
    storage.put([b"x"], "file")
    for call in (
        lambda: storage.put([b"y"], "file/inner"),
        lambda: storage.write("file/inner", b"y"),
        lambda: storage.put([b"y"], "data.zarr"),
        lambda: storage.write("data.zarr", b"y"),
        lambda: storage.open("data.zarr"),
        lambda: storage.read("file/inner"),
    ):
        with pytest.raises((errors.PathError, errors.NotFoundError)):
            call()
    assert (tmp_path / "file").read_bytes() == b"mine"
    assert storage.read("file").data == b"x"


def test_links(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "ex")
    (tmp_path / "secret").write_bytes(b"secret")
    storage.put([b"x"], "folder/file")
    (storage.path / "out").symlink_to(tmp_path / "secret")
    (storage.path / "up").symlink_to(tmp_path)
    (storage.path / "in").symlink_to("folder/file")
    (storage.path / "circle").symlink_to("circle")
    (storage.path / "folder" / "back").symlink_to("..")
    for target in ("out", "up", "up/secret", "up/new"):
        for call in (storage.open, storage.exists, storage.read, storage.remove, storage.level,
                     lambda to: storage.put([b"x"], to)):  # fmt: skip
            with pytest.raises(errors.PathError):
                call(target)
    assert storage.read("in").data == b"x"
    assert [p.as_posix() for p in storage.list() if p.parts[0] != "data.zarr"] == [
        "folder/file", "in",
    ]  # fmt: skip
    assert (tmp_path / "secret").read_bytes() == b"secret"


@pytest.mark.parametrize("path", ["", "a\0b", 3, None])
def test_invalid_folder_paths_are_refused(path: Any) -> None:
    with pytest.raises(errors.PathError):
        LocalStorage(path)


# ---------------------------------------------------------- broken archives
@pytest.mark.parametrize(
    "document",
    [
        b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"zarr_format": 3}', b'"text"',
        b'{"zarr_format": 3, "node_type": "sheet"}', b"[" * 100_000,
        b'{"zarr_format": 3, "node_type": "group", "attributes": []}',
    ],
    ids=range(10),
)  # fmt: skip
def test_a_broken_root(place: Place, document: bytes) -> None:
    place.plant("ex", "data.zarr/zarr.json", document)
    before = place.raw()
    for mode in ("a", "r", "r+", "w-"):
        with pytest.raises(errors.BrokenArchiveError, match=r"ex/data\.zarr") as caught:
            place.make(mode=mode)
        assert caught.value.hint
    assert place.raw() == before


def test_a_root_that_breaks_later(place: Place) -> None:
    storage = place.make()
    place.plant("ex", "data.zarr/zarr.json", b'{"zarr_format": 3')
    with pytest.raises(errors.BrokenArchiveError, match="ex"):
        _ = storage.zarr
    place.plant("ex", "data.zarr/zarr.json", b'{"zarr_format": 9, "node_type": "group"}')
    with pytest.raises(errors.UnsupportedError, match="9"):
        place.make()


def test_an_archive_that_is_an_array(place: Place) -> None:
    array = {
        "zarr_format": 3, "node_type": "array", "shape": [1], "data_type": "int8",
        "fill_value": 0, "codecs": [{"name": "bytes"}],
    }  # fmt: skip
    place.plant("ex", "data.zarr/zarr.json", json.dumps(array).encode())
    before = place.raw()
    for mode in ("a", "r"):
        with pytest.raises(errors.BrokenArchiveError, match="array"):
            place.make(mode=mode)
    assert place.raw() == before
