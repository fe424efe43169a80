"""The place of a session: an endpoint or folder, who is signed in there, and its tasks."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import traitlets

from modos_widgets import background, remote
from modos_widgets.credentials import hidden_options
from modos_widgets.errors import OptionError, UnsavedChangesError
from modos_widgets.location import Location
from modos_widgets.session.bookmarks import Bookmarks
from modos_widgets.session.observable import Observable
from modos_widgets.session.problem import Problem
from modos_widgets.session.sign_in import SignIn
from modos_widgets.session.tasks import PlaceTasks

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Place"]


class Place(Observable):
    """One endpoint or folder at a time, its account, and recent and favourite objects there.

    A subclass holds what the place contains: see `_check_leave`, `_clear` and `refresh`.

    Parameters
    ----------
    endpoint, services, s3_kwargs, folder, below, remembered
        As for `Session`.

    Raises
    ------
    PathError, OptionError
        As for `Session`.
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
        self._tasks = PlaceTasks(self)
        self._clear()
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
        self._check_leave()
        self._turn_to(place, is_endpoint=bool(place) and "://" in str(place))

    @traitlets.observe("endpoint", "folder")
    def _set_from_outside(self, change: dict[str, Any]) -> None:
        new, name = change["new"], change["name"]
        if new and new == getattr(self, name) and new != self._at.get(name):
            try:
                self._check_leave()
            except UnsavedChangesError:
                setattr(self, name, self._at.get(name))
                raise
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
                self._tasks.leave()
                self.location = location
                self._at = {"endpoint": endpoint, "folder": folder}
                self.endpoint, self.folder, self.manager = endpoint, folder, manager
                self._clear()
                self.problem = self.account = None
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

    # -- what a subclass adds -------------------------------------------------------------------

    def _check_leave(self) -> None:
        """Raise UnsavedChangesError if the place cannot be left now."""

    def _clear(self) -> None:
        """Clear what belongs to the place that is left; called under the lock."""

    def refresh(self) -> background.Task[None] | None:
        """Read what the place contains; called after a change of the place or the account.

        Returns
        -------
        Task of None, or None
        """
        return None

    def under_way(self) -> list[background.Task[Any]]:
        """Return the running tasks: listing, opening, and opening for editing.

        Returns
        -------
        list of Task
        """
        return self._tasks.running()

    def close(self) -> None:
        """Cancel running tasks."""
        self._tasks.leave()
        self.sign_in.close()

    def _recall(self) -> None:
        with self.changing():
            place, who = self.place, self.who
            self.recent = self.remembered.recent(place, who) if place else ()
            self.favourites = self.remembered.favourites(place, who) if place else ()


def _folder(path: str | os.PathLike[str]) -> Location:
    return Location(str(Path(path).expanduser().absolute()))


def _who(account: remote.Account | None) -> tuple[str | None, bool]:
    return ("", True) if account is None else (account.subject, account.expired)
