"""Names and values are found while names are still coming in, in little memory."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modos_widgets.errors import CancelledError
from modos_widgets.explore import open_source, search
from modos_widgets.explore.name_index import NameIndex
from modos_widgets.explore.search import MOST_ROWS, Found, Searcher, with_parents
from modos_widgets.explore.value_index import MOST_BYTES, ValueIndex
from modos_widgets.folding import folded
from tests.explore.stores import group_document, make_counts, make_wide

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


def test_a_search_can_be_cancelled_and_resumed(tmp_path: Path) -> None:
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
    wanted = folded(text).replace("\n", " ")
    if "/" in wanted:
        return
    expected = [
        place + 1 for place, name in enumerate(names) if wanted in folded(name).replace("\n", " ")
    ]
    assert list(index.search(text)) == expected
    assert [index.name(place + 1) for place in range(len(names))] == names


def test_accents_and_case_make_no_difference(tmp_path: Path) -> None:
    (tmp_path / "Zürich").mkdir()
    (tmp_path / "zarr.json").write_bytes(group_document())
    (tmp_path / "Zürich" / "zarr.json").write_bytes(group_document(cell="Größe, naïve T-Zelle"))
    source = open_source(tmp_path)
    for text in ("zurich", "ZÜRICH", "Zu\u0308rich", "grosse", "naive t", "NAÏVE", "\u0301"):
        assert last(source, text).paths == ["Zürich"], text
    assert last(source, "zuerich").paths == []


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


def make_named(folder: Path, number: int) -> NodeSource:
    """Make a group of groups that each have a value, which no root document tells of."""
    folder.mkdir(parents=True)
    (folder / "zarr.json").write_bytes(group_document())
    for place in range(number):
        child = folder / f"n{place:06}"
        child.mkdir()
        (child / "zarr.json").write_bytes(group_document(cell=f"Cell {place}"))
    return open_source(folder)


@pytest.mark.parametrize("most", [MOST_BYTES, 2000], ids=["kept", "more than is kept"])
def test_every_value_is_searched_streamed_and_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(search, "ValueIndex", lambda: ValueIndex(most))
    source = make_named(tmp_path / "x.zarr", 6000)  # more than were searched once
    searcher = Searcher(source)
    found = list(searcher.search("cell 59", lambda: None))
    assert (found[-1].matches, found[-1].attributes) == (111, True)  # 59, 590 to 599, 5900 to 5999
    assert found[-1].paths[:2] == ["n000059", "n000590"]
    steps = [each.read for each in found if each.read]
    assert steps == sorted(steps)
    assert len(steps) > 6000 // 256  # told step by step
    first = next(each for each in found if each.matches)
    assert first.read < 1000
    assert searcher._values.bytes_held < most + 256 * 40
    assert len(source._facts) < 10  # the rows in sight keep their place
    read = 0
    read_many = source.reader.read_many

    def count(keys: list[str], most: int | None = None) -> object:
        nonlocal read
        read += len(keys)
        return read_many(keys, most)

    monkeypatch.setattr(source.reader, "read_many", count)
    assert list(searcher.search("cell 59", lambda: None))[-1].matches == 111
    assert read < 300 if most == MOST_BYTES else read > 5000  # bounded memory is paid in reading


def test_over_a_network_many_values_are_read_only_on_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = make_named(tmp_path / "x.zarr", 1000)
    monkeypatch.setattr(source.reader, "remote", True)
    monkeypatch.setattr(search, "MOST_READ_REMOTE", 300)
    searcher = Searcher(source)
    some = list(searcher.search("cell 9", lambda: None, everything=False))[-1]
    assert (some.attributes, some.complete) == (False, True)
    assert 300 <= some.read < 600
    whole = list(searcher.search("cell 9", lambda: None))[-1]
    assert (whole.attributes, whole.matches, whole.read) == (True, 111, 1001)


@pytest.mark.parametrize(
    ("remote", "batches"), [(True, [256, 256, 512, 977]), (False, [256] * 7 + [209])]
)
def test_values_over_a_network_are_read_in_growing_batches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batches: list[int], *, remote: bool
) -> None:
    source = make_named(tmp_path / "x.zarr", 2000)
    monkeypatch.setattr(source.reader, "remote", remote)
    sizes: list[int] = []
    describe = source.describe

    def counted(paths: list[str], **options: bool) -> object:
        sizes.append(len(paths))
        return describe(paths, **options)

    monkeypatch.setattr(source, "describe", counted)
    assert list(Searcher(source).search("cell 1999", lambda: None))[-1].matches == 1
    assert [size for size in sizes if size > 1] == batches


def test_a_match_by_name_and_by_value_is_one_match(tmp_path: Path) -> None:
    make_wide(tmp_path / "x.zarr", 2)
    (tmp_path / "x.zarr" / "n000001" / "zarr.json").write_bytes(group_document(name="n000001"))
    found = last(open_source(tmp_path / "x.zarr"), "n000001")
    assert (found.matches, found.paths) == (1, ["n000001"])


def test_refreshing_while_a_search_runs_ends_neither(tmp_path: Path) -> None:
    source = make_named(tmp_path / "x.zarr", 600)
    searcher = Searcher(source)
    running = searcher.search("cell", lambda: None)
    while next(running).read < 256:
        pass
    source.refresh()
    searcher.forget()
    assert list(running)[-1].matches == 600
    assert list(searcher.search("cell", lambda: None))[-1].matches == 600


def test_values_are_found_whole_and_in_order() -> None:
    values = ValueIndex()
    for node, text in enumerate(["", "tumor\nleft", "", "left\0lung", "tumor"]):
        values.add(node, text)
    assert values.covered == 5
    assert list(values.search("left", 0, values.end)) == [1, 3]
    assert list(values.search("tumor", 0, values.end)) == [1, 4]
    assert list(values.search("left lung", 0, values.end)) == [3]
    assert list(values.search("lungtumor", 0, values.end)) == []
