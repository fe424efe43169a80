"""A network that breaks: an operation succeeds by repeating, or all is as it was."""

from __future__ import annotations

import os
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from aiobotocore.response import StreamingBody
from botocore.retries.standard import ExponentialBackoff

from modos_widgets import errors
from modos_widgets.storage import LocalStorage, S3Storage, add_metadata_group, list_zarr_items
from tests.parts.proxy import Fault, Proxy
from tests.storage.conftest import at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.parts.s3 import S3Server

pytestmark = pytest.mark.traffic

CAMPAIGN = os.environ.get("MODOS_CAMPAIGN") == "1"
PART = 8 * 2**20
LARGE = b"l" * (PART + 1000)
ONCE: dict[str, dict[str, Any]] = {
    "reset": {"kind": "reset"},
    "lost answer": {"kind": "reset-after"},
    "truncated": {"kind": "truncate"},
    "delayed": {"kind": "delay", "seconds": 0.3},
    "500": {"kind": "status", "status": 500, "code": "InternalError"},
    "503": {"kind": "status", "status": 503, "code": "SlowDown"},
}


def put_small(storage: S3Storage, _: Path) -> None:
    storage.put([b"new"], "file")


def put_large(storage: S3Storage, _: Path) -> None:
    storage.put([LARGE], "file")


def write_new(storage: S3Storage, _: Path) -> None:
    storage.write("created", b"new", expected=None)


def write_if(storage: S3Storage, _: Path) -> None:
    storage.write("file", b"new", expected=storage.read("file").etag)


def read_all(storage: S3Storage, _: Path) -> None:
    with storage.open("large") as file:
        assert file.read() == LARGE
    assert storage.read("file").data == b"old"


def look(storage: S3Storage, _: Path) -> None:
    assert storage.exists("folder")
    assert not storage.exists("absent")
    assert len(list(storage.list())) == len(storage.files()) + 7
    assert len(list_zarr_items(storage.zarr)) == 6


def move_file(storage: S3Storage, _: Path) -> None:
    storage.move("file", "moved")


def add_element(storage: S3Storage, _: Path) -> None:
    add_metadata_group(at(storage.zarr, "sample"), {"id": "new", "x": 1})


def download(storage: S3Storage, folder: Path) -> None:
    target = LocalStorage(folder / "download")
    storage.transfer(target, overwrite=True)
    assert target.read("large").data == LARGE


OPERATIONS = [
    put_small, put_large, write_new, write_if, read_all, look, move_file, add_element, download,
]  # fmt: skip


