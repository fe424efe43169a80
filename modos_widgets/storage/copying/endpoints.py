"""Ends of a transfer: a local folder, or a prefix in a bucket."""

from __future__ import annotations

import asyncio
import mmap
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from modos_widgets import s3
from modos_widgets.errors import ChangedError, PathError, StorageError
from modos_widgets.files import mark_from
from modos_widgets.s3 import Counters
from modos_widgets.storage.copying.checksums import Stated
from modos_widgets.storage.local_errors import check_regular, from_local, local_failures
from modos_widgets.storage.paths import is_temporary, is_text
from modos_widgets.storage.types import FileEntry

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from modos_widgets.credentials import S3Options
    from modos_widgets.s3 import BulkClient, Key, Page, S3Client

__all__ = ["Content", "End", "Listing", "LocalEnd", "Omitted", "RemoteEnd", "fitting"]

_EMPTY = "Empty folder."
_FILLED = "The key of a folder has content."
_LONGEST_PART = 255  # maximum bytes of a file name on most disks
_LONGEST_KEY = 1024  # maximum bytes of a key (Amazon S3)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")  # obstore rejects all of them
_AT_ONCE = 512  # a transfer limits it further
_MAPPED = 4 << 20  # bytes from which a part gets pages of its own, which are free when it is sent


@dataclass(frozen=True)
class Omitted:
    """Entry of an object that cannot be copied.

    Attributes
    ----------
    name : str
        Path relative to the object; the path of a folder ends with a slash.
    size : int
        Size in bytes.
    reason : str
        The reason, in one sentence.
    """

    name: str
    size: int
    reason: str


@dataclass(frozen=True)
class Listing:
    """Content of an object.

    Attributes
    ----------
    items : dict of str to FileEntry
        Name to file.
    omitted : tuple of Omitted
        Entries that cannot be copied.
    """

    items: dict[str, FileEntry]
    omitted: tuple[Omitted, ...] = ()


@dataclass(frozen=True)
class LocalEnd:
    """Local folder as an end of a transfer.

    Attributes
    ----------
    root : pathlib.Path
        Absolute path.
    """

    root: Path

    @property
    def url(self) -> str:
        """Absolute path."""
        return str(self.root)

    def path(self, name: str) -> Path:
        """Return the path of a file; a name that would leave the folder raises an error."""
        return self.root / _checked(name)

    async def fetch(self, item: FileEntry, *, start: int = 0, end: int | None = None) -> Content:
        """Read a file, or its bytes `start` to `end`.

        Raises
        ------
        ChangedError
            The file is shorter than when it was listed.
        """
        stop = item.size if end is None else end
        data = await asyncio.to_thread(_read_range, self.path(item.name), start, stop)
        if len(data) != stop - start:
            raise _changed(f"{self.path(item.name)}")
        return data

    def read(self, item: FileEntry) -> bytes:
        """Read a whole file, if it has not changed since it was listed. Blocks.

        Raises
        ------
        ChangedError
            The file changed.
        """
        data = self.path(item.name).read_bytes()
        self.check_unchanged(item)
        return data

    def check_unchanged(self, item: FileEntry) -> None:
        """Raise ChangedError if a file changed since it was listed."""
        facts = self.path(item.name).stat()
        if mark_from(facts) != item.version:
            raise _changed(f"{self.path(item.name)}")

    def refusal(self, name: str) -> str:
        """Return why a file here cannot have a name; an empty text if it can."""
        reason = _refusal(name)
        if not reason and any(len(os.fsencode(part)) > _LONGEST_PART for part in name.split("/")):
            return f"A part of its name is longer than {_LONGEST_PART} bytes."
        return reason

    async def listing(self) -> Listing:
        """List all files and empty folders, without temporary ones, on a thread.

        Returns
        -------
        Listing

        Raises
        ------
        PathError
            A symbolic link leads outside, is broken, or leads to a folder.
        CredentialsError, StorageError
            A folder cannot be read, so its content would be missing at the target.
        """
        return await asyncio.to_thread(self._listing)

    def _listing(self) -> Listing:
        found: dict[str, FileEntry] = {}
        empty: list[Omitted] = []
        inside = self.root.resolve()
        for folder, folders, names in os.walk(self.root, onerror=_unread):
            below = Path(folder).relative_to(self.root).as_posix()
            if not folders and below != "." and all(map(is_temporary, names)):
                empty.append(Omitted(f"{below}/", 0, _EMPTY))
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
                found[relative] = FileEntry(
                    relative, facts.st_size, modified, version=mark_from(facts)
                )
        return Listing(found, tuple(empty))


