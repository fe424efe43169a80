"""The objects of a place: an endpoint lists them, a folder of this computer is walked."""

from __future__ import annotations

import os
from concurrent.futures import wait as wait_for
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modos_widgets.bulk import BulkClient, start, walk
from modos_widgets.credentials import S3Options
from modos_widgets.errors import ModosError, NotFoundError, PathError
from modos_widgets.remote import get_metadata_from_remote
from modos_widgets.session.background import check_cancelled
from modos_widgets.storage import S3Path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from modos_widgets.remote import EndpointManager

__all__ = [
    "ObjectEntry",
    "bucket_objects",
    "counted",
    "folder_objects",
    "is_object",
    "remote_entry",
    "subfolders",
]

_ARCHIVE = "data.zarr"
_MOST_FOLDERS = 20_000
_DEEPEST = 8
_LOOK = 0.1  # seconds between two looks whether a walk was cancelled


@dataclass(frozen=True)
class ObjectEntry:
    """An object in a list.

    Attributes
    ----------
    path : str
        ``s3://bucket/key``, or the absolute path on this computer.
    name : str
        Last part of the path.
    prefix : str
        What stands before the name: bucket and folders, or the folder relative to the place.
    id : str or None
        The object's own id, when it is known and not its name.
    elements : int or None
        How many elements it has, when it is known.
    """

    path: str
    name: str
    prefix: str
    id: str | None = None
    elements: int | None = None


def remote_entry(path: str, metadata: Mapping[str, Any] | None = None) -> ObjectEntry:
    """Make the entry of ``s3://bucket/key``; `metadata` as the endpoint tells them.

    Examples
    --------
    >>> remote_entry("s3://demo/smoc/P-0003")
    ObjectEntry(path='s3://demo/smoc/P-0003', name='P-0003', prefix='demo/smoc', id=None, elements=None)
    """  # noqa: E501
    prefix, _, name = path.removeprefix("s3://").rstrip("/").rpartition("/")
    if metadata is None:
        return ObjectEntry(path, name, prefix)
    elements = [key for key in metadata if "/" in key.strip("/")]
    roots = [key for key in metadata if key not in elements]
    own = roots[0] if len(roots) == 1 and roots[0] != name else None
    return ObjectEntry(path, name, prefix, own, len(elements))


def counted(entries: list[ObjectEntry], manager: EndpointManager) -> list[ObjectEntry]:
    """Learn ids and numbers of elements, by one request; what a server does not tell stays unknown.

    Raises
    ------
    CancelledError
        The task was cancelled meanwhile.
    """
    try:
        metadata = get_metadata_from_remote(str(manager.address))
    except ModosError:
        return entries
    check_cancelled()
    return [remote_entry(each.path, metadata.get(each.path)) for each in entries]


def is_object(folder: Path) -> bool:
    """Tell whether a folder of this computer is an object."""
    return (folder / _ARCHIVE).is_dir()


def folder_objects(folder: str | os.PathLike[str]) -> list[ObjectEntry]:
    """Find the objects at or below a folder of this computer, sorted by path.

    Never looks below an object, follows no link to a folder, and passes over what may not be
    read. At most 20,000 folders and 8 levels are looked at.

    Raises
    ------
    NotFoundError, PathError
        There is no such folder, or a file.
    """
    top = Path(folder).expanduser().absolute()
    if top.is_file():
        raise PathError(f"{top} is a file, not a folder.", "Give an object's folder, or one above.")
    if not top.is_dir():
        raise NotFoundError(f"There is no folder {top}.", "Check the path.")
    found = []
    for each in _walk(top):
        relative = each.relative_to(top).parent.as_posix()
        prefix = top.name if relative == "." else f"{top.name}/{relative}"
        if each == top:
            prefix = top.parent.name
        found.append(ObjectEntry(str(each), each.name, prefix))
    return sorted(found, key=lambda entry: (entry.prefix, entry.name))


def bucket_objects(
    url: str, services: Mapping[str, str] | None, s3_kwargs: Mapping[str, Any] | None
) -> list[ObjectEntry]:
    """Find the objects at or below ``s3://bucket/prefix``, sorted by path; a delimiter walk.

    Where an object is at the prefix itself, it is the only one. Prefixes that may not be listed
    are passed over. A cancelled task ends the walk.

    Raises
    ------
    NotFoundError
        There is no such bucket, or no object below the prefix.
    CredentialsError, EndpointError
        The prefix cannot be listed.
    """
    s3 = (services or {}).get("s3")
    bucket, prefix = S3Path(url=url).s3_url_parts()
    client = BulkClient(S3Options.resolve(str(s3) if s3 else None, s3_kwargs), bucket)
    found: list[str] = []

    def unlisted(place: str, error: ModosError) -> None:
        if place == prefix:
            raise error

    async def look() -> None:
        async with aclosing(walk(client, prefix, failed=unlisted)) as places:
            async for place in places:
                found.append(f"s3://{bucket}/{place}".rstrip("/"))
                if place == prefix:
                    return

    going = start(look())
    try:
        while not going.done():
            check_cancelled()
            wait_for([going], timeout=_LOOK)
        going.result()
    finally:
        going.cancel()
    if prefix and not found:
        raise NotFoundError(f"There is no object at or below {url}.", "Check the path.")
    return [remote_entry(path) for path in sorted(found)]


def subfolders(folder: str | os.PathLike[str]) -> tuple[Path, list[tuple[str, bool]]]:
    """List the folders in a folder, and which of them are objects; hidden ones are left out.

    Raises
    ------
    NotFoundError
        There is no such folder, or it may not be read.
    """
    top = Path(folder).expanduser().absolute()
    try:
        names = sorted(
            entry.name
            for entry in os.scandir(top)
            if entry.is_dir() and not entry.name.startswith(".")
        )
    except OSError as error:
        raise NotFoundError(
            f"{top} cannot be looked into ({error.strerror}).", "Choose another folder."
        ) from None
    return top, [(name, is_object(top / name)) for name in names]


def _walk(top: Path) -> Iterator[Path]:
    waiting = [(top, 0)]
    looked = 0
    while waiting and looked < _MOST_FOLDERS:
        check_cancelled()
        folder, depth = waiting.pop()
        looked += 1
        try:
            names = [
                entry.name
                for entry in os.scandir(folder)
                if entry.is_dir(follow_symlinks=False) and not entry.name.startswith(".")
            ]
        except PermissionError:
            continue  # what may not be read has nothing to show
        if _ARCHIVE in names:
            yield folder
        elif depth < _DEEPEST:
            waiting += [(folder / name, depth + 1) for name in names]
