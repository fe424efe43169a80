"""The identity provider of an endpoint: discovery, tokens, refresh, revocation.

Responses are read according to RFC 6749 and RFC 8628, with some tolerance: numbers may be text,
the body may be a form, ``token_type`` may be missing, and text may end with a line break.
"""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qsl

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from pydantic import BaseModel, ConfigDict

from modos_widgets.credentials import HiddenText, Secret, forget_frames, hide
from modos_widgets.errors import (
    LoginDeniedError,
    LoginError,
    LoginExpiredError,
    PathError,
    ResponseError,
    ServerError,
)
from modos_widgets.json_text import parse_json
from modos_widgets.remote.address import Address, origin_of, require_secure
from modos_widgets.remote.claims import SKEW, read_lifetime, read_seconds
from modos_widgets.remote.http import HttpSession, NoAuth, fetch, read_json, shared_session
from modos_widgets.remote.http_errors import unreachable
from modos_widgets.remote.login_store import is_bearer
from modos_widgets.remote.server_text import shown_text

ASSUMED_LIFETIME = 3600.0
"""Lifetime in seconds of a token if neither the response nor the token itself contains one."""

_SHORTEST = 1.0
_LONGEST = 10 * 366 * 24 * 3600.0
_SHARE = 0.2
_KNOWN = {"access_token", "device_code", "error"}
_BUSY = 429


class UnusableAnswerError(ResponseError):
    """A response of the provider is invalid, and a retry would not help."""


class Provider(BaseModel):
    """The fields of a discovery document that are used here."""

    model_config = ConfigDict(frozen=True)

    issuer: str
    token_endpoint: str
    device_authorization_endpoint: str | None = None
    revocation_endpoint: str | None = None


class IssuedToken(BaseModel):
    """Response of a token endpoint. Its secrets are not shown in ``repr``."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    access_token: HiddenText
    refresh_token: HiddenText | None
    expires_at: float
    """When the token expires: seconds since 1970 by this machine's clock."""
    refresh_at: float
    """When to refresh the token, by the same clock."""
    scope: tuple[str, ...] | None

    def __repr__(self) -> str:
        """Return a text without the tokens."""
        return "IssuedToken()"


class ProviderSession(HttpSession, OAuth2Session):  # type: ignore[misc]
    """Authlib's OAuth 2.0 session for a public client, with the timeouts of this package."""

    def __init__(self, client_id: str) -> None:
        OAuth2Session.__init__(self, client_id=client_id)
        # authlib calls the constructor of requests directly and skips that of HttpSession
        self.prepare_connections()


def discover(issuer: str, *, allow_http: bool = False) -> Provider:
    """Read a provider's discovery document. Uses the network.

    Source: OpenID Connect Discovery 1.0, sections 4.1 and 4.3.

    Raises
    ------
    PathError
        The issuer is not a web address.
    InsecureEndpointError
        A secret would be sent unencrypted.
    ResponseError
        The discovery document is invalid, or belongs to another issuer.
    CredentialsError, NotFoundError, ServerError, UnreachableError
        The provider does not respond.
    """
    address = Address.parse(issuer)
    require_secure(address, allow_http=allow_http)
    response = fetch(address.join(".well-known", "openid-configuration"))
    # after a redirect to plain http, an attacker could choose the token endpoint
    require_secure(_endpoint(str(response.url), address), allow_http=allow_http)
    document = read_json(response)
    try:
        provider = Provider.model_validate(document)
    except ValueError:
        raise ResponseError(
            f"{address} is not an identity provider.",
            "Contact the endpoint's administrator.",
        ) from None
    try:
        same = Address.parse(provider.issuer) == address
    except PathError:
        same = False
    if not same:
        raise ResponseError(
            f"{address} identifies itself as {shown_text(provider.issuer)} and is not trusted.",
            "Contact the endpoint's administrator.",
        )
    for url in (
        provider.token_endpoint,
        provider.device_authorization_endpoint,
        provider.revocation_endpoint,
    ):
        if url is not None:
            require_secure(_endpoint(url, address), allow_http=allow_http)
    return provider


def _endpoint(url: str, issuer: Address) -> Address:
    found = Address.of_request(url)
    if found is None:
        raise ResponseError(
            f"{issuer} names an endpoint that is not a web address.",
            "Contact the endpoint's administrator.",
        )
    return found


