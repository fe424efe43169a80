"""Names and values are found while names are still coming in, in little memory."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modos_widgets.errors import CancelledError
from modos_widgets.explore import open_source
from modos_widgets.explore.name_index import NameIndex
from modos_widgets.explore.search import MOST_ROWS, Found, Searcher, with_parents
from tests.explore.stores import make_counts, make_wide

if TYPE_CHECKING:
    from pathlib import Path

    from modos_widgets.explore import NodeSource


def last(source: NodeSource, text: str) -> Found:
    found = list(Searcher(source).search(text, lambda: None))
    return found[-1]


@pytest.mark.parametrize("refreshed", [False, True], ids=["consolidated", "listed"])
@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("S1", ["sample/s1"]),
        ("count", ["data/counts"]),
        ("sample/s", ["sample/s0", "sample/s1", "sample/s2"]),
        ("counts/data", ["data/counts/data"]),
        ("HEPATO", ["sample/s0", "sample/s1", "sample/s2"]),
        ("tumor 2", ["sample/s2"]),
        ("nowhere", []),
        ("c/0", []),
    ],
)
def test_names_paths_and_values_are_found(
    tmp_path: Path, text: str, paths: list[str], *, refreshed: bool
) -> None:
    make_counts(tmp_path / "data.zarr")
    source = open_source(tmp_path / "data.zarr")
    if refreshed:
        source.refresh()
    found = last(source, text)
    assert sorted(found.paths) == paths
    assert found.matches == len(paths)
    assert (found.searched, found.complete, found.attributes) == (13, True, True)


def test_matches_stand_in_tree_order_below_their_parents() -> None:
    assert with_parents(["b/x", "a/y/z"]) == [
        ("", False),
        ("a", False),
        ("a/y", False),
        ("a/y/z", True),
        ("b", False),
        ("b/x", True),
    ]


def test_many_matches_are_counted_and_the_first_are_given(tmp_path: Path) -> None:
    make_wide(tmp_path / "x.zarr", 1500)
    found = last(open_source(tmp_path / "x.zarr"), "n0")
    assert (found.matches, len(found.paths)) == (1500, MOST_ROWS)


def test_a_search_can_be_cancelled_and_taken_up_again(tmp_path: Path) -> None:
    make_wide(tmp_path / "x.zarr", 300)
    searcher = Searcher(open_source(tmp_path / "x.zarr"))
    checks = 0

    def check() -> None:
        nonlocal checks
        checks += 1
        if checks == 3:
            raise CancelledError("enough")

    with pytest.raises(CancelledError):
        list(searcher.search("n0", check))
    assert list(searcher.search("n0002", lambda: None))[-1].matches == 100


@given(st.lists(st.text(min_size=1, max_size=8), unique=True, max_size=30), st.text(max_size=3))
def test_the_index_finds_what_python_finds(names: list[str], text: str) -> None:
    index = NameIndex()
    index.add(0, names)
    wanted = text.casefold().replace("\n", " ")
    if "/" in wanted:
        return
    expected = [
        place + 1
        for place, name in enumerate(names)
        if wanted in name.casefold().replace("\n", " ")
    ]
    assert list(index.search(text)) == expected
    assert [index.name(place + 1) for place in range(len(names))] == names


def test_a_million_names_are_small_and_quick() -> None:
    index = NameIndex()
    for group in range(1000):
        (number,) = (index.add(0, [f"group_{group:04}"]),)
        index.add(number, (f"sample_{group:04}_{place:04}" for place in range(999)))
    assert len(index) == 1_000_000
    assert index.bytes_held / len(index) < 100
    begin = time.process_time()
    assert len(list(index.search("0777_0042"))) == 1
    assert time.process_time() - begin < 0.2
