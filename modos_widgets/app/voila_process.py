"""Voila that ends with its parent: ``python -m modos_widgets.app.voila_process``."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_core.paths import jupyter_runtime_dir, secure_write
from voila.app import Voila

from modos_widgets.serving.child import run

if TYPE_CHECKING:
    from tornado.web import RequestHandler


class _App(Voila):
    """Voila with two things that it lacks where a token is asked for."""

    def initialize(self, argv: list[str] | None = None) -> None:
        """Read the arguments."""
        super().initialize(argv)
        self.voila_configuration.prelaunch_hook = _give_cookie

    def launch_browser(self) -> None:
        """Tell the parent where this is, as Jupyter servers do, as soon as the port is open.

        Voila itself would open its page without the token, that is, at the question for it.
        """
        folder = Path(jupyter_runtime_dir())
        folder.mkdir(parents=True, exist_ok=True)
        facts = {"url": self.connection_url, "token": self.identity_provider.token}
        with secure_write(str(folder / f"jpserver-{os.getpid()}.json")) as file:
            file.write(json.dumps(facts))


def _give_cookie(handler: RequestHandler, **_: Any) -> None:
    """Set the cookie against forged requests, without which a page cannot end its kernel."""
    handler.xsrf_token  # noqa: B018 - asking for it sets it


if __name__ == "__main__":
    run(_App.launch_instance)
