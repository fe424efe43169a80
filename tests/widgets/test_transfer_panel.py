"""TransferPanel in Python: what it tells when a transfer has ended early."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from modos_widgets import TransferPanel
from modos_widgets.errors import StorageError
from modos_widgets.storage.copying.copy_file import Routes
from tests.parts.places import make_object, wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.parts.s3 import S3Server

pytestmark = pytest.mark.usefixtures("own_folders")


def test_failed_and_missing_files_come_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = make_object(tmp_path)
    (source / "z_last.txt").write_text("x")
    real, asked = Routes.copy, []

    async def copy(self: Routes, end: Any, target: Any, item: Any, **more: Any) -> str:
        if item.name == "z_last.txt":
            asked.append(item.name)
            if len(asked) == 1:
                await asyncio.sleep(3600)
            raise StorageError("The disk is full.", "Make room, then try again.")
        return await real(self, end, target, item, **more)

    monkeypatch.setattr(Routes, "copy", copy)
    panel: Any = TransferPanel(source, tmp_path / "copy")
    panel.start()
    wait_until(lambda: asked and "reads.cram" in "".join(panel.report["path"]))
    panel.cancel()
    wait_until(lambda: panel.phase == "cancelled")
    told = {name: word for name, _, word, _ in panel._shown["rows"]}
    assert [word for *_, word, _ in panel._shown["rows"]][:2] == ["not copied", "not copied"]
    assert told["z_last.txt"] == told["data.zarr/zarr.json"] == "not copied"
    assert told["reads.cram"] == "copied"

    panel.start()
    wait_until(lambda: panel.phase == "failed")
    assert [row[0] for row in panel._shown["rows"]][:2] == ["z_last.txt", "data.zarr/zarr.json"]
    problem = panel._shown["problem"]
    assert f"{problem['message']} {problem['hint']}".endswith(
        "The disk is full. Make room, then try again. "
        "Run the transfer again. Copied files are kept."
    )


def test_a_file_is_not_an_object_to_copy(tmp_path: Path) -> None:
    source = make_object(tmp_path) / "reads.cram"
    panel: Any = TransferPanel(source, tmp_path / "copy")
    panel.compare()
    wait_until(lambda: panel.phase == "failed")
    assert panel._shown["problem"] == {
        "message": f"{source} is a file, not the folder of an object.",
        "hint": "Pass the folder that contains data.zarr.",
    }


def test_an_unusual_key_is_reported_and_can_be_allowed(
    tmp_path: Path, moto_server: S3Server
) -> None:
    target = f"s3://{moto_server.bucket()}/my copy"
    options: dict[str, Any] = {
        "services": {"s3": moto_server.endpoint},
        "s3_kwargs": moto_server.s3_kwargs,
    }
    source = make_object(tmp_path)
    panel: Any = TransferPanel(source, target, **options)
    panel.compare()
    wait_until(lambda: panel.phase == "failed")
    assert "contains ' '" in panel._shown["problem"]["message"]
    assert "allow_unusual=True" in panel._shown["problem"]["hint"]
    taken: Any = TransferPanel(source, target, allow_unusual=True, **options)
    taken.compare()
    wait_until(lambda: taken.phase == "compared")
    taken.start()
    wait_until(lambda: taken.phase == "done")
    assert all("allow_unusual=True" in piece.text for piece in taken._pieces())


def test_an_object_that_the_check_refuses_is_copied_despite_errors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODOS_CHECK_TRANSFERS", "1")
    source = make_object(tmp_path)  # without the dates that are required
    panel: Any = TransferPanel(source, tmp_path / "copy")
    panel.start()
    wait_until(lambda: panel.phase == "failed")
    assert panel._shown["refused"]
    assert "force=True" in panel._shown["problem"]["hint"]
    assert not (tmp_path / "copy").exists()
    panel.force = True
    assert any("force=True" in piece.text for piece in panel._pieces())
    panel.start()
    wait_until(lambda: panel.phase == "done")
    assert (tmp_path / "copy" / "reads.cram").exists()
    assert panel.offer(source, tmp_path / "other")
    assert not panel.force


def test_files_that_are_not_copied_are_counted_and_listed(tmp_path: Path) -> None:
    source = make_object(tmp_path)
    (source / "plots").mkdir()
    panel: Any = TransferPanel(source, tmp_path / "copy")
    panel.compare()
    wait_until(lambda: panel.phase == "compared")
    named = ("plots/", 0, "not copied", "Empty folder.")
    assert panel._shown["plan"]["actions"]["not copied"] == (1, 0)
    assert named in panel._shown["plan"]["rows"]
    panel.start()
    wait_until(lambda: panel.phase == "done")
    assert panel._shown["progress"]["omitted"] == 1
    assert named in panel._shown["rows"]
