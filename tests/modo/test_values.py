"""What a cell may hold, and how it is stored."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from modos_widgets.errors import (
    OptionError,
)
from tests.modo.objects import ELEMENTS, keys_of

if TYPE_CHECKING:
    from modos_widgets.modo.object import Modo
    from tests.modo.conftest import Place


@pytest.fixture
def modo(local: Place) -> Modo:
    return local.open(local.put())


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        "\ud800",
        ["\udfff"],
        {"a": {"\ud800": 1}},
        {1: 2},
        object(),
        b"bytes",
        {1, 2},
        "x" * (1024 * 1024 + 1),
        np.float32("nan"),
        None.__class__,
    ],
)
def test_values_that_json_cannot_represent_are_refused(modo: Modo, value: Any) -> None:
    draft = modo.edit()
    with pytest.raises(OptionError) as caught:
        draft.set("sample/s1", "name", value)
    assert caught.value.hint
    assert not draft


def test_a_value_that_contains_itself_is_refused(modo: Modo) -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(OptionError, match="deep"):
        modo.edit().set("sample/s1", "name", endless)


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ("x" * (1024 * 1024), "x" * (1024 * 1024)),
        (np.int64(3), 3),
        (np.bool_(1), True),
        (np.array([1.5, 2.5]), [1.5, 2.5]),
        (("a", "b"), ["a", "b"]),
        (dt.datetime(2024, 1, 2, tzinfo=dt.UTC), "2024-01-02T00:00:00+00:00"),
        (dt.date(2024, 1, 2), "2024-01-02"),
        (None, None),
        (2**70, 2**70),
        ("\U0001d4b3 \u202e <b>", "\U0001d4b3 \u202e <b>"),
    ],
)
def test_values_are_converted_to_json_types(
    local: Place, modo: Modo, value: Any, stored: Any
) -> None:
    draft = modo.edit()
    draft.set("sample/s1", "note", value)
    draft.commit(force=True)
    found = local.open(modo.path).metadata["sample/s1"]["note"]
    assert found == stored
    assert type(found) is type(stored)


def test_one_and_true_are_not_the_same_value(modo: Modo) -> None:
    draft = modo.edit()
    draft.set("sample/s1", "count", 1)
    draft.set("sample/s1", "count", True)  # noqa: FBT003
    assert draft.current("sample/s1", "count") is True
    assert len(draft) == 1


def test_stored_values_that_json_cannot_represent_are_kept(local: Place) -> None:
    odd = {"@type": "Sample", "nan": float("nan"), "half": "\ud800", "big": 2**70, "deep": [[1.0]]}
    path = local.put(keys_of({**ELEMENTS, "sample/odd": odd}))
    modo = local.open(path)
    codes = {one.slot for one in modo.validate().of_code("not_portable")}
    assert codes == {"nan", "half"}
    draft = modo.edit()
    draft.set("sample/odd", "name", "x")
    draft.commit()
    stored: dict[str, Any] = json.loads(local.keys(path)["data.zarr/sample/odd/zarr.json"])
    del stored["attributes"]["name"]
    assert json.dumps(stored["attributes"]) == json.dumps(odd)
