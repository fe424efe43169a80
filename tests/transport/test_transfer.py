"""Objects arrive whole or not at all, whatever the ends, sizes and names."""

from __future__ import annotations

import os
import threading
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from modos_widgets import files, transfer
from modos_widgets.archive import ROOT_DOCUMENT
from modos_widgets.errors import (
    AlreadyExistsError,
    CancelledError,
    NotFoundError,
    OptionError,
    PathError,
    StorageError,
    UnsupportedError,
)
from modos_widgets.storage import LocalStorage, S3Storage
from modos_widgets.storage.copying import checksums, copy_file, known_digests
from modos_widgets.storage.copying.checksums import PART, composite, file_matches, md5, part_size
from modos_widgets.storage.paths import UnusualNameWarning
from modos_widgets.transport import compare
from tests.explore.stores import fill
from tests.parts.proxy import Proxy

if TYPE_CHECKING:
    from modos_widgets.transport import Progress
    from tests.parts.s3 import S3Server

pytestmark = pytest.mark.traffic

CONTENT = {
    ROOT_DOCUMENT: b'{"zarr_format": 3, "node_type": "group", "attributes": {"id": "x"}}',
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
    monkeypatch.setattr(copy_file, "LARGE", 1 << 20)
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
    assert again.progress.done == len(CONTENT)


def test_only_missing_files_are_copied(ends: tuple[Place, Place]) -> None:
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


def test_the_root_is_copied_last_and_not_if_a_file_fails(
    tmp_path: Path, moto_server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Place("local", None, str(tmp_path))
    target = Place("moto", moto_server, f"s3://{moto_server.bucket()}/objects")
    source.write("x", CONTENT)
    order: list[str] = []
    real = copy_file.Routes.copy
    broken = True

    async def copy(self: Any, one: Any, other: Any, item: Any, **more: Any) -> str:
        if item.name == "reads.cram" and broken:
            raise StorageError("The disk is on fire.", "Leave the building.")
        order.append(item.name)
        return await real(self, one, other, item, **more)

    monkeypatch.setattr(copy_file.Routes, "copy", copy)
    going = transfer(source.path("x"), target.path("y"), **target.arguments)
    with pytest.raises(StorageError, match=r"1 of 5 files failed.*The disk is on fire"):
        going.wait()
    assert ROOT_DOCUMENT not in target.read("y")
    outcomes = going.report.set_index("path")["outcome"]
    assert outcomes[f"{target.path('y')}/{ROOT_DOCUMENT}"] == "not begun"
    assert going.progress.failed == 1

    broken = False
    order.clear()
    transfer(source.path("x"), target.path("y"), **target.arguments).wait()
    assert order == ["reads.cram", ROOT_DOCUMENT]
    assert target.read("y") == CONTENT


def test_a_changing_source_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Place("local", None, str(tmp_path / "a"))
    source.write("x", CONTENT)
    real = files.replace_file

    def slow(path: Path, *args: Any, **more: Any) -> None:
        if path.name == "reads.cram":
            (Path(source.path("x")) / "reads.cram").write_bytes(b"new")
        real(path, *args, **more)

    monkeypatch.setattr(copy_file, "replace_file", slow)
    going = transfer(source.path("x"), tmp_path / "y")
    with pytest.raises(StorageError, match="changed while it was read"):
        going.wait()
    assert not (tmp_path / "y" / ROOT_DOCUMENT).exists()


def test_cancelled_it_stops_and_can_go_on(tmp_path: Path) -> None:
    source = Place("local", None, str(tmp_path / "a"))
    source.write("x", {**CONTENT, **{f"f{number}": b"x" for number in range(300)}})
    begun = threading.Event()

    def told(_: Progress) -> None:
        begun.set()

    going = transfer(source.path("x"), tmp_path / "y", workers=1, on_progress=told)
    assert begun.wait(10)
    going.pause()
    assert str(going) == f"<Transfer paused: {going.progress.done} of 305 files>"
    going.resume()
    going.cancel()
    with pytest.raises(CancelledError):
        going.wait(10)
    assert going.progress.state == "cancelled"
    assert not (tmp_path / "y" / ROOT_DOCUMENT).exists()
    transfer(source.path("x"), tmp_path / "y").wait(30)
    assert (tmp_path / "y" / ROOT_DOCUMENT).exists()


@pytest.mark.parametrize("overwrite", [False, True])
def test_two_objects_are_never_mixed(overwrite: bool, tmp_path: Path) -> None:  # noqa: FBT001
    place = Place("local", None, str(tmp_path))
    other = {
        **CONTENT,
        ROOT_DOCUMENT: CONTENT[ROOT_DOCUMENT].replace(b'"x"', b'"other"'),
        "more.txt": b"theirs",
    }
    place.write("x", CONTENT)
    place.write("y", other)
    with pytest.raises(
        AlreadyExistsError, match=r"Another object exists at .*y: its id is 'other'"
    ):
        transfer(place.path("x"), place.path("y"), overwrite=overwrite).wait()
    assert place.read("y") == other
    place.write("y", {ROOT_DOCUMENT: b"torn"})
    with pytest.raises(AlreadyExistsError, match="1 files at the target have another content"):
        transfer(place.path("x"), place.path("y")).wait()
    transfer(place.path("x"), place.path("y"), overwrite=True).wait()
    assert place.read("y") == {**CONTENT, "more.txt": b"theirs"}


def test_a_file_that_fails_takes_no_others_bytes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place("local", None, str(tmp_path))
    place.write("x", {**CONTENT, "large": bytes(100_000)})
    real, ended = files.replace_file, threading.Event()

    def failing(path: Path, *arguments: Any, **named: Any) -> None:
        if path.name == "large":
            assert ended.wait(10)
            raise OSError(28, "No space left on device")
        real(path, *arguments, **named)

    monkeypatch.setattr(copy_file, "replace_file", failing)

    def told(progress: Progress) -> None:
        if progress.done == len(CONTENT) - 1:
            ended.set()

    monkeypatch.setattr("modos_widgets.transport.engine._PAUSE", 0)
    going = transfer(place.path("x"), place.path("y"), on_progress=told)
    with pytest.raises(StorageError):
        going.wait()
    there = sum(len(data) for name, data in CONTENT.items() if name != ROOT_DOCUMENT)
    assert going.progress.bytes_done == there


@pytest.mark.parametrize(("workers", "files", "least"), [(8, 16, 8), (180, 200, 130)])
def test_workers_are_the_requests_at_once(
    workers: int, files: int, least: int, tmp_path: Path, moto_server: S3Server
) -> None:
    source = Place("local", None, str(tmp_path / "a"))
    source.write(
        "x",
        {ROOT_DOCUMENT: CONTENT[ROOT_DOCUMENT], **{f"f{number}": b"x" for number in range(files)}},
    )
    with Proxy(moto_server.endpoint, delay=1) as proxy:
        transfer(
            source.path("x"), f"s3://{moto_server.bucket()}/y", workers=workers,
            services={"s3": proxy.endpoint}, s3_kwargs=moto_server.s3_kwargs,
        ).wait()  # fmt: skip
    assert least <= proxy.most_at_once <= workers


def test_a_copy_on_the_server_takes_one_request_a_file(moto_server: S3Server) -> None:
    bucket = moto_server.bucket()
    root = {f"objects/x/{ROOT_DOCUMENT}": CONTENT[ROOT_DOCUMENT]}
    fill(moto_server, bucket, root | {f"objects/x/f{number}": b"x" for number in range(400)})
    fill(moto_server, bucket, {"objects/y/other": b"stays"})
    with Proxy(moto_server.endpoint, delay=0.05) as proxy:
        services = {"s3": proxy.endpoint}
        arguments: dict[str, Any] = {"services": services, "s3_kwargs": moto_server.s3_kwargs}
        place = f"s3://{bucket}/objects"
        report = transfer(f"{place}/x", f"{place}/y", **arguments).wait()
        assert (report["outcome"] == "copied").all()
        assert report["checksum"].str.startswith("etag:").all()
        assert proxy.count("PUT") == 401
        assert proxy.count() <= 1.1 * 401
        proxy.reset()
        source = S3Storage(f"{place}/x", proxy.endpoint, moto_server.s3_kwargs)
        source.transfer(S3Storage(f"{place}/z", proxy.endpoint, moto_server.s3_kwargs))
        assert proxy.count() <= 1.1 * 401
    copied = moto_server.keys(bucket, "objects/z/")
    assert sum(name.startswith("objects/z/f") for name in copied) == 400


def test_objects_side_by_side_are_listed_together(moto_server: S3Server) -> None:
    bucket = moto_server.bucket()
    names = [f"o{number:02}" for number in range(30)]
    keys = {
        f"{place}/{name}/{key}": CONTENT[ROOT_DOCUMENT] if key == ROOT_DOCUMENT else b"x"
        for place in ("from", "to")
        for name in (*names, "o00-older", "between")
        for key in (ROOT_DOCUMENT, *(f"f{number}" for number in range(50)))
    }
    large = {
        f"{place}/o05/big/{number}": b"x" for place in ("from", "to") for number in range(2500)
    }
    fill(moto_server, bucket, keys)
    sources = [f"s3://{bucket}/from/{name}" for name in names]
    with Proxy(moto_server.endpoint) as proxy:
        services = {"s3": proxy.endpoint}
        arguments: dict[str, Any] = {"services": services, "s3_kwargs": moto_server.s3_kwargs}
        plan = compare(sources, f"s3://{bucket}/to", **arguments)
        assert [len(job.same) for job in plan.jobs] == [51] * 30
        assert proxy.count() <= 8
        fill(moto_server, bucket, large)
        proxy.reset()
        plan = compare(sources, f"s3://{bucket}/to", **arguments)
        assert [len(job.same) for job in plan.jobs] == [51] * 5 + [51 + 2500] + [51] * 24
        assert proxy.count() <= 70


def test_storages_and_objects_are_accepted(tmp_path: Path, moto_server: S3Server) -> None:
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
    with pytest.raises(PathError, match="out of the object"):
        transfer(source.path("x"), tmp_path / "y").wait()
    assert not (tmp_path / "y").exists()


def test_a_key_that_would_leave_the_folder_is_not_copied(
    tmp_path: Path, moto_server: S3Server
) -> None:
    place = Place("moto", moto_server, f"s3://{moto_server.bucket()}/objects")
    place.write("x", {**CONTENT, "a..b/..c": b"fine"})
    transfer(place.path("x"), tmp_path / "fine", **place.arguments).wait()
    assert (tmp_path / "fine" / "a..b" / "..c").exists()
    bucket = place.base.removeprefix("s3://").partition("/")[0]
    moto_server.client().put_object(Bucket=bucket, Key="objects/x/../../evil", Body=b"!")
    report = transfer(place.path("x"), tmp_path / "y", **place.arguments).wait()
    (left,) = report[report["outcome"] == "not copied"].itertuples()
    assert left.path == f"{tmp_path}/y/../../evil"
    assert left.detail == "Its name has a relative part."
    there = {path.relative_to(tmp_path / "y").as_posix() for path in (tmp_path / "y").rglob("*")}
    assert "evil" not in {name.rpartition("/")[2] for name in there}
    assert not list(tmp_path.parent.rglob("evil"))


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


def test_a_file_is_read_again_only_when_it_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"content")
    etag, real = f'"{md5(b"content")}"', checksums.file_digest
    reads: list[Path] = []

    def counted(file: Path) -> str:
        reads.append(file)
        return real(file)

    monkeypatch.setattr(checksums, "file_digest", counted)
    assert file_matches(path, 7, etag)
    assert file_matches(path, 7, etag)
    assert len(reads) == 2  # it was written just now
    monkeypatch.setattr(known_digests, "_SETTLED", -1)
    assert file_matches(path, 7, etag)
    assert file_matches(path, 7, etag)
    assert file_matches(path, 7, f'"{"0" * 32}"') is False
    assert len(reads) == 3
    facts = path.stat()
    path.write_bytes(b"another")
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))  # as rsync --times does
    assert file_matches(path, 7, etag) is False


