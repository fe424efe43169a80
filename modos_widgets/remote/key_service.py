"""From a token to a short-lived S3 key that renews itself."""

from __future__ import annotations

import logging
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import ValidationError

from modos_widgets.credentials import S3Credential, environment_decides, hide
from modos_widgets.errors import CredentialsError, EndpointError, ResponseError
from modos_widgets.remote.bearer import require_secure
from modos_widgets.remote.endpoint import EndpointManager
from modos_widgets.remote.keys import S3Key
from modos_widgets.remote.logins import Grant, fingerprint, lock, read_logins, save, state_of_logins
from modos_widgets.remote.signed_in import Holder, account, remember_permissions
from modos_widgets.remote.urls import Address
from modos_widgets.remote.wire import fetch, read_json

if TYPE_CHECKING:
    import requests

_log = logging.getLogger(__name__)

_SHARE = 0.2
_LONGEST_MARGIN = 300.0
_REST = 15.0


class _Held(NamedTuple):
    key: S3Key
    serial: str
    expires: float
    """Seconds since 1970 by this machine's clock."""
    renew: float
    """When to look for the next one."""


class KeyService:
    """Gives an S3 key that is valid now: a callable for `S3Options`' ``credentials``.

    The key is fetched with the token of the login when it is first wanted, and again
    when a fifth of its life is left (at most five minutes before its end). It is
    dropped when the person signs out or signs in as somebody else: whoever holds it asks
    `stands` before each use. It belongs to one account, the one that was signed in when it was
    made, or else the first one that it gave a key of: another account's key it never gives, and
    the same account's again after another sign-in. Threads that ask at the same time share one
    request. Made by `s3_credentials`.

    Parameters
    ----------
    manager : EndpointManager
    owner : Holder, optional
        The account that it belongs to; None: the first one that it gives a key of.
    """

    def __init__(self, manager: EndpointManager, owner: Holder | None = None) -> None:
        self._manager = manager
        self.owner = owner
        """The account that it belongs to, if that is known by now."""
        self._lock = threading.Lock()
        self._held: _Held | None = None
        self._seen: object = None

    def __call__(self) -> S3Credential:
        """Give the S3 credential; touches the network when a new key is due.

        Raises
        ------
        CredentialsError
            When nobody is signed in, or another account than the one it belongs to; when the
            token is refused, or there is no key service.
        InsecureEndpointError
            When the key would travel unencrypted.
        ResponseError, ServerError, UnreachableError
            When no valid key is left and the key service does not give another.
        """
        held = self._current()
        key = held.key
        return S3Credential(
            key.access_key_id,
            key.secret_access_key or "",
            key.session_token,
            datetime.fromtimestamp(held.expires, UTC),
        )

    def stands(self) -> bool:
        """Tell whether the login stands that the key in hand was got with. No network.

        It looks at the cache folder, so a sign-out in another process counts as well.
        """
        held, state = self._held, state_of_logins()
        if held is None:
            return False
        if state != self._seen:
            login = _login(self._manager)
            if login is None or login.serial != held.serial:
                return False
            self._seen = state
        return True

    def discard(self, access_key_id: str) -> None:
        """Forget a key that the server calls expired; the next one is asked for anew."""
        with self._lock:
            if self._held is not None and self._held.key.access_key_id == access_key_id:
                self._held = None

    def key(self) -> S3Key:
        """Give the key with what it is good for; touches the network and raises as a call does."""
        return self._current().key

    def _current(self) -> _Held:
        with self._lock:
            login = self._standing(self.owner)
            held = self._held
            if held is not None and held.serial != login.serial:
                held = self._held = None
            now = time.time()
            if held is not None and now < held.renew:
                return held
            try:
                fresh = self._fetch(login.serial)
            except (EndpointError, CredentialsError) as error:
                if held is None or now >= held.expires:
                    raise
                _log.warning("the S3 key was not renewed, the old one serves on: %s", error)
                rest = min(_REST, (held.expires - now) * _SHARE)
                fresh = held._replace(renew=now + rest)
            self._standing(login.holder)  # else it may be the key of who signed in meanwhile
            self.owner, self._held = login.holder, fresh
            return fresh

    def _standing(self, owner: Holder | None) -> _Login:
        """Give the login that stands; refuse when it is not of the owner."""
        login, address = _login(self._manager), self._manager.address
        if login is not None and owner in {None, login.holder}:
            return login
        self._held = None
        if owner is None:
            raise CredentialsError(f"Nobody is signed in at {address}.", "Sign in first.")
        if login is None:
            raise CredentialsError(
                f"Nobody is signed in at {address} any more, and this was opened by {owner.name}.",
                f"Sign in again as {owner.name}, then try again.",
            )
        raise CredentialsError(
            f"This was opened by {owner.name}, and now {_other(login.holder, owner)} is signed in "
            f"at {address}.",
            f"Open it again, or sign in as {owner.name}.",
        )

    def _fetch(self, serial: str) -> _Held:
        url = self._manager.kms
        if url is None:
            raise CredentialsError(
                f"{self._manager.address} names no key service.",
                "Give S3 keys as s3_kwargs or in the environment.",
            )
        address = Address.parse(url)
        for one in (self._manager.address, address):
            if one is not None:
                require_secure(one, allow_http=self._allow_http())
        response = fetch(address.join("create"), auth=self._manager.bearer())
        key = _read_key(address, hide(read_json(response)))
        now = time.time()
        expires = key.spec.expiration.timestamp() - _clock_ahead(response, now)
        if expires <= now:
            raise CredentialsError(
                f"{address} gave an S3 key that has already expired.",
                "Look at the clock of this machine and of the server.",
            )
        self._keep_permissions(serial, key)
        margin = min(_LONGEST_MARGIN, (expires - now) * _SHARE)
        return _Held(key, serial, expires, expires - margin)

    def _allow_http(self) -> bool:
        address = self._manager.address
        record = None if address is None else read_logins().at(address)
        return self._manager.allow_http or (record is not None and record.allow_http)

    def _keep_permissions(self, serial: str, key: S3Key) -> None:
        """Note what the key may do, so that the account shows it without asking again."""
        endpoint = self._manager.address
        if endpoint is None:
            return
        grants = _grants(key)
        remember_permissions(str(endpoint), serial, grants)
        record = read_logins().at(endpoint)
        if record is None or record.serial != serial or record.permissions == grants:
            return
        with lock():
            record = read_logins().at(endpoint)
            if record is not None and record.serial == serial:
                save(record.model_copy(update={"permissions": grants}), made=False)

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel to another process without the key; it belongs to the same account there."""
        return _service_of, (self._manager, self.owner)

    def __repr__(self) -> str:
        """Show whose keys, and no key."""
        return f"KeyService({self._manager!r})"


_services: dict[tuple[EndpointManager, Holder | None], KeyService] = {}
_services_lock = threading.Lock()


def s3_credentials(endpoint: str | EndpointManager, *, allow_http: bool = False) -> KeyService:
    """Give what hands out S3 keys of an endpoint's key service. No network until it is called.

    Parameters
    ----------
    endpoint : str or EndpointManager
        Whoever asks for the same endpoint and account shares one key.
    allow_http : bool
        Take keys over plain http from another machine too, with a warning.

    Returns
    -------
    KeyService
        A callable that gives an `S3Credential` which is valid now. It belongs to who is signed
        in at this moment; if nobody is, to the first who gets a key by it.

    Raises
    ------
    PathError
        When `endpoint` is no web address.

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
        if service is None or service.owner != owner:  # nobody's may have found an account
            service = _services[manager, owner] = KeyService(manager, owner)
        return service


