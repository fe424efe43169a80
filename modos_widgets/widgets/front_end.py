"""Python half of every widget: its bundle, its requests, its form in a saved notebook.

The browser half is ``js/loader`` and ``js/shared/messages.ts``. A widget's state holds a
loader of about a kilobyte; the bundle itself travels once a page, compressed, in a custom
message, and never becomes part of a saved notebook.
"""

from __future__ import annotations

import contextlib
import functools
import gzip
import hashlib
import html
import inspect
import json
import logging
import threading
from concurrent import futures
from dataclasses import dataclass, field
from importlib import resources
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, TypeVar

import anywidget
import traitlets

from modos_widgets import background
from modos_widgets.concurrency import acting_as
from modos_widgets.errors import ArgumentError, ModosError
from modos_widgets.session import error_text
from modos_widgets.widgets.shiny_session import ShinySession
from modos_widgets.widgets.shown_code import PYTHON
from modos_widgets.widgets.wire import CodeRequest, PiecesAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future

    from modos_widgets.widgets.shown_code import Piece

__all__ = [
    "FrontEndWidget",
    "Reply",
    "Request",
    "StreamedRequest",
    "answers",
    "reference_of",
    "register",
    "static_text",
]

_log = logging.getLogger("modos_widgets")

SAVING_PATIENCE: Final = 2.0
"""Longest wait of the saved form for work under way, in seconds."""

_LONGEST_NAME: Final = 200
_PATIENCE: Final = 10.0  # seconds

_NOT_BUILT = """export default { render({ el }) {
  el.textContent = "The front-end of modos_widgets is not built: run `make build` in the checkout.";
} };"""

_pushed: set[str] = set()


P = TypeVar("P")
Part = TypeVar("Part")


@dataclass(frozen=True)
class Reply(Generic[P]):
    """An answer with binary parts.

    Attributes
    ----------
    payload : dict
        JSON-serialisable content.
    buffers : list of bytes
        Binary parts.
    """

    payload: P
    buffers: list[bytes] = field(default_factory=list)


@dataclass(frozen=True)
class Request(Generic[P]):
    """A request of the browser.

    Attributes
    ----------
    name : str
        Name of the request.
    payload : dict
        Arguments; untrusted.
    buffers : list of memoryview
        Binary parts.
    person : str
        Who made it, in a notebook that several people edit together; "" otherwise.
    """

    id: int
    view: str
    name: str
    payload: P
    buffers: list[memoryview] = field(default_factory=list)
    person: str = ""

    @property
    def page(self) -> str:
        """Id of the page of the view."""
        return self.view.partition("/")[0]


class StreamedRequest(Request[P], Generic[P, Part]):
    """A request with partial answers, which `FrontEndWidget.stream` sends."""


Handler = TypeVar("Handler", bound="Callable[..., Any]")
Callback = TypeVar("Callback", bound="Callable[..., object]")


def answers(
    name: str, *, at_once: bool = False, prompt: bool = False
) -> Callable[[Handler], Handler]:
    """Mark a method ``handler(self, request) -> dict | Reply | None`` as the handler of a request.

    Parameters
    ----------
    name : str
        Name of the request in the browser half.
    at_once : bool
        Answer on the thread of the message: for handlers that use neither time, disk nor
        network. By default the handler runs in the background and may take long; the browser
        can cancel it (`background.check_cancelled`).
    prompt : bool
        Answer in the background without waiting for long work there: for short reads that a
        person waits for.
    """

    def mark(handler: Handler) -> Handler:
        handler._answers = (name, at_once, prompt)  # type: ignore[attr-defined]  # noqa: SLF001
        return handler

    return mark


def reference_of(widget: FrontEndWidget | None) -> str:
    """Return the text by which the page finds a widget; empty for None."""
    return "" if widget is None else f"anywidget:{widget.model_id}"


def register(callbacks: list[Callback], callback: Callback) -> Callable[[], None]:
    """Add a callback to a list, and return a function that removes it again.

    Parameters
    ----------
    callbacks : list of callable
        The callbacks of an event.
    callback : callable
        The one to add.

    Returns
    -------
    callable
        Removes it; further calls do nothing.
    """
    callbacks.append(callback)

    def stop() -> None:
        if callback in callbacks:
            callbacks.remove(callback)

    return stop


