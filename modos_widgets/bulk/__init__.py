"""Many keys at once: the only room that knows obstore.

Work is written as coroutines on `BulkClient` and run with `wait`, on one event loop of our
own. Requests, bytes and retries are counted in `Counters`.
"""

from __future__ import annotations

from modos_widgets.bulk.client import BulkClient, Entry, Fetched, Listing
from modos_widgets.bulk.counters import Counters, Counts
from modos_widgets.bulk.loop import start, wait
from modos_widgets.bulk.together import ShortCalls, all_together, in_thread
from modos_widgets.bulk.walk import ARCHIVE, Levels, walk

__all__ = [
    "ARCHIVE",
    "BulkClient",
    "Counters",
    "Counts",
    "Entry",
    "Fetched",
    "Levels",
    "Listing",
    "ShortCalls",
    "all_together",
    "in_thread",
    "start",
    "wait",
    "walk",
]
