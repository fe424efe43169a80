"""New objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import modos_widgets
from modos_widgets.errors import (
    AlreadyExistsError,
)

if TYPE_CHECKING:
    from tests.modo.conftest import Place


def test_a_new_object_is_made_and_an_old_one_is_kept(place: Place) -> None:
    path = place.put()
    before = place.keys(path)
    options: dict[str, Any] = {"services": place.services, "s3_kwargs": place.s3_kwargs}
    with pytest.raises(AlreadyExistsError):
        modos_widgets.create_modo(path, **options)
    assert place.keys(path) == before
    made = modos_widgets.create_modo(f"{path}-new", name="A new one", **options)
    assert made.id == "study-new"
    assert made.metadata["study-new"]["name"] == "A new one"
    assert not made.validate()
    assert not made.files().size
    made.edit()
    draft = made.edit()
    draft.add("sample/s1", {"sex": "Male"})
    draft.commit()
    again = place.open(f"{path}-new", "r")
    assert again.metadata["sample/s1"] == {"@type": "Sample", "sex": "Male"}
