"""The next token of a login: one refresh at a time, over threads and over processes.

A provider that rotates refresh tokens takes each of them once; whoever uses one a
second time may lose the whole login. So the lock is held while the provider is
asked, and whoever waited for it finds the token that the first one got.
"""

from __future__ import annotations

import logging
import threading
import time

from authlib.integrations.base_client import OAuthError

from modos_widgets.errors import EndpointError, LoginError, LoginExpiredError
from modos_widgets.remote.bearer import require_secure
from modos_widgets.remote.logins import LoginRecord, fingerprint, lock, read_logins, save
from modos_widgets.remote.provider import fetch_token, refused
from modos_widgets.remote.urls import Address

_log = logging.getLogger(__name__)

_REST = 15.0
_failed: dict[str, tuple[float, EndpointError | LoginError]] = {}
_failed_lock = threading.Lock()


def renew(endpoint: str, stale: str) -> LoginRecord:
    """Get the next token of the login at an endpoint. May touch the network.

    After a failure the provider is left alone for 15 s, so that a dead one does not
    hold up every request.

    Parameters
    ----------
    endpoint : str
    stale : str
        The token that will not do any more. When the login has another one already
        (of another thread or process), that one is given.

    Raises
    ------
    LoginError
        When the provider refuses, or there is no such login (any more).
    EndpointError
        When the provider does not answer.
    """
    with lock():
        record = read_logins().at(Address.parse(endpoint))
        if record is None:
            raise LoginExpiredError("The sign-in is over.", "Sign in again.")
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
        raise LoginExpiredError(f"The sign-in at {record.endpoint} has run out.", "Sign in again.")
    require_secure(Address.parse(record.token_endpoint), allow_http=record.allow_http)
    try:
        issued = fetch_token(
            record.client_id,
            record.token_endpoint,
            "refresh_token",
            refresh_token=record.refresh_token,
        )
    except OAuthError as error:
        ours = refused(record.endpoint, error)
        if error.error == "invalid_grant":
            now = read_logins().at(Address.parse(record.endpoint))
            if now is not None and now.refresh_token != record.refresh_token and _lasts(now):
                return now  # where locks do not hold, another process may have been first
            save(record.model_copy(update={"refresh_token": None}), made=False)
        raise ours from None
    renewed = record.renewed(
        issued.access_token, issued.expires_at, issued.refresh_token or record.refresh_token
    )
    save(renewed, made=False)
    _log.info("the token for %s was refreshed", record.endpoint)
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
