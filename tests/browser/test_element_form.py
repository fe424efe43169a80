"""The form of an element in JupyterLab: on its own, and beside the table."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.parts.tables import paste, show_cohort

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Locator

    from tests.parts.lab import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

STRUCTURE = """(table, detail) =>
  table.dispatchEvent(new CustomEvent('modos-structure', {detail}))"""
FORM = """
import pathlib
from modos_widgets import Draft, ElementForm, create_modo, open_modo
path = pathlib.Path({folder!r}) / "study"
if not path.exists():
    draft = create_modo(path).edit()
    draft.add("data/calls", {{"name": "Calls", "data_path": "c.bcf", "data_format": "BCF"}})
    draft.add("sample/s1", {{"name": "One"}})
    draft.commit()
form = ElementForm(open_modo(path, mode="r+"), {name!r})
form
"""
HOSTILE = """
import pathlib
from typing import Literal
from pydantic import BaseModel, Field
from modos_widgets import Draft, ElementForm, create_modo
corpus = ["<img src=x onerror=window.hit=1>", "<script>window.hit=1</script>",
          "<svg/onload=window.hit=1>", "javascript:window.hit=1", "{{constructor}}",
          "\\"><iframe srcdoc='<script>parent.hit=1</script>'>", "\\u202egnp.exe"]
class Donor(BaseModel):
    __doc__ = corpus[0]
    name: str | None = Field(None, title=corpus[0], description=corpus[1])
    consent: Literal[tuple(corpus)] | None = Field(None, title=corpus[2], description=corpus[5])
    friends: list[str] = Field([], description=corpus[3], json_schema_extra={"link": "Donor"})
Donor.group = "sample"
draft = Draft([create_modo(pathlib.Path("FOLDER") / "study")], [Donor])
for number, text in enumerate(corpus):
    draft.add(f"sample/d{number}", {"@type": "Donor", "name": text})
form = ElementForm(draft, "Donor")
form
"""


def show_form(lab: LabPage, folder: Path, name: str = "Sample") -> Locator:
    lab.open([FORM.format(folder=str(folder), name=name)])
    lab.run_all()
    form = lab.output(0).locator(".modos-element-form")
    expect(form.get_by_label("id", exact=True)).to_be_visible()
    return form


def field(form: Locator, name: str) -> Locator:
    return form.locator(f"[data-field='{name}']").locator("input, textarea").first


def heading(place: Locator, name: str) -> Locator:
    return place.get_by_role("heading", name=name, exact=True)


def pick(form: Locator, name: str, text: str, option: str) -> None:
    """Choose a suggestion by the keyboard."""
    field(form, name).fill(text)
    options = form.page.locator(".modos-options:popover-open").get_by_role("option")
    expect(options.filter(has_text=option).first).to_be_visible()
    form.page.keyboard.press("ArrowDown")
    form.page.keyboard.press("Enter")


def menu_item(table: Locator, name: str) -> Locator:
    return table.get_by_role("menuitem", name=name, exact=True)


def test_a_sample_is_added_with_its_errors_at_the_fields(lab: LabPage, tmp_path: Path) -> None:
    form = show_form(lab, tmp_path)
    field(form, "name").fill("Adjacent normal, block 2")
    expect(form.get_by_label("id", exact=True)).to_have_value("adjacent_normal_block_2")
    pick(form, "cell_type", "hepat", "hepatocyte")
    expect(field(form, "cell_type")).to_have_value("hepatocyte")
    pick(form, "taxon_id", "homo", "Homo sapiens")
    expect(form.locator(".modos-form-chip")).to_contain_text("Homo sapiens")
    pick(form, "used by", "cal", "data/calls")
    sex = field(form, "sex")
    sex.fill("femal")
    expect(sex).to_have_attribute("aria-invalid", "true")
    problem = form.locator(f"#{sex.get_attribute('aria-describedby').split()[0]}")  # type: ignore[union-attr]
    expect(problem).to_have_text("'femal' must be one of Male, Female.")
    lab.expect_python("list(form.errors)", "['sex']")

    form.get_by_role("button", name="Add", exact=True).click()
    expect(form.get_by_role("alert")).to_contain_text("1 field with errors: sex.")
    expect(sex).to_be_focused()
    lab.expect_python("len(form.draft)", "0")
    for theme in ("Dark", "Light"):
        lab.set_theme(f"JupyterLab {theme}")
        lab.screenshot(f"form-{theme.lower()}", form)
        assert lab.axe(".modos-element-form") == []

    sex.fill("Female")
    sex.press("Escape")
    form.get_by_role("button", name="Add", exact=True).click()
    region = form.get_by_role("region", name="Changes")
    expect(region).to_contain_text("Added sample/adjacent_normal_block_2.")
    expect(field(form, "name")).to_have_value("")
    lab.expect_python("form.value", "'sample/adjacent_normal_block_2'")
    lab.expect_python(
        "form.draft.current('data/calls', 'has_sample')", "['sample/adjacent_normal_block_2']"
    )
    region.get_by_role("button", name="Commit…").click()
    form.get_by_label("Commit message").fill("Add a sample")
    form.get_by_role("button", name=re.compile("^Commit ")).last.click()
    expect(region).to_contain_text("No changes")
    lab.expect_python("open_modo(path).metadata[form.value]['sex']", "'Female'")


def test_a_link_target_is_added_without_leaving_the_form(lab: LabPage, tmp_path: Path) -> None:
    form = show_form(lab, tmp_path, "VariantSet")
    field(form, "name").fill("Calls 2")
    field(form, "data_path").fill("c2.bcf")
    # what was wrong before does not come back at a click, and move what is clicked
    field(form, "data_format").fill("no format")
    expect(form.locator("[data-field=data_format] .modos-form-problem")).to_be_visible()
    pick(form, "data_format", "bcf", "BCF")
    form.get_by_role("button", name="New sample…").click()
    nested = form.get_by_role("form", name="New sample")
    expect(field(nested, "name")).to_be_focused()
    field(nested, "name").fill("Fresh")
    nested.get_by_role("button", name="Add and link").click()
    outer = form.get_by_role("form", name="New variant set")
    expect(outer.locator(".modos-form-chip")).to_contain_text("sample/fresh")
    expect(field(outer, "data_path")).to_have_value("c2.bcf")
    field(outer, "name").press("Enter")
    expect(form.get_by_role("region", name="Changes")).to_contain_text("Added data/calls_2.")
    lab.expect_python("form.draft.current('data/calls_2', 'has_sample')", "['sample/fresh']")
    # two steps of undo: the data, then its sample
    undo = form.get_by_role("button", name="Undo")
    undo.click()
    lab.expect_python(
        "list(form.draft.elements())[1:]", "['data/calls', 'sample/s1', 'sample/fresh']"
    )
    undo.click()
    expect(undo).to_be_disabled()


def test_what_was_typed_survives_a_restart(lab: LabPage, tmp_path: Path) -> None:
    form = show_form(lab, tmp_path)
    field(form, "name").fill("Typed with care")
    pick(form, "cell_type", "hepat", "hepatocyte")
    expect(form.get_by_label("id", exact=True)).to_have_value("typed_with_care")
    lab.restart_kernel()
    expect(form).to_contain_text("The kernel of this widget has ended.")
    expect(field(form, "name")).to_have_value("Typed with care")
    lab.run_all()
    form = lab.output(0).locator(".modos-element-form")
    offer = form.locator(".modos-form-offer")
    expect(offer).to_contain_text("Not added yet: “Typed with care”")
    expect(field(form, "name")).to_have_value("")
    assert lab.axe(".modos-element-form") == []
    offer.get_by_role("button", name="Restore").click()
    expect(field(form, "cell_type")).to_have_value("hepatocyte")
    form.get_by_role("button", name="Add", exact=True).click()
    lab.expect_python(
        "form.draft.current('sample/typed_with_care', 'cell_type')",
        "'http://purl.obolibrary.org/obo/CL_0000182'",
    )
    assert (
        lab.page.evaluate("Object.keys(sessionStorage).filter(key => key.startsWith('modos-form'))")
        == []
    )
    lab.allow_console("comm|Comm|kernel|disposed|Canceled")


def test_hostile_names_and_descriptions_are_text(lab: LabPage, tmp_path: Path) -> None:
    lab.open([HOSTILE.replace("FOLDER", str(tmp_path))])
    lab.run_all()
    form = lab.output(0).locator(".modos-element-form")
    expect(form.get_by_label("id", exact=True)).to_be_visible()
    field(form, "name").fill("<img src=x onerror=window.hit=1>")
    field(form, "consent").click()
    expect(form.get_by_role("option", name="<svg/onload=window.hit=1>").first).to_be_visible()
    lab.page.keyboard.press("Escape")
    pick(form, "friends", "img", "sample/d0")
    expect(form.locator(".modos-form-chip")).to_contain_text("sample/d0")
    form.get_by_role("button", name="Add", exact=True).click()
    expect(form.get_by_role("region", name="Changes")).to_contain_text("Added sample/img_src_x")
    form.get_by_role("button", name="Add several…").click()
    form.get_by_role("button", name="Pasted names").click()
    form.get_by_label("names", exact=True).fill("<script>window.hit=1</script>\n\u202egnp.exe")
    expect(form.get_by_role("region", name="Preview")).to_contain_text("\\u202egnp.exe")
    assert lab.page.evaluate("window.hit") is None
    inside = "img, script, iframe, svg[onload], a[href^='javascript:']"
    assert form.locator(inside).count() == 0


def test_samples_are_added_beside_the_table(lab: LabPage, tmp_path: Path) -> None:
    table = show_cohort(lab, tmp_path, 1)
    button = table.get_by_role("button", name="Add…")
    button.click()
    menu_item(table, "Sample").click()
    panel = table.locator(".modos-structure")
    expect(field(panel, "name")).to_be_focused()
    panel.get_by_role("button", name="Add several…").click()
    panel.get_by_label("count", exact=True).fill("24")
    expect(panel.get_by_role("region", name="Preview")).to_contain_text("sample_24")
    pick(panel, "sex", "fem", "Female")
    for theme in ("Dark", "Light"):
        lab.set_theme(f"JupyterLab {theme}")
        lab.screenshot(f"form-several-{theme.lower()}", table)
        assert lab.axe(".modos-metadata-table") == []
    panel.get_by_role("button", name="Add 24 samples").click()
    expect(panel).to_be_hidden()
    expect(button).to_be_focused()
    lab.expect_python("table.value", "'sample/sample_01'")
    lab.expect_python("table.draft.current('sample/sample_24', 'sex')", "'Female'")
    table.get_by_role("button", name="Undo").click()
    lab.expect_python("len(table.draft.elements())", "5")  # one step

    # the last row: a name, then a column
    row = table.get_by_role("textbox", name="Type a name, or paste a column, to add elements")
    row.fill("Quick one")
    row.press("Enter")
    menu_item(table, "Sample").click()
    lab.expect_python("table.draft.current('sample/quick_one', 'name')", "'Quick one'")
    expect(row).to_have_value("")
    row.fill("No type")
    row.press("Enter")
    menu_item(table, "Assay").click()
    expect(heading(panel, "New assay")).to_be_visible()  # it needs more than a name
    expect(field(panel, "name")).to_have_value("No type")
    panel.get_by_role("button", name="Cancel").click()
    row.focus()
    paste(lab, "B 1\r\nB 2\r\n")
    menu_item(table, "Sample").click()
    expect(panel.get_by_label("names", exact=True)).to_have_value(re.compile("B 1\n"))
    panel.get_by_role("button", name="Add 2 samples").click()
    lab.expect_python("table.draft.current('sample/b_2', 'name')", "'B 2'")


def test_elements_are_added_by_keyboard_alone(lab: LabPage, tmp_path: Path) -> None:
    table = show_cohort(lab, tmp_path, 1)
    keys = lab.page.keyboard
    panel = table.locator(".modos-structure")
    button = table.get_by_role("button", name="Add…")
    button.focus()
    keys.press("Enter")
    keys.press("s")  # to Sample
    keys.press("Enter")
    expect(field(panel, "name")).to_be_focused()
    keys.type("One")
    keys.press("Control+Enter")
    expect(field(panel, "name")).to_have_value("")
    expect(field(panel, "name")).to_be_focused()
    keys.type("Two")
    expect(panel.get_by_label("id", exact=True)).to_have_value("two")
    keys.press("Enter")
    expect(panel).to_be_hidden()
    expect(button).to_be_focused()
    lab.expect_python("table.value", "'sample/two'")

    # Escape closes, and keeps what was typed
    keys.press("Enter")
    keys.press("s")
    keys.press("Enter")
    expect(field(panel, "name")).to_be_focused()
    keys.type("Three")
    keys.press("Escape")
    expect(panel).to_be_hidden()
    expect(button).to_be_focused()


def test_rows_are_changed_by_keyboard_alone(lab: LabPage, tmp_path: Path) -> None:
    table = show_cohort(lab, tmp_path, 1)
    keys = lab.page.keyboard
    panel = table.locator(".modos-structure")
    lab.python("table.draft.add('sample/two', {'name': 'Two'}); table.refresh()")
    lab.python("table.value = 'sample/two'")
    grid_cell = table.locator(".ag-row.modos-is-selected .ag-cell[col-id='0']")
    grid_cell.click()
    keys.press("Shift+F10")
    expect(menu_item(table, "Duplicate")).to_be_visible()
    menu_item(table, "Duplicate").press("Enter")
    lab.expect_python("table.value", "'sample/two_2'")
    keys.press("Shift+F10")
    menu_item(table, "Rename…").press("Enter")
    name = panel.get_by_label("id", exact=True)
    expect(name).to_be_focused()
    keys.type("S1")
    expect(panel.get_by_role("alert")).to_contain_text("differs from sample/s1 only in letter case")
    keys.press("Control+a")
    keys.type("last")
    expect(panel.get_by_role("button", name="Rename")).to_be_enabled()
    keys.press("Enter")
    expect(panel).to_be_hidden()
    lab.expect_python(
        "[each for each in table.draft.elements() if 'last' in each]", "['sample/last']"
    )

    # a removal says what links to the element
    table.evaluate(STRUCTURE, {"action": "remove", "id": "sample/s1"})
    expect(panel).to_contain_text("1 link is removed too:")
    expect(panel).to_contain_text("data/calls has_sample")
    remove = panel.get_by_role("button", name="Remove")
    expect(remove).to_be_focused()
    assert lab.axe(".modos-metadata-table") == []
    keys.press("Enter")
    lab.expect_python("'sample/s1' in table.draft.elements()", "False")
    lab.expect_python("table.draft.current('data/calls', 'has_sample')", "[]")


@pytest.mark.parametrize("width", [1400, 900, 705, 420])
def test_the_panel_is_beside_the_rows_or_over_them(
    lab: LabPage, tmp_path: Path, width: int
) -> None:
    lab.set_width(width)
    table = show_cohort(lab, tmp_path, 1)
    table.get_by_role("button", name="Add…").click()
    menu_item(table, "Assay").click()
    panel = table.locator(".modos-structure")
    expect(field(panel, "name")).to_be_focused()
    box, own = table.bounding_box(), panel.bounding_box()
    assert box is not None
    assert own is not None
    if box["width"] >= 702:
        assert own["width"] == pytest.approx(340, abs=1)
    else:
        assert own["width"] == pytest.approx(box["width"] - 2, abs=1)
    assert panel.evaluate("each => each.scrollWidth <= each.clientWidth")
    for theme in ("Dark", "Light"):
        lab.set_theme(f"JupyterLab {theme}")
        lab.screenshot(f"form-panel-{width}-{theme.lower()}")
    lab.set_width(1280)
