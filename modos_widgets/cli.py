"""The command line: ``modos-widgets demo``."""

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
    from collections.abc import Sequence
    from types import FrameType

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
        _demo(asked.notebook, asked.port, browser=asked.browser, protected=asked.protected)
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
    demo.add_argument(
        "--no-browser", dest="browser", action="store_false", help="print the URL, open nothing"
    )
    demo.add_argument("--port", type=_port, help="JupyterLab's port; a free one by default")
    demo.add_argument(
        "--protected", action="store_true", help="ask for a sign-in before objects are shown"
    )
    demo.add_argument("--notebook", type=Path, metavar="PATH", help="open this notebook instead")
    return parser


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


def _demo(notebook: Path | None, port: int | None, *, browser: bool, protected: bool) -> None:
    from modos_widgets import demo  # noqa: PLC0415 - --help stays fast

    demo.require_extra("flask", "flask_cors", "moto", "jupyterlab")
    from modos_widgets.demo.lab import Lab, check_port  # noqa: PLC0415 - needs the extra

    if port is not None:
        check_port(port)
    interrupts = _Interrupts()
    with demo.start(protected=protected) as deployment:
        lab = Lab(deployment, notebook=notebook, port=port, browser=browser)
        try:
            url = lab.wait_for_url(interrupts.asked)
            if url is not None:
                print(f"JupyterLab   {url}")
                print(f"Endpoint     {deployment.endpoint}  ({len(deployment.objects)} objects)")
                kept = "" if lab.keeps else "  (they go with the demo: this folder is read-only)"
                print(f"Notebooks    {lab.folder}{kept}")
                print("Ctrl-C ends both.", flush=True)
            while lab.running and not interrupts.asked.wait(_POLL_SECONDS):
                pass
            if not interrupts.asked.is_set():
                raise UnreachableError("JupyterLab has ended by itself.", lab.last_words())
        finally:
            lab.stop(interrupts.insisted)
