"""EndpointPicker: choice of an endpoint or folder, and the health of its services."""

from __future__ import annotations

import html
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import traitlets

from modos_widgets.credentials import shown_address
from modos_widgets.errors import ModosError, PathArgumentError, PathError
from modos_widgets.remote import EndpointManager, confirm_service, moved_origin
from modos_widgets.session import Bookmarks, Health, subfolders
from modos_widgets.widgets.endpoint_picker.wire import (
    FoldersAnswer,
    FoldersRequest,
    Offered,
    Service,
    TextRequest,
    UrlRequest,
)
from modos_widgets.widgets.front_end import FrontEndWidget, Request, answers
from modos_widgets.widgets.shown_code import Piece, app_piece, assign, call, literal, program
from modos_widgets.widgets.wire import OriginRequest, ProblemText

if TYPE_CHECKING:
    from collections.abc import Iterable

    from modos_widgets.remote import ServiceHealth

__all__ = ["EndpointPicker"]

_MOST_FOLDERS: Final = 500
_WORDS: Final = {
    "modos": "server",
    "s3": "S3",
    "auth": "login",
    "kms": "keys",
    "htsget": "htsget",
    "fuzon": "fuzon",
    "refget": "refget",
}


class EndpointPicker(FrontEndWidget):
    """Choice of an endpoint or a local folder, with the health of its services.

    Parameters
    ----------
    value : str, optional
        URL of a modos server, or a local folder. Default: the environment variable
        ``MODOS_ENDPOINT``, else none.
    options : iterable of str or (label, url) pairs, or a mapping of label to url, optional
        Endpoints to offer, in addition to that of the environment and recent ones. To offer a
        demo, pass ``options={"demo": deployment.endpoint}``.
    services : mapping, optional
        ``{"s3": url}``: the S3 server, if no modos server is chosen.
    remembered : Bookmarks, optional
        Store of the recent endpoints and folders.
    ask_environment : bool
        Use the endpoint of the environment if no value is passed.
    **traits
        Values of the traits below.

    Raises
    ------
    PathError
        `value` or an option is not a valid URL or folder.

    Examples
    --------
    >>> picker = EndpointPicker(options=["https://modos.example.org"])  # doctest: +SKIP
    >>> picker.observe(lambda change: print(change["new"]), "value")  # doctest: +SKIP
    """

    _bundle_name = "endpoint_picker"

    value = traitlets.Unicode(
        None, allow_none=True, help="The chosen endpoint's URL, or the chosen folder; settable."
    ).tag(sync=True)
    options: traitlets.List[Any] = traitlets.List(
        help="(label, URL) of each offered endpoint; settable, also to plain URLs."
    )
    health = traitlets.Dict(help="Service name to `remote.ServiceHealth`, as answers arrive.")
    checking = traitlets.Bool(
        default_value=False, help="Whether some services have not answered yet."
    ).tag(sync=True)
    _offered: traitlets.List[Any] = traitlets.List().tag(sync=True)
    _services: traitlets.List[Any] = traitlets.List().tag(sync=True)
    _s3_url = traitlets.Unicode().tag(sync=True)

    def __init__(
        self,
        value: str | None = None,
        options: Iterable[Any] | None = None,
        *,
        services: dict[str, str] | None = None,
        remembered: Bookmarks | None = None,
        ask_environment: bool = True,
        **traits: Any,
    ) -> None:
        self._manager: EndpointManager | None = None
        self._health = Health()
        self._remembered = remembered or Bookmarks()
        self._s3_only = dict(services or {})
        if not value and not services and ask_environment:
            value = os.environ.get("MODOS_ENDPOINT")
        value = value or None
        super().__init__(
            value=None if value is None else checked_place(value),
            options=_pairs(options or ()),
            _s3_url=str(self._s3_only.get("s3") or ""),
            **traits,
        )
        self._health.observe(self._publish, ["services", "checking"])
        self.observe(self._moved, "value")
        self.observe(self._offer, "options")
        self._offer()
        self.check()

    # -- in Python --------------------------------------------------------------------------

    @property
    def is_folder(self) -> bool:
        """Whether a local folder is chosen."""
        return self.value is not None and "://" not in self.value

    def check(self) -> None:
        """Check the services again, in the background."""
        if self.value is not None and not self.is_folder:
            self._manager = EndpointManager(self.value)
        elif self.value is None and self._s3_only:
            self._manager = EndpointManager(services=self._s3_only)
        else:
            self._manager = None
        self._health.check(self._manager)

    @traitlets.validate("value")
    def _valid(self, proposal: dict[str, Any]) -> str | None:
        text = proposal["value"]
        return checked_place(text) if text else None

    @traitlets.validate("options")
    def _valid_options(self, proposal: dict[str, Any]) -> list[tuple[str, str]]:
        return _pairs(proposal["value"])

    def close(self) -> None:
        """Cancel the checks and close the widget."""
        self._health.close()
        super().close()

    # -- what is shown ----------------------------------------------------------------------

    def _moved(self, _: object) -> None:
        self._s3_only = {}
        self._s3_url = ""
        self._offer()
        self.check()

    def _offer(self, _: object = None) -> None:
        """List the offered endpoints and folders, each once."""
        rows: dict[str, Offered] = {}
        for label, url in self.options:
            rows[url] = {"url": url, "label": label if label != url else "", "why": "offered"}
        named = os.environ.get("MODOS_ENDPOINT")
        for url, why in [(named, "MODOS_ENDPOINT"), (self.value, "current")]:
            if url:
                rows.setdefault(url, {"url": url, "label": "", "why": why})
        for url in self._remembered.places():
            rows.setdefault(url, {"url": url, "label": "", "why": "recent"})
        self._offered = list(rows.values())

    def _publish(self, _: object) -> None:
        """Send the health of the services to the browser."""
        self.health = self._health.services
        found = self._health.services
        self._services = [_row(found[name], self._manager) for name in _WORDS if name in found]
        self.checking = self._health.checking

    def _pieces(self) -> list[Piece]:
        ours = ["import modos_widgets"]
        if self.value is not None and self.is_folder:
            read = assign("frame", call("modos_widgets.catalog", repr(self.value)))
            return [
                Piece("Metadata of all objects in this folder", program(ours, read)),
                Piece(
                    "Browse this folder",
                    program(ours, call("modos_widgets.browse", repr(self.value))),
                ),
                app_piece(self.value),
            ]
        if self.value is not None:
            manager, named = repr(self.value), {"endpoint": repr(self.value)}
        elif self._s3_only:
            services = literal(self._s3_only)
            manager, named = f"services={services}", {"services": services}
        else:
            return []
        lines = [
            assign("manager", call("remote.EndpointManager", manager)),
            assign("health", "remote.check_services(manager)"),
            "for service in health.values():",
            "    print(service.name, service.url, service.problem or 'answers')",
        ]
        browse = call("modos_widgets.browse", **named)
        return [
            Piece("Check the services", program(["from modos_widgets import remote"], *lines)),
            Piece("Browse this endpoint", program(ours, browse)),
            *([app_piece(self.value)] if self.value is not None else []),
        ]

    # -- requests ---------------------------------------------------------------------------

    @answers("validate", at_once=True)
    def _validate(self, request: Request[TextRequest]) -> ProblemText:
        """Check a URL while it is typed; uses neither network nor disk."""
        text = str(request.payload.get("text", ""))[:2000].strip()
        if not text or "://" not in text:
            return {"message": "", "hint": ""}
        try:
            checked_place(text)
        except ModosError as error:
            return {"message": error.message, "hint": error.hint}
        return {"message": "", "hint": ""}

    @answers("choose")
    def _choose(self, request: Request[TextRequest]) -> None:
        text = str(request.payload.get("text", ""))[:2000].strip()
        place = checked_place(text) if text else None
        if place is not None and "://" not in place:
            subfolders(place)  # raises if it does not exist
        if place == self.value:
            self.check()
        else:
            self.value = place

    @answers("forget")
    def _forget(self, request: Request[UrlRequest]) -> None:
        self._remembered.forget(str(request.payload["url"]))
        self._offer()

    @answers("check", at_once=True)
    def _check_again(self, _: Request) -> None:
        self.check()

    @answers("confirm service")
    def _confirm_service(self, request: Request[OriginRequest]) -> None:
        """Allow the token to be sent to the new address of a service."""
        if self._manager is not None:
            confirm_service(self._manager, str(request.payload["origin"])[:500])
        self.check()

    @answers("folders")
    def _folders(self, request: Request[FoldersRequest]) -> FoldersAnswer:
        """List the folders in a local folder."""
        top, found = subfolders(str(request.payload.get("path") or Path.cwd()))
        return {
            "path": str(top),
            "parent": str(top.parent) if top.parent != top else None,
            "folders": [(name, is_object) for name, is_object in found[:_MOST_FOLDERS]],
            "more": max(0, len(found) - _MOST_FOLDERS),
        }

    # -- in a saved notebook ----------------------------------------------------------------

    def _as_text(self) -> str:
        kind = "folder" if self.is_folder else "endpoint"
        return f"EndpointPicker({kind if self.value else 'nothing'} chosen)"

    def _as_html(self) -> str:
        return f"<pre>{html.escape(self._as_text())}</pre>"