@dataclass(frozen=True)
class RemoteEnd:
    """Prefix in a bucket as an end of a transfer. Can be pickled.

    Attributes
    ----------
    options : S3Options
        Server and credentials.
    bucket, prefix : str
        The prefix has no surrounding slashes.
    """

    options: S3Options
    bucket: str
    prefix: str

    @property
    def url(self) -> str:
        """URL ``s3://bucket/prefix``."""
        return f"s3://{self.bucket}/{self.prefix}"

    def __reduce__(self) -> tuple[type[RemoteEnd], tuple[S3Options, str, str]]:
        """Return the pickled state, without clients, counters and keys of this process."""
        return RemoteEnd, (self.options, self.bucket, self.prefix)

    @cached_property
    def counters(self) -> Counters:
        """Counters of requests, bytes and retries of this end."""
        return Counters()

    @cached_property
    def client(self) -> BulkClient:
        """Client for many whole keys."""
        return s3.BulkClient(
            self.options, self.bucket, concurrency=_AT_ONCE, counters=self.counters
        )

    @cached_property
    def single(self) -> S3Client:
        """Client for parts of a large key and for copies on the server."""
        return s3.S3Client.shared(self.options)

    async def fetch(self, item: FileEntry, *, start: int = 0, end: int | None = None) -> memoryview:
        """Read a file, or its bytes `start` to `end`, if it has not changed since it was listed.

        Raises
        ------
        ChangedError
            Its content changed.
        StorageError
            Its length differs from the listing.
        """
        fetched = await self.client.get(self.key(item.name), start=start, end=end)
        if fetched is None or (item.etag and fetched.etag != item.etag):
            raise _changed(f"{self.url}/{item.name}")
        if len(fetched.data) != (item.size if end is None else end) - start:
            raise StorageError(
                f"The length of {self.url}/{item.name} differs from the listing.",
                "Transfer it again.",
            )
        return fetched.data

    def check_unchanged(self, item: FileEntry) -> None:
        """Do nothing: each `fetch` is conditional on the ETag."""

    def key(self, name: str) -> str:
        """Return the key of a file."""
        if not is_text(name):
            raise PathError(
                f"The name {name!r} is not valid UTF-8, which S3 keys must be.", "Rename the file."
            )
        return f"{self.prefix}/{_checked(name)}" if self.prefix else _checked(name)

    async def stated(self, name: str) -> Stated:
        """Request the server's statements about a file's content besides its ETag (one request)."""
        single = self.single
        call = single.call("head_object", self.bucket, self.key(name), ChecksumMode="ENABLED")
        return Stated.of(await single.hop(call))

    def refusal(self, name: str) -> str:
        """Return why a key here cannot have a file's name; an empty text if it can."""
        if not is_text(name):
            return "Its name is not valid UTF-8."
        if _CONTROL.search(name):
            return "Its name contains a control character."
        reason = _refusal(name)
        if not reason and len(f"{self.prefix}/{name}".encode()) > _LONGEST_KEY:
            return f"Its key is longer than {_LONGEST_KEY:,} bytes."
        return reason

    @property
    def below(self) -> str:
        """Beginning of every key here."""
        return f"{self.prefix}/" if self.prefix else ""

    async def listing(self) -> Listing:
        """List all keys, and separate the files from other keys (see `Listing`).

        obstore lists ``x/`` as ``x`` and ends at the first key that it cannot parse, so the
        keys are listed by the other client.
        """
        keys: list[Key] = []
        token: str | None = None
        while True:
            page = await self.page(self.below, token=token)
            keys += page.keys
            token = page.token
            if token is None:
                return self.listing_of(keys)

    async def page(self, prefix: str, *, token: str | None = None) -> Page:
        """Send one request for a listing, which may include keys outside this end."""
        self.counters.add(requests=1)
        return await self.single.hop(self.single.page(self.bucket, prefix, token=token))

    def listing_of(self, keys: Iterable[Key]) -> Listing:
        """Return the listing of keys: files, and keys that are not files."""
        return self._sorted({key.key[len(self.below) :]: key for key in keys})

    def _sorted(self, keys: Mapping[str, Key]) -> Listing:
        found: dict[str, FileEntry] = {}
        omitted: list[Omitted] = []
        occupied = _folders_of(keys)
        for name, key in keys.items():
            marker = name.endswith("/") or not name
            reason = self.refusal(name.removesuffix("/")) if name else ""
            if not reason and marker:
                reason = _FILLED if key.size else "" if not name or name in occupied else _EMPTY
            if reason:
                omitted.append(Omitted(name, key.size, reason))
            elif not marker:
                found[name] = FileEntry(name, key.size, key.modified, key.etag)
        return Listing(found, tuple(omitted))


