"""Identity provider of the demo as a WSGI application: authlib's server side on Flask."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Any

import werkzeug  # noqa: F401  before its parts
from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin, grants
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc8628 import (
    DEVICE_CODE_GRANT_TYPE,
    DeviceAuthorizationEndpoint,
    DeviceCodeGrant,
)
from flask import Flask, abort, jsonify, render_template, request
from werkzeug.exceptions import HTTPException

from modos_widgets.demo.identity import CLIENT_ID, SCOPES, DeviceCode, Identity, RefreshToken
from modos_widgets.demo.people import PEOPLE, Person
from modos_widgets.demo.server import bearer_token, error_response

if TYPE_CHECKING:
    from flask import Response
    from flask.typing import ResponseReturnValue

__all__ = ["create_provider"]

_PAGE = "/device"
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_SCOPE_WORDS = {
    "profile": "see your name",
    "offline_access": "stay signed in",
    "permissions": "see what you may read and write",
}


def create_provider(identity: Identity) -> Flask:
    """Create the provider: discovery, device grant, refresh, revocation and the device page.

    Parameters
    ----------
    identity : Identity
        Its state; the issuer must be the URL at which the application is served.

    Returns
    -------
    flask.Flask
        The device page is at ``/device``; it accepts a form with ``user_code``, ``person`` (a
        subject) and ``decision`` (``approve`` or ``deny``).
    """
    app = Flask(__name__, template_folder="pages", static_folder="pages/static")
    app.register_error_handler(HTTPException, error_response)
    _add_protocol(app, identity)
    _add_people(app, identity)

    @app.after_request
    def harden(response: Response) -> Response:
        response.headers.update(_HEADERS)
        return response

    return app


def _add_protocol(app: Flask, identity: Identity) -> None:
    """Add the routes for clients."""
    server = _make_server(identity)

    @app.get("/.well-known/openid-configuration")
    def discovery() -> ResponseReturnValue:
        return jsonify(_metadata(identity.issuer))

    @app.get("/jwks")
    def keys() -> ResponseReturnValue:
        return jsonify(identity.public_keys())

    @app.post("/device_authorization")
    def device_authorization() -> ResponseReturnValue:
        answer: Response = server.create_endpoint_response(_DeviceEndpoint.ENDPOINT_NAME)
        return answer

    @app.post("/token")
    def token() -> ResponseReturnValue:
        answer: Response = server.create_token_response()
        return answer

    @app.post("/revoke")
    def revoke() -> ResponseReturnValue:
        answer: Response = server.create_endpoint_response(_Revocation.ENDPOINT_NAME)
        return answer


def _add_people(app: Flask, identity: Identity) -> None:
    """Add the pages for users, and the route for user information."""

    @app.get("/userinfo")
    def userinfo() -> ResponseReturnValue:
        person = identity.person_of(bearer_token(request.headers.get("Authorization")))
        if person is None:
            abort(401, description="The token is invalid or expired")
        return jsonify({"sub": person.subject, "name": person.name})

    @app.get(_PAGE)
    def device_page() -> ResponseReturnValue:
        return _ask(identity, request.args.get("user_code", ""))

    @app.post(_PAGE)
    def decide() -> ResponseReturnValue:
        if request.headers.get("Origin", identity.issuer) != identity.issuer:
            abort(403, description="The form was sent from another site")
        return _decide(identity)


def _metadata(issuer: str) -> dict[str, object]:
    """Return the metadata (OpenID Connect Discovery 1.0, RFC 8414, RFC 8628 section 4)."""
    return {
        "issuer": issuer,
        "device_authorization_endpoint": f"{issuer}/device_authorization",
        "token_endpoint": f"{issuer}/token",
        "revocation_endpoint": f"{issuer}/revoke",
        "userinfo_endpoint": f"{issuer}/userinfo",
        "jwks_uri": f"{issuer}/jwks",
        "scopes_supported": list(SCOPES),
        "response_types_supported": [],
        "subject_types_supported": ["public"],
        "grant_types_supported": [DEVICE_CODE_GRANT_TYPE, "refresh_token"],
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "id_token_signing_alg_values_supported": ["ES256"],
    }


def _ask(identity: Identity, user_code: str) -> ResponseReturnValue:
    code = identity.code_of_person(user_code) if user_code else None
    problem = "This code is unknown, was already used or has expired." if user_code else ""
    if code is None or code.decided:
        return render_template("device.html", typed=user_code, problem=problem)
    return render_template(
        "device.html",
        code=code.user_code,
        client=code.client_id,
        words=[_SCOPE_WORDS[name] for name in code.scope.split() if name in _SCOPE_WORDS],
        people=PEOPLE.values(),
    )


def _decide(identity: Identity) -> ResponseReturnValue:
    user_code = request.form.get("user_code", "")
    approved = request.form.get("decision") == "approve"
    person = PEOPLE.get(request.form.get("person", next(iter(PEOPLE))))
    if request.form.get("decision") not in {"approve", "deny"} or person is None:
        return _ask(identity, user_code)
    if not identity.decide(user_code, person if approved else None):
        return _ask(identity, user_code)
    return render_template("device_done.html", approved=approved, person=person)


class _Client(ClientMixin):  # type: ignore[misc]
    """The only client, which is public: it has no secret."""

    client_id = CLIENT_ID

    def get_client_id(self) -> str:
        return self.client_id

    def get_allowed_scope(self, scope: str | None) -> str:
        return " ".join(name for name in (scope or "").split() if name in SCOPES)

    def check_endpoint_auth_method(self, method: str, _endpoint: str) -> bool:
        return method == "none"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in {DEVICE_CODE_GRANT_TYPE, "refresh_token"}


class _Server(AuthorizationServer):  # type: ignore[misc]
    identity: Identity


def _make_server(identity: Identity) -> _Server:
    client = _Client()
    server = _Server(
        query_client=lambda client_id: client if client_id == client.client_id else None,
        save_token=lambda _token, _request: None,  # stored when it is created
    )
    server.identity = identity
    server.scopes_supported = list(SCOPES)
    server.register_token_generator("default", _issue_by(identity))
    server.register_grant(_DeviceGrant)
    server.register_grant(_RefreshGrant)
    server.register_endpoint(_DeviceEndpoint)
    server.register_endpoint(_Revocation)
    return server


def _issue_by(identity: Identity) -> Any:
    def issue(
        *,
        client: _Client,
        user: tuple[Person, str],
        scope: str | None,
        include_refresh_token: bool = True,
        **_others: object,
    ) -> dict[str, object]:
        person, family = user
        granted = client.get_allowed_scope(scope)
        answer: dict[str, object] = {
            "token_type": "Bearer",
            "access_token": identity.issue_access(person, client.client_id, granted, family),
            "expires_in": identity.token_seconds,
            "scope": granted,
        }
        if include_refresh_token and "offline_access" in granted.split():
            refresh = identity.issue_refresh(person, client.client_id, granted, family)
            answer["refresh_token"] = refresh.value
        return answer

    return issue


class _DeviceEndpoint(DeviceAuthorizationEndpoint):  # type: ignore[misc]
    server: _Server

    @property
    def EXPIRES_IN(self) -> int:  # noqa: N802 - authlib's name
        return self.server.identity.code_seconds

    @property
    def INTERVAL(self) -> int:  # noqa: N802 - authlib's name
        return self.server.identity.interval

    def get_verification_uri(self) -> str:
        return f"{self.server.identity.issuer}{_PAGE}"

    def save_device_credential(
        self, client_id: str, scope: str | None, data: dict[str, Any]
    ) -> None:
        self.server.identity.save_code(
            DeviceCode(
                device_code=data["device_code"],
                user_code=data["user_code"],
                client_id=client_id,
                scope=scope or "",
                expires_at=time.time() + data["expires_in"],
                interval=data["interval"],
            )
        )


class _DeviceGrant(DeviceCodeGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = ("none",)
    server: _Server

    def query_device_credential(self, device_code: str) -> DeviceCode | None:
        self._code = self.server.identity.code_of_device(device_code)
        return self._code

    def query_user_grant(self, _user_code: str) -> tuple[tuple[Person | None, str], bool] | None:
        code = self._code
        if code is None or not code.decided:
            return None
        self.server.identity.take_code(code)
        return (code.person, secrets.token_urlsafe(12)), code.person is not None

    def should_slow_down(self, credential: DeviceCode) -> bool:
        return self.server.identity.polls_too_often(credential)


class _RefreshGrant(grants.RefreshTokenGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = ("none",)
    INCLUDE_NEW_REFRESH_TOKEN = True
    server: _Server

    def authenticate_refresh_token(self, refresh_token: str) -> RefreshToken | None:
        return self.server.identity.use_refresh(refresh_token)

    def authenticate_user(self, refresh_token: RefreshToken) -> tuple[Person, str]:
        return refresh_token.person, refresh_token.family

    def revoke_old_credential(self, refresh_token: RefreshToken) -> None:
        """Do nothing: the token was revoked when it was used."""


class _Revocation(RevocationEndpoint):  # type: ignore[misc]
    CLIENT_AUTH_METHODS = ("none",)
    server: _Server

    def query_token(self, token_string: str, _hint: str | None) -> str | None:
        return token_string

    def authenticate_token(self, request: Any, client: _Client) -> str | None:
        self.check_params(request, client)
        return self.query_token(request.form["token"], None)

    def revoke_token(self, token: str, _request: object) -> None:
        self.server.identity.revoke(token)