def checked_place(text: str) -> str:
    """Return a URL as written, or a folder as an absolute path.

    Raises
    ------
    PathError
        The text is neither a web address nor a folder.
    """
    if not isinstance(text, str | os.PathLike):
        raise PathArgumentError.expected("a URL or a folder", text)
    text = os.fspath(text).strip()
    if text.startswith("file://"):
        raise PathError("file:// URLs are not supported.", "Pass the plain path.")
    if "://" in text:
        EndpointManager(text)
        return text.rstrip("/")
    if text.startswith(("/", "~", "./", "../")) or text in {".", ".."} or Path(text).is_dir():
        return str(Path(text).expanduser().absolute())
    raise PathError(
        f"{shown_address(text, 100)!r} is neither a web address nor a folder.",
        "Pass an endpoint such as https://modos.example.org, or a folder such as /home/me/study.",
    )


def _pairs(options: Any) -> list[tuple[str, str]]:
    items = options.items() if isinstance(options, dict) else options
    pairs = [(item, item) if isinstance(item, str) else (item[0], item[1]) for item in items]
    return [(str(label), checked_place(str(url))) for label, url in pairs]


def _row(health: ServiceHealth, manager: EndpointManager | None) -> Service:
    return {
        "name": health.name,
        "word": _WORDS.get(health.name, health.name),
        "url": health.url,
        "reachable": health.reachable,
        "milliseconds": None if health.latency is None else round(health.latency * 1000),
        "login": health.login_needed,
        "version": health.version,
        "problem": health.problem,
        "moved": "" if manager is None else moved_origin(manager, health.name, health.url),
    }