def post(url: str, data: dict[str, str]) -> dict[str, Any]:
    """Send a form to the provider and read the response. Uses the network.

    Raises
    ------
    authlib.integrations.base_client.OAuthError
        The provider reported an OAuth error (``authorization_pending``, ...).
    UnusableAnswerError
        The response is neither JSON nor a form, or neither a success nor an OAuth error.
    ResponseError, ServerError, UnreachableError
        The request failed, and a retry may help.
    """
    host = origin_of(url)
    try:
        response = shared_session().post(
            url,
            data=data,
            auth=NoAuth(),
            allow_redirects=False,  # a redirect would send the secret elsewhere
            headers={"Accept": "application/json"},
        )
    except requests.RequestException as error:
        raise unreachable(host, error) from None
    status = response.status_code
    if status >= 500 or status == _BUSY:  # noqa: PLR2004
        raise ServerError(f"{host} failed with status {status}.", "Retry later.")
    answer = _read_answer(response)
    if answer is not None and answer.get("error"):
        description = Secret(shown_text(str(answer.get("error_description") or "")))
        raise OAuthError(shown_text(str(answer["error"])), description)
    if not 200 <= status < 300:  # noqa: PLR2004
        raise UnusableAnswerError(
            f"{host} responded with status {status}.", "Check the endpoint's identity provider."
        )
    if answer is None:
        try:
            read_json(response)  # raises the reason
        except ResponseError as error:
            raise UnusableAnswerError(error.message, error.hint) from None
        return {}
    return answer


def _read_answer(response: requests.Response) -> dict[str, Any] | None:
    """Parse a response as JSON or as a form; return None if it is neither."""
    try:
        text = response.content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    try:
        answer = parse_json(text)
    except (ValueError, RecursionError):
        try:
            answer = dict(parse_qsl(text.strip(), keep_blank_values=True, max_num_fields=100))
        except ValueError:
            return None
        if not _KNOWN & answer.keys():
            return None
    return hide(answer) if isinstance(answer, dict) else None


def fetch_token(client_id: str, url: str, grant_type: str, **values: str) -> IssuedToken:
    """Request a token. Sends a secret over the network. Raises the errors of `post`."""
    requested_at = time.time()
    data = {"grant_type": grant_type, "client_id": client_id, **values}
    return _issued(origin_of(url), post(url, data), requested_at)


def refused(host: str, error: OAuthError) -> LoginError:
    """Return the error of this package for an OAuth error."""
    reason = shown_text(str(error.description or error.error or ""))
    if error.error == "access_denied":
        return LoginDeniedError("The sign-in was denied.", "Retry if that was a mistake.")
    if error.error in {"expired_token", "invalid_grant"}:
        return LoginExpiredError(f"The sign-in at {host} has expired.", "Sign in again.")
    return LoginDeniedError(
        f"{host} refused the sign-in ({reason}).", "Contact the endpoint's administrator."
    )


def revoke(client_id: str, url: str, token: str, kind: str) -> None:
    """Revoke a token at the provider (RFC 7009). Uses the network.

    Raises
    ------
    ResponseError, ServerError, UnreachableError
    """
    host = origin_of(url)
    with ProviderSession(client_id) as session:
        try:
            response = session.revoke_token(
                url, token=token, token_type_hint=kind, allow_redirects=False
            )
        except requests.RequestException as error:
            raise unreachable(host, error) from None
        except BaseException as error:  # noqa: BLE001 - raised again
            raise forget_frames(error) from None
    if response.status_code != 200:  # noqa: PLR2004
        kind_of = ServerError if response.status_code >= 500 else ResponseError  # noqa: PLR2004
        raise kind_of(
            f"{host} did not revoke the token (status {response.status_code}).",
            "Wait until it expires: it remains valid there.",
        )


def _issued(host: str, answer: dict[str, Any], requested_at: float) -> IssuedToken:
    token, kind = _stripped(answer.get("access_token")), answer.get("token_type")
    if token is None or not is_bearer(token):
        raise UnusableAnswerError(
            f"{host} issued no access token.", "Contact the endpoint's administrator."
        )
    # a missing type is read as Bearer, the only type that is requested and supported
    if kind is not None and str(kind).strip().lower() not in {"", "bearer"}:
        raise UnusableAnswerError(
            f"{host} issued a token of the type {shown_text(repr(kind), 60)}, "
            "which is not supported.",
            "Contact the endpoint's administrator.",
        )
    # counted from the request, so that the token never counts as valid too long
    lasts = _lifetime(answer.get("expires_in"), token)
    return IssuedToken(
        access_token=token,
        refresh_token=_stripped(answer.get("refresh_token")),
        expires_at=requested_at + lasts,
        refresh_at=requested_at + lasts - min(SKEW.total_seconds(), lasts * _SHARE),
        scope=_scope(answer.get("scope")),
    )


def _stripped(value: object) -> Secret | None:
    """Return a text without the line break that some providers append."""
    return Secret(value.strip("\r\n")) or None if isinstance(value, str) else None


def _lifetime(stated: object, token: str) -> float:
    """Return the lifetime of a new token in seconds, at least one.

    With a shorter lifetime, every request would refresh the token.
    """
    for seconds in (read_seconds(stated), read_lifetime(token)):
        if seconds is not None and _SHORTEST <= seconds <= _LONGEST:
            return seconds
    return ASSUMED_LIFETIME


def _scope(value: object) -> tuple[str, ...] | None:
    if isinstance(value, str):
        return tuple(value.split())
    if isinstance(value, list) and all(isinstance(name, str) for name in value):
        return tuple(value)
    return None
