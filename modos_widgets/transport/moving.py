"""Start a transfer from what people write: paths, objects, storages."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from modos_widgets.bulk import wait
from modos_widgets.credentials import hidden_options
from modos_widgets.errors import OptionError
from modos_widgets.modo.object import Modo
from modos_widgets.modo.opening import s3_options
from modos_widgets.remote import is_s3_path
from modos_widgets.storage import Storage
from modos_widgets.storage.copying.ends import LocalEnd, RemoteEnd
from modos_widgets.storage.paths import absolute_folder
from modos_widgets.storage.stores import s3_path_of
from modos_widgets.storage.transfer import end_of
from modos_widgets.transport.handle import Transfer
from modos_widgets.transport.plan import make_plan

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from modos_widgets.credentials import S3Options
    from modos_widgets.storage.copying.ends import End
    from modos_widgets.transport.plan import Plan
    from modos_widgets.transport.progress import Progress

__all__ = ["WORKERS", "compare", "transfer"]

WORKERS = 64

Place = str | os.PathLike[str] | Modo | Storage


def transfer(
    source: Place | Iterable[Place],
    target: Place,
    *,
    endpoint: str | None = None,
    services: Mapping[str, str] | None = None,
    s3_kwargs: Mapping[str, Any] | None = None,
    overwrite: bool = False,
    workers: int = WORKERS,
    verify: bool = True,
    client: Any = None,
    on_progress: Callable[[Progress], object] | None = None,
) -> Transfer:
    """Copy objects: local to S3, S3 to local, S3 to S3, local to local.

    Returns at once; the work touches the network in the background. Small files go many at
    once, large ones in parts; between two places of one S3 server the server copies. The
    archive's root goes last, so a target is never an object before it is whole.

    Parameters
    ----------
    source : path, Modo, Storage or iterable of them
        What to copy. A path is local or ``s3://bucket/key``.
    target : path, Modo or Storage
        For one object its new path; for several the folder or prefix they go below. Two
        endpoints are two `Storage`.
    endpoint : str, optional
        URL of a modos server, for S3 paths: it is asked for the S3 service before this
        returns, and a login at it gives the keys.
    services : mapping, optional
        ``{"s3": url}`` for S3 paths where there is no modos server.
    s3_kwargs : mapping, optional
        S3 options, see `modos_widgets.credentials.S3Options.resolve`.
    overwrite : bool
        Replace files at the target that have another content. Without it such a file is
        refused, before anything is written.
    workers : int
        Files under way at once, 512 at most. Many small files over a slow line gain from 256.
        Memory is bounded too, whatever their sizes.
    verify : bool
        Compare contents end to end: by MD5 with what the server states where it does, by
        size elsewhere. The report tells which.
    client : dask.distributed.Client, optional
        Copy in batches on its workers (extra ``dask``).
    on_progress : callable, optional
        Called with a `Progress` at most ten times a second, on another thread; it has to
        return at once, and what it raises is logged and stops nothing.

    Returns
    -------
    Transfer

    Raises
    ------
    OptionError
        An option that is not known or does not fit.
    """
    s3_kwargs = hidden_options(s3_kwargs)
    if not isinstance(workers, int) or workers < 1:
        raise OptionError(f"workers is {workers!r:.40}.", "Give a number, 1 or more.")
    return Transfer(
        _pairs(source, target, endpoint, services, s3_kwargs),
        workers=workers,
        verify=verify,
        overwrite=overwrite,
        on_progress=on_progress,
        client=client,
    )


def compare(
    source: Place | Iterable[Place],
    target: Place,
    *,
    endpoint: str | None = None,
    services: Mapping[str, str] | None = None,
    s3_kwargs: Mapping[str, Any] | None = None,
) -> Plan:
    """Tell what `transfer` would do, writing nothing; touches the network and waits.

    Parameters and errors are those of `transfer`.

    Returns
    -------
    Plan
    """
    s3_kwargs = hidden_options(s3_kwargs)
    return wait(make_plan(_pairs(source, target, endpoint, services, s3_kwargs)))


def _pairs(
    source: Place | Iterable[Place],
    target: Place,
    endpoint: str | None,
    services: Mapping[str, str] | None,
    s3_kwargs: Mapping[str, Any] | None,
) -> list[tuple[End, End]]:
    @cache
    def options() -> S3Options:
        return s3_options("What is copied", endpoint, services, s3_kwargs)

    def end(place: Place) -> End:
        return _end(place, options)

    goal = end(target)
    if isinstance(source, str | os.PathLike | Modo | Storage):
        return [(end(source), goal)]
    if not isinstance(source, Iterable):
        raise OptionError(
            f"A {type(source).__name__} is no object to transfer.",
            "Give a path, a storage or an object, or a list of them.",
        )
    return [(origin, _below(goal, PurePosixPath(origin.url).name)) for origin in map(end, source)]


def _end(place: Place, options: Callable[[], S3Options]) -> End:
    if isinstance(place, Modo):
        place = place.storage
    if isinstance(place, Storage):
        return end_of(place)
    if not is_s3_path(place):
        return LocalEnd(absolute_folder(place))
    bucket, key = s3_path_of(str(place)).s3_url_parts()
    return RemoteEnd(options(), bucket, key.strip("/"))


def _below(end: End, name: str) -> End:
    if isinstance(end, LocalEnd):
        return LocalEnd(end.root / name)
    return RemoteEnd(end.options, end.bucket, f"{end.prefix}/{name}".strip("/"))
