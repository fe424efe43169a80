"""MetadataTable: view, check and edit metadata in a table."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, cast

import traitlets

from modos_widgets.credentials import hidden_options
from modos_widgets.errors import OptionError
from modos_widgets.location import Location
from modos_widgets.modo import DEFAULT_SCHEMA, is_missing
from modos_widgets.widgets.cards import Cards
from modos_widgets.widgets.element_form import DraftAccess, Structure
from modos_widgets.widgets.front_end import FrontEndWidget, Request, answers, register
from modos_widgets.widgets.proposal import ProposalReview
from modos_widgets.widgets.sheets import SheetExchange
from modos_widgets.widgets.slot_values import Suggester
from modos_widgets.widgets.table.class_tabs import ALL
from modos_widgets.widgets.table.clipboard import Clipboard
from modos_widgets.widgets.table.code import table_pieces
from modos_widgets.widgets.table.data_source import DraftSource, open_source
from modos_widgets.widgets.table.draft_state import DraftState
from modos_widgets.widgets.table.edits import Edits
from modos_widgets.widgets.table.fixes import Fixes
from modos_widgets.widgets.table.query import Query, read_query
from modos_widgets.widgets.table.review import Review
from modos_widgets.widgets.table.rows import Rows
from modos_widgets.widgets.table.saved_output import as_html, as_text
from modos_widgets.widgets.table.suggestions import Suggestions
from modos_widgets.widgets.table.wire import (
    FollowAnswer,
    FollowRequest,
    SelectRequest,
    ShownRequest,
)
from modos_widgets.widgets.uploading import Uploading
from modos_widgets.widgets.wire import PiecesAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import pandas as pd

    from modos_widgets.modo import Commit, Draft, Findings, Schema
    from modos_widgets.remote import EndpointManager
    from modos_widgets.widgets.shown_code import Piece
    from modos_widgets.widgets.table.data_source import FrameSource
    from modos_widgets.widgets.table.report import CurationReport
    from modos_widgets.widgets.table.rows import FoundRows
    from modos_widgets.widgets.table.wire import Status
    from modos_widgets.widgets.wire import CardsRequest

__all__ = ["MetadataTable"]

_OF_ALL_TABS: Final = ("search", "tab", "by")
"""Parts of a query that a tab does not keep for itself."""


class MetadataTable(FrontEndWidget):
    """A table of the metadata of one or more objects, or of any DataFrame.

    The data stay in Python: the browser requests the visible rows, and sort, filters and search
    are computed in Python. The network is used if `source` is a path on S3 or an id, and by a
    commit.

    Parameters
    ----------
    source : path, Location, Modo, list of them, Draft, DataFrame or None
        What to show, one row per element; with `endpoint` also the id of an object. None shows
        an empty table until `source` is set.
    editable : bool
        Whether cells can be changed; for objects and drafts.
    terminology : EndpointManager or str, optional
        Where the editor searches ontology terms: an endpoint that names a terminology service,
        or the URL of the service. Without it, the editor suggests about 110 built-in terms.
    endpoint : str, optional
        URL of a modos server, if `source` is a path or an id. It names the S3 server; a sign-in
        there provides the keys.
    services : mapping, optional
        ``{"s3": url}``: the S3 server, if there is no modos server.
    s3_kwargs : mapping, optional
        Options of the S3 client, in the spelling of s3fs or obstore. Never a trait.
    **traits
        Values of the traits below.

    Raises
    ------
    ArgumentError
        `source` has a wrong type, or an argument is not a trait.
    OptionError
        A DataFrame with ``editable=True``, or an S3 path without a service.
    NotFoundError, UnknownObjectError
        No object at the path, or the endpoint does not list the id.
    EndpointError, CredentialsError
        The server does not answer, or refuses the object.

    Examples
    --------
    >>> table = MetadataTable(open_modo("study"))  # doctest: +SKIP
    >>> table.on_select(print)  # doctest: +SKIP
    >>> table.frame  # the displayed rows  # doctest: +SKIP
    """

    _bundle_name = "metadata_table"

    value = traitlets.Any(
        None,
        allow_none=True,
        help="Label of the selected row: the id of the element, (object path, id) for "
        "several objects, the index entry of a DataFrame; None for no row. Settable.",
    ).tag(sync=True)
    followed = traitlets.Any(
        None,
        allow_none=True,
        help="The last link that was followed: the id of an element, or (object path, id).",
    ).tag(sync=True)
    search = traitlets.Unicode(
        "", help="Words to search; each must be in some column of a row. Settable."
    ).tag(sync=True)
    height = traitlets.Unicode(
        "420px", help="Height as CSS: '420px', or '100%' of the container."
    ).tag(sync=True)
    editable = traitlets.Bool(default_value=False, help="Whether cells can be changed.").tag(
        sync=True
    )
    tab = traitlets.Unicode(
        "",
        help="Class whose rows are shown, such as 'Sample' ('DataEntity' with its subclasses, "
        "'Other' for classes that the schema does not have); '' for all rows. Settable; a "
        "DataFrame has no tabs.",
    ).tag(sync=True)

    _query = traitlets.Dict().tag(sync=True)
    _layout = traitlets.Dict().tag(sync=True)
    _views = traitlets.Dict().tag(sync=True)
    _selected = traitlets.Dict().tag(sync=True)
    _range = traitlets.Dict().tag(sync=True)
    _head = traitlets.Dict().tag(sync=True)
    _status = traitlets.Dict().tag(sync=True)
    _sheets: SheetExchange

    def __init__(
        self,
        source: Any = None,
        *,
        editable: bool = False,
        terminology: EndpointManager | str | None = None,
        endpoint: str | None = None,
        services: Mapping[str, str] | None = None,
        s3_kwargs: Mapping[str, Any] | None = None,
        **traits: Any,
    ) -> None:
        self._terminology = terminology
        self._on_edit: list[Callable[[], object]] = []
        self._selecting = ""
        self._query_since = 0
        s3_kwargs = hidden_options(s3_kwargs)
        self._location = Location(endpoint=endpoint, services=services, s3_kwargs=s3_kwargs)
        self._lock = threading.RLock()
        self._sheets = SheetExchange(
            lambda: self._state.draft,
            self._replace_draft,
            lambda: self._location,
            self._lock,
        )
        data = open_source(source, self._location, editable=editable)
        with self._lock:  # a check in the background waits until the widget is complete
            self._show(data, editable=editable)
            tab = traits.get("tab", ALL)
            head = self._rows.head(self._tab_name(tab) if isinstance(tab, str) else ALL)
            super().__init__(
                editable=editable,
                _head=head,
                _status=self._state.status(),
                **traits,
            )

    def _show(self, data: DraftSource | FrameSource, *, editable: bool, version: int = 1) -> None:
        """Connect the parts of the table to a data source."""
        self._rows = Rows(data, editable=editable, lock=self._lock, version=version)
        self._state = state = DraftState(self._rows, self._publish)
        clipboard = Clipboard(self._rows)
        self._review = Review(self._state, self.stream)
        self._collaborators = (
            self._rows,
            clipboard,
            Edits(self._state, clipboard),
            Fixes(self._state),
            Suggestions(self._state, self._terminology),
            self._review,
            Structure(
                DraftAccess(self._lock, lambda: state.writable().draft, self._elements_changed),
                Suggester(self._terminology),
            ),
            ProposalReview(lambda: state.draft, state.refresh, self._lock),
            Cards(self._attributes, self._schema),
            Uploading(),
            self._sheets,
        )
        self._rows.warm()

    def close(self) -> None:
        """Close the widget, and remove its temporary files."""
        if hasattr(self, "_sheets"):  # ipywidgets also closes after a failed constructor
            self._sheets.close()
        super().close()

    def _replace_draft(self, draft: Draft) -> None:
        self.source = draft

    def show_imports_with(
        self,
        show: Callable[[Draft], object],
        location: Callable[[], Location],
        server_files: Callable[[], bool],
    ) -> None:
        """Let the widget around this table show the draft of an imported sheet.

        Parameters
        ----------
        show : callable
            Called with the draft, in place of showing it here.
        location : callable
            Returns where new objects are.
        server_files : callable
            Returns whether objects can be created on the computer of the kernel.
        """
        self._sheets.show, self._sheets.location = show, location
        self._sheets.server_files = server_files

    def _elements_changed(self, key: tuple[str, str] | None) -> None:
        """Show elements that were added, renamed or removed, and select one."""
        self._state.refresh()
        data = self._rows.data
        if key is not None and isinstance(data, DraftSource):
            self.value = key if data.several else key[1]

    def _last_query(self) -> Query:
        """Return the query that was set last, by a page or in Python."""
        return read_query(self._query)

    def _last_found(self) -> FoundRows:
        """Return the rows of the query that was set last."""
        return self._rows.last_found(self._last_query(), self._query_since)

    def _publish(self, columns_added: bool) -> None:  # noqa: FBT001 - a callback
        """Send the state of the draft to the browser."""
        self._status = dict(self._state.status())
        if columns_added:
            self._head = dict(self._rows.head(self.tab, first=False))
        else:
            self.emit("edited", {"shape": self._rows.shape})
        for callback in tuple(self._on_edit):
            callback()

    @traitlets.observe("editable")
    def _follow_editable(self, change: dict[str, Any]) -> None:
        with self._lock:
            if self._rows.editable == change["new"]:
                return
            self._rows.set_editable(change["new"])
            self._status = dict(self._state.status())
            self._head = dict(self._rows.head(self.tab, first=False))

    def _tab_name(self, name: str) -> str:
        """Return the tab of a class."""
        data = self._rows.data
        if name == ALL:
            return ALL
        if not isinstance(data, DraftSource):
            raise OptionError("A DataFrame has no tabs.", "Remove tab.")
        if name in data.tabs.names:
            return name
        if name not in data.draft.schema.classes:
            raise OptionError(
                f"No tab {name!r:.60}.", f"Use one of: {', '.join(map(repr, data.tabs.names))}."
            )
        return data.tabs.of_class(name)

    @traitlets.validate("tab")
    def _valid_tab(self, proposal: dict[str, Any]) -> str:
        return self._tab_name(proposal["value"])

    @traitlets.observe("_query")
    def _follow_query(self, change: dict[str, Any]) -> None:
        """Set `search` and `tab` from the query that a page has set."""
        self._query_since = self._rows.version
        for name in ("search", "tab"):
            after = change["new"].get(name, "")
            if after != (change["old"] or {}).get(name, ""):
                self.set_trait(name, after)

    @traitlets.observe("search")
    def _follow_search(self, change: dict[str, Any]) -> None:
        """Search in all views; a page that searches has set the query already."""
        if change["new"] != self._query.get("search", ""):
            self._set_query({**self._query, "search": change["new"]})

    @traitlets.observe("tab")
    def _follow_tab(self, change: dict[str, Any]) -> None:
        """Keep sort, filters and columns of the tab before; pages do so for their own changes."""
        before, after = str(self._query.get("tab", ALL)), change["new"]
        if before == after:
            return
        query = {name: self._query[name] for name in self._query if name not in _OF_ALL_TABS}
        with self.hold_sync():
            self._views = {**self._views, before: {"query": query, "layout": self._layout}}
            kept = self._views.get(after, {})
            self._layout = dict(kept.get("layout", {}))
            self._set_query({**kept.get("query", {}), "search": self.search, "tab": after})

    def _set_query(self, query: Mapping[str, Any]) -> None:
        """Set the query of all views."""
        self._query = {
            name: value
            for name, value in query.items()
            if name != "by" and (value or name not in _OF_ALL_TABS)
        }

    @traitlets.validate("value", "followed")
    def _label(self, proposal: dict[str, Any]) -> Any:
        value = proposal["value"]
        return tuple(value) if isinstance(value, list) else value

    # -- in Python --------------------------------------------------------------------------

    @property
    def source(self) -> Any:
        """Displayed objects or DataFrame; settable to anything that the constructor accepts."""
        data = self._rows.data
        if isinstance(data, DraftSource):
            modos = data.draft.modos
            return modos if len(modos) > 1 else modos[0]
        return data.frame(None)

    @source.setter
    def source(self, source: Any) -> None:
        data = open_source(source, self._location, editable=self.editable)
        tab = self.tab if isinstance(data, DraftSource) and data.tabs.has(self.tab) else ALL
        self.value = None
        self._set_query({"tab": tab})
        self._layout = {}
        self._views = {}
        self._range = {}
        with self._lock:
            report = self._review.report
            self._state.close()
            self._show(data, editable=self.editable, version=self._rows.version + 1)
            self._review.report = report
            self._status = dict(self._state.status())
            self._head = dict(self._rows.head(tab))

    @property
    def frame(self) -> pd.DataFrame:
        """Displayed rows, filtered and sorted, as a DataFrame; values as stored."""
        with self._lock:
            return self._rows.data.frame(self._last_found().positions)

    @property
    def selected(self) -> pd.DataFrame:
        """Selected cells as a DataFrame; empty if none is selected."""
        with self._lock:
            return self._rows.range_frame(self._range, self._last_found())

    @property
    def draft(self) -> Draft | None:
        """Draft with the edits; None for a DataFrame. Call `refresh` after changing it."""
        return self._state.draft

    @property
    def status(self) -> Status:
        """Counts of changes and findings, as the table shows them; empty for a DataFrame."""
        return cast("Status", dict(self._status))

    @property
    def findings(self) -> Findings:
        """Findings in the metadata of the draft."""
        return self._state.findings

    @property
    def report(self) -> CurationReport | None:
        """Report of the last commit; show it in a cell to keep it in the notebook."""
        return self._review.report

    def on_select(self, callback: Callable[[Any], object]) -> Callable[[], None]:
        """Call `callback` with the label of the selected row whenever it changes.

        Parameters
        ----------
        callback : callable
            Called with the label.

        Returns
        -------
        callable
            Stops the calls.
        """
        return self._on("value", callback)

    def on_follow(self, callback: Callable[[Any], object]) -> Callable[[], None]:
        """Call `callback` with the target of each link that is followed.

        Parameters
        ----------
        callback : callable
            Called with the label of the target.

        Returns
        -------
        callable
            Stops the calls.
        """
        return self._on("followed", callback)

    def on_edit(self, callback: Callable[[], object]) -> Callable[[], None]:
        """Call `callback` after each change of the draft, also after a commit.

        It is called on the thread that makes the change, and must return quickly.

        Parameters
        ----------
        callback : callable
            Called without arguments.

        Returns
        -------
        callable
            Stops the calls.
        """
        return register(self._on_edit, callback)

    def _on(self, trait: str, callback: Callable[[Any], object]) -> Callable[[], None]:
        def changed(change: dict[str, Any]) -> None:
            if change["new"] is not None:
                callback(change["new"])

        self.observe(changed, trait)
        return lambda: self.unobserve(changed, trait)

    def refresh(self) -> None:
        """Update the table after the draft was changed in code."""
        self._state.refresh()

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Change the draft in code, on any thread: the table waits, then shows the changes.

        Examples
        --------
        >>> with table.changing():                            # doctest: +SKIP
        ...     table.draft.set("sample/s1", "sex", "Male")
        """
        with self._lock:
            try:
                yield
            finally:
                self._state.refresh()

    def commit(self, message: str | None = None, *, force: bool = False) -> Commit:
        """Commit the changes, as the button does, and set `report`.

        Uses the network, and raises the errors of `Draft.commit`.

        Parameters
        ----------
        message : str, optional
            Commit message.
        force : bool
            Commit even if the draft adds errors.

        Returns
        -------
        Commit
        """
        return self._review.commit(message, force=force)

    def undo_commit(self) -> Commit:
        """Undo the last commit of this table; uses the network.

        Returns
        -------
        Commit

        Raises
        ------
        OptionError
            There is no commit, or there are uncommitted changes.
        ConflictError
            Its cells have changed since; nothing was undone.
        """
        return self._review.undo()

    # -- selected rows and followed links ---------------------------------------------------

    @answers("select")
    def _select(self, request: Request[SelectRequest]) -> None:
        """Select a row."""
        with self._lock:
            data, position = self._rows.data, int(request.payload["position"])
            if 0 <= position < len(data):
                self._select_for(request.page, data.label(position))

    def _select_for(self, page: str, label: Any) -> None:
        """Select the row that a page has chosen; in a shared notebook, other pages stay."""
        self._selecting = page
        try:
            self.value = label
        finally:
            self._selecting = ""

    @traitlets.observe("value")
    def _follow_value(self, change: dict[str, Any]) -> None:
        by = {"by": self._selecting} if self._selecting else {}
        self._selected = {"label": change["new"], **by}

    def _label_of(self, element: str, link: FollowRequest | CardsRequest) -> Any:
        """Return the label of the row to which a link leads: of the same object."""
        data = self._rows.data
        if data.keys < 2:  # noqa: PLR2004
            return element
        position = link.get("position")
        if position is None:
            return (str(link.get("object", "")), element)
        return (*data.rows([int(position)])[0][: data.keys - 1], element)

    def _attributes(self, request: CardsRequest, element: str) -> Mapping[str, Any] | None:
        """Return the row to which a link leads."""
        with self._lock:
            data = self._rows.data
            position = data.find(self._label_of(element, request))
            if position is None:
                return None
            row = data.rows([position])[0]
        cells = zip(data.names[data.keys :], row[data.keys :], strict=True)
        return {name: value for name, value in cells if not is_missing(value)}

    def _schema(self) -> Schema:
        data = self._rows.data
        return data.draft.schema if isinstance(data, DraftSource) else DEFAULT_SCHEMA

    @answers("follow")
    def _follow(self, request: Request[FollowRequest]) -> FollowAnswer:
        """Follow a link: select its target, and notify `on_follow`."""
        target = str(request.payload["target"])[:2_000]
        with self._lock:
            label = self._label_of(target, request.payload)
            known = self._rows.data.find(label) is not None
        self.followed = None
        self.followed = label
        if known:
            self._select_for(request.page, label)
        return {"known": known, "label": label}

    # -- as code, and in a saved notebook ---------------------------------------------------

    @answers("show code")
    def _show_code_of_rows(self, request: Request[ShownRequest]) -> PiecesAnswer:
        return {"pieces": self._pieces(read_query(request.payload.get("shown", self._query)))}

    def _pieces(self, query: Query | None = None) -> list[Piece]:
        with self._lock:
            wanted = self._last_query() if query is None else query
            return table_pieces(self._rows.data, wanted, editable=self.editable)

    def _as_text(self) -> str:
        with self._lock:
            data = self._rows.data
            return as_text(len(data), len(data.names), self._saved().count)

    def _as_html(self) -> str:
        with self._lock:
            columns = self._rows.saved_columns(self.tab)
            return as_html(self._rows.data, self._saved(), columns, self._as_text())

    def _saved(self) -> FoundRows:
        """Return the rows to save; all where the query is malformed, which the table reports."""
        try:
            return self._last_found()
        except OptionError:
            return self._rows.found(Query())
