"""``modos-widgets app`` or ``demo`` in a process, as a person starts it, and a page of it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.parts.checkout import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class App:
    """A running app, or another command that serves a page.

    With the variable ``BROWSER`` it may open that browser.

    Attributes
    ----------
    url : str
        The page's address, with the token.
    lines : list of str
        What was printed up to the address.
    """

    def __init__(
        self, folder: Path, *arguments: str, command: str = "app", **variables: str
    ) -> None:
        (folder / "tmp").mkdir(parents=True)
        own = {f"XDG_{name}_HOME": str(folder / name) for name in ("CACHE", "STATE", "CONFIG")}
        paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "modos_widgets", command),
                *([] if "BROWSER" in variables else ["--no-browser"]),
                *arguments,
            ],
            stdout=subprocess.PIPE,
            text=True,
            cwd=folder,
            env={
                **os.environ,
                **own,
                "TMPDIR": str(folder / "tmp"),
                "PYTHONPATH": paths,
                **variables,
            },
        )
        assert self.process.stdout is not None
        self.lines: list[str] = []
        while not self.lines or "?token=" not in self.lines[-1]:
            self.lines.append(self.process.stdout.readline())
            assert self.lines[-1], f"the {command} did not start"
        self.url = self.lines[-1].split()[1]

    def kernels(self) -> int:
        """Count the kernels that run."""
        import psutil  # noqa: PLC0415  heavy

        family = psutil.Process(self.process.pid).children(recursive=True)
        count = 0
        for each in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                count += "ipykernel_launcher" in each.cmdline()
        return count

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=30)


@pytest.fixture
def start_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., App]]:
    """Return what starts an app: with arguments of the command, and environment variables."""
    with contextlib.ExitStack() as stack:

        def start(*arguments: str, command: str = "app", **variables: str) -> App:
            folder = tmp_path_factory.mktemp("app") / "own"
            app = App(folder, *arguments, command=command, **variables)
            stack.callback(app.stop)
            return app

        yield start
