"""Files in the Browser in a real JupyterLab: uploads, attached and detached files, downloads."""

from __future__ import annotations

import hashlib
import os
import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.parts.clean_objects import make_clean_object, write_archive

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Locator

    from tests.parts.lab import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

STUDY = """
import os, pathlib, tempfile
os.environ['XDG_STATE_HOME'] = tempfile.mkdtemp()
os.environ['XDG_CACHE_HOME'] = tempfile.mkdtemp()
import modos_widgets
path = pathlib.Path({path!r}) / 'study'
draft = modos_widgets.create_modo(path, name='Study').edit()
draft.add('data/p1', {{'@type': 'AlignmentSet', 'data_format': 'CRAM', 'data_path': 'P1.cram'}})
draft.add('data/empty', {{'@type': 'DataEntity', 'data_format': 'TSV'}})
(path / 'P1.cram').write_bytes(b'CRAM old')
(path / 'notes.tsv').write_bytes(b'a')
draft.commit(force=True)
(path.parent / 'more' / 'big.bin').rename(path / 'big.bin')
browser = modos_widgets.browse(path)
browser.tab = 'files'
browser
"""
OBJECT = """
import os, tempfile
os.environ['XDG_STATE_HOME'] = tempfile.mkdtemp()
os.environ['XDG_CACHE_HOME'] = tempfile.mkdtemp()
import modos_widgets
browser = modos_widgets.browse({path!r})
browser.tab = 'files'
browser
"""
DROP = """(target, files) => {
  const data = new DataTransfer();
  for (const [name, text] of files) data.items.add(new File([text], name, { lastModified: 1 }));
  const options = { dataTransfer: data, bubbles: true, cancelable: true };
  for (const type of ['dragover', 'drop']) target.dispatchEvent(new DragEvent(type, options));
}"""
BIG = os.urandom(9 * 2**20)
INSIDE = "area => area.scrollWidth <= area.clientWidth"


def show(lab: LabPage, tmp_path: Path) -> Locator:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "big.bin").write_bytes(BIG)
    lab.open([STUDY.format(path=str(tmp_path))])
    lab.run_all()
    browser = lab.output(0).locator(".modos-browser")
    expect(browser.locator(".modos-files").get_by_text("P1.cram")).to_be_visible()
    return browser


def edit(browser: Locator) -> None:
    browser.get_by_role("button", name="Edit", exact=True).click()
    expect(browser.get_by_role("button", name="Attach files…")).to_be_visible()


def drop(target: Locator, *files: tuple[str, str]) -> None:
    target.evaluate(DROP, [list(file) for file in files])


def row(browser: Locator, path: str) -> Locator:
    return browser.locator(".modos-files tbody tr").filter(has_text=re.compile(rf"^{path}"))


def commit(browser: Locator) -> None:
    foot = browser.locator(".modos-edit-foot")
    foot.get_by_role("button", name="Commit…").click()
    asked = browser.get_by_role("dialog")
    asked.get_by_role("button", name=re.compile("^Commit")).click()
    expect(foot).to_contain_text("No changes")
    browser.get_by_role("dialog", name="Committed").get_by_role("button", name="Done").click()


