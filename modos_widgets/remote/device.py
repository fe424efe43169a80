"""Sign in by the OAuth 2.0 device authorization grant (RFC 8628)."""

from __future__ import annotations

import os
import threading
import time
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeGuard

from authlib.integrations.base_client import OAuthError

from modos_widgets.credentials import Secret
from modos_widgets.errors import (
    EndpointError,
    LoginCancelledError,
    LoginError,
    LoginExpiredError,
    ResponseError,
)
from modos_widgets.remote.bearer import require_secure
from modos_widgets.remote.deadline import Cut
from modos_widgets.remote.endpoint import EndpointManager, manager_of
from modos_widgets.remote.logins import LoginRecord, lock, save
from modos_widgets.remote.provider import Provider, discover, fetch_token, post, refused
from modos_widgets.remote.refusals import plain
from modos_widgets.remote.signed_in import Account, account_of
from modos_widgets.remote.urls import Address

if TYPE_CHECKING:
    from collections.abc import Sequence

    from modos_widgets.remote.provider import IssuedToken

SCOPES = ("profile", "offline_access", "permissions")

_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_INTERVAL = 5.0
_SLOWER = 5.0
_LONGEST_INTERVAL = 60.0
_LONGEST_LIFE = 24 * 3600.0
_PATIENCE = 60.0


class DeviceLogin:
    """A sign-in that waits for the person, who enters a code at the provider's page.

    Made by `begin_login`. It runs no thread of its own: `wait` polls on the thread that
    calls it, `cancel` may be called from any other. The device code is in no ``repr``.

    Parameters
    ----------
    manager : EndpointManager
    provider : Provider
    client_id : str
    answer : dict
        The provider's device authorization response.
    allow_http : bool
    """

    def __init__(
        self,
        manager: EndpointManager,
        provider: Provider,
        client_id: str,
        answer: dict[str, Any],
        *,
        allow_http: bool,
    ) -> None:
        lasts = answer.get("expires_in")
        code, user_code = answer.get("device_code"), answer.get("user_code")
        address = answer.get("verification_uri", answer.get("verification_url"))
        if not (_text(code) and _text(user_code) and _text(address) and _seconds(lasts)):
            raise ResponseError(
                f"{provider.issuer} gave no device code.", "Tell the people who run the endpoint."
            )
        complete = answer.get("verification_uri_complete")
        self._manager, self._provider, self._client_id = manager, provider, client_id
        self._allow_http = allow_http
        self._device_code = Secret(code)
        self._cancelled = threading.Event()
        self._cut = Cut()
        self._ends = time.monotonic() + min(lasts, _LONGEST_LIFE)
        interval = answer.get("interval")
        self.interval = min(interval, _LONGEST_INTERVAL) if _seconds(interval) else _INTERVAL
        """Seconds between two questions to the provider."""
        self.user_code = plain(str(user_code), 64)
        """What the person enters, as text."""
        self.verification_uri = plain(str(address), 500)
        """Where the person enters it, as text: untrusted, see `link`."""
        self.verification_uri_complete = plain(str(complete), 500) if _text(complete) else None
        """The same with the code in it, when the provider gives one."""
        self.expires_at = datetime.fromtimestamp(time.time() + self.remaining, UTC)
        """When the code runs out, by this machine's clock."""
        self.problem: str | None = None
        """Why the provider does not answer at the moment; None when it does."""

    @property
    def endpoint(self) -> str:
        """URL of the endpoint that the sign-in is for."""
        return str(self._manager.address)

    @property
    def link(self) -> str | None:
        """The address to open, or None when it is none that should be a link.

        Only a web address is: a ``javascript:`` one is to be shown as text.
        """
        for url in (self.verification_uri_complete, self.verification_uri):
            if url and Address.of_request(url) is not None:
                return url
        return None

    @property
    def remaining(self) -> float:
        """Seconds until the code runs out, not below zero."""
        return max(0.0, self._ends - time.monotonic())

    @property
    def cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """End the waiting. Returns at once; `wait` raises LoginCancelledError."""
        self._cancelled.set()
        self._cut.now()

    def wait(self) -> Account:
        """Wait until the person has approved, and keep the tokens. Touches the network.

        A provider that does not answer is asked again, less and less often, for a
        minute.

        Returns
        -------
        Account

        Raises
        ------
        LoginDeniedError
            When the person or the provider says no.
        LoginExpiredError
            When the code ran out.
        LoginCancelledError
            After `cancel`.
        UnreachableError, ServerError, ResponseError
            When the provider does not answer for a minute.
        """
        interval = asked_for = self.interval
        silent_since: float | None = None
        while True:
            if self._cancelled.wait(min(interval, self.remaining)):
                raise _cancelled()
            if self.remaining <= 0:
                raise LoginExpiredError(
                    "The code ran out before it was used.", "Start again for a new code."
                )
            try:
                issued = self._ask()
            except OAuthError as error:
                silent_since = self.problem = None
                if error.error not in {"authorization_pending", "slow_down"}:
                    raise self._refused(error) from None
                if error.error == "slow_down":
                    asked_for += _SLOWER
                interval = asked_for
            except EndpointError as error:
                now = time.monotonic()
                silent_since = silent_since or now
                self.problem = str(error)
                if now - silent_since > _PATIENCE:
                    raise
                interval = min(interval * 2, _LONGEST_INTERVAL)
            else:
                self.problem = None
                return self._keep(issued)

    def _ask(self) -> IssuedToken:
        try:
            with self._cut:
                return fetch_token(
                    self._client_id,
                    self._provider.token_endpoint,
                    _GRANT,
                    device_code=self._device_code,
                )
        except EndpointError:
            if self.cancelled:
                raise _cancelled() from None
            raise

    def _refused(self, error: OAuthError) -> LoginError:
        if error.error in {"expired_token", "invalid_grant"}:
            return LoginExpiredError(
                "The code ran out or was used already.", "Start again for a new code."
            )
        return refused(self._provider.issuer, error)

    def _keep(self, issued: IssuedToken) -> Account:
        if self.cancelled:
            raise _cancelled()
        record = LoginRecord(
            endpoint=self.endpoint,
            serial=uuid.uuid4().hex,
            access_token=issued.access_token,
            expires_at=issued.expires_at,
            refresh_token=issued.refresh_token,
            services=self._manager.named(),
            issuer=self._provider.issuer,
            client_id=self._client_id,
            token_endpoint=self._provider.token_endpoint,
            revocation_endpoint=self._provider.revocation_endpoint,
            scopes=SCOPES if issued.scope is None else issued.scope,
            allow_http=self._allow_http,
        )
        with lock():
            save(record, made=True)
        return account_of(record)

    def __repr__(self) -> str:
        """Show the state, and not the device code."""
        state = "cancelled" if self.cancelled else f"{self.remaining:.0f} s left"
        return f"DeviceLogin(endpoint={self.endpoint!r}, user_code={self.user_code!r}, {state})"


