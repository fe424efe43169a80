"""Locks of objects and folders on this computer."""

from __future__ import annotations

import fcntl
import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from modos_widgets import files
from modos_widgets.errors import ChangedError, StorageError
from modos_widgets.modo.lock import INSIDE
from tests.modo.objects import FILES

if TYPE_CHECKING:
    from tests.modo.conftest import Place


def test_the_lock_is_removed_after_use_and_never_listed(local: Place) -> None:
    path = local.put()
    modo = local.open(path)
    seen: list[set[str]] = []
    draft = modo.edit()
    draft.set("sample/s1", "sex", "Female")
    write = modo.storage.write

    def watched(*args: Any, **options: Any) -> str:
        seen.append({entry.name for entry in local.folder.iterdir()})
        assert set(modo.files().index) == set(FILES)
        return write(*args, **options)

    modo.storage.write = watched  # type: ignore[method-assign]
    draft.commit()
    assert all(".study.modos-lock" in names for names in seen)
    assert ".study.modos-lock" not in {entry.name for entry in local.folder.iterdir()}


def test_an_object_in_a_read_only_folder_is_locked_inside(
    local: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = os.open

    def refuse(path: Any, *args: Any, **options: Any) -> int:
        if str(path).endswith(".modos-lock"):
            raise PermissionError(13, "Permission denied")
        return opened(path, *args, **options)

    monkeypatch.setattr(os, "open", refuse)
    path = local.put()
    before = set(local.keys(path))
    draft = local.open(path).edit()
    draft.set("sample/s1", "sex", "Female")
    draft.commit()
    assert set(local.keys(path)) == before


@pytest.mark.parametrize("aimed_at", ["a file", "nothing"])
def test_a_link_with_the_name_of_the_lock_is_not_followed(local: Place, aimed_at: str) -> None:
    path, aim = local.put(), local.folder / "elsewhere"
    (local.folder / ".study.modos-lock").symlink_to(aim)
    draft = local.open(path).edit()
    draft.set("sample/s1", "sex", "Female")
    with ExitStack() as stack:
        if aimed_at == "a file":  # a lock that its owner holds for good
            aim.write_text("kept")
            fcntl.flock(stack.enter_context(aim.open()), fcntl.LOCK_EX)
        draft.commit(timeout=1)
    assert local.attributes(path, "sample/s1")["sex"] == "Female"
    assert aim.exists() == (aimed_at == "a file")
    assert (local.folder / ".study.modos-lock").is_symlink()


def test_a_pipe_with_the_name_of_the_lock_does_not_block_a_commit(local: Place) -> None:
    path = local.put()
    os.mkfifo(local.folder / ".study.modos-lock", 0o444)
    draft = local.open(path).edit()
    draft.set("sample/s1", "sex", "Female")
    draft.commit()
    assert local.attributes(path, "sample/s1")["sex"] == "Female"


def test_a_link_within_the_object_is_not_followed(local: Place) -> None:
    path, aim = local.put(), local.folder / "elsewhere"
    (local.folder / ".study.modos-lock").symlink_to(aim)
    (local.folder / "study" / INSIDE).symlink_to(aim)
    draft = local.open(path).edit()
    draft.set("sample/s1", "sex", "Female")
    with pytest.raises(StorageError, match="cannot be locked"):
        draft.commit()
    assert not aim.exists()


def test_writers_on_windows_wait_for_one_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no folder can be opened or locked."""
    opened = os.open

    def files_only(path: Any, *args: Any, **options: Any) -> int:
        if Path(path).is_dir():
            raise PermissionError(13, "Permission denied")
        return opened(path, *args, **options)

    monkeypatch.setattr(files, "sys", SimpleNamespace(platform="win32"))
    monkeypatch.setattr(os, "open", files_only)
    path, checked = tmp_path / "zarr.json", []
    files.replace_file(path, [b"old"])

    def slowly(mark: str) -> None:  # between the check and the write
        checked.append(mark)
        time.sleep(0.1)

    def write(data: bytes) -> bool:
        try:
            files.replace_file(path, [data], expected=files.etag_of(b"old"), note=slowly)
        except ChangedError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        written = list(pool.map(write, [b"one", b"two"]))
    assert sorted(written) == [False, True]
    assert len(checked) == 1
    assert path.read_bytes() == (b"one" if written[0] else b"two")
    assert all(files.TEMPORARY.fullmatch(other.name) for other in set(tmp_path.iterdir()) - {path})
