"""Open every object of a source; those that cannot be opened are returned with a message."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final, NamedTuple

from modos_widgets.concurrency import on_threads
from modos_widgets.errors import CancelledError, ModosError
from modos_widgets.harvest.stream import MetadataStream
from modos_widgets.modo import Modo, open_modo
from modos_widgets.progress import Progress
from modos_widgets.remote import is_s3_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from modos_widgets.archive import Hierarchy
    from modos_widgets.location import AnyPath, Location

__all__ = ["OpenedObjects", "open_each", "open_objects"]

_SIDE_BY_SIDE: Final = 16  # objects that are opened at the same time over a network


class OpenedObjects(NamedTuple):
    """Open objects, and those that could not be opened."""

    modos: list[Modo]
    failures: list[tuple[str, str]]
    """Path and message of each object that could not be read."""


def open_each(
    paths: Iterable[str],
    opened: Callable[[str], Modo],
    *,
    on_progress: Callable[[Progress], object] | None = None,
) -> OpenedObjects:
    """Open objects, those on S3 side by side. Uses the network if they are remote.

    Parameters
    ----------
    paths : iterable of str
        The objects.
    opened : callable
        Called with a path, on any thread; returns the open object.
    on_progress : callable, optional
        Called with the `Progress` after each object. An error that it raises ends the work.

    Returns
    -------
    OpenedObjects
        Objects and failures, each in the order of `paths`.
    """
    listed = list(dict.fromkeys(paths))
    lock, done = threading.Lock(), [0, 0]

    def attempt(path: str) -> Modo | ModosError:
        try:
            found: Modo | ModosError = opened(path)
        except CancelledError:
            raise
        except ModosError as error:
            found = error
        with lock:
            done[isinstance(found, ModosError)] += 1
            if on_progress is not None:
                on_progress(
                    Progress("reading", "objects", done[0], len(listed), failed=done[1], path=path)
                )
        return found

    # on a disk, threads cost time; in a name of `MetadataStream`, the path follows its server
    is_remote = any(is_s3_path(path) or "#s3://" in path for path in listed)
    most = _SIDE_BY_SIDE if is_remote else 1
    found = list(zip(listed, on_threads(attempt, listed, most=most), strict=True))
    return OpenedObjects(
        [each for _, each in found if isinstance(each, Modo)],
        [(path, each.message) for path, each in found if isinstance(each, ModosError)],
    )


def open_objects(
    source: AnyPath | Modo | Iterable[AnyPath | Modo],
    location: Location,
    *,
    on_progress: Callable[[Progress], object] | None = None,
) -> OpenedObjects:
    """Find the objects of a source, and open each, by path. Uses the network if they are remote.

    Parameters
    ----------
    source : str, path, Location, Modo or iterable of them
        As for `catalog`.
    location : Location
        Endpoint, services and S3 options.
    on_progress : callable, optional
        Called with the `Progress`. An error that it raises ends the work.

    Returns
    -------
    OpenedObjects

    Raises
    ------
    NotFoundError, OptionError, EndpointError, CredentialsError
        The source as a whole is invalid or cannot be reached.
    """
    stream = MetadataStream(
        source,
        endpoint=location.endpoint,
        services=location.services,
        s3_kwargs=location.s3_kwargs,
    )
    found = _Found()
    stream.read(found, on_progress=on_progress)

    def opened(path: str) -> Modo:
        place = stream.location_of(path)
        return place if isinstance(place, Modo) else open_modo(place)

    result = open_each(sorted(found.paths), opened, on_progress=on_progress)
    return OpenedObjects(result.modos, found.failures + result.failures)


class _Found:
    """Receiver of a stream that keeps the paths of the objects that could be read."""

    def __init__(self) -> None:
        self.paths: set[str] = set()
        self.failures: list[tuple[str, str]] = []

    def found(self, path: str) -> None:
        """Do nothing: an object counts once it was read."""

    def read(self, path: str, hierarchy: Hierarchy, version: str) -> None:  # noqa: ARG002
        """Add an object."""
        self.paths.add(path)

    def unchanged(self, path: str) -> None:
        """Add an object that was read before."""
        self.paths.add(path)

    def failed(self, path: str, error: str, hint: str) -> None:  # noqa: ARG002
        """Add an object that could not be read."""
        self.failures.append((path, error))
