"""Curation of a whole cohort, beside a colleague, and by one who may only read."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.parts.s3 import running_seaweedfs
from tests.parts.tables import cell

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Locator

    from modos_widgets.modo import Modo
    from tests.parts.lab import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

OWN_FOLDERS = """
import os, tempfile
os.environ['XDG_STATE_HOME'] = tempfile.mkdtemp()
os.environ['XDG_CACHE_HOME'] = tempfile.mkdtemp()
import modos_widgets
"""
READER = {"accessKey": "reader", "secretKey": "readers-secret"}


def show(lab: LabPage, code: str) -> Locator:
    code = code.replace("modos_widgets.browse(", "browser = modos_widgets.browse(")
    lab.open([f"{OWN_FOLDERS}{code}\nbrowser.view = 'object'  # the list of objects\nbrowser"])
    lab.run_all()
    browser = lab.output(0).locator(".modos-browser")
    expect(browser.locator(".modos-objects .modos-row[data-path]").first).to_be_visible()
    return browser


def open_object(browser: Locator, name: str) -> None:
    browser.locator(f'.modos-objects .modos-row[data-path$="/{name}"]').last.click()
    expect(browser.locator(".modos-object-name")).to_contain_text(name)


def edit(browser: Locator) -> None:
    browser.get_by_role("button", name="Edit", exact=True).click()
    expect(browser.get_by_text("Editing", exact=True)).to_be_visible()


def type_into(lab: LabPage, target: Locator, text: str) -> None:
    target.dblclick()
    lab.page.keyboard.press("Control+a")
    lab.page.keyboard.type(text)
    lab.page.keyboard.press("Enter")


def commit(browser: Locator) -> None:
    """Press "Commit…", then "Commit 3 changes"."""
    foot = browser.locator(".modos-edit-foot")
    foot.get_by_role("button", name="Commit…").click()
    browser.locator("dialog[open]").get_by_role("button", name=re.compile(r"^Commit \d")).click()


def done(browser: Locator) -> None:
    report = browser.get_by_role("dialog", name="Committed")
    report.get_by_role("button", name="Done").click()
    expect(browser.locator(".modos-edit-foot")).to_contain_text("No changes")


def put_object(path: str, **options: Any) -> Modo:
    """Create an object with three samples and a data entity, which links to the first one."""
    from modos_widgets import create_modo  # noqa: PLC0415  heavy

    modo = create_modo(path, name="Study", **options)
    draft = modo.edit()
    for number in range(3):
        draft.add(f"sample/s{number}", {"@type": "Sample", "name": f"Sample {number}"})
    data = {"data_path": "x.tsv", "data_format": "TSV", "has_sample": ["sample/s0"]}
    draft.add("data/d1", {"@type": "DataEntity", **data})
    draft.commit("Add elements")
    return modo


def test_the_demo_cohort_is_curated_to_zero_errors(lab: LabPage) -> None:
    browser = show(
        lab,
        "from modos_widgets import demo\n"
        "deployment = demo.start()\n"
        "modos_widgets.browse(endpoint=deployment.endpoint)",
    )
    table, keys = browser.locator(".modos-table-holder"), lab.page.keyboard
    dialog = browser.locator("dialog[open]")
    browser.get_by_label("Filter objects").fill("smoc")
    expect(browser.get_by_text("18 of 24 objects")).to_be_visible()
    browser.get_by_label("Filter objects").press("ArrowDown")
    keys.press("Control+a")
    browser.get_by_role("button", name="Curate 18 objects").click()
    expect(browser.get_by_text("Editing 18 objects")).to_be_visible()
    expect(table.get_by_role("button", name="8 errors")).to_be_visible()

    table.get_by_role("button", name="Fix 11 problems…").click()
    expect(dialog.get_by_role("checkbox", checked=True)).to_have_count(4)  # those that lose nothing
    open_boxes = dialog.get_by_role("checkbox", checked=False)
    while open_boxes.count():
        open_boxes.first.check()
    dialog.get_by_role("button", name="Apply 11 fixes").click()
    expect(table).to_contain_text("11 cells changed")
    table.get_by_role("button", name="1 error").click()
    expect(table.locator(".modos-bubble")).to_contain_text("omics_type is required")
    keys.type("GENOMICS")
    keys.press("F8")
    expect(table).to_contain_text("No findings in the filtered rows.")
    commit(browser)
    expect(dialog).to_contain_text("8 errors, 4 warnings before, no findings after")
    done(browser)
    lab.expect_python(
        "len(modos_widgets.edit([path for path in deployment.objects if 'smoc/' in path],"
        " services={'s3': deployment.s3_endpoint}).findings)",
        "0",
    )


def test_an_edit_session_meets_the_commit_of_a_colleague(
    lab: LabPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from modos_widgets import open_modo  # noqa: PLC0415  heavy

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    path = tmp_path / "objects" / "study"
    put_object(str(path))
    browser = show(lab, f"modos_widgets.browse({str(path.parent)!r})")
    table, dialog = browser.locator(".modos-table-holder"), browser.locator("dialog[open]")
    open_object(browser, "study")
    edit(browser)
    # rows: the object, data/d1, then the samples
    type_into(lab, cell(table, 1, "has_sample"), "sample/s0, sample/s1")
    type_into(lab, cell(table, 2, "name"), "Mine")
    type_into(lab, cell(table, 4, "name"), "Mine too")
    expect(browser.locator(".modos-edit-foot")).to_contain_text("3 changes")

    colleague = open_modo(path, mode="r+").edit()
    colleague.set("sample/s0", "name", "Theirs")
    colleague.set("sample/s0", "sex", "Female")
    colleague.remove("sample/s1")
    colleague.add("sample/s9", {"@type": "Sample", "name": "Ninth"})
    colleague.commit("At the same time")

    commit(browser)
    expect(dialog.get_by_role("heading", name="2 conflicts")).to_be_visible()
    expect(dialog).to_contain_text("Nothing was written")
    name = dialog.get_by_role("row").filter(has_text="sample/s0 name")
    expect(name).to_contain_text("Theirs")
    link = dialog.get_by_role("row").filter(has_text="data/d1 has_sample")
    expect(link).to_contain_text("sample/s1 was removed")
    assert lab.axe("dialog[open]") == []
    assert open_modo(path).metadata["sample/s0"]["name"] == "Theirs"
    dialog.get_by_label("Value to keep for sample/s0 name").select_option("Keep mine")
    dialog.get_by_label("Value to keep for data/d1 has_sample").select_option("Keep theirs")
    dialog.get_by_role("button", name="Continue").click()
    dialog.get_by_role("button", name="Commit 2 changes").click()
    done(browser)

    # what both have changed is as chosen; all else of both is stored, and shown
    stored = open_modo(path).metadata
    assert stored["sample/s0"] == {"@type": "Sample", "name": "Mine", "sex": "Female"}
    assert stored["sample/s2"]["name"] == "Mine too"
    assert stored["sample/s9"]["name"] == "Ninth"
    assert "sample/s1" not in stored
    assert stored["data/d1"]["has_sample"] == ["sample/s0"]
    expect(table.locator(".ag-row").filter(has_text="sample/s9")).to_be_visible()
    expect(table.locator(".ag-row").filter(has_text="sample/s1")).to_have_count(0)


@pytest.mark.real
def test_a_proposal_goes_from_one_who_may_read_to_one_who_may_write(
    lab: LabPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from modos_widgets import open_modo  # noqa: PLC0415  heavy

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "server").mkdir()
    identity = {"name": "reader", "credentials": [READER], "actions": ["Read", "List"]}
    with running_seaweedfs(tmp_path / "server", [identity]) as server:
        folder = f"s3://{server.bucket()}/objects"
        services = {"s3": server.endpoint}
        put_object(f"{folder}/study", services=services, s3_kwargs=server.s3_kwargs)

        def open_as(key: str, secret: str) -> Locator:
            keys = {"key": key, "secret": secret}
            browser = show(
                lab, f"modos_widgets.browse({folder!r}, services={services}, s3_kwargs={keys})"
            )
            open_object(browser, "study")
            return browser

        browser = open_as(READER["accessKey"], READER["secretKey"])
        edit(browser)
        table = browser.locator(".modos-table-holder")
        for row, name in ((2, "Tumor"), (3, "Normal")):
            type_into(lab, cell(table, row, "name"), name)
        expect(browser.locator(".modos-edit-foot")).to_contain_text("2 changes")
        commit(browser)
        dialog = browser.locator("dialog[open]")
        expect(dialog.get_by_role("alert")).to_contain_text("has no write permission")
        assert lab.axe("dialog[open]") == []
        with lab.page.expect_download() as download:
            dialog.get_by_role("button", name="Download changes").click()
        file = tmp_path / download.value.suggested_filename
        download.value.save_as(file)
        assert READER["secretKey"] not in file.read_text()
        assert json.loads(file.read_text())["objects"][0]["path"] == f"{folder}/study"
        dialog.get_by_role("button", name="Cancel").click()
        lab.close()

        browser = open_as(server.key, server.secret)
        browser.get_by_role("button", name="More actions for the object").click()
        browser.get_by_role("menuitem", name="Open proposed changes…").click()
        dialog = browser.locator("dialog[open]")
        dialog.locator("input[type=file]").set_input_files(file)
        dialog.get_by_role("button", name="Open changes").click()
        foot = browser.locator(".modos-edit-foot")
        foot.get_by_role("button", name="Review 2 proposed changes…").click()
        dialog.get_by_role("button", name="Accept: sample/s0 name").click()
        dialog.get_by_role("button", name="Reject: sample/s1 name").click()
        dialog.get_by_role("button", name="Apply 2 decisions").click()
        expect(foot).to_contain_text("1 change in 1 object")
        commit(browser)
        done(browser)
        metadata = open_modo(
            f"{folder}/study", services=services, s3_kwargs=server.s3_kwargs
        ).metadata
        names = [metadata[f"sample/s{number}"]["name"] for number in (0, 1)]
        assert names == ["Tumor", "Sample 1"]
