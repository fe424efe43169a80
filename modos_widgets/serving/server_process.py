"""Jupyter server process that ends with its parent.

The server runs in this process itself, so that it reads the pipe from the parent directly.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING

import psutil

from modos_widgets.serving.lifeline import take_lifeline, wait_for_end

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["run_server"]

_GRACE_SECONDS = 6.0
_ANY_CHILDREN_SECONDS = 0.5


def _end_with_parent(pipe: int, parent: int, scratch: str) -> None:
    wait_for_end(pipe, parent)
    children = psutil.Process().children(recursive=True)
    os.kill(os.getpid(), signal.SIGTERM)  # the server shuts its kernels down
    time.sleep(_GRACE_SECONDS)
    for child in [*children, *psutil.Process().children(recursive=True)]:
        if child.is_running():
            child.kill()
    psutil.wait_procs(children, _ANY_CHILDREN_SECONDS)
    shutil.rmtree(scratch, ignore_errors=True)
    os._exit(1)


def run_server(launch: Callable[[list[str]], object]) -> None:
    """Run a server until the parent ends.

    The first argument of the process is the scratch folder, which is removed at the end.

    Parameters
    ----------
    launch : callable
        Runs the server; called with the other arguments of the process.
    """
    parent = os.getppid()
    scratch, *arguments = sys.argv[1:]
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    pipe = take_lifeline()
    threading.Thread(target=_end_with_parent, args=(pipe, parent, scratch), daemon=True).start()
    try:
        launch(arguments)
    finally:
        if os.getppid() != parent:  # the parent can no longer remove it
            shutil.rmtree(scratch, ignore_errors=True)
