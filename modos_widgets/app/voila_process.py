"""Voila server that ends with its parent process: ``python -m modos_widgets.app.voila_process``."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_core.paths import jupyter_runtime_dir, secure_write
from voila.app import Voila

from modos_widgets.serving import run_server

if TYPE_CHECKING:
    from tornado.web import RequestHandler


class _App(Voila):
    """Voila with two additions that a server with a token needs."""

    def initialize(self, argv: list[str] | None = None) -> None:
        """Read the arguments."""
        super().initialize(argv)
        self.voila_configuration.prelaunch_hook = _set_cookie

    def launch_browser(self) -> None:
        """Write URL and token to a file for the parent, as Jupyter does, once the port is open.

        Voila itself would open its page without the token, and the page would ask for it.
        """
        folder = Path(jupyter_runtime_dir())
        folder.mkdir(parents=True, exist_ok=True)
        facts = {"url": self.connection_url, "token": self.identity_provider.token}
        with secure_write(str(folder / f"jpserver-{os.getpid()}.json")) as file:
            file.write(json.dumps(facts))


def _set_cookie(handler: RequestHandler, **_: Any) -> None:
    """Set the XSRF cookie, which a page needs to end its kernel."""
    handler.xsrf_token  # noqa: B018 - reading it sets the cookie


if __name__ == "__main__":
    run_server(_App.launch_instance)
