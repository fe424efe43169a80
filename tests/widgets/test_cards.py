"""Cards: what terms and linked elements are, in each widget that shows values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from modos_widgets import ArrayPreview, History, MetadataTable, browse, create_modo, open_modo
from modos_widgets.modo import describe_term
from modos_widgets.widgets.slot_values import value_chips
from tests.parts.asked import Asked
from tests.parts.places import wait_until

if TYPE_CHECKING:
    from pathlib import Path

BLOOD = "http://purl.obolibrary.org/obo/UBERON_0000178"


def cards(widget: Any, kind: str, *values: str, **rest: Any) -> list[dict[str, Any]]:
    answer = Asked(widget)("cards", kind=kind, values=list(values), **rest)
    found: list[dict[str, Any]] = answer["cards"]
    return found


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "study"
    draft = create_modo(path, name="Study").edit()
    sample = {
        "name": "<b>one</b>",
        "sex": "Male",
        "source_material": BLOOD,
        "collector": ["a", "b"],
    }
    draft.add("sample/s1", sample)
    draft.add("assay/a", {"name": "x", "has_sample": ["sample/s1", "sample/gone"]})
    draft.commit(force=True)
    return path


@pytest.fixture(params=["table", "frame", "browser", "preview", "history"])
def widget(request: pytest.FixtureRequest, study: Path) -> Any:
    if request.param == "browser":
        found: Any = browse(study)
        wait_until(lambda: found._shown["object"])
        return found
    modo = open_modo(study, mode="r+")
    if request.param == "frame":
        return MetadataTable(modo.frame())
    kinds = {"table": MetadataTable, "preview": ArrayPreview, "history": History}
    return kinds[request.param](modo)


def test_a_card_states_what_an_element_is(widget: Any) -> None:
    found, gone = cards(widget, "element", "sample/s1", "sample/gone")
    assert (found["title"], found["about"]) == ("<b>one</b>", "Sample · sample/s1")
    assert (found["value"], found["exists"]) == ("sample/s1", True)
    assert dict(found["rows"]) == {"sex": "Male", "source_material": BLOOD, "collector": "a, b"}
    assert found["chips"] == {BLOOD: [("term", "blood", "UBERON:0000178", BLOOD)]}
    assert (gone["title"], gone["exists"], gone["rows"]) == ("sample/gone", False, [])


def test_the_card_of_a_term_resolves_a_compact_uri(widget: Any) -> None:
    known, unknown, other = cards(widget, "term", "uberon:0000178", "UBERON:9999999", "x" * 300)
    assert known["title"] == "blood"
    assert known["about"] == "UBERON · UBERON:0000178"
    assert known["rows"] == [("URI", BLOOD)]
    assert unknown["title"] == "UBERON:9999999"
    assert unknown["rows"] == [("URI", BLOOD.replace("0000178", "9999999"))]
    assert (other["title"], other["about"]) == ("x" * 200, "")
    assert describe_term("http://purl.obolibrary.org/obo/MONDO_0005148").curie == "MONDO:0005148"


def test_links_of_several_objects_lead_into_their_own(tmp_path: Path) -> None:
    modos = []
    for name in ("a", "b"):
        draft = create_modo(tmp_path / name, name=name).edit()
        draft.add("sample/s", {"name": f"of {name}"})
        draft.commit(force=True)
        modos.append(open_modo(tmp_path / name))
    table = MetadataTable(modos)
    position = table.frame.index.get_loc((str(tmp_path / "b"), "sample/s"))
    [card] = cards(table, "element", "sample/s", position=position)
    assert card["title"] == "of b"
    path = str(tmp_path / "a")
    [card] = cards(table, "element", "sample/s", object=path)
    assert card["title"] == "of a"
    Asked(table)("follow", target="sample/s", object=path)
    assert table.value == (path, "sample/s")
    table.source = pd.DataFrame({"x": [1]})
    assert [each["exists"] for each in cards(table, "element", "sample/s")] == [False]


def test_a_draft_is_shown_as_it_is(study: Path) -> None:
    browser: Any = browse(study)
    wait_until(lambda: browser._shown["object"])
    Asked(browser)("edit", paths=[str(study)], propose=False)
    with browser.table.changing():
        browser.table.draft.add("sample/new", {"name": "new"})
        browser.table.draft.remove("sample/s1")
    assert [each["exists"] for each in cards(browser, "element", "sample/new", "sample/s1")] == [
        True,
        False,
    ]


def test_a_link_of_the_preview_selects_in_the_browser(study: Path) -> None:
    browser: Any = browse(study)
    wait_until(lambda: browser._shown["object"])
    browser.session.select("assay/a")
    facts = Asked(browser.preview)("facts", path="assay/a")
    parts = facts["chips"]["sample/s1, sample/gone"]
    assert [part[:2] for part in parts] == [("element", "sample/s1"), ("element", "sample/gone")]
    browser.preview.path = "sample/s1"
    assert browser.session.selected == "sample/s1"
    assert browser.tree.value == "sample/s1"


def test_long_lists_have_a_bound() -> None:
    [chips] = value_chips(
        [("has_sample", [f"sample/{n}" for n in range(3000)])], {"has_sample"}
    ).values()
    assert len(chips) == 51
    assert chips[-1][:2] == ("text", "+2,950")
    assert value_chips([("name", "sample/s1"), ("has_sample", None)], {"has_sample"}) == {}
