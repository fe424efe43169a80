"""A file goes where its element's ``data_path`` says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from modos_widgets.errors import AlreadyExistsError, ConflictError, ModosError
from modos_widgets.modo.draft.draft import Draft
from tests.modo.objects import ELEMENTS, FILES, keys_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.modo.conftest import Place

pytestmark = pytest.mark.traffic


def files(place: Place, path: str) -> dict[str, bytes]:
    """Read the files of an object, without those of its archive."""
    return {key: data for key, data in place.keys(path).items() if not key.startswith("data.zarr/")}


MOVED = {
    "in/new.cram": FILES["d1.cram"],
    "in/new.cram.crai": FILES["d1.cram.crai"],
    "r1.fa": FILES["r1.fa"],
    "r1.fa.fai": FILES["r1.fa.fai"],
}


def test_a_changed_path_moves_the_file_and_its_index(place: Place) -> None:
    path = place.put()
    draft = place.open(path).edit()
    draft.set("data/d1", "data_path", "in/new.cram")
    slots = {"data_path", "d1.cram", "d1.cram.crai", "in/new.cram", "in/new.cram.crai"}
    assert set(draft.diff()["slot"]) == slots
    shown = draft.diff()
    commit = draft.commit()
    assert files(place, path) == MOVED
    assert commit.diff.equals(shown)
    assert not place.open(path).validate(checksums=True)
    undone = place.open(path).undo_commit(commit.id)
    assert files(place, path) == FILES
    assert set(undone.diff["slot"]) == slots
    assert not place.open(path).validate(checksums=True)


def test_moving_a_large_file_can_be_undone(local: Place) -> None:
    large = b"x" * (17 * 2**20)
    path = local.put(keys_of(files={**FILES, "d1.cram": large}))
    draft = local.open(path).edit()
    draft.set("data/d1", "data_path", "new.cram")
    assert not draft.notes
    commit = draft.commit()
    assert files(local, path)["new.cram"] == large
    commit.undo()
    assert files(local, path) == {**FILES, "d1.cram": large}


def test_only_the_last_data_path_of_a_draft_moves_the_file(local: Place) -> None:
    path = local.put()
    draft = local.open(path).edit()
    for name in ("a.cram", "b.cram", "in/new.cram"):
        draft.set("data/d1", "data_path", name)
    draft.undo()
    draft.redo()
    draft.rename("data/d1", "data/renamed")
    draft.commit()
    assert files(local, path) == MOVED
    draft.set("data/renamed", "data_path", "x.cram")
    draft.set("data/renamed", "data_path", "./in/new.cram")
    assert set(draft.diff()["slot"]) == {"data_path"}
    draft.set("data/renamed", "data_path", "x.cram")
    draft.remove("data/renamed", with_file=True)
    draft.commit()
    assert files(local, path) == {key: FILES[key] for key in ("r1.fa", "r1.fa.fai")}


def test_a_folder_moves_as_a_whole(near: Place) -> None:
    element = {"@type": "DataEntity", "data_path": "store.zarr", "data_format": "Zarr"}
    own = {"store.zarr/zarr.json": b"{}", "store.zarr/c/0": b"0"}
    path = near.put(keys_of({"data/z": element}, root={}, files={**own, "store.zarr.txt": b"n"}))
    draft = near.open(path).edit()
    draft.set("data/z", "data_path", "in/z.zarr")
    draft.commit(force=True)
    assert files(near, path) == {
        "in/z.zarr/zarr.json": b"{}",
        "in/z.zarr/c/0": b"0",
        "store.zarr.txt": b"n",
    }


@pytest.mark.parametrize(
    ("new", "why"),
    [
        ("r1.fa", "reference/r1 has the file r1.fa"),
        ("R1.FA", "reference/r1 has the file r1.fa"),
        ("r1.fa.fai", "reference/r1"),
        ("r1.fa/x", "reference/r1"),
        ("taken.cram", "The object has the file taken.cram"),
        ("https://example.org/x.cram", ""),
        ("/elsewhere/x.cram", ""),
        ("data.zarr/data/d1", "archive"),
        ("a\nb", "control character"),
        ("../x.cram", ""),
        (None, ""),
        (5, ""),
    ],
)
def test_a_file_whose_new_name_is_not_possible_is_kept_with_a_note(
    near: Place, new: Any, why: str
) -> None:
    own = {**FILES, "taken.cram": b"taken"}
    path = near.put(keys_of(files=own))
    draft = near.open(path).edit()
    draft.set("data/d1", "data_path", new)
    (note,) = draft.notes
    assert note.startswith("d1.cram is not moved, and data/d1 no longer names it.")
    assert why in note
    draft.commit(force=True)
    assert files(near, path) == own
    unnamed = near.open(path).validate().of_code("file_unnamed")
    assert "d1.cram" in {one.slot for one in unnamed}


def test_correcting_a_path_that_named_no_file_moves_nothing(near: Place) -> None:
    wrong = {**ELEMENTS, "data/d1": {**ELEMENTS["data/d1"], "data_path": "gone.cram"}}
    path = near.put(keys_of(wrong))
    draft = near.open(path).edit()
    draft.set("data/d1", "data_path", "d1.cram")
    assert set(draft.diff()["slot"]) == {"data_path"}
    assert not draft.notes
    draft.commit()
    assert files(near, path) == FILES
    assert not near.open(path).validate()


def test_a_file_that_another_element_names_is_not_moved(local: Place) -> None:
    path = local.put(keys_of({**ELEMENTS, "data/too": dict(ELEMENTS["data/d1"])}))
    draft = local.open(path).edit()
    draft.set("data/d1", "data_path", "new.cram")
    draft.commit(force=True)
    assert files(local, path) == FILES


def test_an_attached_file_follows_a_changed_data_path(local: Place, tmp_path: Path) -> None:
    path = local.put()
    for name in ("x.vcf", "x.vcf.tbi"):
        (tmp_path / name).write_bytes(name.encode())
    draft = local.open(path).edit()
    draft.add("data/x", {"@type": "VariantSet"})
    draft.attach("data/x", tmp_path / "x.vcf")
    draft.set("data/x", "data_path", "in/y.vcf")
    for taken in ("d1.cram", "https://example.org/y.vcf"):
        with pytest.raises(AlreadyExistsError, match="undo the attach"):
            draft.set("data/x", "data_path", taken)
    draft.commit()
    assert files(local, path) == {**FILES, "in/y.vcf": b"x.vcf", "in/y.vcf.tbi": b"x.vcf.tbi"}


def test_moving_a_file_to_a_name_taken_since_is_a_conflict(near: Place) -> None:
    path = near.put()
    draft = near.open(path).edit()
    draft.set("data/d1", "data_path", "new.cram")
    near.write(path, "new.cram", b"of a colleague")
    with pytest.raises(ConflictError) as caught:
        draft.commit()
    assert files(near, path) == {**FILES, "new.cram": b"of a colleague"}
    draft.resolve(caught.value.conflicts, "mine")
    draft.commit()
    keys = files(near, path)
    assert (keys["new.cram"], keys["new-2.cram"]) == (b"of a colleague", FILES["d1.cram"])
    assert keys["new-2.cram.crai"] == FILES["d1.cram.crai"]
    assert "d1.cram" not in keys


def test_a_move_that_fails_at_the_root_moves_nothing(
    near: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = near.put()
    draft = near.open(path).edit()
    draft.set("data/d1", "data_path", "in/new.cram")
    storage = draft.modos[0].storage
    write = storage.write

    def failing(target: Any, data: bytes, **more: Any) -> str:
        if str(target) == "data.zarr/zarr.json":
            monkeypatch.setattr(storage, "write", write)
            raise OSError("disk full")
        return write(target, data, **more)

    monkeypatch.setattr(storage, "write", failing)
    with pytest.raises(OSError, match="disk full"):
        draft.commit()
    assert files(near, path) == FILES
    draft.commit()
    assert files(near, path) == MOVED


def test_a_change_set_contains_moves(near: Place) -> None:
    path = near.put()
    draft = near.open(path).edit()
    draft.set("data/d1", "data_path", "in/new.cram")
    again = Draft.from_json(draft.to_json(), near.open(path))
    assert again.diff().equals(draft.diff())
    again.commit()
    assert files(near, path) == MOVED
    with pytest.raises(ModosError):
        Draft.from_json(draft.to_json(), near.open(path)).commit()


@pytest.mark.parametrize("answer", ["mine", "theirs"])
def test_a_file_that_was_replaced_since_is_a_conflict(near: Place, answer: str) -> None:
    path = near.put()
    draft = near.open(path).edit()
    draft.set("data/d1", "data_path", "in/new.cram")
    near.write(path, "d1.cram", b"of a colleague, and longer")
    with pytest.raises(ConflictError, match=r"d1\.cram is now another file") as caught:
        draft.commit()
    draft.resolve(caught.value.conflicts, answer)  # type: ignore[arg-type]
    draft.commit()
    name = "in/new.cram" if answer == "mine" else "d1.cram"
    assert files(near, path)[name] == b"of a colleague, and longer"
    assert f"{name}.crai" in files(near, path)
    assert not near.open(path).validate().errors


def test_a_file_that_is_replaced_while_it_is_moved_is_kept(
    near: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = near.put()
    draft = near.open(path).edit()
    draft.set("data/d1", "data_path", "in/new.cram")
    storage = draft.modos[0].storage
    stream = storage.stream

    def after_someone(*args: Any, **options: Any) -> None:
        stream(*args, **options)
        near.write(path, "d1.cram", b"of a colleague, and longer")

    monkeypatch.setattr(storage, "stream", after_someone)
    draft.commit()
    kept = files(near, path)
    assert kept["d1.cram"] == b"of a colleague, and longer"
    assert kept["in/new.cram"] == FILES["d1.cram"]
