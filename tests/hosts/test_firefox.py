"""The main jobs in a real Firefox, in JupyterLab."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import nbformat
import pytest

from modos_widgets import demo
from tests.hosts.firefox import running_firefox
from tests.parts.host_jobs import WIDGETS
from tests.parts.lab import PANEL, READY, RUN_ALL
from tests.parts.lab_server import LabServer

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.host, pytest.mark.timeout(300)]

IS_OPEN = f"(path => {{ if (!window.jupyterapp) return false; {PANEL} return Boolean(panel); }})"


def test_jupyterlab_in_firefox(tmp_path: Path) -> None:
    server = LabServer(tmp_path / "lab", options=["--YDocExtension.disable_rtc=True"])
    server.start()
    with demo.start(protected=True) as deployment, running_firefox() as firefox:
        try:
            code = WIDGETS.format(endpoint=deployment.endpoint)
            cells = [nbformat.v4.new_code_cell(each) for each in (code, "browser", "panel")]
            spec = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
            notebook = nbformat.v4.new_notebook(cells=cells, metadata=spec)
            nbformat.write(notebook, server.notebooks / "jobs.ipynb")
            firefox.do("goto", url=f"{server.url}/lab/tree/jobs.ipynb?token={server.token}")
            path = json.dumps("jobs.ipynb")
            end = time.monotonic() + 60
            while not firefox.do("evaluate", script=f"{IS_OPEN}({path})"):
                assert time.monotonic() < end, "JupyterLab does not open the notebook"
                time.sleep(0.2)
            for script in (READY, RUN_ALL):
                firefox.do("evaluate", script=f"({script})([{path}])")
            firefox.sign_in(deployment)
            firefox.choose()
            firefox.screenshot("host-firefox")
            firefox.edit_and_commit("Seen in Firefox")
            firefox.copy()
            firefox.screenshot("host-firefox-transfer")
            firefox.check()
        finally:
            server.stop()
