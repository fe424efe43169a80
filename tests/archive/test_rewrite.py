"""How metadata documents are written: in the style of what they replace."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modos_widgets.archive import encode_document, rewrite_document, with_attributes, with_entries

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
    assert encode_document(DOCUMENT, like) == like
    changed = {**DOCUMENT, "zarr_format": 4}
    new = encode_document(changed, like)
    assert new == like[:-60] + like[-60:].replace(b"3", b"4")
    assert encode_document(DOCUMENT, new) == like
    assert rewrite_document(changed, like) == new
    assert rewrite_document({**DOCUMENT, "attributes": {"b": {}, "a": 1}}, like) == encode_document(
        {**DOCUMENT, "attributes": {"b": {}, "a": 1}}, like
    )
    windows = like.replace(b"\r", b"").replace(b"\n", b"\r\n")
    if indent is not None:
        assert encode_document(DOCUMENT, windows) == windows
        more = {**changed, "attributes": {**DOCUMENT["attributes"], "more": {"a": [1]}}}
        assert rewrite_document(more, windows) == encode_document(more, windows)


def test_half_a_character_that_was_stored_stays_escaped() -> None:
    like = '{\n "é": "\\ud800",\n "zarr_format": 3\n}\n'.encode()
    again = encode_document(json.loads(like), like)
    assert json.loads(again) == json.loads(like)


def test_a_number_beyond_floats_stays_a_number() -> None:
    like = b'{\n  "a": 1E400,\n  "b": -1e999,\n  "c": "Infinity, \\"-Infinity\\"",\n  "d": "old"\n}'
    again = encode_document({**json.loads(like), "d": "new"}, like)
    strict = json.loads(again, parse_constant=pytest.fail)
    assert strict == {**json.loads(like), "d": "new"}
    words = b'{\n  "a": Infinity,\n  "b": -Infinity\n}'  # of somebody who writes them so
    assert encode_document(json.loads(words), words) == words


def test_without_an_example_a_document_is_written_as_zarr_does() -> None:
    assert encode_document(DOCUMENT) == json.dumps(DOCUMENT, indent=2).encode()
    assert encode_document(DOCUMENT, b"") == json.dumps(DOCUMENT, indent=2).encode()


ODD = rb"""{ "attributes": {
   "dose": 1.50, "tiny": 1e-400, "count": 9007199254740993.0, "zero": -0, "beyond": 1E400,
   "url": "http:\/\/x.org\/\u00e9\ud800", "axes": [1, 2,
     3.0e0], "inner": {"a": 1.00,"b" : 2e0}, "name": "old"},
  "zarr_format": 3, "node_type": "group" }
"""


def odd(**changes: Any) -> bytes:
    document = json.loads(ODD)
    kept = {name: value for name, value in document["attributes"].items() if name != "gone"}
    return rewrite_document(with_attributes(document, kept | changes), ODD)


def test_unchanged_members_keep_their_bytes() -> None:
    assert odd() == ODD
    assert odd(name="new") == ODD.replace(b'"old"', b'"new"')
    assert odd(dose=1.5) == ODD  # the same number
    assert odd(dose=1) == ODD.replace(b"1.50", b"1")
    assert odd(inner={"a": 1.0, "b": 3}) == ODD.replace(b"2e0", b"3")
    assert odd(more=True) == ODD.replace(b'"old"}', b'"old", "more": true}')


def test_added_and_removed_members_move_no_others() -> None:
    document = json.loads(ODD)
    attributes = dict(document["attributes"])
    del attributes["tiny"], attributes["name"]
    again = rewrite_document(with_attributes(document, attributes), ODD)
    assert again == ODD.replace(b' "tiny": 1e-400,', b"").replace(b', "name": "old"', b"")
    empty = rewrite_document(with_attributes(document, {}), ODD)
    assert json.loads(empty) == {**document, "attributes": {}}
    filled = rewrite_document(with_attributes(json.loads(empty), {"a": 1}), empty)
    assert json.loads(filled) == {**document, "attributes": {"a": 1}}


def test_a_root_keeps_the_spelling_of_every_other_node() -> None:
    node = {**json.loads(ODD), "attributes": {"name": "new"}}
    root = b"""{"zarr_format": 3, "consolidated_metadata": {
        "kind": "inline", "must_understand": false, "metadata": {"a/b": %b, "a/c": %b}}}"""
    before = root % (ODD.strip(), ODD.strip())
    parsed = json.loads(before)
    for said in (None, parsed):
        after = rewrite_document(with_entries(parsed, {"a/c": node}), before, said)
        assert after.count(b"1.50, ") == 1
        assert after.startswith(before[: before.index(b'"a/c"')])


def test_a_duplicate_name_is_read_as_python_reads_it() -> None:
    before = b'{"a": 1.50, "b": {"c": 1}, "b": {"c": 2.0, "d": 3.00}, "a": {"x": 1}, "a": 2.50}'
    changed = {**json.loads(before), "b": {"c": 5, "d": 3.0}}
    assert rewrite_document(changed, before) == b'{"a": 2.50, "b": {"c": 5, "d": 3.00}}'
    assert rewrite_document(changed, before, json.loads(before)) == rewrite_document(
        changed, before
    )


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_document_in_another_encoding_is_rewritten_as_a_whole(encoding: str) -> None:
    before = json.dumps(DOCUMENT).encode(encoding)
    changed = {**DOCUMENT, "zarr_format": 4}
    assert json.loads(rewrite_document(changed, before)) == changed
    assert json.loads(rewrite_document(changed, before, json.loads(before))) == changed


GAPS = st.sampled_from(["", " ", "\n  ", "\r\n\t"])
NAMES = st.sampled_from(['"a"', '"b"', '"\\u00fc"', '"ü"', '"c,\\"}"'])
SPELLINGS = [
    "1",
    "1.0",
    "true",
    "1.50",
    "1E+2",
    "-0.0",
    "9007199254740993.0",
    '"\\u00e9\\/"',
    '"a,b}"',
    "null",
]


def objects(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    members = st.tuples(GAPS, NAMES, GAPS, st.just(":"), GAPS, values, GAPS).map("".join)
    return st.lists(members, max_size=4).map(lambda some: "{" + ",".join(some) + "}")


def lists(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(values, max_size=3).map(lambda some: "[" + ", ".join(some) + "]")


VALUES = st.recursive(
    st.sampled_from(SPELLINGS), lambda values: objects(values) | lists(values), max_leaves=12
)


def mixed(old: Any, new: Any) -> Any:
    """Take members of both; those that the new one says to be nothing go."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return new
    both = {**old, **{name: mixed(old.get(name), value) for name, value in new.items()}}
    return {name: value for name, value in both.items() if value is not None}


@given(objects(VALUES), objects(VALUES))
def test_a_rewritten_document_has_the_new_values_and_keeps_the_rest(
    before: str, change: str
) -> None:
    old = json.loads(before)
    new = mixed(old, json.loads(change))
    for said in (None, old):
        after = json.loads(rewrite_document(new, before.encode(), said))
        assert json.dumps(after, sort_keys=True) == json.dumps(new, sort_keys=True)
    assert json.loads(rewrite_document(old, before.encode()), parse_float=str) == json.loads(
        before, parse_float=str
    )
