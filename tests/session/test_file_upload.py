"""Files that arrive in pieces: order, resume, full disks, and what is left behind."""

from __future__ import annotations

import gc
import hashlib
import os
import shutil
import stat
import subprocess
import sys
import textwrap
import threading
from typing import TYPE_CHECKING

import pytest

import modos_widgets
from modos_widgets.errors import ChangedError, NotFoundError, OptionError, PathError, StorageError
from modos_widgets.session import LARGEST_UPLOAD, PIECE, Uploads
from tests.modo.objects import put_local

if TYPE_CHECKING:
    from pathlib import Path

DATA = bytes(range(256)) * (9 * 2**12) + b"the end"  # two whole pieces and a rest
PIECES = [(start, DATA[start : start + PIECE]) for start in range(0, len(DATA), PIECE)]


def proof_of(data: bytes) -> str:
    """Compute the proof as a page does."""
    starts = range(0, len(data), PIECE)
    digests = [hashlib.sha256(data[start : start + PIECE]).digest() for start in starts]
    return hashlib.sha256(b"".join(digests)).hexdigest()


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_arrives_in_pieces(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path)
    assert list(tmp_path.iterdir()) == []  # nothing before the first file
    upload = uploads.begin("P1.cram", len(DATA), 5)
    assert (upload.name, upload.received) == ("P1.cram", 0)
    for start, piece in PIECES:
        upload.add(start, piece)
    assert uploads.finish(upload.id) is upload
    assert upload.path.read_bytes() == DATA
    assert upload.checksum == hashlib.blake2b(DATA).hexdigest()
    assert upload.head() == DATA[: 64 * 1024]
    assert mode_of(upload.path) == 0o600
    assert mode_of(upload.path.parent) == 0o700
    assert mode_of(upload.path.parent.parent) == 0o700


def test_pieces_in_another_order_and_twice_make_the_same_file(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path)
    upload = uploads.begin("a.bin", len(DATA), 1)
    for number in (2, 1, 1, 2, 0, 0, 2):
        upload.add(*PIECES[number])
    assert upload.is_complete
    assert upload.path.read_bytes() == DATA
    assert upload.checksum == hashlib.blake2b(DATA).hexdigest()


def test_pieces_from_several_threads_make_the_same_file(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path)
    upload = uploads.begin("a.bin", len(DATA), 1)
    threads = [threading.Thread(target=upload.add, args=piece) for piece in PIECES[::-1]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert upload.path.read_bytes() == DATA
    assert upload.checksum == hashlib.blake2b(DATA).hexdigest()


def test_an_interrupted_upload_continues_where_it_was(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path)
    begun = uploads.begin("P1.cram", len(DATA), 5)
    begun.add(*PIECES[0])
    begun.add(*PIECES[2])  # early; not counted as received
    again = uploads.begin("P1.cram", len(DATA), 5)
    assert again is begun
    assert again.received == PIECE
    assert again.proof == proof_of(DATA[:PIECE])
    again.add(*PIECES[1])
    again.add(*PIECES[2])
    assert uploads.finish(again.id).checksum == hashlib.blake2b(DATA).hexdigest()
    assert again.proof == proof_of(DATA)


@pytest.mark.parametrize(
    ("name", "size", "modified"),
    [("P2.cram", len(DATA), 5), ("P1.cram", len(DATA) - 1, 5), ("P1.cram", len(DATA), 6)],
)
def test_another_file_does_not_continue_an_upload(
    tmp_path: Path, name: str, size: int, modified: int
) -> None:
    uploads = Uploads(tmp_path)
    uploads.begin("P1.cram", len(DATA), 5).add(*PIECES[0])
    assert uploads.begin(name, size, modified).received == 0


def test_an_empty_file_is_complete_at_once(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path)
    upload = uploads.begin("empty.txt", 0, 1)
    assert uploads.finish(upload.id).checksum == hashlib.blake2b().hexdigest()


@pytest.mark.parametrize(
    ("offset", "length"),
    [(1, PIECE), (-PIECE, PIECE), (0, 5), (0, PIECE + 1), (len(DATA) + PIECE, 0), (3 * PIECE, 1)],
)
def test_a_piece_that_does_not_fit_is_refused(tmp_path: Path, offset: int, length: int) -> None:
    uploads = Uploads(tmp_path)
    upload = uploads.begin("a.bin", len(DATA), 1)
    with pytest.raises(OptionError):
        upload.add(offset, bytes(length))
    assert upload.received == 0


def test_pieces_far_ahead_are_not_kept_in_memory(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path)
    upload = uploads.begin("a.bin", 20 * PIECE, 1)
    with pytest.raises(OptionError, match="is missing"):
        upload.add(4 * PIECE, bytes(PIECE))


def test_a_file_that_shrank_is_not_complete(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path)
    upload = uploads.begin("a.bin", len(DATA), 1)
    upload.add(*PIECES[0])
    with pytest.raises(ChangedError, match="not complete"):
        uploads.finish(upload.id)


def test_a_large_file_and_a_bad_name_are_refused(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path)
    with pytest.raises(OptionError, match="more than 2 GiB"):
        uploads.begin("a.bin", LARGEST_UPLOAD + 1, 1)
    with pytest.raises(PathError):
        uploads.begin("..", 5, 1)
    assert uploads.begin("../../x<y>.vcf", 5, 1).path.name == "x_y_.vcf"
    assert len(uploads) == 1


def test_a_cancelled_upload_is_removed(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path)
    upload = uploads.begin("a.bin", len(DATA), 1)
    upload.add(*PIECES[0])
    uploads.cancel(upload.id)
    uploads.cancel("unknown")
    assert not upload.path.parent.exists()
    with pytest.raises(NotFoundError):
        uploads.get(upload.id)
    assert uploads.begin("a.bin", len(DATA), 1).received == 0


def test_too_many_uploads_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modos_widgets.session.file_upload.MOST_UPLOADS", 2)
    uploads = Uploads(tmp_path)
    uploads.begin("a", 1, 1)
    uploads.begin("b", 1, 1)
    with pytest.raises(OptionError, match="are waiting"):
        uploads.begin("c", 1, 1)


def test_a_disk_without_space_is_refused_before_and_during(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = 65 * 2**20
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=free))
    uploads = Uploads(tmp_path)
    with pytest.raises(StorageError, match="not enough free space"):
        uploads.begin("a.bin", 2 * 2**20, 1)
    assert len(uploads) == 0
    free = 2**40
    upload = uploads.begin("a.bin", len(DATA), 1)
    upload.add(*PIECES[0])
    free = 65 * 2**20
    with pytest.raises(StorageError, match="not enough free space"):
        upload.add(*PIECES[1])
    assert upload.received == upload.path.stat().st_size == PIECE
    free = 2**40
    for piece in PIECES[1:]:
        upload.add(*piece)
    assert upload.checksum == hashlib.blake2b(DATA).hexdigest()


