"""Metadata of many objects, one object at a time as they arrive."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from modos_widgets.archive import Hierarchy
from modos_widgets.concurrency import wait
from modos_widgets.credentials import hidden_options
from modos_widgets.errors import ModosError
from modos_widgets.harvest.catalog_table import open_cache, read_levels
from modos_widgets.harvest.reader import Harvest
from modos_widgets.harvest.sources import understand
from modos_widgets.location import AnyPath, Location, is_endpoint
from modos_widgets.remote import is_s3_path
from modos_widgets.storage import find_local_objects

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from modos_widgets.harvest.sources import Source
    from modos_widgets.modo import Modo
    from modos_widgets.progress import Progress

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
    """Harvest that passes objects on, and keeps only those that must be read level by level."""

    receiver: Receiver = field(kw_only=True)
    passed: int = 0

    @property
    def done(self) -> int:
        return self.passed

    def find(self, path: str) -> None:
        super().find(path)
        self.receiver.found(path)

    def take(self, path: str, data: bytes, version: str = "") -> None:
        hierarchy = Hierarchy.parse(data)
        if hierarchy.consolidated:
            self.put(path, hierarchy, version)
        else:
            self.hierarchies[path] = hierarchy

    def put(self, path: str, hierarchy: Hierarchy, version: str) -> None:
        self.passed += 1
        self.receiver.read(path, hierarchy, version)

    def keep(self, path: str) -> None:
        super().keep(path)
        self.passed += 1
        self.receiver.unchanged(path)

    def failed(self, path: str, error: ModosError) -> None:
        super().failed(path, error)
        self.receiver.failed(path, self.failures[-1]["error"], error.hint)


class MetadataStream:
    """The objects of a source, read in parallel and passed on as they arrive.

    It lists the objects of an endpoint at once (network).

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
        self._endpoint = str(source) if is_endpoint(source) else way.endpoint

    @property
    def identity(self) -> str:
        """Name of the source and the account, the same in every session, without secrets.

        An endpoint has one whatever it lists. Different accounts have different ones.
        """
        parts: list[Any] = [self._endpoint]
        for source in self._sources:
            server = source.options.endpoint if source.options is not None else None
            listed = () if self._endpoint is not None else sorted(source.objects)
            folders = [str(folder) for folder in source.folders]
            parts.append([server, source.account, sorted(source.prefixes), folders, listed])
        text = json.dumps(parts, default=list)
        return hashlib.blake2b(text.encode(errors="replace"), digest_size=16).hexdigest()

    def location_of(self, path: str) -> Modo | Location:
        """Return what opens an object: its Modo, or its endpoint, services and keys."""
        for source in self._sources:
            if path in source.ways:
                return source.ways[path]
        return self._sources[0].way

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
        forward = _Forward(on_progress, known=dict(known or {}), receiver=receiver)
        for source in self._sources:
            forward.searching = True
            self._read(source, forward)
        for path in forward.hierarchies:
            try:
                whole = read_levels(path, self.location_of(path))
            except ModosError as error:
                forward.failed(path, error)
                continue
            forward.put(path, whole, "")
            forward.tell()
        forward.tell(last=True)

    def _read(self, source: Source, forward: _Forward) -> None:
        for folder in source.folders:
            forward.local(find_local_objects(folder, failed=forward.failed, check=forward.tell))
        forward.local(path for path in source.objects if not is_s3_path(path))
        if source.options is None:
            return
        objects = [path for path in source.objects if is_s3_path(path)]
        self._pass_cached(source, objects, forward)
        wait(forward.remote(objects, source.prefixes, source.options, None))

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
                forward.receiver.read(path, hierarchy, version)
                forward.tell()
