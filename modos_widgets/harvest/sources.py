"""Sources of objects: an endpoint, a bucket or prefix, a folder, a list of paths."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from modos_widgets.credentials import shown_address
from modos_widgets.errors import ArgumentError, NotFoundError, OptionError, PathError
from modos_widgets.location import AnyPath, Location, is_endpoint
from modos_widgets.modo import Modo
from modos_widgets.remote import is_s3_path, list_remote_items
from modos_widgets.storage import absolute_folder, s3_path_of

if TYPE_CHECKING:
    from pathlib import Path

    from modos_widgets.credentials import S3Options

__all__ = ["Source", "refuse_repeated", "split", "understand"]

Listable = AnyPath | Modo


@dataclass(frozen=True)
class Source:
    """Objects to read, and places to search for objects.

    Attributes
    ----------
    objects : tuple of str
        Paths of known objects.
    prefixes : tuple of str
        ``s3://`` prefixes to search.
    folders : tuple of pathlib.Path
        Local folders to search.
    options : S3Options or None
        Options for S3; None if nothing is on S3.
    account : str
        The account, since each account has its own cache.
    way : Location
        Endpoint, services and keys for opening the objects.
    ways : mapping of str to Modo or Location
        Path of an object to its own endpoint, services and keys.
    is_listed : bool
        Whether the objects are what an endpoint lists.
    """

    objects: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    folders: tuple[Path, ...] = ()
    options: S3Options | None = None
    account: str = "anonymous"
    way: Location = field(default_factory=Location)
    ways: Mapping[str, Modo | Location] = field(default_factory=dict)
    is_listed: bool = False

    @property
    def server(self) -> str:
        """Address of the modos server, else of the S3 server; empty for Amazon S3 and disks."""
        server = self.options.endpoint if self.options is not None else None
        own = next(iter(self.ways.values()), self.way)
        return shown_address(own.endpoint or server or "")


def understand(source: Listable | Iterable[Listable], way: Location) -> list[Source]:
    """Return the sources of `source`; an endpoint is queried for its objects.

    Parameters
    ----------
    source : str, path, Location, Modo or iterable of them
        An endpoint's URL, ``s3://bucket`` or a prefix, a folder; or a list of objects, in which
        endpoints and buckets stand for their objects.
    way : Location
        Endpoint, services and keys for the paths.

    Returns
    -------
    list of Source
        More than one if objects have different endpoints, services or keys.

    Raises
    ------
    NotFoundError
        The folder does not exist.
    OptionError
        An option is unknown, or the source has a wrong type.
    """
    if is_endpoint(source):
        return [_endpoint(str(source), way)]
    if isinstance(source, Modo):
        source = [source]
    if isinstance(source, str | os.PathLike | Location):
        place = way.at(source)
        path = _path(place)
        if place.is_id:
            return [_reached(place, objects=(path,))]
        if is_s3_path(path):
            return [_reached(place, prefixes=(path,))]
        folder = absolute_folder(path)
        if folder.is_file():
            raise PathError(
                f"{folder} is a file, not a folder.",
                "Pass the folder of an object, or a parent folder.",
            )
        if not folder.is_dir():
            raise NotFoundError(f"No folder at {folder}.", "Check the path.")
        return [Source(folders=(folder,))]
    if not isinstance(source, Iterable):
        raise ArgumentError.expected(
            "the URL of an endpoint, s3://bucket/prefix, a folder, a Modo or a list of paths",
            source,
        )
    return _listed(list(source), way)


def _endpoint(url: str, way: Location) -> Source:
    """Return the objects that an endpoint lists (network)."""
    if way.manager is not None:
        raise OptionError("The source is already a modos server.", "Remove endpoint=.")
    way = Location(endpoint=url, services=way.services, s3_kwargs=way.s3_kwargs)
    return _reached(way, objects=tuple(list_remote_items(url)), is_listed=True)


def refuse_repeated(sources: list[Source], *, by_server: bool = False) -> None:
    """Raise OptionError if a path was passed with two servers, or with two keys for one server.

    Parameters
    ----------
    sources : list of Source
        What `understand` returned.
    by_server : bool
        Whether the same path on another server is another object.
    """
    if len(sources) == 1:
        return
    times = Counter(
        (one.server if by_server else "", path) for one in sources for path in set(one.objects)
    )
    if twice := [path for (_, path), number in times.items() if number > 1]:
        raise OptionError(
            f"{twice[0]} was passed with two different servers or keys.",
            "Call catalog for each server, or pass endpoint= or services=.",
        )


def _listed(entries: list[Listable], way: Location) -> list[Source]:
    """Return paths, opened objects and Locations, grouped by endpoint, services and keys."""
    urls = dict.fromkeys(
        entry for entry in entries if isinstance(entry, str) and is_endpoint(entry)
    )
    found = [_endpoint(url, way) for url in urls]
    entries = [entry for entry in entries if not is_endpoint(entry)]
    buckets = [entry for entry in entries if isinstance(entry, str) and _is_bucket(entry)]
    entries = [entry for entry in entries if entry not in buckets]
    paths: list[str] = []
    ways: dict[S3Options, dict[str, Modo | Location]] = {}
    for entry in entries:
        options = getattr(entry.storage, "options", None) if isinstance(entry, Modo) else None
        if isinstance(entry, Modo) and options and not way.has_options:
            ways.setdefault(options, {})[entry.path] = entry
        elif isinstance(entry, Modo):
            paths.append(entry.path)
        elif isinstance(entry, Location) and is_s3_path(path := _path(entry)):
            ways.setdefault(entry.options(), {})[path] = entry
        else:
            paths.append(_path(way.at(entry)))
    if buckets or any(map(is_s3_path, paths)):
        found.append(_reached(way, objects=tuple(paths), prefixes=tuple(dict.fromkeys(buckets))))
    elif paths or not (ways or found):
        found.append(Source(objects=tuple(paths)))
    for options, own in ways.items():
        endpoint = next(iter(own.values())).endpoint
        account = Location(endpoint=endpoint).account(options)
        found.append(Source(tuple(own), options=options, account=account, ways=own))
    return found


def _is_bucket(path: str) -> bool:
    return is_s3_path(path) and not split(path)[1]


def _path(place: Location) -> str:
    """Return the absolute path or S3 URL of a Location; that of an id is requested."""
    path = place.find().path
    return str(s3_path_of(str(path).rstrip("/")) if is_s3_path(path) else absolute_folder(path))


def _reached(
    way: Location,
    *,
    objects: tuple[str, ...] = (),
    prefixes: tuple[str, ...] = (),
    is_listed: bool = False,
) -> Source:
    """Return a source on S3; the services of an endpoint are requested."""
    options = way.options()
    account = way.account(options)
    return Source(objects, prefixes, (), options, account, way, is_listed=is_listed)


def split(path: str) -> tuple[str, str]:
    """Split ``s3://bucket/key`` into bucket and key."""
    bucket, _, key = path.removeprefix("s3://").partition("/")
    return bucket, key.strip("/")
