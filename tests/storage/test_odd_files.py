"""Files that somebody put into an object's folder, and that are no files to read."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from modos_widgets.errors import PathError
from modos_widgets.storage import LocalStorage

if TYPE_CHECKING:
    from pathlib import Path


def test_a_pipe_is_never_waited_for(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "ex")
    os.mkfifo(tmp_path / "ex" / "pipe")
    for opening in (storage.open, storage.read):
        with pytest.raises(PathError, match="neither a file nor a folder"):
            opening("pipe")
    root = tmp_path / "ex" / "data.zarr" / "zarr.json"
    root.unlink()
    os.mkfifo(root)
    with pytest.raises(PathError, match="neither a file nor a folder"):
        LocalStorage(tmp_path / "ex")
