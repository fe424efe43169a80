"""Session: the endpoint or folder, its objects and the open object, shared by widgets."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import traitlets

from modos_widgets import background, remote
from modos_widgets.concurrency import on_threads
from modos_widgets.credentials import hidden_options
from modos_widgets.description import describe
from modos_widgets.errors import (
    CancelledError,
    ChangedError,
    NotFoundError,
    OptionError,
    ReadOnlyError,
    UnsavedChangesError,
)
from modos_widgets.location import Location
from modos_widgets.modo import DeletedModo, Draft, Modo, create_modo, open_modo
from modos_widgets.session.bookmarks import Bookmarks
from modos_widgets.session.creation import NewObject, copy_structure
from modos_widgets.session.file_download import download
from modos_widgets.session.objects import Search, counted, remote_entry
from modos_widgets.session.observable import Observable
from modos_widgets.session.problem import Problem, problem_of
from modos_widgets.session.proposals import paths_in
from modos_widgets.session.sign_in import SignIn
from modos_widgets.session.write_access import read_only_reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from modos_widgets.modo import Mode
    from modos_widgets.progress import Progress
    from modos_widgets.session.objects import ObjectEntry

__all__ = ["Session"]

_SIDE_BY_SIDE = 16  # objects that are opened at the same time over a network
_MOST_COUNTED = 2000  # objects whose metadata are asked for, to count their elements


class Session(Observable):
    """State of one endpoint or folder: its objects, the open object, the sign-in.

    Slow methods return a `background.Task` at once; traits are updated later, possibly on
    another thread. An error is reported in `problem`; everything else continues to work.

    Parameters
    ----------
    endpoint : str, optional
        URL of a modos server.
    services : mapping, optional
        ``{"s3": url}`` if there is no modos server.
    s3_kwargs : mapping, optional
        S3 options for this endpoint only; they are removed when another endpoint is chosen.
    folder : path, optional
        A folder of this computer instead of an endpoint.
    below : str, optional
        With `services` only: ``s3://bucket/prefix`` below which to find objects.
    remembered : Bookmarks, optional
        Storage of endpoints, recent objects and favourites.

    Raises
    ------
    PathError
        `endpoint` or a service is not a web address.
    """

    endpoint = traitlets.Unicode(
        None,
        allow_none=True,
        help="URL of the modos server; settable. A change cancels running work.",
    )
    folder = traitlets.Unicode(None, allow_none=True, help="Local folder that is listed; settable.")
    manager = traitlets.Instance(
        remote.EndpointManager, allow_none=True, help="Services of the endpoint."
    )
    account = traitlets.Instance(
        remote.Account, allow_none=True, help="Account that is signed in; no secret."
    )
    objects = traitlets.Tuple(help="Objects (`ObjectEntry`) of the endpoint or folder.")
    listing = traitlets.Bool(default_value=False, help="Whether the objects are being listed.")
    listed = traitlets.Bool(default_value=False, help="Whether they have been listed.")
    opening = traitlets.Unicode(
        None, allow_none=True, help="Path of the object that is being opened."
    )
    modo = traitlets.Instance(Modo, allow_none=True, help="Open object.")
    selected = traitlets.Unicode(
        None, allow_none=True, help="Path of the selected node, '' for the root; settable."
    )
    draft = traitlets.Instance(
        Draft,
        allow_none=True,
        help="Changes to one or more objects that are being edited; None if nothing is edited. "
        "See `edit` and `stop_editing`.",
    )
    proposing = traitlets.Bool(
        default_value=False,
        help="Whether the changes of `draft` are to be proposed as a file, and not committed.",
    )
    preparing = traitlets.Bool(
        default_value=False, help="Whether objects are being opened for editing."
    )
    read_only = traitlets.Unicode(
        "", help="Why the objects of the last `edit` cannot be changed; '' if they can."
    )
    deleted = traitlets.Instance(
        DeletedModo,
        allow_none=True,
        help="Object that was deleted last, for `restore`; None after another one was opened.",
    )
    problem = traitlets.Instance(Problem, allow_none=True, help="Last error.")
    favourites = traitlets.Tuple(help="Paths of this account's favourite objects here.")
    recent = traitlets.Tuple(
        help="Paths of objects that this account opened here, the latest first."
    )

    def __init__(
        self,
        endpoint: str | None = None,
        *,
        services: Mapping[str, str] | None = None,
        s3_kwargs: Mapping[str, Any] | None = None,
        folder: str | os.PathLike[str] | None = None,
        below: str | None = None,
        remembered: Bookmarks | None = None,
    ) -> None:
        s3_kwargs = hidden_options(s3_kwargs)
        super().__init__()
        self._at: dict[str, str | None] = {}
        self._turn = 0
        self._tasks: dict[str, background.Task[Any]] = {}
        # until the server lists them, or no longer does
        self._created: set[str] = set()
        self._removed: set[str] = set()
        self.location = Location()
        """Location that is listed, with the options to reach its objects."""
        self.remembered = remembered or Bookmarks()
        """Bookmarks that are stored between sessions."""
        self.sign_in = SignIn()
        """Sign-in at the endpoint."""
        self.sign_in.observe(self._signed_in_or_out, "account")
        if endpoint is not None and folder is not None:
            raise OptionError("Both an endpoint and a folder were passed.", "Pass one of them.")
        if endpoint is not None or services:
            manager = remote.EndpointManager(endpoint, services)
            place = (below or "").rstrip("/")
            self._arrive(Location(place, endpoint=manager, s3_kwargs=s3_kwargs), manager)
        elif folder is not None:
            self._arrive(_folder(folder))

    @property
    def place(self) -> str:
        """URL of the endpoint, folder, or S3 service without an endpoint; may be ''."""
        return self.endpoint or self.folder or str(self.location.services.get("s3", ""))

    @property
    def below(self) -> str | None:
        """S3 path below which objects are searched without a modos server, else None."""
        return str(self.location.path) if self.location.is_s3 else None

    @property
    def can_list(self) -> bool:
        """Whether the objects can be listed."""
        return not (self.folder is None and self.endpoint is None and self.below is None)

    @property
    def who(self) -> str:
        """Subject of the account that recent and favourite objects belong to; '' if none."""
        return _who(self.account)[0] or ""

    @property
    def has_services_only(self) -> bool:
        """Whether there is an S3 service but no modos server."""
        return self.manager is not None and self.manager.address is None

    @property
    def has_own_keys(self) -> bool:
        """Whether S3 options were passed for this endpoint."""
        return bool(self.location.s3_kwargs)

    # -- choosing a place -----------------------------------------------------------------------

    def go(self, place: str | None) -> None:
        """Choose an endpoint by its URL, or a local folder; None for neither.

        Running requests to the old place are cancelled, and its credentials are removed.

        Parameters
        ----------
        place : str or None
            URL of a modos server, or path of a folder.

        Raises
        ------
        PathError
            The place is an invalid URL.
        UnsavedChangesError
            There are unsaved changes.
        """
        if place == self.place or (not place and not self.place):
            return
        self._refuse_unsaved()
        self._turn_to(place, is_endpoint=bool(place) and "://" in str(place))

    @traitlets.observe("endpoint", "folder")
    def _set_from_outside(self, change: dict[str, Any]) -> None:
        new, name = change["new"], change["name"]
        if new and new == getattr(self, name) and new != self._at.get(name):
            if self.unsaved:
                setattr(self, name, self._at.get(name))
                self._refuse_unsaved()
            self._turn_to(new, is_endpoint=name == "endpoint")

    def _turn_to(self, place: str | None, *, is_endpoint: bool) -> None:
        if is_endpoint:
            manager = remote.EndpointManager(place)
            self._arrive(Location(endpoint=manager), manager)
        else:
            self._arrive(_folder(place) if place else Location())

    _arriving = False

    def _arrive(self, location: Location, manager: remote.EndpointManager | None = None) -> None:
        endpoint = location.endpoint
        folder = None if manager is not None else str(location.path) or None
        self._arriving = True
        try:
            with self.changing():
                self._turn += 1
                for task in self._tasks.values():
                    task.cancel()
                self._tasks.clear()
                self.location = location
                self._at = {"endpoint": endpoint, "folder": folder}
                self.endpoint, self.folder, self.manager = endpoint, folder, manager
                self.objects, self.modo, self.selected, self.problem = (), None, None, None
                self.draft, self.proposing, self.preparing, self.read_only = None, False, False, ""
                self.deleted = None
                self._created, self._removed = set(), set()
                self.listing = self.listed = False
                self.opening = self.account = None
                self._recall()
            # without the lock: a sign-in that ends now holds its own lock and waits for this one
            self.sign_in.move(manager)
            with self.changing():
                self.account = self.sign_in.account
                self._recall()
        finally:
            self._arriving = False
        self.refresh()

    def _signed_in_or_out(self, change: dict[str, Any]) -> None:
        before, now = change["old"], change["new"]
        with self.changing():
            self.account = now
            self._recall()
        if _who(before) != _who(now) and self.place and not self._arriving:
            if self.problem is not None and self.problem.credentials:
                self.problem = None
            self.refresh()

    # -- objects --------------------------------------------------------------------------------

    def refresh(self) -> background.Task[None] | None:
        """List the objects again, in the background; return None if they cannot be listed.

        Returns
        -------
        Task of None, or None
        """
        if not self.can_list:
            return None
        return self._begin("listing", self._list)

    def _list(self, turn: int) -> None:
        self._set(turn, listing=True)
        try:
            manager = self.manager
            found: list[ObjectEntry] = []
            search = Search(lambda some: self._set(turn, objects=tuple(some)))
            if self.folder is not None:
                found = search.folder(self.folder)
            elif self.below is not None:
                found = search.bucket(self.location)
            elif manager is not None:
                found = self._as_changed(remote.list_remote_items(str(manager.address)))
            problem = self.problem
            if problem is not None and problem.about == "listing":
                problem = None
            if search.problem is not None:
                problem = search.problem
            self._set(turn, objects=tuple(found), listed=True, listing=False, problem=problem)
            if self.below is not None:
                if [each.path for each in found] == [self.below]:
                    self.open(self.below)
                return
            self.remembered.use(self.place)
            if manager is not None and found and len(found) <= _MOST_COUNTED:
                self._set(turn, objects=tuple(counted(found, manager)))
        finally:
            self._set(turn, listing=False)

    def _as_changed(self, paths: Iterable[str]) -> list[ObjectEntry]:
        """Return the objects of an endpoint, with those created and without those deleted here."""
        listed = list(paths)
        new = sorted(self._created.difference(listed))
        return [remote_entry(path) for path in [*listed, *new] if path not in self._removed]

    # -- one object -----------------------------------------------------------------------------

    def open(self, path: str | os.PathLike[str], select: str | None = "") -> background.Task[None]:
        """Open an object in the background; a running one is cancelled.

        An object of `draft` is shown as it is being edited. Opening another one ends editing.

        Parameters
        ----------
        path : str or path
            Path, as for `modos_widgets.open_modo`.
        select : str, optional
            Path of the node to select in the object.

        Returns
        -------
        Task of None

        Raises
        ------
        UnsavedChangesError
            There are unsaved changes, and the object is not one of `draft`.
        """
        path = os.fspath(path)
        drafted = self.drafted(path)
        if drafted is None:
            self._refuse_unsaved()
        return self._begin("opening", self._open, path, select, drafted)

    def _open(self, turn: int, path: str, select: str | None, drafted: Modo | None) -> None:
        if drafted is not None:
            self._set(turn, modo=drafted, selected=select, opening=None, problem=None)
            return
        with self.changing():
            if background.cancelled():
                return
            who = self.who
            self._set(turn, opening=path, problem=None)
        try:
            modo = self.open_now(path)
            len(modo.hierarchy.nodes)  # report broken metadata here, not in each widget
            background.check_cancelled()
        except BaseException:
            if not background.cancelled():
                self._set(turn, opening=None)
            raise
        with self.changing():
            if background.cancelled():
                return
            if self.unsaved:  # edited while it was being opened
                self._set(turn, opening=None)
                return
            self._set(turn, draft=None, proposing=False, deleted=None)
            self._set(turn, modo=modo, opening=None, selected=select)
        self.remembered.opened(self.place, modo.path, who)
        self._recall()

    def open_now(self, path: str, mode: Mode = "r") -> Modo:
        """Open an object with this session's services and credentials. Uses the network.

        Parameters
        ----------
        path : str
            Path or id, as for `modos_widgets.open_modo`.
        mode : str
            Mode, as for `modos_widgets.open_modo`.

        Returns
        -------
        Modo
        """
        return open_modo(self.location.at(path), mode=mode)

    def select(self, path: str | None) -> None:
        """Select a node of the open object; '' is the root.

        Parameters
        ----------
        path : str or None
            Path of the node in the archive.
        """
        self.selected = path

    # -- editing --------------------------------------------------------------------------------

    @property
    def unsaved(self) -> int:
        """Number of unsaved changes in `draft`."""
        return 0 if self.draft is None else len(self.draft)

    def drafted(self, path: str) -> Modo | None:
        """Return an object of `draft` by its path, or None.

        Parameters
        ----------
        path : str
            Path of the object.

        Returns
        -------
        Modo or None
        """
        modos = () if self.draft is None else self.draft.modos
        return next((each for each in modos if each.path == path), None)

    def edit(
        self, paths: Iterable[str] | None = None, *, propose: bool = False
    ) -> background.Task[None]:
        """Start to edit objects in the background: set `draft`, or `read_only`.

        Each object is read again, one request for each. If one of them cannot be changed,
        `read_only` says why and `draft` is not set, unless `propose` is set.

        Parameters
        ----------
        paths : iterable of str, optional
            Paths of the objects; by default the open one.
        propose : bool
            Edit a draft that is not committed, but passed on with `Draft.to_json`.

        Returns
        -------
        Task of None

        Raises
        ------
        NotFoundError
            No path is passed, and no object is open.
        UnsavedChangesError
            There are unsaved changes.
        """
        if paths is None:
            paths = [] if self.modo is None else [self.modo.path]
        chosen = list(dict.fromkeys(paths))
        if not chosen:
            raise NotFoundError("No object is open.", "Choose an object.")
        self._refuse_unsaved()
        return self._begin("editing", self._edit, chosen, propose)

    def _edit(self, turn: int, paths: list[str], propose: bool) -> None:  # noqa: FBT001
        self._set(turn, preparing=True, read_only="", problem=None)
        try:
            draft = Draft(self._opened(paths, "r" if propose else "r+"))
            reason = "" if propose else self._read_only_reason(draft)
        finally:
            self._set(turn, preparing=False)
        self._set(turn, read_only=reason)
        if not reason:
            self._start(turn, draft, propose=propose)

    def _opened(self, paths: list[str], mode: Mode) -> list[Modo]:
        """Open several objects, side by side."""
        most = _SIDE_BY_SIDE if self.folder is None else 1  # on a disk, threads only cost time

        def opened(path: str) -> Modo:
            background.check_cancelled()
            return self.open_now(path, mode)

        return on_threads(opened, paths, most=most)

    def _read_only_reason(self, draft: Draft) -> str:
        account = self._stored_account()
        reasons = (read_only_reason(modo, account) for modo in draft.modos)
        return next((reason for reason in reasons if reason), "")

    def _stored_account(self) -> remote.Account | None:
        """Return the account that is signed in at the modos server; None without one."""
        manager = self.manager
        return None if manager is None or manager.address is None else remote.account(manager)

    def _start(self, turn: int, draft: Draft, *, propose: bool) -> None:
        """Show a draft: the open object stays the same if it is one of the draft."""
        with self.changing():
            if background.cancelled():
                return
            before = None if self.modo is None else self.modo.path
            now = next((each for each in draft.modos if each.path == before), None)
            selected = self.selected if now is not None else ""
            modo = draft.modos[0] if now is None else now
            self._set(turn, draft=draft, proposing=propose, modo=modo, selected=selected)

    def show_draft(self, draft: Draft) -> None:
        """Show a draft that was made elsewhere, such as that of an imported sheet, as `draft`.

        Parameters
        ----------
        draft : Draft
            The draft. If its objects cannot be changed, `proposing` is set.

        Raises
        ------
        UnsavedChangesError
            There are unsaved changes.
        """
        self._refuse_unsaved()
        self._start(self._turn, draft, propose=bool(self._read_only_reason(draft)))

    def open_proposal(
        self, text: str, *, files_from: str | os.PathLike[str] | None = None
    ) -> background.Task[None]:
        """Open proposed changes as `draft`, in the background, to accept, reject and commit them.

        The objects must be in the list, or open. Changes of a single object that is not in the
        list apply to the open one. If the objects cannot be changed, `proposing` is set.

        Parameters
        ----------
        text : str
            The result of `Draft.to_json`.
        files_from : str or path, optional
            Folder of the files that the changes attach, see `Draft.from_json`.

        Returns
        -------
        Task of None

        Raises
        ------
        OptionError
            The text is not a change set.
        UnsavedChangesError
            There are unsaved changes.
        """
        paths = paths_in(text)
        self._refuse_unsaved()
        return self._begin("editing", self._open_proposal, text, paths, files_from)

    def _open_proposal(
        self, turn: int, text: str, paths: list[str], files_from: str | os.PathLike[str] | None
    ) -> None:
        self._set(turn, preparing=True, read_only="", problem=None)
        try:
            known = {entry.path for entry in self.objects}
            if self.modo is not None:
                known.add(self.modo.path)
                if len(paths) == 1 and paths[0] not in known:
                    paths = [self.modo.path]
            if missing := next((path for path in paths if path not in known), None):
                raise NotFoundError(
                    f"The changes are for {missing}, which is not in this list.",
                    "Choose the endpoint or folder of this object.",
                )
            draft = Draft(self._opened(paths, "r+"))
            cannot_write = bool(self._read_only_reason(draft))
            modos = self._opened(paths, "r") if cannot_write else draft.modos
            draft = Draft.from_json(text, modos, files_from=files_from)
        finally:
            self._set(turn, preparing=False)
        self._start(turn, draft, propose=cannot_write)

    def describe(self, source: str, target: str | None = None) -> background.Task[None]:
        """Draft the metadata of a folder from its files, in the background, and edit the draft.

        Nothing is written: the commit creates the object if it does not exist.

        Parameters
        ----------
        source : str
            A folder of this computer, or ``s3://bucket/prefix``.
        target : str, optional
            Path of the object to add to, see `modos_widgets.describe`. By default the source
            itself becomes the object.

        Returns
        -------
        Task of None

        Raises
        ------
        UnsavedChangesError
            There are unsaved changes.
        """
        self._refuse_unsaved()
        return self._begin("describing", self._describe, source, target)

    def _describe(self, turn: int, source: str, target: str | None) -> None:
        self._set(turn, preparing=True, read_only="", problem=None)
        try:
            place = self.location.at(source)
            draft = describe(place, None if target is None else self.location.at(target))
            reason = self._read_only_reason(draft)
            if reason:
                raise ReadOnlyError(reason, "Choose another object.")
        finally:
            self._set(turn, preparing=False)
        self._set(turn, deleted=None)
        self._start(turn, draft, propose=False)

    # -- new and deleted objects ----------------------------------------------------------------

    def create(self, new: NewObject, like: str | None = None) -> background.Task[None]:
        """Create an object in the background, and start to edit it. Writes the object.

        With `like`, the draft contains the elements of another object: their ids, classes and
        links, without other values, files and arrays. They are written by the commit.

        Parameters
        ----------
        new : NewObject
            Its place, id, name and description.
        like : str, optional
            Path of the other object.

        Returns
        -------
        Task of None

        Raises
        ------
        OptionError
            A field is wrong (see `NewObject.problems`).
        UnsavedChangesError
            There are unsaved changes.
        """
        problems = new.problems(self.location, {entry.path for entry in self.objects})
        if problems:
            field, message = next(iter(problems.items()))
            raise OptionError(f"{field}: {message}", "Change it.")
        self._refuse_unsaved()
        return self._begin("creating", self._create, new, like)

    def _create(self, turn: int, new: NewObject, like: str | None) -> None:
        self._set(turn, preparing=True, problem=None)
        try:
            other = None if like is None else self.open_now(like)
            modo = create_modo(
                self.location.at(new.path),
                name=new.name.strip() or None,
                description=new.description.strip() or None,
            )
            draft = modo.edit()
            if other is not None:
                copy_structure(draft, other)
        finally:
            self._set(turn, preparing=False)
        self._created.add(modo.path)
        self._removed.discard(modo.path)
        self._set(turn, deleted=None, read_only="")
        self._start(turn, draft, propose=False)
        self.refresh()

    def delete(self) -> background.Task[None]:
        """Delete the open object in the background: `deleted` says where its files are.

        Its files are moved to the folder ``.modos-deleted`` beside it (see `Modo.delete`), and
        `restore` moves them back. The object is read again first: if someone else has changed it
        since it was opened, it is not deleted, and `problem` says so.

        Returns
        -------
        Task of None

        Raises
        ------
        NotFoundError
            No object is open.
        UnsavedChangesError
            There are unsaved changes.
        """
        if self.modo is None:
            raise NotFoundError("No object is open.", "Choose an object.")
        self._refuse_unsaved()
        return self._begin("deleting", self._delete, self.modo)

    def _delete(self, turn: int, shown: Modo) -> None:
        self._set(turn, problem=None)
        modo = self.open_now(shown.path, "r+")
        if reason := read_only_reason(modo, self._stored_account()):
            raise ReadOnlyError(reason, "Contact the owner of the object.")
        if modo.etag != shown.etag:
            raise ChangedError(
                f"{shown.id} was changed by someone else since you opened it. It was not deleted.",
                "Open it again, and check the changes.",
            )
        deleted = modo.delete()
        self._removed.add(shown.path)
        self._created.discard(shown.path)
        with self.changing():
            self._set(turn, draft=None, proposing=False, modo=None, selected=None, deleted=deleted)
            kept = tuple(entry for entry in self.objects if entry.path != shown.path)
            self._set(turn, objects=kept)
        self.refresh()

    def restore(self, path: str | None = None) -> background.Task[None]:
        """Restore a deleted object in the background, and open it.

        Parameters
        ----------
        path : str, optional
            Path of the deleted object (see `modos_widgets.deleted_modos`); by default that of
            `deleted`.

        Returns
        -------
        Task of None

        Raises
        ------
        NotFoundError
            No path is passed, and no object was deleted.
        UnsavedChangesError
            There are unsaved changes.
        """
        if path is None:
            if self.deleted is None:
                raise NotFoundError("No object was deleted here.", "Pass the path of one.")
            path = self.deleted.path
        self._refuse_unsaved()
        return self._begin("restoring", self._restore, path)

    def _restore(self, turn: int, path: str) -> None:
        self._set(turn, problem=None)
        modo = Modo.restore(self.location.at(path))
        self._removed.discard(modo.path)
        self._created.add(modo.path)
        self._set(turn, deleted=None)
        self.refresh()
        self.open(modo.path)

    def stop_editing(self, *, discard: bool = False) -> None:
        """End editing: `draft` becomes None.

        Parameters
        ----------
        discard : bool
            Discard unsaved changes.

        Raises
        ------
        UnsavedChangesError
            There are unsaved changes, and `discard` is not set.
        """
        if not discard:
            self._refuse_unsaved()
        with self.changing():
            if "editing" in self._tasks:
                self._tasks["editing"].cancel()
            self.draft, self.proposing, self.preparing, self.read_only = None, False, False, ""

    def _refuse_unsaved(self) -> None:
        if number := self.unsaved:
            raise UnsavedChangesError(
                f"There {'is' if number == 1 else 'are'} {number:,} unsaved "
                f"change{'' if number == 1 else 's'}.",
                "Commit them, or discard them with stop_editing(discard=True).",
            )

    def download(
        self,
        name: str,
        folder: str | os.PathLike[str] = ".",
        *,
        on_progress: Callable[[Progress], object] | None = None,
    ) -> background.Task[Path]:
        """Copy one file of the open object into a folder, in the background.

        The task raises NotFoundError if no object is open.

        Parameters
        ----------
        name : str
            Path of the file in the object.
        folder : str or path
            Existing folder that receives the copy.
        on_progress : callable, optional
            Called with a `Progress` of bytes.

        Returns
        -------
        Task of Path
            Resolves to the path of the copy.
        """
        return background.run(self.download_now, name, folder, on_progress=on_progress)

    def download_now(
        self,
        name: str,
        folder: str | os.PathLike[str] = ".",
        *,
        on_progress: Callable[[Progress], object] | None = None,
    ) -> Path:
        """Copy one file of the open object into a folder, and wait for it. Uses the network.

        Parameters
        ----------
        name : str
            Path of the file in the object.
        folder : str or path
            Existing folder that receives the copy.
        on_progress : callable, optional
            Called with a `Progress` of bytes.

        Returns
        -------
        Path
            Path of the copy.

        Raises
        ------
        ModosError
            See `modos_widgets.session.file_download.download`.
        """
        modo = self.modo
        if modo is None:
            raise NotFoundError("No object is open.", "Choose an object.")
        return download(modo.storage, name, folder, on_progress=on_progress)

    @property
    def shows_hints(self) -> bool:
        """Whether hints for first use are shown: until they are hidden, or ``MODOS_HINTS`` is 0."""
        return os.environ.get("MODOS_HINTS") != "0" and not self.remembered.hints_are_hidden()

    def favour(self, path: str, *, favourite: bool = True) -> None:
        """Add an object to the favourites, or remove it.

        Parameters
        ----------
        path : str
            Path of the object.
        favourite : bool
            False to remove it.
        """
        self.remembered.favour(self.place, path, self.who, favourite=favourite)
        self._recall()

    def under_way(self) -> list[background.Task[Any]]:
        """Return the running tasks: listing, opening, and opening for editing.

        Returns
        -------
        list of Task
        """
        with self.changing():
            return list(self._tasks.values())

    def close(self) -> None:
        """Cancel running tasks."""
        with self.changing():
            self._turn += 1
            for task in self._tasks.values():
                task.cancel()
        self.sign_in.close()

    # -- background -----------------------------------------------------------------------------

    def _begin(
        self, about: str, work: Callable[..., None], *arguments: Any
    ) -> background.Task[None]:
        with self.changing():
            turn = self._turn
            if about in self._tasks:
                self._tasks[about].cancel()

            def guarded() -> None:
                try:
                    work(turn, *arguments)
                except CancelledError:
                    return  # it was cancelled on purpose
                except Exception as error:  # noqa: BLE001 - shown to the user
                    if not background.cancelled():
                        self._set(turn, problem=problem_of(error, about))

            self._tasks[about] = task = background.run(guarded)
            return task

    def _set(self, turn: int, **values: Any) -> None:
        """Set traits, unless the place has changed or the work was cancelled."""
        with self.changing():
            if turn != self._turn or background.cancelled():
                return
            for name, value in values.items():
                setattr(self, name, value)

    def _recall(self) -> None:
        with self.changing():
            place, who = self.place, self.who
            self.recent = self.remembered.recent(place, who) if place else ()
            self.favourites = self.remembered.favourites(place, who) if place else ()


def _folder(path: str | os.PathLike[str]) -> Location:
    return Location(str(Path(path).expanduser().absolute()))


def _who(account: remote.Account | None) -> tuple[str | None, bool]:
    return ("", True) if account is None else (account.subject, account.expired)