def test_files_are_dropped_attached_and_committed(lab: LabPage, tmp_path: Path) -> None:
    browser = show(lab, tmp_path)
    panel = browser.locator(".modos-files-panel")
    drop(panel, ("P9.cram", "CRAM\x03"))
    expect(panel.get_by_role("status")).to_have_text("Choose Edit to attach files.")
    edit(browser)
    lab.screenshot("files-panel-light", browser)
    drop(panel, ("P9.cram.crai", "i"), ("P9.cram", "CRAM\x03"), ("P1.cram", "CRAM\x03"))
    dialog = browser.get_by_role("dialog")
    attach = dialog.get_by_role("button", name=re.compile("^Attach"))
    first = dialog.locator(".modos-attach-entry").filter(has_text="with P9.cram.crai")
    expect(first.get_by_label("Class")).to_have_value("AlignmentSet")
    expect(first.get_by_label("Id")).to_have_value("data/p9")
    expect(dialog.get_by_text("The object already has a file P1.cram (data/p1).")).to_be_visible()
    expect(attach).to_be_disabled()
    lab.screenshot("files-attach-light", browser)
    assert lab.axe(".modos-browser dialog") == []
    lab.set_theme()
    lab.screenshot("files-attach-dark", browser)
    assert lab.axe(".modos-browser dialog") == []
    dialog.get_by_role("radio", name=re.compile("^Replace")).check()
    expect(attach).to_have_text("Attach 2 files")
    attach.click()
    expect(dialog).to_have_count(0)
    expect(panel.get_by_role("status")).to_contain_text("Attached 2 files")
    expect(row(browser, "P9.cram.crai")).to_contain_text("new")
    expect(row(browser, "P1_2.cram")).to_contain_text("data/p1")
    expect(row(browser, "P1.cram")).to_contain_text("removed")
    lab.screenshot("files-pending-dark", browser)
    assert lab.axe(".modos-browser") == []
    commit(browser)
    study = tmp_path / "study"
    assert sorted(path.name for path in study.glob("P*")) == [
        "P1_2.cram",
        "P9.cram",
        "P9.cram.crai",
    ]
    assert (study / "P9.cram").read_bytes() == b"CRAM\x03"
    expect(row(browser, "P9.cram.crai")).not_to_contain_text("new")

    row(browser, "P9.cram$|P9.cram\\d").first.click()
    browser.get_by_role("button", name="Change").click()
    browser.get_by_role("menuitem", name="Detach…").click()
    lab.screenshot("files-detach-dark", browser)
    assert lab.axe(".modos-browser dialog") == []
    browser.get_by_role("dialog").get_by_role("button", name="Remove file").click()
    expect(row(browser, "P9.cram.crai")).to_contain_text("removed")
    lab.python("browser.table.commit(force=True)")  # data_path is required
    assert sorted(path.name for path in study.glob("P*")) == ["P1_2.cram"]


def test_the_dialog_fits_every_width_in_both_themes(lab: LabPage, tmp_path: Path) -> None:
    browser = show(lab, tmp_path)
    edit(browser)
    panel = browser.locator(".modos-files-panel")
    long = "a long name of a file " * 8 + ".vcf"
    for theme in ("Light", "Dark"):
        lab.set_theme(f"JupyterLab {theme}")
        for width in (1400, 900, 705, 420):
            lab.page.set_viewport_size({"width": width, "height": 900})
            drop(panel, ("P1.cram", "<html>"), (long, "x"))
            dialog = browser.get_by_role("dialog")
            expect(dialog.get_by_text("The object already has a file")).to_be_visible()
            expect(dialog.get_by_label("Class").last).to_be_visible()
            lab.screenshot(f"files-attach-{width}-{theme.lower()}", None)
            assert dialog.evaluate(INSIDE)
            dialog.get_by_role("button", name="Notebook server").click()
            expect(dialog.locator(".modos-pick").first).to_be_visible()
            lab.screenshot(f"files-server-{width}-{theme.lower()}", None)
            assert dialog.evaluate(INSIDE)
            assert lab.axe(".modos-browser dialog") == []
            dialog.get_by_role("button", name="Cancel").click()
            lab.screenshot(f"files-panel-{width}-{theme.lower()}", None)
            assert browser.evaluate(INSIDE)


def test_a_file_of_the_server_is_attached_by_keyboard_alone(lab: LabPage, tmp_path: Path) -> None:
    (tmp_path / "incoming").mkdir()
    (tmp_path / "incoming" / "x.vcf").write_text("##fileformat=VCFv4.2\n")
    (tmp_path / "incoming" / "x.vcf.tbi").write_text("i")
    browser = show(lab, tmp_path)
    page = lab.page
    browser.get_by_role("button", name="Edit", exact=True).focus()
    page.keyboard.press("Enter")
    browser.get_by_role("button", name="Attach files…").focus()
    page.keyboard.press("Enter")
    dialog = browser.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Choose files…")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    expect(dialog.get_by_role("button", name="Notebook server")).to_be_focused()
    page.keyboard.press("Enter")
    folder = dialog.get_by_label("Folder on the notebook server")
    expect(folder).not_to_have_value("")
    folder.focus()
    page.keyboard.press("Control+a")
    page.keyboard.type(str(tmp_path))
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("button", name="incoming")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(dialog.locator(".modos-pick").first).to_be_focused()
    page.keyboard.press("i")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("button", name=re.compile(r"^x\.vcf\s"))).to_be_focused()
    page.keyboard.press("Enter")
    entry = dialog.locator(".modos-attach-entry")
    expect(entry).to_contain_text("with x.vcf.tbi")
    expect(entry.get_by_label("Class")).to_have_value("VariantSet")
    attach = dialog.get_by_role("button", name="Attach file", exact=True)
    expect(attach).to_be_enabled()
    attach.focus()
    page.keyboard.press("Enter")
    expect(row(browser, "x.vcf.tbi")).to_contain_text("new")
    lab.expect_python("browser.session.draft.current('data/x', 'data_format')", "'VCF'")


