"""S3 server of the demo as a WSGI application: moto, optionally with permission checks."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import werkzeug  # noqa: F401  before its parts
from moto import settings
from moto.moto_server.werkzeug_app import MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from collections.abc import Iterable

    from modos_widgets.demo.key_service import KeyRing

__all__ = ["serve_s3"]

_REFUSAL = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
)


def serve_s3(host: str, ring: KeyRing | None = None) -> str:
    """Serve this process's moto on a free port.

    Only S3 is served, not moto's other services, nor moto's own interface, with which anyone
    could turn off the checks.

    Parameters
    ----------
    host : str
    ring : KeyRing, optional
        Require its keys: signature, permissions and expiry are checked for every request.

    Returns
    -------
    str
        URL of the server.
    """
    app: Any = create_backend_app("s3")
    if ring is not None:
        settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
        app.wsgi_app = _Guard(app.wsgi_app, ring)
    server = make_server(host, 0, app, threaded=True, request_handler=MotoRequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://{host}:{server.server_port}"


class _Guard:
    """Refuse requests that moto does not support, after deleting expired keys."""

    def __init__(self, app: Any, ring: KeyRing) -> None:
        self._app = app
        self._ring = ring

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self._ring.drop_expired()
        signed = environ.get("HTTP_AUTHORIZATION", "").startswith("AWS4-HMAC-SHA256 ")
        answer = self._app
        if not signed:  # moto responds with status 500 to these, and clients would retry
            answer = Response(_REFUSAL, 403, content_type="application/xml")
        parts: Iterable[bytes] = answer(environ, start_response)
        return parts
