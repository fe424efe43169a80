"""What a repair removes of a torn commit, and what it leaves: never what is a colleague's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import pytest

from modos_widgets.errors import StorageError
from modos_widgets.modo.commit.attachments import AttachmentCommit

if TYPE_CHECKING:
    from tests.modo.conftest import Place

pytestmark = pytest.mark.traffic


class Killed(BaseException):
    """Stands for the end of the process: nothing is taken back."""


def killed(place: Place, path: str, folder: Path, monkeypatch: Any, moment: str) -> None:
    """Attach a file and put an array, and be killed at a moment of the file's or array's put."""
    (folder / "calls.vcf").write_bytes(b"calls")
    draft = place.open(path).edit()
    draft.add("data/new", {"@type": "VariantSet"})
    draft.attach("data/new", folder / "calls.vcf")
    draft.add_array("data/new", [[1, 2]], ["row"], ["a", "b"])
    put, note = AttachmentCommit._put_key, AttachmentCommit.note

    def noted(self: AttachmentCommit, target: str, mark: str) -> None:
        if moment == f"before {target}":
            raise Killed
        note(self, target, mark)
        if moment == f"noted {target}":
            raise Killed

    def stored(self: AttachmentCommit, target: str, data: bytes) -> None:
        put(self, target, data)
        if moment == f"after {target}":
            raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(AttachmentCommit, "note", noted)
        patched.setattr(AttachmentCommit, "_put_key", stored)
        if moment == "after calls.vcf":
            patched.setattr(AttachmentCommit, "_put_keys", Mock(side_effect=Killed))
        with pytest.raises(Killed):
            draft.commit()


ARRAY = "data.zarr/data/new/data/zarr.json"


@pytest.mark.parametrize("key", ["calls.vcf", ARRAY])
@pytest.mark.parametrize("moment", ["before", "noted", "after"])
def test_a_repair_keeps_a_file_that_a_colleague_has_not_named_yet(
    near: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, moment: str
) -> None:
    other, path = near.put(name="other"), near.put()
    before = near.keys(path)
    killed(near, other, tmp_path, monkeypatch, f"after {ARRAY}")
    same = near.keys(other)[key]
    killed(near, path, tmp_path, monkeypatch, f"{moment} {key}")
    modo = near.open(path)
    assert modo.interrupted
    if moment == "after":
        assert near.keys(path)[key] == same
        if near.server is None:
            (Path(path) / key).unlink()
    near.write(path, key, same)  # the very same bytes, from somebody else
    modo.repair()
    assert near.keys(path) == before | {key: same}
    assert not modo.interrupted


@pytest.mark.parametrize("moment", ["noted calls.vcf", "after calls.vcf", f"after {ARRAY}"])
def test_a_repair_removes_the_files_of_the_interrupted_commit(
    near: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    path = near.put()
    before = near.keys(path)
    killed(near, path, tmp_path, monkeypatch, moment)
    assert ("calls.vcf" in near.keys(path)) == moment.startswith("after")
    near.open(path).repair()
    assert near.keys(path) == before


def test_a_failed_write_removes_no_file_of_a_colleague(
    near: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = near.put()
    note = AttachmentCommit.note

    def late(self: AttachmentCommit, target: str, mark: str) -> None:
        note(self, target, mark)
        near.write(path, target, b"calls")
        raise StorageError("The network is gone.")

    monkeypatch.setattr(AttachmentCommit, "note", late)
    (tmp_path / "calls.vcf").write_bytes(b"calls")
    draft = near.open(path).edit()
    draft.add("data/new", {"@type": "VariantSet"})
    draft.attach("data/new", tmp_path / "calls.vcf")
    with pytest.raises(StorageError, match="network"):
        draft.commit()
    assert near.keys(path)["calls.vcf"] == b"calls"
    assert not near.open(path).interrupted


def killed_removing(place: Place, path: str, monkeypatch: pytest.MonkeyPatch, kept: int) -> None:
    """Remove an array, and be killed when the metadata say so; the journal keeps so many bytes."""
    draft = place.open(path).edit()
    draft.add_array("sample/s2", [1, 2])
    draft.commit()
    draft.remove("sample/s2")
    with monkeypatch.context() as patched:
        patched.setattr("modos_widgets.modo.commit.attachments.KEPT_BYTES", kept)
        patched.setattr(AttachmentCommit, "remove", Mock(side_effect=Killed))
        with pytest.raises(Killed):
            draft.commit()


def test_a_key_that_was_written_again_is_kept_by_the_repair_of_its_removal(
    near: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = near.put()
    killed_removing(near, path, monkeypatch, kept=1_000_000)
    chunk = "data.zarr/sample/s2/data/c/0"
    near.write(path, chunk, b"of somebody else")
    said = near.open(path).repair()
    keys = [key for key in near.keys(path) if key.startswith("data.zarr/sample/s2/")]
    assert keys == [chunk]
    assert said.left == (chunk,)  # it is told, since nothing else names it
    assert f"they may belong to another commit: {chunk}. " in repr(said)


def test_a_repair_lists_the_keys_that_were_too_large_for_the_journal(
    near: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = near.put()
    killed_removing(near, path, monkeypatch, kept=0)
    said = near.open(path).repair()
    keys = [key for key in near.keys(path) if key.startswith("data.zarr/sample/s2/")]
    assert list(said.left) == sorted(keys)
    assert len(keys) > 1
    modo = near.open(path)
    for key in said.left:
        modo.storage.remove(key)
    assert not [key for key in near.keys(path) if key.startswith("data.zarr/sample/s2/")]
    assert not modo.compare(nodes=True)
