"""Voila server that ends with its parent process: ``python -m modos_widgets.app.voila_process``."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_core.paths import jupyter_runtime_dir, secure_write
from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado.web import authenticated
from voila.app import Voila

from modos_widgets.app.offers import DEMO_QUERY, OFFERS_VARIABLE, Offers
from modos_widgets.errors import ModosError
from modos_widgets.serving import run_server

if TYPE_CHECKING:
    from tornado.web import RequestHandler


class _App(Voila):
    """Voila with additions: what a server with a token needs, and what a page can start."""

    offers: Offers

    def initialize(self, argv: list[str] | None = None) -> None:
        """Read the arguments."""
        super().initialize(argv)
        self.offers = Offers(**json.loads(os.environ.pop(OFFERS_VARIABLE)))
        self.voila_configuration.prelaunch_hook = _set_cookie
        self.voila_configuration.page_config_hook = self._page_config

    def init_handlers(self) -> list[Any]:
        """Return the handlers of Voila, and one for what a page can start."""
        place = url_path_join(self.server_url, r"/modos/start/(demo|notebooks)")
        return [(place, _StartHandler, {"offers": self.offers}), *super().init_handlers()]

    def stop(self) -> None:
        """End the server, and what pages have started."""
        super().stop()
        self.offers.close()

    def _page_config(self, current: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {**current, "modos": self.offers.shown}

    def launch_browser(self) -> None:
        """Write URL and token to a file for the parent, as Jupyter does, once the port is open.

        Voila itself would open its page without the token, and the page would ask for it.
        """
        folder = Path(jupyter_runtime_dir())
        folder.mkdir(parents=True, exist_ok=True)
        facts = {"url": self.connection_url, "token": self.identity_provider.token}
        with secure_write(str(folder / f"jpserver-{os.getpid()}.json")) as file:
            file.write(json.dumps(facts))


class _StartHandler(APIHandler):
    """Starts what a page asks for; a page needs the XSRF cookie for it."""

    def initialize(self, offers: Offers) -> None:
        """Keep the offers."""
        self._offers = offers

    @authenticated
    async def post(self, asked: str) -> None:
        """Start it, and answer with a problem, which is empty on success."""
        on_demo = self.request.query == DEMO_QUERY
        problem = ""
        try:
            if asked == "demo":
                await asyncio.to_thread(self._offers.start_demo)
            else:
                await asyncio.to_thread(self._offers.open_notebooks, on_demo=on_demo)
        except (ModosError, OSError) as error:
            problem = str(error)
        self.finish({"problem": problem})


def _set_cookie(handler: RequestHandler, **_: Any) -> None:
    """Set the XSRF cookie, which a page needs to end its kernel."""
    handler.xsrf_token  # noqa: B018 - reading it sets the cookie


if __name__ == "__main__":
    run_server(_App.launch_instance)
