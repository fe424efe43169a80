"""A notebook that was saved with the demo's cohort in a table: small, static, escaped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import nbformat
import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.parts.lab import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

COHORT = """\
import modos_widgets as modos
deployment = modos.demo.start()
paths = modos.remote.list_remote_items(deployment.endpoint)
draft = modos.edit(paths, endpoint=deployment.endpoint, s3_kwargs=deployment.s3_kwargs)
draft.set(draft.frame().index[0], "name", "<img src=x onerror=window.hit=1>")
table = modos.MetadataTable(draft, editable=True)
table
"""


def test_a_saved_notebook_is_small_and_shows_the_table_without_a_kernel(lab: LabPage) -> None:
    lab.open([COHORT, "len(draft.modos), len(table._head['columns'])"])
    lab.run_all()
    table = lab.output(0).locator(".modos-metadata-table")
    expect(table.locator(".ag-row .ag-cell").first).not_to_have_text("…")
    lab.screenshot("table-demo-cohort", table)
    assert lab.python("len(draft.modos) >= 20 and len(table._head['columns']) >= 20") == "True"
    lab.python("deployment.stop()")
    lab.save()
    file = lab.server.notebooks / lab.path
    assert file.stat().st_size < 200_000
    saved = nbformat.read(file, as_version=4)
    (output,) = saved.cells[0].outputs
    assert "&lt;img src=x" in output.data["text/html"]
    assert "<table>" in output.data["text/html"]
    assert "MetadataTable(" in output.data["text/plain"]

    # as somebody sees it who has not run it
    lab.open_notebook(saved, name=f"again-{lab.path}")
    shown = lab.output(0)
    expect(shown.get_by_text("MetadataTable(").first).to_be_visible()
    expect(shown.locator("table td").first).to_be_visible()
    assert shown.locator("img").count() == 0
    assert lab.page.evaluate("() => window.hit") is None
    lab.screenshot("table-saved")
    lab.allow_console("widget|Widget|model")
