"""State of the demo's identity provider: codes, grants and tokens.

Sources: RFC 8628 (device grant), RFC 6749 section 6 (refresh), RFC 9700 section 4.14 (rotation),
RFC 7009 (revocation), RFC 9068 (JWT access tokens).
"""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass, field

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

from modos_widgets.demo.people import PEOPLE, Person

__all__ = ["CLIENT_ID", "SCOPES", "DeviceCode", "Identity", "RefreshToken"]

CLIENT_ID = "modos-demo"
SCOPES = ("openid", "profile", "offline_access", "permissions")
_ALGORITHM = "ES256"
_EARLY_POLL = 0.5


@dataclass(slots=True)
class DeviceCode:
    """Running sign-in."""

    device_code: str = field(repr=False)
    user_code: str
    client_id: str
    scope: str
    expires_at: float
    interval: float
    person: Person | None = None
    decided: bool = False
    polled_at: float = 0.0

    def get_client_id(self) -> str:
        """Return the client that requested it."""
        return self.client_id

    def get_scope(self) -> str:
        """Return the requested scopes."""
        return self.scope

    def get_user_code(self) -> str:
        """Return the code that the user confirms."""
        return self.user_code

    def is_expired(self) -> bool:
        """Return whether the code has expired."""
        return time.time() > self.expires_at


@dataclass(slots=True)
class RefreshToken:
    """Refresh token; the tokens of successive refreshes form a family."""

    value: str = field(repr=False)
    family: str
    client_id: str
    scope: str
    person: Person
    used: bool = False

    def check_client(self, client: object) -> bool:
        """Return whether the token was issued to this client."""
        return getattr(client, "client_id", None) == self.client_id

    def get_scope(self) -> str:
        """Return the scopes that were granted."""
        return self.scope


class Identity:
    """State of the provider; every method is safe on any thread.

    Parameters
    ----------
    issuer : str
        URL of the provider.
    token_seconds : int
        Lifetime of an access token.
    code_seconds, interval : int
        Lifetime of a device code, and the seconds between two polls.
    """

    def __init__(
        self, issuer: str, *, token_seconds: int = 900, code_seconds: int = 600, interval: int = 1
    ) -> None:
        self.issuer = issuer
        self.token_seconds = token_seconds
        self.code_seconds = code_seconds
        self.interval = interval
        self._key = ECKey.generate_key("P-256", {"use": "sig", "alg": _ALGORITHM}, auto_kid=True)
        self._lock = threading.Lock()
        self._codes: dict[str, DeviceCode] = {}
        self._refresh: dict[str, RefreshToken] = {}
        self._revoked: set[str] = set()

    def public_keys(self) -> dict[str, object]:
        """Return the JSON Web Key Set, without the private part."""
        return {"keys": [dict(key.as_dict(private=False)) for key in KeySet([self._key]).keys]}

    def save_code(self, code: DeviceCode) -> None:
        """Start a sign-in."""
        with self._lock:
            self._codes[code.device_code] = code

    def code_of_device(self, device_code: str) -> DeviceCode | None:
        """Return the sign-in that a client polls for."""
        return self._codes.get(device_code)

    def code_of_person(self, user_code: str) -> DeviceCode | None:
        """Return the sign-in of a user code; spaces, dashes and case are ignored."""
        wanted = _plain(user_code)
        with self._lock:
            found = [code for code in self._codes.values() if _plain(code.user_code) == wanted]
        return next((code for code in found if not code.is_expired()), None)

    def decide(self, user_code: str, person: Person | None) -> bool:
        """Confirm a sign-in for a person, or deny it with None; possible once.

        Returns
        -------
        bool
            False if the code is unknown, has expired or was already used.
        """
        code = self.code_of_person(user_code)
        with self._lock:
            if code is None or code.decided:
                return False
            code.person, code.decided = person, True
            return True

    def take_code(self, code: DeviceCode) -> None:
        """Delete a code after its exchange for a token, which is possible once."""
        with self._lock:
            self._codes.pop(code.device_code, None)

    def polls_too_often(self, code: DeviceCode) -> bool:
        """Record a poll; return whether it came long before the end of the interval."""
        with self._lock:
            before, code.polled_at = code.polled_at, time.monotonic()
            return code.polled_at - before < code.interval * _EARLY_POLL

    def issue_access(self, person: Person, client_id: str, scope: str, family: str) -> str:
        """Create an access token."""
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": person.subject,
            "aud": client_id,
            "client_id": client_id,
            "iat": now,
            "exp": now + self.token_seconds,
            "jti": secrets.token_urlsafe(12),
            "sid": family,
            "scope": scope,
            "name": person.name,
            "preferred_username": person.subject,
        }
        header = {"alg": _ALGORITHM, "typ": "at+jwt", "kid": self._key.kid}
        return jwt.encode(header, claims, self._key)

    def issue_refresh(
        self, person: Person, client_id: str, scope: str, family: str
    ) -> RefreshToken:
        """Create a refresh token of a family."""
        token = RefreshToken(secrets.token_urlsafe(32), family, client_id, scope, person)
        with self._lock:
            self._refresh[token.value] = token
        return token

    def use_refresh(self, value: str) -> RefreshToken | None:
        """Use a refresh token, which is valid once; a second use revokes its family."""
        with self._lock:
            token = self._refresh.get(value)
            if token is None or token.family in self._revoked:
                return None
            if token.used:
                self._revoked.add(token.family)
                return None
            token.used = True
            return token

    def revoke(self, value: str) -> None:
        """Revoke the family of a refresh or access token; an unknown one changes nothing."""
        with self._lock:
            token = self._refresh.get(value)
        family = token.family if token else self._claims(value).get("sid")
        if isinstance(family, str):
            with self._lock:
                self._revoked.add(family)

    def person_of(self, access_token: str | None) -> Person | None:
        """Return the person of a valid access token: signed here, not expired, not revoked."""
        claims = self._claims(access_token or "")
        try:
            jwt.JWTClaimsRegistry(
                leeway=0,
                iss={"essential": True, "value": self.issuer},
                aud={"essential": True, "value": CLIENT_ID},
                exp={"essential": True},
            ).validate(claims)
        except JoseError:
            return None
        with self._lock:
            if claims.get("sid") in self._revoked:
                return None
        return PEOPLE.get(str(claims.get("sub")))

    def _claims(self, token: str) -> dict[str, object]:
        try:
            return dict(jwt.decode(token, self._key, algorithms=[_ALGORITHM]).claims)
        except (JoseError, ValueError):
            return {}


def _plain(user_code: str) -> str:
    return "".join(letter for letter in user_code.upper() if letter.isalnum())