def _other(now: Holder, before: Holder) -> str:
    return now.name if now.name != before.name else "another account"


class _Login(NamedTuple):
    serial: str
    """Tells one login from another."""
    holder: Holder


def _login(manager: EndpointManager) -> _Login | None:
    """Tell which login stands at an endpoint; None when nobody is signed in."""
    logins = read_logins()
    record = None if manager.address is None else logins.at(manager.address)
    if record is not None:
        return _Login(record.serial, Holder.of(record.access_token, record.serial))
    if logins.bare is None:
        return None
    serial = fingerprint(logins.bare)
    return _Login(serial, Holder.of(logins.bare, serial))


def login_options(manager: EndpointManager) -> dict[str, Any]:
    """Give the S3 options that a login at an endpoint brings. No network.

    A token of the command line counts at every endpoint, also at one without a key service, and
    the environment goes before a login (argument, environment, login).

    Parameters
    ----------
    manager : EndpointManager
        The endpoint.

    Returns
    -------
    dict
        ``{"credentials": KeyService}``, or nothing.
    """
    if environment_decides():
        return {}
    signed_in = account(manager)
    if signed_in is None or signed_in.expired or manager.kms is None:
        return {}
    return {"credentials": s3_credentials(manager)}


def _read_key(address: Address, answer: Any) -> S3Key:
    try:
        key = S3Key.model_validate(answer)
    except ValidationError as error:
        places = {".".join(map(str, one["loc"])) for one in error.errors(include_input=False)}
        raise ResponseError(
            f"{address} gave no S3 key ({', '.join(sorted(places))}).",
            "Tell the people who run the endpoint.",
        ) from None
    if not key.access_key_id or not key.secret_access_key:
        raise ResponseError(
            f"{address} gave an S3 key without its secret.",
            "Tell the people who run the endpoint.",
        )
    return key


def _grants(key: S3Key) -> tuple[Grant, ...]:
    permissions = str(key.spec.permissions)
    prefixes = key.spec.prefixes or [""]
    return tuple(
        Grant(f"s3://{key.spec.bucket}/{prefix.lstrip('/')}", permissions) for prefix in prefixes
    )


def _clock_ahead(response: requests.Response, now: float) -> float:
    """Give how many seconds the server's clock is ahead of this machine's."""
    try:
        told = parsedate_to_datetime(response.headers["Date"])
    except (KeyError, ValueError, TypeError):
        return 0.0
    ahead = told.replace(tzinfo=told.tzinfo or UTC) - datetime.fromtimestamp(now, UTC)
    # the header has whole seconds: less than two say nothing
    return ahead.total_seconds() if abs(ahead) >= timedelta(seconds=2) else 0.0
