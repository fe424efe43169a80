"""Background work starts at once, can be cancelled, and leaves no thread behind."""

from __future__ import annotations

import contextvars
import re
import threading
import time

import pytest

from modos_widgets import background, concurrency
from modos_widgets.errors import CancelledError


def crew() -> list[threading.Thread]:
    named = re.compile(r"modos-widgets-\d+")  # bulk has a thread of its own
    return [thread for thread in threading.enumerate() if named.fullmatch(thread.name)]


def test_result_and_exception_reach_the_task() -> None:
    assert background.run(pow, 2, 5).result(5) == 32
    failing = background.run(int, "x")
    with pytest.raises(ValueError, match="invalid literal"):
        failing.result(5)


def test_many_tasks_share_few_threads() -> None:
    gate = threading.Event()
    tasks = [background.run(gate.wait, 5) for _ in range(40)]
    time.sleep(0.05)
    assert 1 < len(crew()) <= concurrency.MOST_THREADS
    gate.set()
    assert all(task.result(5) for task in tasks)


def test_prompt_work_waits_for_no_long_work() -> None:
    gate = threading.Event()
    tasks = [background.run(gate.wait, 30) for _ in range(2 * concurrency.MOST_THREADS)]
    try:
        assert background.start(lambda: pow(2, 5), prompt=True).result(20) == 32
    finally:
        gate.set()
    assert all(task.result(20) for task in tasks)


def test_cancelled_work_stops_and_unstarted_work_never_begins() -> None:
    started = threading.Event()

    def work() -> None:
        started.set()
        while True:
            background.check_cancelled()
            time.sleep(0.005)

    task = background.run(work)
    assert started.wait(5)
    task.cancel()
    with pytest.raises(CancelledError):
        task.result(5)
    assert not background.cancelled()


def test_threads_go_when_there_is_no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concurrency, "_IDLE_SECONDS", 0.05)
    background.run(int).result(5)
    deadline = time.monotonic() + 5
    while crew() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert crew() == []
    assert background.run(int).result(5) == 0


def test_the_callers_context_is_seen() -> None:
    cell = contextvars.ContextVar("cell", default="none")
    cell.set("cell 7")
    assert background.run(cell.get).result(5) == "cell 7"
