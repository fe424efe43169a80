"""Deleted objects of a folder on this computer: their folders and archives are renamed."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

from modos_widgets import files
from modos_widgets.archive import ARCHIVE
from modos_widgets.errors import ChangedError, ModosError, NotFoundError, PathError
from modos_widgets.storage.deleted_folder import (
    DELETED_ARCHIVE,
    LARGEST_NOTE,
    MOST_NOTES,
    NOTE,
    ROOT,
    DeletedFolder,
    check_note,
    has_deleted_archive,
    object_changed,
    original_exists,
)
from modos_widgets.storage.local_errors import local_failures
from modos_widgets.storage.paths import DELETED
from modos_widgets.storage.types import Content

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["LocalDeleted"]


class LocalDeleted(DeletedFolder):
    """The deleted objects of a folder on this computer.

    Parameters
    ----------
    folder : pathlib.Path
        The folder that contained the objects.
    """

    def __init__(self, folder: Path) -> None:
        self.url = str(folder)
        self._folder = folder
        self._deleted = folder / DELETED

    def notes(self) -> list[str]:
        """Return the names of deleted objects."""
        self._check()
        with local_failures(str(self._deleted), writing=False):
            try:
                with os.scandir(self._deleted) as entries:
                    names = [one.name for one in entries if one.name.endswith(NOTE)]
            except FileNotFoundError:
                return []
        return [name.removesuffix(NOTE) for name in sorted(names)[:MOST_NOTES]]

    def read_note(self, name: str) -> Content:
        """Read a note; a link is not followed."""
        place = self._note(name)
        with local_failures(str(place), writing=False):
            flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
            with open(os.open(place, flags), "rb") as file:  # noqa: PTH123 - without following
                data = file.read(LARGEST_NOTE + 1)
        check_note(str(place), len(data))
        return Content(data, files.etag_of(data))

    def write_note(self, name: str, data: bytes, expected: str | None) -> None:
        """Write a note."""
        place = self._note(name)
        with local_failures(str(place), writing=True):
            self._deleted.mkdir(exist_ok=True)
            self._check()
            try:
                files.replace_file(place, [data], exclusive=expected is None, expected=expected)
            except FileExistsError as error:
                raise ChangedError(f"{place} already exists.", "Retry.") from error

    def remove_note(self, name: str) -> None:
        """Remove a note, and the folder if it is empty."""
        with local_failures(str(self._deleted), writing=True):
            self._note(name).unlink(missing_ok=True)
            with suppress(OSError):  # it contains other objects
                self._deleted.rmdir()

    def delete(self, original: str, name: str, root: str) -> tuple[str, ...]:
        """Rename the folder of an object, then its archive."""
        source, goal = self._folder / original, self._deleted / name
        self._check()
        with local_failures(str(source), writing=True):
            if not os.path.lexists(goal):
                try:
                    self._check_root(source / ROOT, root)
                    if os.path.lexists(source / DELETED_ARCHIVE):
                        raise has_deleted_archive(str(source))
                    source.rename(goal)
                except (ModosError, OSError):
                    self.remove_note(name)
                    raise
                files.flush_folder(self._deleted)
                files.flush_folder(self._folder)
            _rename_archive(goal, ARCHIVE, DELETED_ARCHIVE)
        return ()

    def restore(
        self,
        original: str,
        name: str,
        root: str,  # noqa: ARG002 - a rename is atomic
        *,
        again: bool,  # noqa: ARG002
    ) -> None:
        """Rename the archive of an object, then its folder."""
        source, goal = self._deleted / name, self._folder / original
        self._check()
        with local_failures(str(goal), writing=True):
            if not os.path.lexists(source):  # never moved away, or already moved back
                if not (goal / ROOT).exists():
                    raise NotFoundError(f"No deleted object at {source}.", "Check the path.")
                return
            if os.path.lexists(goal):
                raise original_exists(str(goal))
            if source.is_symlink():
                raise PathError(f"{source} is a symbolic link.", "Replace it by its folder.")
            _rename_archive(source, DELETED_ARCHIVE, ARCHIVE)
            source.rename(goal)
            files.flush_folder(self._folder)
            files.flush_folder(self._deleted)

    def purge(self, name: str) -> None:
        """Delete the folder of an object; links in it are removed, not followed."""
        place = self._deleted / name
        self._check()
        with local_failures(str(place), writing=True):
            if place.is_symlink():
                raise PathError(f"{place} is a symbolic link.", "Remove it by hand.")
            if place.exists():
                shutil.rmtree(place)
            files.flush_folder(self._deleted)

    def _note(self, name: str) -> Path:
        return self._deleted / f"{name}{NOTE}"

    def _check(self) -> None:
        """Check that the folder of deleted objects is not a link to another place."""
        if self._deleted.is_symlink() or (
            os.path.lexists(self._deleted) and not self._deleted.is_dir()
        ):
            raise PathError(
                f"{self._deleted} is not a folder, or is a symbolic link.", "Rename it, then retry."
            )

    @staticmethod
    def _check_root(place: Path, root: str) -> None:
        try:
            data = place.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            raise NotFoundError(f"No object at {place.parents[1]}.", "Check the path.") from None
        if root and files.etag_of(data) != root:
            raise object_changed(str(place.parents[1]))


def _rename_archive(folder: Path, old: str, new: str) -> None:
    if os.path.lexists(folder / old) and not os.path.lexists(folder / new):
        (folder / old).rename(folder / new)
        files.flush_folder(folder)
