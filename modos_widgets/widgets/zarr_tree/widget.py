"""ZarrTree: the nodes of any zarr hierarchy, however large."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

import traitlets

from modos_widgets import background
from modos_widgets.credentials import hidden_options
from modos_widgets.errors import NotFoundError
from modos_widgets.explore import (
    MOST_OPENED,
    Found,
    Overlay,
    Searcher,
    checked_path,
    child_index,
    code_for,
    depth_of,
    group_entry,
    joined,
    node_row,
    subgroups,
    with_parents,
)
from modos_widgets.location import Location
from modos_widgets.widgets.front_end import Request, StreamedRequest, answers
from modos_widgets.widgets.node_widget import NodeWidget
from modos_widgets.widgets.shown_code import Piece, node_pieces
from modos_widgets.widgets.wire import Nothing
from modos_widgets.widgets.zarr_tree.saved_output import Line, as_html, as_text, first_lines
from modos_widgets.widgets.zarr_tree.wire import (
    AgainAnswer,
    AgainRequest,
    BelowAnswer,
    CodeAnswer,
    FilterAnswer,
    FilterRequest,
    GrowAnswer,
    LocateAnswer,
    Match,
    OpenAnswer,
    OpenRequest,
    PathRequest,
    RefreshRequest,
    RowAnswer,
    RowsAnswer,
    RowsRequest,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from concurrent.futures import Future

    from modos_widgets.explore import NodeSource
    from modos_widgets.modo import ChangeSet

__all__ = ["ZarrTree"]

_BEAT: Final = 0.1  # seconds between partial answers
_FIRST_ROWS: Final = 100
_MOST_ROWS: Final = 500
_MOST_NODES: Final = 20_000  # limit of opening all groups below one
_SIDE_BY_SIDE: Final = 32
_LONGEST_FILTER: Final = 500
_MOST_MARKS: Final = 5_000


class ZarrTree(NodeWidget):
    """A tree of the groups and arrays of any zarr hierarchy.

    Only visible rows are read: the root in one or two round trips, the children of a group when
    it is opened, the properties of a node when its row is visible.

    Parameters
    ----------
    source : path, str, Location, zarr.Group, zarr store, Storage, Modo or None
        What to show: a local path, a URL (``s3://``, ``https://``, ...), an open group, store,
        Storage or Modo; zarr v3 or v2. The folder of a MODO works too. None shows an empty tree
        until `source` is set.
    depth : int
        Number of levels that are open at first.
    endpoint : str, optional
        URL of a modos server. It names the S3 server; a sign-in there provides the keys. The
        server is queried when the widget is created.
    services : mapping, optional
        ``{"s3": url}``: the S3 server, if there is no modos server.
    s3_kwargs : mapping, optional
        Options of the S3 client for ``s3://`` URLs, in the spelling of s3fs or obstore. Never a
        trait.
    **traits
        Values of the traits below.

    Raises
    ------
    NotFoundError
        No zarr archive at a local path. Errors of a server are shown in the widget, because
        creating the widget uses no network.
    OptionError
        `source` does not contain zarr, or an argument is not a trait.

    Examples
    --------
    >>> tree = ZarrTree("study/data.zarr")  # doctest: +SKIP
    >>> tree.on_select(print)  # doctest: +SKIP
    """

    _bundle_name = "zarr_tree"
    _code_traits = ("value",)

    value = traitlets.Unicode(
        None, allow_none=True, help="Path of the selected node, '' for the root; settable."
    ).tag(sync=True)
    opened = traitlets.List(
        traitlets.Unicode(), [""], help="Paths of the open groups, '' for the root; settable."
    ).tag(sync=True)
    height = traitlets.Unicode(
        "360px", help="Height as CSS: '360px', or '100%' of the container."
    ).tag(sync=True)
    _marks = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        source: Any = None,
        *,
        depth: int = 1,
        endpoint: str | None = None,
        services: Mapping[str, str] | None = None,
        s3_kwargs: Mapping[str, Any] | None = None,
        **traits: Any,
    ) -> None:
        s3_kwargs = hidden_options(s3_kwargs)
        location = Location(endpoint=endpoint, services=services, s3_kwargs=s3_kwargs)
        self._depth = depth
        self._drafted = 0
        if depth < 1:
            traits.setdefault("opened", [])
        super().__init__(source, location, **traits)
        self._start_reading()

    # -- in Python --------------------------------------------------------------------------

    def show_changes(
        self,
        changes: ChangeSet | None,
        elements: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        """Show the changes of a draft: mark new, changed and removed elements. No network use.

        New elements get rows of their own; removed ones are struck through.

        Parameters
        ----------
        changes : ChangeSet or None
            The changes of the object in the tree; None for none.
        elements : Mapping of str to Mapping, optional
            Attributes of the elements, as `Draft.elements` returns them.
        """
        source, elements = self._source, elements or {}
        if source is None:
            return
        marks: dict[str, str] = {}
        overlay = None
        if changes:
            changed = {
                "" if each == changes.root else each: elements[each]
                for each in changes.cells
                if each in elements
            }
            marks = dict.fromkeys(changed, "changed")
            marks |= dict.fromkeys(changes.removed, "removed")
            marks |= dict.fromkeys(changes.added, "new")
            self._drafted += 1
            overlay = Overlay(changed, changes.added, self._drafted)
        if overlay is None and source.overlay is None:
            return
        source.overlay = overlay
        self._marks = dict(list(marks.items())[:_MOST_MARKS])
        self.emit("drafted", {})

    def exchange(self, source: Any) -> None:
        """Show another handle of the same hierarchy; the open groups stay open.

        Parameters
        ----------
        source : object
            What the constructor accepts.
        """
        self._source = self._opened(source)
        self._marks = {}
        self._start_reading()
        self.emit("drafted", {})

    def _replace_source(self, source: NodeSource | None) -> None:
        self.value = None
        self._marks = {}
        self.opened = [""] if self._depth >= 1 else []
        super()._replace_source(source)
        self._start_reading()
        self.emit("refresh", {"all": True})

    def _start_reading(self) -> None:
        source = self._source
        self._searcher = None if source is None else Searcher(source)
        self._first: background.Task[list[Line]] | None = None
        if source is not None:
            self._first = background.run(self._read_first, source, self._depth)

    def on_select(self, callback: Callable[[str | None], object]) -> Callable[[], None]:
        """Call `callback` with the selected path whenever it changes, by click or in code.

        Parameters
        ----------
        callback : callable
            Called with the path, or None.

        Returns
        -------
        callable
            Stops the calls.
        """

        def changed(change: dict[str, Any]) -> None:
            callback(change["new"])

        self.observe(changed, "value")
        return lambda: self.unobserve(changed, "value")

    def refresh(self) -> None:
        """Read the visible rows again, and find what was added, changed or removed elsewhere.

        A consolidated root may be older than the nodes. From now on, local nodes are read
        themselves. Over a network the open groups, the top levels and the visible rows are
        compared, and only nodes that differ are read themselves.
        """
        self._refresh_with(())

    def _refresh_with(self, seen: Iterable[str]) -> None:
        if self._source is not None and self._searcher is not None:
            self._source.refresh(self.opened, seen)
            self._searcher.forget()
            self.emit("refresh", {"all": False})

    # -- first read -------------------------------------------------------------------------

    def _read_first(self, source: NodeSource, depth: int) -> list[Line]:
        """Read the first rows, and open more levels if `depth` is more than 1."""
        source.start()
        groups = [""]
        opened = [""]
        for _ in range(depth - 1):
            groups = list(subgroups(source, groups))
            opened += groups
            if not groups or len(opened) > MOST_OPENED:
                break
        if depth > 1 and source is self._source:
            self.opened = opened[:MOST_OPENED]
        return first_lines(source, set(self.opened))

    # -- requests ---------------------------------------------------------------------------

    @answers("open", prompt=True)
    def _open(self, request: Request[OpenRequest]) -> OpenAnswer:
        """Open groups; return their numbers of children, and the first rows of some."""
        if self._source is None:
            return {"root": None, "groups": []}
        source = self._source
        root = source.start()
        paths = [str(path) for path in request.payload.get("paths", [])][:MOST_OPENED]
        groups = []
        rows_left = _FIRST_ROWS
        for path in sorted(paths, key=depth_of):
            background.check_cancelled()
            if request.payload.get("again"):
                source.forget(path)
            group = group_entry(source, path)
            if "problem" not in group and rows_left > 0:
                names = source.level(path).names[:rows_left]
                group["rows"] = [node_row(source, joined(path, name)) for name in names]
                rows_left -= len(names)
            groups.append(group)
        root_row = node_row(source, "")
        root_row["kind"] = root.kind
        return {
            "root": root_row,
            "groups": groups,
            "modo": source.is_modo,
        }

    @answers("rows", prompt=True)
    def _rows(self, request: StreamedRequest[RowsRequest, RowsAnswer]) -> RowsAnswer:
        """Return rows of a group: names at once, then properties, then numbers of children.

        Over a network only visible groups are counted, since each needs a listing.
        """
        source = self._known_source()
        path = str(request.payload["path"])
        start = max(0, int(request.payload.get("start", 0)))
        number = min(_MOST_ROWS, int(request.payload.get("count", _FIRST_ROWS)))
        level = source.level(path)
        paths = [joined(path, name) for name in level.names[start : start + number]]

        def rows() -> RowsAnswer:
            return {
                "start": start,
                "version": level.version,
                "rows": [node_row(source, each) for each in paths],
            }

        if any(source.known(each) is None for each in paths):
            self.stream(request, rows())
        found = source.describe(paths)
        background.check_cancelled()
        first, last = request.payload.get("seen") or (start, start + number)
        seen = paths[max(0, int(first) - start) : max(0, int(last) - start)]
        uncounted = [
            each
            for each in (seen if source.reader.remote else paths)
            if found[each].kind == "group" and source.known_count(each) is None
        ]
        if uncounted:
            if source.reader.remote:
                self.stream(request, rows())
            source.count(uncounted)
        return rows()

    @answers("grow")
    def _grow(self, request: StreamedRequest[PathRequest, GrowAnswer]) -> GrowAnswer:
        """Read a level to its end, and report progress."""
        source = self._known_source()
        path = str(request.payload["path"])
        level = source.level(path)
        reported = time.monotonic()
        while not level.advance():
            background.check_cancelled()
            if time.monotonic() - reported >= _BEAT:
                reported = time.monotonic()
                so_far: GrowAnswer = {"total": len(level.names), "version": level.version}
                self.stream(request, so_far)
        return {
            "total": len(level.names),
            "complete": True,
            "version": level.version,
            "row": node_row(source, checked_path(path)),
        }

    @answers("locate", prompt=True)
    def _locate(self, request: Request[PathRequest]) -> LocateAnswer:
        """Return the groups that must be open to show a node, and its index in the last."""
        source = self._known_source()
        path = checked_path(str(request.payload["path"]))
        groups = []
        above = ""
        for name in path.split("/") if path else []:
            groups.append(group_entry(source, above))
            if "problem" in groups[-1] or source.level(above).find(name) is None:
                raise NotFoundError(
                    f"{path} does not exist.", "Refresh the tree, or check the path."
                )
            above = joined(above, name)
        return {"groups": groups, "index": child_index(source, path)}

    @answers("below")
    def _below(self, request: StreamedRequest[PathRequest, BelowAnswer]) -> BelowAnswer:
        """Open every group below one, up to a limit, and stream them."""
        source = self._known_source()
        top = checked_path(str(request.payload["path"]))
        opened = 0
        nodes_read = 0
        waiting = [top]
        while waiting and opened < MOST_OPENED and nodes_read < _MOST_NODES:
            background.check_cancelled()
            batch, waiting = waiting[:_SIDE_BY_SIDE], waiting[_SIDE_BY_SIDE:]
            entries = [group_entry(source, path) for path in batch]
            opened += len(entries)
            nodes_read += sum(int(entry.get("total", 0)) for entry in entries)
            found: BelowAnswer = {"groups": entries}
            self.stream(request, found)
            waiting += subgroups(source, batch)
        return {"groups": [], "bounded": bool(waiting), "opened": opened}

    @answers("filter")
    def _filter(
        self, request: StreamedRequest[FilterRequest, FilterAnswer]
    ) -> FilterAnswer | Nothing:
        """Search names and attribute values; return matches and the groups above them."""
        source = self._known_source()
        text = str(request.payload.get("text", ""))[:_LONGEST_FILTER]
        shown = -1

        def answer(found: Found) -> FilterAnswer:
            nonlocal shown
            rows: list[Match] | None = None
            if len(found.paths) != shown:
                shown = len(found.paths)
                rows = [
                    {**node_row(source, path), "path": path, "depth": depth_of(path), "hit": hit}
                    for path, hit in with_parents(found.paths)
                ]
            return {
                "rows": rows,
                "matches": found.matches,
                "searched": found.searched,
                "complete": found.complete,
                "attributes": found.attributes,
                "read": found.read,
            }

        last: Found | None = None
        phase = False
        beat = float("-inf")
        searcher = self._searcher
        everything = bool(request.payload.get("everything", False))
        searching = (
            searcher.search(text, background.check_cancelled, everything=everything)
            if searcher
            else []
        )
        for found in searching:
            last = found
            if time.monotonic() - beat >= _BEAT or found.complete != phase:
                self.stream(request, answer(found))
                beat, phase = time.monotonic(), found.complete
        return {} if last is None else answer(last)

    def _pieces(self) -> list[Piece]:
        source = self._source
        return [] if source is None else node_pieces(source, self.value or "")

    @answers("code", prompt=True)
    def _code(self, request: Request[PathRequest]) -> CodeAnswer:
        """Return the code that opens a node."""
        return {"code": code_for(self._known_source(), checked_path(str(request.payload["path"])))}

    @answers("stored")
    def _stored(self, request: Request[PathRequest]) -> RowAnswer:
        """Sum up the stored size of an array; requested when its row is selected."""
        source = self._known_source()
        path = checked_path(str(request.payload["path"]))
        source.stored(path, background.check_cancelled)
        return {"row": node_row(source, path)}

    @answers("again", prompt=True)
    def _again(self, request: Request[AgainRequest]) -> AgainAnswer:
        """Read broken nodes again."""
        source = self._known_source()
        paths = [checked_path(str(path)) for path in request.payload["paths"]][:_MOST_ROWS]
        for path in paths:
            source.forget(path)
        source.describe(paths)
        return {"rows": [node_row(source, path) for path in paths]}

    @answers("refresh")
    def _refresh(self, request: Request[RefreshRequest]) -> None:
        """Refresh every view."""
        self._refresh_with([str(path) for path in request.payload.get("seen", [])][:_MOST_ROWS])

    # -- in a saved notebook ----------------------------------------------------------------

    def _under_way(self) -> list[Future[Any]]:
        return [] if self._first is None else [self._first.future]

    def _lines(self) -> list[Line]:
        first = self._first
        if first is None or not first.done or first.cancelled:
            return []
        # the live widget makes the same request, and shows and logs the error
        return [] if first.future.exception() is not None else first.result()

    def _as_text(self) -> str:
        source = self._source
        if source is None:
            return as_text(None, [])
        # remote properties may arrive too late, and the text must be the same at every run
        return as_text(source.name, self._lines() if source.at_hand else [])

    def _as_html(self) -> str:
        source = self._source
        return as_html(None if source is None else source.name, self._lines())
