"""A widget's requests without a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.parts.places import wait_until

if TYPE_CHECKING:
    from modos_widgets.widgets.front_end import FrontEndWidget

__all__ = ["Asked", "ask"]


class Asked:
    """Stands where the browser is: asks, and keeps what comes back."""

    def __init__(self, widget: FrontEndWidget) -> None:
        self.widget = widget
        self.sent: list[dict[str, Any]] = []
        self.pictures: list[bytes] = []
        widget.send = self.take

    def take(self, content: dict[str, Any], buffers: list[bytes] | None = None) -> None:
        self.sent.append(content)
        self.pictures += buffers or []

    def __call__(self, name: str, **payload: Any) -> dict[str, Any]:
        request = {"kind": "request", "id": 1, "view": "v", "name": name, "payload": payload}
        self.widget._receive(None, request, [])
        for task in list(self.widget._requests.values()):
            task.result(30)
        last = self.sent[-1]
        assert last["kind"] in {"reply", "problem"}
        answer: dict[str, Any] = last.get("payload", last)
        return answer


def ask(widget: Any, request: str, *buffers: bytes, **payload: Any) -> dict[str, Any]:
    """Send a request as a page does, and wait for what ends it."""
    sent: list[dict[str, Any]] = []
    widget.send = lambda content, parts=None: sent.append({**content, "buffers": parts})
    content = {"kind": "request", "id": 1, "view": "v", "name": request, "payload": payload}
    widget._receive(widget, content, [memoryview(each) for each in buffers])
    wait_until(lambda: [each for each in sent if each["kind"] in {"reply", "problem"}])
    return next(each for each in sent if each["kind"] in {"reply", "problem"})
