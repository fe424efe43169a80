"""Sign-in with the OAuth 2.0 device authorization grant (RFC 8628)."""

from __future__ import annotations

import os
import threading
import time
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from authlib.integrations.base_client import OAuthError

from modos_widgets.credentials import Secret
from modos_widgets.errors import (
    EndpointError,
    LoginCancelledError,
    LoginError,
    LoginExpiredError,
    ResponseError,
)
from modos_widgets.remote.accounts import Account, account_of
from modos_widgets.remote.address import Address, require_secure
from modos_widgets.remote.claims import read_seconds
from modos_widgets.remote.endpoint import EndpointManager, manager_of
from modos_widgets.remote.http_limits import Cancellation
from modos_widgets.remote.identity_provider import (
    Provider,
    UnusableAnswerError,
    discover,
    fetch_token,
    post,
    refused,
)
from modos_widgets.remote.key_service import use_for_command_line
from modos_widgets.remote.login_store import LoginRecord, lock, save
from modos_widgets.remote.server_text import shown_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from modos_widgets.remote.identity_provider import IssuedToken

SCOPES = ("profile", "offline_access", "permissions")

_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_INTERVAL = 5.0
_SLOWER = 5.0
_LONGEST_INTERVAL = 60.0
_LONGEST_LIFE = 24 * 3600.0
_ASSUMED_LIFE = 600.0
_PATIENCE = 60.0


