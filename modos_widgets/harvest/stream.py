"""Metadata of many objects, one object at a time as they arrive."""

from __future__ import annotations

import hashlib
import json
import os
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from modos_widgets import s3
from modos_widgets.archive import ARCHIVE, Hierarchy
from modos_widgets.concurrency import wait
from modos_widgets.credentials import hidden_options
from modos_widgets.errors import ModosError
from modos_widgets.harvest.catalog_table import open_cache, read_levels
from modos_widgets.harvest.reader import Harvest
from modos_widgets.harvest.sources import refuse_repeated, split, understand
from modos_widgets.location import AnyPath, Location, is_endpoint
from modos_widgets.progress import Progress, Throttle
from modos_widgets.remote import is_s3_path
from modos_widgets.storage import find_local_objects, measure_bucket, measure_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from modos_widgets.credentials import S3Options
    from modos_widgets.harvest.sources import Source
    from modos_widgets.modo import Modo
    from modos_widgets.progress import State

__all__ = ["MetadataStream", "Receiver"]


class Receiver(Protocol):
    """Consumer of the objects of a stream. Its methods are called on any thread, and return soon.

    An exception that a method raises ends the stream.
    """

    def found(self, path: str) -> None:
        """Receive the path of an object that will be read later."""

    def read(self, path: str, hierarchy: Hierarchy, version: str) -> None:
        """Receive metadata of an object, and their version ('' if they must be read each time)."""

    def unchanged(self, path: str) -> None:
        """Receive the path of an object whose known version is current."""

    def failed(self, path: str, error: str, hint: str) -> None:
        """Receive the path of an object or folder that cannot be read, the error and a hint."""


@dataclass
class _Forward(Harvest):
    """Harvest that passes objects on, and keeps only those that must be read level by level.

    Attributes
    ----------
    server : str
        Start of the names of the objects that are read now (see `MetadataStream`).
    """

    receiver: Receiver = field(kw_only=True)
    server: str = ""
    passed: int = 0

    @property
    def done(self) -> int:
        return self.passed

    def find(self, path: str) -> None:
        super().find(path)
        self.receiver.found(self.name(path))

    def take(self, path: str, data: bytes, version: str = "") -> None:
        hierarchy = Hierarchy.parse(data)
        if hierarchy.consolidated:
            self.put(path, hierarchy, version)
        else:
            self.hierarchies[path] = hierarchy

    def put(self, path: str, hierarchy: Hierarchy, version: str) -> None:
        self.passed += 1
        self.receiver.read(self.name(path), hierarchy, version)

    def keep(self, path: str) -> None:
        super().keep(path)
        self.passed += 1
        self.receiver.unchanged(self.name(path))

    def failed(self, path: str, error: ModosError) -> None:
        super().failed(path, error)
        self.receiver.failed(self.name(path), self.failures[-1]["error"], error.hint)

    def name(self, path: str) -> str:
        """Return the name of an object."""
        return f"{self.server}{path}" if is_s3_path(path) else path


