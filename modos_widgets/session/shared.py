"""Session: the one state that the widgets share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import traitlets

from modos_widgets import remote
from modos_widgets.credentials import hidden_options
from modos_widgets.errors import CancelledError, NotFoundError, OptionError
from modos_widgets.modo.object import Modo
from modos_widgets.modo.opening import open_modo
from modos_widgets.session import background
from modos_widgets.session.downloading import download
from modos_widgets.session.objects import bucket_objects, counted, folder_objects, remote_entry
from modos_widgets.session.problem import Problem, problem_of
from modos_widgets.session.remembered import Remembered
from modos_widgets.session.sign_in import SignIn
from modos_widgets.session.telling import Telling

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from modos_widgets.session.objects import ObjectEntry

__all__ = ["Session"]

_MOST_COUNTED = 2000  # objects whose metadata are asked for, to count their elements


class Session(Telling):
    """What is chosen and what is known: one endpoint or folder, its objects, the opened one.

    Methods that take time return a `background.Task` at once; the traits follow from there,
    possibly on another thread. What fails is told in `problem`, and the rest goes on working.

    Parameters
    ----------
    endpoint : str, optional
        URL of a modos server.
    services : mapping, optional
        ``{"s3": url}`` where there is no modos server.
    s3_kwargs : mapping, optional
        S3 options for this endpoint only: they are dropped when another one is chosen.
    folder : path, optional
        A folder of this computer instead of an endpoint.
    below : str, optional
        With `services` alone: ``s3://bucket/prefix``, below which the objects are looked for.
    remembered : Remembered, optional
        Where endpoints, recent objects and favourites are kept.

    Raises
    ------
    PathError
        `endpoint` or a service is no web address.
    """

    endpoint = traitlets.Unicode(
        None, allow_none=True, help="URL of the modos server; settable. Switching cancels."
    )
    folder = traitlets.Unicode(
        None, allow_none=True, help="The folder of this computer that is listed; settable."
    )
    manager = traitlets.Instance(
        remote.EndpointManager, allow_none=True, help="The services of the endpoint."
    )
    account = traitlets.Instance(
        remote.Account, allow_none=True, help="Who is signed in; no secret."
    )
    objects = traitlets.Tuple(help="The objects (`ObjectEntry`) of the endpoint or folder.")
    listing = traitlets.Bool(default_value=False, help="Whether the objects are being listed.")
    listed = traitlets.Bool(default_value=False, help="Whether they have been listed.")
    opening = traitlets.Unicode(None, allow_none=True, help="Path that is being opened.")
    modo = traitlets.Instance(Modo, allow_none=True, help="The opened object.")
    selected = traitlets.Unicode(
        None, allow_none=True, help="Path of the selected node, '' for the root; settable."
    )
    problem = traitlets.Instance(Problem, allow_none=True, help="What went wrong last.")
    favourites = traitlets.Tuple(help="Paths of this account's favourite objects here.")
    recent = traitlets.Tuple(help="Paths of what this account opened here, the latest first.")

    def __init__(
        self,
        endpoint: str | None = None,
        *,
        services: Mapping[str, str] | None = None,
        s3_kwargs: Mapping[str, Any] | None = None,
        folder: str | os.PathLike[str] | None = None,
        below: str | None = None,
        remembered: Remembered | None = None,
    ) -> None:
        super().__init__()
        self._at: dict[str, str | None] = {}
        self._turn = 0
        self._tasks: dict[str, background.Task[Any]] = {}
        self._services = dict(services) if services else None
        self._s3_kwargs = hidden_options(s3_kwargs) if s3_kwargs else None
        self.below = below.rstrip("/") if below else None
        """Where objects are looked for, when there is no modos server; None for elsewhere."""
        self.remembered = remembered or Remembered()
        """What is remembered from one day to the next."""
        self.sign_in = SignIn()
        """The sign-in at the endpoint."""
        self.sign_in.observe(self._signed_in_or_out, "account")
        if endpoint is not None and folder is not None:
            raise OptionError("An endpoint and a folder are two places.", "Give one of them.")
        if endpoint is not None or self._services:
            self._arrive(remote.EndpointManager(endpoint, self._services), endpoint, None)
        elif folder is not None:
            self._arrive(None, None, os.fspath(Path(folder).expanduser().absolute()))

    @property
    def place(self) -> str:
        """The endpoint's URL, the folder, or the S3 service without an endpoint; may be ''."""
        s3 = (self._services or {}).get("s3")
        return self.endpoint or self.folder or str(s3 or "")

    @property
    def can_list(self) -> bool:
        """Whether there is somebody to ask for a list of objects."""
        return not (self.folder is None and self.endpoint is None and self.below is None)

    @property
    def who(self) -> str:
        """Whose recent and favourite objects these are: the account's subject; '' for nobody's."""
        return _who(self.account)[0] or ""

    @property
    def has_services_only(self) -> bool:
        """Whether S3 is known, and no modos server."""
        return self.manager is not None and self.manager.address is None

    @property
    def has_own_keys(self) -> bool:
        """Whether S3 options were given for this endpoint."""
        return self._s3_kwargs is not None

    # -- choosing a place -----------------------------------------------------------------------

    def go(self, place: str | None) -> None:
        """Choose an endpoint by its URL, or a folder of this computer; None for neither.

        Requests under way for the old one are cancelled, and its credentials are dropped.

        Raises
        ------
        PathError
            It looks like a URL and is none.
        """
        if place == self.place or (not place and not self.place):
            return
        self._turn_to(place, is_endpoint=bool(place) and "://" in str(place))

    @traitlets.observe("endpoint", "folder")
    def _set_from_outside(self, change: dict[str, Any]) -> None:
        new, name = change["new"], change["name"]
        if new and new == getattr(self, name) and new != self._at.get(name):
            self._turn_to(new, is_endpoint=name == "endpoint")

    def _turn_to(self, place: str | None, *, is_endpoint: bool) -> None:
        manager = remote.EndpointManager(place) if is_endpoint else None
        self._services = self._s3_kwargs = self.below = None
        if is_endpoint or not place:
            self._arrive(manager, place or None, None)
        else:
            self._arrive(None, None, str(Path(place).expanduser().absolute()))

    _arriving = False

    def _arrive(
        self, manager: remote.EndpointManager | None, endpoint: str | None, folder: str | None
    ) -> None:
        self._arriving = True
        try:
            with self.changing():
                self._turn += 1
                for task in self._tasks.values():
                    task.cancel()
                self._tasks.clear()
                self._at = {"endpoint": endpoint, "folder": folder}
                self.endpoint, self.folder, self.manager = endpoint, folder, manager
                self.objects, self.modo, self.selected, self.problem = (), None, None, None
                self.listing = self.listed = False
                self.opening = self.account = None
                self._recall()
            # without the lock: a sign-in that ends meanwhile holds its own, and wants this one
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
        """List the objects again, in the background; None where nothing can be listed."""
        if not self.can_list:
            return None
        return self._begin("listing", self._list)

    def _list(self, turn: int) -> None:
        self._set(turn, listing=True)
        try:
            manager = self.manager
            found: list[ObjectEntry] = []
            if self.folder is not None:
                found = folder_objects(self.folder)
            elif self.below is not None:
                found = bucket_objects(self.below, self._services, self._s3_kwargs)
            elif manager is not None:
                found = list(map(remote_entry, remote.list_remote_items(str(manager.address))))
            told = self.problem
            if told is not None and told.about == "listing":
                told = None
            self._set(turn, objects=tuple(found), listed=True, listing=False, problem=told)
            if self.below is not None:
                if [each.path for each in found] == [self.below]:
                    self.open(self.below)
                return
            self.remembered.use(self.place)
            if manager is not None and found and len(found) <= _MOST_COUNTED:
                self._set(turn, objects=tuple(counted(found, manager)))
        finally:
            self._set(turn, listing=False)

    # -- one object -----------------------------------------------------------------------------

    def open(self, path: str | os.PathLike[str], select: str | None = "") -> background.Task[None]:
        """Open an object in the background; an older opening is cancelled.

        Parameters
        ----------
        path : str or path
            What `modos_widgets.open_modo` takes.
        select : str, optional
            Path of the node to select in it.
        """
        return self._begin("opening", self._open, os.fspath(path), select)

    def _open(self, turn: int, path: str, select: str | None) -> None:
        with self.changing():
            if background.cancelled():
                return
            who = self.who
            self._set(turn, opening=path, problem=None)
        try:
            modo = self.open_now(path)
            len(modo.hierarchy.nodes)  # what is broken is told here, and not by each widget
            background.check_cancelled()
        except BaseException:
            if not background.cancelled():
                self._set(turn, opening=None)
            raise
        with self.changing():
            if background.cancelled():
                return
            self._set(turn, modo=modo, opening=None, selected=select)
        self.remembered.opened(self.place, modo.path, who)
        self._recall()

    def open_now(self, path: str) -> Modo:
        """Open an object with this session's services and credentials; touches the network."""
        manager = self.manager
        services = self._services
        endpoint = self.endpoint
        if manager is not None and manager.address is not None and path.startswith("s3://"):
            s3 = manager.s3
            if s3 is None:
                raise OptionError(
                    f"The endpoint {manager.address} names no S3 service.",
                    "Choose another endpoint.",
                )
            services = {"s3": s3}
            account = remote.account(manager)
            if account is None or account.expired or manager.kms is None:
                endpoint = None  # nothing there gives keys: the environment may
        return open_modo(path, endpoint=endpoint, services=services, s3_kwargs=self._s3_kwargs)

    def options_beside(self, modo: Modo) -> dict[str, Any]:
        """Give ``services`` and ``s3_kwargs`` that reach other paths of an object's server."""
        given, options = self._s3_kwargs, getattr(modo.storage, "options", None)
        if given is None and self.manager is not None and self.manager.address is not None:
            given = remote.login_options(self.manager)
        s3 = None if options is None else options.endpoint
        return {"services": {"s3": s3} if s3 else None, "s3_kwargs": given}

    def select(self, path: str | None) -> None:
        """Select a node of the opened object; '' is the root."""
        self.selected = path

    def download(
        self,
        name: str,
        folder: str | os.PathLike[str] = ".",
        *,
        progress: Callable[[int], None] | None = None,
    ) -> background.Task[Path]:
        """Copy one file of the opened object into a folder, in the background.

        The task raises NotFoundError where no object is open.
        """
        return background.run(self.download_now, name, folder, progress=progress)

    def download_now(
        self,
        name: str,
        folder: str | os.PathLike[str] = ".",
        *,
        progress: Callable[[int], None] | None = None,
    ) -> Path:
        """Copy one file of the opened object into a folder; takes its time.

        Raises
        ------
        ModosError
            See `modos_widgets.session.downloading.download`.
        """
        modo = self.modo
        if modo is None:
            raise NotFoundError("No object is open.", "Choose one.")
        return download(modo.storage, name, folder, progress=progress)

    def favour(self, path: str, *, favourite: bool = True) -> None:
        """Make an object a favourite, or no longer."""
        self.remembered.favour(self.place, path, self.who, favourite=favourite)
        self._recall()

    def under_way(self) -> list[background.Task[Any]]:
        """Give the listing and the opening that have been begun."""
        with self.changing():
            return list(self._tasks.values())

    def close(self) -> None:
        """Cancel what is under way."""
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
                    return  # whoever cancelled knows
                except Exception as error:  # noqa: BLE001 - shown to the person
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


def _who(account: remote.Account | None) -> tuple[str | None, bool]:
    return ("", True) if account is None else (account.subject, account.expired)