class DeviceLogin:
    """Pending sign-in: the user enters a code on the provider's page.

    Created by `begin_login`. It runs no thread of its own: `wait` polls on the calling
    thread, and `cancel` may be called from any other. ``repr`` does not show the device code.

    Parameters
    ----------
    manager : EndpointManager
        The endpoint.
    provider : Provider
        Its identity provider.
    client_id : str
        The OAuth client id.
    answer : dict
        The provider's device authorization response.
    allow_http : bool
        Allow plain http to other machines.
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
        lasts = read_seconds(answer.get("expires_in", _ASSUMED_LIFE))
        code, user_code = answer.get("device_code"), answer.get("user_code")
        address = answer.get("verification_uri", answer.get("verification_url"))
        if not (_text(code) and _text(user_code) and _text(address) and lasts and lasts > 0):
            raise ResponseError(
                f"{provider.issuer} issued no device code.", "Contact the endpoint's administrator."
            )
        complete = answer.get("verification_uri_complete")
        self._manager, self._provider, self._client_id = manager, provider, client_id
        self._allow_http = allow_http
        self._device_code = Secret(str(code).strip())
        self._cancelled = threading.Event()
        self._cancellation = Cancellation()
        self._ends = time.monotonic() + min(lasts, _LONGEST_LIFE)
        interval = read_seconds(answer.get("interval"))
        self.interval = min(interval, _LONGEST_INTERVAL) if interval and interval > 0 else _INTERVAL
        """Seconds between two requests to the provider."""
        self.user_code = shown_text(str(user_code), 64)
        """Code that the user enters, as text."""
        self.verification_uri = shown_text(str(address), 500)
        """Address at which the user enters the code, as untrusted text; see `link`."""
        self.verification_uri_complete = shown_text(str(complete), 500) if _text(complete) else None
        """Address that contains the code, or None if the provider sends none."""
        self.expires_at = datetime.fromtimestamp(time.time() + self.remaining, UTC)
        """When the code expires, by this machine's clock."""
        self.problem: str | None = None
        """Error of the last request to the provider; None if it succeeded."""

    @property
    def endpoint(self) -> str:
        """URL of the endpoint."""
        return str(self._manager.address)

    @property
    def link(self) -> str | None:
        """Address to open, or None if it should be shown as text, with a warning.

        A link is an https address. A plain http address is a link only if the provider's own
        address is plain http too, and both are on this machine or on the same host.
        """
        issuer = Address.parse(self._provider.issuer)
        for url in (self.verification_uri_complete, self.verification_uri):
            address = Address.of_request(url) if url else None
            if address is not None and _may_be_link(address, issuer):
                return url
        return None

    @property
    def remaining(self) -> float:
        """Seconds until the code expires, at least zero."""
        return max(0.0, self._ends - time.monotonic())

    @property
    def cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Cancel the sign-in and return at once; `wait` raises LoginCancelledError."""
        self._cancelled.set()
        self._cancellation.cancel()

    def wait(self, *, for_command_line: bool = False) -> Account:
        """Wait until the user approves the sign-in, then store the tokens. Uses the network.

        If the provider is busy or does not respond, requests are retried at growing intervals
        for a minute. A response without a token and without a reason is an error at once.

        Parameters
        ----------
        for_command_line : bool
            Use the sign-in for the ``modos`` command line too, see `use_for_command_line`.

        Returns
        -------
        Account

        Raises
        ------
        LoginDeniedError
            The user or the provider refused the sign-in.
        LoginExpiredError
            The code expired.
        LoginCancelledError
            `cancel` was called.
        UnreachableError, ServerError, ResponseError
            The provider did not respond for a minute, or its response is invalid.
        """
        interval = asked_for = self.interval
        silent_since: float | None = None
        while True:
            if self._cancelled.wait(min(interval, self.remaining)):
                raise _cancelled()
            if self.remaining <= 0:
                raise LoginExpiredError(
                    "The code expired before it was used.", "Retry to get a new code."
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
                if isinstance(error, UnusableAnswerError) or now - silent_since > _PATIENCE:
                    raise  # the code is used up, or the next response would be the same
                interval = min(interval * 2, _LONGEST_INTERVAL)
            else:
                self.problem = None
                return self._keep(issued, for_command_line=for_command_line)

    def _ask(self) -> IssuedToken:
        try:
            with self._cancellation:
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
                "The code has expired or was already used.", "Retry to get a new code."
            )
        return refused(self._provider.issuer, error)

    def _keep(self, issued: IssuedToken, *, for_command_line: bool) -> Account:
        if self.cancelled:
            raise _cancelled()
        record = LoginRecord(
            endpoint=self.endpoint,
            serial=uuid.uuid4().hex,
            access_token=issued.access_token,
            expires_at=issued.expires_at,
            refresh_at=issued.refresh_at,
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
        if for_command_line:
            use_for_command_line(self._manager)
        return account_of(record)

    def __repr__(self) -> str:
        """Return the state, without the device code."""
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
    """Start a sign-in: request a code from the identity provider. Uses the network.

    Parameters
    ----------
    endpoint : str or EndpointManager
        The modos server.
    issuer : str, optional
        Identity provider; default ``MODOS_OAUTH_AUTH_URL``, else the one that the server names.
    client_id : str, optional
        Default ``MODOS_OAUTH_CLIENT_ID``, else the one that the server names.
    scopes : sequence of str
        Scopes to request.
    allow_http : bool
        Allow plain http to other machines too, with a warning.

    Returns
    -------
    DeviceLogin
        Show its `user_code` and `link`, then call its `wait`.

    Raises
    ------
    LoginError
        The endpoint has no sign-in, or its provider does not support device codes.
    InsecureEndpointError
        A secret would be sent unencrypted.
    PathError, ResponseError, ServerError, UnreachableError
        The endpoint or the provider does not respond, or its response is invalid.

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
    # An attacker who changes the server's response chooses where the tokens are sent.
    require_secure(address, allow_http=allow_http)
    auth = manager.auth or {}
    issuer = issuer or os.environ.get("MODOS_OAUTH_AUTH_URL") or auth.get("url")
    client_id = client_id or os.environ.get("MODOS_OAUTH_CLIENT_ID") or auth.get("client_id")
    if not issuer:
        raise LoginError(f"{address} has no sign-in.", "Continue without signing in.")
    if not client_id:
        raise LoginError(
            f"{address} names no client id.", "Set MODOS_OAUTH_CLIENT_ID or pass client_id=."
        )
    provider = discover(str(issuer), allow_http=allow_http)
    if provider.device_authorization_endpoint is None:
        raise LoginError(
            f"{provider.issuer} does not support sign-in with a code.", "Paste a token instead."
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
    return LoginCancelledError("The sign-in was cancelled.", "Retry to sign in.")


def _may_be_link(address: Address, issuer: Address) -> bool:
    if address.scheme == "https":
        return True
    if issuer.scheme == "https":
        return False  # the sign-in could be intercepted
    return address.host == issuer.host or (address.loopback and issuer.loopback)


def _text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
