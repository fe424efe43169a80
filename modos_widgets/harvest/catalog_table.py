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
from modos_widgets.harvest.sources import understand
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

__all__ = ["catalog"]

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

    Touches the network: a few listings, then one GET an object, many at once. A second
    call revalidates what it kept (RFC 9110, If-None-Match) and reads only what changed.

    Parameters
    ----------
    source : str, path, Location, Modo or iterable of them
        A modos server's URL (its objects), ``s3://bucket`` or a prefix (every object
        below), a local folder (every object below), or the objects themselves. An opened
        object is reached as it was when it was opened, unless one of the next three says how;
        a Location always in its own way.
    endpoint : str, optional
        URL of a modos server, for S3 paths: it names the S3 service, and a login at it gives
        the keys.
    services : mapping, optional
        ``{"s3": url}`` for S3 paths without a modos server.
    s3_kwargs : mapping, optional
        S3 options, see `modos_widgets.credentials.S3Options.resolve`.
    columns : iterable of str, optional
        Attributes to keep besides ``@type``; all by default.
    client : dask.distributed.Client, optional
        Read in batches on its workers (extra ``dask``).
    on_progress : callable, optional
        Called with a `Progress` at most ten times a second, on any thread. When it raises
        `CancelledError` the table holds what was read so far.

    Returns
    -------
    pandas.DataFrame
        One row for each object's root and one an element; index ``(object, element)``,
        sorted by object; columns the union of the attributes, Arrow-backed where they are
        of one kind. ``attrs["failures"]`` is a list of dicts (``path``, ``error``,
        ``hint``), one for each object that could not be read; ``attrs["cancelled"]`` tells
        whether the work was stopped early (a keyboard interrupt stops it too).

    Raises
    ------
    NotFoundError, OptionError, EndpointError, CredentialsError
        The source as a whole cannot be understood or reached.
    """
    s3_kwargs = hidden_options(s3_kwargs)
    if columns is not None:
        columns = _slots(columns)
    way = Location(endpoint=endpoint, services=services, s3_kwargs=s3_kwargs)
    understood = understand(source, way)
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
    kept = _kept(source)
    try:
        wait(harvest.remote(remote, source.prefixes, source.options, kept))
    finally:
        if kept is not None:
            _keep(kept, harvest)
        harvest.fresh = {}  # the next source keeps its own


def _kept(source: Source) -> MetadataCache | None:
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
            own = ways.get(path, way)
            modo = Modo(own.storage) if isinstance(own, Modo) else open_modo(own.at(path))
            harvest.hierarchies[path] = modo.hierarchy
        except ModosError as error:
            del harvest.hierarchies[path]
            harvest.failed(path, error)
        harvest.tell()


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
