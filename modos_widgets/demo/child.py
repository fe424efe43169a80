"""The process behind a deployment: ``python -m modos_widgets.demo.child``.

It reads one line of JSON settings from its standard input, answers with one line of JSON facts
on its standard output, and serves until the input closes or its parent is gone.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING, Any

from moto.server import ThreadedMotoServer

from modos_widgets.demo.bucket import BucketObjects, fill_bucket
from modos_widgets.demo.server import create_app, listen
from modos_widgets.demo.study import BUCKET, sample_objects

if TYPE_CHECKING:
    from flask import Flask

_HOST = "127.0.0.1"
_PARENT_CHECK_SECONDS = 1.0


def serve(settings: dict[str, Any]) -> dict[str, Any]:
    """Start every server on a free port of the loopback, each on threads of its own.

    Parameters
    ----------
    settings : dict
        ``protected``: bool.

    Returns
    -------
    dict
        What the parent has to know: ``endpoint``, ``s3_endpoint``, ``bucket``, ``objects``
        and ``s3_kwargs``.
    """
    objects = sample_objects()
    fill_bucket(objects, public=not settings["protected"])
    moto = ThreadedMotoServer(_HOST, 0, verbose=False)
    moto.start()
    s3_endpoint = "http://{}:{}".format(*moto.get_host_and_port())
    app = create_app(BucketObjects(), services={"s3": s3_endpoint})
    return {
        "endpoint": _serve_app(app),
        "s3_endpoint": s3_endpoint,
        "bucket": BUCKET,
        "objects": [f"s3://{BUCKET}/{one.path}" for one in objects],
        "s3_kwargs": {"key": "demo", "secret": "demo"},
    }


def _serve_app(app: Flask) -> str:
    server = listen(app, _HOST)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://{_HOST}:{server.server_port}"


def _wait_for_end(parent: int) -> None:
    """Wait until the input closes or the parent is another.

    The parent's end of the pipe can outlive it in a process that it forked, so its id is looked
    at as well. PR_SET_PDEATHSIG would not do: it fires when the *thread* that started us ends.
    """
    closed = threading.Event()

    def read_to_end() -> None:
        while os.read(0, 4096):
            pass
        closed.set()

    threading.Thread(target=read_to_end, daemon=True).start()
    while not closed.wait(_PARENT_CHECK_SECONDS):
        if os.getppid() != parent:
            return


def main() -> None:
    """Serve until the parent ends."""
    parent = os.getppid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    settings = json.loads(sys.stdin.buffer.readline())
    facts = serve(settings)
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    _wait_for_end(parent)
    os._exit(0)  # threads in the middle of an answer do not matter any more


if __name__ == "__main__":
    main()
