"""The two ends of a transfer: a folder on this computer, or a prefix in a bucket."""

from __future__ import annotations

import asyncio
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
_FILLED = "A key that stands for a folder, with content."
_LONGEST_PART = 255  # bytes of a file's name on most disks
_LONGEST_KEY = 1024  # bytes of a key (Amazon S3)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")  # obstore takes none of them
_AT_ONCE = 512  # whoever copies bounds it further


@dataclass(frozen=True)
class Omitted:
    """What lies in an object and cannot be copied.

    Attributes
    ----------
    name : str
        Path relative to the object; that of a folder ends with a slash.
    size : int
        Bytes.
    reason : str
        Why, in one sentence.
    """

    name: str
    size: int
    reason: str


@dataclass(frozen=True)
class Listing:
    """What lies in an object.

    Attributes
    ----------
    items : dict of str to FileEntry
        Name -> file.
    omitted : tuple of Omitted
        What is not a file that can be copied.
    """

    items: dict[str, FileEntry]
    omitted: tuple[Omitted, ...] = ()


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

    async def fetch(self, item: FileEntry, *, start: int = 0, end: int | None = None) -> bytes:
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

    def read(self, item: FileEntry) -> bytes:
        """Read a whole file, as long as it is the one that was listed; blocks.

        Raises
        ------
        ChangedError
            It is another one by now.
        """
        data = self.path(item.name).read_bytes()
        self.check_unchanged(item)
        return data

    def check_unchanged(self, item: FileEntry) -> None:
        """Raise ChangedError when a file is another one by now than the one that was listed."""
        facts = self.path(item.name).stat()
        if mark_from(facts) != item.version:
            raise _changed(f"{self.path(item.name)}")

    def refusal(self, name: str) -> str:
        """Return why no file can have a name here; an empty text where one can."""
        reason = _refusal(name)
        if not reason and any(len(os.fsencode(part)) > _LONGEST_PART for part in name.split("/")):
            return f"A part of its name is longer than {_LONGEST_PART} bytes."
        return reason

    async def listing(self) -> Listing:
        """List every file and every empty folder below, without temporary ones, on a thread.

        Raises
        ------
        PathError
            A symbolic link leads outside, to nothing, or to a folder.
        CredentialsError, StorageError
            A folder cannot be read: what is in it would be missing at the target.
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
        return RemoteEnd, (self.options, self.bucket, self.prefix)

    @cached_property
    def counters(self) -> Counters:
        """Requests, bytes and retries of this end."""
        return Counters()

    @cached_property
    def client(self) -> BulkClient:
        """For whole keys, many at once."""
        return s3.BulkClient(
            self.options, self.bucket, concurrency=_AT_ONCE, counters=self.counters
        )

    @cached_property
    def single(self) -> S3Client:
        """For parts of one large key and for copies on the server."""
        return s3.S3Client.shared(self.options)

    async def fetch(self, item: FileEntry, *, start: int = 0, end: int | None = None) -> memoryview:
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

    def check_unchanged(self, item: FileEntry) -> None:
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

    def refusal(self, name: str) -> str:
        """Return why no key here can stand for a file of a name; an empty text where one can."""
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
        """What every key here begins with."""
        return f"{self.prefix}/" if self.prefix else ""

    async def listing(self) -> Listing:
        """List every key below; those that are not files are told apart (see `Listing`).

        obstore lists ``x/`` as ``x`` and ends at the first key that it cannot read, so the
        keys are listed as they are.
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
        """Make one request for a listing, also of what lies beside this end."""
        self.counters.add(requests=1)
        return await self.single.hop(self.single.page(self.bucket, prefix, token=token))

    def listing_of(self, keys: Iterable[Key]) -> Listing:
        """Tell the files among the keys below from what is not a file."""
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


def _read_range(path: Path, start: int, end: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return file.read(end - start)


def fitting(listing: Listing, target: End) -> Listing:
    """Return what of a listing can be copied to a target, and what cannot.

    On a disk one name is either a file or a folder. The folder is copied then, for it holds
    more; a node of the archive is copied rather than what lies below its document.
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
    """Return every folder that something lies in, with a slash at its end."""
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
