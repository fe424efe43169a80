"""Editing in the Browser in a real JupyterLab, by mouse and by keyboard, at every width."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Locator

    from tests.parts.lab import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

COHORT = """
import os, pathlib, tempfile
os.environ['XDG_STATE_HOME'] = tempfile.mkdtemp()
os.environ['XDG_CACHE_HOME'] = tempfile.mkdtemp()
import modos_widgets
folder = pathlib.Path({path!r}) / 'cohort'
for name in ('one', 'three', 'two'):
    draft = modos_widgets.create_modo(folder / name, name=f'Study {{name}}').edit()
    for number in range(3):
        draft.add(f'sample/s{{number}}', {{'@type': 'Sample', 'name': f'Sample {{number}}'}})
    draft.commit('Add samples')
browser = modos_widgets.browse(folder)
browser.view = 'object'  # the list of objects beside it
browser
"""
INSIDE = "area => area.scrollWidth <= area.clientWidth"


def show(lab: LabPage, tmp_path: Path) -> Locator:
    lab.open([COHORT.format(path=str(tmp_path))])
    lab.run_all()
    browser = lab.output(0).locator(".modos-browser")
    expect(entry(browser, "one")).to_be_visible()
    return browser


def entry(browser: Locator, name: str) -> Locator:
    return browser.locator(f'.modos-objects .modos-row[data-path$="/{name}"]').last


def cell(browser: Locator, element: str, column: str) -> Locator:
    table = browser.locator(".modos-table-holder")
    header = table.locator(".ag-header-cell", has_text=re.compile(rf"^\W*{column}\W*$")).first
    number = header.get_attribute("col-id")
    row = table.locator(".ag-row", has_text=re.compile(rf"^{element}")).first
    return row.locator(f'[col-id="{number}"]')


def type_into(lab: LabPage, target: Locator, text: str) -> None:
    target.dblclick()
    lab.page.keyboard.press("Control+a")
    lab.page.keyboard.type(text)
    lab.page.keyboard.press("Enter")


def node(browser: Locator, path: str) -> Locator:
    return browser.locator(f'[role=treeitem][data-path="{path}"]')


def test_an_object_is_edited_and_committed_by_mouse(lab: LabPage, tmp_path: Path) -> None:
    browser = show(lab, tmp_path)
    foot = browser.locator(".modos-edit-foot")
    expect(foot).to_be_hidden()
    entry(browser, "one").click()
    node(browser, "sample").locator(".modos-twist").click()
    expect(node(browser, "sample/s1")).to_be_visible()
    browser.get_by_role("button", name="Edit", exact=True).click()
    expect(browser.get_by_text("Editing", exact=True)).to_be_visible()
    expect(node(browser, "sample/s1")).to_be_visible()  # what was open stays open
    expect(entry(browser, "one")).to_contain_text("editing")
    expect(foot).to_contain_text("No changes")
    type_into(lab, cell(browser, "sample/s1", "name"), "Renamed")
    expect(foot).to_contain_text("1 change in 1 object")
    expect(node(browser, "sample/s1")).to_contain_text("changed")
    expect(node(browser, "sample/s1")).to_contain_text("Renamed")
    panel = browser.locator(".modos-element")
    expect(panel).to_contain_text("sample/s2")  # Enter went on to the next row
    node(browser, "sample/s1").click()
    expect(panel.locator("ins")).to_have_text("Renamed")
    expect(panel.locator("del")).to_have_text("Sample 1")
    lab.python("browser.session.draft.add('sample/s9', {'@type': 'Sample', 'name': 'Ninth'})")
    lab.python("browser.session.draft.remove('sample/s2'); browser.table.refresh()")
    expect(node(browser, "sample/s9")).to_contain_text("new")
    expect(node(browser, "sample/s2")).to_have_class(re.compile("modos-mark-removed"))
    lab.screenshot("browser-editing-light", browser)
    assert lab.axe(".modos-browser") == []
    lab.set_theme()
    lab.screenshot("browser-editing-dark", browser)
    assert lab.axe(".modos-browser") == []

    # another object asks, and the tab with the table need not be in front to commit
    entry(browser, "two").click()
    asked = browser.get_by_role("dialog")
    expect(asked).to_contain_text("Discard 5 unsaved changes?")
    assert lab.axe(".modos-browser dialog") == []
    asked.get_by_role("button", name="Keep editing").click()
    browser.get_by_role("tab", name="Files").click()
    foot.get_by_role("button", name="Commit…").click()
    commit = browser.get_by_role("dialog")
    expect(commit).to_contain_text("Renamed")
    commit.get_by_role("button", name=re.compile("^Commit")).click()
    expect(foot).to_contain_text("No changes")
    expect(node(browser, "sample/s2")).to_have_count(0)
    expect(node(browser, "sample/s9")).not_to_contain_text("new")
    lab.page.keyboard.press("Escape")
    browser.get_by_role("button", name="Done").click()
    expect(foot).to_be_hidden()
    lab.expect_python("browser.modo.metadata['sample/s1']['name']", "'Renamed'")
    lab.expect_python("modos_widgets.open_modo(folder / 'one').metadata['sample/s9']['name']",
                      "'Ninth'")  # fmt: skip


def test_several_objects_are_curated_by_keyboard_alone(lab: LabPage, tmp_path: Path) -> None:
    browser, keyboard = show(lab, tmp_path), lab.page.keyboard
    browser.get_by_label("Filter objects").focus()
    keyboard.press("ArrowDown")
    keyboard.press("ArrowDown")
    keyboard.press("Space")
    keyboard.press("Shift+ArrowDown")
    curate = browser.get_by_role("button", name="Curate 2 objects")
    expect(curate).to_be_visible()
    assert lab.axe(".modos-browser") == []
    expect(entry(browser, "three")).to_have_attribute("aria-checked", "true")
    keyboard.press("Tab")  # "Clear"
    keyboard.press("Tab")
    expect(curate).to_be_focused()
    keyboard.press("Enter")
    expect(browser.get_by_text("Editing 2 objects")).to_be_visible()
    lab.expect_python("[modo.id for modo in browser.session.draft.modos]", "['three', 'two']")
    table = browser.locator(".modos-table-holder")
    expect(table.locator(".ag-row")).not_to_have_count(0)
    lab.python("browser.session.draft.set((browser.session.draft.modos[1].path, 'sample/s1'),"
               " 'name', 'Other'); browser.table.refresh()")  # fmt: skip
    expect(browser.locator(".modos-edit-foot")).to_contain_text("1 change in 1 object")
    browser.get_by_role("button", name="Done").focus()
    keyboard.press("Enter")
    asked = browser.get_by_role("dialog")
    expect(asked.get_by_role("button", name="Keep editing")).to_be_focused()
    keyboard.press("Escape")
    expect(asked).to_have_count(0)
    expect(browser.get_by_role("button", name="Done")).to_be_focused()
    keyboard.press("Enter")
    expect(asked.get_by_role("button", name="Keep editing")).to_be_focused()
    keyboard.press("Shift+Tab")
    keyboard.press("Enter")
    expect(browser.locator(".modos-edit-foot")).to_be_hidden()
    lab.expect_python("browser.session.draft", "")


def test_what_may_not_be_changed_is_proposed_as_a_file(lab: LabPage, tmp_path: Path) -> None:
    browser = show(lab, tmp_path)
    lab.python(
        "import modos_widgets.session.drafts as module;"
        "module.read_only_reason = lambda modo, account: 'You may only read this.'"
    )
    entry(browser, "one").click()
    browser.get_by_role("button", name="Edit", exact=True).click()
    asked = browser.get_by_role("dialog")
    expect(asked).to_contain_text("You may only read this.")
    lab.screenshot("browser-read-only", browser)
    asked.get_by_role("button", name="Propose changes").click()
    expect(browser.get_by_text("Proposing changes")).to_be_visible()
    type_into(lab, cell(browser, "sample/s0", "name"), "Proposed")
    foot = browser.locator(".modos-edit-foot")
    expect(foot).to_contain_text("1 change in 1 object")
    expect(foot.get_by_role("button", name="Commit…")).to_be_disabled()
    with lab.page.expect_download() as download:
        foot.get_by_role("button", name="Download changes").click()
    assert download.value.suggested_filename == "one.changes.json"
    changes = json.loads(download.value.path().read_text())["objects"][0]
    assert "Proposed" in json.dumps(changes)


def test_lists_are_drawers_and_tabs_a_menu_in_a_narrow_column(lab: LabPage, tmp_path: Path) -> None:
    browser, keyboard = show(lab, tmp_path), lab.page.keyboard
    entry(browser, "one").click()
    node(browser, "sample").locator(".modos-twist").click()
    expect(node(browser, "sample/s0")).to_be_visible()
    lab.set_width(900)
    expect(browser).to_have_class(re.compile("modos-medium"))
    expect(entry(browser, "two")).to_be_hidden()
    expect(node(browser, "sample")).to_be_hidden()
    assert browser.evaluate(INSIDE)
    lab.screenshot("browser-900", browser)
    lists = browser.get_by_role("button", name="Objects", exact=True)
    lists.focus()
    keyboard.press("Enter")
    expect(lists).to_have_attribute("aria-expanded", "true")
    expect(browser.get_by_label("Filter objects")).to_be_focused()
    assert lab.axe(".modos-browser") == []
    keyboard.press("Escape")
    expect(lists).to_be_focused()
    expect(entry(browser, "two")).to_be_hidden()
    keyboard.press("Enter")
    keyboard.press("ArrowDown")
    entry(browser, "two").click()
    lab.expect_python("browser.modo.id", "'two'")
    expect(entry(browser, "two")).to_be_hidden()  # the choice closes the drawer
    trees = browser.get_by_role("button", name="Tree", exact=True)
    trees.click()
    expect(node(browser, "sample")).to_be_visible()
    browser.locator(".modos-object-name").click()
    expect(node(browser, "sample")).to_be_hidden()  # a press outside closes it too

    for width in (705, 420):
        lab.set_width(width, 1700)
        expect(browser).to_have_class(re.compile("modos-narrow"))
        assert browser.evaluate(INSIDE)
        assert lab.axe(".modos-browser") == []
        lab.screenshot(f"browser-{width}", browser)
    more = browser.get_by_role("button", name="More tabs")
    more.focus()
    keyboard.press("Enter")
    keyboard.press("End")
    keyboard.press("Enter")
    expect(browser.get_by_role("tab", name="Transfer")).to_be_focused()
    lab.expect_python("browser.tab", "'transfer'")
    lab.set_width(1400)
    expect(browser).to_have_class(re.compile("modos-wide"))
    expect(browser.get_by_role("tab")).to_have_count(6)
    expect(more).to_be_hidden()


def test_sizes_are_set_by_keyboard_and_survive_every_width(lab: LabPage, tmp_path: Path) -> None:
    browser, keyboard = show(lab, tmp_path), lab.page.keyboard
    entry(browser, "one").click()
    node(browser, "sample").locator(".modos-twist").click()
    sizes = {}
    for name, key in (
        ("Width of the list of objects", "ArrowRight"),
        ("Width of the tree", "ArrowRight"),
        ("Height of the table", "ArrowDown"),
        ("Height", "ArrowDown"),
    ):
        line = browser.get_by_role("separator", name=name, exact=True)
        line.focus()
        before = int(line.get_attribute("aria-valuenow") or 0)
        keyboard.press(key)
        expect(line).to_have_attribute("aria-valuenow", str(before + 16))
        sizes[name] = before + 16
    lab.expect_python("browser.height", f"'{sizes['Height']}px'")
    for width in (900, 420, 1400):
        lab.set_width(width)
        lab.page.wait_for_timeout(300)
    for name, size in sizes.items():
        line = browser.get_by_role("separator", name=name, exact=True)
        line.focus()
        expect(line).to_have_attribute("aria-valuenow", str(size))
    expect(node(browser, "sample/s0")).to_be_visible()


def test_an_object_is_created_by_keyboard(lab: LabPage, tmp_path: Path) -> None:
    browser, keyboard = show(lab, tmp_path), lab.page.keyboard
    browser.get_by_role("button", name="New object…").focus()
    keyboard.press("Enter")
    form = browser.get_by_role("dialog", name="New object")
    place, own = form.get_by_label(re.compile("^Place")), form.get_by_label(re.compile("^Id"))
    expect(own).to_be_focused()
    expect(place).to_have_value(str(tmp_path / "cohort"))
    keyboard.type("one")
    expect(form.get_by_role("alert")).to_have_text("one already exists there. Enter another id.")
    expect(own).to_have_attribute("aria-invalid", "true")
    keyboard.press("Enter")  # submits; the field that is wrong gets the focus
    expect(own).to_be_focused()
    keyboard.press("Control+a")
    keyboard.type("<img src=x>")
    expect(form.get_by_text("Will be created at")).to_contain_text("cohort/<img src=x>")
    assert lab.axe(".modos-browser dialog") == []
    lab.screenshot("browser-new-object")
    keyboard.press("Tab")
    keyboard.type("A name")
    form.get_by_label("Structure").select_option("Like one")
    form.get_by_label("Structure").focus()
    keyboard.press("Tab")  # "Cancel"
    keyboard.press("Tab")
    expect(form.get_by_role("button", name="Create object")).to_be_focused()
    keyboard.press("Enter")
    expect(form).to_have_count(0)
    expect(browser.get_by_text("Editing", exact=True)).to_be_visible()
    expect(browser.locator(".modos-object-name")).to_contain_text("<img src=x>")
    expect(browser.locator(".modos-edit-foot")).to_contain_text("3 changes in 1 object")
    expect(browser.locator("img[src=x]")).to_have_count(0)
    foot = browser.locator(".modos-edit-foot")
    foot.get_by_role("button", name="Discard").press("Enter")
    browser.get_by_role("button", name="Discard changes").press("Enter")
    expect(foot).to_contain_text("No changes")


def test_an_object_is_deleted_and_restored_by_keyboard(lab: LabPage, tmp_path: Path) -> None:
    browser, keyboard = show(lab, tmp_path), lab.page.keyboard
    lab.python(
        "browser.session.create(modos_widgets.session.NewObject(str(folder), '<img src=x>'))"
    )
    expect(browser.locator(".modos-object-name")).to_contain_text("<img src=x>")
    menu = browser.get_by_role("button", name="More actions for the object")
    menu.press("Enter")
    keyboard.press("End")
    keyboard.press("Enter")
    asked = browser.get_by_role("dialog")
    remove = asked.get_by_role("button", name="Delete object")
    expect(remove).to_be_disabled()
    keyboard.type("<img src=x>")
    expect(remove).to_be_enabled()
    assert lab.axe(".modos-browser dialog") == []
    keyboard.press("Enter")
    notice = browser.get_by_text(re.compile("was deleted. Its files are in"))
    expect(notice).to_be_visible()
    expect(entry(browser, "<img src=x>")).to_have_count(0)
    assert lab.axe(".modos-browser") == []
    browser.get_by_role("button", name="Undo").press("Enter")
    expect(browser.locator(".modos-object-name")).to_contain_text("<img src=x>")
    expect(notice).to_have_count(0)
    expect(entry(browser, "<img src=x>")).to_be_visible()


def test_proposed_changes_are_opened_from_the_persons_computer(
    lab: LabPage, tmp_path: Path
) -> None:
    browser = show(lab, tmp_path)
    entry(browser, "one").click()
    file = tmp_path / "one.changes.json"
    lab.python("draft = modos_widgets.open_modo(folder / 'one').edit()")
    lab.python("draft.set('sample/s1', 'description', 'x' * 900_000)")
    lab.python("draft.set('sample/s2', 'description', 'y' * 900_000)")
    lab.python("[draft.set(f'sample/s{n}', 'name', 'z' * 900_000) for n in range(3)]")
    lab.python(f"open({str(file)!r}, 'w').write(draft.to_json())")
    assert file.stat().st_size > 4 * 2**20  # several messages
    browser.get_by_role("button", name="More actions for the object").click()
    browser.get_by_role("menuitem", name="Open proposed changes…").click()
    asked = browser.get_by_role("dialog")
    assert lab.axe(".modos-browser dialog") == []
    hostile = tmp_path / "no.json"
    hostile.write_text("<img src=x>")
    opened = asked.get_by_role("button", name="Open changes")
    expect(opened).to_be_disabled()
    asked.locator("input[type=file]").set_input_files(hostile)
    opened.click()
    expect(asked.get_by_role("alert")).to_contain_text("not a change set")
    asked.locator("input[type=file]").set_input_files(file)
    opened.click()
    expect(asked).to_have_count(0)
    expect(browser.locator(".modos-edit-foot")).to_contain_text("5 changes in 1 object")
    lab.expect_python("len(browser.session.draft.undecided())", "5")
