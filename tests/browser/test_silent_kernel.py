"""A kernel that does not answer: every widget says so, and continues once it answers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.parts.lab import PANEL
from tests.parts.places import wait_until
from tests.parts.tables import cell, dialog, paste, show_cohort

if TYPE_CHECKING:
    from pathlib import Path

    from tests.parts.lab import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

# as a server does that ends in order: JupyterLab then stays disconnected
CUT = f"""([path]) => {{ {PANEL} panel.sessionContext.session.kernel._ws.close(1000); }}"""

# the next message of a widget goes into a connection that leads nowhere
LOSE_NEXT = f"""([path]) => {{
  {PANEL}
  const socket = panel.sessionContext.session.kernel._ws;
  const send = socket.send.bind(socket);
  socket.send = () => {{ socket.send = send; }};
}}"""

STATUS = (
    f"""([path]) => {{ {PANEL} return panel.sessionContext.session.kernel.connectionStatus; }}"""
)

RECONNECT = f"""async ([path]) => {{
  {PANEL}
  app.shell.activateById(panel.id);
  await app.commands.execute('notebook:reconnect-to-kernel');
}}"""

RUN_ON = f"""([path, code]) => {{
  {PANEL}
  panel.sessionContext.session.kernel.requestExecute({{code, store_history: false}});
}}"""

# everything waits for the cell, as with kernels that know no subshells
ONE_SHELL = f"""([path]) => {{
  {PANEL}
  panel.sessionContext.session.kernel.commsOverSubshells = 'disabled';
}}"""

NO_ANSWER = re.compile(r"^No answer from the kernel\..*Kernel > Reconnect")


def cut(lab: LabPage) -> None:
    lab.page.evaluate(CUT, [lab.path])
    lab.page.wait_for_function(f"given => ({STATUS})(given) === 'disconnected'", arg=[lab.path])


def reconnect(lab: LabPage) -> None:
    lab.page.evaluate(RECONNECT, [lab.path])


def test_a_commit_without_an_answer_is_reported_and_completes_after_reconnecting(
    lab: LabPage, tmp_path: Path
) -> None:
    table = show_cohort(lab, tmp_path, 1)
    cell(table, 0, "name").click()
    paste(lab, "a new name")
    expect(table.locator(".modos-table-foot")).to_contain_text("1 change in 1 object")
    cut(lab)
    before = table.locator(".modos-table-grid").bounding_box()
    table.get_by_role("button", name="Commit…").click()
    silence = table.locator(".modos-silence")
    expect(silence).to_have_text(NO_ANSWER)
    expect(silence).to_have_attribute("role", "status")
    assert table.locator(".modos-table-grid").bounding_box() == before  # nothing jumps
    lab.screenshot("silence-table", table)
    reconnect(lab)
    expect(dialog(table).get_by_label("Commit message")).to_be_visible()
    expect(silence).to_have_count(0)

    # within a dialog it stands there, as the rest of the page is out of reach
    cut(lab)
    dialog(table).get_by_label("Commit message").fill("named")
    dialog(table).get_by_role("button", name="Commit 1 change").click()
    expect(dialog(table).locator(".modos-silence")).to_have_text(NO_ANSWER)
    lab.screenshot("silence-dialog")
    reconnect(lab)
    expect(dialog(table)).to_contain_text("Committed")
    expect(silence).to_have_count(0)
    assert "a new name" in lab.python("str(open_modo(folder / 'P-00').metadata)")
    lab.allow_console("WebSocket")


def test_a_lost_request_is_sent_again(lab: LabPage, tmp_path: Path) -> None:
    table = show_cohort(lab, tmp_path, 1)
    cell(table, 0, "name").click()
    lab.page.evaluate(LOSE_NEXT, [lab.path])
    lab.page.wait_for_timeout(300)
    lab.page.evaluate(LOSE_NEXT, [lab.path])
    paste(lab, "sent twice")
    expect(table.locator(".modos-table-foot")).to_contain_text("1 change in 1 object")


TREE = """
import pathlib
from modos_widgets import TransferPanel, ZarrTree, create_modo
draft = create_modo(pathlib.Path({path!r}) / "x").edit()
draft.add("sample/s1", {{"name": "one"}})
draft.commit(force=True)
tree = ZarrTree(pathlib.Path({path!r}) / "x")
tree
"""
PANEL_CELL = (
    "panel = TransferPanel(pathlib.Path({path!r}) / 'x', pathlib.Path({path!r}) / 'y')\npanel"
)


def test_tree_and_transfer_report_a_silent_kernel_and_continue(
    lab: LabPage, tmp_path: Path
) -> None:
    lab.open([TREE.format(path=str(tmp_path)), PANEL_CELL.format(path=str(tmp_path))])
    lab.run_all()
    tree = lab.output(0).locator(".modos-zarr-tree")
    panel = lab.output(1).locator(".modos-transfer-panel")
    expect(tree.get_by_role("treeitem").nth(1)).to_be_visible()
    expect(panel.get_by_role("button", name="Compare")).to_be_visible()
    cut(lab)
    tree.get_by_role("treeitem", name=re.compile("sample")).first.locator(".modos-twist").click()
    panel.get_by_role("button", name="Compare").click()
    for widget in (tree, panel):
        expect(widget.locator(".modos-silence")).to_have_text(NO_ANSWER)
    lab.screenshot("silence-tree", tree)
    lab.screenshot("silence-panel", panel)
    reconnect(lab)
    expect(tree.get_by_role("treeitem", name=re.compile("^s1"))).to_be_visible()
    expect(panel.locator(".modos-summary")).to_contain_text("to copy")
    expect(lab.page.locator(".modos-silence")).to_have_count(0)


def test_a_kernel_that_runs_a_cell_is_busy_not_lost(lab: LabPage, tmp_path: Path) -> None:
    # before the first message: the subshell of a comm ends when this is switched off
    table = show_cohort(lab, tmp_path, 1, before=ONE_SHELL)
    begun, flag = tmp_path / "begun", tmp_path / "end"
    code = f"open({str(begun)!r}, 'w').close()\nimport os, time\n"
    code += f"while not os.path.exists({str(flag)!r}): time.sleep(0.05)"
    lab.page.evaluate(RUN_ON, [lab.path, code])
    wait_until(begun.exists)  # what made the kernel busy before is over
    lab.page.wait_for_function(
        f"([path]) => {{ {PANEL} return panel.sessionContext.session.kernel.status === 'busy'; }}",
        arg=[lab.path],
    )
    table.get_by_label("Search all columns").fill("Tumor")
    silence = table.locator(".modos-silence")
    expect(silence).to_have_text(re.compile("^The kernel is busy"))
    expect(table.get_by_role("alert").filter(has_text="kernel")).to_have_count(0)
    lab.screenshot("silence-busy", table)
    flag.touch()
    expect(silence).to_have_count(0)
    expect(table.locator(".modos-table-count")).to_have_text("1 of 5 rows")


LONG = """
import threading
from modos_widgets import ZarrTree
from modos_widgets.widgets.front_end import answers
end = threading.Event()
class SlowTree(ZarrTree):
    @answers("refresh")
    def _slow(self, request):
        end.wait(60)
        return {}
"""


def test_a_long_job_of_an_answering_kernel_shows_no_message(lab: LabPage, tmp_path: Path) -> None:
    code = LONG + TREE.format(path=str(tmp_path)).replace("tree = ZarrTree", "tree = SlowTree")
    lab.open([code])
    lab.run_all()
    tree = lab.output(0).locator(".modos-zarr-tree")
    expect(tree.get_by_role("treeitem").nth(1)).to_be_visible()
    tree.get_by_role("button", name="Refresh").click()
    lab.page.wait_for_timeout(9000)
    expect(tree.locator(".modos-silence")).to_have_count(0)
    lab.python("end.set()")
