"""Large files in parts: what one that fails or is resumed must never do to any file."""

from __future__ import annotations

import asyncio
import errno
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import pytest

from modos_widgets import create_modo, transfer
from modos_widgets.archive import ROOT_DOCUMENT
from modos_widgets.credentials import S3Options
from modos_widgets.errors import AlreadyExistsError, ChangedError, PathError, StorageError
from modos_widgets.s3 import Fetched
from modos_widgets.storage.copying import checksums
from modos_widgets.storage.copying.budget import Budget
from modos_widgets.storage.copying.endpoints import Listing, LocalEnd, RemoteEnd, _checked
from modos_widgets.storage.copying.resumable_copy import PartedDownload
from modos_widgets.storage.types import FileEntry
from modos_widgets.transport.plan import make_plan

if TYPE_CHECKING:
    from pathlib import Path

PART = 1024
CONTENT = os.urandom(3 * PART + 100)


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checksums, "PART", PART)


@dataclass
class Source:
    """An end whose parts come late, fail or lie, as a test wants."""

    failing: set[int] = field(default_factory=set)
    content: bytes = CONTENT
    asked: list[int] = field(default_factory=list)
    etag: str = ""
    url: str = "s3://bucket/x"

    @property
    def client(self) -> Source:
        return self

    def key(self, name: str) -> str:
        return name

    fetch = RemoteEnd.fetch  # the real one, on the answers below

    async def stated(self, name: str) -> checksums.Stated:
        return checksums.Stated()

    async def get(self, key: str, *, start: int, end: int) -> Fetched[memoryview] | None:
        part = start // PART
        self.asked.append(part)
        await asyncio.sleep(0.02 * part)
        if part in self.failing:
            return None
        return Fetched(
            memoryview(self.content)[start:end], len(self.content), self.etag or etag_of(CONTENT)
        )


def etag_of(content: bytes) -> str:
    return f'"{checksums.md5(content)}"'


def download(source: Source, path: Path, *, exclusive: bool = True) -> str:
    item = FileEntry(path.name, len(CONTENT), etag=source.etag or etag_of(CONTENT))
    parted = PartedDownload(source, item, Budget(1 << 20), lambda _: None)  # type: ignore[arg-type]
    return asyncio.run(parted.run(path, exclusive=exclusive, verify=True))


def test_a_part_that_fails_leaves_the_files_of_others_alone(tmp_path: Path) -> None:
    async def both() -> bytes:
        source: Any = Source(failing={0})
        item = FileEntry("reads.cram", len(CONTENT), etag=etag_of(CONTENT))
        parted = PartedDownload(source, item, Budget(1 << 20), lambda _: None)
        with pytest.raises(ChangedError):
            await parted.run(tmp_path / "reads.cram", exclusive=True, verify=True)
        # it takes the number that the descriptor of the failed one had
        with (tmp_path / "other").open("w+b", buffering=0) as other:
            other.write(b"other")
            await asyncio.sleep(0.2)
        return (tmp_path / "other").read_bytes()

    assert asyncio.run(both()) == b"other"


def test_content_before_a_failure_is_not_requested_again(tmp_path: Path) -> None:
    path = tmp_path / "reads.cram"
    for _ in range(2):  # what the first one noted is noted by the second as well
        with pytest.raises(ChangedError):
            download(Source(failing={3}), path)
    source = Source()
    download(source, path)
    assert source.asked == [3]
    assert path.read_bytes() == CONTENT
    assert {one.name for one in tmp_path.iterdir()} == {path.name}