@functools.cache
def static_text(name: str) -> str | None:
    """Return the text of a built front-end file, or None if it was not built."""
    path = resources.files("modos_widgets") / "static" / f"{name}.js"
    return path.read_text(encoding="utf-8") if path.is_file() else None


@functools.cache
def _bundle(name: str) -> tuple[str, bytes] | None:
    """Identity and gzip of a bundle, or None where it was not built."""
    source = static_text(name)
    if source is None:
        return None
    data = source.encode()
    digest = hashlib.blake2b(data, digest_size=8).hexdigest()
    return f"{name}-{digest}", gzip.compress(data, mtime=0)


def _sendable(content: Any) -> Any:
    """Return a message with "?" for unpaired surrogates, which UTF-8 cannot encode."""
    try:
        json.dumps(content, ensure_ascii=False, default=repr).encode()
    except UnicodeEncodeError:
        return _encodable(content)
    return content


def _encodable(content: Any) -> Any:
    if isinstance(content, str):
        return content.encode(errors="replace").decode()
    if isinstance(content, dict):
        return {_encodable(name): _encodable(value) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return [_encodable(value) for value in content]
    return content


def _printable(text: str) -> str:
    """Replace control characters, such as the escapes that colour or clear a terminal."""
    return "".join(
        letter if letter.isprintable() or letter == "\n" else "\N{REPLACEMENT CHARACTER}"
        for letter in text
    )


class FrontEndWidget(anywidget.AnyWidget):
    """Base of the widgets.

    Subclasses set `_bundle_name` (the folder in ``js/``), mark request handlers with `answers`,
    and define their form in a saved notebook: `_as_text` and `_as_html`. Arguments that are not
    traits raise an error that names them.
    """

    _bundle_name: ClassVar[str]
    _code_traits: ClassVar[tuple[str, ...]] = ()
    """Names of the traits that a view sets and its code depends on."""
    _collaborators: tuple[object, ...] = ()
    """Further objects whose methods answer requests, marked with `answers` too."""

    _esm = traitlets.Unicode().tag(sync=True)
    _bundle = traitlets.Unicode().tag(sync=True)
    _face = traitlets.Unicode().tag(sync=True)
    """HTML of the saved output, which a page shows while no kernel answers."""

    def __init__(self, **traits: Any) -> None:
        unknown = sorted(name for name in traits if not self.has_trait(name))
        if unknown:
            raise ArgumentError(
                f"{type(self).__name__} has no argument {', '.join(unknown)}.",
                f"Use one of: {', '.join(self._arguments())}.",
            )
        self._requests: dict[tuple[str, int], background.Task[Any]] = {}
        self._received: dict[str, set[int]] = {}  # ids of requests, by view
        self._holding = threading.local()
        self._shiny = ShinySession.current()
        packed = _bundle(self._bundle_name)
        loader = static_text("loader")
        is_built = packed is not None and loader is not None
        try:
            super().__init__(
                _esm=loader if is_built else _NOT_BUILT,
                _bundle=packed[0] if packed else "",
                **traits,
            )
        except traitlets.TraitError as error:
            wrong = str(error).partition(", not ")[0].rstrip(".")  # without the value
            raise ArgumentError(f"{wrong}.", "Check the argument.") from None
        self.on_msg(self._receive)
        if is_built and self._bundle not in _pushed:
            # The kernel to browser way is free even while a cell runs; the way back may not be.
            _pushed.add(self._bundle)
            self._send_bundle()

    @classmethod
    def _arguments(cls) -> list[str]:
        """Return the names of its keyword arguments: parameters, and its own public traits."""
        inherited = set(anywidget.AnyWidget.class_trait_names())
        named = {
            each.name
            for each in inspect.signature(cls).parameters.values()
            if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)
        }
        traits = set(cls.class_trait_names()) - inherited
        return sorted(name for name in named | traits if not name.startswith("_"))

    # -- messages ---------------------------------------------------------------------------

    def _send_bundle(self) -> None:
        packed = _bundle(self._bundle_name)
        if packed is not None:
            self.send({"kind": "bundle", "id": packed[0]}, [packed[1]])

    def _receive(self, _widget: object, content: dict[str, Any], buffers: list[memoryview]) -> None:
        """Handle a custom message from the browser; returns at once."""
        kind = content.get("kind")
        if kind == "bundle":
            self._send_bundle()
        elif kind == "cancel":
            task = self._requests.pop((str(content.get("view")), int(content.get("id", 0))), None)
            if task is not None:
                task.cancel()
        elif kind == "ping":
            view = str(content["view"])
            ids = [int(each) for each in content.get("ids") or []]
            lost = [each for each in ids if each not in self._received.get(view, set())]
            self.send({"kind": "pong", "view": view, "lost": lost})
        elif kind == "request":
            view, number = str(content["view"]), int(content["id"])
            received = self._received.setdefault(view, set())
            if content.get("again") and number in received:
                return  # it was not lost
            received.add(number)
            request = StreamedRequest[Any, Any](
                id=number,
                view=view,
                name=str(content["name"]),
                payload=dict(content.get("payload") or {}),
                buffers=list(buffers or []),
                person=str(content.get("person") or "")[:_LONGEST_NAME],
            )
            self._run(request)

    def _handler(self, name: str) -> tuple[Callable[[Request], Any], bool, bool] | None:
        """Return the method that answers a request, whether at once, and whether promptly."""
        for holder in (self, *self._collaborators):
            for cls in type(holder).__mro__:
                for method, value in vars(cls).items():
                    mark = getattr(value, "_answers", None)
                    if mark is not None and mark[0] == name:
                        return getattr(holder, method), mark[1], mark[2]
        return None

    def _run(self, request: Request) -> None:
        found = self._handler(request.name)
        if found is None:
            self._send_problem(request, f"Unknown request {request.name!r}.", "Reload the page.")
            return
        handler, at_once, prompt = found
        if at_once:
            self._answer(request, handler)
            return
        task = background.start(lambda: self._answer(request, handler), prompt=prompt)
        key = (request.view, request.id)
        self._requests[key] = task

        def forget(_: object) -> None:
            self._requests.pop(key, None)

        task.then(forget)

    def finish_requests(self) -> None:
        """Wait a moment for what pages have requested before, such as to store a typed value."""
        futures.wait([task.future for task in list(self._requests.values())], _PATIENCE)

    def _answer(self, request: Request, handler: Callable[[Request], Any]) -> None:
        try:
            with acting_as(request.person):
                answer = handler(request)
        except Exception as error:  # noqa: BLE001 - logged, and shown in the widget
            if not isinstance(error, ModosError):
                _log.exception("%s failed to answer %r", type(self).__name__, request.name)
            self._send_problem(request, *error_text(error))
        else:
            if background.cancelled():
                return
            reply = answer if isinstance(answer, Reply) else Reply(answer or {})
            self._respond(request, "reply", reply)

    def _respond(self, request: Request, kind: str, reply: Reply) -> None:
        envelope = {"kind": kind, "id": request.id, "view": request.view}
        self.send({**envelope, "payload": reply.payload}, reply.buffers or None)

    def _send_problem(self, request: Request, message: str, hint: str) -> None:
        envelope = {"kind": "problem", "id": request.id, "view": request.view}
        self.send({**envelope, "message": message, "hint": hint})

    def _send(self, msg: dict[str, Any], buffers: Any = None) -> None:
        """Send a message of ipywidgets without unpaired surrogates, which Jupyter cannot send."""
        send = functools.partial(super()._send, _sendable(msg), buffers)
        if self._shiny is None:
            send()
        else:
            self._shiny.send(send)

    def get_state(self, key: Any = None, drop_defaults: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002
        """Return the state as ipywidgets does, without unpaired surrogates."""
        state: dict[str, Any] = _sendable(super().get_state(key, drop_defaults))
        return state

    # -- traits that several threads set ------------------------------------------------------

    @contextlib.contextmanager
    def hold_trait_notifications(self) -> Iterator[None]:
        """Hold the notifications of this thread, as traitlets does.

        Another thread that sets traits in the meantime is not held: it does not wait for the end,
        and what it sets just then would be lost.
        """
        if self._cross_validation_lock:  # they are held already, perhaps by another thread
            yield
            return
        with super().hold_trait_notifications():
            thread, hold = threading.get_ident(), self.notify_change
            notify = functools.partial(type(self).notify_change, self)

            def notify_or_hold(change: Any) -> None:
                (hold if threading.get_ident() == thread else notify)(change)

            self.__dict__["notify_change"] = notify_or_hold  # traitlets deletes it at the end
            yield

    @contextlib.contextmanager
    def hold_sync(self) -> Iterator[None]:
        """Send the traits that this thread sets together; those of other threads are sent at once.

        ipywidgets drops what another thread sets while it sends.
        """
        if getattr(self._holding, "names", None) is not None:
            yield
            return
        names: set[str] = set()
        self._holding.names = names
        try:
            yield
        finally:
            self._holding.names = None
            self.send_state(names)

    def _should_send_property(self, key: str, value: Any) -> bool:
        should: bool = super()._should_send_property(key, value)
        names = getattr(self._holding, "names", None)
        if names is None:
            return should
        if should:
            names.add(key)
        else:
            names.discard(key)
        return False

    def stream(
        self,
        request: StreamedRequest[Any, Part],
        payload: Part,
        buffers: list[bytes] | None = None,
    ) -> None:
        """Send a partial answer to the view that made the request.

        Call it at most ten times a second.

        Parameters
        ----------
        request : StreamedRequest
            The request.
        payload : dict
            The partial answer.
        buffers : list of bytes, optional
            Binary parts.
        """
        self._respond(request, "part", Reply(payload, buffers or []))

    def emit(self, name: str, payload: dict[str, Any], buffers: list[bytes] | None = None) -> None:
        """Send an event to every view.

        Call it at most ten times a second.

        Parameters
        ----------
        name : str
            Name of the event.
        payload : dict
            JSON-serialisable content.
        buffers : list of bytes, optional
            Binary parts.
        """
        self.send({"kind": "event", "name": name, "payload": payload}, buffers)

    # -- as code -----------------------------------------------------------------------------

    @property
    def as_python(self) -> str:
        """Python code for what the widget shows, for a fresh kernel; may be ''.

        It contains no secrets. Reading it may use the network.
        """
        return next((piece.text for piece in self._pieces() if piece.language == PYTHON), "")

    def _pieces(self) -> list[Piece]:
        """Return the code for what is shown; the first piece does all of it."""
        return []

    @answers("show code")
    def _show_code(self, request: Request[CodeRequest]) -> PiecesAnswer:
        # ipywidgets holds traits back while the kernel is busy, so the request may overtake them.
        for name, value in request.payload.get("state", {}).items():
            if name in self._code_traits:
                self.set_trait(name, value)
        return {"pieces": self._pieces()}

    # -- in a saved notebook ----------------------------------------------------------------

    def _as_text(self) -> str:
        """Return a short, deterministic text without ids, addresses or secrets."""
        return type(self).__name__

    def _as_html(self) -> str:
        """Return escaped HTML that is shown without a kernel."""
        return f"<pre>{html.escape(self._as_text())}</pre>"

    def _under_way(self) -> Iterable[Future[Any]]:
        """Return the work that the saved form waits for a moment."""
        return ()

    def _settle(self) -> None:
        """Wait a moment for work under way, so that the saved form is the same each time."""
        futures.wait(list(self._under_way()), SAVING_PATIENCE)

    def _safely(self, form: Callable[[], str]) -> str:
        """Return a form of the widget; log an error, since ``repr`` must never raise."""
        try:
            return form()
        except Exception:  # noqa: BLE001 - logged; a repr never raises
            _log.exception("%s failed to describe itself", type(self).__name__)
            return type(self).__name__

    def __repr__(self) -> str:
        """Return the short text of a saved notebook, as of now."""
        return _printable(self._safely(self._as_text))

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        self._settle()
        self._face = _encodable(self._safely(self._as_html))
        bundle = {
            "application/vnd.jupyter.widget-view+json": {
                "version_major": 2,
                "version_minor": 0,
                "model_id": self.model_id,
            },
            "text/plain": repr(self),
            "text/html": self._face,
        }
        return bundle, {}
