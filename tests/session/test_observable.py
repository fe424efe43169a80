"""Observers are called without a lock, in order, whatever thread made the change."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import traitlets

from modos_widgets import background, remote
from modos_widgets.session.health import Health
from modos_widgets.session.observable import Observable
from modos_widgets.session.session import Session
from modos_widgets.session.sign_in import SignIn

pytestmark = pytest.mark.usefixtures("own_folders")


class Pair(Observable):
    first = traitlets.Int()
    second = traitlets.Int()

    def set(self, first: int, second: int) -> None:
        with self.changing():
            self.first = first
            with self.changing():
                self.second = second


def test_several_traits_are_set_before_observers_are_notified() -> None:
    pair, seen = Pair(), list[Any]()
    pair.observe(lambda change: seen.append((change["name"], pair.first, pair.second)))
    pair.set(1, 2)
    assert seen == [("first", 1, 2), ("second", 1, 2)]


def test_changes_of_many_threads_are_notified_in_order_and_once() -> None:
    pair, seen = Pair(), list[Any]()
    pair.observe(lambda change: seen.append((change["old"], change["new"])), "first")

    def count_up() -> None:
        for _ in range(200):
            with pair.changing():
                pair.first += 1

    threads = [threading.Thread(target=count_up) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [(number, number + 1) for number in range(1200)]


def test_an_error_of_an_observer_does_not_stop_the_others() -> None:
    pair, seen = Pair(), list[Any]()

    def fail(_: object) -> None:
        raise RuntimeError("an observer of somebody else")

    pair.observe(fail, "first")
    pair.observe(lambda change: seen.append(change["new"]), "second")
    with pytest.raises(RuntimeError, match="somebody else"):
        pair.set(1, 2)
    pair.unobserve(fail, "first")
    pair.set(3, 4)
    assert seen == [2, 4]


def test_observers_are_not_cancelled_with_the_task_that_notifies() -> None:
    pair, seen, started = Pair(), list[bool](), threading.Event()

    def follow(_: object) -> None:
        task.cancel()  # as the end of editing does, while the table follows its begin
        seen.append(background.cancelled())

    def work() -> None:
        started.wait(10)
        pair.set(1, 2)

    pair.observe(follow)
    task = background.run(work)
    started.set()
    task.result(10)
    assert seen == [False, False]


def elsewhere(work: Any) -> None:
    """Do it on another thread, and wait for that, as an observer of a program may."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(20)
    assert not thread.is_alive(), "it waits for a lock that its caller holds"


def test_an_observer_may_wait_for_a_thread_that_changes_the_same_sign_in() -> None:
    sign_in, seen = SignIn(), list[str]()

    def follow(change: Any) -> None:
        seen.append(change["new"])
        if change["new"] == "waiting":
            elsewhere(sign_in.cancel)

    sign_in.observe(follow, "state")
    turn = sign_in._next()
    elsewhere(lambda: sign_in._become(turn, "waiting"))
    assert seen == ["waiting", "signed out"]


def test_an_observer_may_wait_for_a_thread_that_changes_the_same_session() -> None:
    session, seen = Session("http://127.0.0.1:9"), list[Any]()

    def follow(change: Any) -> None:
        seen.append(change["new"])
        if change["new"] == ("a",):
            elsewhere(lambda: session._tasks.update()(objects=("b",)))
            elsewhere(lambda: session.go(None))

    session.observe(follow, "objects")
    elsewhere(lambda: session._tasks.update()(objects=("a",)))
    assert seen == [("a",), ("b",), ()]
    assert session.place == ""
    session.close()


def test_an_observer_may_wait_for_a_thread_that_asks_for_the_health_again() -> None:
    health = Health(deadline=0.2)
    asked = threading.Event()

    def follow(change: Any) -> None:
        if change["new"] and not asked.is_set():
            asked.set()
            elsewhere(lambda: health.check(None))

    health.observe(follow, "services")
    elsewhere(lambda: health.check(remote.EndpointManager("http://127.0.0.1:9")))
    background.run(lambda: None).result(10)
    assert asked.wait(10)
    health.close()


def test_a_place_that_is_set_as_a_trait_is_gone_to_once() -> None:
    session, refreshed = Session(), list[str]()
    refresh = session.refresh
    session.refresh = lambda: refreshed.append(session.place) or refresh()  # type: ignore[method-assign, func-returns-value]
    session.endpoint = "http://127.0.0.1:9"
    assert refreshed == ["http://127.0.0.1:9"]
    assert session.manager is not None
    session.go("http://127.0.0.1:10")
    assert refreshed == ["http://127.0.0.1:9", "http://127.0.0.1:10"]
    session.close()
