"""Claims of a JWT, read without trusting them."""

from __future__ import annotations

import json
import math
import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

SKEW = timedelta(seconds=30)
"""Minimum validity: with less time left a token counts as expired; it could expire in transit."""

_NUMBER = re.compile(r"\s*-?[0-9]{1,400}(\.[0-9]{0,100})?\s*")


def read_claims(token: str) -> dict[str, Any]:
    """Read the unverified payload of a JWT; empty if the token is invalid. No network."""
    from joserfc.errors import JoseError  # noqa: PLC0415 - heavy, and needed only with a token
    from joserfc.jws import extract_compact  # noqa: PLC0415

    try:
        claims = json.loads(extract_compact(token.encode()).payload)
    except (JoseError, ValueError, RecursionError, TypeError):
        return {}
    return claims if isinstance(claims, dict) else {}


def read_seconds(value: object) -> float | None:
    """Read a number of seconds, which servers also write as text; None if it is invalid."""
    return _number(float(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else value)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        seconds = float(value)
    except OverflowError:
        return None
    return seconds if math.isfinite(seconds) else None


def read_lifetime(token: str) -> float | None:
    """Read the lifetime of a JWT in seconds; None if it has no expiry. No network.

    The lifetime is the time from issue to expiry, so the clock of the provider does not matter.
    """
    claims = read_claims(token)
    ends, starts = _number(claims.get("exp")), _number(claims.get("iat"))
    if ends is None:
        return None
    return ends - (time.time() if starts is None else starts)


def read_expiry(token: str) -> datetime | None:
    """Read the expiry (``exp``) of a JWT; None if it is missing or invalid. No network."""
    seconds = _number(read_claims(token).get("exp"))
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return None
