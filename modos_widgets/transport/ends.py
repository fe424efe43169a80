"""The two ends of a transfer: a folder on this computer, or a prefix in a bucket."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from modos_widgets.bulk import BulkClient, Counters
from modos_widgets.errors import PathError
from modos_widgets.storage.local_files import is_temporary
from modos_widgets.storage.s3_client import S3Client

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
        """List every file below, without temporary ones; links out of the folder are refused.

        Raises
        ------
        PathError
            A symbolic link leads outside.
        """
        found: dict[str, Item] = {}
        inside = self.root.resolve()
        for folder, _, names in os.walk(self.root):
            for name in names:
                if is_temporary(name):
                    continue
                path = Path(folder) / name
                if path.is_symlink() and not path.resolve().is_relative_to(inside):
                    raise PathError(
                        f"{path} is a link that leads outside of the object.",
                        "Replace the link by the file itself.",
                    )
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

    def key(self, name: str) -> str:
        """Give a file's key."""
        return f"{self.prefix}/{_checked(name)}" if self.prefix else _checked(name)

    async def items(self) -> dict[str, Item]:
        """List every key below."""
        start = len(self.prefix) + 1 if self.prefix else 0
        found: dict[str, Item] = {}
        async for page in self.client.keys(self.prefix):
            for entry in page:
                name = _checked(entry.key[start:])
                found[name] = Item(name, entry.size, entry.etag)
        return found


End = LocalEnd | RemoteEnd


def _checked(name: str) -> str:
    parts = PurePosixPath(name).parts
    if not name or name.startswith("/") or ".." in parts or ("\\" in name and os.name == "nt"):
        raise PathError(f"{name!r} would lie outside of the object.", "Rename it at the source.")
    return name
