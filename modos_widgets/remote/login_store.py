"""Logins in the cache folder: their tokens, and the addresses that each may be sent to.

The cache folder contains ``token.jwt``, the bare access token that is shared with the
``modos`` command line, and ``logins.json``, which only this package uses: one record for
each endpoint at which the user signed in, with its access and refresh token
and the addresses that they may be sent to. ``token.jwt`` belongs to the latest
login. If the command line replaces or deletes it, that login is replaced or ended;
logins at other endpoints are kept.

If several visitors share one account of the machine (see `sign_in_is_in_memory`), all of this is
kept in the memory of the process, and no file is read or written.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import stat
import threading
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from modos_widgets.credentials import (
    HiddenText,
    Secret,
    SecretBytes,
    cache_folder,
    sign_in_is_in_memory,
)
from modos_widgets.files import locked, write_private
from modos_widgets.remote.address import covers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modos_widgets.remote.address import Address

_log = logging.getLogger(__name__)

_RECORDS = "logins.json"
_LARGEST = 1 << 20
_LOCK_SECONDS = 90.0  # longer than the time limit of a network call
_BEARER = re.compile(r"[A-Za-z0-9._~+/-]+=*")  # RFC 6750, section 2.1
_FORMER_KEPT = 8

_memory: dict[str, SecretBytes] = {}
"""Replacement of the files if sign-ins are kept in memory; it ends with the process."""
_memory_changes = [0]
_memory_lock = threading.Lock()


class Grant(NamedTuple):
    """Permissions of a key at a path.

    Parameters
    ----------
    path : str
        ``s3://bucket/`` or ``s3://bucket/prefix``.
    permissions : str
        ``read``, ``read,write`` or ``read,write,owner``.
    """

    path: str
    permissions: str


class LoginRecord(BaseModel):
    """One login: its tokens, their issuer, and the addresses that they may be sent to."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    endpoint: str
    serial: str
    """Identifier of this login; a refresh does not change it."""
    access_token: HiddenText = Field(repr=False)
    expires_at: float | None = None
    """When the token expires: seconds since 1970 by this machine's clock."""
    refresh_at: float | None = None
    """When to refresh the token, by the same clock; None: shortly before `expires_at`."""
    refresh_token: HiddenText | None = Field(default=None, repr=False)
    services: tuple[str, ...] = ()
    issuer: str | None = None
    client_id: str | None = None
    token_endpoint: str | None = None
    revocation_endpoint: str | None = None
    scopes: tuple[str, ...] = ()
    permissions: tuple[Grant, ...] = ()
    former: tuple[str, ...] = ()
    """Fingerprints of earlier access tokens of this login."""
    allow_http: bool = False
    key_file: str | None = None
    """Mark of the key that this login wrote to s3.env; None if it wrote none."""

    def reaches(self, target: Address) -> bool:
        """Return whether `target` is the endpoint or a service that it names."""
        return any(covers(url, target) for url in (self.endpoint, *self.services))

    def had(self, token: str) -> bool:
        """Return whether `token` is or was the access token of this login."""
        return token == self.access_token or fingerprint(token) in self.former

    def renewed(
        self,
        token: str,
        expires_at: float | None,
        refresh_token: str | None,
        refresh_at: float | None = None,
    ) -> LoginRecord:
        """Return the record after a refresh."""
        former = (fingerprint(self.access_token), *self.former)[:_FORMER_KEPT]
        return self.model_copy(
            update={
                "access_token": token,
                "expires_at": expires_at,
                "refresh_at": refresh_at,
                "refresh_token": refresh_token,
                "former": former,
            }
        )


class _BareServices(BaseModel):
    """Services that endpoints named when a bare token was first used there."""

    model_config = ConfigDict(frozen=True)

    token: str
    """Fingerprint of the token."""
    named: dict[str, tuple[str, ...]] = {}


class _StoredLogins(BaseModel):
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    current: str | None = None
    """Endpoint whose access token is in token.jwt."""
    logins: dict[str, LoginRecord] = {}
    bare: _BareServices | None = None


class Logins(NamedTuple):
    """Current logins in the cache folder."""

    bare: str | None
    """Token that belongs to no login, from the command line or pasted."""
    records: tuple[LoginRecord, ...]
    """Valid logins, the latest first."""

    def at(self, endpoint: Address) -> LoginRecord | None:
        """Return the login at an endpoint, or None."""
        return next((each for each in self.records if each.endpoint == str(endpoint)), None)

    def of(self, token: str) -> LoginRecord | None:
        """Return the login that a token belongs or belonged to, or None."""
        return next((each for each in self.records if each.had(token)), None)


def get_cache_dir() -> Path:
    """Return the cache folder that is shared with the ``modos`` command line. No network.

    Returns
    -------
    pathlib.Path
        ``platformdirs.user_cache_dir("modos", "sdsc")``, which follows
        ``XDG_CACHE_HOME``; created with mode 0700 if it does not exist.
    """
    return cache_folder()


def token_path() -> Path:
    """Return the path of ``token.jwt``."""
    return cache_folder() / "token.jwt"


def lock() -> AbstractContextManager[None]:
    """Return the lock to hold while logins are changed, including network calls."""
    if sign_in_is_in_memory():
        return _changing_memory()
    return locked(cache_folder() / "logins.lock", _LOCK_SECONDS)


