"""Changes as a text that a colleague reviews and applies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from modos_widgets.errors import (
    AlreadyExistsError,
    ConflictError,
    OptionError,
    StorageError,
)
from modos_widgets.modo.draft import Draft
from tests.modo.objects import ELEMENTS, ROOT, keys_of

if TYPE_CHECKING:
    from pathlib import Path

    from modos_widgets.modo.object import Modo
    from tests.modo.conftest import Place


@pytest.fixture
def modo(local: Place) -> Modo:
    return local.open(local.put())


def test_a_change_set_is_reviewed_and_applied_by_a_colleague(local: Place, tmp_path: Path) -> None:
    path = local.put()
    (tmp_path / "v.vcf").write_bytes(b"v")
    draft = local.open(path, "r").edit()
    draft.set("sample/s1", "sex", "Female")
    draft.unset("sample/s2", "name")
    draft.add("data/v", {"@type": "VariantSet"})
    draft.attach("data/v", tmp_path / "v.vcf")
    draft.remove("reference/r1")
    text = draft.to_json()
    assert json.loads(text)["format"] == "modos_widgets.changes"
    other = Draft.from_json(text, local.open(path))
    assert other.diff().to_dict("records") == draft.diff().to_dict("records")
    other.commit("Reviewed")
    metadata = local.open(path).metadata
    assert metadata["sample/s1"]["sex"] == "Female"
    assert "reference/r1" not in metadata
    assert local.keys(path)["v.vcf"] == b"v"
    again = Draft.from_json(text, local.open(path))
    with pytest.raises((ConflictError, AlreadyExistsError)):
        again.commit()
    (tmp_path / "v.vcf").write_bytes(b"another")
    with pytest.raises(StorageError, match="not the file"):
        Draft.from_json(text, local.open(path))


def test_a_change_set_meets_what_changed_since(local: Place) -> None:
    path = local.put()
    draft = local.open(path).edit()
    draft.set("sample/s1", "name", "Mine")
    text = draft.to_json()
    theirs = local.open(path).edit()
    theirs.set("sample/s1", "name", "Theirs")
    theirs.commit()
    with pytest.raises(ConflictError, match="Theirs"):
        Draft.from_json(text, local.open(path)).commit()


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{}", '{"format": "x", "version": 1, "objects": []}',
     '{"format": "modos_widgets.changes", "version": 9, "objects": []}',
     '{"format": "modos_widgets.changes", "version": 1, "objects": [{}]}',
     '{"format": "modos_widgets.changes", "version": 1, "objects": [{"path": 1, "cells": []}]}'],
)  # fmt: skip
def test_a_text_that_is_no_change_set_is_refused(modo: Modo, text: str) -> None:
    with pytest.raises(OptionError):
        Draft.from_json(text, modo)


def test_opening_draws_no_line_between_writing_and_reading(local: Place) -> None:
    path = local.put(keys_of({**ELEMENTS}, root=ROOT))
    reading = local.open(path, "r")
    draft = reading.edit()
    draft.set("sample/s1", "sex", "Female")
    Draft.from_json(draft.to_json(), local.open(path)).commit()
    assert reading.refresh()
    assert reading.metadata["sample/s1"]["sex"] == "Female"
