"""Short-lived S3 keys from a key service, renewed automatically."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from pydantic import ValidationError

from modos_widgets.credentials import (
    CredentialKeeper,
    HeldCredential,
    S3Credential,
    environment_decides,
    hide,
    renewal_margin,
)
from modos_widgets.errors import CredentialsError, EndpointError, ResponseError
from modos_widgets.remote import key_file
from modos_widgets.remote.accounts import Holder, account, remember_permissions
from modos_widgets.remote.address import Address, require_secure
from modos_widgets.remote.endpoint import EndpointManager, manager_of
from modos_widgets.remote.http import fetch, read_json
from modos_widgets.remote.keys import S3Key
from modos_widgets.remote.login_store import (
    Grant,
    fingerprint,
    lock,
    read_logins,
    save,
    state_of_logins,
)
from modos_widgets.remote.trusted_origins import require_trusted

if TYPE_CHECKING:
    import requests

_log = logging.getLogger(__name__)

_REST = 15.0


@dataclass(frozen=True)
class _IssuedKey(HeldCredential):
    """Key that was issued for a login.

    Parameters
    ----------
    key : S3Key
        The response of the key service.
    serial : str
        Identifier of the login.
    """

    key: S3Key = field(kw_only=True)
    serial: str = field(kw_only=True)


class KeyService(CredentialKeeper):
    """Callable that returns a valid S3 key, for the S3 option ``credentials``.

    The key is requested with the token of the sign-in on first use, and again
    when a fifth of its lifetime is left (at most five minutes before it expires). It is
    discarded when the user signs out or signs in with another account, which is checked before
    each use. A KeyService belongs to one account: the one that was signed in
    when it was created, or else the first one that it returned a key of. It never returns a key
    of another account, and returns keys again after the same account signs in again. Threads
    that need a key at the same time share one request. Created by `s3_credentials`.

    Parameters
    ----------
    manager : EndpointManager
        The endpoint.
    owner : Holder, optional
        The account; None: the first one that it returns a key of.
    """

    _held: _IssuedKey | None

    def __init__(self, manager: EndpointManager, owner: Holder | None = None) -> None:
        super().__init__()
        self._manager = manager
        self.owner = owner
        """Account that the keys belong to; None if it is not known yet."""
        self._checked: tuple[str, object] | None = None
        """Login that was found valid, and the state of the stored logins at that time."""

    def __call__(self) -> S3Credential:
        """Return the S3 credential. Uses the network if a new key is due.

        Returns
        -------
        S3Credential

        Raises
        ------
        CredentialsError
            Nobody is signed in, or another account is; the token is refused, or there is no
            key service.
        InsecureEndpointError
            The key would be sent unencrypted.
        ResponseError, ServerError, UnreachableError
            No valid key is left, and the key service does not issue another.
        """
        return self.get()

    def stands(self) -> bool:
        """Return whether the sign-in that the current key belongs to is still valid. No network.

        It reads the cache folder, so a sign-out in another process counts as well.

        Returns
        -------
        bool
        """
        held = self._held
        return held is not None and self._stands(held)

    def discard(self, used: S3Credential | str) -> None:
        """Discard a key that the server reports as expired; the next call requests a new one.

        Parameters
        ----------
        used : S3Credential or str
            The key, or its public part. If the current key is another one, it is kept.
        """
        used_id = used if isinstance(used, str) else used.access_key_id
        with self._lock:
            if self._held is not None and self._held.credential.access_key_id == used_id:
                self._held = None

    def key(self) -> S3Key:
        """Return the key and its permissions. Uses the network and raises errors as a call does.

        Returns
        -------
        S3Key
        """
        return cast("_IssuedKey", self._valid()).key

    def _stands(self, held: HeldCredential) -> bool:
        serial, state = cast("_IssuedKey", held).serial, state_of_logins()
        if (serial, state) != self._checked:
            login = _login(self._manager)
            if login is None or login.serial != serial:
                return False
            self._checked = serial, state
        return True

    def _renewed(self) -> _IssuedKey:
        login = self._login_of(self.owner)
        held = self._held
        if held is not None and held.serial != login.serial:
            held = self._held = None
        try:
            fresh = self._fetch(login.serial)
        except (EndpointError, CredentialsError) as error:
            left = _seconds_left(held, time.time())
            if held is None or left <= 0:
                raise
            _log.warning("The S3 key was not renewed; the old key is still used: %s", error)
            fresh = replace(held, renew_at=_utc(time.time() + min(_REST, renewal_margin(left))))
        # Another account may have signed in during the request: the key may then belong to it.
        self._login_of(login.holder)
        self.owner = login.holder
        return fresh

    def _login_of(self, owner: Holder | None) -> _Login:
        """Return the current login; raise an error if it does not belong to the owner."""
        login, address = _login(self._manager), self._manager.address
        if login is not None and owner in {None, login.holder}:
            return login
        self._held = None
        if owner is None:
            raise CredentialsError(f"Nobody is signed in at {address}.", "Sign in.")
        if login is None:
            raise CredentialsError(
                f"Nobody is signed in at {address} any more; this was opened by {owner.name}.",
                f"Sign in again as {owner.name}, then retry.",
            )
        raise CredentialsError(
            f"This was opened by {owner.name}, but {_other(login.holder, owner)} is now signed in "
            f"at {address}.",
            f"Open it again, or sign in as {owner.name}.",
        )

    def _fetch(self, serial: str) -> _IssuedKey:
        url = self._manager.kms
        if url is None:
            raise CredentialsError(
                f"{self._manager.address} names no key service.",
                "Pass S3 keys as s3_kwargs or in the environment.",
            )
        address = Address.parse(url)
        for each in (self._manager.address, address):
            if each is not None:
                require_secure(each, allow_http=self._allow_http())
        _require_trusted_s3(self._manager)
        signed_in = account(self._manager)
        if signed_in is not None and signed_in.expired:  # the token would not be sent
            raise CredentialsError(
                f"The sign-in at {self._manager.address} has expired.", "Sign in again."
            )
        response = fetch(address.join("create"), auth=self._manager.bearer())
        key = _read_key(address, hide(read_json(response)))
        now = time.time()
        expires = key.spec.expiration.timestamp() - _clock_ahead(response, now)
        if expires <= now:
            raise CredentialsError(
                f"{address} issued an S3 key that has already expired.",
                "Check the clocks of this machine and of the server.",
            )
        self._keep_permissions(serial, key)
        credential = S3Credential(
            key.access_key_id, key.secret_access_key or "", key.session_token, _utc(expires)
        )
        renew_at = _utc(expires - renewal_margin(expires - now))
        return _IssuedKey(credential, renew_at, key=key, serial=serial)

    def _allow_http(self) -> bool:
        address = self._manager.address
        record = None if address is None else read_logins().at(address)
        return self._manager.allow_http or (record is not None and record.allow_http)

    def _keep_permissions(self, serial: str, key: S3Key) -> None:
        """Store the permissions of a key, so that the account shows them without a request."""
        endpoint = self._manager.address
        if endpoint is None:
            return
        grants = _grants(key)
        remember_permissions(str(endpoint), serial, grants)
        record = read_logins().at(endpoint)
        if record is None or record.serial != serial:
            return
        if record.permissions == grants and record.key_file is None:
            return
        with lock():
            record = read_logins().at(endpoint)
            if record is not None and record.serial == serial:
                mark = record.key_file
                if key_file.holds(mark):  # else the user replaced or removed it
                    mark = key_file.write_key(key)
                changes = {"permissions": grants, "key_file": mark}
                save(record.model_copy(update=changes), made=False)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the endpoint and the account, without the key."""
        return _service_of, (self._manager, self.owner)

    def __repr__(self) -> str:
        """Return the endpoint as text, without the key."""
        return f"KeyService({self._manager!r})"


