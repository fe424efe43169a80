"""JupyterLab beside another program that wants the same port."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest
import requests

from modos_widgets.demo import lab
from modos_widgets.errors import UnreachableError
from modos_widgets.serving import HOST, Launch

if TYPE_CHECKING:
    from pathlib import Path

    from modos_widgets import demo

RIVAL = """
import json, os, runpy
from pathlib import Path
from jupyter_server.serverapp import ServerApp
from tornado.netutil import bind_sockets

look, taken = ServerApp._find_http_port, {}

def look_and_lose(self):
    look(self)
    if len(taken) < 2:
        taken[self.port] = bind_sockets(self.port, self.ip)
        Path(os.environ["TAKEN"]).write_text(json.dumps(list(taken)))

ServerApp._find_http_port = look_and_lose
runpy.run_module("modos_widgets.demo.lab_process", run_name="__main__")
"""


@pytest.fixture
def taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let a rival take a port between JupyterLab's look and its start, twice; it tells which."""
    (tmp_path / "rival.py").write_text(RIVAL)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("TAKEN", str(tmp_path / "taken"))

    def launch(_: str, *given: Any, **named: Any) -> Launch:
        return Launch("rival", *given, **named)

    monkeypatch.setattr(lab, "Launch", launch)
    return tmp_path / "taken"


def test_a_port_lost_before_the_start_is_left_to_the_other_program(
    deployment: demo.Deployment, taken: Path
) -> None:
    server = lab.lab(deployment)
    try:
        url = server.wait_for_url(threading.Event())
        assert url is not None
        port = url.partition("/lab/")[0].rpartition(":")[2]
        first, second = taken.read_text().strip("[]").split(", ")
        assert len({port, first, second}) == 3
        assert requests.get(url, timeout=30).status_code == 200
    finally:
        server.stop(threading.Event())


def test_the_loss_of_a_requested_port_is_reported(deployment: demo.Deployment, taken: Path) -> None:
    with socket.create_server((HOST, 0)) as free:
        port = free.getsockname()[1]
    server = lab.lab(deployment, port=port)
    try:
        with pytest.raises(UnreachableError, match=f"port {port} is not available"):
            server.wait_for_url(threading.Event())
    finally:
        server.stop(threading.Event())
