"""Paths and listings of an object on S3."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from modos_widgets.errors import PathError
from modos_widgets.storage.contents import FileEntry, Files, Level, Names
from modos_widgets.storage.failures import KeyNotFoundError
from modos_widgets.storage.ordering import in_path_order
from modos_widgets.storage.paths import ZARR_ROOT, Target, normal, outside
from modos_widgets.storage.s3_client import Keys, S3Client, side_by_side
from modos_widgets.storage.s3_path import S3Path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modos_widgets.credentials import S3Options

_ARCHIVE = ZARR_ROOT.as_posix()


class S3Place:
    """Where an object is on S3: from targets to keys, and from keys to listings."""

    options: S3Options
    url: str
    _bucket: str
    _prefix: str

    @property
    def path(self) -> Path:
        """``bucket/key``."""
        return Path(self._bucket, self._prefix)

    @property
    def _client(self) -> S3Client:
        return S3Client.shared(self.options)

    # ----------------------------------------------------------------- paths
    def _relative(self, target: Target | None) -> str:
        text = normal(target)
        if isinstance(target, str) and target.startswith("s3://"):
            inner = f"{target.rstrip('/')}/"
            if not inner.startswith(f"{self.url}/"):
                raise outside(target, self.url)
            return normal(inner.removeprefix(f"{self.url}/"))
        own = self.path.as_posix()
        if f"{text}/".startswith(f"{own}/"):
            inner = text[len(own) + 1 :]
            if not self._client.run(self._is_file(text)):
                text = inner
        if text.startswith("/"):
            raise outside(text, self.url)
        try:
            S3Path(url=f"s3://{self._bucket}/{self._key(text)}")
        except ValueError as error:
            raise PathError(
                f"{text!r} makes no key of S3.", "Take a shorter name, without odd characters."
            ) from error
        return text

    def _relative_file(self, target: Target) -> str:
        relative = self._relative(target)
        if not relative:
            raise PathError(f"{self.url} is the object itself.", "Give the path of a file.")
        return relative

    def _key(self, relative: str) -> str:
        return "/".join(part for part in (self._prefix, relative) if part)

    def _folder(self, relative: str) -> str:
        key = self._key(relative)
        return f"{key}/" if key else ""

    async def _is_file(self, relative: str) -> bool:
        try:
            await self._client.head(self._bucket, self._key(relative))
        except KeyNotFoundError:
            return False
        return True

    async def _exists(self, relative: str) -> bool:
        if relative and await self._is_file(relative):
            return True
        page = await self._client.page(self._bucket, self._folder(relative), limit=1)
        return bool(page.keys)

    # --------------------------------------------------------------- listing
    def _list(self, relative: str) -> Iterator[Path]:
        client = self._client
        if relative and client.run(self._is_file(relative)):
            yield Path(relative)
            return
        cut = len(self._folder(""))

        def names() -> Iterator[str]:
            token: str | None = None
            while True:
                page = client.run(client.page(self._bucket, self._folder(relative), token=token))
                yield from (key.key[cut:] for key in page.keys if not key.key.endswith("/"))
                token = page.token
                if token is None:
                    return

        def is_empty(folder: str) -> bool:
            prefix = self._folder("") + folder
            return not client.run(client.page(self._bucket, prefix, limit=1)).keys

        for name in in_path_order(names(), is_empty):
            yield Path(name)

    async def _keys_of(self, relative: str) -> Keys:
        """Give the keys of a file or folder."""
        try:
            return [await self._client.head(self._bucket, self._key(relative))]
        except KeyNotFoundError:
            return await self._client.keys(self._bucket, self._folder(relative))

    async def _level(self, relative: str) -> Level:
        prefix = self._folder(relative)
        folders, files = Names(), Files()
        async for page in self._client.pages(self._bucket, prefix, "/"):
            folders += (one.removeprefix(prefix).rstrip("/") for one in page.prefixes)
            files += (
                FileEntry(key.key.removeprefix(prefix), key.size, key.modified, key.etag)
                for key in page.keys
                if key.key != prefix
            )
        return Level(
            tuple(sorted(name for name in folders if name)),
            tuple(sorted(files, key=lambda entry: entry.name)),
        )

    async def _files(self) -> Files:
        entries: Files = []
        folders = [""]
        while folders:
            levels = await side_by_side(self._level(folder) for folder in folders)
            below = []
            for folder, level in zip(folders, levels, strict=True):
                begin = f"{folder}/" if folder else ""
                entries += (
                    FileEntry(begin + file.name, file.size, file.modified, file.etag)
                    for file in level.files
                )
                below += [begin + name for name in level.folders if begin + name != _ARCHIVE]
            folders = below
        return sorted(entries, key=lambda entry: Path(entry.name))
