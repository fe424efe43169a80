"""The whole life of an object in a real JupyterLab, without a line of Python after `browse`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.parts.tables import cell

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from playwright.sync_api import Locator

    from tests.parts.lab import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

START = """
import os
os.environ['XDG_STATE_HOME'] = {folder!r} + '/state'
os.environ['XDG_CACHE_HOME'] = {folder!r} + '/cache'
import modos_widgets
modos_widgets.browse({folder!r} + '/objects')
"""
FILES = [("reads.cram", "CRAM\x03"), ("calls.vcf", "##fileformat=VCFv4.2\n")]
DROP = """(target, files) => {
  const data = new DataTransfer();
  for (const [name, text] of files) data.items.add(new File([text], name, { lastModified: 1 }));
  const options = { dataTransfer: data, bubbles: true, cancelable: true };
  for (const type of ['dragover', 'drop']) target.dispatchEvent(new DragEvent(type, options));
}"""
COLUMN = "sex\n" + "Female\nMale\n" * 12
LEAVES = "() => window.dispatchEvent(new Event('beforeunload', {cancelable: true}))"
REQUIRED = {"omics_type": "TRANSCRIPTOMICS", "data_path": "counts.tsv", "data_format": "TSV"}


class Workbench:
    """The browser of a folder without objects, and its parts."""

    def __init__(self, lab: LabPage, folder: Path) -> None:
        (folder / "objects").mkdir()
        (folder / "incoming").mkdir()
        for name, text in FILES:
            (folder / "incoming" / name).write_text(text)
        self.lab = lab
        self.objects = folder / "objects"
        self.incoming = folder / "incoming"
        self.keys = lab.page.keyboard
        lab.open([START.format(folder=str(folder))])
        lab.run_all()
        lab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        lab.page.evaluate("text => navigator.clipboard.writeText(text)", COLUMN)
        self.browser = lab.output(0).locator(".modos-browser")
        self.table = self.browser.locator(".modos-table-holder")
        self.panel = self.table.locator(".modos-structure")
        self.foot = self.browser.locator(".modos-edit-foot")
        self.dialog = self.browser.locator("dialog[open]")
        self.options = lab.page.locator(".modos-options:popover-open").get_by_role("option")
        self.commits = self.browser.locator(".modos-history").get_by_role("option")

    def button(self, name: str, place: Locator | None = None) -> Locator:
        return (place or self.browser).get_by_role("button", name=name, exact=True)

    def tab(self, name: str) -> Locator:
        return self.browser.get_by_role("tab", name=re.compile(f"^{name}"))

    def field(self, name: str) -> Locator:
        return self.panel.locator(f"[data-field='{name}']").locator("input, textarea").first

    def reload(self) -> None:
        """Load the page again; the kernel goes on."""
        self.lab.save()
        self.lab.page.reload()
        expect(self.foot).to_contain_text("No changes", timeout=60_000)

    def fill_required(self) -> None:
        """Type each value that is missing, and go to the next one by F8."""
        bubble = self.table.locator(".modos-bubble")
        for name in ("omics_type", "data_path", "data_format"):
            expect(bubble).to_contain_text(f"{name} is required")
            self.keys.type(REQUIRED[name])
            self.keys.press("F8")
        expect(self.table).to_contain_text("No findings in the filtered rows.")

    def is_described(self) -> None:
        """Check what is stored after the first commit."""
        from modos_widgets import open_modo  # noqa: PLC0415  heavy

        stored = open_modo(self.objects / "study").metadata
        assert len([each for each in stored if each.startswith("sample/")]) == 24
        assert stored["sample/sample_02"] == {"@type": "Sample", "name": "Sample 02", "sex": "Male"}
        assert stored["data/counts"]["has_sample"] == ["sample/sample_01", "sample/sample_02"]
        assert stored["data/counts"]["data_path"] == "counts.tsv"
        assert stored["assay/rna-seq"]["has_data"] == ["data/counts"]
        assert stored["assay/rna-seq"]["omics_type"] == ["TRANSCRIPTOMICS"]
        assert stored["data/reads"]["@type"] == "AlignmentSet"
        for name, text in FILES:
            assert (self.objects / "study" / name).read_text() == text

    def is_gone(self) -> None:
        """Check that the object is deleted, and that its folder can be restored."""
        expect(self.browser).to_contain_text("study was deleted. Its files are in")
        expect(self.browser).to_contain_text("No objects in this folder")
        assert [each.name for each in self.objects.iterdir()] == [".modos-deleted"]


def elements(objects: Path) -> Sequence[str]:
    from modos_widgets import open_modo  # noqa: PLC0415  heavy

    return list(open_modo(objects / "study").metadata)


def test_the_life_of_an_object_by_mouse(lab: LabPage, tmp_path: Path) -> None:  # noqa: PLR0915
    bench = Workbench(lab, tmp_path)
    browser, button, keys = bench.browser, bench.button, bench.keys
    dialog, foot, panel, table = bench.dialog, bench.foot, bench.panel, bench.table

    def add(name: str) -> None:
        button("Add…", table).click()
        table.get_by_role("menuitem", name=name, exact=True).click()

    def pick(name: str, text: str) -> None:
        bench.field(name).click()
        keys.type(text)
        bench.options.filter(has_text=text).first.click()

    def commit(message: str) -> None:
        dialog.get_by_label("Commit message").fill(message)
        dialog.get_by_role("button", name=re.compile(r"^Commit \d")).click()
        button("Done", browser.get_by_role("dialog", name="Committed")).click()
        expect(foot).to_contain_text("No changes")

    button("New object…").last.click()
    dialog.get_by_label(re.compile("^Id")).fill("study")
    dialog.get_by_label(re.compile("^Name")).fill("Study")
    button("Create object").click()
    expect(browser.get_by_text("Editing", exact=True)).to_be_visible()

    bench.tab("Files").click()
    browser.locator(".modos-files-panel").evaluate(DROP, [list(file) for file in FILES])
    button("Attach 2 files").click()
    expect(dialog).to_have_count(0)

    bench.tab("Metadata").click()
    add("Assay")
    bench.field("name").fill("RNA-seq")
    button("Add", panel).click()
    button("Add anyway").click()
    add("Sample")
    button("Add several…").click()
    panel.get_by_label("count", exact=True).fill("24")
    button("Add 24 samples").click()
    expect(table).to_contain_text("Added 24 elements: sample/sample_01 and 23 more.")
    add("Data entity")
    bench.field("name").fill("Counts")
    pick("has_sample", "sample_01")
    pick("has_sample", "sample_02")
    pick("used by", "rna-seq")
    button("Add", panel).click()
    button("Add anyway").click()

    button("3 errors").click()
    bench.fill_required()
    # the columns of another tab are shown from the first one on
    bench.tab("Samples").click()
    expect(table.get_by_role("columnheader", name="name", exact=True)).to_be_in_viewport(ratio=1)
    cell(table, 0, "sex").click()
    keys.press("Control+v")
    expect(cell(table, 1, "sex")).to_have_text("Male")

    assert not lab.page.evaluate(LEAVES)  # the browser asks first
    button("Review").click()
    expect(dialog).to_contain_text("TRANSCRIPTOMICS")
    button("Commit…", dialog).click()
    commit("Describe the study")
    bench.is_described()
    assert lab.page.evaluate(LEAVES)
    bench.reload()

    table.locator(".ag-row").get_by_text("sample/sample_01", exact=True).click()
    expect(browser.locator(".modos-element")).to_contain_text("sample/sample_01")
    button("Rename…", browser.locator(".modos-element")).click()
    panel.get_by_label("id", exact=True).fill("tumor")
    button("Rename", panel).click()
    button("Commit…", foot).click()
    commit("Rename a sample")
    assert "sample/tumor" in elements(bench.objects)

    # the first commit can be undone once the later one is
    bench.tab("History").click()
    bench.commits.filter(has_text="Describe the study").click()
    expect(browser.locator(".modos-commit")).to_contain_text("Undo “Rename a sample” first.")
    button("Show later commit").click()
    for message in ("Rename a sample", "Describe the study"):
        bench.commits.get_by_text(message, exact=True).click()
        expect(browser.get_by_role("heading", name=message, exact=True)).to_be_visible()
        button("Undo commit…").click()
        button("Undo commit", dialog).click()
        expect(bench.commits.first).to_contain_text(f"Undo of “{message}”")
    assert elements(bench.objects) == ["study"]
    assert [each.name for each in (bench.objects / "study").iterdir()] == ["data.zarr"]

    button("More actions for the object").click()
    browser.get_by_role("menuitem", name="Delete object…").click()
    dialog.get_by_role("textbox").fill("study")
    button("Delete object").click()
    bench.is_gone()


def test_the_life_of_an_object_by_keyboard(  # noqa: C901, PLR0915
    lab: LabPage, tmp_path: Path
) -> None:
    bench = Workbench(lab, tmp_path)
    browser, button, keys = bench.browser, bench.button, bench.keys
    dialog, foot, panel, table = bench.dialog, bench.foot, bench.panel, bench.table

    def press(*names: str) -> None:
        for name in names:
            keys.press(name)

    def reach(target: Locator, key: str = "Tab") -> None:
        """Go to a control with Tab, as a person without a mouse does."""
        expect(target).to_be_visible()
        for _ in range(40):
            if target.evaluate("each => each === each.ownerDocument.activeElement"):
                return
            keys.press(key)
        pytest.fail(f"40 presses of {key} do not reach {target}")

    def reach_grid() -> None:
        """Go to the cell of the grid that Tab leads to."""
        for _ in range(40):
            if table.locator(".ag-cell:focus").count():
                return
            keys.press("Tab")
        pytest.fail("40 presses of Tab do not reach a cell")

    def add(*letters: str) -> None:
        expect(button("Add…", table)).to_be_focused()
        press("Enter", *letters, "Enter")
        expect(bench.field("name")).to_be_focused()

    def pick(name: str, text: str) -> None:
        reach(bench.field(name))
        keys.type(text)
        expect(bench.options.filter(has_text=text).first).to_be_visible()
        press("ArrowDown", "Enter")

    def add_anyway() -> None:
        press("Enter")
        reach(button("Add anyway"))
        press("Enter")
        expect(panel).to_be_hidden()

    def commit(message: str) -> None:
        expect(dialog.get_by_label("Commit message")).to_be_focused()
        keys.type(message)
        press("Enter")
        expect(button("Done", browser.get_by_role("dialog", name="Committed"))).to_be_focused()
        press("Enter")
        expect(foot).to_contain_text("No changes")

    button("New object…").last.focus()  # the last help by anything but the keyboard
    press("Enter")
    expect(dialog.get_by_label(re.compile("^Id"))).to_be_focused()
    keys.type("study")
    press("Tab")
    keys.type("Study")
    press("Enter")
    expect(browser.get_by_text("Editing", exact=True)).to_be_visible()

    reach(bench.tab("Metadata"))
    press("ArrowRight")
    reach(button("Attach files…"))
    press("Enter")
    expect(button("Choose files…")).to_be_focused()
    reach(button("Notebook server"), "Shift+Tab")
    press("Enter")
    reach(dialog.get_by_label("Folder on the notebook server"))
    press("Control+a")
    keys.type(str(bench.incoming))
    press("Enter")
    reach(dialog.locator(".modos-pick").first)
    press("Enter", "ArrowDown", "Enter")
    expect(button("Attach 2 files")).to_be_enabled()
    reach(button("Attach 2 files"))
    press("Enter")
    expect(dialog).to_have_count(0)

    reach(bench.tab("Files"), "Shift+Tab")
    press("ArrowLeft")
    reach(button("Add…", table))
    add()  # an assay is the first choice
    keys.type("RNA-seq")
    add_anyway()
    add("s")
    reach(button("Add several…"), "Shift+Tab")
    press("Enter")
    expect(button("Add 24 samples")).to_be_visible()
    press("Enter")
    expect(panel).to_be_hidden()
    add("d")
    keys.type("Counts")
    pick("has_sample", "sample_01")
    pick("has_sample", "sample_02")
    pick("used by", "rna-seq")
    expect(panel.get_by_text("Not added yet")).to_have_count(0)
    add_anyway()

    reach(button("3 errors"), "Shift+Tab")
    press("Enter")
    bench.fill_required()
    reach(bench.tab("All"), "Shift+Tab")
    press("ArrowRight")
    expect(bench.tab("Samples")).to_be_focused()
    reach_grid()
    press("ArrowRight", "ArrowRight", "ArrowRight", "Control+v")
    expect(cell(table, 1, "sex")).to_have_text("Male")

    reach(button("Review"))
    press("Enter")
    expect(dialog).to_contain_text("TRANSCRIPTOMICS")
    reach(button("Commit…", dialog))
    press("Enter")
    commit("Describe the study")
    bench.is_described()
    bench.reload()

    bench.tab("Metadata").focus()  # the page was loaded again
    reach_grid()
    press("Shift+F10")
    expect(table.get_by_role("menuitem", name="Rename…")).to_be_visible()
    press("r", "Enter")
    expect(panel.get_by_label("id", exact=True)).to_be_focused()
    keys.type("tumor")
    press("Enter")
    expect(panel).to_be_hidden()
    reach(button("Commit…", foot))
    press("Enter")
    commit("Rename a sample")
    assert "sample/tumor" in elements(bench.objects)

    reach(bench.tab("Metadata"), "Shift+Tab")
    for name in ("Files", "Preview", "History"):
        press("ArrowRight")
        expect(bench.tab(name)).to_be_focused()
    for message, key in (("Rename a sample", "Home"), ("Describe the study", "ArrowDown")):
        reach(browser.locator(".modos-commits [tabindex='0']"))
        press(key)
        if message == "Describe the study":
            press("ArrowDown")
        expect(browser.get_by_role("heading", name=message, exact=True)).to_be_visible()
        expect(button("Undo commit…")).to_be_enabled()
        reach(button("Undo commit…"))
        press("Enter")
        reach(button("Undo commit", dialog))
        press("Enter")
        expect(bench.commits.first).to_contain_text(f"Undo of “{message}”")
    assert elements(bench.objects) == ["study"]

    reach(button("More actions for the object"), "Shift+Tab")
    press("Enter", "End", "Enter")
    expect(dialog).to_contain_text("Enter its id to confirm")
    keys.type("study")
    press("Enter")
    bench.is_gone()
