"""The overview in JupyterLab: search, facets, rows and cards, by mouse and by keyboard."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.parts.lab import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

OWN_FOLDERS = """
import os, tempfile
os.environ['XDG_STATE_HOME'] = tempfile.mkdtemp()
os.environ['XDG_CACHE_HOME'] = tempfile.mkdtemp()
import modos_widgets
"""
DEMO = f"""{OWN_FOLDERS}
from modos_widgets import demo
deployment = demo.start()
overview = modos_widgets.Overview(deployment.endpoint)
"""
HOSTILE = f"""{OWN_FOLDERS}
import zarr
bad = '<img src=x onerror="window.caught = 1">'
names = [bad, 'שלום עולם', 'x' * 300, 'a\\u202eb']
for number, name in enumerate(names):
    root = zarr.create_group(f'strange/o{{number}}/data.zarr', overwrite=True,
                             attributes={{'@type': 'MODO', 'id': f'o{{number}}', 'name': name}})
    root.create_group('sample/s1', attributes={{'@type': 'Sample', 'name': name, 'sex': name,
                                                'source_material': bad + str(number)}})
os.makedirs('strange/broken/data.zarr')
open('strange/broken/data.zarr/zarr.json', 'w').write('{{')
overview = modos_widgets.Overview('strange')
"""


def test_search_and_facets_by_mouse(lab: LabPage) -> None:
    lab.open([DEMO, "overview"])
    lab.run_all()
    area, page = lab.output(1).locator(".modos-overview"), lab.page
    rows = area.locator(".modos-found-row[data-path]")
    expect(rows.filter(has_text="Patient 3, liver metastasis")).to_be_visible()
    for width in (1400, 900, 705, 420):
        lab.set_width(width)
        expect(
            area.locator(".modos-found-cards" if width < 800 else ".modos-found-table")
        ).to_be_visible()
        lab.screenshot(f"overview-{width}", lab.output(1))
        assert lab.axe(".modos-overview") == []
    area.get_by_role("button", name="Filters").click()
    expect(area.locator(".modos-facets").get_by_role("button", name="Female").first).to_be_visible()
    lab.screenshot("overview-420-filters", lab.output(1))
    assert lab.axe(".modos-overview") == []
    page.keyboard.press("Escape")
    expect(area.get_by_role("button", name="Filters")).to_be_focused()
    lab.set_width(1400)

    search = area.get_by_role("combobox", name="Search objects and metadata")
    search.fill("liver format:CRAM")
    expect(area.locator(".modos-found-number")).to_have_text("18 of 24 objects")
    expect(rows.first.locator("mark")).to_have_text("liver")
    page.keyboard.press("Enter")
    female = area.locator(".modos-facet-value").filter(has_text="Female").first
    female.click()
    expect(female).to_have_attribute("aria-pressed", "true")
    expect(search).to_have_value(re.compile('format:CRAM sex:"?Female"?$'))
    lab.expect_python("overview.query.startswith('liver')", "True")
    female.click(modifiers=["Shift"])
    expect(
        area.get_by_role("button", name="Remove from the search: not sex: Female")
    ).to_be_visible()
    lab.screenshot("overview-search", lab.output(1))
    lab.set_theme()
    lab.screenshot("overview-search-dark", lab.output(1))
    assert lab.axe(".modos-overview") == []
    area.get_by_role("button", name="Clear search").click()
    expect(search).to_be_focused()
    expect(area.locator(".modos-found-number")).to_have_text("24 objects")
    area.get_by_role("button", name=re.compile("with errors")).click()
    expect(search).to_have_value(re.compile('^has:"?error"?$'))
    expect(area.locator(".modos-found-number")).to_have_text("6 of 24 objects")
    page.emulate_media(forced_colors="active")
    lab.screenshot("overview-forced", lab.output(1))


def test_the_overview_is_used_by_keyboard_alone(lab: LabPage) -> None:
    lab.open([DEMO, "overview"])
    lab.run_all()
    area, page = lab.output(1).locator(".modos-overview"), lab.page
    expect(area.locator(".modos-found-row[data-path]").first).to_be_visible()
    area.get_by_role("combobox").focus()
    page.keyboard.type("type:Sample sex:")
    expect(page.get_by_role("option").filter(has_text="Female").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(area.get_by_role("combobox")).to_have_value("type:Sample sex:Female")
    page.keyboard.press("Enter")
    grid = area.get_by_role("grid")
    expect(grid).to_be_focused()
    expect(grid).to_have_attribute("aria-busy", "false")
    expect(area.locator(".modos-found-number")).to_contain_text(" of 24 objects")
    page.keyboard.press("f")
    expect(area.locator(".modos-active .modos-star")).to_have_class(re.compile("modos-is-on"))
    page.keyboard.press(" ")
    page.keyboard.press("Shift+ArrowDown")
    expect(area.locator(".modos-found-number")).to_have_text("2 objects selected")
    page.keyboard.press("Escape")
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    lab.expect_python("overview.value == overview.paths[0]", "True")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")  # sort by the second column
    expect(area.locator("[aria-sort=ascending]")).to_contain_text("Metadata")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("/")
    expect(area.get_by_role("combobox")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(area.get_by_role("combobox")).to_have_value("")


def test_elements_are_sorted_and_what_was_found_is_edited_and_copied(lab: LabPage) -> None:
    lab.open([DEMO, "overview"])
    lab.run_all()
    area, page = lab.output(1).locator(".modos-overview"), lab.page
    expect(area.locator(".modos-stats")).to_contain_text("in files")
    area.get_by_role("combobox").fill("liver")
    found = area.locator(".modos-found-number")
    expect(found).to_have_text("19 of 24 objects")
    actions = area.get_by_role("button", name="Actions for the result")
    actions.click()
    page.get_by_role("menuitem", name="List elements").click()
    expect(found).to_have_text(re.compile(r"^\d+ of \d+ elements$"))
    area.get_by_role("columnheader", name="Element").get_by_role("button").click()
    row = area.locator(".modos-found-row[data-path]").first
    expect(row).to_contain_text("Adjacent normal liver")
    expect(row.locator("mark")).to_have_text("liver")
    area.get_by_role("grid").focus()
    page.keyboard.press(" ")
    expect(found).to_have_text("1 element selected")
    area.get_by_role("button", name="Edit 1 object").focus()
    page.keyboard.press("Enter")
    back = area.get_by_role("button", name="Back to overview")
    expect(back).to_be_focused()
    expect(area.get_by_role("tab", name=re.compile("Samples"))).to_be_visible()
    lab.expect_python("len(overview.draft.modos)", "1")
    lab.screenshot("overview-edit", lab.output(1))
    assert lab.axe(".modos-overview") == []
    page.keyboard.press("Enter")
    expect(area.get_by_role("combobox")).to_be_focused()
    lab.expect_python("overview.draft is None", "True")
    area.get_by_role("button", name="Clear selection").click()
    actions.click()
    page.get_by_role("menuitem", name="Copy 19 objects…").click()
    expect(back).to_be_focused()
    expect(area.get_by_role("textbox").first).to_have_value(
        re.compile("^s3://demo/.*\n", re.DOTALL)
    )


def test_hostile_names_stay_text(lab: LabPage) -> None:
    lab.open([HOSTILE, "overview"])
    lab.run_all()
    area, page = lab.output(1).locator(".modos-overview"), lab.page
    rows = area.locator(".modos-found-row[data-path]")
    expect(rows).to_have_count(5)
    expect(rows.filter(has_text="<img src=x")).to_have_count(1)
    expect(rows.filter(has_text="a\\u202eb")).to_have_count(1)
    expect(area.locator(".modos-is-failed")).to_contain_text("Cannot be read")
    area.get_by_role("combobox").fill("img")
    expect(rows.first.locator("mark").first).to_have_text("img")
    lab.screenshot("overview-hostile", lab.output(1))
    expect(area.locator("img")).to_have_count(0)
    assert page.evaluate("() => window.caught") is None
    assert lab.axe(".modos-overview") == []
    lab.set_width(420)
    lab.screenshot("overview-hostile-420", lab.output(1))
    inside = "area => area.scrollWidth <= area.clientWidth"
    assert area.evaluate(inside)


BROWSER = DEMO.replace(
    "overview = modos_widgets.Overview(deployment.endpoint)",
    "browser = modos_widgets.browse(endpoint=deployment.endpoint)",
)


def test_the_first_question_is_answered_in_the_browser_by_mouse(lab: LabPage) -> None:
    """Which tumours with RNA and a CRAM file, and are their metadata complete?"""
    lab.open([BROWSER, "browser"])
    lab.run_all()
    area = lab.output(1).locator(".modos-browser")
    facets = area.locator(".modos-facet-value")
    for width in (1400, 900, 705, 420):
        lab.set_width(width)
        expect(area.locator(".modos-overview [data-path]").first).to_be_visible()
        lab.screenshot(f"browser-overview-{width}", lab.output(1))
        assert lab.axe(".modos-browser") == []
        assert area.evaluate("area => area.scrollWidth <= area.clientWidth")
    lab.set_width(1400)
    facets.filter(has_text="liver").first.click()  # 1
    facets.filter(has_text="TRANSCRIPTOMICS").first.click()  # 2
    facets.filter(has_text="CRAM").first.click()  # 3
    found = area.locator(".modos-found-number")
    expect(found).to_have_text(re.compile(r"^1\d of 24 objects"))
    area.get_by_role("button", name=re.compile("with errors")).click()  # 4
    expect(area.locator(".modos-found-row .modos-has-errors").first).to_be_visible()
    lab.screenshot("browser-overview-answer", lab.output(1))
    area.get_by_role("button", name=re.compile(r"^Edit \d objects$")).click()  # 5
    expect(area.get_by_text(re.compile(r"^Editing \d objects$"))).to_be_visible()
    expect(
        area.locator(".modos-table-holder").get_by_role("button", name=re.compile("error")).first
    ).to_be_visible()

    # back to the overview, whose search is still there; the draft stays
    area.get_by_role("button", name="Overview").click()
    expect(area.get_by_role("combobox", name="Search objects")).to_have_value(re.compile("CRAM"))
    expect(area.locator(".modos-edit-foot")).to_be_visible()
    lab.set_theme()
    lab.screenshot("browser-overview-dark", lab.output(1))
    assert lab.axe(".modos-browser") == []


def test_the_first_question_is_answered_in_the_browser_by_keyboard(lab: LabPage) -> None:
    lab.open([BROWSER, "browser"])
    lab.run_all()
    area, page = lab.output(1).locator(".modos-browser"), lab.page
    expect(area.locator(".modos-overview [data-path]").first).to_be_visible()
    area.get_by_role("combobox", name="Search objects and metadata").focus()
    page.keyboard.type("liver omics:transcriptomics format:CRAM")  # 1
    expect(area.locator(".modos-found-number")).to_have_text(re.compile(r"^1\d of 24 objects"))
    page.keyboard.press("Enter")  # 2
    expect(area.get_by_role("grid")).to_be_focused()
    page.keyboard.press("Enter")  # 3
    expect(area.get_by_role("tree")).to_be_visible()
    lab.expect_python("browser.view", "'object'")
    lab.expect_python("browser.modo is not None", "True")
    expect(area.get_by_role("tab", name="Metadata")).to_be_focused()
    back = area.get_by_role("button", name="Overview")
    back.focus()
    page.keyboard.press("Enter")
    expect(area.get_by_role("combobox", name="Search objects and metadata")).to_be_focused()


def test_a_query_of_browse_is_shown(lab: LabPage) -> None:
    lab.open([BROWSER.replace("endpoint)", "endpoint, query='is:complete')"), "browser"])
    lab.run_all()
    area = lab.output(1).locator(".modos-browser")
    expect(area.get_by_role("combobox", name="Search objects")).to_have_value("is:complete")
    expect(area.locator(".modos-found-number")).to_have_text("21 of 24 objects")
