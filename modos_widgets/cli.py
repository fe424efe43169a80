"""The command line: ``modos-widgets demo`` and ``modos-widgets app``."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import modos_widgets
from modos_widgets.errors import ModosError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType

    from modos_widgets.serving import Server

__all__ = ["main"]

_POLL_SECONDS = 0.2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        Those of the process without.

    Returns
    -------
    int
        0 when all went well, 1 when not; the reason is on standard error.
    """
    asked = _parser().parse_args(arguments)
    try:
        asked.run(asked)
    except ModosError as error:
        print(f"modos-widgets: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="modos-widgets", description="Find, explore, curate and move MODOs in Jupyter."
    )
    parser.add_argument("--version", action="version", version=modos_widgets.__version__)
    commands = parser.add_subparsers(required=True, metavar="command")
    demo = commands.add_parser(
        "demo",
        help="open JupyterLab on the first notebook, beside a deployment with sample objects",
        description="Start a deployment with sample objects, and JupyterLab on the first "
        "notebook beside it. Everything runs on this machine and ends with Ctrl-C.",
    )
    _add_common(demo, _demo)
    demo.add_argument(
        "--protected", action="store_true", help="ask for a sign-in before objects are shown"
    )
    demo.add_argument("--notebook", type=Path, metavar="PATH", help="open this notebook instead")
    app = commands.add_parser(
        "app",
        help="open the browser of objects as a web page, without JupyterLab",
        description="Serve the browser of objects as a web page, to this machine alone. "
        "It ends with Ctrl-C.",
    )
    _add_common(app, _app)
    app.add_argument(
        "source",
        nargs="?",
        metavar="SOURCE",
        help="URL of a modos server, or an object or a folder of objects to open; "
        "by default the endpoint that MODOS_ENDPOINT names",
    )
    app.add_argument("--endpoint", metavar="URL", help="the modos server that knows SOURCE")
    return parser


def _add_common(
    command: argparse.ArgumentParser, run: Callable[[argparse.Namespace], None]
) -> None:
    command.set_defaults(run=run)
    command.add_argument(
        "--no-browser", dest="browser", action="store_false", help="print the URL, open nothing"
    )
    command.add_argument("--port", type=_port, help="the server's port; a free one by default")


def _port(text: str) -> int:
    port = int(text) if text.isdecimal() else 0
    if not 0 < port < 1 << 16:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port from 1 to 65535")
    return port


class _Interrupts:
    """Counts the requests to end: the first one asks, the second one insists.

    A handler that only sets events cannot break off a clean-up half-way, as a KeyboardInterrupt
    would.
    """

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.insisted = threading.Event()
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), self._handle)

    def _handle(self, _signal: int, _frame: FrameType | None) -> None:
        (self.insisted if self.asked.is_set() else self.asked).set()


def _demo(asked: argparse.Namespace) -> None:
    from modos_widgets.serving import check_port, require_extra  # noqa: PLC0415 - --help stays fast

    require_extra("demo", "flask", "flask_cors", "moto", "jupyterlab", "psutil")
    from modos_widgets import demo  # noqa: PLC0415
    from modos_widgets.demo.lab import lab  # noqa: PLC0415

    if asked.port is not None:
        check_port(asked.port)
    interrupts = _Interrupts()
    with demo.start(protected=asked.protected) as deployment:
        about = f"Endpoint     {deployment.endpoint}  ({len(deployment.objects)} objects)"
        server = lab(deployment, notebook=asked.notebook, port=asked.port)
        _serve(server, interrupts, [about, server.told, "Ctrl-C ends both."], browser=asked.browser)


def _app(asked: argparse.Namespace) -> None:
    from modos_widgets.serving import check_port, require_extra  # noqa: PLC0415 - --help stays fast

    require_extra("app", "voila", "psutil")
    from modos_widgets import app  # noqa: PLC0415

    if asked.port is not None:
        check_port(asked.port)
    interrupts = _Interrupts()
    server = app.serve(asked.source, endpoint=asked.endpoint, port=asked.port)
    _serve(server, interrupts, ["Ctrl-C ends it."], browser=asked.browser)


def _serve(server: Server, interrupts: _Interrupts, words: list[str], *, browser: bool) -> None:
    """Tell where the server is, and wait until an interrupt, or its own end."""
    try:
        url = server.wait_for_url(interrupts.asked)
        if url is not None:
            print(f"{server.name:<12} {url}", *words, sep="\n", flush=True)
            if browser:
                server.show(url)
        while server.running and not interrupts.asked.wait(_POLL_SECONDS):
            pass
        if not interrupts.asked.is_set():
            raise UnreachableError(f"{server.name} has ended by itself.", server.last_words())
    finally:
        server.stop(interrupts.insisted)
