"""Kernels that start at once, for the JupyterLab of tests.

A kernel spends some seconds of processor time on imports before it runs the first cell. Here one
process imports them once, and each kernel is a fork of it: the same ipykernel, the same code. What
JupyterLab starts, watches and signals is a small process (`STARTER`) that asks for the fork and
lives exactly as long.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

STARTER = """\
import json, os, signal, socket, sys, time
address, connection = sys.argv[1:]
door = socket.socket(socket.AF_UNIX)
for _ in range(1500):
    try:
        door.connect(address)
    except OSError:
        time.sleep(0.1)
    else:
        break
wanted = {"connection": connection, "folder": os.getcwd(), "environment": dict(os.environ)}
socket.send_fds(door, [b"x"], [1, 2])
door.sendall(json.dumps(wanted).encode() + b"\\n")
kernel = int(door.makefile().readline())
for each in (signal.SIGINT, signal.SIGTERM):
    signal.signal(each, lambda number, _: os.kill(kernel, number))
while door.recv(1):
    pass
"""


def write_kernelspec(folder: Path, address: Path) -> None:
    """Write a kernelspec "python3" into a folder of JUPYTER_PATH; `address` gives its kernels."""
    place = folder / "kernels" / "python3"
    place.mkdir(parents=True)
    starter = place / "starter.py"
    starter.write_text(STARTER)
    spec = {
        "argv": [sys.executable, "-I", "-S", str(starter), str(address), "{connection_file}"],
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "metadata": {"debugger": True},
    }
    (place / "kernel.json").write_text(json.dumps(spec))


def start(address: Path, environment: dict[str, str], log: Any) -> subprocess.Popen[bytes]:
    """Start the process that kernels are forked from; starters wait until it listens."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.parts.warm_kernels", str(address)],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
    )


def main(address: str) -> None:
    """Import what kernels need, then fork a kernel for each connection."""
    from ipykernel.kernelapp import IPKernelApp  # noqa: F401, PLC0415  for the forks

    import modos_widgets  # noqa: PLC0415  heavy

    for name in modos_widgets.__all__:
        getattr(modos_widgets, name)
    if threading.active_count() > 1:
        raise RuntimeError(f"a thread runs after the imports: {threading.enumerate()}")
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(address)
        door.listen()
        while True:
            asked, _ = door.accept()
            with asked:
                _, streams, _, _ = socket.recv_fds(asked, 1, 2)
                wanted = json.loads(asked.makefile().readline())
                kernel = os.fork()
                if kernel == 0:
                    door.close()
                    _become(asked, streams, wanted)
                for each in streams:
                    os.close(each)
                with contextlib.suppress(OSError):  # the test may have ended
                    asked.sendall(f"{kernel}\n".encode())
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass


def _become(asked: socket.socket, streams: list[int], wanted: dict[str, Any]) -> None:
    """Become the kernel of a connection file."""
    from ipykernel.kernelapp import IPKernelApp  # noqa: PLC0415  imported before the fork

    for number, each in enumerate(streams, start=1):
        os.dup2(each, number)
        os.close(each)
    os.environ.clear()
    os.environ.update(wanted["environment"])
    os.chdir(wanted["folder"])
    sys.path[0] = ""  # as in a kernel
    sys.argv = ["ipykernel_launcher", "-f", wanted["connection"]]

    def end_with_the_starter() -> None:
        asked.recv(1)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=end_with_the_starter, daemon=True).start()
    IPKernelApp.launch_instance(sys.argv[1:])
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
