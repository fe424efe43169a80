"""Stores of many objects: connecting to a store, and finding its objects."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fsspec.implementations.dirfs import DirFileSystem
from fsspec.implementations.local import LocalFileSystem
from pydantic import ValidationError

from modos_widgets import s3
from modos_widgets.concurrency import wait
from modos_widgets.credentials import S3Options, hidden_options, shown_address
from modos_widgets.errors import ArgumentError, PathArgumentError, PathError
from modos_widgets.storage.finder import find_local_objects, find_objects, folders_of
from modos_widgets.storage.paths import normal
from modos_widgets.storage.s3_path import S3Path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fsspec import AbstractFileSystem

    from modos_widgets.errors import ModosError
    from modos_widgets.storage.finder import Places
    from modos_widgets.storage.paths import Target

_log = logging.getLogger("modos_widgets")


def s3_path_of(path: str | S3Path) -> S3Path:
    """Parse an S3 URL.

    Parameters
    ----------
    path : str or S3Path
        The URL.

    Returns
    -------
    S3Path

    Raises
    ------
    PathError
        It is not a valid S3 URL.
    """
    if isinstance(path, S3Path):
        return path
    if not isinstance(path, str):
        raise PathArgumentError.expected("an S3 URL", path)
    try:
        return S3Path(url=path)
    except ValidationError as error:
        reason = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
        raise PathError(
            f"{shown_address(path)!r} is not an S3 path: {reason}.",
            "Pass a path such as s3://bucket/key.",
        ) from None


def connect_s3(
    path: str | S3Path,
    endpoint: str | None,
    s3_kwargs: Mapping[str, Any] | None = None,
    *,
    _options: S3Options | None = None,
) -> DirFileSystem:
    """Connect to a bucket or prefix on S3. No network.

    Parameters
    ----------
    path : str or S3Path
        ``s3://bucket`` or ``s3://bucket/prefix``.
    endpoint : str or None
        URL of the S3 server; None: Amazon S3.
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
    client = s3.S3Client.shared(options)
    return DirFileSystem(path="/".join(filter(None, place.s3_url_parts())), fs=client.fs)


def list_remote_modos(
    store: DirFileSystem | AbstractFileSystem, target: Target | None = None
) -> list[Path]:
    """List all modos in the store, sorted.

    An object is a folder that contains a folder ``data.zarr``, at any depth, also in hidden
    folders. Objects inside another object's folder and deleted objects are not listed. Symbolic
    links are not followed. On S3, each folder takes one delimiter listing, and many run
    concurrently. Folders that cannot be searched are logged and skipped; the search ends after
    1,000,000 folders.

    Parameters
    ----------
    store : DirFileSystem
        Result of `connect_s3`, or any file system of fsspec.
    target : str or pathlib.Path, optional
        Folder to list, relative to the store's root. None: the whole store.

    Returns
    -------
    list of pathlib.Path
        Relative to the store's root; ``Path(".")`` if the root is an object itself.

    Raises
    ------
    NotFoundError, CredentialsError, EndpointError
        The folder itself cannot be listed.
    """
    root, inner = "", store
    if isinstance(store, DirFileSystem):
        root, inner = store.path.rstrip("/"), store.fs
    if not hasattr(inner, "ls"):
        raise ArgumentError.expected("a file system, such as connect_s3 returns", store)
    start = normal(target)
    if start.startswith("/"):
        raise PathError(
            f"The path {start!r} is not relative.", "Pass a path relative to the store."
        )
    if isinstance(inner, LocalFileSystem):
        top = Path(root or "/")
        local = find_local_objects(top / start, failed=_log_skipped)
        return sorted(Path(one).relative_to(top) for one in local)
    root = root.lstrip("/")
    found = wait(_objects(folders_of(inner), "/".join(filter(None, (root, start)))))
    begin = len(root) + 1 if root else 0
    return sorted(Path(one[begin:] or ".") for one in found)


async def _objects(places: Places, start: str) -> list[str]:
    return [one async for one in find_objects(places, start, failed=_log_skipped)]


def _log_skipped(place: str, error: ModosError) -> None:
    _log.warning("%s was not searched: %s %s", shown_address(place), error.message, error.hint)
