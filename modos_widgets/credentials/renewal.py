"""Short-lived keys that are asked for again before they expire."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from modos_widgets.credentials.secret import Secret
from modos_widgets.errors import CredentialsError, ModosError

CredentialSource = Callable[[], "S3Credential"]
"""A callable that gives a key that is valid now; it may touch the network.

A source may have a method ``stands() -> bool`` as well, which tells without the network
whether the key that it gave last may still be used: not after a sign-out. And a method
``discard(access_key_id)``, which is told that the server calls a key expired.
"""

EXPIRED_CODES = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
)
"""What a server calls a key that has expired (Amazon S3 and STS API, error codes)."""

_MARGIN = timedelta(minutes=5)
_SHARE = 0.2


class CredentialsExpiredError(CredentialsError):
    """The server says that the key has expired; another one may be asked for."""


@dataclass(frozen=True)
class S3Credential:
    """One S3 key. Its secrets are hidden in ``repr``.

    Parameters
    ----------
    access_key_id : str
    secret_access_key : str
    session_token : str, optional
    expires_at : datetime.datetime, optional
        When the key stops working; a naive time is taken as UTC. None: never.
    """

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None

    def __post_init__(self) -> None:
        """Hide the secrets from tracebacks too, and take a naive time of expiry as UTC."""
        object.__setattr__(self, "secret_access_key", Secret(self.secret_access_key))
        if self.session_token is not None:
            object.__setattr__(self, "session_token", Secret(self.session_token))
        if self.expires_at is not None and self.expires_at.tzinfo is None:
            object.__setattr__(self, "expires_at", self.expires_at.replace(tzinfo=UTC))


def _always() -> bool:
    return True


def _unheard(_: str) -> None:
    """Do nothing: this source keeps no key."""


class RenewingCredential:
    """Holds the key of a source and asks for the next one before it expires.

    A key is renewed when a fifth of its life is left, at most five minutes
    before its end, so that a request which is signed now is still accepted when
    it arrives. A key whose source says that it stands no longer is dropped at once.
    Threads that ask at the same time share one renewal.

    Parameters
    ----------
    source : callable
        Gives an `S3Credential`; called on whatever thread needs a key.
    """

    def __init__(self, source: CredentialSource) -> None:
        self._source = source
        self._stands: Callable[[], bool] = getattr(source, "stands", _always)
        self._tell: Callable[[str], object] = getattr(source, "discard", _unheard)
        self._lock = threading.Lock()
        self._credential: S3Credential | None = None
        self._renew_at: datetime | None = None

    def current(self) -> S3Credential | None:
        """Give the key in hand when it is good for a while yet, without asking anybody."""
        credential = self._credential
        if credential is None or (
            self._renew_at is not None and datetime.now(UTC) >= self._renew_at
        ):
            return None
        if not self._stands():
            self._credential = None
            return None
        return credential

    def get(self) -> S3Credential:
        """Give a valid key, asking the source when needed (which may touch the network).

        Raises
        ------
        CredentialsError
            When the source fails or gives something that is no valid key.
        """
        with self._lock:
            return self.current() or self._renew()

    async def asked(self) -> S3Credential:
        """Do what `get` does, on a thread when somebody has to be asked."""
        credential = self.current()
        return await asyncio.to_thread(self.get) if credential is None else credential

    def discard(self, used: S3Credential) -> None:
        """Forget the key in hand because the server says that it has expired.

        Parameters
        ----------
        used : S3Credential
            The key that the request was signed with. Nothing is forgotten when another one is
            in hand by now: somebody else has asked for it already.
        """
        with self._lock:
            if used is self._credential:
                self._credential = None
                self._tell(used.access_key_id)

    def _renew(self) -> S3Credential:
        try:
            credential = self._source()
        except ModosError:
            raise
        except Exception as error:  # noqa: BLE001  (whatever it was)
            raise CredentialsError(
                f"The source of S3 keys failed ({type(error).__name__}).",
                "Sign in again.",
            ) from None  # the frames of the source may hold a token
        if not isinstance(credential, S3Credential):
            raise CredentialsError(
                "The source of S3 keys gave something that is not an S3Credential.",
                "Return a modos_widgets.credentials.S3Credential.",
            )
        now = datetime.now(UTC)
        self._renew_at = None
        if credential.expires_at is not None:
            life = credential.expires_at - now
            if life <= timedelta(0):
                raise CredentialsError(
                    "The source of S3 keys gave a key that has already expired.",
                    "Sign in again, and look at this machine's clock.",
                )
            self._renew_at = credential.expires_at - min(_MARGIN, life * _SHARE)
        self._credential = credential
        return credential
