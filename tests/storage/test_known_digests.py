"""Digests of local files that are not computed again, also by another process."""

from __future__ import annotations

import json
import os
import stat
import time
from typing import TYPE_CHECKING

import pytest

from modos_widgets.credentials import cache_folder
from modos_widgets.storage.copying import known_digests
from modos_widgets.storage.copying.checksums import file_digest
from modos_widgets.storage.copying.known_digests import digest_of_file

if TYPE_CHECKING:
    from pathlib import Path


class Files:
    """A large file that was written long ago, and how often it was read."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        monkeypatch.setattr(known_digests, "_LARGE", 4)
        now = time.time_ns
        self.later = 10**10
        monkeypatch.setattr(time, "time_ns", lambda: now() + self.later)
        self.path, self.reads = folder / "file", 0
        self.path.write_bytes(b"content")

    def digest(self) -> str:
        def counted(path: Path) -> str:
            self.reads += 1
            return file_digest(path)

        return digest_of_file(self.path, 0, counted)

    @staticmethod
    def begin_a_process() -> None:
        known_digests._known._reset()


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Files:
    found = Files(tmp_path, monkeypatch)
    found.begin_a_process()
    return found


def test_another_process_does_not_read_an_unchanged_file(files: Files) -> None:
    first = files.digest()
    files.begin_a_process()
    assert (files.digest(), files.reads) == (first, 1)
    place = cache_folder() / "digests.json"
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert str(files.path) not in place.read_text()


def test_a_changed_file_is_read_again(files: Files) -> None:
    first = files.digest()
    facts = files.path.stat()
    files.path.write_bytes(b"CONTENT")
    os.utime(files.path, ns=(facts.st_atime_ns, facts.st_mtime_ns))  # it cannot set the change time
    files.begin_a_process()
    assert files.digest() != first
    moved = files.path.rename(files.path.with_name("moved"))
    files.path.write_bytes(b"content")
    moved.replace(files.path)
    files.begin_a_process()
    assert (files.digest() != first, files.reads) == (True, 3)


def test_a_file_that_was_just_written_is_read_each_time(files: Files) -> None:
    files.later = 0
    files.digest()
    files.begin_a_process()
    files.digest()
    assert files.reads == 2


def test_small_files_are_known_to_one_process(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_digests, "_LARGE", 8)
    files.digest()
    files.digest()
    assert files.reads == 1
    files.begin_a_process()
    files.digest()
    assert files.reads == 2


@pytest.mark.parametrize(
    "kept", [b"", b"{", b"[]", b"null", b"[" * 100_000, b"\xff", b"{}" * 2**20]
)
def test_a_broken_cache_is_replaced(files: Files, kept: bytes) -> None:
    place = cache_folder() / "digests.json"
    place.write_bytes(kept)
    first = files.digest()
    files.begin_a_process()
    assert (files.digest(), files.reads) == (first, 1)


def test_digests_of_another_form_are_not_used(files: Files) -> None:
    first = files.digest()
    place = cache_folder() / "digests.json"
    kept = json.loads(place.read_text())
    for odd in ("", "g" * 32, 5, None, ["x"], "0" * 32 + "-123456"):
        place.write_text(json.dumps(dict.fromkeys(kept, odd)))
        files.begin_a_process()
        assert files.digest() == first


def test_the_cache_keeps_the_newest(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_digests, "MOST_KEPT", 3)
    for number in range(5):
        files.path.write_bytes(b"content%d" % number)
        files.digest()
    assert len(json.loads((cache_folder() / "digests.json").read_text())) == 3
    files.begin_a_process()
    files.digest()
    assert files.reads == 5


def test_a_cache_that_cannot_be_written_is_left_alone(files: Files) -> None:
    (cache_folder() / "digests.json").mkdir()
    assert files.digest() == file_digest(files.path)


def test_nothing_is_kept_where_sign_ins_are_not(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODOS_LOGIN", "memory")
    files.digest()
    files.begin_a_process()
    files.digest()
    assert files.reads == 2
    assert not (cache_folder() / "digests.json").exists()
