"""Queries as text: parsing, writing, toggling values, completions, code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from modos_widgets import Finder
from modos_widgets.errors import OptionError
from modos_widgets.finder import Condition, Query, Value
from modos_widgets.finder.query import OPERATORS
from tests.finder.objects import write

if TYPE_CHECKING:
    from pathlib import Path


@given(st.text(max_size=60))
def test_every_text_is_a_query_or_refused_with_a_hint(text: str) -> None:
    try:
        query = Query.parse(text)
    except OptionError as error:
        assert error.hint  # noqa: PT017 - either is fine
        return
    written = Query.of(query.conditions)
    assert Query.parse(str(written)) == query


@given(st.text(min_size=1, max_size=20).filter(str.strip))
def test_a_value_in_quotes_can_be_any_text(value: str) -> None:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    condition = f'sex:"{escaped}"'
    query = Query.parse("liver").toggled(condition)
    assert query.conditions[1].alternatives[0].text == value
    assert query.state(condition) == "included"
    assert Query.parse(str(query)) == query
    assert query.toggled(condition) == Query.parse("liver")


@given(st.text(min_size=1, max_size=12), st.sampled_from(["", "Sample"]), st.text(max_size=8))
def test_an_attribute_can_have_any_name(name: str, class_name: str, value: str) -> None:
    assume(name not in ("@type", *OPERATORS))
    condition = str(Condition(name, (Value("exact", value),), class_name=class_name))
    query = Query.parse("liver").toggled(condition)
    (found,) = query.conditions[1:]
    assert (found.field, found.class_name, found.alternatives[0].text) == (name, class_name, value)
    assert query.state(condition) == "included"
    assert Query.parse(str(query)) == query


def test_facets_of_odd_attributes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    odd = {
        'donor "age"': 40,
        "file": "x",
        "a:b": "c d",
        "": "e",
        "has": "f",
        "é.x": "g",
        "date": "h",
    }
    for number, kind in enumerate(("Sample", "AlignmentSet", "VariantSet")):
        group_name = "sample" if kind == "Sample" else "data"
        elements = {f"{group_name}/{kind}": {"@type": kind, **odd}}
        write(tmp_path / "objects", f"m{number}", elements)
    found = Finder(tmp_path / "objects")
    found.load()
    result = found.search("")
    for class_name in ("Sample", "DataEntity"):
        for facet in result.facets(class_name):
            for value in facet.values:
                if facet.slot in ("has", "date"):
                    continue  # words of the query language
                narrowed = found.search(value.condition)
                assert len(narrowed.of_class(class_name)) == value.count, value.condition


def test_values_of_one_attribute_are_alternatives() -> None:
    query = Query.parse("liver sex:Female")
    both = query.toggled('sex:"Male"')
    assert str(both) == 'liver sex:Female,"Male"'
    assert both.state("sex:Female") == both.state('sex:"Male"') == "included"
    assert str(both.toggled('sex:"Female"')) == 'liver sex:"Male"'
    excluded = both.toggled('sex:"Male"', excluded=True)
    assert str(excluded) == 'liver sex:Female -sex:"Male"'
    assert excluded.state("sex:Male") == "excluded"
    assert str(excluded.without("sex:Male").without("sex:Female")) == "liver"
    assert str(Query.parse("date:2024").toggled("date:2024")) == ""
    assert str(Query().toggled("age:10..<20").toggled("format:CRAM")) == "age:10..<20 format:CRAM"


@pytest.fixture
def finder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Finder:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    sample = {"@type": "Sample", "name": "One", "sex": "Female", "note": "two words"}
    write(tmp_path / "objects", "m1", {"sample/s1": sample}, name="Study")
    found = Finder(tmp_path / "objects")
    found.load()
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("se", "sex:"),
        ("liver -se", "liver -sex:"),
        ("sex:fe", "sex:Female"),
        ("sex:Male,fe", "sex:Male,Female"),
        ("has:err", "has:error"),
        ("is:fav", "is:favourite"),
        ("note:two", 'note:"two words"'),
        ("Sample.name:", "Sample.name:"),
    ],
)
def test_suggestions(finder: Finder, text: str, expected: str) -> None:
    found = finder.suggest(text)
    completed = [text[: each.start] + each.text + text[each.stop :] for each in found]
    assert any(each.startswith(expected) for each in completed)


def test_snippets_mark_the_words(finder: Finder) -> None:
    match = finder.search("words").matches()[0]
    assert match is not None
    assert (match.element, match.slot) == ("sample/s1", "note")
    assert match.snippet == (("two ", False), ("words", True))


def test_the_code_runs(finder: Finder) -> None:
    result = finder.search('sex:"Female"')
    names: dict[str, object] = {}
    exec(result.code(), names)  # noqa: S102 - our own code
    again = names["result"]
    assert again.paths == result.paths  # type: ignore[attr-defined]
