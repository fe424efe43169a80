"""Two visitors of one Voila, whose kernels run as one account of the machine."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
import requests

from modos_widgets import remote
from tests.parts.checkout import ROOT
from tests.remote.conftest import make_jwt
from tests.remote.scripted_provider import ScriptedProvider

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.remote.conftest import Serve

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]

CELL = """
import os
from modos_widgets import Login, remote
endpoint, visitor = {endpoint!r}, os.environ.get("QUERY_STRING", "")
if visitor.startswith("sign-in"):
    remote.begin_login(endpoint).wait()
account = remote.account(endpoint)
print("seen by the visitor:", None if account is None else account.subject)
print("seen by the widget:", Login(endpoint).state)
"""


@pytest.fixture
def provider(serve: Serve) -> ScriptedProvider:
    provider = ScriptedProvider(serve)
    token = make_jwt(sub="ada-curator")
    provider.token = {"access_token": token, "refresh_token": "again", "expires_in": 3600}
    return provider


@pytest.fixture
def voila(provider: ScriptedProvider, tmp_path: Path) -> Iterator[str]:
    metadata = {"kernelspec": {"display_name": "P", "language": "python", "name": "python3"}}
    cell: dict[str, object] = {
        "id": "one",
        "cell_type": "code",
        "metadata": {},
        "source": CELL.format(endpoint=provider.url),
        "execution_count": None,
        "outputs": [],
    }
    notebook = tmp_path / "page.ipynb"
    notebook.write_text(
        json.dumps({"cells": [cell], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})
    )
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "voila", str(notebook), "--no-browser", f"--port={port}"],
        env={**os.environ, "PYTHONPATH": str(ROOT), "JUPYTER_RUNTIME_DIR": str(tmp_path / "run")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        ends = time.monotonic() + 60
        while time.monotonic() < ends:
            try:
                requests.get(f"{url}/voila/static/voila.js", timeout=5)
                break
            except requests.ConnectionError:
                time.sleep(0.2)
        yield url
    finally:
        process.terminate()
        process.wait(30)


def test_a_visitor_does_not_get_the_previous_sign_in(
    voila: str, provider: ScriptedProvider, cache: Path
) -> None:
    first = requests.get(f"{voila}/?sign-in", timeout=120).text
    assert "seen by the visitor: ada-curator" in first
    assert "seen by the widget: signed in" in first
    second = requests.get(voila, timeout=120).text
    assert "seen by the visitor: None" in second
    assert "seen by the widget: signed in" not in second
    assert remote.account(provider.url) is None  # in the home of the account that serves
    assert [path for path in cache.rglob("*") if path.is_file()] == []
    assert "ada-curator" not in second


def test_a_sign_in_at_home_is_not_a_visitor(
    voila: str, provider: ScriptedProvider, cache: Path
) -> None:
    remote.begin_login(provider.url).wait()
    before = {path: path.read_bytes() for path in cache.iterdir()}
    page = requests.get(voila, timeout=120).text
    assert "seen by the visitor: None" in page
    assert {path: path.read_bytes() for path in cache.iterdir()} == before
