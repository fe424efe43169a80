"""Short calls share hops to threads, and each caller gets its own answer."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from modos_widgets.bulk import ShortCalls, together


class Counted(ThreadPoolExecutor):
    """Counts the hops."""

    hops = 0

    def submit(self, *arguments: Any, **named: Any) -> Any:
        self.hops += 1
        return super().submit(*arguments, **named)


def test_calls_of_one_turn_share_hops(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = Counted(4)
    monkeypatch.setattr(together, "_THREADS", threads)

    async def ask() -> list[tuple[int, int]]:
        short = ShortCalls()
        return await asyncio.gather(
            *(short.run(partial(lambda n: (n, threading.get_ident()), n)) for n in range(100))
        )

    answers = asyncio.run(ask())
    assert [number for number, _ in answers] == list(range(100))
    assert threading.get_ident() not in {thread for _, thread in answers}
    assert threads.hops == 7


@pytest.mark.parametrize("slow", [True, False])
def test_more_are_made_at_once_where_each_waits_long(
    monkeypatch: pytest.MonkeyPatch, *, slow: bool
) -> None:
    monkeypatch.setattr(together, "_AT_ONCE", 2)
    monkeypatch.setattr(together, "_SLOW", 0.005 if slow else 60)
    lock = threading.Lock()
    under_way = most = 0

    def wait() -> None:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        time.sleep(0.01)
        with lock:
            under_way -= 1

    async def every() -> None:
        short = ShortCalls()
        await asyncio.gather(*(short.run(wait) for _ in range(400)))

    asyncio.run(every())
    assert most > 2 if slow else most == 2


def test_one_that_fails_or_is_cancelled_leaves_the_others() -> None:
    short = ShortCalls()
    held = threading.Event()

    def fail() -> None:
        held.wait(10)
        raise ValueError("mine")

    async def ask() -> None:
        given_up = asyncio.ensure_future(short.run(lambda: "nobody waits"))
        failing = asyncio.ensure_future(short.run(fail))
        fine = asyncio.ensure_future(short.run(lambda: "fine"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        given_up.cancel()
        held.set()
        with pytest.raises(ValueError, match="mine"):
            await failing
        assert await fine == "fine"
        with pytest.raises(asyncio.CancelledError):
            await given_up
        assert await short.run(lambda: "again") == "again"

    asyncio.run(ask())
