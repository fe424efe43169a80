"""The search for objects: one answer everywhere, whatever keys and folders lie around."""

from __future__ import annotations

import itertools
import json
import os
import re
import threading
from concurrent import futures
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from fsspec.implementations.dirfs import DirFileSystem
from fsspec.implementations.local import LocalFileSystem
from fsspec.implementations.memory import MemoryFileSystem
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from s3fs import S3FileSystem

from modos_widgets import background, catalog, create_modo, s3
from modos_widgets.concurrency import wait
from modos_widgets.credentials import S3Options
from modos_widgets.errors import (
    CancelledError,
    ModosError,
    NotFoundError,
    PathError,
    UnsupportedError,
)
from modos_widgets.session.objects import Search
from modos_widgets.session.session import Session
from modos_widgets.storage import connect_s3, finder, list_remote_modos
from modos_widgets.storage.finder import BucketFolders, find_local_objects, find_objects
from modos_widgets.widgets.browser import Browser, browse
from tests.parts.examples import examples
from tests.parts.places import wait_until
from tests.parts.proxy import Proxy
from tests.parts.s3 import fill_moto, running_seaweedfs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.parts.s3 import S3Server

pytestmark = pytest.mark.traffic

ROOT = json.dumps(
    {
        "zarr_format": 3,
        "node_type": "group",
        "attributes": {"@type": "MODO"},
        "consolidated_metadata": {"kind": "inline", "must_understand": False, "metadata": {}},
    }
).encode()
DEEP = "d/1/2/3/4/5/6/7/8/9/deep"
MADE = ["a", "a/inner", "b/.hidden/c", DEEP, "a/reads/below/far"]
FOUND = ["a", "b/.hidden/c", DEEP]


@pytest.fixture(autouse=True)
def _own(own_folders: None) -> None:
    pass


def make(folder: Path, names: Iterable[str]) -> None:
    for name in names:
        (folder / name / "data.zarr").mkdir(parents=True)
        (folder / name / "data.zarr" / "zarr.json").write_bytes(ROOT)


def put(s3_server: S3Server, names: Iterable[str], odd: Iterable[str] = ()) -> str:
    bucket = s3_server.bucket()
    for key in [*(f"{name}/data.zarr/zarr.json" for name in names), *odd]:
        s3_server.client().put_object(Bucket=bucket, Key=key, Body=ROOT)
    return bucket


def search(client: s3.BulkClient, start: str = "") -> tuple[list[str], list[str]]:
    """Return the objects found, and the messages of what was skipped."""
    skipped: list[str] = []

    def failed(place: str, error: ModosError) -> None:
        assert isinstance(error, PathError)
        skipped.append(error.message)

    async def found() -> list[str]:
        return [one async for one in find_objects(BucketFolders(client), start, failed=failed)]

    return sorted(wait(found())), skipped


def refuse(place: str, error: ModosError) -> None:
    raise AssertionError(place) from error


def client_of(s3_server: S3Server, bucket: str, endpoint: str = "") -> s3.BulkClient:
    options = S3Options.resolve(endpoint or s3_server.endpoint, s3_server.s3_kwargs)
    return s3.BulkClient(options, bucket)


def in_catalog(frame: Any, begin: str) -> list[str]:
    objects = sorted(set(frame.index.get_level_values("object")))
    return [path.removeprefix(begin) for path in objects]


def listed_by(session: Any, begin: str) -> list[str]:
    wait_until(lambda: session.listed)
    return sorted(one.path.removeprefix(begin) for one in session.objects)


@pytest.fixture
def proxy(moto_server: S3Server) -> Iterator[Proxy]:
    with Proxy(moto_server.endpoint) as one:
        yield one


def test_every_search_of_a_folder_finds_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    make(folder, MADE)
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    (tmp_path / "elsewhere").mkdir()
    make(tmp_path / "elsewhere", ["x"])
    (folder / "linked").symlink_to(tmp_path / "elsewhere" / "x", target_is_directory=True)
    begin = f"{folder}/"
    assert in_catalog(catalog(folder), begin) == FOUND
    assert listed_by(Session(folder=folder), begin) == FOUND
    assert listed_by(browse(folder).session, begin) == FOUND
    for store, target in (
        (DirFileSystem(str(folder), LocalFileSystem()), None),
        (DirFileSystem(str(tmp_path), LocalFileSystem()), "study"),
        (LocalFileSystem(), str(folder).lstrip("/")),
    ):
        places = [path.as_posix() for path in list_remote_modos(store, target)]
        assert [re.sub(".*study/", "", place) for place in places] == FOUND


