"""Large files in parts: side by side, bounded in memory, resumed after a crash."""

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

_LONGEST_PART = 128 << 20  # bytes; longer ones would leave too few side by side


class _Parted:
    """One large file on its way in parts.

    Parameters
    ----------
    remote : RemoteEnd
        The end on S3: where to for an upload, where from for a download.
    item : FileEntry
        Which file.
    budget : Budget
        Bounds the bytes in memory.
    arrived : callable
        Told the bytes that arrived.
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
    """Uploads one large file in parts; parts that are on the server already are kept."""

    async def run(self, source: End, *, exclusive: bool) -> tuple[str | None, str]:
        """Upload what is missing and complete the upload.

        Parameters
        ----------
        source : End
            Where from. When it has changed by the time that every part has arrived, the
            target stays as it was.
        exclusive : bool
            Refuse to replace a key that is there by now.

        Returns
        -------
        tuple of (str or None, str)
            The ETag that the server gave, and the one that the content has to have.
        """
        upload, there = await self._resume()
        number = -(-self._item.size // self._part)
        etags = await all_together(
            self._send(source, upload, part, there.get(part)) for part in range(1, number + 1)
        )
        source.check_unchanged(self._item)
        if exclusive:
            await self._refuse_existing()
        etag = await self._hop(upload.complete(f'"{etag}"' for etag in etags))
        return etag, checksums.composite(etags)

    async def _refuse_existing(self) -> None:
        # few servers heed a condition on the completion itself
        with suppress(NotFoundError):
            self._remote.counters.add(requests=1)
            await self._hop(self._remote.single.head(self._remote.bucket, self._key))
            raise AlreadyExistsError(
                f"{self._remote.url}/{self._item.name} was written by someone else.",
                "Check it, then try again.",
            )

    async def _send(
        self, source: End, upload: MultipartUpload, part: int, there: str | None
    ) -> str:
        start = (part - 1) * self._part
        end = min(start + self._part, self._item.size)
        async with self._budget.hold(end - start):
            data = await source.fetch(self._item, start=start, end=end)
            digest = await asyncio.to_thread(checksums.md5, data)
            if there != digest:
                body = io.BytesIO(data)  # sent piece by piece; bytes would be copied whole
                del data
                md5 = base64.b64encode(bytes.fromhex(digest)).decode()
                answer = await self._hop(upload.send(part, body, md5))
                self._remote.counters.add(sent=end - start)
                etag: str = answer["ETag"].strip('"')
                if etag != digest and not checksums.Stated.of(answer).opaque:
                    raise StorageError(
                        f"Part {part} of {self._item.name} arrived with another content.",
                        "Transfer it again.",
                    )
                digest = etag
            self._arrived(end - start)
        return digest

    async def _resume(self) -> tuple[MultipartUpload, dict[int, str]]:
        """Find an upload of this key that was cut off and its parts, or begin a new one."""
        place = self._remote.single, self._remote.bucket, self._key, self._remote.counters
        for upload in await self._hop(MultipartUpload.unfinished(*place)):
            with suppress(NotFoundError):
                return upload, self._usable(await self._hop(upload.parts()))
        return await self._hop(MultipartUpload.begin(*place)), {}

    def _usable(self, parts: dict[int, tuple[int, str]]) -> dict[int, str]:
        """Return the MD5s of the parts that have the size of ours."""
        return {
            number: etag.strip('"')
            for number, (size, etag) in parts.items()
            if size == self._part or number * self._part >= self._item.size
        }

    async def _hop(self, request: Coroutine[Any, Any, T]) -> T:
        return await self._remote.single.hop(request)


class PartedDownload(_Parted):
    """Downloads one large file in parts beside its place, then renames it.

    Pieces that arrived before a crash are noted in a second file beside it, by their first
    byte and under a name made of the content's ETag: never are they taken for another's.
    """

    async def run(self, path: Path, *, exclusive: bool, verify: bool) -> str:
        """Fetch what is missing and put the file in its place.

        Parameters
        ----------
        path : pathlib.Path
            Its place.
        exclusive : bool
            Refuse to replace a file that is there by now.
        verify : bool
            Hold the content against the ETag before it takes its place.

        Returns
        -------
        str
            The ETag that the content was found to have; empty where it does not tell.
        """
        partial = self._beside(path, "data")
        journal = self._beside(path, "parts")
        descriptor, there = _opened(partial, journal)
        size, part = self._item.size, self._sent_part()
        digests: list[str] = []
        try:
            os.ftruncate(descriptor, size)
            # written anew: notes of a file that is gone are no notes of this one
            with journal.open("w", encoding="ascii") as notes:
                notes.writelines(f"{start}\n" for start in sorted(there))
                notes.flush()

                async def fetch(first: int) -> str:
                    digest = hashlib.md5(usedforsecurity=False)
                    behind = min(first + part, size)
                    whole = verify
                    for start in range(first, behind, self._part):
                        end = min(start + self._part, behind)
                        if start in there:
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
                f"{self._remote.url}/{self._item.name} arrived with another content.",
                "Transfer it again.",
            )
        try:
            await in_thread(lambda: put_in_place(partial, path, exclusive=exclusive))
        except FileExistsError:
            raise AlreadyExistsError(
                f"{path} was written by somebody else meanwhile.", "Look at it, then try again."
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
        """Give the part whose MD5s make the ETag: then the file need not be read once more."""
        fitting = checksums.sent_parts(self._item.size, self._item.etag)
        # the pieces of one part come one after another
        return fitting[0] if fitting and fitting[0] <= _LONGEST_PART else self._part

    def _beside(self, path: Path, what: str) -> Path:
        # how long a noted piece is follows from the part as it was sent
        parts = f"{self._part}\n{self._sent_part()}"
        identity_of = f"{path.name}\n{self._item.etag}\n{self._item.size}\n{parts}\n{what}"
        name = hashlib.blake2b(identity_of.encode(), digest_size=8).hexdigest()
        return path.with_name(f".modos-{name}.part")


def _opened(partial: Path, journal: Path) -> tuple[int, set[int]]:
    """Open what arrived before a crash, with its notes; or begin anew, without any."""
    try:
        return os.open(partial, os.O_RDWR), _noted(journal)
    except FileNotFoundError:
        return os.open(partial, os.O_RDWR | os.O_CREAT, 0o666), set()


def _noted(journal: Path) -> set[int]:
    try:
        lines = journal.read_text(encoding="ascii").split("\n")
    except FileNotFoundError:
        return set()
    return {int(line) for line in lines[:-1] if line.isdigit()}  # the last may be torn


def _keep(descriptor: int, data: memoryview, offset: int, digest: Any) -> None:
    """Write a piece to its place and add it to the digest, if there is one."""
    if digest:
        digest.update(data)
    start, length = offset, len(data)
    while data:
        written = os.pwrite(descriptor, data, offset)
        data = data[written:]
        offset += written
    if hasattr(os, "posix_fadvise"):  # on its way to the disk while the next pieces arrive
        with suppress(OSError):  # an advice, which some file systems do not know
            os.posix_fadvise(descriptor, start, length, os.POSIX_FADV_DONTNEED)