@pytest.mark.parametrize("sent", [PART, 2 * PART, 3 * PART // 2])
def test_a_multipart_download_is_verified_while_it_arrives(
    sent: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checksums, "_USUAL", (PART, 3 * PART // 2, 2 * PART))
    parts = [CONTENT[start : start + sent] for start in range(0, len(CONTENT), sent)]
    etag = f'"{checksums.composite(map(checksums.md5, parts))}"'
    path = tmp_path / "reads.cram"
    with monkeypatch.context() as context:
        context.delattr(checksums, "file_matches")  # it reads the file once more
        assert download(Source(etag=etag), path) == etag.strip('"')
    assert path.read_bytes() == CONTENT
    other = Source(content=bytes(len(CONTENT)), etag=etag)
    assert download(other, tmp_path / "other.cram") == ""  # parts of a size that nobody knows


def test_notes_of_other_pieces_are_no_notes_of_these(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, half = tmp_path / "reads.cram", PART // 2
    parts = [CONTENT[start : start + half] for start in range(0, len(CONTENT), half)]
    etag = f'"{checksums.composite(map(checksums.md5, parts))}"'
    monkeypatch.setattr(checksums, "_USUAL", (half,))
    with pytest.raises(ChangedError):
        download(Source(failing={3}, etag=etag), path)
    monkeypatch.setattr(checksums, "_USUAL", ())  # as a version with other pieces has them
    source = Source(etag=etag)
    download(source, path)
    assert source.asked == [0, 1, 2, 3]
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize("known", [True, False])
def test_a_system_that_takes_no_advice_writes_all_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, known: bool
) -> None:
    refuse = Mock(side_effect=OSError(errno.ENOSYS, "not here"))
    monkeypatch.setattr(os, "posix_fadvise", refuse)
    if not known:  # as on macOS
        monkeypatch.delattr(os, "posix_fadvise")
        monkeypatch.delattr(os, "POSIX_FADV_DONTNEED")
    download(Source(), tmp_path / "reads.cram")
    assert (tmp_path / "reads.cram").read_bytes() == CONTENT
    assert refuse.called == known


def test_contents_are_compared_to_the_last_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checksums, "_BLOCK", 1000)
    same = memoryview(bytearray(CONTENT))
    assert checksums.equal(CONTENT, same)
    for other in (CONTENT[:-1], CONTENT + b"x", CONTENT[:-1] + bytes([CONTENT[-1] ^ 1])):
        assert not checksums.equal(same, other)
    assert not checksums.equal(same[:1000], same[:2000])


def test_notes_of_a_file_that_is_gone_are_no_notes_of_the_next(tmp_path: Path) -> None:
    path = tmp_path / "reads.cram"
    with pytest.raises(ChangedError):
        download(Source(failing={0}), path)
    data, notes = sorted(tmp_path.iterdir(), key=lambda one: -one.stat().st_size)
    data.unlink()  # as a crash between the renaming and the removal of the notes leaves it
    notes.write_text("".join(f"{part * PART}\n" for part in range(4)))
    with pytest.raises(ChangedError):
        download(Source(failing={0}), path)
    source = Source()
    download(source, path)
    assert path.read_bytes() == CONTENT
    assert 0 in source.asked


def test_a_file_created_in_the_meantime_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "reads.cram"
    path.write_bytes(b"of a colleague")
    with pytest.raises(AlreadyExistsError, match="by another program during the transfer"):
        download(Source(), path)
    assert path.read_bytes() == b"of a colleague"
    download(Source(), path, exclusive=False)
    assert path.read_bytes() == CONTENT


def test_a_content_that_the_etag_denies_takes_no_place(tmp_path: Path) -> None:
    path = tmp_path / "reads.cram"
    with pytest.raises(StorageError, match="different content"):
        download(Source(content=bytes(len(CONTENT))), path)
    assert not list(tmp_path.iterdir())
    assert download(Source(), path) == checksums.md5(CONTENT)


@pytest.mark.parametrize("target", ["real", "gone"])
def test_a_link_that_would_be_missing_at_the_target_is_refused(target: str, tmp_path: Path) -> None:
    (tmp_path / "x" / "real").mkdir(parents=True)
    (tmp_path / "x" / "real" / "reads.cram").write_bytes(b"reads")
    (tmp_path / "x" / "link").symlink_to(target)
    with pytest.raises(PathError, match="link is a link to"):
        asyncio.run(LocalEnd(tmp_path / "x").listing())


def test_a_pipe_is_refused_and_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(PathError, match="neither a file nor a folder"):
        asyncio.run(LocalEnd(tmp_path).listing())


def test_a_name_that_is_not_utf8_is_copied_locally_and_refused_by_s3(tmp_path: Path) -> None:
    create_modo(tmp_path / "x")
    (tmp_path / "x" / os.fsdecode(b"\xff.txt")).write_bytes(b"content")
    report = transfer(str(tmp_path / "x"), str(tmp_path / "y")).wait(30)
    assert (report["outcome"] == "copied").all()
    assert (tmp_path / "y" / os.fsdecode(b"\xff.txt")).read_bytes() == b"content"
    with pytest.raises(PathError, match="not valid UTF-8"):
        RemoteEnd(S3Options(), "bucket", "x").key(os.fsdecode(b"\xff.txt"))


@pytest.mark.parametrize("name", ["C:evil.exe", "a/b:stream", "..\\evil", "\\\\server\\evil"])
def test_names_that_windows_would_take_elsewhere_are_refused_there(name: str) -> None:
    with pytest.raises(PathError, match="outside the object"):
        _checked(name, windows=True)
    assert _checked(name, windows=False) == name


def test_a_folder_that_cannot_be_listed_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "closed").mkdir()
    scandir = os.scandir

    def refusing(path: Any) -> Any:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    with pytest.raises(PermissionError, match="Permission denied: cannot read"):
        asyncio.run(LocalEnd(tmp_path).listing())


def test_one_path_at_two_servers_is_two_places(monkeypatch: pytest.MonkeyPatch) -> None:
    async def listing(_: RemoteEnd) -> Listing:
        return Listing({ROOT_DOCUMENT: FileEntry(ROOT_DOCUMENT, 2, etag='"x"')})

    monkeypatch.setattr(RemoteEnd, "listing", listing)
    one, other = (
        RemoteEnd(S3Options(endpoint=f"https://{name}.org"), "bucket", "x") for name in "ab"
    )
    assert asyncio.run(make_plan([(one, other)])).jobs[0].same
    with pytest.raises(PathError, match="onto itself"):
        asyncio.run(make_plan([(one, one)]))


def test_an_etag_under_a_key_of_its_own_says_nothing() -> None:
    of = checksums.Stated.of
    assert not of({"ETag": '"x"'}).opaque
    assert not of({"ServerSideEncryption": "AES256"}).opaque
    assert of({"ServerSideEncryption": "aws:kms"}).opaque
    assert of({"SSECustomerAlgorithm": "AES256"}).opaque
