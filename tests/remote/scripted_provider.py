"""A small identity provider with an endpoint beside it, whose answers a test chooses."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, jsonify, request

if TYPE_CHECKING:
    from tests.remote.conftest import Serve, Served

DEVICE: dict[str, Any] = {
    "device_code": "secret-device-code",
    "user_code": "AB-CD",
    "verification_uri": "https://id.example.org/device",
    "expires_in": 60,
    "interval": 0.01,
}


class ScriptedProvider:
    """An endpoint and its provider in one server; `token` and `device` are what it answers.

    The endpoint answers every path below ``/api`` with 401 when the request carries an access
    token of `refused`, and with ``{}`` otherwise.
    """

    def __init__(self, serve: Serve) -> None:
        app = Flask("scripted")
        self.device: Any = dict(DEVICE)
        self.token: Any = {}
        self.services: dict[str, str] = {}
        self.refused: set[str] = set()
        self.served: Served = serve(app)
        self.url = self.served.url
        app.add_url_rule("/", "root", self._root)
        app.add_url_rule("/.well-known/openid-configuration", "discovery", self._discovery)
        app.add_url_rule("/device", "device", lambda: answer_of(self.device), methods=["POST"])
        app.add_url_rule("/token", "token", self._token, methods=["POST"])
        app.add_url_rule("/api/<path:path>", "api", self._api, methods=["GET", "POST"])

    @property
    def token_requests(self) -> int:
        """How often the token endpoint was asked."""
        return self.served.paths.count("/token")

    def _root(self) -> Response:
        auth = {"url": self.url, "client_id": "modos"}
        return jsonify(auth=auth, status="ok", **self.services)

    def _discovery(self) -> Response:
        return jsonify(
            issuer=self.url,
            token_endpoint=f"{self.url}/token",
            device_authorization_endpoint=f"{self.url}/device",
        )

    def _token(self) -> Any:
        return answer_of(self.token() if inspect.isfunction(self.token) else self.token)

    def _api(self, path: str) -> Any:
        sent = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return (jsonify(detail="refused"), 401) if sent in self.refused else jsonify({})


def answer_of(answer: Any) -> Any:
    """Return an answer as Flask takes it: JSON for a dict, anything else as it is."""
    return jsonify(answer) if isinstance(answer, dict) else answer