@pytest.mark.parametrize("kind", ["local", "moto_server"])
def test_a_file_written_after_the_comparison_is_kept(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = place(kind, request, tmp_path)
    target.write("x", CONTENT)
    real = copy_file.Routes.copy

    async def late(self: Any, one: Any, other: Any, item: Any, **more: Any) -> str:
        if item.name == "reads.cram":
            target.write("y", {"reads.cram": b"theirs"})
        return await real(self, one, other, item, **more)

    monkeypatch.setattr(copy_file.Routes, "copy", late)
    with pytest.raises(StorageError, match=r"1 of 5 files failed"):
        transfer(target.path("x"), target.path("y"), **target.arguments).wait()
    assert target.read("y")["reads.cram"] == b"theirs"
    assert ROOT_DOCUMENT not in target.read("y")


@pytest.mark.parametrize("kind", ["local", "moto_server"])
def test_a_file_created_in_the_meantime_with_the_same_content_is_accepted(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = place(kind, request, tmp_path)
    target.write("x", CONTENT)
    real = copy_file.Routes.copy

    async def late(self: Any, one: Any, other: Any, item: Any, **more: Any) -> str:
        target.write("y", {item.name: CONTENT[item.name]})  # as a copy that was cancelled does
        return await real(self, one, other, item, **more)

    monkeypatch.setattr(copy_file.Routes, "copy", late)
    transfer(target.path("x"), target.path("y"), **target.arguments).wait()
    assert target.read("y") == CONTENT


def test_a_changed_source_leaves_the_old_target(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Place("local", None, str(tmp_path / "a"))
    source.write("x", CONTENT)
    target = Place("local", None, str(tmp_path / "b"))
    target.write("y", {"reads.cram": b"old"})
    real = files.replace_file

    def slow(path: Path, *args: Any, **more: Any) -> None:
        if path.name == "reads.cram":
            (Path(source.path("x")) / "reads.cram").write_bytes(b"new")
        real(path, *args, **more)

    monkeypatch.setattr(copy_file, "replace_file", slow)
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


@pytest.mark.parametrize("key", ["my obj", "Zürich/x", "a+b", "a=b", "x//y"])
def test_a_new_key_that_other_software_refuses_needs_allow_unusual(
    key: str, tmp_path: Path, moto_server: S3Server
) -> None:
    source = Place("local", None, str(tmp_path / "a"))
    source.write("x", CONTENT)
    bucket = moto_server.bucket()
    arguments = Place("moto", moto_server, f"s3://{bucket}").arguments
    target = f"s3://{bucket}/{key}"
    for refused in (compare, lambda *a, **k: transfer(*a, **k).wait(60)):
        with pytest.raises(PathError, match=r"other MODO software refuses.*allow_unusual=True"):
            refused(source.path("x"), target, **arguments)
    assert not moto_server.keys(bucket)
    if "//" in key:
        return
    transfer(source.path("x"), target, allow_unusual=True, **arguments).wait(60)
    # what exists is written to as before
    again = transfer(source.path("x"), target, **arguments).wait(60)
    assert set(again["outcome"]) == {"same"}


def test_a_new_folder_of_an_unusual_name_is_warned_of(tmp_path: Path) -> None:
    source = Place("local", None, str(tmp_path / "a"))
    source.write("x", CONTENT)
    with pytest.warns(UnusualNameWarning, match="contains ' '") as caught:
        transfer(source.path("x"), tmp_path / "x 2").wait(60)
    assert [one.filename for one in caught] == [__file__]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        transfer(source.path("x"), tmp_path / "x 2").wait(60)
        transfer(source.path("x"), tmp_path / "my cohort" / "x").wait(60)
