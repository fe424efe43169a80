"""`transfer`, its handle, and `compare`, for objects passed as paths, Modos or storages."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable
from concurrent.futures import CancelledError as FutureCancelledError
from functools import cache, partial
from operator import attrgetter
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, cast

from modos_widgets.archive import ROOT_DOCUMENT
from modos_widgets.concurrency import event_loop, in_thread, start, wait
from modos_widgets.credentials import hidden_options
from modos_widgets.errors import ArgumentError, CancelledError, OptionError
from modos_widgets.location import AnyPath, Location
from modos_widgets.remote import is_s3_path
from modos_widgets.storage import (
    LocalEnd,
    RemoteEnd,
    Storage,
    absolute_folder,
    s3_path_of,
    warn_unusual,
)
from modos_widgets.transport.engine import Engine
from modos_widgets.transport.gate import is_check_default, refuse_errors
from modos_widgets.transport.outcome import Outcome
from modos_widgets.transport.plan import Plan, make_plan, table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import Future

    import pandas as pd

    from modos_widgets.modo import Modo
    from modos_widgets.progress import Progress
    from modos_widgets.storage import End

    Place = AnyPath | Modo | Storage

__all__ = ["WORKERS", "Transfer", "compare", "transfer"]

WORKERS = 64


class Transfer:
    """Handle for a running transfer; created by `modos_widgets.transfer`.

    The transfer runs in the background. After a crash, run the same transfer again: only missing
    files are copied, and large files continue with the first missing part.
    """

    def __init__(
        self,
        pairs: Sequence[tuple[End, End]],
        *,
        workers: int,
        verify: bool,
        overwrite: bool,
        allow_unusual: bool = False,
        on_progress: Callable[[Progress], object] | None,
        client: Any = None,
        check: Callable[[], None] | None = None,
    ) -> None:
        self._check = check
        self._pairs = tuple(pairs)
        self._plan: Plan | None = None
        self._overwrite = overwrite
        self._allow_unusual = allow_unusual
        self._client = client
        self._engine = Engine(
            workers=workers, verify=verify, overwrite=overwrite, on_progress=on_progress
        )
        self._future: Future[None] = start(self._run())

    async def _run(self) -> None:
        try:
            if self._check is not None:
                await in_thread(self._check)
            self._plan = await make_plan(self._pairs, allow_unusual=self._allow_unusual)
            if not self._overwrite:
                self._plan.refuse_overwriting()
        except Exception:
            self._engine.state = "failed"
            raise
        self._engine.prepare(self._plan)
        if self._client is not None:
            from modos_widgets.transport.cluster import copy_on  # noqa: PLC0415 - an extra

            await copy_on(
                self._client,
                self._plan,
                workers=self._engine.workers,
                verify=self._engine.verify,
                overwrite=self._overwrite,
                arrived=self._engine.take,
            )
        await self._engine.run(self._plan)

    @property
    def plan(self) -> Plan | None:
        """The plan; None while source and target are being compared."""
        return self._plan

    @property
    def progress(self) -> Progress:
        """Current progress. No network."""
        return self._engine.progress()

    @property
    def report(self) -> pd.DataFrame:
        """Return the outcome of each file so far.

        Returns
        -------
        pandas.DataFrame
            Columns ``path``, ``bytes``, ``checksum``, ``outcome``, ``detail``; sorted by
            path. An empty checksum means that only the size was compared.
        """
        rows = sorted(self._engine.snapshot(), key=lambda one: one.path)
        names = [field.name for field in dataclasses.fields(Outcome)]
        return table(list(map(attrgetter(*names), rows)), names)

    @property
    def done(self) -> bool:
        """Whether it has succeeded, failed or been cancelled."""
        return self._future.done()

    def wait(self, timeout: float | None = None) -> pd.DataFrame:
        """Wait until it has ended; a keyboard interrupt does not stop it.

        Parameters
        ----------
        timeout : float, optional
            Maximum seconds to wait.

        Returns
        -------
        pandas.DataFrame
            The `report`.

        Raises
        ------
        ModosError
            The transfer failed; the report has the details.
        CancelledError
            It was cancelled.
        TimeoutError
            It did not end in time; it continues.
        """
        try:
            self._future.result(timeout)
        except FutureCancelledError:
            raise CancelledError(
                "The transfer was cancelled.", "Run it again. Copied files are kept."
            ) from None
        return self.report

    def cancel(self) -> None:
        """Cancel it. Copied files are kept, and an incomplete target is not an object."""
        if not self._future.done():
            self._engine.state = "cancelled"
            self._future.cancel()

    def pause(self) -> None:
        """Start no further file; running ones are completed."""
        self._engine.pause(event_loop())

    def resume(self) -> None:
        """Continue after `pause`."""
        self._engine.resume(event_loop())

    def when_done(self, callback: Callable[[Transfer], object]) -> None:
        """Call `callback` with this handle when it has ended, on the thread on which it ends.

        Parameters
        ----------
        callback : callable
            Its return value is ignored.
        """
        self._future.add_done_callback(lambda _: callback(self))

    @property
    def problem(self) -> BaseException | None:
        """Error of a failed transfer, else None."""
        if not self._future.done() or self._future.cancelled():
            return None
        return self._future.exception()

    def __repr__(self) -> str:
        """Return its state and the number of files."""
        now = self.progress
        return f"<Transfer {now.state}: {now}>"


def transfer(
    source: Place | Iterable[Place],
    target: Place,
    *,
    endpoint: str | None = None,
    services: Mapping[str, str] | None = None,
    s3_kwargs: Mapping[str, Any] | None = None,
    overwrite: bool = False,
    allow_unusual: bool = False,
    check: bool | None = None,
    force: bool = False,
    workers: int = WORKERS,
    verify: bool = True,
    client: Any = None,
    on_progress: Callable[[Progress], object] | None = None,
) -> Transfer:
    """Copy objects: local to S3, S3 to local, S3 to S3, local to local.

    Returns at once, and uses the network in the background. Many small files are copied at
    once, and large ones in parts; within one S3 server, the server copies. The archive's root is
    written last, so a target is not an object before it is complete.

    Empty folders, and keys that no file can have (``x/``, ``x//y``), are not copied: the plan
    and the report name them, with the reason.

    Parameters
    ----------
    source : path, Location, Modo, Storage or iterable of them
        Objects to copy. A path is local or ``s3://bucket/key``, or with `endpoint` an object's id.
    target : path, Location, Modo or Storage
        For one object its new path; for several the folder or prefix that will contain them. To
        copy between two endpoints, pass two `Location`.
    endpoint : str, optional
        URL of a modos server, for S3 paths. Its S3 server is requested before this function
        returns; a sign-in there provides the keys.
    services : mapping, optional
        ``{"s3": url}`` for S3 paths: the S3 server, if there is no modos server.
    s3_kwargs : mapping, optional
        S3 options, see `modos_widgets.credentials.S3Options.resolve`.
    overwrite : bool
        Replace files at the target that have another content. Otherwise such a file raises an
        error before anything is written.
    allow_unusual : bool
        Accept a new S3 key with other characters than letters without accents, digits, ``-``,
        ``_``, ``.`` and ``/``, although other MODO software refuses it.
    check : bool, optional
        Check the objects and the headers of their files first (`Modo.validate` with
        ``contents=True``), and copy nothing if there are errors. By default, the environment
        variable ``MODOS_CHECK_TRANSFERS`` decides.
    force : bool
        Do not check, whatever `check` and the environment say.
    workers : int
        Number of concurrent files, at most 512. Use 256 for many small files over a slow network.
        Memory is limited regardless of file sizes.
    verify : bool
        Compare contents end to end: with the server's checksums if there are any, else by
        size. The report shows which.
    client : dask.distributed.Client, optional
        Copy in batches on its workers (extra ``dask``).
    on_progress : callable, optional
        Called with a `Progress` at most ten times a second, on another thread. It must
        return quickly; an exception that it raises is logged and does not stop the transfer.

    Returns
    -------
    Transfer

    Raises
    ------
    OptionError
        An option is unknown or does not apply. Other errors are raised by `Transfer.wait`, such
        as a `PathError` for a target that is, contains or is inside a source, and an
        `InvalidMetadataError` with the findings of the check.
    """
    s3_kwargs = hidden_options(s3_kwargs)
    if not isinstance(workers, int):
        raise ArgumentError.expected("a whole number", workers, name="workers")
    if workers < 1:
        raise OptionError(f"workers is {workers!r:.40}.", "Pass a number of 1 or more.")
    way = Location(endpoint=endpoint, services=services, s3_kwargs=s3_kwargs)
    source = source if _is_one(source) else _listed(source)  # an iterator yields them once
    pairs = _pairs(source, target, way)
    checks = not force and (is_check_default() if check is None else check)
    for _, end in pairs:
        if isinstance(end, LocalEnd) and not end.path(ROOT_DOCUMENT).exists():
            warn_unusual(end.url, end.root.name)
    return Transfer(
        pairs,
        workers=workers,
        verify=verify,
        overwrite=overwrite,
        allow_unusual=allow_unusual,
        on_progress=on_progress,
        client=client,
        check=partial(_check_sources, _listed(source), way) if checks else None,
    )


def compare(
    source: Place | Iterable[Place],
    target: Place,
    *,
    endpoint: str | None = None,
    services: Mapping[str, str] | None = None,
    s3_kwargs: Mapping[str, Any] | None = None,
    allow_unusual: bool = False,
) -> Plan:
    """Return the plan of a transfer without copying anything. Waits for the network.

    Parameters and errors are those of `transfer`.

    Parameters
    ----------
    source : path, Location, Modo or Storage, or an iterable of those
        Object or objects to copy.
    target : path, Location, Modo or Storage
        Where they would be copied to.
    endpoint : str, optional
        URL of a modos server.
    services : mapping of str to str, optional
        ``{"s3": url}`` without a modos server.
    s3_kwargs : mapping, optional
        S3 options; never shown.
    allow_unusual : bool
        Also plan S3 keys that other software refuses.

    Returns
    -------
    Plan
    """
    s3_kwargs = hidden_options(s3_kwargs)
    way = Location(endpoint=endpoint, services=services, s3_kwargs=s3_kwargs)
    pairs = _pairs(source, target, way)
    return wait(make_plan(pairs, allow_unusual=allow_unusual))


def _pairs(source: Place | Iterable[Place], target: Place, way: Location) -> list[tuple[End, End]]:
    options = cache(Location.options)  # each Location sends one request to its endpoint

    def end(place: Place, *, exists: bool = True) -> End:
        storage = _storage_of(place)
        if storage is not None:
            return storage.as_endpoint()
        located = way.at(cast("AnyPath", place))
        reached = located if located is place else way
        path = located.find().path if exists else located.path
        if not is_s3_path(path):
            return LocalEnd(absolute_folder(path))
        bucket, key = s3_path_of(str(path)).s3_url_parts()
        return RemoteEnd(options(reached), bucket, key.strip("/"))

    goal = end(target, exists=False)
    if _is_one(source):
        return [(end(cast("Place", source)), goal)]
    sources = map(end, _listed(source))
    return [(origin, _below(goal, PurePosixPath(origin.url).name)) for origin in sources]


def _is_one(source: object) -> bool:
    """Return whether a source is one object, and not several."""
    return isinstance(source, str | os.PathLike | Location) or _storage_of(source) is not None


def _listed(source: Place | Iterable[Place]) -> list[Place]:
    """Return the objects of a source."""
    if _is_one(source):
        return [cast("Place", source)]
    if not isinstance(source, Iterable):
        raise ArgumentError.expected("a path, Modo or Storage, or a list of them", source)
    return list(source)


def _check_sources(sources: Iterable[Place], way: Location) -> None:
    """Check objects before they are copied (see `refuse_errors`)."""
    from modos_widgets.modo import Modo  # noqa: PLC0415  heavy

    refuse_errors(
        Modo(_storage_of(place) or way.at(cast("AnyPath", place)).storage("r")) for place in sources
    )


def _storage_of(place: object) -> Storage | None:
    """Return the storage of a Modo, or a Storage itself; None for other objects."""
    if isinstance(place, Storage):
        return place
    if isinstance(place, str | os.PathLike | Location | list | tuple):
        return None  # without loading zarr and pandas
    from modos_widgets.modo import Modo  # noqa: PLC0415  heavy

    return place.storage if isinstance(place, Modo) else None


def _below(end: End, name: str) -> End:
    if isinstance(end, LocalEnd):
        return LocalEnd(end.root / name)
    return RemoteEnd(end.options, end.bucket, f"{end.prefix}/{name}".strip("/"))
