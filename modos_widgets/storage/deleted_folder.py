"""The folder of deleted objects beside an object: moving an object into it, and out again.

A deleted object is in ``<parent>/.modos-deleted/<name>/``, with its archive renamed to
``deleted.zarr``, so that no search for objects finds it. Beside it, ``<name>.json`` is a note,
which is written before the first file is moved and removed after the last one.

On a disk, a folder and its archive are renamed. On S3, every key is copied and the copies are
verified before the first key is deleted. The root's document is the first key that is deleted, on
the condition that it has not changed, and the last one that is restored, on the condition that none
exists: so at any moment, one of both places has the whole object. After an interruption, `restore`
completes a restore, and reverts a deletion.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from modos_widgets.archive import ARCHIVE
from modos_widgets.errors import AlreadyExistsError, ChangedError, PathError, StorageError
from modos_widgets.storage.paths import DELETED

if TYPE_CHECKING:
    from modos_widgets.storage.types import Content

__all__ = [
    "DELETED_ARCHIVE",
    "DELETED_ROOT",
    "LARGEST_NOTE",
    "MOST_NOTES",
    "NOTE",
    "ROOT",
    "DeletedFolder",
    "check_note",
    "has_deleted_archive",
    "object_changed",
    "original_exists",
]

DELETED_ARCHIVE = "deleted.zarr"
"""Name of the archive of a deleted object."""
NOTE = ".json"
"""End of the name of a note."""
LARGEST_NOTE = 64 * 1024
"""Maximum number of bytes of a note."""
MOST_NOTES = 1000
"""Maximum number of deleted objects of a folder that are listed."""
ROOT = f"{ARCHIVE}/zarr.json"
"""Document of the root of an object."""
DELETED_ROOT = f"{DELETED_ARCHIVE}/zarr.json"
"""Document of the root of a deleted object."""


class DeletedFolder(ABC):
    """The deleted objects of one folder or prefix."""

    url: str
    """Path of the folder or prefix that contained the objects."""

    def path_of(self, name: str) -> str:
        """Return the path of a deleted object."""
        return f"{self._parent_url}{DELETED}/{name}"

    def original(self, name: str) -> str:
        """Return the path of an object in the folder."""
        return f"{self._parent_url}{name}"

    @property
    def _parent_url(self) -> str:
        return f"{self.url.rstrip('/')}/"

    @abstractmethod
    def notes(self) -> list[str]:
        """Return the names of the deleted objects that have a note, at most `MOST_NOTES`."""

    @abstractmethod
    def read_note(self, name: str) -> Content:
        """Read a note of at most `LARGEST_NOTE` bytes.

        Raises
        ------
        NotFoundError
            There is none.
        StorageError
            It is larger.
        """

    @abstractmethod
    def write_note(self, name: str, data: bytes, expected: str | None) -> None:
        """Write a note that has the expected ETag (None: that does not exist).

        Raises
        ------
        ChangedError
            It has another one.
        """

    @abstractmethod
    def remove_note(self, name: str) -> None:
        """Remove a note, and the folder of deleted objects if it is empty."""

    @abstractmethod
    def delete(self, original: str, name: str, root: str) -> tuple[str, ...]:
        """Move an object into the folder; a move that was interrupted before can be repeated.

        Parameters
        ----------
        original, name : str
            Name of the object, and of the deleted object.
        root : str
            ETag of its root.

        Returns
        -------
        tuple of str
            Files that stay at the original path, because someone has written them in the meantime.

        Raises
        ------
        ChangedError
            The root has another ETag; nothing was moved.
        """

    @abstractmethod
    def restore(self, original: str, name: str, root: str, *, again: bool) -> None:
        """Move an object out of the folder, or complete an interrupted move.

        Parameters
        ----------
        original, name, root
            As for `delete`.
        again : bool
            Whether an earlier move into the folder, or out of it, was interrupted.

        Raises
        ------
        AlreadyExistsError
            There is something else at the original path.
        NotFoundError
            There is no such deleted object.
        """

    @abstractmethod
    def purge(self, name: str) -> None:
        """Delete the files of a deleted object for good; can be repeated after an interruption.

        Raises
        ------
        PathError
            Its folder is a symbolic link.
        """


def check_note(place: str, size: int) -> None:
    """Check the size of a note.

    Raises
    ------
    StorageError
        It is too large.
    """
    if size > LARGEST_NOTE:
        raise StorageError(f"{place} is not the note of a deleted object.", "Check the folder.")


def original_exists(place: str) -> AlreadyExistsError:
    """Return the error for a restore to a path that is in use."""
    return AlreadyExistsError(
        f"{place} already exists.", "Move it to another path, then restore the deleted object."
    )


def has_deleted_archive(place: str) -> PathError:
    """Return the error for an object with a file in the place of its deleted archive."""
    return PathError(
        f"{place} contains {DELETED_ARCHIVE}, the name of a deleted archive.",
        "Rename it, then delete the object.",
    )


def object_changed(place: str) -> ChangedError:
    """Return the error for an object that someone else has changed."""
    return ChangedError(
        f"{place} was changed by someone else since it was opened.",
        "Call Modo.refresh(), check the changes, and delete it again.",
    )
