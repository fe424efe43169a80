"""Paths and listings of a local object."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from modos_widgets.errors import PathError
from modos_widgets.files import kind_of, mark_from
from modos_widgets.storage.local_errors import from_local, local_failures
from modos_widgets.storage.paths import Target, inside, is_inside, is_temporary, normal, outside
from modos_widgets.storage.types import FileEntry, Level

if TYPE_CHECKING:
    from collections.abc import Iterator


def time_of(seconds: float) -> datetime:
    """Return the modification time of a file, with a time zone."""
    return datetime.fromtimestamp(seconds, UTC)


def entry_of(name: str, facts: os.stat_result) -> FileEntry:
    """Return the listing entry of a file."""
    mark = mark_from(facts)
    return FileEntry(name, facts.st_size, time_of(facts.st_mtime), version=mark)


class LocalPlace:
    """Place of an object on the disk: paths of its files, and listings of its folders."""

    url: str
    _path: Path

    @property
    def path(self) -> Path:
        """Absolute path of the object's folder."""
        return self._path

    # ----------------------------------------------------------------- paths
    def _relative(self, target: Target | None) -> str:
        text = normal(target)
        if text.startswith("/"):
            for root in (self._path, self._path.resolve()):
                if Path(text).is_relative_to(root):
                    inner = Path(text).relative_to(root).as_posix()
                    return "" if inner == "." else inner
            raise outside(text, self.url)
        return text

    def _inside(self, relative: str) -> Path:
        return inside(self._path / relative, self._path)

    def _place(self, target: Target | None) -> Path:
        return self._inside(self._relative(target))

    def _place_of_file(self, target: Target) -> Path:
        relative = self._relative(target)
        if not relative:
            raise PathError(f"{self.url} is the object itself.", "Pass the path of a file.")
        return self._inside(relative)

    def _check_nesting(self, source: Path, goal: Path) -> None:
        if self._path in {source, goal}:
            raise PathError(f"{self.url} is the object itself.", "Pass the path of a file.")
        if source != goal and (source.is_relative_to(goal) or goal.is_relative_to(source)):
            raise PathError(
                f"One of {source} and {goal} contains the other.", "Choose another target."
            )

    # --------------------------------------------------------------- listing
    def _walk(self, folder: str, above: frozenset[Path], skip: str = "") -> Iterator[str]:
        place = self._path / folder
        resolved = place.resolve()
        if resolved in above or not resolved.is_relative_to(self._path.resolve()):
            return  # a circular link, or one that leads outside
        try:
            with os.scandir(place) as scan:
                entries = sorted(scan, key=lambda entry: entry.name)
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            with local_failures(str(place), writing=False):
                raise error from None
        for entry in entries:
            name = f"{folder}/{entry.name}" if folder else entry.name
            if is_temporary(name) or (skip and name == skip):
                continue
            kind = kind_of(entry)
            if kind == "folder":
                yield from self._walk(name, above | {resolved}, skip)
            elif kind == "file" and (not entry.is_symlink() or self._is_inside(name)):
                yield name

    def _is_inside(self, name: str) -> bool:
        return is_inside(self._path / name.lstrip("/"), self._path)

    def _level(self, folder: str) -> Level:
        place = self._inside(folder)
        folders, files = [], []
        try:
            with os.scandir(place) as scan:
                for entry in sorted(scan, key=lambda one: one.name):
                    name = f"{folder}/{entry.name}".lstrip("/")
                    stays_inside = not entry.is_symlink() or self._is_inside(name)
                    if is_temporary(name) or not stays_inside:
                        continue
                    kind = kind_of(entry)
                    if kind == "folder":
                        folders.append(entry.name)
                    elif kind == "file":
                        facts = entry.stat()
                        files.append(entry_of(entry.name, facts))
        except (FileNotFoundError, NotADirectoryError):
            return Level((), ())
        except OSError as error:
            raise from_local(error, str(place), writing=False) from error
        return Level(tuple(folders), tuple(files))
