"""Short calls share hops to threads, and each caller gets its own answer."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from modos_widgets import concurrency
from modos_widgets.concurrency import ShortCalls

if TYPE_CHECKING:
    from collections.abc import Callable


class Counted(ThreadPoolExecutor):
    """Counts the hops."""

    hops = 0

    def submit(self, *arguments: Any, **named: Any) -> Any:
        self.hops += 1
        return super().submit(*arguments, **named)


def test_calls_of_one_turn_share_hops(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = Counted(4)
    monkeypatch.setattr(concurrency._threads, "_value", threads)

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
    monkeypatch.setattr(concurrency, "_AT_ONCE", 2)
    monkeypatch.setattr(concurrency, "_SLOW", 0.005 if slow else 60)
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


def test_what_was_cancelled_before_its_turn_is_not_made() -> None:
    short, held = ShortCalls(), threading.Event()
    made: list[int] = []

    async def ask() -> None:
        calls: list[Callable[[], Any]] = [partial(held.wait, 10)]
        calls += [partial(made.append, number) for number in range(40)]
        asked = [asyncio.ensure_future(short.run(call)) for call in calls]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        asked[10].cancel()  # in the hop that is held up
        held.set()
        await asyncio.wait(asked)

    asyncio.run(ask())
    assert sorted(made) == [number for number in range(40) if number != 9]


def test_when_no_thread_is_left_whoever_asks_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = ThreadPoolExecutor(1)
    ended.shutdown()
    monkeypatch.setattr(concurrency._threads, "_value", ended)  # so it is when the interpreter ends

    async def ask() -> list[Any]:
        short = ShortCalls()
        asked = (short.run(lambda: "made") for _ in range(40))
        return await asyncio.wait_for(asyncio.gather(*asked, return_exceptions=True), 30)

    assert {type(answer) for answer in asyncio.run(ask())} == {RuntimeError}


def test_a_forked_child_has_threads_of_its_own() -> None:
    program = """
import os, signal, sys, warnings
from modos_widgets.concurrency import ShortCalls, wait
warnings.simplefilter("ignore")
async def ask():
    return [await short.run(lambda: 7) for short in [ShortCalls()] * 3]
wait(ask())
child = os.fork()
if not child:
    signal.alarm(20)
    os._exit(wait(ask())[-1])
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    assert subprocess.run([sys.executable, "-c", program], timeout=60, check=False).returncode == 7
