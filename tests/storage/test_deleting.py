"""Deleting what was seen, and nothing else: versions, marks, servers that ignore conditions."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from modos_widgets.errors import CredentialsError, UnsupportedError
from modos_widgets.storage import S3Storage
from tests.parts.proxy import Fault, Proxy

if TYPE_CHECKING:
    from modos_widgets.storage import Storage
    from tests.parts.s3 import S3Server


@pytest.fixture(
    params=[
        "local",
        pytest.param("moto", marks=pytest.mark.twin),
        pytest.param("seaweedfs", marks=pytest.mark.real),
    ]
)
def storage(request: pytest.FixtureRequest, tmp_path: Any) -> Storage:
    if request.param == "local":
        from modos_widgets.storage import LocalStorage  # noqa: PLC0415

        return LocalStorage(tmp_path / "object")
    s3_server = request.getfixturevalue("moto_server" if request.param == "moto" else "seaweedfs")
    return S3Storage(f"s3://{s3_server.bucket()}/object", s3_server.endpoint, s3_server.s3_kwargs)


def test_a_file_is_deleted_in_the_version_that_was_seen_alone(storage: Storage) -> None:
    for name in ("a.txt", "folder/b.txt", "data.zarr/sample/s1/x/c/0"):
        storage.write(name, b"seen")
    listed = {entry.name: entry.version for entry in storage.files()}
    looked = storage.stat_many([*listed, "nothing", "a.txt/below"])
    assert looked.pop("nothing") is looked.pop("a.txt/below") is None
    assert {name: one and one.version for name, one in looked.items()} == listed
    (below,) = storage.entries("data.zarr/sample/s1")
    assert (below.name, below.size) == ("data.zarr/sample/s1/x/c/0", 4)
    storage.write("a.txt", b"another")
    assert not storage.delete_version("a.txt", str(listed["a.txt"]))
    assert storage.read("a.txt").data == b"another"
    for entry in (below, *(one for one in storage.files() if one.name != "a.txt")):
        assert storage.delete_version(entry.name, str(entry.version))
        assert storage.delete_version(entry.name, str(entry.version))  # gone already
        assert not storage.exists(entry.name)


def test_the_mark_of_a_write_is_seen_again(storage: Storage) -> None:
    marks: list[str] = []
    storage.write("a.txt", b"a", expected=None, note=marks.append)
    storage.stream([b"b"], "b.txt", exclusive=True, note=marks.append)
    found = storage.stat_many(["a.txt", "b.txt"])
    assert [one.mark if one else None for one in found.values()] == marks


def test_a_server_that_ignores_the_conditions_of_deletes_is_found_out(
    moto_server: S3Server,
) -> None:
    url = f"s3://{moto_server.bucket()}/object"
    with Proxy(moto_server.endpoint) as proxy:
        proxy.drop_headers_of["DELETE"] = {"if-match"}
        storage = S3Storage(url, proxy.endpoint, moto_server.s3_kwargs)
        etag = storage.write("a.txt", b"a")
        marks: list[str] = []
        storage.write("b.txt", b"b", expected=None, note=marks.append)
        for delete in (
            storage.need_conditional_deletes,
            lambda: storage.delete("a.txt", expected=etag),
            lambda: storage.delete_version("a.txt", etag),
            lambda: storage.delete_marked("b.txt", marks[0]),
        ):
            with pytest.raises(UnsupportedError, match="conditions of deletes"):
                delete()
        assert {entry.name for entry in storage.files()} == {"a.txt", "b.txt"}
        assert not [key for key in moto_server.keys(url.split("/")[2]) if ".part" in key]


def test_writers_that_start_together_make_one_probe(moto_server: S3Server) -> None:
    url = f"s3://{moto_server.bucket()}/object"
    with Proxy(moto_server.endpoint, delay=0.1) as proxy:
        storage = S3Storage(url, proxy.endpoint, moto_server.s3_kwargs)
        proxy.faults = [Fault("status", contains=".part", status=403, code="AccessDenied")]
        with pytest.raises(CredentialsError):  # an answer that says nothing is not remembered
            storage.write("a.txt", b"a", expected=None)
        proxy.reset()

        def write(number: int) -> None:
            storage.write(f"{number}.txt", b"x", expected=None)
            storage.need_conditional_deletes()

        with ThreadPoolExecutor(8) as threads:
            list(threads.map(write, range(8)))
        probes = [request.method for request in proxy.requests if ".part" in request.path]
        assert sorted(probes) == ["DELETE", "DELETE", "DELETE", "PUT", "PUT"]
        assert proxy.count() == 8 + len(probes)


def test_servers_that_heed_the_conditions_of_deletes_are_known(s3_server: S3Server) -> None:
    bucket = s3_server.bucket()
    storage = S3Storage(f"s3://{bucket}/object", s3_server.endpoint, s3_server.s3_kwargs)
    storage.need_conditional_deletes()
    assert not [key for key in s3_server.keys(bucket) if ".part" in key]


def test_a_delete_that_is_held_back_takes_nothing_that_came_since(s3_server: S3Server) -> None:
    url = f"s3://{s3_server.bucket()}/object"
    with Proxy(s3_server.endpoint) as proxy:
        slow = S3Storage(url, proxy.endpoint, s3_server.s3_kwargs)
        etag = slow.write("a.txt", b"seen")
        slow.need_conditional_deletes()
        proxy.faults = [Fault("delay", method="DELETE", contains="a.txt", seconds=1)]
        begun = threading.Event()
        proxy.observe = lambda request: begun.set() if request.method == "DELETE" else None
        results: list[bool] = []
        deleting = threading.Thread(
            target=lambda: results.append(slow.delete_version("a.txt", etag))
        )
        deleting.start()
        assert begun.wait(30)
        S3Storage(url, s3_server.endpoint, s3_server.s3_kwargs).write("a.txt", b"of a colleague")
        deleting.join(30)
    assert results == [False]
    assert (
        S3Storage(url, s3_server.endpoint, s3_server.s3_kwargs).read("a.txt").data
        == b"of a colleague"
    )
