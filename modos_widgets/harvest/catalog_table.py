"""`catalog`: one table of the objects of an endpoint, a bucket, a folder or a list."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from modos_widgets.concurrency import wait
from modos_widgets.credentials import hidden_options, sign_in_is_in_memory
from modos_widgets.errors import ArgumentError, CancelledError, ModosError
from modos_widgets.harvest.cache import MetadataCache
from modos_widgets.harvest.columns import Columns
from modos_widgets.harvest.reader import Harvest
from modos_widgets.harvest.sources import refuse_repeated, understand
from modos_widgets.location import AnyPath, Location
from modos_widgets.modo import Modo, open_modo
from modos_widgets.remote import is_s3_path
from modos_widgets.storage import find_local_objects

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from modos_widgets.archive import Hierarchy
    from modos_widgets.harvest.sources import Source
    from modos_widgets.progress import Progress

__all__ = ["catalog", "open_cache", "read_levels"]

_log = logging.getLogger("modos_widgets")


def catalog(
    source: AnyPath | Modo | Iterable[AnyPath | Modo],
    *,
    endpoint: str | None = None,
    services: Mapping[str, str] | None = None,
    s3_kwargs: Mapping[str, Any] | None = None,
    columns: Iterable[str] | None = None,
    client: Any = None,
    on_progress: Callable[[Progress], object] | None = None,
) -> pd.DataFrame:
    """Read the metadata of many objects into one table.

    Uses the network: a few listings, then one GET for each object, many at once. A second
    call validates its cache (RFC 9110, If-None-Match) and reads only what changed.

    Parameters
    ----------
    source : str, path, Location, Modo or iterable of them
        A modos server's URL (its objects), ``s3://bucket`` or a prefix (every object
        below), a local folder (every object below), or the objects themselves. For an opened
        object, the endpoint, services and keys of its opening are used, unless one of the next
        three parameters is passed; a Location always uses its own.
    endpoint : str, optional
        URL of a modos server, for S3 paths. It names the S3 server; a sign-in there provides the
        keys.
    services : mapping, optional
        ``{"s3": url}`` for S3 paths: the S3 server, if there is no modos server.
    s3_kwargs : mapping, optional
        S3 options, see `modos_widgets.credentials.S3Options.resolve`.
    columns : iterable of str, optional
        Attributes in the table besides ``@type``; default: all.
    client : dask.distributed.Client, optional
        Read in batches on its workers (extra ``dask``).
    on_progress : callable, optional
        Called with a `Progress` at most ten times a second, on any thread. If it raises
        `CancelledError`, the table contains the objects that were read so far.

    Returns
    -------
    pandas.DataFrame
        One row for each object's root and each element; index ``(object, element)``,
        sorted by object; columns are the union of the attributes, Arrow-backed if their values
        are of one kind. ``attrs["failures"]`` is a list of dicts (``path``, ``error``,
        ``hint``), one for each object that could not be read; ``attrs["cancelled"]`` is whether
        reading was cancelled (also by a keyboard interrupt).

    Raises
    ------
    NotFoundError, OptionError, EndpointError, CredentialsError
        The source as a whole is invalid or cannot be reached.
    """
    s3_kwargs = hidden_options(s3_kwargs)
    if columns is not None:
        columns = _slots(columns)
    way = Location(endpoint=endpoint, services=services, s3_kwargs=s3_kwargs)
    understood = understand(source, way)
    refuse_repeated(understood)
    harvest = Harvest(on_progress)
    cancelled = False
    try:
        for one in understood:
            harvest.searching = True
            if client is not None:
                from modos_widgets.harvest.cluster import harvest_on  # noqa: PLC0415 - an extra

                harvest_on(client, one, harvest)
            else:
                _read(one, harvest)
        ways = {path: own for each in understood for path, own in each.ways.items()}
        _complete(harvest, ways, understood[0].way)
        harvest.tell(last=True)
    except (CancelledError, KeyboardInterrupt):
        cancelled = True
    frame = _frame(harvest.hierarchies, columns)
    frame.attrs["failures"] = sorted(harvest.failures, key=lambda failure: failure["path"])
    frame.attrs["cancelled"] = cancelled
    return frame


def _slots(columns: Iterable[str]) -> list[str]:
    if isinstance(columns, str) or not isinstance(columns, Iterable):
        raise ArgumentError.expected(
            "a list of names", columns, name="columns", hint='Pass a list, such as ["name", "sex"].'
        )
    names = list(columns)
    for name in names:
        if not isinstance(name, str):
            raise ArgumentError.expected("a list of names", name, name="a name in columns")
    return names


def _read(source: Source, harvest: Harvest) -> None:
    for folder in source.folders:
        harvest.local(find_local_objects(folder, failed=harvest.failed, check=harvest.tell))
    harvest.local(path for path in source.objects if not is_s3_path(path))
    remote = [path for path in source.objects if is_s3_path(path)]
    if source.options is None:
        return
    kept = open_cache(source)
    try:
        wait(harvest.remote(remote, source.prefixes, source.options, kept))
    finally:
        if kept is not None:
            _keep(kept, harvest)
        harvest.fresh = {}  # each source has its own cache


def open_cache(source: Source) -> MetadataCache | None:
    """Open the cache; return None if the cache folder cannot be written."""
    if source.options is None or sign_in_is_in_memory():
        return None
    try:
        return MetadataCache(source.options.endpoint or "", source.account)
    except (OSError, sqlite3.Error) as error:
        _log.warning("The catalogue was not cached: %s", error)
        return None


def _keep(kept: MetadataCache, harvest: Harvest) -> None:
    try:
        kept.keep(harvest.fresh, harvest.hierarchies)
    except (OSError, sqlite3.Error) as error:
        _log.warning("The catalogue was not cached: %s", error)


def _complete(harvest: Harvest, ways: Mapping[str, Modo | Location], way: Location) -> None:
    """Read the objects whose root does not contain the whole tree, level by level."""
    for path, hierarchy in list(harvest.hierarchies.items()):
        if hierarchy.consolidated:
            continue
        try:
            harvest.hierarchies[path] = read_levels(path, ways.get(path, way))
        except ModosError as error:
            del harvest.hierarchies[path]
            harvest.failed(path, error)
        harvest.tell()


def read_levels(path: str, way: Modo | Location) -> Hierarchy:
    """Read the metadata of an object level by level. Uses the network for S3."""
    modo = Modo(way.storage) if isinstance(way, Modo) else open_modo(way.at(path))
    return modo.hierarchy


def _frame(hierarchies: Mapping[str, Hierarchy], columns: Iterable[str] | None) -> pd.DataFrame:
    collected = Columns(columns)
    for path in sorted(hierarchies):
        hierarchy = hierarchies[path]
        stored = hierarchy.root.attributes.get("id")
        root = stored if isinstance(stored, str) and stored else PurePosixPath(path).name
        collected.add(path, root, hierarchy.root.attributes)
        for element, attributes in hierarchy.element_attributes().items():
            collected.add(path, element, attributes)
    return collected.frame()
