"""Short-lived keys that are renewed before they expire."""

from __future__ import annotations

import asyncio
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from modos_widgets.errors import CredentialsError, ModosError
from modos_widgets.secret import Secret

CredentialSource = Callable[[], "S3Credential"]
"""Callable that returns a valid key; it may use the network.

A source may also have a method ``stands() -> bool``, which returns without network whether the
last key may still be used (not after a sign-out), and a method ``discard(access_key_id)``, which
is called if the server reports a key as expired.
"""

_MARGIN = 300.0  # seconds
_SHARE = 0.2


def renewal_margin(life: float) -> float:
    """Return how many seconds before its expiry to renew a key, for its remaining lifetime.

    It is a fifth of the lifetime, at most five minutes, so that a signed request is still
    accepted when it arrives.
    """
    return min(_MARGIN, life * _SHARE)


class CredentialsExpiredError(CredentialsError):
    """The server reports that the key has expired; a new key may be requested."""


@dataclass(frozen=True)
class S3Credential:
    """One S3 key. Its secrets are hidden in ``repr``.

    Parameters
    ----------
    access_key_id : str
        Public part of the key.
    secret_access_key : str
        Secret part of the key.
    session_token : str, optional
        Token of a temporary key.
    expires_at : datetime.datetime, optional
        When the key expires; a naive time is read as UTC. None: never.
    """

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None

    def __post_init__(self) -> None:
        """Hide the secrets from tracebacks, and read a naive expiry as UTC."""
        object.__setattr__(self, "secret_access_key", Secret(self.secret_access_key))
        if self.session_token is not None:
            object.__setattr__(self, "session_token", Secret(self.session_token))
        if self.expires_at is not None and self.expires_at.tzinfo is None:
            object.__setattr__(self, "expires_at", self.expires_at.replace(tzinfo=UTC))


def _always() -> bool:
    return True


def _no_discard(_: str) -> None:
    """Do nothing: the source stores no key."""


@dataclass(frozen=True)
class HeldCredential:
    """Key in memory.

    Parameters
    ----------
    credential : S3Credential
        The key.
    renew_at : datetime.datetime, optional
        When to request the next key; None: never.
    """

    credential: S3Credential
    renew_at: datetime | None = None


class CredentialKeeper(ABC):
    """Keeps one S3 key in memory and renews it before it expires. Safe on any thread.

    A key is renewed when a fifth of its lifetime is left, at most five minutes
    before it expires, so that a signed request is still accepted when it arrives.
    Threads that need a key at the same time share one renewal.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: HeldCredential | None = None

    @abstractmethod
    def _stands(self, held: HeldCredential) -> bool:
        """Return whether this very key may still be used. No network."""

    @abstractmethod
    def _renewed(self) -> HeldCredential:
        """Return a new key; it may use the network. The caller holds the lock."""

    def current(self) -> S3Credential | None:
        """Return the current key if it is valid and not yet due for renewal, else None.

        Does not use the network.

        Returns
        -------
        S3Credential or None
        """
        held = self._usable()
        return None if held is None else held.credential

    def get(self) -> S3Credential:
        """Return a valid key, renewed if needed (which may use the network).

        Returns
        -------
        S3Credential

        Raises
        ------
        CredentialsError
            No valid key can be obtained.
        """
        return self._valid().credential

    async def get_async(self) -> S3Credential:
        """Return a valid key, as `get` does, on a thread if it must be renewed.

        Returns
        -------
        S3Credential

        Raises
        ------
        CredentialsError
            No valid key can be obtained.
        """
        credential = self.current()
        return await asyncio.to_thread(self.get) if credential is None else credential

    def discard(self, used: S3Credential) -> None:
        """Discard the current key because the server reports that it has expired.

        Parameters
        ----------
        used : S3Credential
            The key that signed the request. If the current key is another one, it has already
            been renewed and is kept.
        """
        with self._lock:
            if self._held is not None and self._held.credential is used:
                self._held = None

    def _usable(self) -> HeldCredential | None:
        """Return the key in memory if it is valid and not yet due for renewal. No network."""
        held = self._held
        if held is None or (held.renew_at is not None and _now() >= held.renew_at):
            return None
        if self._stands(held):
            return held
        if self._held is held:  # another thread may have renewed it
            self._held = None
        return None

    def _valid(self) -> HeldCredential:
        """Return the key in memory, renewed if needed; threads share one renewal."""
        with self._lock:
            held = self._usable()
            if held is None:
                held = self._held = self._renewed()
            return held


class RenewingCredential(CredentialKeeper):
    """Key of a callable, renewed before it expires.

    A key that its source reports as no longer valid is discarded at once.

    Parameters
    ----------
    source : callable
        Returns an `S3Credential`; called on any thread that needs a key.
    """

    def __init__(self, source: CredentialSource) -> None:
        super().__init__()
        self._source = source
        self._source_stands: Callable[[], bool] = getattr(source, "stands", _always)
        self._source_discard: Callable[[str], object] = getattr(source, "discard", _no_discard)

    def discard(self, used: S3Credential) -> None:
        """Discard the current key, here and in the source, as `CredentialKeeper.discard` does.

        Parameters
        ----------
        used : S3Credential
            The key that signed the request. If the current key is another one, it is kept.
        """
        with self._lock:
            if self._held is not None and self._held.credential is used:
                self._held = None
                self._source_discard(used.access_key_id)

    def _stands(self, held: HeldCredential) -> bool:  # noqa: ARG002 - a source knows one key
        return self._source_stands()

    def _renewed(self) -> HeldCredential:
        try:
            credential = self._source()
        except ModosError:
            raise
        except Exception as error:  # noqa: BLE001 - a source may raise anything
            raise CredentialsError(
                f"The source of S3 keys failed ({type(error).__name__}).",
                "Sign in again.",
            ) from None  # frames of the source may contain a token
        if not isinstance(credential, S3Credential):
            raise CredentialsError(
                "The source of S3 keys did not return an S3Credential.",
                "Return a modos_widgets.credentials.S3Credential.",
            )
        if credential.expires_at is None:
            return HeldCredential(credential)
        lifetime = (credential.expires_at - _now()).total_seconds()
        if lifetime <= 0:
            raise CredentialsError(
                "The source of S3 keys returned a key that has already expired.",
                "Sign in again, and check this machine's clock.",
            )
        margin = timedelta(seconds=renewal_margin(lifetime))
        return HeldCredential(credential, credential.expires_at - margin)


def keeper_of(source: CredentialSource) -> CredentialKeeper:
    """Return the keeper of a source's key: the source itself if it keeps its key.

    Parameters
    ----------
    source : callable
        Returns an `S3Credential`.

    Returns
    -------
    CredentialKeeper
    """
    return source if isinstance(source, CredentialKeeper) else RenewingCredential(source)


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)
