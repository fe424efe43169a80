"""Small modos server with the HTTP interface of a deployment, in both generations.

It serves the objects that are passed and has no state, so tests can use it with any objects.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

import werkzeug  # noqa: F401  before its parts
from flask import Flask, Response, abort, jsonify, request
from werkzeug.exceptions import HTTPException
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from flask.typing import ResponseReturnValue

__all__ = ["Authorize", "ExactPathHandler", "Generation", "Metadata", "create_app", "listen"]

Generation = Literal["new", "old"]
Authorize = Callable[[str | None], Callable[[str], bool] | None]
"""Function of a bearer token that returns a filter of visible paths, or None to refuse."""

Metadata = dict[str, dict[str, Any]]
"""Element id to attributes; the root has the object's own id."""

_SIMILAR = 0.6
_SERVICES = ("s3", "htsget", "fuzon", "kms", "refget")


def create_app(
    objects: Mapping[str, Metadata],
    *,
    services: Mapping[str, str],
    generation: Generation = "new",
    auth: Mapping[str, str] | None = None,
    empty_get: bool = False,
    authorize: Authorize | None = None,
) -> Flask:
    """Create a modos server as a WSGI application.

    Parameters
    ----------
    objects : mapping
        Path in the store, such as ``demo/smoc/P-0003``, to the object's metadata; read for each
        request.
    services : mapping
        Service (``s3``, ``htsget``, ``fuzon``, ``kms``, ``refget``) to its URL; others are null.
    generation : {"new", "old"}
        Generation of the responses.
    auth : mapping, optional
        ``url`` (the OpenID issuer) and ``client_id``; default: null.
    empty_get : bool
        Respond to every query of ``/get`` with ``[]``, as deployed servers do because of a bug.
    authorize : callable, optional
        Called with the bearer token of a request (or None); returns a function that returns
        whether a path is visible, or None to refuse the request with 401.

    Returns
    -------
    flask.Flask
        It has the routes ``/``, ``/list``, ``/meta`` and ``/get``; every other path, also
        ``//list``, is a 404 with ``{"detail": ...}``.
    """
    app = Flask("modos_server", static_folder=None)
    app.url_map.merge_slashes = False
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.register_error_handler(HTTPException, error_response)
    is_new = generation == "new"

    @app.before_request
    def check_request() -> None:
        if request.environ.get("REQUEST_URI", "").startswith("//"):
            abort(404, description="Not Found")

    def visible_paths() -> list[str]:
        return _visible(objects, authorize)

    @app.get("/")
    def status() -> ResponseReturnValue:
        named = {name: services.get(name) for name in _SERVICES}
        return jsonify({"status": "success", "auth": auth and dict(auth), **named})

    @app.get("/list")
    def list_objects() -> ResponseReturnValue:
        return jsonify(
            {"data" if is_new else "modos": [f"s3://{path}" for path in visible_paths()]}
        )

    @app.get("/meta")
    def metadata() -> ResponseReturnValue:
        every = {path: objects[path] for path in visible_paths()}
        found = [{"meta": meta, "path": f"s3://{path}"} for path, meta in every.items()]
        return jsonify({"data": found} if is_new else every)

    @app.get("/get")
    def get() -> ResponseReturnValue:
        found = _search(visible_paths(), services.get("s3"), is_new=is_new)
        if empty_get:
            return jsonify([])
        return jsonify({"data": found} if is_new else found)

    return app


class ExactPathHandler(WSGIRequestHandler):
    """Request handler that keeps ``//list``, which Python's own changes to ``/list``."""

    def make_environ(self) -> dict[str, Any]:
        """Set ``REQUEST_URI`` to the path of the request line."""
        environ: dict[str, Any] = super().make_environ()
        environ["REQUEST_URI"] = self.requestline.split()[1]
        return environ


def listen(app: Flask, host: str = "127.0.0.1", port: int = 0) -> BaseWSGIServer:
    """Create a threaded server; call its ``serve_forever`` on a thread, ``shutdown`` at the end.

    Parameters
    ----------
    app : flask.Flask
    host : str
    port : int
        0 for a free port; see ``server_port`` of the result.
    """
    server: BaseWSGIServer = make_server(
        host, port, app, threaded=True, request_handler=ExactPathHandler
    )
    return server


def _visible(objects: Mapping[str, Metadata], authorize: Authorize | None) -> list[str]:
    if authorize is None:
        return list(objects)
    may_see = authorize(bearer_token(request.headers.get("Authorization")))
    if may_see is None:
        abort(401, description="Not authenticated")
    return [path for path in objects if may_see(path)]


def error_response(error: HTTPException) -> Response:
    """Return an HTTP error as ``{"detail": ...}``."""
    response = jsonify({"detail": error.description or error.name})
    response.status_code = error.code or 500
    return response


def bearer_token(header: str | None) -> str | None:
    """Return the token of an ``Authorization`` header; None if there is none."""
    scheme, _, token = (header or "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def _search(
    paths: Iterable[str], s3: str | None, *, is_new: bool
) -> list[dict[str, dict[str, str | None]]]:
    query = request.args.get("query")
    if query is None:
        abort(422, description="query: field required")
    exact = not _flag("fuzzy") if is_new else _flag("exact_match")
    return [
        {
            path.partition("/")[2] if is_new else path: {
                "s3_endpoint": s3,
                "modo_path": f"s3://{path}",
            }
        }
        for path in paths
        if _matches(path, query, exact=exact)
    ]


def _flag(name: str) -> bool:
    return request.args.get(name, "false").lower() in {"true", "1", "yes", "on"}


def _matches(path: str, query: str, *, exact: bool) -> bool:
    prefix, name = path.partition("/")[2], path.rsplit("/", 1)[-1]
    if query in {path, prefix, name, f"s3://{path}"}:
        return True
    if exact:
        return False
    folded_query = query.lower()
    ratio = difflib.SequenceMatcher(None, folded_query, name.lower()).ratio()
    return folded_query in prefix.lower() or ratio >= _SIMILAR