@contextmanager
def _changing_memory() -> Iterator[None]:
    with _memory_lock:
        yield


def fingerprint(token: str) -> str:
    """Return a hash that identifies a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def is_bearer(token: object) -> bool:
    """Return whether a value is a valid token for an Authorization header."""
    return isinstance(token, str) and _BEARER.fullmatch(token) is not None


def read_token() -> str | None:
    """Read ``token.jwt``; return None if it is missing or contains no token."""
    data = _read("token.jwt")
    if data is None:
        return None
    text = Secret(data.decode("ascii", "replace").strip())
    return text if is_bearer(text) else None


def write_token(token: str) -> None:
    """Write ``token.jwt``."""
    _write("token.jwt", token.encode())


def read_logins() -> Logins:
    """Read the logins from the cache folder. No network."""
    token, stored = read_token(), _read_stored()
    standing = [
        record
        for endpoint, record in stored.logins.items()
        if endpoint != stored.current or (token is not None and record.had(token))
    ]
    standing.reverse()
    ours = token is not None and any(record.had(token) for record in standing)
    return Logins(None if ours else token, tuple(standing))


def state_of_logins() -> tuple[tuple[int, int] | None, ...]:
    """Return a value that changes when `read_logins` may return another result; reads no file."""
    if sign_in_is_in_memory():
        return ((_memory_changes[0], 0),)
    folder = Path(platformdirs.user_cache_dir("modos", "sdsc"))
    return tuple(_state(folder / name) for name in ("token.jwt", _RECORDS))


def _state(path: Path) -> tuple[int, int] | None:
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_ino, facts.st_mtime_ns


def save(record: LoginRecord, *, made: bool) -> None:
    """Write a login; the caller holds `lock`.

    Parameters
    ----------
    record : LoginRecord
        The login.
    made : bool
        True for a new login, whose token is written to ``token.jwt``; False for a
        refreshed one, whose token is written there only if it was there before.
    """
    stored = _read_stored()
    owner = made or stored.current == record.endpoint
    logins = {**stored.logins}
    if made:
        logins.pop(record.endpoint, None)  # the latest login is the last entry
    logins[record.endpoint] = record
    # write the record first: a token.jwt without a record would count as a bare token
    current = record.endpoint if owner else stored.current
    _write_stored(stored.model_copy(update={"current": current, "logins": logins}))
    if owner:
        write_token(record.access_token)


def forget(endpoint: str) -> None:
    """Remove a login, and ``token.jwt`` if it belongs to it; the caller holds `lock`."""
    stored, token = _read_stored(), read_token()
    record = stored.logins.get(endpoint)
    if record is None:
        return
    if token is not None and record.had(token):
        _remove_token()
    logins = {name: each for name, each in stored.logins.items() if name != endpoint}
    current = None if stored.current == endpoint else stored.current
    _write_stored(stored.model_copy(update={"current": current, "logins": logins}))


def forget_bare() -> None:
    """Remove a ``token.jwt`` that belongs to no login; the caller holds `lock`."""
    if read_logins().bare is not None:
        _remove_token()


def bare_services(token: str, endpoint: str) -> tuple[str, ...] | None:
    """Return the services that an endpoint named when a bare token was first used there."""
    bare = _read_stored().bare
    if bare is None or bare.token != fingerprint(token):
        return None
    return bare.named.get(endpoint)


def keep_bare_services(token: str, endpoint: str, services: tuple[str, ...]) -> None:
    """Store the services that an endpoint names for a bare token; the caller holds `lock`."""
    stored, mark = _read_stored(), fingerprint(token)
    named = stored.bare.named if stored.bare is not None and stored.bare.token == mark else {}
    bare = _BareServices(token=mark, named={**named, endpoint: services})
    _write_stored(stored.model_copy(update={"bare": bare}))


def _read_stored() -> _StoredLogins:
    data = _read(_RECORDS)
    if data is None:
        return _StoredLogins()
    try:
        return _StoredLogins.model_validate_json(data)
    except ValidationError:
        _log.warning("logins.json in the cache folder cannot be read. Sign in again.")
        return _StoredLogins()


def _write_stored(stored: _StoredLogins) -> None:
    _write(_RECORDS, stored.model_dump_json().encode())


def _write(name: str, data: bytes) -> None:
    """Write a file of the cache folder, or its replacement in memory."""
    data = SecretBytes(data)
    if sign_in_is_in_memory():
        _memory[name] = data
        _memory_changes[0] += 1
    else:
        write_private(cache_folder() / name, data)


def _remove_token() -> None:
    if sign_in_is_in_memory():
        _memory.pop("token.jwt", None)
        _memory_changes[0] += 1
    else:
        token_path().unlink(missing_ok=True)


def _read(name: str) -> bytes | None:
    """Read a file of the cache folder, and restrict it to its owner if others can read it.

    The folder is not created, so reading leaves nothing behind and needs no write permission.
    """
    if sign_in_is_in_memory():
        return _memory.get(name)
    path = Path(platformdirs.user_cache_dir("modos", "sdsc"), name)
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            data = SecretBytes(file.read(_LARGEST + 1))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        _log.warning("%s cannot be read: %s", path.name, error.strerror)
        return None
    if stat.S_IMODE(mode) & 0o077 and os.name == "posix":
        with suppress(OSError):  # it belongs to another user; it is still read
            path.chmod(0o600)
    return data if len(data) <= _LARGEST else None
