"""Stores of many objects: connecting to one, and finding the objects in it."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fsspec.implementations.dirfs import DirFileSystem
from pydantic import ValidationError
from s3fs import S3FileSystem

from modos_widgets.bulk import BulkClient, Listing, wait, walk
from modos_widgets.credentials import S3Options, hidden_options, shown_address
from modos_widgets.errors import OptionError, PathError
from modos_widgets.storage.paths import normal
from modos_widgets.storage.s3_client import S3Client
from modos_widgets.storage.s3_path import S3Path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fsspec import AbstractFileSystem

    from modos_widgets.bulk import Levels
    from modos_widgets.storage.paths import Target


def s3_path_of(path: str | S3Path) -> S3Path:
    """Read an S3 URL, with our error for one that is not allowed."""
    if isinstance(path, S3Path):
        return path
    try:
        return S3Path(url=path)
    except ValidationError as error:
        reason = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
        raise PathError(
            f"{shown_address(path)!r} is no place on S3: {reason}.",
            "It looks like s3://bucket/key.",
        ) from None


def connect_s3(
    path: str | S3Path,
    endpoint: str | None,
    s3_kwargs: Mapping[str, Any] | None = None,
    *,
    _options: S3Options | None = None,
) -> DirFileSystem:
    """Connect to a place on S3. No request is made.

    Parameters
    ----------
    path : str or S3Path
        ``s3://bucket`` or ``s3://bucket/prefix``.
    endpoint : str or None
        URL of the S3 server; None is Amazon's own.
    s3_kwargs : mapping, optional
        See `S3Options.resolve`.

    Returns
    -------
    fsspec.implementations.dirfs.DirFileSystem
        A file system rooted at bucket and prefix; its ``fs`` is the `s3fs.S3FileSystem`.

    Raises
    ------
    PathError, OptionError, CredentialsError
    """
    s3_kwargs = hidden_options(s3_kwargs)
    place = s3_path_of(path)
    options = _options or S3Options.resolve(endpoint, s3_kwargs)
    client = S3Client.shared(options)
    return DirFileSystem(path="/".join(filter(None, place.s3_url_parts())), fs=client.fs)


def list_remote_modos(
    store: DirFileSystem | AbstractFileSystem, target: Target | None = None
) -> list[Path]:
    """List all modos in the store, sorted.

    An object is where a prefix has a ``data.zarr/``; nothing below an object is looked
    at. On S3 one delimiter listing per folder, many side by side.

    Parameters
    ----------
    store : DirFileSystem
        From `connect_s3`, or any file system of fsspec.
    target : str or pathlib.Path, optional
        Folder to list, relative to the store's root. None: the whole store.

    Returns
    -------
    list of pathlib.Path
        Relative to the store's root; ``Path(".")`` when the root is an object itself.

    Raises
    ------
    NotFoundError, CredentialsError, EndpointError
    """
    root, inner = "", store
    if isinstance(store, DirFileSystem):
        root, inner = store.path.strip("/"), store.fs
    if not hasattr(inner, "ls"):
        raise OptionError(
            f"{type(store).__name__} is no store to list.", "Give what connect_s3 returns."
        )
    start = normal(target)
    if start.startswith("/"):
        raise PathError(f"The path {start!r} is not relative.", "Give it relative to the store.")
    found = wait(_objects(_levels_of(inner, root), "/".join(filter(None, (root, start)))))
    begin = len(root) + 1 if root else 0
    return sorted(Path(one[begin:] or ".") for one in found)


async def _objects(levels: Levels, place: str) -> list[str]:
    found = []
    async with aclosing(walk(levels, place)) as places:
        async for one in places:
            found.append(one)
            if one == place:  # nothing below an object is looked at
                break
    return found


def _levels_of(fs: AbstractFileSystem, root: str) -> Levels:
    options = S3Client.options_of(fs) if isinstance(fs, S3FileSystem) else None
    if options is not None and root:
        return _Bucket(options, root.partition("/")[0])
    return _Folders(fs)


class _Bucket:
    """The levels of a bucket of ours; places begin with its name."""

    def __init__(self, options: S3Options, bucket: str) -> None:
        self._bucket = bucket
        self._client = BulkClient(options, bucket)

    async def level(self, prefix: str) -> Listing:
        found = await self._client.level(prefix.partition("/")[2])
        return Listing(tuple(f"{self._bucket}/{one}" for one in found.folders), found.entries)


class _Folders:
    """The levels of any file system of fsspec."""

    def __init__(self, fs: AbstractFileSystem) -> None:
        self._fs = fs
        self._begin = "" if isinstance(fs, S3FileSystem) else "/"

    async def level(self, prefix: str) -> Listing:
        entries = await asyncio.to_thread(self._fs.ls, self._begin + prefix, detail=True)
        names = (
            one["name"].rstrip("/").rpartition("/")[2]
            for one in entries
            if one.get("type") == "directory"
        )
        return Listing(tuple("/".join(filter(None, (prefix, name))) for name in names), ())
