"""The identity provider of an endpoint: discovery, tokens, refresh, revocation (authlib)."""

from __future__ import annotations

import time
from typing import Any

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from pydantic import BaseModel, ConfigDict

from modos_widgets.credentials import HiddenText, forget_frames, hide
from modos_widgets.errors import (
    EndpointError,
    LoginDeniedError,
    LoginError,
    LoginExpiredError,
    PathError,
    ResponseError,
    ServerError,
)
from modos_widgets.remote.bearer import require_secure
from modos_widgets.remote.logins import is_bearer
from modos_widgets.remote.refusals import origin_of, plain, unreachable
from modos_widgets.remote.urls import Address
from modos_widgets.remote.wire import NoAuth, PoliteRequests, fetch, read_json, shared_requests

_LONGEST = 10 * 366 * 24 * 3600


class Provider(BaseModel):
    """What the discovery document of a provider says, as far as it is used here."""

    model_config = ConfigDict(frozen=True)

    issuer: str
    token_endpoint: str
    device_authorization_endpoint: str | None = None
    revocation_endpoint: str | None = None


class IssuedToken(BaseModel):
    """A token endpoint's answer. Its secrets are not shown in ``repr``."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    access_token: HiddenText
    refresh_token: HiddenText | None
    expires_at: float | None
    """Seconds since 1970 by this machine's clock."""
    scope: tuple[str, ...] | None

    def __repr__(self) -> str:
        """Show no token."""
        return "IssuedToken()"


class ProviderSession(PoliteRequests, OAuth2Session):  # type: ignore[misc]
    """Authlib's OAuth 2.0 client with the timeouts of this package, for a public client."""

    def __init__(self, client_id: str) -> None:
        OAuth2Session.__init__(self, client_id=client_id)
        # authlib calls the constructor of requests itself, past that of PoliteRequests
        self.prepare_connections()


def discover(issuer: str, *, allow_http: bool = False) -> Provider:
    """Read a provider's discovery document. Asks the provider.

    Source: OpenID Connect Discovery 1.0, sections 4.1 and 4.3.

    Raises
    ------
    PathError
        When the issuer is no web address.
    InsecureEndpointError
        When a secret would travel unencrypted.
    ResponseError
        When it is no discovery document, or of another issuer.
    CredentialsError, NotFoundError, ServerError, UnreachableError
        When the provider does not answer.
    """
    address = Address.parse(issuer)
    require_secure(address, allow_http=allow_http)
    response = fetch(address.join(".well-known", "openid-configuration"))
    # a redirect to plain http would let anybody on the way name the token endpoint
    require_secure(_endpoint(str(response.url), address), allow_http=allow_http)
    document = read_json(response)
    try:
        provider = Provider.model_validate(document)
    except ValueError:
        raise ResponseError(
            f"{address} does not describe an identity provider.",
            "Tell the people who run the endpoint.",
        ) from None
    try:
        same = Address.parse(provider.issuer) == address
    except PathError:
        same = False
    if not same:
        raise ResponseError(
            f"{address} says that it is {plain(provider.issuer)}: it is not trusted.",
            "Tell the people who run the endpoint.",
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
            f"{issuer} names an endpoint that is no web address.",
            "Tell the people who run the endpoint.",
        )
    return found


def post(url: str, data: dict[str, str]) -> dict[str, Any]:
    """Send a form to the provider and read its JSON; an OAuth error is raised as authlib's.

    Raises
    ------
    authlib.integrations.base_client.OAuthError
    ResponseError, ServerError, UnreachableError
    """
    host = origin_of(url)
    try:
        response = shared_requests().post(
            url,
            data=data,
            auth=NoAuth(),
            allow_redirects=False,  # a redirected POST would carry its secret elsewhere
            headers={"Accept": "application/json"},
        )
    except requests.RequestException as error:
        raise unreachable(host, error) from None
    if response.status_code >= 500:  # noqa: PLR2004
        raise ServerError(f"{host} failed with status {response.status_code}.", "Try again later.")
    answer = hide(read_json(response))
    if not isinstance(answer, dict):
        raise ResponseError(f"{host} gave an answer of an unknown shape.", "Try again.")
    if "error" in answer:
        raise OAuthError(str(answer["error"]), plain(str(answer.get("error_description") or "")))
    return answer


def fetch_token(client_id: str, url: str, grant_type: str, **values: str) -> IssuedToken:
    """Ask the token endpoint. Sends a secret, touches the network.

    Raises
    ------
    authlib.integrations.base_client.OAuthError
        What the provider says, in its words (``authorization_pending``, ...).
    ResponseError, ServerError, UnreachableError
    """
    host = origin_of(url)
    asked = time.time()
    refusal: OAuthError | None = None
    with ProviderSession(client_id) as session:
        try:
            answer = hide(
                session.fetch_token(url, grant_type=grant_type, allow_redirects=False, **values)
            )
        except requests.HTTPError as error:
            raise _status(host, forget_frames(error)) from None
        except requests.RequestException as error:
            raise unreachable(host, error) from None
        except OAuthError as error:
            # made anew: the frames of authlib hold the form with its secrets
            refusal = OAuthError(error.error, plain(str(error.description or "")))
        except ValueError as error:
            forget_frames(error)
            raise ResponseError(
                f"{host} answered with something that is no token.", "Try again."
            ) from None
        except BaseException as error:  # noqa: BLE001 - raised again
            raise forget_frames(error) from None
    if refusal is not None:
        raise refusal
    return _issued(host, answer, asked)


def refused(host: str, error: OAuthError) -> LoginError:
    """Say an OAuth error in our words."""
    reason = plain(str(error.description or error.error or ""))
    if error.error == "access_denied":
        return LoginDeniedError("The sign-in was denied.", "Start again if that was a mistake.")
    if error.error in {"expired_token", "invalid_grant"}:
        return LoginExpiredError(f"The sign-in at {host} has run out.", "Sign in again.")
    return LoginDeniedError(
        f"{host} refused the sign-in ({reason}).", "Tell the people who run the endpoint."
    )


def revoke(client_id: str, url: str, token: str, kind: str) -> None:
    """Tell the provider that a token is not used any more (RFC 7009). Touches the network.

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
            "It stays valid there until it expires.",
        )


def _issued(host: str, answer: dict[str, Any], asked: float) -> IssuedToken:
    token, refresh = answer.get("access_token"), answer.get("refresh_token")
    if not is_bearer(token) or str(answer.get("token_type", "")).lower() != "bearer":
        raise ResponseError(f"{host} gave no bearer token.", "Sign in again.")
    scope = answer.get("scope")
    return IssuedToken(
        access_token=str(token),
        refresh_token=refresh if isinstance(refresh, str) and refresh else None,
        # from the moment of asking: the answer's way back is on the safe side
        expires_at=_after(asked, answer.get("expires_in")),
        scope=tuple(scope.split()) if isinstance(scope, str) else None,
    )


def _after(asked: float, lasts: object) -> float | None:
    if isinstance(lasts, bool) or not isinstance(lasts, int | float):
        return None
    return asked + lasts if 0 < lasts <= _LONGEST else None


def _status(host: str, error: requests.HTTPError) -> EndpointError:
    status = 0 if error.response is None else error.response.status_code
    if status >= 500:  # noqa: PLR2004
        return ServerError(f"{host} failed with status {status}.", "Try again later.")
    return ResponseError(f"{host} answered with status {status}.", "Try again.")
