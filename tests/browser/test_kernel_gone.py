"""Every widget says that its kernel has ended, once, and waits for nothing any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.parts.lab import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

MADE = """
import modos_widgets
from modos_widgets import demo
deployment = demo.start()
endpoint = deployment.endpoint
services = {'s3': deployment.s3_endpoint}
path = 's3://demo/smoc/P-0001'
modo = modos_widgets.open_modo(path, services=services, s3_kwargs=deployment.s3_kwargs)
"""
WIDGETS = {
    "zarr-tree": "modos_widgets.ZarrTree(modo)",
    "array-preview": "modos_widgets.ArrayPreview(modo)",
    "endpoint-picker": "modos_widgets.EndpointPicker(endpoint)",
    "login": "modos_widgets.Login(endpoint)",
    "metadata-table": "modos_widgets.MetadataTable(modo)",
    "transfer-panel": "modos_widgets.TransferPanel(modo, 'copy')",
    "browser": "modos_widgets.browse(endpoint=endpoint)",
}


def test_each_widget_reports_once_that_its_kernel_has_ended(lab: LabPage) -> None:
    lab.open([MADE, *WIDGETS.values()])
    lab.run_all()
    views = {
        name: lab.output(number).locator(f".modos-{name}").first
        for number, name in enumerate(WIDGETS, start=1)
    }
    for view in views.values():
        view.scroll_into_view_if_needed()
        expect(view).to_be_visible()
    lab.restart_kernel()
    for name, view in views.items():
        expect(view).to_contain_text("The kernel of this")
        said = view.get_by_text("Run the cell again").filter(visible=True)
        # the table within the browser says what became of its changes
        assert said.count() <= (2 if name == "browser" else 1), name
    lab.screenshot("browser-kernel-gone", views["browser"])
    lab.allow_console("comm|Comm|kernel|disposed|Canceled")
