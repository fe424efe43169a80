"""What is kept of a login, and which token may go where.

The cache folder holds ``token.jwt``, the bare access token that the ``modos``
command line shares with us, and beside it ``logins.json``, ours: one record for
each endpoint that the person signed in to, with its access and refresh token
and the addresses that they may be sent to. ``token.jwt`` belongs to the login
made last. When the command line replaces or deletes it, that login is replaced
or over; logins at other endpoints stay.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import stat
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import NamedTuple

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from modos_widgets.credentials import (
    HiddenText,
    Secret,
    SecretBytes,
    cache_folder,
    write_private,
)
from modos_widgets.errors import PathError
from modos_widgets.remote.locks import only_one
from modos_widgets.remote.urls import Address

_log = logging.getLogger(__name__)

_RECORDS = "logins.json"
_LARGEST = 1 << 20
_BEARER = re.compile(r"[A-Za-z0-9._~+/-]+=*")  # RFC 6750, section 2.1
_FORMER_KEPT = 8


class Grant(NamedTuple):
    """What a key may do at a path.

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
    """One login: its tokens, for whom they were issued, and where they may go."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    endpoint: str
    serial: str
    """Tells this login from the one before and after it; a refresh does not change it."""
    access_token: HiddenText = Field(repr=False)
    expires_at: float | None = None
    """Seconds since 1970 by this machine's clock, whatever the provider's clock says."""
    refresh_token: HiddenText | None = Field(default=None, repr=False)
    services: tuple[str, ...] = ()
    issuer: str | None = None
    client_id: str | None = None
    token_endpoint: str | None = None
    revocation_endpoint: str | None = None
    scopes: tuple[str, ...] = ()
    permissions: tuple[Grant, ...] = ()
    former: tuple[str, ...] = ()
    """Fingerprints of the access tokens that this login had before."""
    allow_http: bool = False

    def reaches(self, target: Address) -> bool:
        """Whether `target` is the endpoint, or a service that it names."""
        return any(_covers(url, target) for url in (self.endpoint, *self.services))

    def had(self, token: str) -> bool:
        """Whether `token` is or was the access token of this login."""
        return token == self.access_token or fingerprint(token) in self.former

    def renewed(
        self, token: str, expires_at: float | None, refresh_token: str | None
    ) -> LoginRecord:
        """Give the record after a refresh."""
        former = (fingerprint(self.access_token), *self.former)[:_FORMER_KEPT]
        return self.model_copy(
            update={
                "access_token": token,
                "expires_at": expires_at,
                "refresh_token": refresh_token,
                "former": former,
            }
        )


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    current: str | None = None
    """The endpoint whose access token was put into token.jwt."""
    logins: dict[str, LoginRecord] = {}


class Logins(NamedTuple):
    """The cache folder as it is now."""

    bare: str | None
    """A token that is not of one of our logins, so from the command line or a person."""
    records: tuple[LoginRecord, ...]
    """The logins that stand, the one made last first."""

    def at(self, endpoint: Address) -> LoginRecord | None:
        """Give the login at an endpoint."""
        return next((one for one in self.records if one.endpoint == str(endpoint)), None)

    def of(self, token: str) -> LoginRecord | None:
        """Give the login that a token is or was of."""
        return next((one for one in self.records if one.had(token)), None)


def get_cache_dir() -> Path:
    """Give the cache folder that is shared with the ``modos`` command line. No network.

    Returns
    -------
    pathlib.Path
        ``platformdirs.user_cache_dir("modos", "sdsc")``, which follows
        ``XDG_CACHE_HOME``; made with mode 0700 when it is not there.
    """
    return cache_folder()


def token_path() -> Path:
    """Give the path of ``token.jwt``."""
    return cache_folder() / "token.jwt"


def lock() -> AbstractContextManager[None]:
    """Hold this while logins are changed, network calls included."""
    return only_one(cache_folder() / "logins.lock")


def fingerprint(token: str) -> str:
    """Give what tells a token from another without being one."""
    return hashlib.sha256(token.encode()).hexdigest()


def is_bearer(token: object) -> bool:
    """Whether a value can stand in an Authorization header at all."""
    return isinstance(token, str) and _BEARER.fullmatch(token) is not None


def read_token() -> str | None:
    """Read ``token.jwt``; None when there is none or no token is in it."""
    data = _read("token.jwt")
    if data is None:
        return None
    text = Secret(data.decode("ascii", "replace").strip())
    return text if is_bearer(text) else None


def write_token(token: str) -> None:
    """Write ``token.jwt``."""
    write_private(token_path(), token.encode())


def read_logins() -> Logins:
    """Read what the cache folder says now. No network."""
    token, kept = read_token(), _read_kept()
    standing = [
        record
        for endpoint, record in kept.logins.items()
        if endpoint != kept.current or (token is not None and record.had(token))
    ]
    standing.reverse()
    ours = token is not None and any(record.had(token) for record in standing)
    return Logins(None if ours else token, tuple(standing))


def state_of_logins() -> tuple[tuple[int, int] | None, ...]:
    """Give what is another whenever `read_logins` may say something else; reads no file."""
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
    made : bool
        True for a new login, which takes ``token.jwt``; False for a refreshed one,
        which only keeps it.
    """
    kept = _read_kept()
    owner = made or kept.current == record.endpoint
    logins = {**kept.logins}
    if made:
        logins.pop(record.endpoint, None)  # the login made last stands last
    logins[record.endpoint] = record
    # the record goes first: a token.jwt that no record knows passes for a bare one
    _write_kept(_Kept(current=record.endpoint if owner else kept.current, logins=logins))
    if owner:
        write_token(record.access_token)


def forget(endpoint: str) -> None:
    """Remove a login, and ``token.jwt`` when it is of this login; the caller holds `lock`."""
    kept, token = _read_kept(), read_token()
    record = kept.logins.get(endpoint)
    if record is None:
        return
    if token is not None and record.had(token):
        token_path().unlink(missing_ok=True)
    logins = {name: one for name, one in kept.logins.items() if name != endpoint}
    current = None if kept.current == endpoint else kept.current
    _write_kept(_Kept(current=current, logins=logins))


def forget_bare() -> None:
    """Remove a ``token.jwt`` that is of none of our logins; the caller holds `lock`."""
    if read_logins().bare is not None:
        token_path().unlink(missing_ok=True)


def _read_kept() -> _Kept:
    data = _read(_RECORDS)
    if data is None:
        return _Kept()
    try:
        return _Kept.model_validate_json(data)
    except ValidationError:
        _log.warning("logins.json in the cache folder cannot be read; sign in again")
        return _Kept()


def _write_kept(kept: _Kept) -> None:
    write_private(cache_folder() / _RECORDS, kept.model_dump_json().encode())


def _read(name: str) -> bytes | None:
    """Read a file of the cache folder, and close it to others when it is open to them.

    The folder is not made: who only reads leaves nothing behind, and needs no right to write.
    """
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
        with suppress(OSError):  # not ours to change; it is read all the same
            path.chmod(0o600)
    return data if len(data) <= _LARGEST else None


def _covers(url: str, target: Address) -> bool:
    try:
        return Address.parse(url).covers(target)
    except PathError:
        return False
