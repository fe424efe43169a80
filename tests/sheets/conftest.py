"""An object on this computer, and its journal in the folder of the test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.modo.objects import keys_of, put_local

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return put_local(tmp_path / "study", keys_of())
