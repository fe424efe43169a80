"""A Jupyter server on the loopback, from its parent's side."""

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
    """How a server is started.

    Attributes
    ----------
    module : str
        What runs it by `modos_widgets.serving.child.run`.
    arguments : list of str
        The server's own.
    page : str
        The page to open, below the server's address.
    ready : str
        What answers with a 2xx, to who has the token, as soon as the server is ready.
    environment : dict
        Variables of the server and its kernels, beside those that every server gets.
    told : str
        What a person is told beside the URL.
    """

    module: str
    arguments: list[str]
    page: str
    ready: str
    environment: dict[str, str] = field(default_factory=dict)
    told: str = ""


class Server:
    """A Jupyter server on the loopback with folders and a token of its own.

    Nothing of the person's Jupyter configuration is read or written. The process ends with this
    one, whatever happens.

    Parameters
    ----------
    name : str
        What a person calls it.
    prepare : callable
        Given the server's scratch folder, which only this person can read, and which is removed
        at the end; gives the `Launch`.
    own : bool
        Keep the person's credentials and endpoint in the environment; without, the server sees
        none of them.
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
        """What a person calls it."""
        return self._name

    @property
    def told(self) -> str:
        """What a person is told beside the URL."""
        return self._launch.told

    @property
    def running(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def wait_for_url(self, cancelled: threading.Event) -> str | None:
        """Wait until the server answers.

        Parameters
        ----------
        cancelled : threading.Event
            Ends the waiting.

        Returns
        -------
        str or None
            The page's URL with the server's token; None when it was cancelled.

        Raises
        ------
        UnreachableError
            When the server ends, or does not answer within 90 s.
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
        raise UnreachableError(f"{self._name} did not start.", self.last_words())

    def show(self, url: str) -> None:
        """Open the URL in the person's browser.

        The browser is handed a private file that leads there: a token among the arguments of a
        process could be read by everybody on this machine.
        """
        page = self._folder / "open.html"
        page.write_text(
            f'<!DOCTYPE html><meta charset="utf-8"><meta name="referrer" content="no-referrer">'
            f'<meta http-equiv="refresh" content="0;url={html.escape(url)}">'
            f'<title>modos-widgets</title><a href="{html.escape(url)}">Open {self._name}</a>',
            encoding="utf-8",
        )
        # a browser that runs in this terminal does not return
        threading.Thread(target=webbrowser.open, args=(page.as_uri(),), daemon=True).start()

    def last_words(self) -> str:
        """Give the last lines of the server's log."""
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(["Its last words:", *lines[-8:]])

    def stop(self, at_once: threading.Event) -> None:
        """End the server and its kernels.

        Parameters
        ----------
        at_once : threading.Event
            When set, also while waiting, everything is killed without a chance to say goodbye.
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
        """Find the server, its kernels and what these started, also when it has died before."""
        import psutil  # noqa: PLC0415 - in the extras only

        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):  # it has ended, or is not ours
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
                start_new_session=True,  # Ctrl-C is for the command line alone
            )

    def _answers(self, facts: dict[str, Any]) -> bool:
        """Tell whether this server answers; another one on its port would not know the token."""
        header = {"Authorization": f"token {facts['token']}"}
        with requests.Session() as session:
            session.trust_env = False  # no proxy stands between this machine and itself
            try:
                url = f"{facts['url']}{self._launch.ready}"
                return session.get(url, headers=header, timeout=5).ok
            except requests.RequestException:
                return False


def check_port(port: int) -> None:
    """Raise OptionError when the port of the loopback is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise OptionError(
                f"Port {port} cannot be used: {error.strerror}.",
                "Give another one with --port, or none to have a free one chosen.",
            ) from error


def allow_root() -> bool:
    """Tell whether this process is root's, as in containers; Jupyter then wants to be told."""
    return hasattr(os, "geteuid") and os.geteuid() == 0
