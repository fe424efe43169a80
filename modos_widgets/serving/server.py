"""Jupyter server on the loopback interface, as its parent process sees it."""

from __future__ import annotations

import contextlib
import html
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import webbrowser
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import requests

from modos_widgets.errors import OptionError, UnreachableError
from modos_widgets.serving.lifeline import child_environment

if TYPE_CHECKING:
    from collections.abc import Callable

    import psutil

__all__ = ["HOST", "Launch", "Server", "allow_root", "check_port"]

HOST: Final = "127.0.0.1"
_POLL_SECONDS = 0.1
_START_SECONDS = 90.0
_STOP_SECONDS = 10.0


@dataclass(frozen=True)
class Launch:
    """Settings to start a server.

    Attributes
    ----------
    module : str
        Module that calls `modos_widgets.serving.run_server`.
    arguments : list of str
        Arguments of the server.
    page : str
        Path of the page to open, relative to the URL of the server.
    ready : str
        Path that responds with status 2xx to a request with the token once the server is ready.
    environment : dict
        Additional environment variables of the server and its kernels.
    """

    module: str
    arguments: list[str]
    page: str
    ready: str
    environment: dict[str, str] = field(default_factory=dict)


class Server:
    """Jupyter server on the loopback interface with its own folders and token.

    The user's Jupyter configuration is neither read nor written. The server process ends with
    this process, even if this process is killed.

    Parameters
    ----------
    name : str
        Name to show.
    prepare : callable
        Called with the private scratch folder of the server, which is removed at the end;
        returns the `Launch`.
    own : bool
        Keep the user's credentials and endpoint in the environment; otherwise they are removed.
    """

    def __init__(self, name: str, prepare: Callable[[Path], Launch], *, own: bool) -> None:
        self._name = name
        self._scratch = tempfile.TemporaryDirectory(prefix="modos-widgets-")
        self._folder = Path(self._scratch.name)
        self._runtime = self._folder / "runtime"
        self._log = self._folder / "server.log"
        try:
            self._launch = prepare(self._folder)
            self._process = self._start(own=own)
        except BaseException:
            self._scratch.cleanup()
            raise

    @property
    def name(self) -> str:
        """Name to show."""
        return self._name

    @property
    def running(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def wait_for_url(self, cancelled: threading.Event) -> str | None:
        """Wait until the server answers.

        Parameters
        ----------
        cancelled : threading.Event
            Set it to stop waiting.

        Returns
        -------
        str or None
            URL of the page with the token of the server; None if cancelled.

        Raises
        ------
        UnreachableError
            The server ended, or did not respond within 90 s.
        """
        file = self._runtime / f"jpserver-{self._process.pid}.json"
        for _ in range(int(_START_SECONDS / _POLL_SECONDS)):
            if file.is_file() and (text := file.read_text(encoding="utf-8")).endswith("}"):
                facts = json.loads(text)
                if self._answers(facts):  # JupyterLab writes the file before it listens
                    return f"{facts['url']}{self._launch.page}?token={facts['token']}"
            if not self.running or cancelled.wait(_POLL_SECONDS):
                break
        if cancelled.is_set():
            return None
        raise UnreachableError(f"{self._name} did not start.", self.log_tail())

    def show(self, url: str) -> None:
        """Open the URL in the user's browser.

        The browser opens a private file that redirects to the URL, because other users of this
        machine can read the arguments of a process, and the URL contains the token.
        """
        page = self._folder / "open.html"
        page.write_text(
            f'<!DOCTYPE html><meta charset="utf-8"><meta name="referrer" content="no-referrer">'
            f'<meta http-equiv="refresh" content="0;url={html.escape(url)}">'
            f'<title>modos-widgets</title><a href="{html.escape(url)}">Open {self._name}</a>',
            encoding="utf-8",
        )
        # a browser that runs in the terminal blocks the call
        threading.Thread(target=webbrowser.open, args=(page.as_uri(),), daemon=True).start()

    def log_tail(self) -> str:
        """Return the last lines of the server's log."""
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(["Last lines of its log:", *lines[-8:]])

    def stop(self, at_once: threading.Event) -> None:
        """End the server and its kernels.

        Parameters
        ----------
        at_once : threading.Event
            Set it, also while waiting, to kill all processes without a clean shutdown.
        """
        import psutil  # noqa: PLC0415 - in the extras only

        if self._process.stdin is not None:
            self._process.stdin.close()
        for _ in range(int(_STOP_SECONDS / _POLL_SECONDS)):
            if not self.running or at_once.wait(_POLL_SECONDS):
                break
        family = self._family()
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(family, _STOP_SECONDS)
        self._process.wait()
        self._scratch.cleanup()

    def _family(self) -> list[psutil.Process]:
        """Find the server, its kernels and their child processes, even if the server has ended."""
        import psutil  # noqa: PLC0415 - in the extras only

        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):  # it has ended, or belongs to another user
                if process.environ().get("JUPYTER_RUNTIME_DIR") == str(self._runtime):
                    found.append(process)
        return found

    def _start(self, *, own: bool) -> subprocess.Popen[bytes]:
        folder = self._folder
        for name in ("config", "tmp"):
            (folder / name).mkdir(exist_ok=True)
        environment = child_environment(own=own) | {
            "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "JUPYTER_DATA_DIR": str(folder / "data"),
            "JUPYTER_RUNTIME_DIR": str(self._runtime),
            "IPYTHONDIR": str(folder / "ipython"),
            "TMPDIR": str(folder / "tmp"),
            **self._launch.environment,
        }
        command = [sys.executable, "-P", "-m", self._launch.module, str(folder)]
        with self._log.open("wb") as log:
            return subprocess.Popen(
                [*command, *self._launch.arguments],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=environment,
                start_new_session=True,  # Ctrl-C is sent to the command line only
            )

    def _answers(self, facts: dict[str, Any]) -> bool:
        """Return whether this server responds; another server would refuse the token."""
        header = {"Authorization": f"token {facts['token']}"}
        with requests.Session() as session:
            session.trust_env = False  # the loopback needs no proxy
            try:
                url = f"{facts['url']}{self._launch.ready}"
                return session.get(url, headers=header, timeout=5).ok
            except requests.RequestException:
                return False


def check_port(port: int) -> None:
    """Check that a port of the loopback interface is free.

    Raises
    ------
    OptionError
        The port cannot be used.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise OptionError(
                f"Port {port} cannot be used: {error.strerror}.",
                "Pass another --port, or omit it to use a free port.",
            ) from error


def allow_root() -> bool:
    """Return whether this process runs as root, as in containers, which Jupyter must then allow."""
    return hasattr(os, "geteuid") and os.geteuid() == 0
