"""Drafts that a session shows: opened together, proposed by someone else, or of a new object."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modos_widgets import background
from modos_widgets.concurrency import on_threads
from modos_widgets.description import describe
from modos_widgets.errors import NotFoundError, ReadOnlyError
from modos_widgets.modo import Draft, create_modo, open_modo
from modos_widgets.session.creation import copy_structure
from modos_widgets.session.write_access import read_only_reason

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    from modos_widgets.location import Location
    from modos_widgets.modo import Mode, Modo
    from modos_widgets.remote import Account
    from modos_widgets.session.creation import NewObject

__all__ = ["described_draft", "draft_of_new", "open_objects", "proposed_draft", "why_read_only"]

_SIDE_BY_SIDE = 16  # objects that are opened at the same time over a network


def open_objects(location: Location, paths: Iterable[str], mode: Mode) -> list[Modo]:
    """Open several objects, side by side if they can be on a network.

    Parameters
    ----------
    location : Location
        How objects of the session are reached.
    paths : iterable of str
        Their paths.
    mode : str
        As for `modos_widgets.open_modo`.

    Returns
    -------
    list of Modo
        In the order of `paths`.

    Raises
    ------
    CancelledError
        The task was cancelled.
    ModosError
        An object cannot be opened.
    """

    def opened(path: str) -> Modo:
        background.check_cancelled()
        return open_modo(location.at(path), mode=mode)

    # on a disk, threads only cost time
    most = _SIDE_BY_SIDE if location.names_server else 1
    return on_threads(opened, paths, most=most)


def why_read_only(draft: Draft, account: Account | None) -> str:
    """Return why an object of a draft cannot be changed, or '' if all can be; no network use."""
    reasons = (read_only_reason(modo, account) for modo in draft.modos)
    return next((reason for reason in reasons if reason), "")


def proposed_draft(
    location: Location,
    text: str,
    *,
    listed: Iterable[str],
    shown: Modo | None,
    account: Account | None,
    files_from: str | os.PathLike[str] | None,
) -> tuple[Draft, bool]:
    """Open the objects of proposed changes. Uses the network.

    Parameters
    ----------
    location : Location
        How objects of the session are reached.
    text : str
        The change set.
    listed : iterable of str
        Paths of the objects that may be opened.
    shown : Modo, optional
        The open object, to which changes of a single object that is not listed apply.
    account : Account, optional
        The account that is signed in at the endpoint.
    files_from : str or path, optional
        As for `Draft.from_json`.

    Returns
    -------
    tuple of (Draft, bool)
        The draft, and whether its objects can be changed.

    Raises
    ------
    NotFoundError
        An object of the changes is neither listed nor open.
    ModosError
        An object cannot be opened, or the changes are refused by `Draft.from_json`.
    """
    paths = list(dict.fromkeys(Draft.objects_in_json(text)))
    known = set(listed)
    if shown is not None:
        known.add(shown.path)
        if len(paths) == 1 and paths[0] not in known:
            paths = [shown.path]
    if missing := next((path for path in paths if path not in known), None):
        raise NotFoundError(
            f"The changes are for {missing}, which is not in this list.",
            "Choose the endpoint or folder of this object.",
        )
    modos = open_objects(location, paths, "r+")
    can_write = not why_read_only(Draft(modos), account)
    if not can_write:  # so that no commit can succeed by mistake
        modos = open_objects(location, paths, "r")
    return Draft.from_json(text, modos, files_from=files_from), can_write


def described_draft(
    location: Location, source: str, target: str | None, account: Account | None
) -> Draft:
    """Draft the metadata of a folder from its files. Uses the network.

    Parameters
    ----------
    location : Location
        How objects of the session are reached.
    source, target : str
        As for `Session.describe`.
    account : Account, optional
        The account that is signed in at the endpoint.

    Returns
    -------
    Draft

    Raises
    ------
    ReadOnlyError
        The object cannot be changed.
    ModosError
        As for `modos_widgets.describe`.
    """
    draft = describe(location.at(source), None if target is None else location.at(target))
    if reason := why_read_only(draft, account):
        raise ReadOnlyError(reason, "Choose another object.")
    return draft


def draft_of_new(location: Location, new: NewObject, like: str | None) -> Draft:
    """Create an object, and draft the structure of another one for it. Uses the network.

    Parameters
    ----------
    location : Location
        How objects of the session are reached.
    new : NewObject
        Fields without problems.
    like : str, optional
        Path of the other object.

    Returns
    -------
    Draft
        A draft of the new object.

    Raises
    ------
    ModosError
        The other object cannot be opened, or the new one not created.
    """
    other = None if like is None else open_modo(location.at(like))
    modo = create_modo(
        location.at(new.path),
        name=new.name.strip() or None,
        description=new.description.strip() or None,
    )
    draft = modo.edit()
    if other is not None:
        copy_structure(draft, other)
    return draft
