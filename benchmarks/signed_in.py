"""A SeaweedFS behind a counting proxy, read with the temporary keys of a sign-in."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from modos_widgets import remote
from modos_widgets.demo.server import create_app, listen
from tests.parts.identity import starting_provider
from tests.parts.proxy import Proxy
from tests.parts.s3 import running_seaweedfs
from tests.parts.temporary_keys import key_service, web_identity

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask

BUCKET, PREFIX = "demo", "run7"


@contextlib.contextmanager
def serving(app: Flask) -> Iterator[str]:
    """Serve an app on the loopback address."""
    server = listen(app)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class SignedIn:
    """An endpoint at which someone is signed in.

    Attributes
    ----------
    url : str
        The endpoint.
    proxy : Proxy
        Counts the requests to S3.
    stored : int
        Bytes of the files.
    answered : dict of str to int
        ``bytes``: of all bodies so far.
    """

    url: str
    proxy: Proxy
    stored: int
    answered: dict[str, int] = field(default_factory=lambda: {"bytes": 0})


@contextlib.contextmanager
def signed_in(folder: Path, scratch: Path) -> Iterator[SignedIn]:
    """Put the files of a folder below `PREFIX`, and sign in."""
    with contextlib.ExitStack() as stack:
        start = stack.enter_context(starting_provider())
        provider: Any = start(interval=0.1)
        iam = web_identity(provider.issuer, provider.client_id, BUCKET, PREFIX, 600)
        (scratch / "s3").mkdir()
        s3 = stack.enter_context(running_seaweedfs(scratch / "s3", iam=iam))
        s3.bucket(BUCKET)
        stored = 0
        for file in folder.rglob("*"):
            if file.is_file():
                key = f"{PREFIX}/{file.relative_to(folder).as_posix()}"
                s3.client().put_object(Bucket=BUCKET, Key=key, Body=file.read_bytes())
                stored += file.stat().st_size
        proxy = stack.enter_context(Proxy(s3.endpoint))
        kms = stack.enter_context(serving(key_service(s3.endpoint, BUCKET, PREFIX, [])))
        services = {"kms": kms, "s3": proxy.endpoint}
        url = stack.enter_context(serving(create_app({}, services=services, auth=provider.auth)))
        login = remote.begin_login(url)
        provider.approve(login.link, login.user_code)
        login.wait()
        place = SignedIn(url, proxy, stored)

        def count(_request: object, head: bytes, body: bytes) -> tuple[bytes, bytes]:
            place.answered["bytes"] += len(body)
            return head, body

        proxy.rewrite = count
        yield place
