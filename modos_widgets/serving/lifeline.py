"""How processes of ours find this package, and how they learn that their parent is gone."""

from __future__ import annotations

import os
import sysconfig
import threading
from pathlib import Path

import modos_widgets

__all__ = ["child_environment", "take_lifeline", "wait_for_end"]

_PARENT_CHECK_SECONDS = 1.0
_OWN_VARIABLES = ("AWS_", "MOTO_", "MODOS_", "S3_", "INITIAL_NO_AUTH")
_JUPYTER_VARIABLES = ("JUPYTER_TOKEN",)


def child_environment(*, own: bool = False) -> dict[str, str]:
    """Give an environment in which this package is found.

    Parameters
    ----------
    own : bool
        Keep the person's credentials and endpoint.
    """
    left_out = _JUPYTER_VARIABLES if own else (*_JUPYTER_VARIABLES, *_OWN_VARIABLES)
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(left_out)
    }
    place = str(Path(modos_widgets.__file__).parent.parent)
    if place not in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
        before = environment.get("PYTHONPATH")
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [place, before]))
    return environment


def take_lifeline() -> int:
    """Move standard input, the pipe from the parent, out of the reach of own children.

    Returns
    -------
    int
        The pipe's new descriptor; standard input reads nothing from now on.
    """
    pipe = os.dup(0)  # not inheritable
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return pipe


def wait_for_end(pipe: int, parent: int) -> None:
    """Wait until the parent closes the pipe, or this process has another parent.

    The parent's end of the pipe can outlive it in a process that it forked, so the parent's id
    is looked at as well, once a second. PR_SET_PDEATHSIG would not do: it fires when the *thread*
    that started the process ends.
    """
    closed = threading.Event()

    def read_to_end() -> None:
        while os.read(pipe, 4096):
            pass
        closed.set()

    threading.Thread(target=read_to_end, daemon=True).start()
    while not closed.wait(_PARENT_CHECK_SECONDS):
        if os.getppid() != parent:
            return