class MetadataStream:
    """The objects of a source, read in parallel and passed on as they arrive.

    Creating it lists the objects of an endpoint (network). Objects are named by their paths. If
    they are on several servers, those on S3 are named ``https://server#s3://bucket/key``, since
    two servers may have the same paths.

    Parameters
    ----------
    source, endpoint, services, s3_kwargs
        As for `catalog`.

    Raises
    ------
    NotFoundError, OptionError, EndpointError, CredentialsError
        The source as a whole is invalid or cannot be reached.
    """

    def __init__(
        self,
        source: AnyPath | Modo | Iterable[AnyPath | Modo],
        *,
        endpoint: str | None = None,
        services: Mapping[str, str] | None = None,
        s3_kwargs: Mapping[str, Any] | None = None,
    ) -> None:
        s3_kwargs = hidden_options(s3_kwargs)
        way = Location(endpoint=endpoint, services=services, s3_kwargs=s3_kwargs)
        self._sources = understand(source, way)
        refuse_repeated(self._sources, by_server=True)
        servers = {one.server for one in self._sources if one.options is not None}
        self._is_mixed = len(servers) > 1
        self._endpoint = str(source) if is_endpoint(source) else way.endpoint

    @property
    def identity(self) -> str:
        """Name of the source and the account, the same in every session, without secrets.

        An endpoint has one whatever it lists. Different accounts have different ones.
        """
        parts: list[Any] = [self._endpoint]
        for source in self._sources:
            server = source.options.endpoint if source.options is not None else None
            is_known = self._endpoint is not None or source.is_listed
            listed = () if is_known else sorted(source.objects)
            folders = [str(folder) for folder in source.folders]
            prefixes = sorted(source.prefixes)
            parts.append([server, source.server, source.account, prefixes, folders, listed])
        text = json.dumps(parts, default=list)
        return hashlib.blake2b(text.encode(errors="replace"), digest_size=16).hexdigest()

    def location_of(self, name: str) -> Modo | Location:
        """Return an object to open: its Modo, or its path with endpoint, services and keys."""
        source, path = self._place_of(name)
        return source.ways[path] if path in source.ways else source.way.at(path)

    def _place_of(self, name: str) -> tuple[Source, str]:
        """Return the source of an object, and its path."""
        found: tuple[Source, str] | None = None
        for source in self._sources:
            start = self._start(source)
            path = name.removeprefix(start)
            if source.options is None or not (name.startswith(start) and is_s3_path(path)):
                continue
            if path in source.ways:
                return source, path
            if found is None and not source.ways:
                found = source, path
        return found or (self._sources[0], name)

    def _start(self, source: Source) -> str:
        """Return the start of the names of the objects of a source."""
        return f"{source.server}#" if self._is_mixed and source.options is not None else ""

    def read(
        self,
        receiver: Receiver,
        *,
        known: Mapping[str, str] | None = None,
        on_progress: Callable[[Progress], object] | None = None,
    ) -> None:
        """Read the objects, and pass on each as soon as it is read. Uses the network.

        One GET per object, conditional (RFC 9110, If-None-Match) if its version is known. What
        `catalog` has cached of the other objects is passed on first.

        Parameters
        ----------
        receiver : Receiver
            Consumer of the objects.
        known : mapping of str to str
            Object path to the version that the receiver has.
        on_progress : callable, optional
            As for `catalog`. A `CancelledError` that it raises is raised here.
        """
        forward = _Forward(on_progress, receiver=receiver)
        for source in self._sources:
            forward.searching = True
            forward.server = start = self._start(source)
            forward.known = {
                name.removeprefix(start): version
                for name, version in (known or {}).items()
                if name.startswith(start)
            }
            self._read(source, forward)
            for path in forward.hierarchies:
                try:
                    whole = read_levels(path, self.location_of(forward.name(path)))
                except ModosError as error:
                    forward.failed(path, error)
                    continue
                forward.put(path, whole, "")
                forward.tell()
            forward.hierarchies.clear()
        forward.tell(last=True)

    def _read(self, source: Source, forward: _Forward) -> None:
        for folder in source.folders:
            forward.local(find_local_objects(folder, failed=forward.failed, check=forward.tell))
        forward.local(_in_folders(source.objects, forward))
        if source.options is None:
            return
        objects = [path for path in source.objects if is_s3_path(path)]
        self._pass_cached(source, objects, forward)
        wait(forward.remote(objects, source.prefixes, source.options, None))

    def measure(
        self,
        names: Iterable[str],
        take: Callable[[str, int | None], object],
        on_progress: Callable[[Progress], object] | None = None,
    ) -> None:
        """Measure objects: the bytes of all files and keys below each. Uses the network.

        Objects that share a folder are measured by one listing of it, 1,000 keys a request; see
        `modos_widgets.storage.measure_bucket`.

        Parameters
        ----------
        names : iterable of str
            Names of objects that were read.
        take : callable
            Called once with the name of each object and its size in bytes, None if it stays
            unknown. On any thread; returns soon.
        on_progress : callable, optional
            As for `catalog`. A `CancelledError` that it raises is raised here.
        """
        left = list(dict.fromkeys(names))
        total, done, counters, throttle = len(left), 0, s3.Counters(), Throttle()

        def tell(*, last: bool = False) -> None:
            if on_progress is None or not throttle.due(last=last):
                return
            counts = counters.read()
            state: State = "done" if last else "reading"
            on_progress(
                Progress(
                    state,
                    "objects",
                    done=done,
                    total=total,
                    requests=counts.requests,
                    retries=counts.retries,
                )
            )

        def measured(name: str, size: int | None) -> None:
            nonlocal done
            done += 1
            take(name, size)

        buckets: defaultdict[tuple[S3Options, str], dict[str, str]] = defaultdict(dict)
        for name in left:
            source, path = self._place_of(name)
            if source.options is not None and is_s3_path(path):
                bucket, key = split(path)
                buckets[source.options, bucket][key] = name
            else:
                measured(name, measure_folder(path, check=tell))
        for (options, bucket), keys in buckets.items():
            client = s3.BulkClient(options, bucket, counters=counters)

            def found(key: str, size: int | None, keys: dict[str, str] = keys) -> None:
                measured(keys[key], size)

            wait(measure_bucket(client, keys, take=found, check=tell))
        tell(last=True)

    @staticmethod
    def _pass_cached(source: Source, objects: list[str], forward: _Forward) -> None:
        """Pass on what `catalog` has cached of objects that the receiver does not have."""
        cache = open_cache(source)
        if cache is None:
            return
        versions = cache.etags()
        within = tuple(f"{prefix.rstrip('/')}/" for prefix in source.prefixes)
        paths = [path for path in objects if path in versions]
        paths += [path for path in versions if f"{path}/".startswith(within)] if within else []
        unknown = (path for path in dict.fromkeys(paths) if path not in forward.known)
        for path, version, data in cache.documents(unknown):
            try:
                hierarchy = Hierarchy.parse(data)
            except ModosError:
                continue  # it is read from the server instead
            if hierarchy.consolidated:
                forward.known[path] = version
                forward.receiver.read(forward.name(path), hierarchy, version)
                forward.tell()


def _in_folders(paths: Iterable[str], forward: _Forward) -> Iterator[str]:
    """Yield local objects of a list; a folder that is not an object stands for those below it."""
    for path in paths:
        if is_s3_path(path):
            continue
        found = 0
        if not os.path.isdir(f"{path}/{ARCHIVE}"):  # noqa: PTH112 - speed
            below = find_local_objects(Path(path), failed=forward.failed, check=forward.tell)
            with suppress(ModosError):  # it is reported as an object that does not exist
                for found, each in enumerate(below, start=1):  # noqa: B007 - used below
                    yield each
        if not found:
            yield path
