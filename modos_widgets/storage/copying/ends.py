"""The two ends of a transfer: a folder on this computer, or a prefix in a bucket."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from modos_widgets.bulk import BulkClient, Counters
from modos_widgets.errors import ChangedError, PathError, StorageError
from modos_widgets.storage.copying.identity import Stated
from modos_widgets.storage.failures import check_regular, from_local, local_failures
from modos_widgets.storage.local_files import is_temporary
from modos_widgets.storage.paths import is_text
from modos_widgets.storage.s3_client import S3Client

if TYPE_CHECKING:
    from modos_widgets.credentials import S3Options

__all__ = ["Content", "End", "Item", "LocalEnd", "RemoteEnd"]

_NAMED = 5  # keys an error names
_AT_ONCE = 512  # whoever copies bounds it further


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
    modified : datetime.datetime or None
        When it was last written.
    """

    name: str
    size: int
    etag: str | None = None
    stamp: int = 0
    modified: datetime | None = field(default=None, compare=False)


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

    async def fetch(self, item: Item, *, start: int = 0, end: int | None = None) -> bytes:
        """Read a file, or its bytes `start` to `end`.

        Raises
        ------
        ChangedError
            It is shorter than it was when it was listed.
        """
        stop = item.size if end is None else end
        data = await asyncio.to_thread(_read_range, self.path(item.name), start, stop)
        if len(data) != stop - start:
            raise _changed(f"{self.path(item.name)}")
        return data

    def read(self, item: Item) -> bytes:
        """Read a whole file, as long as it is the one that was listed; blocks.

        Raises
        ------
        ChangedError
            It is another one by now.
        """
        data = self.path(item.name).read_bytes()
        self.check_unchanged(item)
        return data

    def check_unchanged(self, item: Item) -> None:
        """Raise ChangedError when a file is another one by now than the one that was listed."""
        facts = self.path(item.name).stat()
        if (facts.st_size, facts.st_mtime_ns) != (item.size, item.stamp):
            raise _changed(f"{self.path(item.name)}")

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
                path = Path(folder) / name
                relative = path.relative_to(self.root).as_posix()
                if is_temporary(relative):
                    continue
                if path.is_symlink():
                    _check_link(path, inside)
                with local_failures(str(path), writing=False):
                    facts = path.stat()
                check_regular(path, facts.st_mode)
                modified = datetime.fromtimestamp(facts.st_mtime, UTC)
                found[relative] = Item(relative, facts.st_size, None, facts.st_mtime_ns, modified)
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
        return BulkClient(self.options, self.bucket, concurrency=_AT_ONCE, counters=self.counters)

    @cached_property
    def single(self) -> S3Client:
        """For parts of one large key and for copies on the server."""
        return S3Client.shared(self.options)

    async def fetch(self, item: Item, *, start: int = 0, end: int | None = None) -> memoryview:
        """Read a file, or its bytes `start` to `end`, as long as it is the one that was listed.

        Raises
        ------
        ChangedError
            Its content is another by now.
        StorageError
            It has another length than it was listed with.
        """
        fetched = await self.client.get(self.key(item.name), start=start, end=end)
        if fetched is None or (item.etag and fetched.etag != item.etag):
            raise _changed(f"{self.url}/{item.name}")
        if len(fetched.data) != (item.size if end is None else end) - start:
            raise StorageError(
                f"{self.url}/{item.name} came with another length than it was listed with.",
                "Transfer it again.",
            )
        return fetched.data

    def check_unchanged(self, item: Item) -> None:
        """Do nothing: each `fetch` has held the content against its ETag."""

    def key(self, name: str) -> str:
        """Give a file's key."""
        if not is_text(name):
            raise PathError(
                f"The name {name!r} is no UTF-8, as keys of S3 are.", "Rename the file."
            )
        return f"{self.prefix}/{_checked(name)}" if self.prefix else _checked(name)

    async def stated(self, name: str) -> Stated:
        """Ask what the server states of a file's content besides its ETag (one request)."""
        single = self.single
        call = single.call("head_object", self.bucket, self.key(name), ChecksumMode="ENABLED")
        return Stated.of(await single.hop(call))

    async def items(self) -> dict[str, Item]:
        """List every key below, without the empty ones that stand for folders.

        Raises
        ------
        PathError
            Keys with an empty or relative part (``x//y``, ``x/../y``): no file can have such a
            name. They are named.
        """
        start = len(self.prefix) + 1 if self.prefix else 0
        found: dict[str, Item] = {}
        folders: set[str] = set()
        try:
            async for page in self.client.keys(self.prefix):
                for entry in page:
                    if len(entry.key) < start:
                        continue
                    name = _checked(entry.key[start:])
                    found[name] = Item(name, entry.size, entry.etag, 0, entry.modified)
                    folders.update(map(str, PurePosixPath(name).parents))
        except PathError as error:
            raise await self._odd_keys() or error from None
        # empty keys that consoles put for folders: files of that name could not be beside them
        return {name: one for name, one in found.items() if one.size or name not in folders}

    async def _odd_keys(self) -> PathError | None:
        """Name the keys that make no file; obstore ends a listing at the first of them."""
        below = f"{self.prefix}/" if self.prefix else ""
        keys = await self.single.hop(self.single.keys(self.bucket, below))
        odd = [one.key for one in keys if _is_odd(one.key.removeprefix(below))]
        if not odd:
            return None
        more = f" and {len(odd) - _NAMED} more" if len(odd) > _NAMED else ""
        named = ", ".join(map(repr, odd[:_NAMED]))
        return PathError(
            f"{len(odd)} keys of {self.url} have an empty or relative part, which no file can "
            f"have: {named}{more}.",
            "Rename or remove them; nothing was copied.",
        )


End = LocalEnd | RemoteEnd
Content = bytes | memoryview


def _changed(place: str) -> ChangedError:
    return ChangedError(f"{place} changed while it was read.", "Transfer it again.")


def _read_range(path: Path, start: int, end: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return file.read(end - start)


def _is_odd(name: str) -> bool:
    parts = name.removesuffix("/").split("/")  # consoles put empty keys for folders
    return any(part in {"", ".", ".."} for part in parts)


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


def _checked(name: str, *, windows: bool = os.name == "nt") -> str:
    parts = PurePosixPath(name).parts
    # a colon is a drive ("C:name") or a hidden stream of another file there
    odd = windows and not {"\\", ":"}.isdisjoint(name)
    if not name or name.startswith("/") or ".." in parts or "\0" in name or odd:
        raise PathError(f"{name!r} would lie outside of the object.", "Rename it at the source.")
    return name
