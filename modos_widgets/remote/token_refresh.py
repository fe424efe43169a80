"""Refresh of a login's token: one at a time, across threads and processes.

A provider that rotates refresh tokens accepts each of them once; a second use may end the
whole login. The lock is therefore held during the request, and threads and processes that
waited for it use the new token.
"""

from __future__ import annotations

import logging
import threading
import time

from authlib.integrations.base_client import OAuthError

from modos_widgets.errors import EndpointError, LoginError, LoginExpiredError
from modos_widgets.remote.address import Address, require_secure
from modos_widgets.remote.identity_provider import fetch_token, refused
from modos_widgets.remote.login_store import LoginRecord, fingerprint, lock, read_logins, save

_log = logging.getLogger(__name__)

_REST = 15.0
_failed: dict[str, tuple[float, EndpointError | LoginError]] = {}
_failed_lock = threading.Lock()


def renew(endpoint: str, stale: str) -> LoginRecord:
    """Refresh the token of the login at an endpoint. May use the network.

    After a failure there is no new attempt for 15 s, so that an unreachable provider does not
    delay every request.

    Parameters
    ----------
    endpoint : str
        URL of the endpoint.
    stale : str
        The token to replace. If another thread or process has already replaced it, the
        new token is returned.

    Returns
    -------
    LoginRecord
        The login with its new token.

    Raises
    ------
    LoginError
        The provider refused, or the login does not exist.
    EndpointError
        The provider does not respond.
    """
    with lock():
        record = read_logins().at(Address.parse(endpoint))
        if record is None:
            raise LoginExpiredError("The sign-in has ended.", "Sign in again.")
        if record.access_token != stale and _lasts(record):
            return record
        _respect_rest(record)
        try:
            return _ask(record)
        except (EndpointError, LoginError) as error:
            with _failed_lock:
                _failed[_key(record)] = (time.monotonic() + _REST, error)
            raise


def _ask(record: LoginRecord) -> LoginRecord:
    if record.refresh_token is None or record.token_endpoint is None or record.client_id is None:
        raise LoginExpiredError(f"The sign-in at {record.endpoint} has expired.", "Sign in again.")
    require_secure(Address.parse(record.token_endpoint), allow_http=record.allow_http)
    try:
        issued = fetch_token(
            record.client_id,
            record.token_endpoint,
            "refresh_token",
            refresh_token=record.refresh_token,
        )
    except OAuthError as error:
        translated = refused(record.endpoint, error)
        if error.error == "invalid_grant":
            now = read_logins().at(Address.parse(record.endpoint))
            if now is not None and now.refresh_token != record.refresh_token and _lasts(now):
                return now  # without working locks, another process may have refreshed it first
            save(record.model_copy(update={"refresh_token": None}), made=False)
        raise translated from None
    renewed = record.renewed(
        issued.access_token,
        issued.expires_at,
        issued.refresh_token or record.refresh_token,
        issued.refresh_at,
    )
    save(renewed, made=False)
    _log.info("The token for %s was refreshed.", record.endpoint)
    return renewed


def _respect_rest(record: LoginRecord) -> None:
    with _failed_lock:
        until, error = _failed.get(_key(record), (0.0, None))
    if error is not None and time.monotonic() < until:
        raise type(error)(error.message, error.hint)


def _key(record: LoginRecord) -> str:
    return fingerprint(record.refresh_token or record.serial)


def _lasts(record: LoginRecord) -> bool:
    return record.expires_at is None or time.time() < record.expires_at - 1