_services: dict[tuple[EndpointManager, Holder | None], KeyService] = {}
_services_lock = threading.Lock()


def s3_credentials(endpoint: str | EndpointManager, *, allow_http: bool = False) -> KeyService:
    """Return a callable for S3 keys of an endpoint's key service. No network until it is called.

    Parameters
    ----------
    endpoint : str or EndpointManager
        The endpoint. Callers with the same endpoint and account share one key.
    allow_http : bool
        Allow keys over plain http from another machine too, with a warning.

    Returns
    -------
    KeyService
        A callable that returns a valid `S3Credential`. It belongs to the account that is signed
        in now; if there is none, to the first account that it returns a key of.

    Raises
    ------
    PathError
        `endpoint` is not a web address.

    Examples
    --------
    >>> keys = s3_credentials("https://modos.example.org")
    >>> keys()  # doctest: +SKIP
    S3Credential(access_key_id='...', expires_at=datetime.datetime(...))
    """
    if isinstance(endpoint, EndpointManager):
        manager = endpoint
    else:
        manager = EndpointManager(endpoint, allow_http=allow_http)
    login = _login(manager)
    return _service_of(manager, None if login is None else login.holder)


def _service_of(manager: EndpointManager, owner: Holder | None) -> KeyService:
    with _services_lock:
        service = _services.get((manager, owner))
        if (
            service is None or service.owner != owner
        ):  # a service without an account may have one now
            service = _services[manager, owner] = KeyService(manager, owner)
        return service


