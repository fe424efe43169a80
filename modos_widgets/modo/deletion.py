"""Delete an object, list deleted objects, restore one, and delete one for good."""

from __future__ import annotations

import datetime as dt
import json
import logging
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from modos_widgets.errors import (
    AlreadyExistsError,
    ChangedError,
    InterruptedCommitError,
    LockedError,
    ModosError,
    NotFoundError,
    OptionError,
    PathError,
    ReadOnlyError,
    StorageError,
    UnsupportedError,
)
from modos_widgets.json_text import parse_json
from modos_widgets.modo.comparison import compare
from modos_widgets.modo.journal import Journal, who
from modos_widgets.modo.lock import object_lock
from modos_widgets.modo.values import now
from modos_widgets.storage import (
    DELETED,
    LocalDeleted,
    S3Deleted,
    absolute_folder,
    folder_of,
    is_unusable_name,
    portable_name,
    s3_path_of,
)

if TYPE_CHECKING:
    from modos_widgets.location import Location
    from modos_widgets.modo.stored_object import StoredObject
    from modos_widgets.storage import DeletedFolder, S3Storage, Storage

__all__ = ["DeletedModo", "delete", "list_deleted", "purge", "restore"]

FORMAT = "modos_widgets.deleted"
VERSION = 1
LONGEST_ID = 100
"""Maximum number of characters of an object's id in the name of its deleted folder."""
LONGEST_TEXT = 1000
"""Maximum number of characters of a text that a note shows."""
DELETING, DONE, RESTORING, PURGING = "deleting", "deleted", "restoring", "purging"

_log = logging.getLogger("modos_widgets")


@dataclass(frozen=True)
class DeletedModo:
    """A deleted object.

    Attributes
    ----------
    path : str
        Path of its files, for `Modo.restore`.
    original : str
        Path that the object had, and has again after `Modo.restore`.
    id : str
        Id of the object.
    who, when : str
        User and computer that deleted it, and the time with time zone.
    state : {"deleted", "interrupted", "purging"}
        ``"interrupted"``: a deletion or a restore was interrupted, or is running. `Modo.restore`
        brings the whole object back. ``"purging"``: `Modo.purge` has begun to delete the files.
    left : tuple of str
        Files that stay at the original path, because someone has written them during the deletion.
    """

    path: str
    original: str
    id: str
    who: str
    when: str
    state: str = DONE
    left: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Note:
    """The note beside a deleted object."""

    name: str
    """Name of the object's folder."""
    id: str
    who: str
    when: str
    root: str
    """ETag of its root."""
    state: str
    etag: str = ""
    """ETag of the note."""

    def encoded(self, state: str) -> bytes:
        """Return the note with another state as JSON."""
        texts = {"name": self.name, "id": self.id, "who": self.who, "when": self.when}
        note = {"format": FORMAT, "version": VERSION, **texts, "root": self.root, "state": state}
        return json.dumps(note, indent=2).encode()


def delete(modo: StoredObject, *, timeout: float) -> DeletedModo:
    """Move an object to the deleted objects of its folder (see `Modo.delete`)."""
    storage = modo.storage
    if storage.read_only:
        raise ReadOnlyError(f"{storage.url} was opened read-only.", 'Open it with mode="r+".')
    folder, original = _folder_beside(storage)
    with object_lock(storage.url, timeout):
        _check_idle(modo)
        root = _check_unchanged(modo)
        name, note = _begin(folder, original, _id_of(modo), root)
        try:
            left = folder.delete(original, name, root)
        except UnsupportedError as error:
            raise UnsupportedError(
                error.message, "Use a server that supports If-Match for deletes."
            ) from error
        _set_state(folder, name, DONE)
    return DeletedModo(
        folder.path_of(name), folder.original(original), note.id, note.who, note.when, DONE, left
    )


