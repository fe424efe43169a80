"""The main jobs of a person in any host: sign in, choose an object, edit and commit, transfer.

Each takes the area that holds the widgets of `WIDGETS`: a cell's output, or the body of a page.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from modos_widgets.demo import Deployment

# the sign-in and the copy are this process's own
WIDGETS = """
import os, tempfile
scratch = tempfile.mkdtemp()
os.environ["XDG_CACHE_HOME"] = os.environ["XDG_STATE_HOME"] = scratch
import modos_widgets
browser = modos_widgets.browse(endpoint={endpoint!r})
panel = modos_widgets.TransferPanel(
    "s3://demo/smoc/P-0002", scratch + "/copy", endpoint={endpoint!r}
)
"""
CENTRED = """dialog => {
  const {left, right, top} = dialog.getBoundingClientRect();
  return Math.abs(left + right - innerWidth) < 40 && top > 20;
}"""


@dataclass(frozen=True)
class Code:
    """A code as a sign-in shows it."""

    user_code: str


def sign_in(area: Locator, deployment: Deployment) -> None:
    """Sign in from the head of the browser, on a protected demo."""
    head = area.locator(".modos-browser .modos-top-login")
    head.get_by_role("button", name="Sign in", exact=True).click()
    code = area.locator(".modos-browser .modos-user-code")
    expect(code).to_have_text(re.compile(r"^[A-Z0-9]{4}-[A-Z0-9]{4}$"))
    deployment.approve(Code(code.inner_text()))
    expect(head).to_contain_text("Ada Curator")


def choose(area: Locator) -> None:
    """Choose an object, open a node of its tree, and see the row of the one chosen there."""
    browser = area.locator(".modos-browser")
    browser.locator('.modos-overview [data-path$="/P-0001"]').click()
    expect(browser.get_by_role("button", name="Edit", exact=True)).to_be_visible()
    drawer = browser.get_by_role("button", name="Tree", exact=True)
    if drawer.is_visible():  # in a narrow column
        drawer.click()
    browser.locator('[role=treeitem][data-path="sample"] .modos-twist').click()
    browser.locator('[role=treeitem][data-path="sample/tumor"]').click()
    row = browser.get_by_role("row").filter(has_text=re.compile("^sample/tumor"))
    expect(row).to_contain_text(re.compile("Liver metastasis|Seen in"))
    expect(browser.locator(".modos-element")).to_contain_text("sample/tumor")


def edit_and_commit(area: Locator, name: str) -> None:
    """Type a name into a cell of the table, and commit it; editing continues."""
    browser = area.locator(".modos-browser")
    foot = browser.locator(".modos-edit-foot")
    browser.get_by_role("button", name="Edit", exact=True).click()
    expect(foot).to_contain_text("No changes")
    open_editor(cell(browser, "sample/tumor", "name"))
    keyboard = area.page.keyboard
    keyboard.press("Control+a")
    keyboard.type(name)
    keyboard.press("Enter")
    expect(foot).to_contain_text("1 change in 1 object")
    foot.get_by_role("button", name="Commit…").click()
    asked = browser.get_by_role("dialog")
    expect(asked).to_contain_text(name)
    assert asked.evaluate(CENTRED), "the dialog is not in the middle of the page"
    asked.get_by_role("button", name=re.compile("^Commit")).click()
    browser.get_by_role("dialog", name="Committed").get_by_role("button", name="Done").click()
    expect(foot).to_contain_text("No changes")
    expect(browser.locator('[role=treeitem][data-path="sample/tumor"]')).to_contain_text(name)


def open_editor(cell: Locator) -> None:
    """Double-click a cell; again if its row was not editable yet."""
    editor = cell.page.locator(".ag-root-wrapper").locator("input:focus, textarea:focus")
    for _ in range(5):
        cell.dblclick()
        with contextlib.suppress(AssertionError):
            expect(editor).to_be_visible(timeout=5000)
            return
    expect(editor).to_be_visible()


def copy(area: Locator) -> None:
    """Copy an object by the transfer panel."""
    panel = area.locator(".modos-transfer-panel")
    panel.get_by_role("button", name="Compare", exact=True).click()
    expect(panel.get_by_role("status")).to_contain_text("to copy")
    panel.get_by_role("button", name="Copy", exact=True).click()
    expect(panel.get_by_role("status")).to_contain_text("Done")


def cell(browser: Locator, element: str, column: str) -> Locator:
    """Return a cell of the browser's table, in a column that is in sight."""
    table = browser.locator(".modos-table-holder")
    header = table.locator(".ag-header-cell", has_text=re.compile(rf"^\W*{column}\W*$")).first
    number = header.get_attribute("col-id")
    row = table.locator(".ag-row", has_text=re.compile(rf"^{element}")).first
    return row.locator(f'[col-id="{number}"]')