@pytest.mark.parametrize("is_same", [True, False])
def test_an_interrupted_upload_continues_with_the_same_file(
    lab: LabPage, tmp_path: Path, *, is_same: bool
) -> None:
    data = os.urandom(20 * 2**20) + b"end"
    big = tmp_path / "big.cram"
    big.write_bytes(data)
    modified = int(big.stat().st_mtime * 1000)
    browser = show(lab, tmp_path)
    edit(browser)
    lab.python(
        f"begun = modos_widgets.session.uploads().begin('big.cram', {len(data)}, {modified})"
    )
    lab.python(f"first = open({str(big)!r}, 'rb').read(2**22)")
    lab.python(f"begun.add(0, first if {is_same} else bytes(2**22))")
    lab.python("offsets = []; add = type(begun).add")
    lab.python("record = lambda self, *piece: (offsets.append(piece[0]), add(self, *piece))")
    lab.python("type(begun).add = record")
    browser.get_by_role("button", name="Attach files…").click()
    dialog = browser.get_by_role("dialog")
    dialog.locator("input[type=file]").set_input_files(big)
    attach = dialog.get_by_role("button", name="Attach file", exact=True)
    expect(attach).to_be_enabled(timeout=60_000)
    first = 1 if is_same else 0
    assert lab.python("sorted(offsets)") == str([place * 2**22 for place in range(first, 6)])
    attach.click()
    expect(row(browser, "big.cram")).to_contain_text("new")
    digest = hashlib.blake2b(data).hexdigest()
    lab.expect_python("browser.session.draft.current('data/big', 'data_checksum')", repr(digest))


def test_a_file_that_changes_while_it_is_uploaded_is_reported(lab: LabPage, tmp_path: Path) -> None:
    big = tmp_path / "big.cram"
    big.write_bytes(os.urandom(60 * 2**20))
    browser = show(lab, tmp_path)
    edit(browser)
    browser.get_by_role("button", name="Attach files…").click()
    dialog = browser.get_by_role("dialog")
    dialog.locator("input[type=file]").set_input_files(big)
    expect(dialog.get_by_role("progressbar")).not_to_have_attribute("aria-valuenow", "0")
    big.write_bytes(b"other")
    expect(dialog.get_by_role("alert")).to_contain_text("changed or removed while it was being")
    expect(dialog.get_by_role("button", name="Retry")).to_be_visible()
    dialog.get_by_role("button", name="Remove big.cram").click()
    expect(dialog.get_by_role("alert")).to_have_count(0)


def test_a_file_is_downloaded_to_this_computer(lab: LabPage, tmp_path: Path) -> None:
    browser = show(lab, tmp_path)
    row(browser, "big.bin").click()
    menu = browser.get_by_role("button", name="Download", exact=True)
    menu.click()
    lab.screenshot("files-download-light", browser)
    with lab.page.expect_download() as coming:
        browser.get_by_role("menuitem", name="Download to this computer").click()
    saved = tmp_path / "saved.bin"
    coming.value.save_as(saved)
    assert coming.value.suggested_filename == "big.bin"
    assert saved.read_bytes() == BIG
    expect(browser.get_by_text("Downloaded big.bin to this computer.")).to_be_visible()
    menu.click()
    browser.get_by_role("menuitem", name="Save in the notebook's folder").click()
    expect(browser.get_by_text("Saved as big.bin in the notebook's folder.")).to_be_visible()


