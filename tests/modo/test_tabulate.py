"""The table of an object's metadata: the same whatever the rows look like."""

from __future__ import annotations

import random
from typing import Any

import pytest

from modos_widgets.modo.metadata_frame import frame_of

VALUES: tuple[Any, ...] = (
    "text", 1, 1.0, True, None, [], ["a"], ["a", ["b"]], {"k": ["v"]}, [{"k": 1}], "", 2**70,
)  # fmt: skip
SLOTS = ("@type", "name", "sex", "taxon_id", "has_data", "extra")


def metadata(kind: str, chance: random.Random) -> dict[str, dict[str, Any]]:
    """Make elements whose attributes are alike, in a few blocks, or of every kind."""
    blocks = {"alike": 1, "blocks": 4, "mixed": 60}[kind]
    found: dict[str, dict[str, Any]] = {}
    for block in range(blocks):
        slots = chance.sample(SLOTS, chance.randint(0, len(SLOTS)))
        for number in range(60 // blocks):
            found[f"sample/s{block}-{number}"] = {slot: chance.choice(VALUES) for slot in slots}
    return found


@pytest.mark.parametrize("kind", ["alike", "blocks", "mixed"])
@pytest.mark.parametrize("seed", range(5))
def test_a_table_contains_the_values_of_the_rows(kind: str, seed: int) -> None:
    rows = metadata(kind, random.Random(seed))  # noqa: S311 - no secret
    frame = frame_of(rows)
    slots = dict.fromkeys(("@type", *(slot for row in rows.values() for slot in row)))
    assert list(frame.columns) == list(slots)
    assert list(frame.index) == list(rows)
    assert frame.index.name == "element"
    assert {*map(str, frame.dtypes), str(frame.index.dtype)} == {"object"}
    for slot in slots:
        expected = [row.get(slot) for row in rows.values()]
        assert repr(frame[slot].tolist()) == repr(expected)
    for row in rows.values():
        for slot, value in row.items():
            assert not isinstance(value, list | dict) or all(
                value is not shown for shown in frame[slot]
            )


def test_an_empty_table_has_only_the_class_column() -> None:
    frame = frame_of({})
    assert list(frame.columns) == ["@type"]
    assert not len(frame)
