"""Stores of many objects: connecting to one, and finding the objects in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from fsspec.implementations.dirfs import DirFileSystem
from pydantic import ValidationError
from s3fs import S3FileSystem

from modos_widgets.credentials import S3Options
from modos_widgets.errors import OptionError, PathError
from modos_widgets.storage.paths import ZARR_ROOT, normal
from modos_widgets.storage.s3_client import S3Client, side_by_side
from modos_widgets.storage.s3_path import S3Path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fsspec import AbstractFileSystem

    from modos_widgets.storage.paths import Target

_MARK = ZARR_ROOT.as_posix()


def s3_path_of(path: str | S3Path) -> S3Path:
    """Read an S3 URL, with our error for one that is not allowed."""
    if isinstance(path, S3Path):
        return path
    try:
        return S3Path(url=path)
    except ValidationError as error:
        reason = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
        raise PathError(
            f"{path!r} is no place on S3: {reason}.", "It looks like s3://bucket/key."
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
    place = s3_path_of(path)
    options = _options or S3Options.resolve(endpoint, s3_kwargs)
    client = S3Client.shared(options)
    return DirFileSystem(path="/".join(filter(None, place.s3_url_parts())), fs=client.fs)


def list_remote_modos(
    store: DirFileSystem | AbstractFileSystem, target: Target | None = None
) -> list[Path]:
    """List all modos in the store, sorted.

    An object is where a prefix has a ``data.zarr/``; nothing below an object is looked
    at. On S3 one delimiter listing per folder, those of a level side by side.

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
    client = _client_of(inner)
    if client is not None and root:
        found = client.run(_walk_s3(client, root, start))
    else:
        found = _walk(inner, root, start)
    return sorted(Path(one) for one in found)


def _client_of(fs: AbstractFileSystem) -> S3Client | None:
    if not isinstance(fs, S3FileSystem):
        return None
    return S3Client.around(fs)


async def _walk_s3(client: S3Client, root: str, start: str) -> list[str]:
    bucket, _, prefix = root.partition("/")
    found: list[str] = []

    async def below(folder: str) -> list[str]:
        whole = "".join(f"{part}/" for part in (prefix, folder) if part)
        names: list[str] = []
        async for page in client.pages(bucket, whole, "/"):
            names += (one.removeprefix(whole).rstrip("/") for one in page.prefixes)
        if _MARK in names:
            found.append(folder or ".")
            return []
        return ["/".join(filter(None, (folder, name))) for name in names if name]

    folders = [start]
    while folders:
        folders = [name for level in await side_by_side(map(below, folders)) for name in level]
    return found


def _walk(fs: AbstractFileSystem, root: str, start: str) -> list[str]:
    found: list[str] = []
    base = "/" + root if root else ""
    if isinstance(fs, S3FileSystem) or not base:
        base = root
    folders = [start]
    while folders:
        folder = folders.pop()
        place = "/".join(filter(None, (base, folder)))
        entries = fs.ls(place, detail=True)
        names = [e["name"].rstrip("/").rpartition("/")[2] for e in entries if _is_folder(e)]
        if _MARK in names:
            found.append(folder or ".")
        else:
            folders += ("/".join(filter(None, (folder, name))) for name in names)
    return found


def _is_folder(entry: dict[str, Any]) -> bool:
    return entry.get("type") == "directory"
