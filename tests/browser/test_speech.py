"""The main tasks by keyboard, with what a screen reader says at each key."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.test_overview import DEMO
from tests.browser.test_zarr_tree import SMALL
from tests.parts.speech import Listener
from tests.parts.tables import show_cohort

if TYPE_CHECKING:
    from pathlib import Path

    from tests.parts.lab import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

SIGN_IN = """
import os, tempfile
os.environ['XDG_CACHE_HOME'] = tempfile.mkdtemp()
from modos_widgets import Login, demo
deployment = demo.start(protected=True)
login = Login(deployment.endpoint)
login
"""


def test_find_an_error_fix_it_and_commit(lab: LabPage, tmp_path: Path) -> None:
    table = show_cohort(lab, tmp_path, 4)
    person = Listener(
        table,
        "Find an error, fix it and commit",
        "A table of four objects.",
        {re.escape(str(tmp_path)): "cohort"},
    )
    table.get_by_label("Search all columns").focus()
    person.hear("Move to the table")
    person.heading("Show the errors")
    person.press("Tab")
    person.press("Enter", until="gridcell, unknown")
    person.heading("Fix the first one")
    person.press("F2", until="2 suggestions")
    person.type("fem", until="1 suggestion")
    person.press("ArrowDown")
    person.press("Enter", until="1 error")
    person.heading("Open the findings of the second one")
    person.press("Alt+Enter", until="button")
    person.press("Escape", until="gridcell")
    person.heading("Undo and redo")
    person.press("Control+z", until="2 errors")
    person.press("Control+y", until="1 error")
    person.heading("Commit")
    for _ in range(20):
        if any("Commit…" in each for each in person.press("Tab")):
            break
    person.press("Enter", until="Commit message")
    person.read(table.get_by_role("dialog"))
    person.type("Sex from the register")
    person.press("Enter", until="button, Done")
    person.press("Enter", until="gridcell")
    person.check("find_fix_commit")


def test_search_and_filter_objects(lab: LabPage) -> None:
    lab.open([DEMO, "overview"])
    lab.run_all()
    area = lab.output(1).locator(".modos-overview")
    expect(area.get_by_role("row").filter(has_text="Patient 3, liver metastasis")).to_be_visible()
    expect(area.get_by_role("button", name="CRAM").first).to_be_visible()
    expect(area.locator(".modos-read-text")).to_contain_text("Read ")
    expect(area.locator(".modos-stats")).to_contain_text("in files")  # measured last
    person = Listener(
        area,
        "Search and filter objects",
        "The overview of the 24 objects of the demo.",
        {r"Read \d\d:\d\d": "Read 14:05", r"20\d\d-\d\d-\d\d \d\d:\d\d": "2026-12-01 14:05"},
    )
    person.read(area.locator(".modos-totals"))
    person.heading("Search")
    area.get_by_role("combobox").focus()
    person.hear("Move to the search field")
    person.type("liver", until="of 24 objects")
    person.press("Enter", until="row, Patient")
    person.press("ArrowDown")
    person.press("Space", until="1 object selected")
    person.press("f", until=("Added to favourites", "favourite, "))
    person.press("Escape", until=("of 24 objects", "not selected"))
    person.heading("Filter")
    for _ in range(3):
        person.press("Shift+Tab")
    area.get_by_role("button", name="Female").first.focus()
    person.hear("Move to a filter")
    person.press("Enter", until=("of 24 objects", "Female 43, pressed"))
    person.press("ArrowDown")
    person.press("Minus", until=("of 24 objects", "not Male"))
    person.heading("Open an object")
    area.get_by_role("grid").focus()
    person.hear("Move to the result")
    person.press("Enter", until="Opened")
    person.check("search_and_filter")


def test_browse_the_tree(lab: LabPage) -> None:
    lab.open([SMALL, "tree"])
    lab.run_all()
    area = lab.output(1).locator(".modos-zarr-tree")
    expect(area.locator('[data-path="assay/rna"]')).to_be_visible()
    person = Listener(area, "Browse the tree", "The tree of one object.")
    area.get_by_label("Filter names and values").focus()
    person.hear("Move to the filter")
    for words in ("Refresh", "More", "code", "treeitem"):
        person.press("Tab", until=words)
    person.heading("Open a group and select an array")
    person.press("ArrowDown")
    person.press("ArrowDown")
    person.press("ArrowDown")
    person.press("ArrowRight")
    person.press("r", until="rna_counts")
    person.press("ArrowRight", until=" expanded")
    person.press("ArrowRight", until="treeitem, data")
    person.press("Enter", until=" selected")
    person.press("Shift+F10", until="menuitem")
    person.press("Escape", until="treeitem")
    person.heading("Filter the nodes")
    area.get_by_label("Filter names and values").focus()
    person.type("female", until="24 matches")
    person.press("ArrowDown", until="treeitem")
    person.press("Escape")
    person.check("browse_the_tree")


def test_sign_in(lab: LabPage) -> None:
    lab.open([SIGN_IN])
    lab.run_all()
    area = lab.output(0).locator(".modos-login")
    button = area.get_by_role("button", name="Sign in")
    expect(button).to_be_visible()
    person = Listener(
        area,
        "Sign in",
        "An endpoint that requires a sign-in.",
        {
            r"127\.0\.0\.1:\d+": "modos.example.org",
            r"[A-Z]{4}-[A-Z]{4}": "ABCD-EFGH",
            r"9:\d\d left": "9:59 left",
            r"in 1\d min, at \d\d:\d\d( [AP]M)?": "in 15 min, at 14:05",
        },
    )
    person.read()
    button.focus()
    person.hear("Move to the button")
    person.press("Enter", until="confirm the code")
    person.read()
    lab.python("deployment.approve(login)")
    person.hear("Confirm the code on the page of the identity provider", until="Signed in")
    person.read()
    area.get_by_role("button", name="Sign out").focus()
    person.hear("Move to the button")
    person.press("Enter", until="Sign in")
    person.check("sign_in")
