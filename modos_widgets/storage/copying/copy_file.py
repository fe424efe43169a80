"""Copying of one file from one end to the other, verified end to end."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from modos_widgets.concurrency import ShortCalls
from modos_widgets.errors import (
    AlreadyExistsError,
    CredentialsError,
    StorageError,
)
from modos_widgets.files import replace_file
from modos_widgets.storage.copying import checksums
from modos_widgets.storage.copying.budget import Budget
from modos_widgets.storage.copying.comparison import read_alike
from modos_widgets.storage.copying.endpoints import End, LocalEnd, RemoteEnd
from modos_widgets.storage.copying.resumable_copy import PartedDownload, PartedUpload
from modos_widgets.storage.copying.target_checks import TargetChecks
from modos_widgets.storage.writes import note_writes_anywhere

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from modos_widgets.storage.copying.endpoints import Content
    from modos_widgets.storage.types import FileEntry

    Arrived = Callable[[int], None]

__all__ = ["LARGE", "Routes"]

LARGE = 32 << 20
"""Size in bytes from which a file is copied in parts."""

_IN_MEMORY = 80 << 20


def _told_to_nobody(_: int) -> None:
    """Ignore the bytes that arrived."""


@dataclass(frozen=True)
class _How:
    overwrite: bool
    arrived: Arrived


@dataclass
class Routes:
    """Copier of single files.

    Attributes
    ----------
    verify : bool
        Whether to compare contents end to end, not only sizes.
    """

    verify: bool
    budget: Budget = field(default_factory=lambda: Budget(_IN_MEMORY))
    _short: ShortCalls = field(default_factory=ShortCalls)
    _target_checks: dict[RemoteEnd, TargetChecks] = field(default_factory=dict)

    async def copy(
        self,
        source: End,
        target: End,
        item: FileEntry,
        *,
        overwrite: bool,
        arrived: Arrived = _told_to_nobody,
    ) -> str:
        """Copy one file.

        Parameters
        ----------
        source, target : End
            The ends.
        item : FileEntry
            The file.
        overwrite : bool
            Replace an existing file.
        arrived : callable
            Called with the number of bytes whenever bytes arrive.

        Returns
        -------
        str
            The checksum that was compared, or an empty text if only the size was compared.

        Raises
        ------
        ChangedError
            The source changed while it was read.
        AlreadyExistsError
            Another program wrote the target during the transfer.
        StorageError
            The copied content differs from the source.
        """
        how = _How(overwrite=overwrite, arrived=arrived)
        if isinstance(source, LocalEnd):
            if isinstance(target, LocalEnd):
                return await asyncio.to_thread(self._link, source, target, item, how)
            try:
                return await self._send(source, target, item, how)
            finally:
                note_writes_anywhere()
        if isinstance(target, LocalEnd):
            return await self._download(source, target, item, how)
        try:
            return await self._to_s3(source, target, item, how)
        finally:
            note_writes_anywhere()

    async def _to_s3(self, source: RemoteEnd, target: RemoteEnd, item: FileEntry, how: _How) -> str:
        if source.options.endpoint == target.options.endpoint:
            try:
                return await self._on_the_server(source, target, item, how)
            except CredentialsError:
                if source.options == target.options:
                    raise
                # the S3 key of one end may not permit reading the other
        return await self._send(source, target, item, how)

    async def same(self, source: End, target: End, item: FileEntry, found: FileEntry) -> None:
        """Compare an existing file with its source, by reading both.

        Raises
        ------
        AlreadyExistsError
            It has another content.
        """
        if self.verify and not await read_alike(source, item, target, found, self.budget):
            raise AlreadyExistsError(
                f"{target.url}/{item.name} has another content.",
                "Choose another target, or pass overwrite=True.",
            )

    async def _send(self, source: End, target: RemoteEnd, item: FileEntry, how: _How) -> str:
        if item.size >= LARGE:
            upload = PartedUpload(target, item, self.budget, how.arrived)
            etag, expected = await upload.run(source, exclusive=not how.overwrite)
            return await self._compared(target, item, etag, expected)
        async with self.budget.hold(item.size):
            data: Content
            if isinstance(source, LocalEnd):
                data, digest = await self._short.run(partial(_read, source, item))
            else:
                data = await source.fetch(item)
                digest = await self._short.run(partial(checksums.md5, data))
            return await self._put(target, item, data, digest, how)

    async def _put(
        self, target: RemoteEnd, item: FileEntry, data: Content, digest: str, how: _How
    ) -> str:
        key = target.key(item.name)
        try:
            etag = await target.client.put(key, data, create=not how.overwrite)
        except AlreadyExistsError:
            # written by an attempt of ours whose response was lost, or by another program
            etag = (await target.client.head(key)).etag or ""
            if not checksums.says(etag, digest):
                raise
        how.arrived(len(data))
        return await self._compared(target, item, etag, digest)

    async def _compared(
        self, target: RemoteEnd, item: FileEntry, etag: str | None, expected: str
    ) -> str:
        if not self.verify:
            return ""
        matches = checksums.says(etag, expected)
        if matches is False and not (await target.stated(item.name)).opaque:
            raise StorageError(
                f"{target.url}/{item.name} differs from the source after the transfer.",
                "Transfer it again.",
            )
        return f"{'etag' if '-' in expected else 'md5'}:{expected}" if matches else ""

    async def _download(
        self, source: RemoteEnd, target: LocalEnd, item: FileEntry, how: _How
    ) -> str:
        path = target.path(item.name)
        if item.size >= LARGE:
            path.parent.mkdir(parents=True, exist_ok=True)
            download = PartedDownload(source, item, self.budget, how.arrived)
            etag = await download.run(path, exclusive=not how.overwrite, verify=self.verify)
            return f"etag:{etag}" if etag else ""
        async with self.budget.hold(item.size):
            data = await source.fetch(item)
            place = partial(_place, path, data, exclusive=not how.overwrite, item=item)
            digest, matches = await self._short.run(partial(_receive, item, data, place))
            if matches is False:
                if self.verify and not (await source.stated(item.name)).opaque:
                    raise StorageError(
                        f"{source.url}/{item.name} arrived with different content.",
                        "Transfer it again.",
                    )
                await self._short.run(place)
            how.arrived(len(data))
            return f"md5:{digest}" if matches and self.verify else ""

    async def _on_the_server(
        self, source: RemoteEnd, target: RemoteEnd, item: FileEntry, how: _How
    ) -> str:
        origin = (source.bucket, source.key(item.name))
        goal = (target.bucket, target.key(item.name))
        if not how.overwrite:
            await self._refuse_what_came(target, item)
        target.counters.add(requests=1)
        copy = target.single.copy(origin, goal, item.size, if_match=item.etag)
        etag = await target.single.hop(copy)
        how.arrived(item.size)
        if not self.verify:
            return ""
        if etag == item.etag and checksums.is_plain(etag):  # MD5 of the file at the target now
            return f"etag:{_bare(item)}"
        found = await target.client.head(goal[1])
        if found.size != item.size:
            raise StorageError(
                f"{target.url}/{item.name} arrived incomplete.", "Transfer it again."
            )
        return f"etag:{_bare(item)}" if found.etag == item.etag else ""

    async def _refuse_what_came(self, target: RemoteEnd, item: FileEntry) -> None:
        """Check the target again before a copy, which S3 cannot make conditional on its target."""
        checks = self._target_checks.setdefault(target, TargetChecks(target))
        found = await checks.at(target.key(item.name))
        if found is not None and (found.etag != item.etag or found.size != item.size):
            raise AlreadyExistsError(
                f"{target.url}/{item.name} was written by another program during the transfer.",
                "Check this file, then retry.",
            )

    def _link(self, source: LocalEnd, target: LocalEnd, item: FileEntry, how: _How) -> str:
        origin, goal = source.path(item.name), target.path(item.name)
        goal.parent.mkdir(parents=True, exist_ok=True)

        def pieces() -> Iterator[bytes]:
            with origin.open("rb") as file:
                yield from iter(lambda: file.read(1 << 20), b"")
            source.check_unchanged(item)  # before it replaces the existing file

        try:
            replace_file(goal, pieces(), exclusive=not how.overwrite, lasting=item.size >= LARGE)
        except FileExistsError:
            if checksums.file_digest(origin) != checksums.file_digest(goal):
                raise AlreadyExistsError(
                    f"{goal} was written by another program during the transfer.",
                    "Check this file, then retry.",
                ) from None
        shutil.copymode(origin, goal)
        how.arrived(item.size)
        if not self.verify:
            return ""
        one, other = checksums.file_digest(origin), checksums.file_digest(goal)
        if one != other:
            raise StorageError(f"{goal} arrived with different content.", "Transfer it again.")
        return f"md5:{one}"


def _bare(item: FileEntry) -> str:
    return (item.etag or "").strip('"')


def _read(source: LocalEnd, item: FileEntry) -> tuple[bytes, str]:
    data = source.read(item)
    return data, checksums.md5(data)


def _receive(item: FileEntry, data: Content, place: Callable[[], None]) -> tuple[str, bool | None]:
    """Write a content to its place, unless its ETag shows that it is another one."""
    digest = checksums.md5(data)
    matches = checksums.says(item.etag, digest)
    if matches is not False:
        place()
    return digest, matches


def _place(path: Path, data: Content, *, exclusive: bool, item: FileEntry) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        replace_file(path, (data,), exclusive=exclusive, lasting=item.name.endswith("zarr.json"))
    except FileExistsError:
        if not checksums.equal(path.read_bytes(), data):
            raise AlreadyExistsError(
                f"{path} was written by another program during the transfer.",
                "Check this file, then retry.",
            ) from None
    except OSError as error:
        raise StorageError(
            f"{path} cannot be written ({error.strerror}).", "Check the space and the permissions."
        ) from error
