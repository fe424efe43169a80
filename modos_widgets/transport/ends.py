"""The two ends of a transfer: a folder on this computer, or a prefix in a bucket."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from modos_widgets.bulk import BulkClient, Counters
from modos_widgets.errors import ChangedError, PathError
from modos_widgets.storage.failures import from_local, local_failures
from modos_widgets.storage.local_files import is_temporary
from modos_widgets.storage.s3_client import S3Client
from modos_widgets.transport.identity import is_opaque

if TYPE_CHECKING:
    from modos_widgets.credentials import S3Options

__all__ = ["End", "Item", "LocalEnd", "RemoteEnd"]


@dataclass(frozen=True)
class Item:
    """One file of an object.

    Attributes
    ----------
    name : str
        Path relative to the object.
    size : int
        Bytes.
    etag : str or None
        What S3 says of its content; None for a local file.
    stamp : int
        Nanoseconds of a local file's last change; 0 on S3.
    """

    name: str
    size: int
    etag: str | None = None
    stamp: int = 0


@dataclass(frozen=True)
class LocalEnd:
    """A folder on this computer.

    Attributes
    ----------
    root : pathlib.Path
        Absolute.
    """

    root: Path

    @property
    def url(self) -> str:
        """The absolute path."""
        return str(self.root)

    def path(self, name: str) -> Path:
        """Give a file's place; a name that would leave the folder is refused."""
        return self.root / _checked(name)

    async def items(self) -> dict[str, Item]:
        """List every file below, without temporary ones, on a thread.

        Raises
        ------
        PathError
            A symbolic link leads outside, to nothing, or to a folder.
        CredentialsError, StorageError
            A folder cannot be read: what is in it would be missing at the target.
        """
        return await asyncio.to_thread(self._items)

    def _items(self) -> dict[str, Item]:
        found: dict[str, Item] = {}
        inside = self.root.resolve()
        for folder, folders, names in os.walk(self.root, onerror=_unread):
            for name in (*names, *(one for one in folders if os.path.islink(Path(folder, one)))):  # noqa: PTH114
                if is_temporary(name):
                    continue
                path = Path(folder) / name
                if path.is_symlink():
                    _check_link(path, inside)
                with local_failures(str(path), writing=False):
                    facts = path.stat()
                relative = path.relative_to(self.root).as_posix()
                found[relative] = Item(relative, facts.st_size, None, facts.st_mtime_ns)
        return found


@dataclass(frozen=True)
class RemoteEnd:
    """A prefix in a bucket; can be sent to another process.

    Attributes
    ----------
    options : S3Options
        Endpoint and credentials.
    bucket, prefix : str
        The prefix without slashes around it.
    """

    options: S3Options
    bucket: str
    prefix: str

    @property
    def url(self) -> str:
        """The path as people write it."""
        return f"s3://{self.bucket}/{self.prefix}"

    def __reduce__(self) -> tuple[type[RemoteEnd], tuple[S3Options, str, str]]:
        """Travel without what belongs to this process: clients, counters, keys at hand."""
        return RemoteEnd, (replace(self.options), self.bucket, self.prefix)

    @cached_property
    def counters(self) -> Counters:
        """Requests, bytes and retries of this end."""
        return Counters()

    @cached_property
    def client(self) -> BulkClient:
        """For whole keys, many at once."""
        return BulkClient(self.options, self.bucket, counters=self.counters)

    @cached_property
    def single(self) -> S3Client:
        """For parts of one large key and for copies on the server."""
        return S3Client.shared(self.options)

    async def fetch(self, item: Item, *, start: int = 0, end: int | None = None) -> bytes:
        """Read a file, or its bytes `start` to `end`, as long as it is the one that was listed.

        Raises
        ------
        ChangedError
            Its content is another by now.
        """
        fetched = await self.client.get(self.key(item.name), start=start, end=end)
        if fetched is None or (item.etag and fetched.etag != item.etag):
            raise ChangedError(
                f"{self.url}/{item.name} changed while it was read.", "Transfer it again."
            )
        return fetched.data

    def key(self, name: str) -> str:
        """Give a file's key."""
        return f"{self.prefix}/{_checked(name)}" if self.prefix else _checked(name)

    async def is_opaque(self, name: str) -> bool:
        """Ask whether a file's ETag says nothing about its content (one request)."""
        single = self.single
        return is_opaque(await single.hop(single.call("head_object", self.bucket, self.key(name))))

    async def items(self) -> dict[str, Item]:
        """List every key below, without the empty ones that stand for folders."""
        start = len(self.prefix) + 1 if self.prefix else 0
        found: dict[str, Item] = {}
        folders: set[str] = set()
        async for page in self.client.keys(self.prefix):
            for entry in page:
                if len(entry.key) < start:
                    continue
                name = _checked(entry.key[start:])
                found[name] = Item(name, entry.size, entry.etag)
                folders.update(map(str, PurePosixPath(name).parents))
        # empty keys that consoles put for folders: files of that name could not be beside them
        return {name: one for name, one in found.items() if one.size or name not in folders}


End = LocalEnd | RemoteEnd


def _unread(error: OSError) -> None:
    """Raise what kept a folder from being listed; one that is not there is empty."""
    if not isinstance(error, FileNotFoundError):
        raise from_local(error, str(error.filename), writing=False) from error


def _check_link(path: Path, inside: Path) -> None:
    target = path.resolve()
    if not target.is_relative_to(inside):
        raise PathError(
            f"{path} is a link that leads outside of the object.",
            "Replace the link by the file itself.",
        )
    if not target.is_file():
        raise PathError(
            f"{path} is a link to {'a folder' if target.is_dir() else 'nothing'}.",
            "Replace the link by what it stands for, or remove it.",
        )


def _checked(name: str) -> str:
    parts = PurePosixPath(name).parts
    if not name or name.startswith("/") or ".." in parts or ("\\" in name and os.name == "nt"):
        raise PathError(f"{name!r} would lie outside of the object.", "Rename it at the source.")
    return name