def _utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _seconds_left(held: _IssuedKey | None, now: float) -> float:
    """Return how many seconds are left until a key expires; 0 without a key."""
    if held is None or held.credential.expires_at is None:
        return 0.0
    return held.credential.expires_at.timestamp() - now


def _other(now: Holder, before: Holder) -> str:
    return now.name if now.name != before.name else "another account"


class _Login(NamedTuple):
    serial: str
    """Identifier of the login."""
    holder: Holder


def _login(manager: EndpointManager) -> _Login | None:
    """Return the current login at an endpoint; None if nobody is signed in."""
    logins = read_logins()
    record = None if manager.address is None else logins.at(manager.address)
    if record is not None:
        return _Login(record.serial, Holder.of(record.access_token, record.serial))
    if logins.bare is None:
        return None
    serial = fingerprint(logins.bare)
    return _Login(serial, Holder.of(logins.bare, serial))


def login_options(manager: EndpointManager) -> dict[str, Any]:
    """Return the S3 options that a sign-in at an endpoint provides. No network.

    A token of the command line is valid for every endpoint, also for one without a key service.
    The environment takes precedence (argument, environment, sign-in).

    Parameters
    ----------
    manager : EndpointManager
        The endpoint.

    Returns
    -------
    dict
        ``{"credentials": KeyService}``, or empty.

    Raises
    ------
    MovedServiceError
        The endpoint names an S3 server that it did not name at sign-in.
    """
    if environment_decides():
        return {}
    signed_in = account(manager)
    if signed_in is None or signed_in.expired or manager.kms is None:
        return {}
    _require_trusted_s3(manager)
    return {"credentials": s3_credentials(manager)}


def use_for_command_line(endpoint: str | EndpointManager) -> None:
    """Write an S3 key of the sign-in to ``s3.env``, where the ``modos`` command line reads it.

    An existing key is replaced, and other lines are kept. The key service sets the lifetime of
    the key; while a kernel renews it, the file is updated too. `sign_out` removes it. Uses the
    network.

    Parameters
    ----------
    endpoint : str or EndpointManager
        The endpoint.

    Raises
    ------
    CredentialsError
        Nobody is signed in, or the endpoint has no key service.
    OptionError
        Sign-ins are kept in memory only.
    InsecureEndpointError, PathError, ResponseError, ServerError, UnreachableError
        The key service does not issue a valid key.
    LockedError, StorageError
        The cache folder cannot be changed.
    """
    manager, address = manager_of(endpoint)
    key = s3_credentials(manager).key()
    with lock():
        mark = key_file.write_key(key)
        record = read_logins().at(address)
        if record is not None:
            save(record.model_copy(update={"key_file": mark}), made=False)


def _require_trusted_s3(manager: EndpointManager) -> None:
    """Check that the endpoint named its S3 server at sign-in; else no key may be used there."""
    s3 = manager.s3
    if manager.address is not None and s3 is not None and not manager.services.get("s3"):
        require_trusted(manager.address, s3)


def _read_key(address: Address, answer: Any) -> S3Key:
    try:
        key = S3Key.model_validate(answer)
    except ValidationError as error:
        places = {".".join(map(str, entry["loc"])) for entry in error.errors(include_input=False)}
        raise ResponseError(
            f"{address} issued an invalid S3 key ({', '.join(sorted(places))}).",
            "Contact the endpoint's administrator.",
        ) from None
    if not key.access_key_id or not key.secret_access_key:
        raise ResponseError(
            f"{address} issued an S3 key without its secret.",
            "Contact the endpoint's administrator.",
        )
    return key


def _grants(key: S3Key) -> tuple[Grant, ...]:
    permissions = str(key.spec.permissions)
    prefixes = key.spec.prefixes or [""]
    return tuple(
        Grant(f"s3://{key.spec.bucket}/{prefix.lstrip('/')}", permissions) for prefix in prefixes
    )


def _clock_ahead(response: requests.Response, now: float) -> float:
    """Return how many seconds the server's clock is ahead of this machine's."""
    try:
        date = parsedate_to_datetime(response.headers["Date"])
    except (KeyError, ValueError, TypeError):
        return 0.0
    ahead = date.replace(tzinfo=date.tzinfo or UTC) - datetime.fromtimestamp(now, UTC)
    # the header has whole seconds, so a difference below two is not significant
    return ahead.total_seconds() if abs(ahead) >= timedelta(seconds=2) else 0.0