End = LocalEnd | RemoteEnd
Content = bytes | memoryview


def _changed(place: str) -> ChangedError:
    return ChangedError(f"{place} changed while it was read.", "Transfer it again.")


def _read_range(path: Path, start: int, end: int) -> Content:
    with path.open("rb") as file:
        file.seek(start)
        if end - start < _MAPPED:
            return file.read(end - start)
        data = memoryview(mmap.mmap(-1, end - start))
        return data[: file.readinto(data)]


def fitting(listing: Listing, target: End) -> Listing:
    """Return the listing with the entries that a target cannot store moved to its omitted ones.

    On a disk a name is either a file or a folder. Of both, the folder is copied, as it contains
    more; but a node's document in the archive is copied instead of keys below its name.
    """
    reasons = {name: target.refusal(name) for name in listing.items}
    if isinstance(target, LocalEnd):
        kept = [name for name, reason in reasons.items() if not reason]
        nodes = {one for one in _folders_of(kept) if one.endswith("/zarr.json/")}
        nodes = {one for one in nodes if not reasons.get(one[:-1], _EMPTY)}
        for name in kept:
            if nodes and not nodes.isdisjoint(_folders_of([name])):
                reasons[name] = "One of its folders has the name of a file."
        folders = _folders_of(name for name in kept if not reasons[name])
        for name in kept:
            if f"{name}/" in folders:
                reasons[name] = "A folder has the same name."
    return Listing(
        {name: item for name, item in listing.items.items() if not reasons[name]},
        (
            *listing.omitted,
            *(
                Omitted(name, listing.items[name].size, reason)
                for name, reason in reasons.items()
                if reason
            ),
        ),
    )


def _folders_of(names: Iterable[str]) -> set[str]:
    """Return every folder that is not empty, with a trailing slash."""
    found: set[str] = set()
    for name in names:
        end = name.rfind("/", 0, len(name) - 1)
        while end >= 0 and name[: end + 1] not in found:
            found.add(name[: end + 1])
            end = name.rfind("/", 0, end)
    return found


def _refusal(name: str) -> str:
    parts = name.split("/")
    if "" in parts:
        return "Its name has an empty part."
    if not {".", ".."}.isdisjoint(parts):
        return "Its name has a relative part."
    if is_temporary(name):
        return "Its name is that of a temporary file."
    try:
        _checked(name)
    except PathError:
        return "This computer cannot have a file of its name."
    return ""


def _unread(error: OSError) -> None:
    """Raise the error of a folder that cannot be listed; a missing folder counts as empty."""
    if not isinstance(error, FileNotFoundError):
        raise from_local(error, str(error.filename), writing=False) from error


def _check_link(path: Path, inside: Path) -> None:
    target = path.resolve()
    if not target.is_relative_to(inside):
        raise PathError(
            f"{path} is a link that leads out of the object.",
            "Replace the link by the file itself.",
        )
    if not target.is_file():
        raise PathError(
            f"{path} is a link to {'a folder' if target.is_dir() else 'nothing'}.",
            "Replace the link by its target, or remove it.",
        )


def _checked(name: str, *, windows: bool = os.name == "nt") -> str:
    parts = PurePosixPath(name).parts
    # on Windows a colon marks a drive ("C:name") or a hidden stream of another file
    odd = windows and not {"\\", ":"}.isdisjoint(name)
    if not name or name.startswith("/") or ".." in parts or "\0" in name or odd:
        raise PathError(f"{name!r} would be outside the object.", "Rename it at the source.")
    return name
