"""What a source of objects is: an endpoint, a bucket or prefix, a folder, a list of paths."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeGuard

from modos_widgets.bulk import ARCHIVE
from modos_widgets.credentials import S3Options
from modos_widgets.errors import NotFoundError, OptionError, PathError
from modos_widgets.modo.object import Modo
from modos_widgets.modo.opening import s3_options
from modos_widgets.remote import (
    EndpointManager,
    account,
    is_s3_path,
    list_remote_items,
    login_options,
)
from modos_widgets.storage.paths import absolute_folder
from modos_widgets.storage.stores import s3_path_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Source", "is_endpoint", "local_objects", "split", "understand"]

Listable = str | os.PathLike[str] | Modo


@dataclass(frozen=True)
class Source:
    """Where to find objects.

    Attributes
    ----------
    objects : tuple of str
        Paths of objects that are known already.
    prefixes : tuple of str
        ``s3://`` prefixes to walk.
    folders : tuple of pathlib.Path
        Local folders to walk.
    options : S3Options or None
        How to reach S3; None where nothing is on S3.
    account : str
        Who asks; tells apart what is kept for two accounts.
    opened : tuple of Modo
        Those of the objects that are open, where that is how they are reached.
    """

    objects: tuple[str, ...]
    prefixes: tuple[str, ...]
    folders: tuple[Path, ...]
    options: S3Options | None
    account: str = "anonymous"
    opened: tuple[Modo, ...] = ()


def is_endpoint(source: object) -> TypeGuard[str]:
    """Whether a source is the URL of a modos server."""
    return isinstance(source, str) and source.startswith(("http://", "https://"))


def understand(
    source: Listable | Iterable[Listable],
    endpoint: str | None,
    services: Mapping[str, str] | None,
    s3_kwargs: Mapping[str, Any] | None,
) -> list[Source]:
    """Tell what `source` is; an endpoint is asked for its objects (two requests).

    Parameters
    ----------
    source : str, path, Modo or iterable of them
        An endpoint's URL, ``s3://bucket`` or a prefix, a folder; or the paths of objects.
    endpoint : str, optional
        URL of a modos server that knows the S3 service and the keys.
    services : mapping, optional
        ``{"s3": url}`` where no modos server says it.
    s3_kwargs : mapping, optional
        S3 options, see `modos_widgets.credentials.S3Options.resolve`.

    Returns
    -------
    list of Source
        More than one where opened objects are reached in several ways.

    Raises
    ------
    NotFoundError
        The folder is not there.
    OptionError
        An option that is not known, or a source that is none of these.
    """
    if is_endpoint(source):
        if endpoint is not None:
            raise OptionError("The source is a modos server already.", "Leave endpoint= out.")
        return [_endpoint(source, s3_kwargs)]
    reached = (endpoint, services, s3_kwargs)
    if isinstance(source, Modo):
        source = [source]
    if isinstance(source, str | os.PathLike):
        if is_s3_path(source):
            url = str(s3_path_of(str(source).rstrip("/")))
            return [Source((), (url,), (), *_options(url, *reached))]
        folder = absolute_folder(source)
        if folder.is_file():
            raise PathError(
                f"{folder} is a file, not a folder.", "Give an object's folder, or one above."
            )
        if not folder.is_dir():
            raise NotFoundError(f"There is no folder {folder}.", "Check the path.")
        return [Source((), (), (folder,), None)]
    if not isinstance(source, Iterable):
        raise OptionError(
            f"A catalogue cannot be made of a {type(source).__name__}.",
            "Give an endpoint's URL, s3://bucket/prefix, a folder, or a list of object paths.",
        )
    return _listed(list(source), *reached)


def _listed(
    entries: list[Listable],
    endpoint: str | None,
    services: Mapping[str, str] | None,
    s3_kwargs: Mapping[str, Any] | None,
) -> list[Source]:
    """Take paths together; an open object brings its own way to S3, where no other is given."""
    paths: list[str] = []
    opened: dict[S3Options, list[Modo]] = {}
    for entry in entries:
        reach = getattr(entry.storage, "options", None) if isinstance(entry, Modo) else None
        if isinstance(entry, Modo) and reach and not (endpoint or services or s3_kwargs):
            opened.setdefault(reach, []).append(entry)
        else:
            paths.append(_path(entry))
    found = []
    if paths or not opened:
        remote = next(filter(is_s3_path, paths), None)
        ways = _options(remote, endpoint, services, s3_kwargs) if remote else (None,)
        found.append(Source(tuple(paths), (), (), *ways))
    for options, some in opened.items():
        manager = EndpointManager(modos=some[0].endpoint) if some[0].endpoint else None
        objects = tuple(modo.path for modo in some)
        found.append(Source(objects, (), (), options, _who(options, manager), tuple(some)))
    times = Counter(path for one in found for path in set(one.objects))
    if twice := [path for path, number in times.items() if number > 1]:
        raise OptionError(
            f"{twice[0]} is reached in two ways, perhaps at two servers.",
            "Make a catalogue of each, or say the way: endpoint=, services=.",
        )
    return found


def _path(entry: Listable) -> str:
    if isinstance(entry, Modo):
        return entry.path
    if is_s3_path(entry):
        return str(s3_path_of(str(entry).rstrip("/")))
    return str(absolute_folder(entry))


def _options(
    path: str,
    endpoint: str | None,
    services: Mapping[str, str] | None,
    s3_kwargs: Mapping[str, Any] | None,
) -> tuple[S3Options, str]:
    """Give the way to an S3 path, and who asks; an endpoint is asked for its services."""
    options = s3_options(path, endpoint, services, s3_kwargs)
    return options, _who(options, None if endpoint is None else EndpointManager(modos=endpoint))


def _endpoint(url: str, s3_kwargs: Mapping[str, Any] | None) -> Source:
    manager = EndpointManager(modos=url)
    objects = tuple(list_remote_items(url))
    if manager.s3 is None:
        raise OptionError(
            f"The endpoint {url} names no S3 server.", 'Give services={"s3": url} and a bucket.'
        )
    options = S3Options.resolve(str(manager.s3), dict(s3_kwargs or {}) or login_options(manager))
    return Source(objects, (), (), options, _who(options, manager))


def _who(options: S3Options, manager: EndpointManager | None) -> str:
    """Name who asks: the account where its login gives the keys."""
    signed_in = account(manager) if manager is not None and options.source is not None else None
    return _account(options) if signed_in is None else f"subject {signed_in.subject}"


def _account(options: S3Options) -> str:
    """Name who asks by the key's public half."""
    if options.anonymous or options.credential is None:
        return options.profile or "anonymous"
    return options.credential.access_key_id


def split(path: str) -> tuple[str, str]:
    """Split ``s3://bucket/key`` into bucket and key."""
    bucket, _, key = path.removeprefix("s3://").partition("/")
    return bucket, key.strip("/")


def local_objects(folder: Path) -> Iterator[str]:
    """Find the objects at or below a folder, sorted; never looks below an object's archive.

    Symbolic links to folders are not followed, so a loop of links ends.
    """
    with os.scandir(folder) as found:
        folders = sorted(
            (entry.name for entry in found if entry.is_dir(follow_symlinks=False)), key=str
        )
    if ARCHIVE in folders:
        yield str(folder)
    for name in folders:
        if name != ARCHIVE:
            yield from local_objects(folder / name)
