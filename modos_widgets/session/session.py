"""Session: the objects of a place, the open one and its draft, shared by widgets."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import traitlets

from modos_widgets import background, remote
from modos_widgets.errors import (
    ChangedError,
    NotFoundError,
    OptionError,
    ReadOnlyError,
    UnsavedChangesError,
)
from modos_widgets.modo import DeletedModo, Draft, Modo, open_modo
from modos_widgets.session.drafts import (
    described_draft,
    draft_of_new,
    open_objects,
    proposed_draft,
    why_read_only,
)
from modos_widgets.session.file_download import download
from modos_widgets.session.objects import Search, counted, remote_entry
from modos_widgets.session.place import Place
from modos_widgets.session.write_access import read_only_reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from modos_widgets.harvest import OpenedObjects
    from modos_widgets.modo import Mode
    from modos_widgets.progress import Progress
    from modos_widgets.session.creation import NewObject
    from modos_widgets.session.objects import ObjectEntry
    from modos_widgets.session.tasks import Update

__all__ = ["Session"]

_MOST_COUNTED = 2000  # objects whose metadata are asked for, to count their elements


class Session(Place):
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
    OptionError
        Both an endpoint and a folder were passed.
    """

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

    def _check_leave(self) -> None:
        self._refuse_unsaved()

    def _clear(self) -> None:
        self.objects, self.modo, self.selected, self.deleted = (), None, None, None
        self.draft, self.proposing, self.preparing, self.read_only = None, False, False, ""
        self.listing, self.listed, self.opening = False, False, None
        # until the server lists them, or no longer does
        self._created: set[str] = set()
        self._removed: set[str] = set()

    # -- objects --------------------------------------------------------------------------------

    @property
    def can_list(self) -> bool:
        """Whether the objects can be listed."""
        return not (self.folder is None and self.endpoint is None and self.below is None)

    def refresh(self) -> background.Task[None] | None:
        """List the objects again, in the background; return None if they cannot be listed.

        Returns
        -------
        Task of None, or None
        """
        if not self.can_list:
            return None
        return self._tasks.begin("listing", self._list)

    def _list(self, update: Update) -> None:
        update(listing=True)
        try:
            manager = self.manager
            found: list[ObjectEntry] = []
            search = Search(lambda some: update(objects=tuple(some)))
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
            update(objects=tuple(found), listed=True, listing=False, problem=problem)
            if self.below is not None:
                if [each.path for each in found] == [self.below]:
                    self.open(self.below)
                return
            self.remembered.use(self.place)
            if manager is not None and found and len(found) <= _MOST_COUNTED:
                update(objects=tuple(counted(found, manager)))
        finally:
            update(listing=False)

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
        return self._tasks.begin("opening", self._open, path, select, drafted)

    def _open(self, update: Update, path: str, select: str | None, drafted: Modo | None) -> None:
        if drafted is not None:
            update(modo=drafted, selected=select, opening=None, problem=None)
            return
        with self.changing():
            if background.cancelled():
                return
            who = self.who
            update(opening=path, problem=None)
        try:
            modo = self.open_now(path)
            len(modo.hierarchy.nodes)  # report broken metadata here, not in each widget
            background.check_cancelled()
        except BaseException:
            if not background.cancelled():
                update(opening=None)
            raise
        with self.changing():
            if background.cancelled():
                return
            if self.unsaved:  # edited while it was being opened
                update(opening=None)
                return
            update(draft=None, proposing=False, deleted=None)
            update(modo=modo, opening=None, selected=select)
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

    def open_each_now(
        self, paths: Iterable[str], *, on_progress: Callable[[Progress], object] | None = None
    ) -> OpenedObjects:
        """Open objects to read them, as `open_now` does. Uses the network.

        Parameters
        ----------
        paths : iterable of str
            Their paths.
        on_progress : callable, optional
            Called with the `Progress` after each object; an error that it raises ends the work.

        Returns
        -------
        OpenedObjects
            The objects, and what could not be read.
        """
        from modos_widgets.harvest import open_each  # noqa: PLC0415 - it loads clients of S3

        return open_each(paths, self.open_now, on_progress=on_progress)

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
        return self._tasks.begin("editing", self._edit, chosen, propose)

    def _edit(self, update: Update, paths: list[str], propose: bool) -> None:  # noqa: FBT001
        with _preparing(update):
            draft = Draft(open_objects(self.location, paths, "r" if propose else "r+"))
            reason = "" if propose else why_read_only(draft, self._stored_account())
        update(read_only=reason)
        if not reason:
            self._start(update, draft, propose=propose)

    def _stored_account(self) -> remote.Account | None:
        """Return the account that is signed in at the modos server; None without one."""
        manager = self.manager
        return None if manager is None or manager.address is None else remote.account(manager)

    def _start(self, update: Update, draft: Draft, *, propose: bool) -> None:
        """Show a draft: the open object stays the same if it is one of the draft."""
        with self.changing():
            if background.cancelled():
                return
            before = None if self.modo is None else self.modo.path
            now = next((each for each in draft.modos if each.path == before), None)
            selected = self.selected if now is not None else ""
            modo = draft.modos[0] if now is None else now
            update(draft=draft, proposing=propose, modo=modo, selected=selected)

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
        read_only = bool(why_read_only(draft, self._stored_account()))
        self._start(self._tasks.update(), draft, propose=read_only)

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
        if not Draft.objects_in_json(text):
            raise OptionError("This change set changes no object.", "Choose another one.")
        self._refuse_unsaved()
        return self._tasks.begin("editing", self._open_proposal, text, files_from)

    def _open_proposal(
        self, update: Update, text: str, files_from: str | os.PathLike[str] | None
    ) -> None:
        with _preparing(update):
            draft, can_write = proposed_draft(
                self.location,
                text,
                listed=[entry.path for entry in self.objects],
                shown=self.modo,
                account=self._stored_account(),
                files_from=files_from,
            )
        self._start(update, draft, propose=not can_write)

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
        return self._tasks.begin("describing", self._describe, source, target)

    def _describe(self, update: Update, source: str, target: str | None) -> None:
        with _preparing(update):
            draft = described_draft(self.location, source, target, self._stored_account())
        update(deleted=None)
        self._start(update, draft, propose=False)

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
        return self._tasks.begin("creating", self._create, new, like)

    def _create(self, update: Update, new: NewObject, like: str | None) -> None:
        with _preparing(update):
            draft = draft_of_new(self.location, new, like)
        path = draft.modos[0].path
        self._created.add(path)
        self._removed.discard(path)
        update(deleted=None, read_only="")
        self._start(update, draft, propose=False)
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
        return self._tasks.begin("deleting", self._delete, self.modo)

    def _delete(self, update: Update, shown: Modo) -> None:
        update(problem=None)
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
            update(draft=None, proposing=False, modo=None, selected=None, deleted=deleted)
            kept = tuple(entry for entry in self.objects if entry.path != shown.path)
            update(objects=kept)
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
        return self._tasks.begin("restoring", self._restore, path)

    def _restore(self, update: Update, path: str) -> None:
        update(problem=None)
        modo = Modo.restore(self.location.at(path))
        self._removed.discard(modo.path)
        self._created.add(modo.path)
        update(deleted=None)
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
            self._tasks.cancel("editing")
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


@contextmanager
def _preparing(update: Update) -> Iterator[None]:
    """Set `Session.preparing` while a draft is being made."""
    update(preparing=True, read_only="", problem=None)
    try:
        yield
    finally:
        update(preparing=False)