LIMITED = """
    import resource, signal, sys
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    from modos_widgets.errors import StorageError
    from modos_widgets.session import PIECE, Uploads
    limit = PIECE + 1000
    uploads = Uploads(sys.argv[1])
    upload = uploads.begin("a.bin", 3 * PIECE, 1)
    upload.add(0, bytes(PIECE))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    try:
        upload.add(PIECE, b"x" * PIECE)
    except StorageError as error:
        print(error.message)
    print(upload.received == PIECE, upload.path.stat().st_size == PIECE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    upload.add(PIECE, b"x" * PIECE)
    upload.add(2 * PIECE, b"x" * PIECE)
    print(upload.is_complete, upload.path.read_bytes() == bytes(PIECE) + b"x" * 2 * PIECE)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of a file's size")
def test_a_disk_that_refuses_a_write_leaves_what_had_arrived(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(LIMITED), str(tmp_path)],
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.splitlines() == [
        "The notebook server has not enough free space for this file.",
        "True True",
        "True True",
    ]
    assert list(tmp_path.iterdir()) == []  # removed at the end of the process


def test_the_folder_of_a_killed_process_is_removed(tmp_path: Path) -> None:
    code = """
        import os, sys
        from modos_widgets.session import Uploads
        uploads = Uploads(sys.argv[1])
        upload = uploads.begin("a.bin", 5, 1)
        upload.add(0, b"12345")
        os._exit(9)
    """
    command = [sys.executable, "-c", textwrap.dedent(code), str(tmp_path)]
    assert subprocess.run(command, check=False).returncode == 9
    [left] = tmp_path.iterdir()
    stranger = tmp_path / "modos-uploads-stranger"
    stranger.symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere").mkdir()
    other = Uploads(tmp_path)
    other.begin("b.bin", 1, 1)
    assert left.exists()  # it could be of a process that has just begun
    os.utime(left, (1, 1))
    living = Uploads(tmp_path)
    living.begin("b.bin", 1, 1)
    assert not left.exists()
    assert living._folder is not None
    os.utime(living._folder, (1, 1))
    Uploads(tmp_path).begin("c.bin", 1, 1)
    assert living._folder.exists()
    assert (tmp_path / "elsewhere").exists()


def test_uploads_that_are_no_longer_used_leave_nothing(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path)
    uploads.begin("a.bin", 5, 1)
    assert len(list(tmp_path.iterdir())) == 1
    del uploads
    gc.collect()
    assert list(tmp_path.iterdir()) == []


def test_an_uploaded_file_stays_until_it_is_committed(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path / "tmp")
    (tmp_path / "tmp").mkdir()
    modo = modos_widgets.open_modo(put_local(tmp_path / "study"), mode="r+")
    draft = modo.edit()
    data = uploads.begin("P9.cram", 4, 1)
    data.add(0, b"CRAM")
    index = uploads.begin("P9.cram.crai", 1, 1)
    index.add(0, b"i")
    draft.add("data/p9", {"@type": "AlignmentSet"})
    draft.attach("data/p9", uploads.with_indexes(data.id, [index.id]))
    data.use(draft)
    uploads.cancel(data.id)  # a draft needs it
    draft.undo()
    uploads.tidy()
    draft.redo()  # may need it again
    uploads.tidy()
    assert len(uploads) == 2
    draft.commit(force=True)
    assert (tmp_path / "study" / "P9.cram").read_bytes() == b"CRAM"
    assert (tmp_path / "study" / "P9.cram.crai").read_bytes() == b"i"
    uploads.tidy()
    assert not data.path.exists()


def test_an_upload_of_a_discarded_draft_is_removed(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path)
    data = uploads.begin("P9.cram", 4, 1)
    data.add(0, b"CRAM")
    draft = modos_widgets.open_modo(put_local(tmp_path / "study"), mode="r+").edit()
    data.use(draft)
    uploads.tidy()
    assert not data.path.exists()  # the draft attaches nothing
    more = uploads.begin("P9.cram", 4, 1)
    draft.add("data/p9", {})
    more.use(draft)
    uploads.tidy()
    assert more.path.exists()
    del draft
    gc.collect()
    uploads.tidy()
    assert not more.path.exists()
