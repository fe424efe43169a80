"""Process of a deployment: ``python -m modos_widgets.demo.deployment_process``.

It reads one line of JSON settings from its standard input, writes one line of JSON facts
to its standard output, and serves until the input is closed or its parent has ended.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING, Any

from modos_widgets.demo.bucket import BucketObjects, fill_bucket
from modos_widgets.demo.s3_server import serve_s3
from modos_widgets.demo.server import create_app, listen
from modos_widgets.demo.study import BUCKET, sample_objects
from modos_widgets.demo.terminology import create_terminology
from modos_widgets.serving import take_lifeline, wait_for_end

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

_HOST = "127.0.0.1"


def serve(settings: dict[str, Any]) -> dict[str, Any]:
    """Start every server on a free port of the loopback interface, each on its own threads.

    Parameters
    ----------
    settings : dict
        ``protected``, ``token_seconds``, ``key_seconds``.

    Returns
    -------
    dict
        Facts for the parent: ``endpoint``, ``s3_endpoint``, ``bucket``, ``objects``,
        ``protected``, ``issuer`` and ``s3_kwargs``.
    """
    objects = sample_objects()
    protected = bool(settings["protected"])
    fill_bucket(objects, public=not protected)
    facts = {
        "protected": protected,
        "issuer": None,
        "bucket": BUCKET,
        "objects": [f"s3://{BUCKET}/{one.path}" for one in objects],
    }
    if protected:
        return {**facts, **_serve_protected(settings["token_seconds"], settings["key_seconds"])}
    s3_endpoint = serve_s3(_HOST)
    services = {"s3": s3_endpoint, "fuzon": _serve_app(create_terminology())}
    app = create_app(BucketObjects(), services=services)
    return {
        **facts,
        "endpoint": _serve_app(app),
        "s3_endpoint": s3_endpoint,
        "s3_kwargs": {"key": "demo", "secret": "demo"},
    }


def _serve_protected(token_seconds: int, key_seconds: int) -> dict[str, Any]:
    # imported only here, because these libraries take a third of a second
    from modos_widgets.demo.identity import CLIENT_ID, Identity  # noqa: PLC0415
    from modos_widgets.demo.identity_provider import create_provider  # noqa: PLC0415
    from modos_widgets.demo.key_service import KeyRing, create_key_service  # noqa: PLC0415

    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # the loopback needs no https
    ring = KeyRing(key_seconds)
    s3_endpoint = serve_s3(_HOST, ring)
    identity = Identity("", token_seconds=token_seconds)
    identity.issuer = _serve_app(create_provider(identity))
    services = {
        "s3": s3_endpoint,
        "fuzon": _serve_app(create_terminology()),
        "kms": _serve_app(create_key_service(identity, ring)),
    }

    def authorize(token: str | None) -> Callable[[str], bool] | None:
        person = identity.person_of(token)
        return None if person is None else person.may_see

    app = create_app(
        BucketObjects(),
        services=services,
        auth={"url": identity.issuer, "client_id": CLIENT_ID},
        authorize=authorize,
    )
    return {
        "endpoint": _serve_app(app),
        "s3_endpoint": s3_endpoint,
        "issuer": identity.issuer,
        "s3_kwargs": ring.make_owner(),
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
    os._exit(0)  # running responses no longer matter


if __name__ == "__main__":
    main()
