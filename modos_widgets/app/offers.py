"""What a page can ask its server to start: the demo deployment, and JupyterLab."""

from __future__ import annotations

import json
import os
import tempfile
import threading
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypedDict

from modos_widgets import demo
from modos_widgets.demo.lab import lab, notebook_folder
from modos_widgets.errors import UnreachableError

if TYPE_CHECKING:
    from modos_widgets.serving import Server

__all__ = ["DEMO_QUERY", "DEMO_VARIABLE", "OFFERS_VARIABLE", "Offers", "Shown"]

DEMO_QUERY: Final = "demo"
"""Query of the address of a page that shows the demo."""

DEMO_VARIABLE: Final = "MODOS_APP_DEMO"
"""Environment variable of kernels: the variables of the running demo, as JSON."""

OFFERS_VARIABLE: Final = "MODOS_APP_OFFERS"
"""Environment variable of the server: the arguments of `Offers`, as JSON."""


class Shown(TypedDict):
    """What the head of a page shows."""

    demo: bool
    """Whether the demo can be started."""
    first: bool
    """Whether nothing else was chosen, so that the demo is the first thing to do."""
    folder: str
    """Folder of the copied notebooks; '' if JupyterLab cannot be opened."""


class Offers:
    """Starts the demo and JupyterLab when a page asks for them; both end with the server.

    The URL of JupyterLab contains a token that permits to run code, so no page receives it: the
    server opens JupyterLab in the user's browser, as the command line does.

    Parameters
    ----------
    endpoint : str or None
        Endpoint of the app, which notebooks use too.
    first : bool
        Whether the app was started without anything to show.
    browser : bool
        Whether this server may open the user's browser.
    """

    def __init__(self, *, endpoint: str | None, first: bool, browser: bool) -> None:
        self._endpoint = endpoint
        self._first = first
        self._browser = browser
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._deployment: demo.Deployment | None = None
        self._scratch = tempfile.TemporaryDirectory(prefix="modos-widgets-")
        self._labs: dict[bool, tuple[Server, str]] = {}

    @property
    def shown(self) -> Shown:
        """What a page may offer on this machine."""
        can_open = self._browser and _has("jupyterlab", "psutil")
        return {
            "demo": _has("flask", "flask_cors", "moto"),
            "first": self._first,
            "folder": str(notebook_folder()) if can_open else "",
        }

    def start_demo(self) -> None:
        """Start the demo, unless it runs; later pages with the query ``demo`` show it.

        Raises
        ------
        MissingExtraError
            The extra ``demo`` is not installed.
        UnreachableError
            The demo does not start.
        """
        with self._lock:
            if self._deployment is None or not self._deployment.running:
                self._deployment = demo.start()
            variables = self._deployment.environment(Path(self._scratch.name))
            os.environ[DEMO_VARIABLE] = json.dumps(variables)

    def open_notebooks(self, *, on_demo: bool) -> None:
        """Copy the notebooks, start JupyterLab on them unless it runs, and open it.

        Parameters
        ----------
        on_demo : bool
            Use the running demo, not the endpoint of the app.

        Raises
        ------
        UnreachableError
            JupyterLab does not start, or the app was started without a browser.
        """
        if not self.shown["folder"]:
            raise UnreachableError(
                "JupyterLab cannot be opened from here.", "Run modos-widgets demo instead."
            )
        with self._lock:
            server, url = self._labs.get(on_demo, (None, ""))
            if server is None or not server.running:
                server = lab(self._deployment if on_demo else self._endpoint)
                url = server.wait_for_url(self._closed) or ""
                self._labs[on_demo] = server, url
            if url:
                server.show(url)

    def close(self) -> None:
        """End what was started."""
        self._closed.set()
        with self._lock:
            for server, _ in self._labs.values():
                server.stop(threading.Event())
            if self._deployment is not None:
                self._deployment.stop()
            self._scratch.cleanup()


def _has(*modules: str) -> bool:
    return all(find_spec(name) is not None for name in modules)
