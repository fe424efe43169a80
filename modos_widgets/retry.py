"""Retry policies: number of attempts and pauses between them."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

__all__ = ["BOTOCORE_TRIES", "CONFLICT", "ENDPOINT", "S3", "S3_BUSY", "Backoff"]


@dataclass(frozen=True)
class Backoff:
    """Exponential backoff with random pauses, so that clients do not retry at the same moment.

    Attributes
    ----------
    tries : int
        Number of attempts, the first one included.
    first : float
        Maximum first pause in seconds; it doubles with every attempt.
    longest : float
        Maximum of all pauses in seconds.
    """

    tries: int
    first: float
    longest: float

    def pause(self, tried: int) -> float:
        """Return the seconds to wait after a number of failed attempts, from 1 on."""
        bound = min(self.longest, self.first * 2 ** min(tried - 1, 32))
        return random.uniform(0, bound)  # noqa: S311 - no secret


ENDPOINT: Final = Backoff(tries=3, first=0.4, longest=10.0)
"""Requests to the services of an endpoint."""

S3: Final = Backoff(tries=5, first=0.2, longest=6.0)
"""Requests to S3 without a response, and interrupted response bodies."""

S3_BUSY: Final = Backoff(tries=8, first=0.2, longest=6.0)
"""Requests to a server that responds that it is busy: about 9 s in total."""

BOTOCORE_TRIES: Final = 3
"""Attempts that botocore makes on its own, with pauses of at most 1 and 2 s."""

CONFLICT: Final = Backoff(tries=20, first=0.02, longest=1.0)
"""Conditional writes that failed because of another writer."""