def test_every_search_of_a_bucket_finds_the_same(s3_server: S3Server) -> None:
    bucket = put(s3_server, [f"study/{name}" for name in MADE])
    url, begin = f"s3://{bucket}/study", f"s3://{bucket}/study/"
    reach: dict[str, Any] = {
        "services": {"s3": s3_server.endpoint},
        "s3_kwargs": s3_server.s3_kwargs,
    }
    assert in_catalog(catalog(url, **reach), begin) == FOUND
    assert listed_by(Session(below=url, **reach), begin) == FOUND
    browser: Browser = browse(url, **reach)
    assert listed_by(browser.session, begin) == FOUND
    ours = connect_s3(url, s3_server.endpoint, s3_server.s3_kwargs)
    assert [path.as_posix() for path in list_remote_modos(ours)] == FOUND
    foreign = S3FileSystem(endpoint_url=s3_server.endpoint, **s3_server.s3_kwargs)
    whole = list_remote_modos(foreign, f"{bucket}/study")
    assert [path.as_posix().removeprefix(f"{bucket}/study/") for path in whole] == FOUND
    rooted = DirFileSystem(f"{bucket}/study", foreign)
    assert [path.as_posix() for path in list_remote_modos(rooted)] == FOUND


@pytest.mark.real
def test_a_search_of_a_whole_server_finds_the_objects_of_all_buckets(tmp_path: Path) -> None:
    # A server of its own: the shared ones hold what all other tests have left there.
    with running_seaweedfs(tmp_path) as s3_server:
        buckets = [put(s3_server, ["study/a"]), put(s3_server, ["b"])]
        ours = connect_s3(f"s3://{buckets[0]}/study", s3_server.endpoint, s3_server.s3_kwargs)
        every = list_remote_modos(ours.fs)
    assert sorted(every) == sorted([Path(buckets[0], "study", "a"), Path(buckets[1], "b")])


def test_any_other_file_system_is_searched_too() -> None:
    memory = MemoryFileSystem()
    for name in MADE:
        memory.pipe(f"/finder/{name}/data.zarr/zarr.json", ROOT)
    found = list_remote_modos(DirFileSystem("/finder", memory))
    assert [path.as_posix() for path in found] == FOUND
    memory.rm("/finder", recursive=True)


def test_nothing_below_an_object_is_searched(moto_server: S3Server) -> None:
    objects = [f"cohort/p{number}" for number in range(30)] + ["public/deep/er/x"]
    bucket = put(
        moto_server,
        objects,
        [f"{one}/{key}" for one in objects for key in ("data.zarr/s/zarr.json", "reads/m/a.cram")],
    )
    client = client_of(moto_server, bucket)
    assert search(client) == (sorted(objects), [])
    folders = {"", "cohort", "public", "public/deep", "public/deep/er"}
    assert client.counters.read().requests == len(folders) + len(objects)
    assert search(client, "cohort/p1") == (["cohort/p1"], [])


ODD = [
    "/readme.txt",
    "//readme.txt",
    "/",
    "study//notes.txt",
    "study//x/data.zarr/zarr.json",
    "study/../p2/data.zarr/zarr.json",
    "study/./p2/data.zarr/zarr.json",
    "study/",
    "study/p1/",
    "study/p1//reads",
    "../x",
    "./study/p1/x",
    "..",
    "a\x01b/c",
    "study/a\tb",
    "é" * 500,
]


@pytest.mark.parametrize("key", ODD)
def test_an_odd_key_ends_no_listing_and_hides_nothing(
    key: str, moto_server: S3Server, proxy: Proxy
) -> None:
    bucket = put(moto_server, ["study/p1", "study/p2", "z"])
    fill_moto(bucket, [key], ROOT)
    found, skipped = search(client_of(moto_server, bucket, proxy.endpoint))
    assert found == ["study/p1", "study/p2", "z"]
    assert proxy.count() <= 6  # five folders, and one that is listed twice
    silent = key in {"study/", "study/p1/", "study/p1//reads", "..", "study/a\tb", "é" * 500}
    assert bool(skipped) is not silent
    reach: dict[str, Any] = {"services": {"s3": proxy.endpoint}, "s3_kwargs": moto_server.s3_kwargs}
    frame = catalog(f"s3://{bucket}", **reach)
    begin = f"s3://{bucket}/"
    assert in_catalog(frame, begin) == found
    assert [entry["error"] for entry in frame.attrs["failures"]] == [
        f"PathError: {message}" for message in skipped
    ]
    session: Any = Session(below=f"s3://{bucket}", **reach)
    assert listed_by(session, begin) == found
    assert (session.problem is not None) is bool(skipped)
    assert listed_by(browse(f"s3://{bucket}", **reach).session, begin) == found
    store = connect_s3(f"s3://{bucket}", proxy.endpoint, moto_server.s3_kwargs)
    assert [path.as_posix() for path in list_remote_modos(store)] == found
    foreign = S3FileSystem(endpoint_url=proxy.endpoint, **moto_server.s3_kwargs)
    listed = list_remote_modos(DirFileSystem(bucket, foreign))
    assert [path.as_posix() for path in listed] == found
    assert proxy.count() <= 80