def list_deleted(place: Location) -> list[DeletedModo]:
    """List the deleted objects of a folder or prefix (see `modos_widgets.deleted_modos`)."""
    folder = _folder_at(place)
    found = []
    for name in folder.notes():
        try:
            note = _read_note(folder, name)
        except (ModosError, ValueError) as error:
            _log.warning("%s is not shown: %s", folder.path_of(name), error)
            continue
        state = note.state if note.state in {DONE, PURGING} else "interrupted"
        path, original = folder.path_of(name), folder.original(note.name)
        found.append(DeletedModo(path, original, note.id, note.who, note.when, state))
    return sorted(found, key=lambda deleted: deleted.when, reverse=True)


def restore(place: Location, *, timeout: float) -> Location:
    """Move a deleted object back, and return its location (see `Modo.restore`)."""
    above, name = _split(str(place.path))
    folder = _folder_at(place.at(above))
    note = _read_note(folder, name)
    if note.state == PURGING:
        raise StorageError(
            f"Files of {folder.path_of(name)} are already deleted for good.",
            "Call Modo.purge() again to delete the others.",
        )
    original = folder.original(note.name)
    with object_lock(original, timeout):
        _claim(folder, name, note, RESTORING)
        try:
            folder.restore(note.name, name, note.root, again=note.state != DONE)
        except (AlreadyExistsError, NotFoundError, PathError):  # nothing was moved
            _set_state(folder, name, note.state)
            raise
        folder.remove_note(name)
    return place.at(original)


def purge(place: Location, *, confirm: str, timeout: float) -> DeletedModo:
    """Delete the files of a deleted object for good (see `Modo.purge`)."""
    above, name = _split(str(place.path))
    folder = _folder_at(place.at(above))
    note = _read_note(folder, name)
    if confirm != note.id:
        raise OptionError(
            f"{confirm!r:.200} is not the id of the deleted object.",
            "To delete its files for good, pass its id as confirm: deleted_modos(folder) lists it.",
        )
    original = folder.original(note.name)
    with object_lock(original, timeout):
        if note.state not in {DONE, PURGING}:
            raise LockedError(
                f"A deletion or a restore of {original} was interrupted, or is running.",
                "Call Modo.restore(), then delete it again.",
            )
        _claim(folder, name, note, PURGING)
        folder.purge(name)
        folder.remove_note(name)
    return DeletedModo(folder.path_of(name), original, note.id, note.who, note.when, PURGING)


def _claim(folder: DeletedFolder, name: str, note: _Note, state: str) -> None:
    """Set the state of a deleted object, unless someone else has changed it since it was read."""
    try:
        folder.write_note(name, note.encoded(state), note.etag)
    except ChangedError as error:
        raise LockedError(
            f"{folder.path_of(name)} is being restored or purged by someone else.", "Retry later."
        ) from error


def _check_idle(modo: StoredObject) -> None:
    """Check that no commit of this computer is running or was interrupted."""
    for record in Journal(modo.storage).unfinished():
        if record.is_live:
            raise LockedError(f"A commit to {modo.path} is running.", "Retry when it has finished.")
        raise InterruptedCommitError(
            f"The commit {record.id} to {modo.path} was interrupted.",
            "Run Modo.repair(): it reports which changes are stored.",
        )


def _check_unchanged(modo: StoredObject) -> str:
    """Check that the object is as it was opened, and return the ETag of its root."""
    known = modo.etag
    stored = modo.storage.read("data.zarr/zarr.json").etag
    if stored != known:
        raise ChangedError(
            f"{modo.path} was changed by someone else since it was opened.",
            "Call Modo.refresh(), check the changes, and delete it again.",
        )
    difference = compare(modo, deep=False)
    if difference:
        raise ChangedError(
            f"{modo.path} has elements that its root does not list, or the other way round: "
            "someone else may be writing to it.",
            "Retry later; if it persists, run Modo.repair().",
        )
    return stored


def _id_of(modo: StoredObject) -> str:
    return modo.id[:LONGEST_TEXT]


