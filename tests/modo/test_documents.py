"""How metadata documents are written: in the style of what they replace."""

from __future__ import annotations

import json
from typing import Any

import pytest

from modos_widgets.modo.documents import encode

DOCUMENT: dict[str, Any] = {
    "attributes": {"name": 'Müller: "a, b"\n', "taxon_id": ["x", "y"], "none": {}, "n": 1.5},
    "zarr_format": 3,
    "node_type": "group",
}


@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("after", ["", "\n", " \r\n"])
@pytest.mark.parametrize("before", ["", "\n"])
@pytest.mark.parametrize(
    ("indent", "separators"),
    [
        (2, (",", ": ")),
        (4, (",", ": ")),
        ("\t", (",", ": ")),
        (0, (",", ": ")),
        (1, (",", ":")),
        (2, (",", " : ")),
        (None, (", ", ": ")),
        (None, (",", ":")),
    ],
)
def test_a_document_keeps_the_style_of_the_one_that_it_replaces(
    indent: Any, separators: Any, before: str, after: str, *, ascii_only: bool
) -> None:
    text = json.dumps(DOCUMENT, indent=indent, separators=separators, ensure_ascii=ascii_only)
    like = (before + text + after).encode()
    assert encode(DOCUMENT, like) == like
    changed = {**DOCUMENT, "zarr_format": 4}
    new = encode(changed, like)
    assert new == like[:-60] + like[-60:].replace(b"3", b"4")
    assert encode(DOCUMENT, new) == like
    windows = like.replace(b"\r", b"").replace(b"\n", b"\r\n")
    if indent is not None:
        assert encode(DOCUMENT, windows) == windows


def test_half_a_character_that_was_stored_stays_escaped() -> None:
    like = '{\n "é": "\\ud800",\n "zarr_format": 3\n}\n'.encode()
    again = encode(json.loads(like), like)
    assert json.loads(again) == json.loads(like)


def test_a_number_beyond_floats_stays_a_number() -> None:
    like = b'{\n  "a": 1E400,\n  "b": -1e999,\n  "c": "Infinity, \\"-Infinity\\"",\n  "d": "old"\n}'
    again = encode({**json.loads(like), "d": "new"}, like)
    strict = json.loads(again, parse_constant=pytest.fail)
    assert strict == {**json.loads(like), "d": "new"}
    words = b'{\n  "a": Infinity,\n  "b": -Infinity\n}'  # of somebody who writes them so
    assert encode(json.loads(words), words) == words


def test_without_an_example_a_document_is_written_as_zarr_does() -> None:
    assert encode(DOCUMENT) == json.dumps(DOCUMENT, indent=2).encode()
    assert encode(DOCUMENT, b"") == json.dumps(DOCUMENT, indent=2).encode()
