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
from modos_widgets.demo.lifeline import take_lifeline, wait_for_end
from modos_widgets.demo.server import create_app, listen
from modos_widgets.demo.study import BUCKET, sample_objects

if TYPE_CHECKING:
    from flask import Flask

_HOST = "127.0.0.1"


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
        "protected": settings["protected"],
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


def main() -> None:
    """Serve until the parent ends."""
    parent = os.getppid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    settings = json.loads(sys.stdin.buffer.readline())
    pipe = take_lifeline()
    facts = serve(settings)
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    wait_for_end(pipe, parent)
    os._exit(0)  # threads in the middle of an answer do not matter any more


if __name__ == "__main__":
    main()
