"""Objects arrive whole or not at all, whatever the ends, sizes and names."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from modos_widgets import transfer
from modos_widgets.errors import (
    AlreadyExistsError,
    CancelledError,
    ModosError,
    NotFoundError,
    OptionError,
    PathError,
    StorageError,
    UnsupportedError,
)
from modos_widgets.storage import LocalStorage, S3Storage, local_files
from modos_widgets.storage.copying import routes as routes_module
from modos_widgets.storage.copying.identity import PART, composite, file_matches, md5, part_size
from modos_widgets.transport import compare
from modos_widgets.transport.plan import ROOT
from tests.parts.proxy import Proxy

if TYPE_CHECKING:
    from modos_widgets.transport import Progress
    from tests.parts.s3 import S3Server

CONTENT = {
    ROOT: b'{"zarr_format": 3, "node_type": "group", "attributes": {"id": "x"}}',
    "data.zarr/sample/zarr.json": b'{"zarr_format": 3, "node_type": "group"}',
    "reads.cram": bytes(range(256)) * 40,
    "folder/with space + ü (1).txt": b"odd name",
    "empty.tsv": b"",
}


@dataclass
class Place:
    """A place where objects can be made and read back without the code under test."""

    kind: str
    server: S3Server | None
    base: str

    def path(self, name: str) -> str:
        return f"{self.base}/{name}"

    def write(self, name: str, content: dict[str, bytes]) -> None:
        for key, data in content.items():
            if self.server is None:
                path = Path(self.path(name)) / key
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
            else:
                bucket, _, prefix = self.path(name).removeprefix("s3://").partition("/")
                self.server.client().put_object(Bucket=bucket, Key=f"{prefix}/{key}", Body=data)

    def read(self, name: str) -> dict[str, bytes]:
        if self.server is None:
            root = Path(self.path(name))
            return {
                path.relative_to(root).as_posix(): path.read_bytes()
                for path in root.rglob("*")
                if path.is_file()
            }
        bucket, _, prefix = self.path(name).removeprefix("s3://").partition("/")
        found = self.server.keys(bucket, f"{prefix}/")
        return {key.removeprefix(f"{prefix}/"): data for key, data in found.items()}

    @property
    def arguments(self) -> dict[str, Any]:
        if self.server is None:
            return {}
        return {"services": {"s3": self.server.endpoint}, "s3_kwargs": self.server.s3_kwargs}


def place(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if kind == "local":
        return Place(kind, None, str(tmp_path / "objects"))
    server: S3Server = request.getfixturevalue(kind)
    return Place(kind, server, f"s3://{server.bucket()}/objects")


ROUTES = [
    ("local", "local"),
    ("local", "moto_server"),
    ("local", "seaweedfs"),
    ("moto_server", "local"),
    ("seaweedfs", "local"),
    ("moto_server", "moto_server"),
    ("seaweedfs", "seaweedfs"),
]


@pytest.fixture(params=ROUTES, ids="-".join)
def ends(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Place, Place]:
    source, target = request.param
    return place(source, request, tmp_path / "a"), place(target, request, tmp_path / "b")


def options(*places: Place) -> dict[str, Any]:
    return next((one.arguments for one in places if one.arguments), {})


def test_an_object_arrives_byte_for_byte(ends: tuple[Place, Place]) -> None:
    source, target = ends
    source.write("x", CONTENT)
    report = transfer(source.path("x"), target.path("y"), **options(*ends)).wait()
    assert target.read("y") == CONTENT
    assert set(report["outcome"]) == {"copied"}
    assert report["bytes"].sum() == sum(map(len, CONTENT.values()))
    assert all(report["checksum"])


def test_large_files_go_in_parts(
    ends: tuple[Place, Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes_module, "LARGE", 1 << 20)
    source, target = ends
    content = {**CONTENT, "big.bam": os.urandom(PART + 12345)}
    source.write("x", content)
    report = transfer(source.path("x"), target.path("y"), **options(*ends)).wait()
    assert target.read("y") == content
    big = report[report["path"].str.endswith("big.bam")].iloc[0]
    assert big["checksum"]


def test_run_again_it_moves_nothing(ends: tuple[Place, Place]) -> None:
    source, target = ends
    source.write("x", CONTENT)
    transfer(source.path("x"), target.path("y"), **options(*ends)).wait()
    again = transfer(source.path("x"), target.path("y"), **options(*ends))
    assert set(again.wait()["outcome"]) == {"same"}
    assert again.progress.files_done == len(CONTENT)


def test_only_what_is_missing_is_moved(ends: tuple[Place, Place]) -> None:
    source, target = ends
    source.write("x", CONTENT)
    target.write("y", {"reads.cram": CONTENT["reads.cram"]})
    report = transfer(source.path("x"), target.path("y"), **options(*ends)).wait()
    names = [str(path).rpartition("/")[2] for path in report["path"]]
    outcomes = dict(zip(names, report["outcome"], strict=True))
    assert outcomes["reads.cram"] == "same"
    assert outcomes["empty.tsv"] == "copied"
    assert target.read("y") == CONTENT


def test_another_content_is_refused_and_named_before_anything_is_written(
    ends: tuple[Place, Place],
) -> None:
    source, target = ends
    source.write("x", CONTENT)
    mine = {"reads.cram": b"mine, of another length"}
    target.write("y", mine)
    with pytest.raises(AlreadyExistsError, match=r"1 files .*reads\.cram"):
        transfer(source.path("x"), target.path("y"), **options(*ends)).wait()
    assert target.read("y") == mine
    transfer(source.path("x"), target.path("y"), overwrite=True, **options(*ends)).wait()
    assert target.read("y") == CONTENT


def test_same_size_and_another_content_differs_too(ends: tuple[Place, Place]) -> None:
    source, target = ends
    source.write("x", CONTENT)
    target.write("y", {"reads.cram": b"\0" * len(CONTENT["reads.cram"])})
    plan = compare(source.path("x"), target.path("y"), **options(*ends))
    frame = plan.frame()
    (path,) = frame.loc[frame["action"] == "overwrite", "path"]
    assert str(path).endswith("reads.cram")
    assert plan.files == len(CONTENT)


def test_many_objects_go_below_the_target(ends: tuple[Place, Place]) -> None:
    source, target = ends
    source.write("p/one", CONTENT)
    source.write("p/two", CONTENT)
    paths = [source.path("p/one"), source.path("p/two")]
    transfer(paths, target.path("all"), **options(*ends)).wait()
    assert target.read("all/one") == target.read("all/two") == CONTENT


def test_the_root_goes_last_and_not_at_all_when_a_file_fails(
    tmp_path: Path, moto_server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Place("local", None, str(tmp_path))
    target = Place("moto", moto_server, f"s3://{moto_server.bucket()}/objects")
    source.write("x", CONTENT)
    order: list[str] = []
    real = routes_module.Routes.copy
    broken = True

    async def copy(self: Any, one: Any, other: Any, item: Any, **more: Any) -> str:
        if item.name == "reads.cram" and broken:
            raise StorageError("The disk is on fire.", "Leave the building.")
        order.append(item.name)
        return await real(self, one, other, item, **more)

    monkeypatch.setattr(routes_module.Routes, "copy", copy)
    going = transfer(source.path("x"), target.path("y"), **target.arguments)
    with pytest.raises(StorageError, match=r"1 of 5 files failed.*The disk is on fire"):
        going.wait()
    assert ROOT not in target.read("y")
    outcomes = going.report.set_index("path")["outcome"]
    assert outcomes[f"{target.path('y')}/{ROOT}"] == "not begun"
    assert going.progress.files_failed == 1

    broken = False
    order.clear()
    transfer(source.path("x"), target.path("y"), **target.arguments).wait()
    assert order == ["reads.cram", ROOT]
    assert target.read("y") == CONTENT


def test_a_source_that_changes_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Place("local", None, str(tmp_path / "a"))
    source.write("x", CONTENT)
    real = local_files.replace_file

    def slow(path: Path, *args: Any, **more: Any) -> None:
        if path.name == "reads.cram":
            (Path(source.path("x")) / "reads.cram").write_bytes(b"new")
        real(path, *args, **more)

    monkeypatch.setattr(routes_module, "replace_file", slow)
    going = transfer(source.path("x"), tmp_path / "y")
    with pytest.raises(StorageError, match="changed while it was read"):
        going.wait()
    assert not (tmp_path / "y" / ROOT).exists()


def test_cancelled_it_stops_and_can_go_on(tmp_path: Path) -> None:
    source = Place("local", None, str(tmp_path / "a"))
    source.write("x", {**CONTENT, **{f"f{number}": b"x" for number in range(300)}})
    begun = threading.Event()

    def told(_: Progress) -> None:
        begun.set()

    going = transfer(source.path("x"), tmp_path / "y", workers=1, on_progress=told)
    assert begun.wait(10)
    going.pause()
    assert str(going) == f"<Transfer paused: {going.progress.files_done} of 305 files>"
    going.resume()
    going.cancel()
    with pytest.raises(CancelledError):
        going.wait(10)
    assert going.progress.state == "cancelled"
    assert not (tmp_path / "y" / ROOT).exists()
    transfer(source.path("x"), tmp_path / "y").wait(30)
    assert (tmp_path / "y" / ROOT).exists()


@pytest.mark.parametrize("overwrite", [False, True])
def test_two_objects_are_never_mixed(overwrite: bool, tmp_path: Path) -> None:  # noqa: FBT001
    place = Place("local", None, str(tmp_path))
    other = {**CONTENT, ROOT: CONTENT[ROOT].replace(b'"x"', b'"other"'), "more.txt": b"theirs"}
    place.write("x", CONTENT)
    place.write("y", other)
    with pytest.raises(AlreadyExistsError, match=r"Another object is at .*y: its id is 'other'"):
        transfer(place.path("x"), place.path("y"), overwrite=overwrite).wait()
    assert place.read("y") == other
    place.write("y", {ROOT: b"torn"})
    with pytest.raises(AlreadyExistsError, match="1 files at the target have another content"):
        transfer(place.path("x"), place.path("y")).wait()
    transfer(place.path("x"), place.path("y"), overwrite=True).wait()
    assert place.read("y") == {**CONTENT, "more.txt": b"theirs"}


def test_a_file_that_fails_takes_no_others_bytes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place("local", None, str(tmp_path))
    place.write("x", {**CONTENT, "large": bytes(100_000)})
    real, ended = local_files.replace_file, threading.Event()

    def failing(path: Path, *arguments: Any, **named: Any) -> None:
        if path.name == "large":
            assert ended.wait(10)
            raise OSError(28, "No space left on device")
        real(path, *arguments, **named)

    monkeypatch.setattr(routes_module, "replace_file", failing)

    def told(progress: Progress) -> None:
        if progress.files_done == len(CONTENT) - 1:
            ended.set()

    monkeypatch.setattr("modos_widgets.transport.engine._PAUSE", 0)
    going = transfer(place.path("x"), place.path("y"), on_progress=told)
    with pytest.raises(StorageError):
        going.wait()
    there = sum(len(data) for name, data in CONTENT.items() if name != ROOT)
    assert going.progress.bytes_done == there


@pytest.mark.parametrize(("workers", "files", "least"), [(8, 16, 8), (180, 200, 130)])
def test_workers_are_the_requests_at_once(
    workers: int, files: int, least: int, tmp_path: Path, moto_server: S3Server
) -> None:
    source = Place("local", None, str(tmp_path / "a"))
    source.write("x", {ROOT: CONTENT[ROOT], **{f"f{number}": b"x" for number in range(files)}})
    with Proxy(moto_server.endpoint, delay=1) as proxy:
        transfer(
            source.path("x"), f"s3://{moto_server.bucket()}/y", workers=workers,
            services={"s3": proxy.endpoint}, s3_kwargs=moto_server.s3_kwargs,
        ).wait()  # fmt: skip
    assert least <= proxy.most_at_once <= workers


def test_storages_and_objects_are_taken_too(tmp_path: Path, moto_server: S3Server) -> None:
    bucket = moto_server.bucket()
    local = LocalStorage(tmp_path / "x")
    local.put([b"hello"], "a.txt")
    remote = S3Storage(f"s3://{bucket}/y", moto_server.endpoint, moto_server.s3_kwargs, mode="a")
    transfer(local, remote, overwrite=True).wait()
    assert b"".join(remote.open("a.txt")) == b"hello"


def test_bad_input_is_refused(tmp_path: Path) -> None:
    source = Place("local", None, str(tmp_path / "a"))
    source.write("x", CONTENT)
    with pytest.raises(NotFoundError, match="no object"):
        transfer(tmp_path / "nowhere", tmp_path / "y").wait()
    with pytest.raises(PathError, match="onto itself"):
        transfer(source.path("x"), source.path("x")).wait()
    with pytest.raises(PathError, match="Two objects"):
        transfer([source.path("x"), source.path("x")], tmp_path / "y").wait()
    with pytest.raises(OptionError, match="workers"):
        transfer(source.path("x"), tmp_path / "y", workers=0)
    with pytest.raises(OptionError):
        transfer(source.path("x"), tmp_path / "y", workers="8")  # type: ignore[arg-type]
    (Path(source.path("x")) / "away").symlink_to("/etc/hostname")
    with pytest.raises(PathError, match="outside"):
        transfer(source.path("x"), tmp_path / "y").wait()
    assert not (tmp_path / "y").exists()


def test_a_key_that_would_leave_the_folder_is_refused(
    tmp_path: Path, moto_server: S3Server
) -> None:
    place = Place("moto", moto_server, f"s3://{moto_server.bucket()}/objects")
    place.write("x", {**CONTENT, "a..b/..c": b"fine"})
    transfer(place.path("x"), tmp_path / "fine", **place.arguments).wait()
    assert (tmp_path / "fine" / "a..b" / "..c").exists()
    bucket = place.base.removeprefix("s3://").partition("/")[0]
    moto_server.client().put_object(Bucket=bucket, Key="objects/x/../../evil", Body=b"!")
    with pytest.raises(ModosError):
        transfer(place.path("x"), tmp_path / "y", **place.arguments).wait()
    assert not (tmp_path / "evil").exists()


def test_part_sizes_hold_five_tebibytes() -> None:
    assert part_size(1) == PART
    assert part_size(5 << 40) * 10_000 >= 5 << 40
    assert part_size(5 << 40) <= 5 << 30


def test_etags_tell_contents_apart(tmp_path: Path) -> None:
    path = tmp_path / "f"
    data = os.urandom((8 << 20) + 5)
    path.write_bytes(data)
    size = len(data)
    parts = composite([md5(data[: 8 << 20]), md5(data[8 << 20 :])])
    assert file_matches(path, size, f'"{md5(data)}"') is True
    assert file_matches(path, size, f'"{"0" * 32}"') is False
    assert file_matches(path, size, f'"{parts}"') is True
    assert file_matches(path, size, '"opaque"') is None
    assert file_matches(path, size, None) is None


@pytest.mark.parametrize("kind", ["local", "moto_server"])
def test_what_somebody_else_wrote_after_the_comparison_stays(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = place(kind, request, tmp_path)
    target.write("x", CONTENT)
    real = routes_module.Routes.copy

    async def late(self: Any, one: Any, other: Any, item: Any, **more: Any) -> str:
        if item.name == "reads.cram":
            target.write("y", {"reads.cram": b"theirs"})
        return await real(self, one, other, item, **more)

    monkeypatch.setattr(routes_module.Routes, "copy", late)
    with pytest.raises(StorageError, match=r"1 of 5 files failed"):
        transfer(target.path("x"), target.path("y"), **target.arguments).wait()
    assert target.read("y")["reads.cram"] == b"theirs"
    assert ROOT not in target.read("y")


@pytest.mark.parametrize("kind", ["local", "moto_server"])
def test_what_came_meanwhile_with_the_same_content_is_no_fault(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = place(kind, request, tmp_path)
    target.write("x", CONTENT)
    real = routes_module.Routes.copy

    async def late(self: Any, one: Any, other: Any, item: Any, **more: Any) -> str:
        target.write("y", {item.name: CONTENT[item.name]})  # as a copy that was cancelled does
        return await real(self, one, other, item, **more)

    monkeypatch.setattr(routes_module.Routes, "copy", late)
    transfer(target.path("x"), target.path("y"), **target.arguments).wait()
    assert target.read("y") == CONTENT


def test_a_changed_source_leaves_the_old_target(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Place("local", None, str(tmp_path / "a"))
    source.write("x", CONTENT)
    target = Place("local", None, str(tmp_path / "b"))
    target.write("y", {"reads.cram": b"old"})
    real = local_files.replace_file

    def slow(path: Path, *args: Any, **more: Any) -> None:
        if path.name == "reads.cram":
            (Path(source.path("x")) / "reads.cram").write_bytes(b"new")
        real(path, *args, **more)

    monkeypatch.setattr(routes_module, "replace_file", slow)
    with pytest.raises(StorageError, match="changed while it was read"):
        transfer(source.path("x"), target.path("y"), overwrite=True).wait()
    assert target.read("y")["reads.cram"] == b"old"


def test_a_failing_callback_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    source = Place("local", None, str(tmp_path / "a"))
    source.write("x", CONTENT)

    def broken(_: Progress) -> None:
        raise ZeroDivisionError

    transfer(source.path("x"), tmp_path / "y", on_progress=broken).wait()
    assert "on_progress of a transfer failed" in caplog.text


def test_a_version_2_archive_is_called_that(tmp_path: Path) -> None:
    source = Place("local", None, str(tmp_path))
    source.write("x", {"data.zarr/.zgroup": b'{"zarr_format": 2}'})
    with pytest.raises(UnsupportedError, match="zarr format 2"):
        transfer(source.path("x"), tmp_path / "y").wait()
