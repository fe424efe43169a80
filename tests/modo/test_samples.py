"""The demo's objects, and a real one where it is at hand, through check, commit and undo."""

from __future__ import annotations

import json
import os
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import modos_widgets
from modos_widgets.demo.faults import SEEDED_FAULTS
from modos_widgets.demo.study import sample_objects
from tests.modo.objects import put_local

REAL = Path(os.environ.get("MODOS_EXAMPLE", Path(__file__).parents[3] / "shared/data/ex"))


@cache
def contents() -> dict[str, dict[str, bytes]]:
    return {one.path: one.contents() for one in sample_objects()}


@pytest.fixture
def cohort(tmp_path: Path) -> dict[str, Path]:
    """Put every sample object, and the real one where it is, on the local disk."""
    folder = tmp_path / "cohort"
    found = {name: put_local(folder / name, keys) for name, keys in contents().items()}
    if REAL.is_dir():
        real = folder / "real"
        shutil.copytree(REAL, real)
        for path in (real, *real.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        found["real"] = real
    return found


def bytes_of(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_exactly_the_seeded_faults_are_found(cohort: dict[str, Path]) -> None:
    found = set()
    for name, folder in cohort.items():
        modo = modos_widgets.open_modo(folder)
        for one in modo.validate(checksums=True) if name != "real" else ():
            element = "" if one.element == modo.root_element else one.element
            if one.code == "file_unnamed":
                found.add((name, one.slot, "", one.code))
            else:
                found.add((name, element, one.slot, one.code))
    assert found == {tuple(fault) for fault in SEEDED_FAULTS}


def test_a_commit_changes_only_what_was_changed(cohort: dict[str, Path]) -> None:
    for name, folder in cohort.items():
        before = bytes_of(folder)
        modo = modos_widgets.open_modo(folder, mode="r+")
        modo.edit().commit()
        assert bytes_of(folder) == before, name
        element = modo.hierarchy.elements()[0].path
        draft = modo.edit()
        draft.set(element, "description", "Changed")
        commit = draft.commit()
        after = bytes_of(folder)
        node = f"data.zarr/{element}/zarr.json"
        assert {key for key in after if after[key] != before.get(key)} == {
            node,
            "data.zarr/zarr.json",
        }, name
        old, new = (json.loads(keys["data.zarr/zarr.json"]) for keys in (before, after))
        new["attributes"]["last_update_date"] = old["attributes"]["last_update_date"]
        copy: Any = new["consolidated_metadata"]["metadata"][element]["attributes"]
        assert copy.pop("description") == "Changed"
        old["consolidated_metadata"]["metadata"][element]["attributes"].pop("description", None)
        assert new == old
        commit.undo()
        taken_back = bytes_of(folder)
        date = old["attributes"]["last_update_date"].encode()
        now = json.loads(taken_back["data.zarr/zarr.json"])["attributes"]["last_update_date"]
        root = taken_back.pop("data.zarr/zarr.json").replace(now.encode(), date)
        assert {**taken_back, "data.zarr/zarr.json": root} == before, name


def test_the_faults_of_a_cohort_are_fixed_in_one_commit(
    cohort: dict[str, Path],
) -> None:
    folders = list(cohort.values())
    draft = modos_widgets.edit(folders)
    fixable = len(draft.validate().fixable)
    assert fixable >= 14
    assert draft.apply_fixes() == fixable
    assert not draft.validate().fixable
    before = draft.diff()
    commit = draft.commit("Mended")
    assert len(commit.diff) == len(before)
    left = modos_widgets.edit(folders).validate()
    expected = {("assay/wgs", "omics_type", "missing")}
    if "real" in cohort:  # a demo object has its id too: no fix can tell which should have another
        expected.add(("ex", "id", "duplicate_id"))
    assert {(one.element, one.slot, one.code) for one in left} == expected
