"""JupyterLab on a notebook, beside a deployment."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import psutil
import requests

from modos_widgets.demo.lifeline import child_environment
from modos_widgets.demo.tour import COPIES, copy_tour, find_tour
from modos_widgets.errors import NotFoundError, OptionError, UnreachableError

if TYPE_CHECKING:
    import threading

    from modos_widgets.demo.deployment import Deployment

__all__ = ["Lab", "check_port", "find_notebook"]

_FIRST_NOTEBOOK = "01_find_and_browse.ipynb"
_HOST = "127.0.0.1"
_FIRST_PORT, _RETRIES = 8888, 50
_POLL_SECONDS = 0.1
_START_SECONDS = 90.0
_STOP_SECONDS = 10.0
_NO_NEWS = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}


def check_port(port: int) -> None:
    """Raise OptionError when the port of the loopback is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except OSError as error:
            raise OptionError(
                f"Port {port} cannot be used: {error.strerror}.",
                "Give another one with --port, or none to have a free one chosen.",
            ) from error


def find_notebook(scratch: Path, asked: Path | None = None) -> Path:
    """Give the notebook to open.

    In a checkout it is the first of its ``notebooks/``. Elsewhere all notebooks are copied into
    ``modos-notebooks`` below the current folder, where those that are there already stay as they
    are; where that folder cannot be written, into the scratch folder.

    Parameters
    ----------
    scratch : Path
        A private folder that goes with the demo.
    asked : Path, optional
        The notebook that the person asked for.

    Raises
    ------
    NotFoundError
        When the notebook that was asked for is not there.
    """
    if asked is not None:
        if not asked.is_file():
            raise NotFoundError(f"There is no notebook at {asked}.", "Give the path of an .ipynb.")
        return asked.resolve()
    tour, checkout = find_tour()
    if checkout:
        return tour / _FIRST_NOTEBOOK
    folder = Path.cwd() / COPIES
    try:
        copy_tour(tour, folder)
    except OSError:
        folder = scratch / COPIES
        copy_tour(tour, folder)
    return folder / _FIRST_NOTEBOOK


class Lab:
    """A JupyterLab server on the loopback with folders of its own.

    Nothing of the person's Jupyter configuration is read or written, and the announcements are
    off: no request leaves the machine. The process ends with this one, whatever happens.

    Parameters
    ----------
    deployment : Deployment
        Its endpoint goes into ``MODOS_ENDPOINT``. Without protection a key for the demo goes into
        the environment as well, so that the person's own are not used; with protection the cache
        of tokens is in the scratch folder, so that the person's own sign-in stays as it is.
    notebook : Path, optional
        See `find_notebook`.
    port : int, optional
        Fail when it is taken; without it the first free port from 8888 on.
    browser : bool
        Let Lab open the browser.
    """

    def __init__(
        self,
        deployment: Deployment,
        *,
        notebook: Path | None = None,
        port: int | None = None,
        browser: bool = True,
    ) -> None:
        self._scratch = tempfile.TemporaryDirectory(prefix="modos-widgets-demo-")
        folder = Path(self._scratch.name)
        try:
            self._notebook = find_notebook(folder, notebook)
            self._runtime = folder / "runtime"
            self._log = folder / "lab.log"
            self._process = self._launch(folder, deployment, port, browser=browser)
        except BaseException:
            self._scratch.cleanup()
            raise

    @property
    def folder(self) -> Path:
        """Where the notebooks are that Lab shows."""
        return self._notebook.parent

    @property
    def keeps(self) -> bool:
        """Whether what is saved in `folder` is there after the demo."""
        return not self.folder.is_relative_to(self._scratch.name)

    @property
    def running(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def wait_for_url(self, cancelled: threading.Event) -> str | None:
        """Wait until Lab answers.

        Parameters
        ----------
        cancelled : threading.Event
            Ends the waiting.

        Returns
        -------
        str or None
            The notebook's URL with Lab's token; None when it was cancelled.

        Raises
        ------
        UnreachableError
            When Lab ends, or does not answer within 90 s.
        """
        file = self._runtime / f"jpserver-{self._process.pid}.json"
        for _ in range(int(_START_SECONDS / _POLL_SECONDS)):
            if file.is_file() and (text := file.read_text(encoding="utf-8")).endswith("}"):
                facts = json.loads(text)
                if _answers(facts):  # Lab writes the file before it listens
                    place = f"{facts['url']}lab/tree/{quote(self._notebook.name)}"
                    return f"{place}?token={facts['token']}"
            if not self.running or cancelled.wait(_POLL_SECONDS):
                break
        if cancelled.is_set():
            return None
        raise UnreachableError("JupyterLab did not start.", self.last_words())

    def last_words(self) -> str:
        """Give the last lines of Lab's log."""
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(["Its last words:", *lines[-8:]])

    def stop(self, at_once: threading.Event) -> None:
        """End Lab and its kernels.

        Parameters
        ----------
        at_once : threading.Event
            When set, also while waiting, everything is killed without a chance to say goodbye.
        """
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
        """Find Lab, its kernels and what these started, also when Lab has died before them."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):  # it has ended, or is not ours
                if process.environ().get("JUPYTER_RUNTIME_DIR") == str(self._runtime):
                    found.append(process)
        return found

    def _launch(
        self, folder: Path, deployment: Deployment, port: int | None, *, browser: bool
    ) -> subprocess.Popen[bytes]:
        config = folder / "config"
        (config / "labconfig").mkdir(parents=True)
        (folder / "tmp").mkdir()
        (config / "labconfig" / "page_config.json").write_text(json.dumps(_NO_NEWS))
        arguments = [
            str(self._notebook),
            f"--ServerApp.root_dir={self._notebook.parent}",
            f"--ServerApp.ip={_HOST}",
            f"--ServerApp.port={port or _FIRST_PORT}",
            f"--ServerApp.port_retries={0 if port else _RETRIES}",
            f"--ServerApp.open_browser={browser}",
            "--LabApp.news_url=None",
            "--LanguageServerManager.autodetect=False",  # it would run npm
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        ]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            arguments.append("--ServerApp.allow_root=True")  # containers
        environment = child_environment() | {
            "JUPYTER_CONFIG_DIR": str(config),
            "JUPYTER_DATA_DIR": str(folder / "data"),
            "JUPYTER_RUNTIME_DIR": str(self._runtime),
            "IPYTHONDIR": str(folder / "ipython"),
            "TMPDIR": str(folder / "tmp"),
            **deployment.environment(folder),
        }
        with self._log.open("wb") as log:
            return subprocess.Popen(
                [
                    sys.executable,
                    "-P",
                    "-m",
                    "modos_widgets.demo.lab_process",
                    str(folder),
                    *arguments,
                ],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=environment,
                start_new_session=True,  # Ctrl-C is for the command line alone
            )


def _answers(facts: dict[str, str]) -> bool:
    """Tell whether this Lab answers; another one on its port would not know the token."""
    header = {"Authorization": f"token {facts['token']}"}
    with requests.Session() as session:
        session.trust_env = False  # no proxy stands between this machine and itself
        try:
            return session.get(f"{facts['url']}api/status", headers=header, timeout=5).ok
        except requests.RequestException:
            return False
