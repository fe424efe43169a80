"""How many requests a client sends at a time."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import pytest

from modos_widgets import s3
from modos_widgets.concurrency import all_together, wait
from modos_widgets.credentials import S3Options
from modos_widgets.s3.lane import Lane
from tests.explore.stores import fill
from tests.parts.proxy import Proxy

if TYPE_CHECKING:
    from tests.parts.s3 import S3Server


class Clock:
    """A clock and a processor that only the test moves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = self.used = 0.0
        monkeypatch.setattr(time, "monotonic", lambda: self.now)
        monkeypatch.setattr(time, "process_time", lambda: self.used)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


async def rounds(lane: Lane, count: int, clock: Clock, share: float) -> list[int]:
    """Send requests that are answered in rounds; return how many each round has."""
    answered = asyncio.Event()
    under_way, sizes = 0, []

    async def request() -> None:
        nonlocal under_way
        async with lane:
            under_way += 1
            await answered.wait()
            under_way -= 1

    work = asyncio.gather(all_together(request() for _ in range(count)))
    while not work.done():
        for _ in range(4):
            await asyncio.sleep(0)
        if not under_way:
            continue
        sizes.append(under_way)
        clock.now += 1
        clock.used += share
        answered.set()
        answered = asyncio.Event()
    await work
    return sizes


def test_a_lane_widens_while_the_process_waits(clock: Clock) -> None:
    lane = Lane(4, 16)
    assert asyncio.run(rounds(lane, 60, clock, 0.1)) == [4, 8, 16, 16, 16]
    assert lane.width == 16


def test_a_lane_keeps_its_width_while_the_process_computes(clock: Clock) -> None:
    assert asyncio.run(rounds(Lane(4, 16), 12, clock, 0.9)) == [4, 4, 4]
    assert asyncio.run(rounds(Lane(4, 4), 12, clock, 0.1)) == [4, 4, 4]


def test_a_busy_server_narrows_a_lane_once_for_requests_sent_together(clock: Clock) -> None:
    lane = Lane(256, 1024)
    clock.now = 1
    for _ in range(5):
        lane.narrow(sent=0.5)
    assert lane.width == 128
    clock.now = 3
    for sent in (2.0, 2.0, 3.5):
        clock.now = sent + 1
        lane.narrow(sent)
    assert lane.width == 32
    for number in range(5):
        clock.now = 10 + number
        lane.narrow(sent=clock.now - 0.1)
    assert lane.width == 16


def test_cancelled_requests_give_their_places_back() -> None:
    async def run() -> list[Any]:
        lane, forever = Lane(2, 2), asyncio.Event()

        async def request(number: int, wait: asyncio.Event | None = None) -> int:
            async with lane:
                if wait is not None:
                    await wait.wait()
                return number

        under_way = [asyncio.ensure_future(request(-1, forever)) for _ in range(2)]
        waiting = [asyncio.ensure_future(request(-2)) for _ in range(3)]
        await asyncio.sleep(0)
        for task in (*waiting[:2], under_way[0]):
            task.cancel()
        found = await asyncio.gather(*waiting, return_exceptions=True)
        found.append(await asyncio.wait_for(request(5), 5))
        under_way[1].cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        return [*found, await asyncio.wait_for(request(6), 5)]

    *cancelled, third, fifth, sixth = asyncio.run(run())
    assert all(isinstance(error, asyncio.CancelledError) for error in cancelled)
    assert (third, fifth, sixth) == (-2, 5, 6)


@pytest.mark.traffic
def test_reads_of_a_client_that_waits_go_out_in_ever_wider_rounds(
    moto_server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "process_time", lambda: 0.0)
    bucket = moto_server.bucket()
    fill(moto_server, bucket, {f"k{number}": b"x" for number in range(56)})
    with Proxy(moto_server.endpoint, delay=0.5) as proxy:
        options = S3Options.resolve(proxy.endpoint, moto_server.s3_kwargs)
        client = s3.BulkClient(options, bucket, concurrency=8, widest=32)
        wait(all_together(client.get(f"k{number}") for number in range(56)))
        assert (len(proxy.requests), proxy.most_at_once) == (56, 32)
        assert proxy.round_trips == 3  # 8, 16 and 32; 8 at a time would take seven
