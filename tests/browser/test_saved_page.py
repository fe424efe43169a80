"""A saved page, opened from the disk with the network cut."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from playwright.sync_api import expect

from modos_widgets import create_modo, edit, open_modo, page
from modos_widgets.widgets.table.data_source import DraftSource
from modos_widgets.widgets.table.rows import Rows
from tests.parts.table_parts import request as asked
from tests.parts.watched_page import WatchedPage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Locator

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

CORPUS = [
    "<img src=x onerror=window.hit=1>",
    "</script><script>window.hit=1</script>",
    "<svg/onload=window.hit=1>",
    "javascript:window.hit=1",
    "\"><iframe srcdoc='<script>parent.hit=1</script>'>",
    "<a href=javascript:hit=1>x</a>",
    "<style>*{display:none}</style>",
    "\u202egnp.exe",
]


@pytest.fixture
def opened(chromium: Browser) -> Iterator[WatchedPage]:
    """Return a page without a network."""
    context = chromium.new_context(offline=True, viewport={"width": 1400, "height": 900})
    watched = WatchedPage(context.new_page())
    yield watched
    watched.check()
    context.close()


def show(watched: WatchedPage, file: Path) -> Locator:
    watched.page.goto(file.as_uri())
    table = watched.page.locator(".modos-page-table")
    expect(table.locator(".ag-row .ag-cell").first).to_be_visible()
    return table


def make_studies(folder: Path) -> list[str]:
    """Make ten objects of three samples and an assay."""
    for number in range(10):
        draft = create_modo(folder / f"study{number}", name=f"Étude {number}").edit()
        for sample in range(3):
            values: dict[str, Any] = {"name": f"Sample {number * 3 + sample}", "age": number * 10}
            values["sex"] = ("Male", "Female", "unknown")[sample]
            values["collected"] = f"2026-0{1 + sample}-1{number}T09:00:00+00:00"
            values["source_material"] = "http://purl.obolibrary.org/obo/UBERON_0002107"
            draft.add(f"sample/s{sample}", values)
        draft.add("assay/a", {"name": "RNA", "has_sample": ["sample/s0"]})
        draft.commit(force=True)
    return [str(folder / f"study{number}") for number in range(10)]


def test_rows_are_found_sorted_and_filtered_as_in_python(
    opened: WatchedPage, tmp_path: Path
) -> None:
    paths = make_studies(tmp_path)
    table = show(opened, page(paths, tmp_path / "page.html", addresses=True))
    draft = edit(paths)
    draft.check()
    rows = Rows(DraftSource(draft, all_slots=False))
    number = {name: str(place) for place, name in enumerate(rows.data.names)}
    queries: list[tuple[dict[str, Any], str]] = [
        ({}, ""),
        ({}, "etude"),
        ({}, "sample 1"),
        ({}, "liver"),
        ({}, "UBERON:0002107 female"),
        ({}, "no such words"),
        ({"sort": [[number["name"], True]]}, ""),
        ({"sort": [[number["sex"], False], [number["age"], True]]}, ""),
        ({"sort": [[number["age"], False]], "tab": "Sample"}, "s1"),
        ({"filters": {number["sex"]: {"operator": "equals", "text": "FEMALE"}}}, ""),
        ({"filters": {number["sex"]: {"operator": "any", "values": ["Male", ""]}}}, ""),
        ({"filters": {number["name"]: {"operator": "not_contains", "text": "2"}}}, ""),
        ({"filters": {number["name"]: {"operator": "starts", "text": "sample 2"}}}, ""),
        ({"filters": {number["age"]: {"operator": "between", "text": "25", "to": "60"}}}, ""),
        ({"filters": {number["age"]: {"operator": "less", "text": "20"}}}, ""),
        ({"filters": {number["collected"]: {"operator": "greater", "text": "2026-02-15"}}}, ""),
        ({"filters": {number["collected"]: {"operator": "less", "text": "2026-01-12"}}}, ""),
        ({"filters": {number["sex"]: {"operator": "empty"}}}, ""),
        ({"filters": {number["sex"]: {"operator": "filled"}}}, "etude"),
        ({"tab": "Assay"}, ""),
    ]
    assert table.locator(".ag-root").count() == 1
    for query, search in queries:
        shown = {**query, "search": search}
        expected = rows.block(asked(start=0, end=500, shown=shown))
        answer = opened.page.evaluate(
            "payload => window.modosPage.table.answer('rows', payload)",
            {"start": 0, "end": 500, "shown": shown},
        )
        about = json.dumps([query, search])
        assert answer["positions"] == expected["positions"], about
        assert (answer["total"], answer["all"]) == (expected["total"], expected["all"]), about
        assert answer["bands"] == expected["bands"], about
        assert answer["filled"] == json.loads(json.dumps(expected["filled"])), about
        assert [row[1:] for row in answer["cells"]] == [row[1:] for row in expected["cells"]]


def test_a_person_searches_filters_and_follows_the_tree(
    opened: WatchedPage, tmp_path: Path
) -> None:
    table = show(opened, page(make_studies(tmp_path), tmp_path / "page.html"))
    count = table.locator(".modos-table-count")
    expect(count).to_have_text("50 rows")
    search = table.get_by_label("Search all columns")
    search.fill("unknown")
    expect(count).to_have_text("10 of 50 rows")
    search.fill("")
    expect(count).to_have_text("50 rows")
    objects = opened.page.get_by_role("navigation", name="Objects")
    objects.get_by_role("button", name="study4").click()
    expect(count).to_have_text("5 of 50 rows")
    tree = opened.page.locator(".modos-page-tree")
    expect(tree.get_by_role("heading")).to_have_text("study4")
    tree.get_by_placeholder("Filter nodes").fill("female")
    tree.locator('[role="treeitem"]', has_text="s1").click()
    expect(table.locator(".ag-row.modos-is-selected")).to_contain_text("sample/s1")
    objects.get_by_label("Filter objects").fill("etude 7")
    expect(objects.get_by_role("button")).to_have_count(2)
    objects.get_by_role("button", name="All objects").click()
    expect(count).to_have_text("50 rows")
    table.locator(".ag-cell", has_text="Sample 3").first.click()
    expect(tree.get_by_role("heading")).to_have_text("study1")


def test_a_page_of_one_object_opens_on_its_table_with_findings(
    opened: WatchedPage, tmp_path: Path
) -> None:
    make_studies(tmp_path)
    table = show(opened, page(tmp_path / "study3", tmp_path / "page.html"))
    expect(table.locator(".modos-table-count")).to_have_text("5 rows")
    expect(opened.page.get_by_role("heading", level=1)).to_have_text("study3")
    table.get_by_role("button", name="error").first.click()
    marked = table.locator(".ag-cell.modos-has-error")
    expect(marked.first).to_be_visible()


def test_a_draft_shows_its_changes(opened: WatchedPage, tmp_path: Path) -> None:
    make_studies(tmp_path)
    draft = open_modo(tmp_path / "study3").edit()
    draft.set("sample/s0", "name", "Renamed")
    table = show(opened, page(draft, tmp_path / "page.html"))
    expect(table.locator(".ag-cell.modos-changed")).to_have_count(1)
    changes = opened.page.get_by_role("region", name="Changes")
    expect(changes.locator("ins")).to_have_text("Renamed")
    expect(changes.locator("del")).to_have_text("Sample 9")
    changes.get_by_role("button", name="sample/s0").focus()
    opened.page.keyboard.press("Enter")
    expect(table.locator(".ag-row.modos-is-selected")).to_contain_text("Renamed")


def test_previews_are_shown_and_zoomed_by_keyboard(opened: WatchedPage, tmp_path: Path) -> None:
    draft = create_modo(tmp_path / "study").edit()
    draft.add("data/m", {"name": "Counts", "data_format": "Zarr"})
    labels = [f"{CORPUS[row % len(CORPUS)]}{row}" for row in range(60)]
    draft.add_array("data/m", np.arange(1800.0).reshape(60, 30), obs=labels, name="x")
    draft.commit(force=True)
    show(opened, page(tmp_path / "study", tmp_path / "page.html", previews=True))
    keyboard = opened.page.keyboard
    tree = opened.page.locator(".modos-page-tree")
    preview = opened.page.get_by_role("region", name="Preview")
    expect(preview).to_be_hidden()
    tree.get_by_placeholder("Filter nodes").focus()
    keyboard.type("m/x")
    node = tree.locator('[role="treeitem"][data-path="data/m/x"]')
    expect(node).to_be_visible()
    for key in ("ArrowDown", "End", "Enter"):
        keyboard.press(key)
    canvas = preview.locator("canvas")
    expect(canvas).to_be_visible()
    expect(preview.get_by_role("region", name="Values").get_by_role("row")).to_have_count(51)
    for _ in range(60):
        if canvas.evaluate("each => each === each.getRootNode().activeElement"):
            break
        keyboard.press("Tab")
    for key in ("+", "+", "ArrowRight", "ArrowDown"):
        keyboard.press(key)
    tip = preview.locator(".modos-tip")
    expect(tip).to_be_visible()
    expect(preview.get_by_role("alert")).to_have_count(0)
    for name in ("Rows", "Compute statistics", "Open as…", "Raw values", "Calculate"):
        expect(preview.get_by_text(name, exact=True)).to_have_count(0)
    assert opened.page.evaluate("window.hit") is None
    assert opened.page.locator("main img, main iframe, main script, main style").count() == 0
    opened.page.evaluate("() => document.querySelector('meta[http-equiv]').remove()")
    assert opened.axe("body") == []
    opened.page.emulate_media(color_scheme="dark", forced_colors="active")
    opened.screenshot("saved-page-preview-forced-colours")
    tree.locator('[role="treeitem"]').first.click()
    expect(preview).to_be_hidden()


def test_hostile_metadata_are_text(opened: WatchedPage, tmp_path: Path) -> None:
    draft = create_modo(tmp_path / "study", name=CORPUS[0], description=CORPUS[1]).edit()
    for number, text in enumerate(CORPUS):
        values = {"name": text, "sex": text, "collector": [text, text], "taxon_id": text}
        draft.add(f"sample/s{number}", {**values, "source_material": text, text: text})
    links = ["sample/s0", CORPUS[0]]
    draft.add("assay/a", {"name": CORPUS[1], "omics_type": CORPUS[0], "has_sample": links})
    file = page(draft, tmp_path / "page.html", title=CORPUS[1])
    table = show(opened, file)
    expect(opened.page.get_by_role("heading", level=1)).to_have_text(CORPUS[1])
    tree = opened.page.locator(".modos-page-tree")
    tree.get_by_placeholder("Filter nodes").fill("s")
    table.get_by_label("Search all columns").fill("<")
    table.locator(".ag-cell").nth(2).click()
    opened.page.keyboard.press("Control+Enter")
    for text in ("window.hit", "javascript"):
        table.get_by_label("Search all columns").fill(text)
    opened.page.wait_for_timeout(500)
    assert opened.page.evaluate("window.hit") is None
    assert opened.page.locator("main img, main iframe, main script, main style").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 420])
def test_it_is_accessible_in_both_themes(
    opened: WatchedPage, tmp_path: Path, scheme: Any, width: int
) -> None:
    paths = make_studies(tmp_path)
    draft = edit(paths)
    draft.set((paths[0], "sample/s0"), "name", "Renamed")
    opened.page.emulate_media(color_scheme=scheme)
    opened.set_width(width)
    show(opened, page(draft, tmp_path / "page.html"))
    opened.page.evaluate("() => document.querySelector('meta[http-equiv]').remove()")
    assert opened.axe("body") == []
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert opened.page.evaluate(overflow) <= 0
