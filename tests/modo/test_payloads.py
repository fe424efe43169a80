"""Files and arrays of a commit that fails: nobody's are lost."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from modos_widgets.errors import ConflictError, StorageError
from tests.modo.objects import node

if TYPE_CHECKING:
    from tests.modo.conftest import Place


def without_journal(keys: dict[str, bytes]) -> dict[str, Any]:
    """Return the keys of an object; documents as what they say, whatever their indentation."""
    return {
        key: json.loads(data) if key.endswith("zarr.json") else data for key, data in keys.items()
    }


def failing(draft: Any, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the next write of a key fail."""
    storage = draft.modos[0].storage
    write, left = storage.write, [key]

    def once(target: Any, data: bytes, **more: Any) -> str:
        if str(target) in left:
            left.remove(str(target))
            raise StorageError("The disk is full.", "Make room.")
        return str(write(target, data, **more))

    monkeypatch.setattr(storage, "write", once)


def test_a_removal_that_fails_at_the_root_removes_no_file_and_no_array(
    near: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = near.put()
    draft = near.open(path).edit()
    draft.add_array("reference/r1", [[1, 2]])
    draft.commit()
    before = without_journal(near.keys(path))
    draft = near.open(path).edit()
    draft.remove("reference/r1", with_file=True)
    failing(draft, "data.zarr/zarr.json", monkeypatch)
    with pytest.raises(StorageError, match="full"):
        draft.commit()
    assert without_journal(near.keys(path)) == before
    draft.commit()
    after = near.keys(path)
    assert not any("reference/r1/" in key for key in after)
    assert "r1.fa" not in after


def test_an_array_that_the_root_does_not_know_is_not_replaced(near: Place) -> None:
    path = near.put()
    modo = near.open(path)
    theirs = {
        "data.zarr/data/x/zarr.json": json.dumps(node({"name": "Theirs"})).encode(),
        "data.zarr/data/x/data/zarr.json": b'{"node_type": "array"}',
        "data.zarr/data/x/data/c/0/0": b"their values",
    }
    for key, data in theirs.items():
        near.write(path, key, data)
    before = near.keys(path)
    draft = modo.edit()
    draft.add("data/x", {"@type": "Array", "data_path": "x", "data_format": "Zarr"})
    draft.add_array("data/x", [[1, 2]])
    with pytest.raises(ConflictError, match="keys that no element names"):
        draft.commit(force=True)
    assert near.keys(path) == before
