"""How many examples a property test tries.

No deadline: a busy machine is slow, and nothing is proved by that. The same few examples in every
run, so that a change is judged by what it changes; a campaign looks for new ones.
"""

import os

from hypothesis import settings

CAMPAIGN = os.environ.get("MODOS_CAMPAIGN") == "1"


def examples(number: int) -> int:
    """Return the number in a campaign, and a quarter of it in every other run."""
    return number if CAMPAIGN else max(3, number // 4)


settings.register_profile(
    "suite", deadline=None, derandomize=not CAMPAIGN, max_examples=examples(100)
)
settings.load_profile("suite")
