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
        Default: the arguments of the process.

    Returns
    -------
    int
        0 on success, 1 on failure; the error is printed on standard error.
    """
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
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
        help="open JupyterLab on the first notebook, with a deployment of sample objects",
        description="Start a deployment with sample objects, and open JupyterLab on the first "
        "notebook. Everything runs on this machine. Press Ctrl-C to stop it.",
    )
    _add_common(demo, _demo)
    demo.add_argument(
        "--protected", action="store_true", help="require a sign-in to see the objects"
    )
    demo.add_argument("--notebook", type=Path, metavar="PATH", help="open this notebook instead")
    app = commands.add_parser(
        "app",
        help="open the object browser as a web page, without JupyterLab",
        description="Serve the object browser as a web page, on this machine only. "
        "Press Ctrl-C to stop it.",
    )
    _add_common(app, _app)
    app.add_argument(
        "source",
        nargs="?",
        metavar="SOURCE",
        help="URL of a modos server, or an object or folder of objects to open "
        "(default: the value of MODOS_ENDPOINT)",
    )
    app.add_argument("--endpoint", metavar="URL", help="URL of the modos server that lists SOURCE")
    return parser


def _add_common(
    command: argparse.ArgumentParser, run: Callable[[argparse.Namespace], None]
) -> None:
    command.set_defaults(run=run)
    command.add_argument(
        "--no-browser",
        dest="browser",
        action="store_false",
        help="print the URL and do not open it",
    )
    command.add_argument("--port", type=_port, help="port of the server (default: a free port)")


def _port(text: str) -> int:
    port = int(text) if text.isdecimal() else 0
    if not 0 < port < 1 << 16:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port from 1 to 65535")
    return port


class _Interrupts:
    """Interrupt handlers: the first interrupt stops the server, the second one kills it.

    A handler that only sets events cannot interrupt a clean-up, as a KeyboardInterrupt would.
    """

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.kill = threading.Event()
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), self._handle)

    def _handle(self, _signal: int, _frame: FrameType | None) -> None:
        (self.kill if self.stop.is_set() else self.stop).set()


def _demo(options: argparse.Namespace) -> None:
    from modos_widgets.serving import check_port, require_extra  # noqa: PLC0415 - --help stays fast

    require_extra("demo", "flask", "flask_cors", "moto", "jupyterlab", "psutil")
    from modos_widgets import demo  # noqa: PLC0415
    from modos_widgets.demo.lab import lab  # noqa: PLC0415

    if options.port is not None:
        check_port(options.port)
    interrupts = _Interrupts()
    with demo.start(protected=options.protected) as deployment:
        about = f"Endpoint     {deployment.endpoint}  ({len(deployment.objects)} objects)"
        server = lab(deployment, notebook=options.notebook, port=options.port)
        _serve(
            server,
            interrupts,
            [about, server.notice, "Press Ctrl-C to stop both."],
            browser=options.browser,
        )


def _app(options: argparse.Namespace) -> None:
    from modos_widgets.serving import check_port, require_extra  # noqa: PLC0415 - --help stays fast

    require_extra("app", "voila", "psutil")
    from modos_widgets import app  # noqa: PLC0415

    if options.port is not None:
        check_port(options.port)
    interrupts = _Interrupts()
    server = app.serve(options.source, endpoint=options.endpoint, port=options.port)
    _serve(server, interrupts, ["Press Ctrl-C to stop."], browser=options.browser)


def _serve(server: Server, interrupts: _Interrupts, lines: list[str], *, browser: bool) -> None:
    """Print the URL of the server, and wait for an interrupt or for its end."""
    try:
        url = server.wait_for_url(interrupts.stop)
        if url is not None:
            print(f"{server.name:<12} {url}", *lines, sep="\n", flush=True)
            if browser:
                server.show(url)
        while server.running and not interrupts.stop.wait(_POLL_SECONDS):
            pass
        if not interrupts.stop.is_set():
            raise UnreachableError(f"{server.name} stopped unexpectedly.", server.log_tail())
    finally:
        server.stop(interrupts.kill)
