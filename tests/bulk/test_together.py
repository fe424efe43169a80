"""Short calls share hops to threads, and each caller gets its own answer."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from modos_widgets.bulk import ShortCalls


class Counted(ThreadPoolExecutor):
    """Counts the hops."""

    hops = 0

    def submit(self, *arguments: Any, **named: Any) -> Any:
        self.hops += 1
        return super().submit(*arguments, **named)


def test_calls_of_one_turn_share_hops() -> None:
    short = ShortCalls()

    async def ask() -> tuple[list[tuple[int, int]], int]:
        executor = Counted(4)
        asyncio.get_running_loop().set_default_executor(executor)
        answers = await asyncio.gather(
            *(short.run(partial(lambda n: (n, threading.get_ident()), n)) for n in range(100))
        )
        return answers, executor.hops

    answers, hops = asyncio.run(ask())
    assert [number for number, _ in answers] == list(range(100))
    assert threading.get_ident() not in {thread for _, thread in answers}
    assert hops == 7


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