HOSTILE = [
    "<img src=x onerror=window.hit=1>.vcf",
    "<script>window.hit=1<|script>.vcf",
    "'\"><svg onload=window.hit=1>.tsv",
    "{{constructor}}.bam",
    "\u202egnp.exe",
]


def test_names_of_files_are_only_text(lab: LabPage, tmp_path: Path) -> None:
    (tmp_path / "incoming").mkdir()
    for name in HOSTILE:
        (tmp_path / "incoming" / name).write_text("x")
    browser = show(lab, tmp_path)
    edit(browser)
    drop(browser.locator(".modos-files-panel"), *((name, "x") for name in (*HOSTILE, "..")))
    dialog = browser.get_by_role("dialog")
    expect(dialog.get_by_text("The name was changed").first).to_be_visible()
    dialog.get_by_role("button", name="Notebook server").click()
    folder = dialog.get_by_label("Folder on the notebook server")
    folder.fill(str(tmp_path / "incoming"))
    folder.press("Enter")
    picks = dialog.locator(".modos-pick")
    expect(picks.filter(has_text=HOSTILE[0])).to_have_count(1)  # the list of the new folder
    expect(picks).to_have_count(len(HOSTILE))
    for place in range(len(HOSTILE)):
        picks.nth(place).click()
    expect(dialog.locator(".modos-attach-entry")).to_have_count(2 * len(HOSTILE) + 1)
    expect(dialog.get_by_text("is not a name for a file")).to_be_visible()
    expect(dialog.get_by_text("Another chosen file has this name")).to_have_count(len(HOSTILE))
    dialog.get_by_role("button", name="Remove ..", exact=True).click()
    dialog.get_by_role("button", name="Attach 10 files").click()
    expect(dialog).to_have_count(0)
    expect(browser.locator(".modos-files tbody tr")).to_have_count(13)
    lab.screenshot("files-hostile-light", browser)
    assert lab.page.evaluate("() => window.hit") is None
    assert browser.locator("img[src=x], script, .modos-files svg").count() == 0


def test_files_are_checked_by_mouse_and_keyboard(lab: LabPage, tmp_path: Path) -> None:
    browser = show(lab, tmp_path)
    calls = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t<b>S1\n"
    (tmp_path / "study" / "P1.cram").write_text(calls)
    browser.get_by_role("button", name="Check files").click()
    note = browser.get_by_role("status").filter(has_text="Checked 1 file")
    expect(note).to_contain_text("2 errors, 1 warning")
    content = row(browser, "P1.cram").locator(".modos-file-content")
    expect(content).to_contain_text("VCF 4.2, sample <b>S1")
    expect(content.get_by_role("listitem")).to_have_count(3)
    lab.page.screenshot(path=tmp_path / "checked.png")

    edit(browser)
    (tmp_path / "study" / "P1.cram").write_bytes(b"")
    button = browser.get_by_role("button", name="Check files")
    button.focus()
    button.press("Enter")
    expect(content).to_contain_text("Empty file")
    browser.get_by_role("tab", name=re.compile("Metadata")).click()
    expect(browser.get_by_text(re.compile(r"^\d+ errors?")).first).to_be_visible()


def test_each_format_is_shown_in_one_line(lab: LabPage, tmp_path: Path) -> None:
    folder = tmp_path / "object"
    write_archive(folder, make_clean_object(folder, 3))
    lab.open([OBJECT.format(path=str(folder))])
    lab.run_all()
    browser = lab.output(0).locator(".modos-browser")
    button = browser.get_by_role("button", name="Check files")
    button.focus()
    button.press("Enter")
    expect(browser.get_by_role("status").filter(has_text="Checked 15 files")).to_be_visible()
    for name, words in (
        ("x3.1.cram", r"CRAM 3\.1, .*sorted, indexed"),
        ("cells.h5ad", r"HDF5, anndata 0\.1\.0, [\d,]+ x \d+"),
        ("cells.zarr", r"Zarr 3, anndata, [\d,]+ x \d+"),
    ):
        content = row(browser, re.escape(name)).first.locator(".modos-file-content")
        expect(content).to_contain_text(re.compile(words))
    lab.screenshot("files-formats-light", browser)
    assert lab.axe(".modos-browser .modos-files") == []
    lab.set_theme()
    lab.screenshot("files-formats-dark", browser)
