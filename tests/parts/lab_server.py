"""A real JupyterLab with folders, token and port of its own; its kernels import this checkout."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.parts import warm_kernels

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]

DISABLED_EXTENSIONS = {
    "@jupyterlab/apputils-extension:announcements": True,
    "@jupyterlab/extensionmanager-extension:plugin": True,
    "@jupyterlab/debugger-extension": True,  # it writes errors to the console at every restart
}


@dataclass
class LabServer:
    """A JupyterLab of its own: folder of notebooks, configuration, token and port.

    Its kernels import this checkout, unless another Python is given: then what is installed there.
    `prefix` is the start of its paths, such as "/user/ada" on a JupyterHub; `options` are further
    options of its command.
    """

    folder: Path
    python: Path | None = None
    port: int = 0
    prefix: str = ""
    options: list[str] = field(default_factory=list)
    token: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    environment: dict[str, str] = field(default_factory=dict, repr=False)
    process: subprocess.Popen[bytes] | None = None
    kernels: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.prefix}"

    @property
    def notebooks(self) -> Path:
        return self.folder / "notebooks"

    @property
    def log(self) -> str:
        return (self.folder / "lab.log").read_text(errors="replace")

    def start(self) -> None:
        """Start it; once more when another program has taken its port meanwhile."""
        self.notebooks.mkdir(parents=True)
        if self.python is None:
            self._warm_kernels()
        for _ in range(2):
            self._launch()
            if self._answers():
                return
        pytest.fail(f"JupyterLab ended at once:\n{self.log[-4000:]}")

    def _warm_kernels(self) -> None:
        """Let kernels be forks of a process that has imported this checkout."""
        address = self.folder / "kernels.socket"
        warm_kernels.write_kernelspec(self.folder / "kernelspecs", address)
        with (self.folder / "kernels.log").open("wb") as log:
            self.kernels = warm_kernels.start(address, self._environment(), log)

    def _launch(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        page_config = self.folder / "CONFIG" / "labconfig" / "page_config.json"
        page_config.parent.mkdir(parents=True, exist_ok=True)
        page_config.write_text(json.dumps({"disabledExtensions": DISABLED_EXTENSIONS}))
        command = [
            *(
                str(self.python or sys.executable),
                "-m",
                "jupyterlab",
                "--no-browser",
                "--allow-root",
            ),
            f"--ServerApp.root_dir={self.notebooks}",
            f"--ServerApp.port={self.port}",
            f"--ServerApp.base_url={self.prefix}/",
            "--ServerApp.port_retries=0",
            "--ServerApp.ip=127.0.0.1",
            f"--IdentityProvider.token={self.token}",
            "--LabApp.expose_app_in_browser=True",
            "--JupyterNotebookApp.expose_app_in_browser=True",
            "--LabApp.extension_manager=readonly",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            "--ContentsManager.allow_hidden=True",
            *self.options,
        ]
        with (self.folder / "lab.log").open("wb") as log:
            self.process = subprocess.Popen(
                command,
                env=self._environment(),
                cwd=self.notebooks,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def _environment(self) -> dict[str, str]:
        python_path = [str(ROOT), os.environ.get("PYTHONPATH")] if self.python is None else []
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")},
            **{
                f"JUPYTER_{name}_DIR": str(self.folder / name)
                for name in ("CONFIG", "DATA", "RUNTIME")
            },
            "JUPYTER_PATH": str(self.folder / "kernelspecs"),
            "PYTHONPATH": os.pathsep.join(filter(None, python_path)),
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "IPYTHONDIR": str(self.folder / "ipython"),
            **self.environment,
        }

    def _answers(self, seconds: float = 150) -> bool:
        """Wait until it answers; tell whether it does, or has ended instead."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process is None or self.process.poll() is not None:
                return False
            try:
                self.request("GET", "api/status")
            except OSError:
                time.sleep(0.2)
            else:
                return True
        pytest.fail(f"JupyterLab did not answer within {seconds} s:\n{self.log[-4000:]}")

    def request(self, method: str, path: str) -> Any:
        """Ask the server's REST interface; raise OSError when it refuses."""
        import requests  # noqa: PLC0415  heavy

        answer = requests.request(
            method,
            f"{self.url}/{path}",
            headers={"Authorization": f"token {self.token}"},
            timeout=30,
        )
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def end_kernels(self) -> None:
        for session in self.request("GET", "api/sessions"):
            self.request("DELETE", f"api/sessions/{session['id']}")

    def stop(self) -> None:
        if self.process is None:
            return
        self.end_kernels()
        for process in filter(None, (self.process, self.kernels)):
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)


@pytest.fixture(scope="session")
def lab_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    """Return a running JupyterLab."""
    server = LabServer(tmp_path_factory.mktemp("lab") / "server")
    server.start()
    yield server
    server.stop()
