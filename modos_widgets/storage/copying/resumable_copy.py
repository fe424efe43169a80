"""Copying of large files in concurrent parts, with limited memory, resumed after a crash."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from modos_widgets.concurrency import all_together, in_thread
from modos_widgets.errors import (
    AlreadyExistsError,
    NotFoundError,
    StorageError,
)
from modos_widgets.files import put_in_place
from modos_widgets.s3 import MultipartUpload
from modos_widgets.storage.copying import checksums

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path

    from modos_widgets.storage.copying.budget import Budget
    from modos_widgets.storage.copying.endpoints import End, RemoteEnd
    from modos_widgets.storage.types import FileEntry

__all__ = ["PartedDownload", "PartedUpload"]


T = TypeVar("T")

_LONGEST_PART = 128 << 20  # bytes; with longer parts too few would be read concurrently


class _Parted:
    """Transfer of one large file in parts.

    Parameters
    ----------
    remote : RemoteEnd
        The end on S3: target of an upload, source of a download.
    item : FileEntry
        The file.
    budget : Budget
        Limits the bytes in memory.
    arrived : callable
        Called with the number of bytes whenever bytes arrive.
    """

    def __init__(
        self, remote: RemoteEnd, item: FileEntry, budget: Budget, arrived: Callable[[int], None]
    ) -> None:
        self._remote = remote
        self._item = item
        self._budget = budget
        self._arrived = arrived
        self._part = checksums.part_size(item.size)
        self._key = remote.key(item.name)


class PartedUpload(_Parted):
    """Upload of one large file in parts; parts that are already on the server are kept."""

    async def run(self, source: End, *, exclusive: bool) -> tuple[str | None, str]:
        """Upload the missing parts, and complete the upload.

        Parameters
        ----------
        source : End
            The source. If it changed before all parts have arrived, the target is not changed.
        exclusive : bool
            Do not replace a key that exists by then.

        Returns
        -------
        tuple of (str or None, str)
            The ETag from the server, and the expected ETag of the content.
        """
        upload, arrived_parts = await self._resume()
        number = -(-self._item.size // self._part)
        etags = await all_together(
            self._send(source, upload, part, arrived_parts.get(part))
            for part in range(1, number + 1)
        )
        source.check_unchanged(self._item)
        if exclusive:
            await self._refuse_existing()
        etag = await self._hop(upload.complete(f'"{etag}"' for etag in etags))
        return etag, checksums.composite(etags)

    async def _refuse_existing(self) -> None:
        # few servers support a condition on the completion itself
        with suppress(NotFoundError):
            self._remote.counters.add(requests=1)
            await self._hop(self._remote.single.head(self._remote.bucket, self._key))
            raise AlreadyExistsError(
                f"{self._remote.url}/{self._item.name} was written by another program during the "
                "transfer.",
                "Check this file, then retry.",
            )

    async def _send(
        self, source: End, upload: MultipartUpload, part: int, arrived_parts: str | None
    ) -> str:
        start = (part - 1) * self._part
        end = min(start + self._part, self._item.size)
        async with self._budget.hold(end - start):
            data = await source.fetch(self._item, start=start, end=end)
            digest = await asyncio.to_thread(checksums.md5, data)
            if arrived_parts != digest:
                body = io.BytesIO(
                    data
                )  # sent piece by piece, while bytes would be copied as a whole
                del data
                md5 = base64.b64encode(bytes.fromhex(digest)).decode()
                answer = await self._hop(upload.send(part, body, md5))
                self._remote.counters.add(sent=end - start)
                etag: str = answer["ETag"].strip('"')
                if etag != digest and not checksums.Stated.of(answer).opaque:
                    raise StorageError(
                        f"Part {part} of {self._item.name} arrived with different content.",
                        "Transfer it again.",
                    )
                digest = etag
            self._arrived(end - start)
        return digest

    async def _resume(self) -> tuple[MultipartUpload, dict[int, str]]:
        """Find an interrupted upload of this key and its parts, or start a new upload."""
        place = self._remote.single, self._remote.bucket, self._key, self._remote.counters
        for upload in await self._hop(MultipartUpload.unfinished(*place)):
            with suppress(NotFoundError):
                return upload, self._usable(await self._hop(upload.parts()))
        return await self._hop(MultipartUpload.begin(*place)), {}

    def _usable(self, parts: dict[int, tuple[int, str]]) -> dict[int, str]:
        """Return the MD5s of the parts that have the expected size."""
        return {
            number: etag.strip('"')
            for number, (size, etag) in parts.items()
            if size == self._part or number * self._part >= self._item.size
        }

    async def _hop(self, request: Coroutine[Any, Any, T]) -> T:
        return await self._remote.single.hop(request)


class PartedDownload(_Parted):
    """Download of one large file in parts to a temporary file, which is then renamed.

    A second file records the pieces that arrived before a crash, by their first byte. Both names
    are made from the content's ETag, so pieces of another content are never used.
    """

    async def run(self, path: Path, *, exclusive: bool, verify: bool) -> str:
        """Read the missing parts, and move the file to its place.

        Parameters
        ----------
        path : pathlib.Path
            Path of the file.
        exclusive : bool
            Do not replace a file that exists by then.
        verify : bool
            Compare the content with the ETag before the file is moved.

        Returns
        -------
        str
            The verified ETag of the content; empty if the ETag is not a checksum.
        """
        partial = self._beside(path, "data")
        journal = self._beside(path, "parts")
        descriptor, arrived_parts = _opened(partial, journal)
        size, part = self._item.size, self._sent_part()
        digests: list[str] = []
        try:
            os.ftruncate(descriptor, size)
            # written again, because notes of a file that is gone do not apply to this one
            with journal.open("w", encoding="ascii") as notes:
                notes.writelines(f"{start}\n" for start in sorted(arrived_parts))
                notes.flush()

                async def fetch(first: int) -> str:
                    digest = hashlib.md5(usedforsecurity=False)
                    behind = min(first + part, size)
                    whole = verify
                    for start in range(first, behind, self._part):
                        end = min(start + self._part, behind)
                        if start in arrived_parts:
                            whole = False
                        else:
                            async with self._budget.hold(end - start):
                                data = await self._remote.fetch(self._item, start=start, end=end)
                                await in_thread(_keep, descriptor, data, start, whole and digest)
                            notes.write(f"{start}\n")
                            notes.flush()
                        self._arrived(end - start)
                    return digest.hexdigest() if whole else ""

                digests += await all_together(fetch(first) for first in range(0, size, part))
            await in_thread(os.fsync, descriptor)
        except OSError as error:
            if isinstance(error, StorageError) or error.errno is None:
                raise
            raise StorageError(
                f"{path} cannot be written ({error.strerror}).",
                "Check the space and the permissions.",
            ) from error
        finally:
            os.close(descriptor)
        alike = await self._is_whole(partial, digests) if verify else None
        if alike is False:
            partial.unlink()
            journal.unlink()
            raise StorageError(
                f"{self._remote.url}/{self._item.name} arrived with different content.",
                "Transfer it again.",
            )
        try:
            await in_thread(lambda: put_in_place(partial, path, exclusive=exclusive))
        except FileExistsError:
            raise AlreadyExistsError(
                f"{path} was written by another program during the transfer.",
                "Check this file, then retry.",
            ) from None
        journal.unlink(missing_ok=True)
        return (self._item.etag or "").strip('"') if alike else ""

    async def _is_whole(self, partial: Path, digests: list[str]) -> bool | None:
        item = self._item
        if all(digests) and checksums.says(item.etag, checksums.composite(digests)):
            return True
        alike = await asyncio.to_thread(checksums.file_matches, partial, item.size, item.etag)
        if alike is False and (await self._remote.stated(item.name)).opaque:
            return None
        return alike

    def _sent_part(self) -> int:
        """Return the part size of the ETag, with which the file need not be read again."""
        fitting = checksums.sent_parts(self._item.size, self._item.etag)
        # the pieces of one part are read one after another
        return fitting[0] if fitting and fitting[0] <= _LONGEST_PART else self._part

    def _beside(self, path: Path, what: str) -> Path:
        # the length of a recorded piece follows from the part size of the ETag
        parts = f"{self._part}\n{self._sent_part()}"
        identity_of = f"{path.name}\n{self._item.etag}\n{self._item.size}\n{parts}\n{what}"
        name = hashlib.blake2b(identity_of.encode(), digest_size=8).hexdigest()
        return path.with_name(f".modos-{name}.part")


def _opened(partial: Path, journal: Path) -> tuple[int, set[int]]:
    """Open the pieces that arrived before a crash with their notes, or a new file without notes."""
    try:
        return os.open(partial, os.O_RDWR), _noted(journal)
    except FileNotFoundError:
        return os.open(partial, os.O_RDWR | os.O_CREAT, 0o666), set()


def _noted(journal: Path) -> set[int]:
    try:
        lines = journal.read_text(encoding="ascii").split("\n")
    except FileNotFoundError:
        return set()
    return {int(line) for line in lines[:-1] if line.isdigit()}  # the last line may be incomplete


def _keep(descriptor: int, data: memoryview, offset: int, digest: Any) -> None:
    """Write a piece to its place, and add it to the digest if there is one."""
    if digest:
        digest.update(data)
    start, length = offset, len(data)
    while data:
        written = os.pwrite(descriptor, data, offset)
        data = data[written:]
        offset += written
    if hasattr(os, "posix_fadvise"):  # written to the disk while the next pieces arrive
        with suppress(OSError):  # advisory, and not supported by some file systems
            os.posix_fadvise(descriptor, start, length, os.POSIX_FADV_DONTNEED)
