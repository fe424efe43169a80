"""Folders of the kernel's computer, and files of an object in pieces."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

import modos_widgets
from modos_widgets.errors import ChangedError, ModosError, NotFoundError, OptionError
from modos_widgets.session import PIECE, FilePieces, head_of_file, list_folder
from tests.modo.objects import FILES, keys_of, put_local

if TYPE_CHECKING:
    from pathlib import Path


def test_a_folder_is_listed_folders_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "b").mkdir()
    for name in ("c.cram", "A.vcf", ".hidden", "<img src=x>"):
        (tmp_path / name).write_bytes(name.encode())
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "broken").symlink_to("nowhere")
    (tmp_path / "linked").symlink_to("b")
    (tmp_path / os.fsdecode(b"\xff.vcf")).write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    found = list_folder()
    assert (found.path, found.parent) == (str(tmp_path), str(tmp_path.parent))
    names = [(entry.name, entry.is_folder, entry.size) for entry in found.entries]
    assert names == [
        ("b", True, 0),
        ("linked", True, 0),
        ("<img src=x>", False, 11),
        ("A.vcf", False, 5),
        ("c.cram", False, 6),
    ]
    assert ".hidden" in [entry.name for entry in list_folder(hidden=True).entries]
    assert list_folder(tmp_path / "c.cram").path == str(tmp_path)
    assert list_folder("/").parent == ""


def test_a_large_folder_is_listed_in_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(30):
        (tmp_path / f"{number:02}").touch()
    monkeypatch.setattr("modos_widgets.session.server_folder.MOST_ENTRIES", 10)
    monkeypatch.setattr("modos_widgets.session.server_folder._MOST_LOOKED_AT", 25)
    found = list_folder(tmp_path)
    assert len(found.entries) == 10
    assert found.left_out == 20


@pytest.mark.parametrize("folder", ["/nowhere/at/all", "a\0b", "~nobody-of-this-name/x"])
def test_a_folder_that_does_not_exist_is_reported(folder: str) -> None:
    with pytest.raises(NotFoundError):
        list_folder(folder)


def test_the_head_of_a_file_is_bounded(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(100_000))
    assert head_of_file(tmp_path / "a") == (bytes(65_536), 100_000)
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, tmp_path / "none", "a\0b"):
        with pytest.raises(ModosError):
            head_of_file(path)


def test_a_file_of_an_object_is_read_in_pieces(tmp_path: Path) -> None:
    large = os.urandom(PIECE + 5)
    path = put_local(tmp_path / "study", keys_of(files={**FILES, "large.bin": large}))
    storage = modos_widgets.open_modo(path).storage
    pieces = FilePieces()
    key, size = pieces.begin(storage, "large.bin")
    assert size == len(large)
    assert pieces.read(key, PIECE) + pieces.read(key, 0) == large[PIECE:] + large[:PIECE]
    assert pieces.read(key, size) == b""
    pieces.end(key)
    pieces.end(key)
    with pytest.raises(NotFoundError):
        pieces.read(key, 0)
    with pytest.raises(NotFoundError):
        pieces.begin(storage, "none")


def test_only_some_files_stay_open(tmp_path: Path) -> None:
    storage = modos_widgets.open_modo(put_local(tmp_path / "study")).storage
    pieces = FilePieces()
    keys = [pieces.begin(storage, "d1.cram")[0] for _ in range(9)]
    with pytest.raises(NotFoundError):
        pieces.read(keys[0], 0)
    assert pieces.read(keys[1], 0) == pieces.read(keys[8], 0) == FILES["d1.cram"]
    pieces.close()
    with pytest.raises(NotFoundError):
        pieces.read(keys[8], 0)


def test_a_file_that_shrinks_or_is_too_large_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put_local(tmp_path / "study", keys_of(files={"a.bin": bytes(PIECE + 9)}))
    storage = modos_widgets.open_modo(path).storage
    pieces = FilePieces()
    key, _ = pieces.begin(storage, "a.bin")
    os.truncate(tmp_path / "study" / "a.bin", 5)
    with pytest.raises(ChangedError):
        pieces.read(key, PIECE)
    monkeypatch.setattr("modos_widgets.session.file_pieces.LARGEST_DOWNLOAD", 4)
    with pytest.raises(OptionError, match="more than 2 GiB"):
        pieces.begin(storage, "a.bin")
