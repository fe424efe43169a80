"""The base of the widgets: requests, problems, unknown arguments, saved form."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import traitlets
from jupyter_client.session import json_packer

from modos_widgets import TransferPanel, background
from modos_widgets.concurrency import acting_person
from modos_widgets.errors import NotFoundError, OptionError
from modos_widgets.widgets.front_end import (
    FrontEndWidget,
    Reply,
    Request,
    StreamedRequest,
    answers,
)


class Sample(FrontEndWidget):
    _bundle_name = "no_such_bundle"
    value = traitlets.Unicode()

    def __init__(self, **traits: Any) -> None:
        self.sent: list[dict[str, Any]] = []
        self.buffers: list[Any] = []
        self.arrived = threading.Event()
        self.held = threading.Event()
        super().__init__(**traits)

    def send(self, content: dict[str, Any], buffers: Any = None) -> None:
        self.sent.append(content)
        self.buffers.append(buffers)
        self.arrived.set()

    @answers("double", at_once=True)
    def _double(self, request: Request[Any]) -> dict[str, Any]:
        return {"value": request.payload["value"] * 2}

    @answers("bytes")
    def _bytes(self, request: StreamedRequest[Any, Any]) -> Reply[dict[str, Any]]:
        self.stream(request, {"part": 1})
        return Reply({}, [b"abc"])

    @answers("missing", at_once=True)
    def _missing(self, request: Request[Any]) -> None:
        raise NotFoundError("Nothing is there.", "Look elsewhere.")

    @answers("bug", at_once=True)
    def _bug(self, request: Request[Any]) -> None:
        raise ZeroDivisionError("secret-in-a-message")

    @answers("endless")
    def _endless(self, request: Request[Any]) -> None:
        self.held.set()
        while True:
            background.check_cancelled()

    def ask(self, name: str, **payload: Any) -> None:
        content = {"kind": "request", "id": 1, "view": "v", "name": name, "payload": payload}
        self._receive(self, content, [])


def test_reply_carries_id_and_view() -> None:
    widget = Sample()
    widget.ask("double", value=21)
    assert widget.sent == [{"kind": "reply", "id": 1, "view": "v", "payload": {"value": 42}}]


def test_background_answers_stream_and_carry_buffers() -> None:
    widget = Sample()
    widget.ask("bytes")
    for task in list(widget._requests.values()):
        task.result(5)
    assert [message["kind"] for message in widget.sent] == ["part", "reply"]
    assert widget.buffers[-1] == [b"abc"]


def test_our_errors_come_with_their_hint() -> None:
    widget = Sample()
    widget.ask("missing")
    assert widget.sent[0]["message"] == "Nothing is there."
    assert widget.sent[0]["hint"] == "Look elsewhere."


def test_an_unexpected_error_is_logged_and_reported_without_its_message(
    caplog: pytest.LogCaptureFixture,
) -> None:
    widget = Sample()
    widget.ask("bug")
    assert "ZeroDivisionError" in widget.sent[0]["message"]
    assert "secret" not in str(widget.sent)
    assert "failed to answer 'bug'" in caplog.text


def test_cancel_stops_the_work_and_sends_no_reply() -> None:
    widget = Sample()
    widget.ask("endless")
    assert widget.held.wait(5)
    (task,) = widget._requests.values()
    widget._receive(widget, {"kind": "cancel", "id": 1, "view": "v"}, [])
    assert task.cancelled
    task.future.exception(5)
    assert [message for message in widget.sent if message["kind"] == "reply"] == []


def test_unknown_arguments_are_refused_by_name() -> None:
    with pytest.raises(OptionError, match=r"Sample has no argument colour\. Use one of: value"):
        Sample(colour="red")
    with pytest.raises(
        OptionError, match=r"Use one of: .*client, endpoint, force, overwrite, .*workers"
    ):
        TransferPanel(target_path="x")  # parameters are named besides traits


def test_a_missing_bundle_is_reported_in_the_widget() -> None:
    assert "not built" in Sample()._esm


def test_saved_form_is_deterministic_and_escaped() -> None:
    class Odd(Sample):
        def _as_text(self) -> str:
            return "Odd(<img src=x onerror=alert(1)>)"

    bundle, _ = Odd()._repr_mimebundle_()
    assert bundle["text/plain"] == "Odd(<img src=x onerror=alert(1)>)"
    assert "<img" not in bundle["text/html"]


def test_a_widget_whose_repr_fails_is_still_displayed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Broken(Sample):
        def _as_text(self) -> str:
            raise ValueError("broken")

    assert repr(Broken()) == "Broken"
    bundle, _ = Broken()._repr_mimebundle_()
    assert (bundle["text/plain"], bundle["text/html"]) == ("Broken", "Broken")
    assert "failed to describe itself" in caplog.text


def test_unpaired_surrogates_do_not_block_a_message(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(
        "ipywidgets.Widget._send", lambda _self, message, _buffers=None: sent.append(message)
    )
    widget = Sample(value="half \ud800, but é")
    FrontEndWidget.send(widget, {"names": ["a\udcff", {"\ud800": 9007199254740993}]})
    assert json_packer(sent[-1:]) == json_packer(
        [{"method": "custom", "content": {"names": ["a?", {"?": 9007199254740993}]}}]
    )
    assert json_packer(widget.get_state("value")) == json_packer({"value": "half ?, but é"})


def test_repr_contains_no_terminal_escapes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Sample, "_as_text", lambda _: "a\x1b[2Jb\u202ec\nd")
    assert repr(Sample()) == "a\ufffd[2Jb\ufffdc\nd"
    assert Sample()._repr_mimebundle_()[0]["text/plain"] == repr(Sample())


def test_a_ping_lists_lost_requests_and_a_repeat_is_answered_once() -> None:
    widget = Sample()
    widget.ask("double", value=1)
    widget._receive(widget, {"kind": "ping", "view": "v", "ids": [1, 2]}, [])
    assert widget.sent[-1] == {"kind": "pong", "view": "v", "lost": [2]}
    again = {
        "kind": "request",
        "view": "v",
        "name": "double",
        "payload": {"value": 4},
        "again": True,
    }
    for number in (1, 2, 2):
        widget._receive(widget, {**again, "id": number}, [])
    assert [each["id"] for each in widget.sent if each["kind"] == "reply"] == [1, 2]


def test_a_request_of_a_shared_notebook_is_made_by_its_person() -> None:
    class Shared(Sample):
        @answers("who", at_once=True)
        def _who(self, request: Request[Any]) -> dict[str, Any]:
            return {"who": acting_person(), "named": request.person}

    widget = Shared()
    message = {"kind": "request", "id": 1, "view": "v", "name": "who"}
    widget._receive(widget, {**message, "person": "ada" * 100}, [])
    widget._receive(widget, {**message, "id": 2}, [])
    first, second = (each["payload"] for each in widget.sent[-2:])
    assert first["who"] == first["named"] == ("ada" * 100)[:200]
    assert second == {"who": "", "named": ""}
    assert acting_person() == ""


class Sent(Sample):
    other = traitlets.Unicode().tag(sync=True)

    def __init__(self) -> None:
        self.states: list[set[str]] = []
        super().__init__()

    def send_state(self, key: Any = None) -> None:
        self.states.append({key} if isinstance(key, str) else set(key or ()))


def on_a_thread(work: Any) -> None:
    thread = threading.Thread(target=work)
    thread.start()
    thread.join(10)


def test_a_message_of_the_page_does_not_hold_what_another_thread_sets() -> None:
    widget, seen = Sent(), list[str]()
    widget.observe(lambda change: seen.append(change["new"]))
    with widget.hold_trait_notifications():  # as ipywidgets does while it takes a message
        widget.value = "mine"
        on_a_thread(lambda: widget.set_trait("other", "theirs"))
        assert seen == ["theirs"]
        with widget.hold_trait_notifications():
            widget.value = "mine again"
        assert seen == ["theirs"]
    assert seen == ["theirs", "mine again"]
    widget.value = "after"
    assert seen[-1] == "after"


def test_traits_of_another_thread_are_sent_while_some_are_held() -> None:
    widget = Sent()
    widget.states.clear()
    with widget.hold_sync():
        widget._face = "mine"
        on_a_thread(lambda: widget.set_trait("other", "theirs"))
        assert widget.states == [{"other"}]
        with widget.hold_sync():
            widget._bundle = "mine"
        assert widget.states == [{"other"}]
    assert widget.states == [{"other"}, {"_face", "_bundle"}]
    widget.other = "after"
    assert widget.states[-1] == {"other"}
