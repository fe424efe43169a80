"""Environment of child processes, and detection of the end of their parent."""

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
    """Return environment variables with which a child process can import this package.

    Parameters
    ----------
    own : bool
        Keep the user's credentials and endpoint.

    Returns
    -------
    dict
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
    """Move standard input, the pipe from the parent, to a descriptor that children do not inherit.

    Returns
    -------
    int
        The new descriptor of the pipe; standard input is empty afterwards.
    """
    pipe = os.dup(0)  # not inheritable
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return pipe


def wait_for_end(pipe: int, parent: int) -> None:
    """Wait until the parent closes the pipe, or this process has another parent.

    The parent's end of the pipe can outlive the parent in a forked process, so the parent's id
    is checked once a second as well. PR_SET_PDEATHSIG is not suitable: it is sent when the
    *thread* that started the process ends.

    Parameters
    ----------
    pipe : int
        Descriptor of the pipe.
    parent : int
        Process id of the parent.
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