ODD_PARTS = ["", ".", "..", "a\x01", "\x7f"]
PARTS = st.sampled_from(
    [*ODD_PARTS, "a", "b", ".h", "data.zarr", "a b", "%2F", "é", "x" * 150, "\\"]
)
KEYS = st.lists(PARTS, min_size=1, max_size=6).map("/".join).filter(bool)
_numbers = itertools.count()


def good_objects(keys: Iterable[str]) -> list[str]:
    """Find objects in a list of all keys, by their definition."""
    every = list(keys)
    objects = {
        key[: place.start()]
        for key in every
        for place in re.finditer(r"(?<=[^/])/data\.zarr/|\Adata\.zarr/", key)
    }
    usable = {
        one
        for one in objects
        if not one
        or all(part not in {"", ".", ".."} and part.isprintable() for part in one.split("/"))
    }
    return sorted(
        one
        for one in usable
        if not any(one != other and (not other or one.startswith(f"{other}/")) for other in usable)
    )


@settings(max_examples=examples(60), suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(keys=[], objects=["/data.zarr"])
@given(keys=st.lists(KEYS, max_size=12), objects=st.lists(KEYS, max_size=4))
def test_whatever_keys_there_are_every_object_is_found(
    keys: list[str], objects: list[str], moto_server: S3Server
) -> None:
    every = {*keys, *(f"{name}/data.zarr/zarr.json" for name in objects)}
    bucket = moto_server.bucket(f"any-keys-{next(_numbers)}")
    fill_moto(bucket, every, ROOT)
    client = client_of(moto_server, bucket)
    found, _ = search(client)
    assert found == good_objects(every)
    folders = {key[: place.start()] for key in every for place in re.finditer("/", key)} | {""}
    assert client.counters.read().requests <= 2 * len(folders)


def test_a_key_of_many_pages_of_odd_names_is_listed_once(moto_server: S3Server) -> None:
    bucket = put(moto_server, ["p1"])
    fill_moto(bucket, (f"a\x01{number:04}/x" for number in range(2500)), ROOT)
    client = client_of(moto_server, bucket)
    found, skipped = search(client)
    assert found == ["p1"]
    assert len(skipped) == 1
    assert "and 2495 more" in skipped[0]
    assert client.counters.read().requests <= 6


def test_the_search_stops_with_a_message(
    tmp_path: Path, moto_server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finder, "MOST_FOLDERS", 20)
    make(tmp_path / "many", [f"p{number:02}" for number in range(40)])
    frame = catalog(tmp_path / "many")
    assert len(in_catalog(frame, "")) == 19
    (failure,) = frame.attrs["failures"]
    assert failure["error"].startswith("UnsupportedError: ")
    assert "stopped after 20 folders" in failure["error"]
    session: Any = Session(folder=tmp_path / "many")
    assert len(listed_by(session, "")) == 19
    assert "stopped after 20 folders" in session.problem.message
    bucket = put(moto_server, [f"p{number:02}" for number in range(40)])
    reach: dict[str, Any] = {
        "services": {"s3": moto_server.endpoint},
        "s3_kwargs": moto_server.s3_kwargs,
    }
    frame = catalog(f"s3://{bucket}", **reach)
    assert len(in_catalog(frame, "")) == 19
    assert [entry["path"] for entry in frame.attrs["failures"]] == [f"s3://{bucket}/"]
    assert issubclass(UnsupportedError, ModosError)


def remove_chain(folder: Path) -> None:
    """Remove a folder with a folder in it, and so on, where no path reaches the last."""
    above = os.open(folder.parent, os.O_RDONLY)
    try:
        while below := list(folder.iterdir()):
            os.rename(f"{folder.name}/{below[0].name}", "below", src_dir_fd=above, dst_dir_fd=above)
            os.rmdir(folder.name, dir_fd=above)
            os.rename("below", folder.name, src_dir_fd=above, dst_dir_fd=above)
        os.rmdir(folder.name, dir_fd=above)
    finally:
        os.close(above)


@pytest.fixture
def endless(tmp_path: Path) -> Iterator[Path]:
    """Make a folder with folders beyond the longest path that the system takes."""
    begin = tmp_path / "study" / ("n" * 200)
    begin.mkdir(parents=True)
    deep = os.open(begin, os.O_RDONLY)
    for _ in range(24):
        os.mkdir("n" * 200, dir_fd=deep)
        inner = os.open("n" * 200, os.O_RDONLY, dir_fd=deep)
        os.close(deep)
        deep = inner
    os.close(deep)
    yield begin.parent
    remove_chain(begin)  # neither pytest nor shutil could


def test_a_folder_that_cannot_be_read_hides_nothing_else(endless: Path) -> None:
    folder = endless
    make(folder, ["good", "closed/p"])
    frame = catalog(folder)
    assert in_catalog(frame, f"{folder}/") == ["closed/p", "good"]
    assert [entry["error"].partition(":")[0] for entry in frame.attrs["failures"]] == ["PathError"]
    session: Any = Session(folder=folder)
    assert listed_by(session, f"{folder}/") == ["closed/p", "good"]
    assert "too long" in session.problem.message
    assert not session.problem.credentials


@pytest.fixture
def far_down(tmp_path: Path) -> Iterator[Path]:
    """Make a folder at a depth at which the interpreter does not recurse."""
    top = tmp_path / "top"
    for depth in range(1500):
        Path(f"{top}{'/d' * depth}").mkdir(parents=True)
    yield top
    remove_chain(top)  # pytest cannot


def test_a_hierarchy_deeper_than_the_interpreter_recurses_is_searched(far_down: Path) -> None:
    deep = f"{far_down}{'/d' * 1499}"
    Path(f"{deep}/data.zarr").mkdir()
    assert list(find_local_objects(far_down, failed=refuse)) == [deep]


def test_a_folder_whose_name_is_not_text_is_listed(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    make(folder, ["good", os.fsdecode(b"p\xff")])
    assert len(listed_by(Session(folder=folder), "")) == 2
    assert in_catalog(catalog(folder), f"{folder}/") == ["good", os.fsdecode(b"p\xff")]


def test_a_start_that_cannot_be_listed_is_an_error(tmp_path: Path, s3_server: S3Server) -> None:
    with pytest.raises(NotFoundError):
        list(find_local_objects(tmp_path / "none", failed=refuse))
    with pytest.raises(NotFoundError):
        search(client_of(s3_server, "no-such-bucket-here"))
    with pytest.raises(NotFoundError):
        list_remote_modos(DirFileSystem(str(tmp_path / "none"), LocalFileSystem()))


def test_a_search_does_not_begin_in_an_archive(tmp_path: Path, s3_server: S3Server) -> None:
    create_modo(tmp_path / "x")
    bucket = s3_server.bucket()
    options: dict[str, Any] = {
        "services": {"s3": s3_server.endpoint},
        "s3_kwargs": s3_server.s3_kwargs,
    }
    create_modo(f"s3://{bucket}/x", **options)
    for base in (str(tmp_path), f"s3://{bucket}"):
        for path in (f"{base}/x/data.zarr", f"{base}/x/data.zarr/sample"):
            with pytest.raises(NotFoundError, match=f"Pass the object itself: {base}/x$"):
                catalog(path, **options)


def test_objects_are_found_during_the_search_which_can_be_cancelled(tmp_path: Path) -> None:
    make(tmp_path / "many", [f"p{number:02}" for number in range(40)])
    listed: list[int] = []

    def check() -> None:
        listed.append(1)

    found = find_local_objects(tmp_path / "many", failed=refuse, check=check)
    assert next(found) == str(tmp_path / "many" / "p00")
    assert len(listed) == 2
    found.close()

    def stop(_: object) -> None:
        raise CancelledError("Enough.")

    (tmp_path / "empty" / "of" / "objects").mkdir(parents=True)
    assert catalog(tmp_path / "empty", on_progress=stop).attrs["cancelled"]

    shown, go_on = threading.Event(), threading.Event()

    def show(_: object) -> None:
        shown.set()
        go_on.wait(10)

    def look() -> None:
        searching = Search(show)
        searching._reported_at = float("-inf")  # it is time to show something
        searching.folder(tmp_path / "many")

    task = background.run(look)
    assert shown.wait(10)
    task.cancel()
    go_on.set()
    wait_until(lambda: task.done)
    with pytest.raises((CancelledError, futures.CancelledError)):
        task.result(10)
