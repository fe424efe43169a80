"""Objects of a place: listed by an endpoint, or found in a folder or bucket."""

from __future__ import annotations

import os
import time
from concurrent.futures import wait as wait_for
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modos_widgets import s3
from modos_widgets.archive import ARCHIVE
from modos_widgets.background import check_cancelled
from modos_widgets.concurrency import start
from modos_widgets.errors import ModosError, NotFoundError, PathError
from modos_widgets.remote import get_metadata_from_remote
from modos_widgets.session.problem import Problem
from modos_widgets.storage import find_bucket_objects, find_local_objects, s3_path_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from modos_widgets.location import Location
    from modos_widgets.remote import EndpointManager

__all__ = [
    "ObjectEntry",
    "Search",
    "counted",
    "is_object",
    "remote_entry",
    "subfolders",
]

_LOOK = 0.1  # seconds between two checks for cancellation
_SHOW = 1.0  # seconds between two reports of found objects


@dataclass(frozen=True)
class ObjectEntry:
    """An object in a list.

    Attributes
    ----------
    path : str
        ``s3://bucket/key``, or the absolute path on this computer.
    name : str
        Last part of the path.
    prefix : str
        Path before the name: bucket and folders, or the folder relative to the place.
    id : str or None
        Id of the object, if it is known and differs from the name.
    elements : int or None
        Number of elements, if it is known.
    """

    path: str
    name: str
    prefix: str
    id: str | None = None
    elements: int | None = None


def remote_entry(path: str, metadata: Mapping[str, Any] | None = None) -> ObjectEntry:
    """Return the entry of ``s3://bucket/key``, with `metadata` from the endpoint.

    Examples
    --------
    >>> remote_entry("s3://demo/smoc/P-0003")
    ObjectEntry(path='s3://demo/smoc/P-0003', name='P-0003', prefix='demo/smoc', id=None, elements=None)
    """  # noqa: E501
    prefix, _, name = path.removeprefix("s3://").rstrip("/").rpartition("/")
    if metadata is None:
        return ObjectEntry(path, name, prefix)
    elements = [key for key in metadata if "/" in key.strip("/")]
    roots = [key for key in metadata if key not in elements]
    own = roots[0] if len(roots) == 1 and roots[0] != name else None
    return ObjectEntry(path, name, prefix, own, len(elements))


def counted(entries: list[ObjectEntry], manager: EndpointManager) -> list[ObjectEntry]:
    """Return the entries with ids and numbers of elements. Sends one request.

    Raises
    ------
    CancelledError
        The task was cancelled.
    """
    try:
        metadata = get_metadata_from_remote(str(manager.address))
    except ModosError:
        return entries
    check_cancelled()
    return [remote_entry(each.path, metadata.get(each.path)) for each in entries]


def is_object(folder: Path) -> bool:
    """Return whether a folder of this computer is an object."""
    return (folder / ARCHIVE).is_dir()


@dataclass
class Search:
    """A running search for objects.

    Attributes
    ----------
    on_found : callable, optional
        Called with the objects found so far, at most once a second.
    skipped : list of (str, ModosError)
        Folders that could not be searched, and the errors.
    """

    on_found: Callable[[list[ObjectEntry]], object] | None = None
    skipped: list[tuple[str, ModosError]] = field(default_factory=list)
    _reported_at: float = field(default_factory=time.monotonic)

    def folder(self, folder: str | os.PathLike[str]) -> list[ObjectEntry]:
        """Find the objects at or below a folder of this computer, sorted by path.

        See `modos_widgets.storage.finder` for the rules. Cancelling the task ends the search.

        Raises
        ------
        NotFoundError, PathError
            The folder does not exist, or is a file.
        CancelledError
            The task was cancelled.
        """
        top = Path(folder).expanduser().absolute()
        if top.is_file():
            raise PathError(
                f"{top} is a file, not a folder.",
                "Pass the folder of an object, or a parent folder.",
            )
        if not top.is_dir():
            raise NotFoundError(f"No folder at {top}.", "Check the path.")
        found: list[ObjectEntry] = []

        def check() -> None:
            check_cancelled()
            self._report(found)

        for path in find_local_objects(top, failed=self._failed, check=check):
            found.append(_local_entry(Path(path), top))  # noqa: PERF401 - shown before the end
        return _sorted(found)

    def bucket(self, location: Location) -> list[ObjectEntry]:
        """Find the objects at or below ``s3://bucket/prefix``, sorted by path. Uses the network.

        Cancelling the task ends the search.

        Raises
        ------
        NotFoundError
            The bucket does not exist, or there is no object below the prefix.
        CredentialsError, EndpointError
            The prefix cannot be listed.
        CancelledError
            The task was cancelled.
        """
        url = str(location.path)
        bucket, prefix = s3_path_of(url).s3_url_parts()
        client = s3.BulkClient(location.options(), bucket)
        found: list[ObjectEntry] = []

        async def look() -> None:
            search = find_bucket_objects(client, prefix, failed=self._failed)
            async with aclosing(search):
                async for path in search:
                    found.append(remote_entry(path))  # noqa: PERF401 - shown before the end

        search_task = start(look())
        try:
            while not search_task.done():
                check_cancelled()
                self._report(found)
                wait_for([search_task], timeout=_LOOK)
            search_task.result()
        finally:
            search_task.cancel()
        if prefix and not found:
            raise NotFoundError(f"No object at or below {url}.", "Check the path.")
        return _sorted(found)

    @property
    def problem(self) -> Problem | None:
        """Skipped folders, in one line to show; None if none was skipped."""
        if not self.skipped:
            return None
        _, first = self.skipped[0]
        more = len(self.skipped) - 1
        others = f" {more:,} more {'folder was' if more == 1 else 'folders were'} skipped."
        return Problem(first.message + (others if more else ""), first.hint, "listing")

    def _failed(self, place: str, error: ModosError) -> None:
        self.skipped.append((place, error))

    def _report(self, found: list[ObjectEntry]) -> None:
        now = time.monotonic()
        if self.on_found is None or not found or now - self._reported_at < _SHOW:
            return
        self.on_found(_sorted(found[:]))
        self._reported_at = time.monotonic()


def _sorted(found: list[ObjectEntry]) -> list[ObjectEntry]:
    return sorted(found, key=lambda entry: (entry.prefix, entry.name))


def _local_entry(folder: Path, top: Path) -> ObjectEntry:
    relative = folder.relative_to(top).parent.as_posix()
    prefix = top.name if relative == "." else f"{top.name}/{relative}"
    if folder == top:
        prefix = top.parent.name
    return ObjectEntry(str(folder), folder.name, prefix)


def subfolders(folder: str | os.PathLike[str]) -> tuple[Path, list[tuple[str, bool]]]:
    """List the folders in a folder, and whether each is an object; hidden ones are left out.

    Raises
    ------
    NotFoundError
        The folder does not exist or cannot be read.
    """
    top = Path(folder).expanduser().absolute()
    try:
        names = sorted(
            entry.name
            for entry in os.scandir(top)
            if entry.is_dir() and not entry.name.startswith(".")
        )
    except OSError as error:
        raise NotFoundError(
            f"{top} cannot be read ({error.strerror}).", "Choose another folder."
        ) from None
    return top, [(name, is_object(top / name)) for name in names]
