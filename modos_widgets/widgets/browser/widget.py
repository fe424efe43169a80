"""Browser: objects, tree, metadata, files, preview and transfer, joined on one Session."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import traitlets

from modos_widgets import background
from modos_widgets.credentials import hidden_options, shown_address
from modos_widgets.errors import (
    ArgumentError,
    ModosError,
    NotFoundError,
    PathArgumentError,
    PathError,
)
from modos_widgets.location import is_endpoint
from modos_widgets.modo import DEFAULT_SCHEMA, file_path, has_regions
from modos_widgets.progress import Throttle
from modos_widgets.session import Session, is_object, problem_of, shown_path, uploads
from modos_widgets.widgets.array_preview import ArrayPreview
from modos_widgets.widgets.browser.attaching import Attaching
from modos_widgets.widgets.browser.code import browser_pieces, file_code
from modos_widgets.widgets.browser.editing import Editing, changes_of
from modos_widgets.widgets.browser.element_metadata import (
    attributes_of,
    csv_of,
    element_answer,
    element_of,
)
from modos_widgets.widgets.browser.file_views import FileViews
from modos_widgets.widgets.browser.files import check_answer, files_answer
from modos_widgets.widgets.browser.folder_description import FolderDescription
from modos_widgets.widgets.browser.guard import Guard
from modos_widgets.widgets.browser.hints import Hints
from modos_widgets.widgets.browser.objects import Objects
from modos_widgets.widgets.browser.page_saving import PageSaving
from modos_widgets.widgets.browser.saved_output import as_html, as_text
from modos_widgets.widgets.browser.saving import Saving
from modos_widgets.widgets.browser.wire import (
    CodeAnswer,
    DeletedShown,
    DownloadAnswer,
    DownloadProgress,
    ElementAnswer,
    FavourRequest,
    FileCheckAnswer,
    FileCheckProgress,
    FilesAnswer,
    Marks,
    ObjectRow,
    ObjectsAnswer,
    OpenRequest,
    PathRequest,
    Shown,
    TextAnswer,
)
from modos_widgets.widgets.cards import Cards
from modos_widgets.widgets.endpoint_picker import EndpointPicker
from modos_widgets.widgets.front_end import (
    FrontEndWidget,
    Request,
    StreamedRequest,
    answers,
    reference_of,
)
from modos_widgets.widgets.history import History
from modos_widgets.widgets.login import Login
from modos_widgets.widgets.overview import Overview
from modos_widgets.widgets.region_view import RegionView
from modos_widgets.widgets.table import MetadataTable
from modos_widgets.widgets.transfer_panel import TransferPanel
from modos_widgets.widgets.uploading import Uploading
from modos_widgets.widgets.wire import OriginRequest, session_problem
from modos_widgets.widgets.zarr_tree import ZarrTree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from concurrent.futures import Future

    from modos_widgets.modo import DeletedModo, Draft, Modo
    from modos_widgets.progress import Progress
    from modos_widgets.session import SignIn
    from modos_widgets.widgets.shown_code import Piece

__all__ = ["Browser", "browse"]

_BEAT: Final = 0.1
_SHOWN: Final = [
    "account",
    "deleted",
    "draft",
    "endpoint",
    "favourites",
    "folder",
    "listed",
    "listing",
    "modo",
    "objects",
    "opening",
    "preparing",
    "problem",
    "proposing",
    "recent",
    "selected",
]


def browse(
    path: str | os.PathLike[str] | None = None,
    *,
    endpoint: str | None = None,
    services: Mapping[str, str] | None = None,
    s3_kwargs: Mapping[str, Any] | None = None,
    query: str = "",
) -> Browser:
    """Browse the objects of an endpoint or a folder.

    Returns at once; errors are shown in the widget.

    Parameters
    ----------
    path : str or path, optional
        Object to open: a folder, ``s3://bucket/key``, or the id of an object that the endpoint
        lists. Or a folder of objects, or with `services` alone ``s3://bucket/prefix``, to list the
        objects below.
    endpoint : str, optional
        URL of a modos server; default: the environment variable ``MODOS_ENDPOINT``.
    services : mapping, optional
        ``{"s3": url}``: the S3 server, if there is no modos server.
    s3_kwargs : mapping, optional
        Options of the S3 client for this endpoint, in the spelling of s3fs or obstore.
    query : str
        Search of the overview, such as ``liver sex:Female format:CRAM``; see `Query`.

    Returns
    -------
    Browser

    Raises
    ------
    ArgumentError
        `query` is not a str.
    PathError
        `endpoint` is not a web address, or `path` is one.

    Examples
    --------
    >>> browse(endpoint="https://modos.example.org")  # doctest: +SKIP
    >>> browse("study/P-0003")  # doctest: +SKIP
    """
    s3_kwargs = hidden_options(s3_kwargs)
    if not isinstance(query, str):
        raise ArgumentError.expected("a str", query, name="query")
    if not isinstance(path, str | os.PathLike | None):
        raise PathArgumentError.expected("a folder, an object or its id", path)
    named = None if path is None else os.fspath(path)
    if is_endpoint(named):
        raise PathError(
            f"{shown_address(str(named))} is the address of a server, not a path.",
            'Pass it as endpoint: browse(endpoint="https://...").',
        )
    folder = None
    if named is not None and "://" not in named and (endpoint is None or Path(named).is_dir()):
        folder = Path(named).expanduser().absolute()
    if folder is not None:
        session = Session(folder=folder)
        if is_object(folder):
            session.open(str(folder))
        return _browser(session, query, is_opening=is_object(folder))
    if endpoint is None and services is None:
        endpoint = os.environ.get("MODOS_ENDPOINT") or None
    on_s3_alone = endpoint is None and services is not None and named is not None
    below = named if on_s3_alone and named and named.startswith("s3://") else None
    session = Session(endpoint, services=services, s3_kwargs=s3_kwargs, below=below)
    is_opening = named is not None and below is None
    if named is not None and is_opening:
        session.open(named)
    return _browser(session, query, is_opening=is_opening)


def _browser(session: Session, query: str, *, is_opening: bool) -> Browser:
    browser = Browser(session, view="object" if is_opening else "overview")
    browser.overview.query = query
    return browser


class Browser(FrontEndWidget):
    """Objects, tree, and details of the selected node, side by side; created by `browse`.

    Parameters
    ----------
    session : Session, optional
        State that the widgets share; a new one by default.
    **traits
        Values of the traits below.

    Attributes
    ----------
    session : Session
        State to read, observe and set in code: ``browser.session.open(path)``.
    """

    _bundle_name = "browser"

    height = traitlets.Unicode("560px", help="Height of the panes as CSS; settable.").tag(sync=True)
    tab = traitlets.Enum(
        ("metadata", "files", "preview", "region", "history", "code", "transfer"),
        "metadata",
        help="The selected tab; settable. 'region' shows the genome file that was chosen last.",
    ).tag(sync=True)
    view = traitlets.Enum(
        ("overview", "object"),
        "overview",
        help="Whether all objects are shown, or the open one; settable.",
    ).tag(sync=True)
    server_files = traitlets.Bool(
        default_value=True,
        help="Whether files of the computer of the kernel can be chosen to attach, and objects can "
        "be created there; set it to False on a page that other people open.",
    ).tag(sync=True)
    _shown = traitlets.Dict().tag(sync=True)
    _edit = traitlets.Dict().tag(sync=True)
    _picker = traitlets.Unicode().tag(sync=True)
    _login = traitlets.Unicode().tag(sync=True)
    _tree = traitlets.Unicode().tag(sync=True)
    _preview = traitlets.Unicode().tag(sync=True)
    _table = traitlets.Unicode().tag(sync=True)
    _transfer = traitlets.Unicode().tag(sync=True)
    _history = traitlets.Unicode().tag(sync=True)
    _region = traitlets.Unicode().tag(sync=True)
    _overview = traitlets.Unicode().tag(sync=True)
    _observing = False

    def __init__(self, session: Session | None = None, **traits: Any) -> None:
        if not isinstance(session, Session | None):
            raise ArgumentError.expected(
                "a Session", session, hint="To show a path, use browse('study/P-0003')."
            )
        self.session = session or Session()
        self._displayed: Modo | None = None
        self._tabled: Modo | Draft | None = None
        self._etag: str | None = None
        self._account = ("", "")
        self._recent: tuple[str, ...] = ()
        services = {"s3": self.session.place} if self.session.has_services_only else None
        self.picker = EndpointPicker(
            self.session.place if services is None else None,
            services=services,
            remembered=self.session.remembered,
            ask_environment=False,
        )
        self.login = Login(sign_in=self.session.sign_in)
        self.tree = ZarrTree(None, height="100%")
        self.preview = ArrayPreview(None, height="100%")
        self.table = MetadataTable(None, height="100%")
        self.transfer = TransferPanel()
        self.history = History(None, height="100%")
        self.region: RegionView | None = None
        self._regions = ""  # element or file whose regions can be shown
        self._region_object = ""
        self.overview = Overview(self.session, height="100%")
        self._transferred: Modo | None = None
        self._guard = Guard(self.session, self._update)
        self._editing = Editing(self.session, self._guard, self.table)
        self._saving = Saving(self.session)
        self._page_saving = PageSaving(
            self.session, self.table.changing, lambda: self.server_files, self.stream
        )
        self._collaborators = (
            self._guard,
            self._editing,
            Objects(self.session, self._guard, lambda: self.server_files),
            Attaching(self.session, self.table.changing, lambda: self.server_files),
            FolderDescription(self.session, self._guard, lambda: self.server_files),
            Uploading(),
            self._saving,
            self._page_saving,
            FileViews(self.session),
            Hints(self.session),
            Cards(
                lambda _, element: attributes_of(self._open_modo(), element, self._draft_of_modo),
                lambda: DEFAULT_SCHEMA if self.session.draft is None else self.session.draft.schema,
            ),
        )
        super().__init__(
            _picker=reference_of(self.picker),
            _login=reference_of(self.login),
            _tree=reference_of(self.tree),
            _preview=reference_of(self.preview),
            _table=reference_of(self.table),
            _transfer=reference_of(self.transfer),
            _history=reference_of(self.history),
            _overview=reference_of(self.overview),
            **traits,
        )
        self.picker.observe(self._picker_changed, "value")
        self.tree.observe(self._tree_changed, "value")
        self.preview.observe(self._preview_changed, "path")
        self.table.observe(self._table_changed, "value")
        self.table.on_edit(self._draft_changed)
        self.table.show_imports_with(
            self.session.show_draft, lambda: self.session.location, lambda: self.server_files
        )
        self.login.before_sign_out = lambda action: self._guard.run(action, "Sign out")
        self.observe(self._set_transfer, "tab")
        self.observe(self._set_history, "tab")
        self.observe(self._set_region, "tab")
        self.history.on_undo(self._commit_undone)
        self.transfer.on_open(self._open_copy)
        self.session.observe(self._update, _SHOWN)
        self.session.sign_in.observe(self._update, "state")
        self._observing = True
        self._update()

    @property
    def modo(self) -> Modo | None:
        """The open object, or None."""
        return self.session.modo

    def show(self, path: str | os.PathLike[str]) -> None:
        """Open an object in the background.

        Parameters
        ----------
        path : str or path-like
            Path, URL or id, as for `browse`.
        """
        self.session.open(path)

    def close(self) -> None:
        """Cancel work under way, and close the widgets inside."""
        if self._observing:  # ipywidgets closes twice, and also after a failed constructor
            self._observing = False
            self.session.unobserve(self._update, _SHOWN)
            self.session.sign_in.unobserve(self._update, "state")
            self.session.close()
            self._saving.close()
            self._page_saving.close()
            for child in self._inside():
                child.close()
        super().close()

    # -- the widgets inside ---------------------------------------------------------------------

    def _inside(self) -> tuple[FrontEndWidget, ...]:
        return (
            self.picker,
            self.login,
            self.tree,
            self.preview,
            self.table,
            self.transfer,
            self.history,
            *([] if self.region is None else [self.region]),
            self.overview,
        )

    def _set_region(self, _: object = None) -> None:
        """Show the regions of the chosen genome file, if their tab is in front."""
        modo, chosen, view = self._displayed, self._regions, self.region
        if view is not None and (view.modo is not modo or list(view.files) != [chosen]):
            self.region, self._region = None, ""
            view.close()
            view = None
        if view is None and chosen and modo is not None and self.tab == "region":
            self.region = RegionView(modo, chosen, height="100%")
            self._region = reference_of(self.region)

    def _offer_region(self) -> None:
        """Choose the genome file of the selected element, if it has one."""
        modo = self._displayed
        if modo is None:
            self._regions = ""
        elif modo.path != self._region_object:
            if self._regions and self.tab == "region":
                self.tab = "metadata"
            self._region_object, self._regions = modo.path, ""
        if modo is not None:
            element = element_of(modo, self.session.selected)
            if _is_genome_file(modo, element):
                self._regions = element
        self._set_region()

    @answers("show region", at_once=True)
    def _show_region(self, request: Request[PathRequest]) -> None:
        """Show the regions of a file."""
        path = str(request.payload["path"])
        modo = self._open_modo()
        owners = modo.named_files().get(path, [])
        self._regions = owners[0] if owners else path
        self._set_region()
        self.tab = "region"
        self._shown = {**self._shown, "region": self._regions}

    def _set_transfer(self, _: object = None) -> None:
        """Set the open object as source of the transfer, unless one is under way."""
        modo = self.session.modo
        if modo is None or modo is self._transferred:
            return
        name = modo.path.rstrip("/").rpartition("/")[2] if modo.path.startswith("s3://") else ""
        if self.transfer.offer(modo, name, **self.session.location.arguments):
            self._transferred = modo

    def _open_copy(self, place: str) -> None:
        """Open the copy of an object that was transferred."""
        name = place.rstrip("/").rpartition("/")[2]
        self._guard.run(lambda: self.session.open(place), f"Open {name}")

    def _set_history(self, _: object = None) -> None:
        """Show the commits of the open object, if their tab is in front."""
        modo, shown = self._displayed, self.history.modo
        if modo is None or self.tab != "history":
            if shown is not None and (modo is None or shown.path != modo.path):
                self.history.modo = None
            return
        if not modo.storage.read_only:
            if shown is not modo:
                self.history.modo = modo
        elif shown is None or shown.path != modo.path:
            # a commit is undone by a handle that can write; opening it may use the network
            background.run(self._open_history, modo.path)

    def _open_history(self, path: str) -> None:
        try:
            opened = self.session.open_now(path, "r+")
        except ModosError as error:
            self.session.problem = problem_of(error, "opening")
            return
        if self._displayed is not None and self._displayed.path == path:
            self.history.modo = opened

    def _commit_undone(self, _: object) -> None:
        """Show the object as it is after a commit was undone."""
        session = self.session
        modo, draft = session.modo, session.draft
        if modo is None:
            return
        if draft is None:
            session.open(modo.path, session.selected)
        elif not session.unsaved:  # otherwise the next commit finds the conflicts
            draft.reload()
            self.table.refresh()

    def _picker_changed(self, change: dict[str, Any]) -> None:
        place = change["new"]
        if self.session.unsaved and place != self.session.place:
            self.picker.value = self.session.place or None
            words = f"Open {place}" if place else "Close this endpoint"
            self._guard.run(lambda: self.session.go(place), words)
            return
        self.session.go(place)

    def _tree_changed(self, change: dict[str, Any]) -> None:
        if self._displayed is self.session.modo and change["new"] is not None:
            self.session.selected = change["new"]

    def _preview_changed(self, change: dict[str, Any]) -> None:
        """Follow a link of the preview."""
        path = change["new"]
        if self._displayed is self.session.modo and path not in {None, self.session.selected}:
            self.session.selected = path

    def _table_changed(self, change: dict[str, Any]) -> None:
        session, label = self.session, change["new"]
        draft, modo = session.draft, session.modo
        path, element = label if isinstance(label, tuple) else ("", label)
        shown = modo if draft is None else draft
        if modo is None or not isinstance(element, str) or self._tabled is not shown:
            return
        if path and path != modo.path:
            drafted = session.drafted(path)
            if drafted is not None:
                root = element == drafted.root_element
                session.open(path, "" if root else element)
            return
        if self._displayed is not modo:
            return
        if element != element_of(modo, session.selected, draft):
            session.selected = "" if element == modo.root_element else element

    def _draft_changed(self) -> None:
        """Show a change of the draft in the tree and the panels."""
        self._editing.changed()
        uploads().tidy()
        modo = self._displayed
        if modo is not None and modo.etag != self._etag:  # after a commit
            if self._etag is None:  # which has created the object
                self.session.refresh()
            self._display(modo)
        self._mark_tree()
        self._edit = dict(self._editing.state())

    def _mark_tree(self) -> None:
        draft, modo = self._draft_of_modo, self._displayed
        if draft is None or modo is None:
            self.tree.show_changes(None)
        else:
            self.tree.show_changes(changes_of(draft, modo.path), draft.elements(modo.path))

    @property
    def _draft_of_modo(self) -> Draft | None:
        """The draft, if it contains the open object."""
        draft, modo = self.session.draft, self.session.modo
        return draft if modo is not None and self.session.drafted(modo.path) is modo else None

    def _update(self, _: object = None) -> None:
        """Update the widgets inside and the view from the session."""
        session = self.session
        view = self.view
        if session.modo is not self._displayed:
            self._display(session.modo)
            view = "overview" if session.modo is None else "object"
        elif session.modo is None and session.problem is not None and session.opening is None:
            view = "overview"  # what was to be opened could not be
        source = session.modo if session.draft is None else session.draft
        if source is not self._tabled:
            self._tabled = None
            self.table.editable = session.draft is not None
            self.table.source = source
            self._tabled = source
            self._draft_changed()
        if session.modo is not None:
            self.tree.value = session.selected
            element = element_of(session.modo, session.selected, self._draft_of_modo)
            several = session.draft is not None and len(session.draft.modos) > 1
            self.table.value = (session.modo.path, element) if several else element
        self.preview.path = session.selected if session.modo is not None else None
        self._offer_region()
        if session.place and not session.has_services_only and self.picker.value != session.place:
            self.picker.value = session.place
        if (session.place, session.who) != self._account:
            # not at each opening, so that rows do not move under the pointer
            self._account, self._recent = (session.place, session.who), session.recent
        shown: Shown = {
            "place": session.place,
            "folder": session.folder is not None,
            "can_list": session.can_list,
            "listing": session.listing,
            "listed": session.listed,
            "opening": session.opening,
            "object": None if session.modo is None else session.modo.path,
            "selected": session.selected,
            "name": _name_of(session.modo),
            "id": "" if session.modo is None else session.modo.id,
            "preparing": session.preparing,
            "region": self._regions,
            "question": self._guard.question,
            "deleted": _deleted(session.deleted),
            "objects": id(session.objects) if session.objects else 0,
            "marks": Marks(list(self._recent), list(session.favourites)),
            "signed_in": session.account is not None and not session.account.expired,
            "signing_in": session.sign_in.state in {"starting", "waiting"},
            "asked_above": _asks_below(session.sign_in),
            "problem": session_problem(session.problem),
        }
        self._shown = dict(shown)
        self._edit = dict(self._editing.state())
        self.view = view  # after what it shows, so that the focus can go there

    def _display(self, modo: Modo | None) -> None:
        """Show another object, or the same one as it was opened again."""
        before, self._displayed = self._displayed, None
        if modo is not None and before is not None and modo.path == before.path:
            self.tree.exchange(modo)
        else:
            self.tree.source = modo
        self.preview.source = self.tree.source
        self._displayed = modo
        self._etag = None if modo is None else modo.etag
        self._set_transfer()
        self._set_history()
        self._mark_tree()

    # -- requests -------------------------------------------------------------------------------

    @answers("objects", at_once=True)
    def _objects(self, _: Request) -> ObjectsAnswer:
        """Return the list: each prefix once, and name, id and number of elements of each object."""
        prefixes: dict[str, int] = {}
        rows = []
        for entry in self.session.objects:
            place = prefixes.setdefault(entry.prefix, len(prefixes))
            rows.append(ObjectRow(entry.path, place, entry.name, entry.id, entry.elements))
        return {"prefixes": list(prefixes), "rows": rows}

    @answers("open", at_once=True)
    def _open(self, request: Request[OpenRequest]) -> None:
        path, select = str(request.payload["path"]), str(request.payload.get("select", ""))
        if self.session.drafted(path) is not None:
            self.session.open(path, select)
            self.view = "object"
            return
        name = path.rstrip("/").rpartition("/")[2]
        self._guard.run(lambda: self.session.open(path, select), f"Open {name}")

    @answers("refresh", at_once=True)
    def _refresh(self, _: Request) -> None:
        self.session.refresh()

    @answers("select", at_once=True)
    def _select(self, request: Request[PathRequest]) -> None:
        self.session.select(str(request.payload["path"]))

    @answers("sign in", at_once=True)
    def _sign_in(self, _: Request) -> None:
        self.session.sign_in.begin()

    @answers("confirm service")
    def _confirm_service(self, request: Request[OriginRequest]) -> None:
        self.session.sign_in.confirm(str(request.payload["origin"])[:500])
        self.session.problem = None
        self.session.refresh()

    @answers("dismiss", at_once=True)
    def _dismiss(self, _: Request) -> None:
        self.session.problem = None

    @answers("favour")
    def _favour(self, request: Request[FavourRequest]) -> None:
        self.session.favour(
            str(request.payload["path"]), favourite=bool(request.payload["favourite"])
        )

    def _open_modo(self) -> Modo:
        if self.session.modo is None:
            raise NotFoundError("No object is open.", "Choose an object.")
        return self.session.modo

    @answers("element")
    def _element(self, _: Request) -> ElementAnswer:
        """Return the metadata of the selected element, or of the element that contains the node."""
        modo, draft = self._open_modo(), self._draft_of_modo
        return element_answer(modo, element_of(modo, self.session.selected, draft), draft)

    @answers("csv")
    def _csv(self, _: Request) -> TextAnswer:
        modo, draft = self._open_modo(), self._draft_of_modo
        return {"text": csv_of(modo, element_of(modo, self.session.selected, draft), draft)}

    @answers("files")
    def _list_files(self, _: Request) -> FilesAnswer:
        return files_answer(self._open_modo(), self._draft_of_modo)

    @answers("check files")
    def _check_files(
        self, request: StreamedRequest[PathRequest, FileCheckProgress]
    ) -> FileCheckAnswer:
        """Compare the metadata with the headers of the files, with progress."""
        modo, draft = self._open_modo(), self._draft_of_modo
        checked = modo.edit() if draft is None else draft
        throttle = Throttle(_BEAT)

        def show(now: Progress) -> None:
            background.check_cancelled()
            if throttle.due():
                progress: FileCheckProgress = {"done": now.done, "total": now.total}
                self.stream(request, progress)

        findings = checked.check_files(on_progress=show)
        if draft is not None:
            with self.table.changing():
                draft.keep_findings(findings)
        return check_answer(modo, checked, findings)

    @answers("download")
    def _download(self, request: StreamedRequest[PathRequest, DownloadProgress]) -> DownloadAnswer:
        """Copy a file into the folder of the kernel, with progress ten times a second."""
        throttle = Throttle(_BEAT)

        def show(now: Progress) -> None:
            background.check_cancelled()
            if throttle.due():
                progress: DownloadProgress = {"done": now.bytes_done}
                self.stream(request, progress)

        path = self.session.download_now(str(request.payload["path"]), on_progress=show)
        return {"path": shown_path(path)}

    @answers("file code", at_once=True)
    def _file_code(self, request: Request[PathRequest]) -> CodeAnswer:
        return {"code": file_code(self.session, str(request.payload["path"]))}

    def _pieces(self) -> list[Piece]:
        return browser_pieces(self.session, self.tree.source)

    # -- in a saved notebook --------------------------------------------------------------------

    def _under_way(self) -> list[Future[Any]]:
        return [task.future for task in self.session.under_way()]

    def _as_text(self) -> str:
        return as_text(self.session)

    def _as_html(self) -> str:
        return as_html(self.session)


def _asks_below(sign_in: SignIn) -> bool:
    """Return whether the panel below the head shows the problem, with a Retry button."""
    problem = sign_in.problem
    failed = sign_in.state == "failed" and (problem is None or problem.about != "checking")
    return failed or sign_in.state == "expired"


def _deleted(deleted: DeletedModo | None) -> DeletedShown | None:
    if deleted is None:
        return None
    return {"id": deleted.id[:200], "path": deleted.path, "left": len(deleted.left)}


def _name_of(modo: Modo | None) -> str:
    name = None if modo is None else modo.hierarchy.root.attributes.get("name")
    return name[:200] if isinstance(name, str) else ""


def _is_genome_file(modo: Modo, element: str) -> bool:
    try:
        return has_regions(file_path(modo, element))
    except NotFoundError:
        return False
