"""One table over every object of an endpoint, a bucket, a folder or a list."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from modos_widgets.bulk import wait
from modos_widgets.credentials import hidden_options
from modos_widgets.errors import CancelledError, ModosError, OptionError
from modos_widgets.harvest.columns import Columns
from modos_widgets.harvest.kept import Kept
from modos_widgets.harvest.places import is_endpoint, local_objects, understand
from modos_widgets.harvest.reading import Harvest
from modos_widgets.modo.object import Modo
from modos_widgets.modo.opening import open_modo
from modos_widgets.remote import is_s3_path

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping

    import pandas as pd

    from modos_widgets.harvest.places import Source
    from modos_widgets.harvest.progress import Progress
    from modos_widgets.modo.hierarchy import Hierarchy

__all__ = ["catalog"]

_log = logging.getLogger("modos_widgets")


def catalog(
    source: str | os.PathLike[str] | Modo | Iterable[str | os.PathLike[str] | Modo],
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
    source : str, path, Modo or iterable of them
        A modos server's URL (its objects), ``s3://bucket`` or a prefix (every object
        below), a local folder (every object below), or the objects themselves. An opened
        object is reached as it was when it was opened, unless one of the next three says how.
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
    understood = understand(source, endpoint, services, s3_kwargs)
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
        if is_endpoint(source):
            endpoint = source
        opened = {modo.path: modo for one in understood for modo in one.opened}
        _complete(harvest, opened, endpoint, services, s3_kwargs)
        harvest.tell(last=True)
    except (CancelledError, KeyboardInterrupt):
        cancelled = True
    frame = _frame(harvest.hierarchies, columns)
    frame.attrs["failures"] = sorted(harvest.failures, key=lambda failure: failure["path"])
    frame.attrs["cancelled"] = cancelled
    return frame


def _slots(columns: Iterable[str]) -> list[str]:
    if isinstance(columns, str) or not isinstance(columns, Iterable):
        raise OptionError(
            f"columns is a {type(columns).__name__}.", 'Give a list, such as ["name", "sex"].'
        )
    return list(columns)


def _read(source: Source, harvest: Harvest) -> None:
    harvest.local(path for folder in source.folders for path in local_objects(folder))
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


def _kept(source: Source) -> Kept | None:
    """Open what was kept last time; a cache folder that cannot be written is no fault."""
    if source.options is None:
        return None
    try:
        return Kept(source.options.endpoint or "", source.account)
    except (OSError, sqlite3.Error) as error:
        _log.warning("The catalogue keeps nothing for next time: %s", error)
        return None


def _keep(kept: Kept, harvest: Harvest) -> None:
    try:
        kept.keep(harvest.fresh, harvest.hierarchies)
    except (OSError, sqlite3.Error) as error:
        _log.warning("The catalogue keeps nothing for next time: %s", error)


def _complete(
    harvest: Harvest,
    opened: Mapping[str, Modo],
    endpoint: str | None,
    services: Mapping[str, str] | None,
    s3_kwargs: Mapping[str, Any] | None,
) -> None:
    """Read the objects whose root does not hold the whole tree, level by level."""
    for path, hierarchy in list(harvest.hierarchies.items()):
        if hierarchy.consolidated:
            continue
        try:
            if path in opened:
                modo = Modo(opened[path].storage)
            else:
                modo = open_modo(path, endpoint=endpoint, services=services, s3_kwargs=s3_kwargs)
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
