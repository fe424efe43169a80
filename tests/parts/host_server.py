"""A host that is a server of its own: a command that serves a page on a free port."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.parts.checkout import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SECONDS = 90


@contextmanager
def serving(folder: Path, *command: str, source: str, **variables: str) -> Iterator[str]:
    """Serve an app, and yield its address.

    Parameters
    ----------
    folder : Path
        A new folder for the app and everything that it writes.
    *command : str
        Module of Python with its arguments; "{port}" is replaced.
    source : str
        The app, written to ``app.py`` in the folder.
    **variables : str
        Environment variables.
    """
    import requests  # noqa: PLC0415  heavy

    folder.mkdir(parents=True)
    (folder / "app.py").write_text(source)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    own = {f"XDG_{name}_HOME": str(folder / name) for name in ("CACHE", "STATE", "CONFIG", "DATA")}
    paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    log = folder / "server.log"
    with log.open("wb") as written:
        process = subprocess.Popen(
            [sys.executable, "-m", *(each.format(port=port) for each in command)],
            cwd=folder,
            env={**os.environ, **own, "PYTHONPATH": paths, **variables},
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        end = time.monotonic() + _SECONDS
        while True:
            try:
                requests.get(address, timeout=30).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > end:
                    pytest.fail(f"{command[0]} did not start:\n{log.read_text()[-4000:]}")
                time.sleep(0.2)
        yield address
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