def begin_login(
    endpoint: str | EndpointManager,
    *,
    issuer: str | None = None,
    client_id: str | None = None,
    scopes: Sequence[str] = SCOPES,
    allow_http: bool = False,
) -> DeviceLogin:
    """Ask the identity provider of an endpoint for a code. Touches the network.

    Parameters
    ----------
    endpoint : str or EndpointManager
        The modos server.
    issuer : str, optional
        The identity provider; default ``MODOS_OAUTH_AUTH_URL``, else what the server names.
    client_id : str, optional
        Default ``MODOS_OAUTH_CLIENT_ID``, else what the server names.
    scopes : sequence of str
    allow_http : bool
        Take part in plain http to other machines too, with a warning.

    Returns
    -------
    DeviceLogin
        Show its `user_code` and `link`, then call its `wait`.

    Raises
    ------
    LoginError
        When the endpoint has no login, or its provider no device flow.
    InsecureEndpointError
        When a secret would travel unencrypted.
    PathError, ResponseError, ServerError, UnreachableError
        When the endpoint or the provider does not answer as agreed.

    Examples
    --------
    >>> login = begin_login("https://modos.example.org")  # doctest: +SKIP
    >>> login.user_code, login.link  # doctest: +SKIP
    ('WDJB-MJHT', 'https://id.example.org/device?user_code=WDJB-MJHT')
    >>> login.wait()  # doctest: +SKIP
    Account(subject='ada', ...)
    """
    manager, address = manager_of(endpoint, allow_http=allow_http)
    allow_http = allow_http or manager.allow_http
    # whoever changes the server's answer on the way chooses where the tokens go
    require_secure(address, allow_http=allow_http)
    auth = manager.auth or {}
    issuer = issuer or os.environ.get("MODOS_OAUTH_AUTH_URL") or auth.get("url")
    client_id = client_id or os.environ.get("MODOS_OAUTH_CLIENT_ID") or auth.get("client_id")
    if not issuer:
        raise LoginError(f"{address} has no login.", "None is needed to read there.")
    if not client_id:
        raise LoginError(
            f"{address} does not tell its client id.", "Set MODOS_OAUTH_CLIENT_ID or client_id."
        )
    provider = discover(str(issuer), allow_http=allow_http)
    if provider.device_authorization_endpoint is None:
        raise LoginError(
            f"{provider.issuer} offers no sign-in by code.", "Paste a token of your own instead."
        )
    try:
        answer = post(
            provider.device_authorization_endpoint,
            {"client_id": str(client_id), "scope": " ".join(scopes)},
        )
    except OAuthError as error:
        raise refused(provider.issuer, error) from None
    return DeviceLogin(manager, provider, str(client_id), answer, allow_http=allow_http)


def _cancelled() -> LoginCancelledError:
    return LoginCancelledError("The sign-in was cancelled.", "Start it again.")


def _text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _seconds(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0