@pytest.fixture(autouse=True)
def quick_repeats(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait less between repeats, whose number is what counts here."""
    monkeypatch.setattr(ExponentialBackoff, "delay_amount", lambda *_: 0.01)


@pytest.fixture
def proxy(moto_server: S3Server) -> Iterator[Proxy]:
    with Proxy(moto_server.endpoint) as proxy:
        yield proxy


@pytest.fixture
def url(moto_server: S3Server) -> str:
    url = f"s3://{moto_server.bucket()}/ex"
    storage = S3Storage(url, moto_server.endpoint, moto_server.s3_kwargs)
    storage.put([b"old"], "file")
    storage.put([LARGE], "large")
    storage.put([b"x"], "folder/inner")
    add_metadata_group(at(storage.zarr, "sample"), {"id": "old"})
    return url


def raw(url: str, server: S3Server) -> dict[str, bytes]:
    bucket, _, key = url.removeprefix("s3://").partition("/")
    assert server.uploads(bucket) == []
    return server.keys(bucket, key + "/")


@dataclass
class Scene:
    """An object on moto, and the proxy before it."""

    proxy: Proxy
    server: S3Server
    url: str
    folder: Path

    def open(self) -> S3Storage:
        return S3Storage(self.url, self.proxy.endpoint, self.server.s3_kwargs)

    def raw(self) -> dict[str, bytes]:
        return raw(self.url, self.server)

    def abort_uploads(self) -> None:
        bucket = self.url.split("/")[2]
        for one in self.server.uploads(bucket):
            self.server.client().abort_multipart_upload(
                Bucket=bucket, Key=one["Key"], UploadId=one["UploadId"]
            )

    def restore(self, before: dict[str, bytes]) -> None:
        bucket = self.url.split("/")[2]
        now = self.raw()
        for key in now.keys() - before.keys():
            self.server.client().delete_object(Bucket=bucket, Key=key)
        for key, data in before.items():
            if now.get(key) != data:
                self.server.client().put_object(Bucket=bucket, Key=key, Body=data)


@pytest.fixture
def scene(proxy: Proxy, moto_server: S3Server, url: str, tmp_path: Path) -> Scene:
    return Scene(proxy, moto_server, url, tmp_path)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.__name__)
def test_one_fault_at_any_request_is_survived(
    operation: Callable[[S3Storage, Path], object], scene: Scene
) -> None:
    before = scene.raw()
    storage = scene.open()
    scene.proxy.reset()
    operation(storage, scene.folder)
    requests = scene.proxy.count()
    expected = scene.raw()
    scene.restore(before)
    cases = [(fault, number) for fault in ONCE for number in range(requests)]
    random = Random(1)  # noqa: S311
    if not CAMPAIGN:
        cases = random.sample(cases, min(len(cases), 4))
    for fault, number in cases:
        scene.proxy.reset()
        scene.proxy.faults = [Fault(**ONCE[fault], at=number)]
        operation(storage, scene.folder)
        scene.proxy.faults = []
        if operation is put_large and (fault, number) in {("lost answer", 0), ("truncated", 0)}:
            scene.abort_uploads()  # nobody knows the upload whose id was lost with the answer
        assert scene.raw() == expected, (fault, number)
        scene.restore(before)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.__name__)
def test_a_lasting_fault_is_our_error_and_all_is_as_before(
    operation: Callable[[S3Storage, Path], object], scene: Scene
) -> None:
    storage = scene.open()
    before = scene.raw()
    for kind, method in [("reset", "GET"), ("500", "PUT"), ("503", "POST"), ("reset", "PUT")]:
        scene.proxy.reset()
        scene.proxy.faults = [Fault(**ONCE[kind], method=method, times=10_000)]
        failure: Exception | None = None
        try:
            operation(storage, scene.folder)
        except errors.ModosError as error:
            failure = error
        scene.proxy.faults = []
        if failure is None:
            assert method not in {request.method for request in scene.proxy.requests}
            scene.restore(before)
            continue
        assert isinstance(failure, errors.UnreachableError | errors.ServerError)
        assert failure.hint
        assert "testing-secret" not in repr(failure) + str(failure)
        assert scene.raw() == before, (kind, method)


@pytest.mark.parametrize("at_request", range(8))
def test_a_creation_that_fails_leaves_nothing(
    at_request: int, proxy: Proxy, moto_server: S3Server
) -> None:
    bucket = moto_server.bucket()
    proxy.faults = [
        Fault("status", method="PUT", contains="data.zarr", at=at_request, times=10_000),
        Fault("reset", method="HEAD", at=0, times=at_request % 3),
    ]
    try:
        S3Storage(f"s3://{bucket}/ex", proxy.endpoint, moto_server.s3_kwargs)
    except errors.ServerError:
        assert moto_server.keys(bucket) == {}
    else:
        assert at_request > 5
        assert len(moto_server.keys(bucket)) == 6


@pytest.mark.real
@pytest.mark.parametrize(
    "operation",
    [put_small, put_large, write_new, write_if, add_element],
    ids=lambda operation: operation.__name__,
)
def test_a_request_that_ends_before_its_body_changes_nothing(
    operation: Callable[[S3Storage, Path], object], seaweedfs: S3Server, tmp_path: Path
) -> None:
    """So does a client that is killed; SeaweedFS puts an empty object in the place."""
    url = f"s3://{seaweedfs.bucket()}/ex"
    S3Storage(url, seaweedfs.endpoint, seaweedfs.s3_kwargs).put([b"old"], "file")
    before = raw(url, seaweedfs)
    with Proxy(seaweedfs.endpoint) as proxy:
        storage = S3Storage(url, proxy.endpoint, seaweedfs.s3_kwargs)
        proxy.faults = [Fault("cut", method="PUT", times=10_000)]
        with pytest.raises(errors.UnreachableError):
            operation(storage, tmp_path)
    assert raw(url, seaweedfs) == before


def test_a_part_that_fails_aborts_the_upload(proxy: Proxy, url: str, moto_server: S3Server) -> None:
    storage = S3Storage(url, proxy.endpoint, moto_server.s3_kwargs)
    before = raw(url, moto_server)
    proxy.faults = [Fault("status", method="PUT", contains="partNumber=2", times=10_000)]
    with pytest.raises(errors.ServerError):
        storage.put([LARGE, LARGE], "file")
    assert raw(url, moto_server) == before


def test_a_file_that_is_replaced_while_it_is_read(url: str, moto_server: S3Server) -> None:
    storage = S3Storage(url, moto_server.endpoint, moto_server.s3_kwargs)
    with storage.open("large") as file:
        assert file.read(10) == LARGE[:10]
        storage.put([b"other" * PART], "large")
        with pytest.raises(errors.ChangedError, match="replaced"):
            file.read()


def test_a_server_that_ignores_conditions_is_found_out(
    proxy: Proxy, url: str, moto_server: S3Server
) -> None:
    storage = S3Storage(url, proxy.endpoint, moto_server.s3_kwargs)
    before = raw(url, moto_server)
    proxy.drop_headers = {"if-match", "if-none-match"}
    with pytest.raises(errors.UnsupportedError, match="conditions"):
        storage.write("file", b"new", expected='"stale"')
    proxy.drop_headers = set()
    assert raw(url, moto_server) == before


def test_only_the_requested_bytes_are_read_from_a_server_that_ignores_ranges(
    proxy: Proxy, url: str, moto_server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = S3Storage(url, proxy.endpoint, moto_server.s3_kwargs)
    client, place = storage._client, (storage._bucket, storage._key("large"))
    read = 0
    reading = StreamingBody.read

    async def counted(body: StreamingBody, amount: int | None = None) -> bytes:
        nonlocal read
        data: bytes = await reading(body, amount)
        read += len(data)
        return data

    monkeypatch.setattr(StreamingBody, "read", counted)
    proxy.drop_headers = {"range"}
    first = client.run(client.get(*place, start=0, end=10))
    assert (first.data, first.size) == (LARGE[:10], len(LARGE))
    assert 10 < read <= 11
    for start, end in ((5, 10), (5, None), (-10, None)):
        with pytest.raises(errors.ResponseError, match="requested bytes"):
            client.run(client.get(*place, start=start, end=end))
    whole = client.run(client.get(*place, start=-len(LARGE) - 1))
    assert whole.data == LARGE
    proxy.drop_headers = set()
    assert client.run(client.get(*place, start=5, end=10)).data == LARGE[5:10]
    assert client.run(client.get(*place, start=-10)).size == len(LARGE)


def test_two_creators_never_overwrite_each_other(proxy: Proxy, moto_server: S3Server) -> None:
    bucket = moto_server.bucket()
    url = f"s3://{bucket}/ex"

    def overtake(request: Any) -> None:
        if request.method == "PUT" and request.path.endswith("data.zarr/zarr.json"):
            proxy.observe = None
            first = S3Storage(url, moto_server.endpoint, moto_server.s3_kwargs)
            first.zarr.attrs["owner"] = "first"

    for mode in ("a", "w-"):
        proxy.observe = overtake
        if mode == "a":
            second = S3Storage(url, proxy.endpoint, moto_server.s3_kwargs, mode="a")
            assert second.zarr.attrs["owner"] == "first"
        else:
            with pytest.raises(errors.AlreadyExistsError):
                S3Storage(url, proxy.endpoint, moto_server.s3_kwargs, mode="w-")
        assert b"first" in moto_server.keys(bucket)["ex/data.zarr/zarr.json"]
        moto_server.client().delete_object(Bucket=bucket, Key="ex/data.zarr/zarr.json")
