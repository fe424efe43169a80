"""JupyterLab in a process that ends with its parent: ``python -m modos_widgets.demo.lab_process``.

Lab runs in this very process, so that nothing stands between the parent's pipe and Lab's end.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
import time

import psutil
from jupyterlab.labapp import LabApp

from modos_widgets.demo.lifeline import take_lifeline, wait_for_end

_GRACE_SECONDS = 6.0
_ANY_CHILDREN_SECONDS = 0.5


def _end_with_parent(pipe: int, parent: int, scratch: str) -> None:
    wait_for_end(pipe, parent)
    children = psutil.Process().children(recursive=True)
    os.kill(os.getpid(), signal.SIGTERM)  # Lab shuts its kernels down
    time.sleep(_GRACE_SECONDS)
    for child in [*children, *psutil.Process().children(recursive=True)]:
        if child.is_running():
            child.kill()
    psutil.wait_procs(children, _ANY_CHILDREN_SECONDS)
    shutil.rmtree(scratch, ignore_errors=True)
    os._exit(1)


def main() -> None:
    """Run Lab until the parent ends.

    The first argument is the scratch folder, which is removed at the end; the others are Lab's.
    """
    parent = os.getppid()
    scratch, *arguments = sys.argv[1:]
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    pipe = take_lifeline()
    threading.Thread(target=_end_with_parent, args=(pipe, parent, scratch), daemon=True).start()
    try:
        LabApp.launch_instance(arguments)
    finally:
        if os.getppid() != parent:  # it cannot do so itself any more
            shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    main()
