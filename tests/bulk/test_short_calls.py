"""Short calls on threads: each gets its own answer, and slow ones wait side by side."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING

import pytest

from modos_widgets.bulk import ShortCalls, together

if TYPE_CHECKING:
    from collections.abc import Callable


def test_each_gets_what_its_own_call_gave_or_raised() -> None:
    def call(number: int) -> Callable[[], int]:
        def give() -> int:
            if number % 7 == 0:
                raise ValueError(str(number))
            return number

        return give

    async def every() -> list[int | BaseException]:
        short = ShortCalls()
        return await asyncio.gather(
            *(short.run(call(number)) for number in range(100)), return_exceptions=True
        )

    for number, answer in enumerate(asyncio.run(every())):
        if number % 7 == 0:
            assert isinstance(answer, ValueError)
            assert str(answer) == str(number)
        else:
            assert answer == number


def test_one_that_is_not_waited_for_any_more_holds_no_other_up() -> None:
    async def some() -> int:
        short = ShortCalls()
        first = asyncio.ensure_future(short.run(lambda: 1))
        second = asyncio.ensure_future(short.run(lambda: 2))
        await asyncio.sleep(0)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        return await second

    assert asyncio.run(some()) == 2


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