def _begin(folder: DeletedFolder, original: str, id_: str, root: str) -> tuple[str, _Note]:
    """Write the note of a deletion; an interrupted deletion of the same object is continued."""
    for name in folder.notes():
        try:
            note = _read_note(folder, name)
        except (ModosError, ValueError):
            continue  # the note of another object, which `list_deleted` reports
        if (note.name, note.root, note.state) == (original, root, DELETING):
            return name, note
    moment = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%S")
    begin = portable_name(id_.replace("/", "_"))[:LONGEST_ID].strip(".") or "object"
    name = f"{begin}-{moment}-{secrets.token_hex(3)}"
    note = _Note(original, id_, who(), now(), root, DELETING)
    folder.write_note(name, note.encoded(DELETING), None)
    return name, note


def _set_state(folder: DeletedFolder, name: str, state: str) -> None:
    note = _read_note(folder, name)
    if note.state != state:
        folder.write_note(name, note.encoded(state), note.etag)


def _read_note(folder: DeletedFolder, name: str) -> _Note:
    """Read a note, which is not trusted.

    Raises
    ------
    StorageError
        It is not a note.
    """
    try:
        content = folder.read_note(name)
    except NotFoundError:
        raise NotFoundError(
            f"No deleted object at {folder.path_of(name)}.",
            "Use deleted_modos(folder) to list the deleted objects.",
        ) from None
    try:
        data: Any = parse_json(content.data)
        texts = {key: data[key] for key in ("name", "id", "who", "when", "root", "state")}
        valid = data["format"] == FORMAT and data["version"] == VERSION
    except (ValueError, TypeError, KeyError, RecursionError):
        texts, valid = {}, False
    named = texts.get("name")
    if (
        not valid
        or not all(isinstance(text, str) and len(text) <= LONGEST_TEXT for text in texts.values())
        or not isinstance(named, str)
        or is_unusable_name(named)
        or "/" in named
        or "\\" in named
        or named == DELETED
    ):
        raise StorageError(
            f"The note of {folder.path_of(name)} cannot be read.",
            "Move its files by hand: rename deleted.zarr to data.zarr.",
        )
    return _Note(**texts, etag=content.etag)


def _split(path: str) -> tuple[str, str]:
    """Return the folder that contained a deleted object, and the object's name among the deleted.

    Raises
    ------
    PathError
        It is not the path of a deleted object.
    """
    above, _, name = path.rstrip("/").rpartition("/")
    parent, _, deleted = above.rpartition("/")
    if deleted != DELETED or is_unusable_name(name):
        raise PathError(
            f"{path!r:.200} is not a deleted object.",
            "Pass the path of one: deleted_modos(folder) lists them.",
        )
    return parent or "/", name


def _folder_at(place: Location) -> DeletedFolder:
    """Return the deleted objects of a folder or prefix; it may be the folder of deleted ones."""
    path = str(place.path).rstrip("/")
    if path.rpartition("/")[2] == DELETED:
        place = place.at(path.rpartition("/")[0] or "/")
    if place.is_s3:
        place.check_server()
        return S3Deleted(place.options(), *s3_path_of(str(place.path)).s3_url_parts())
    return LocalDeleted(absolute_folder(folder_of(place.path)))


def _folder_beside(storage: Storage) -> tuple[DeletedFolder, str]:
    """Return the folder of deleted objects beside an object, and the object's name in it.

    Raises
    ------
    PathError
        The object is a whole bucket, or its folder is a symbolic link.
    """
    if storage.url.startswith("s3://"):
        options = cast("S3Storage", storage).options  # its module loads zarr
        bucket, key = s3_path_of(storage.url).s3_url_parts()
        prefix, _, name = key.rpartition("/")
        if not name:
            raise PathError(
                f"{storage.url} is a whole bucket, which is not moved.",
                "Remove the bucket with the tools of the S3 server.",
            )
        return S3Deleted(options, bucket, prefix), name
    place = Path(storage.url)
    if place.is_symlink():
        raise PathError(
            f"{place} is a symbolic link.", f"Pass the folder itself: {place.resolve()}"
        )
    return LocalDeleted(place.parent), place.name
