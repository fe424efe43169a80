"""Paths and listings of an object on S3."""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from modos_widgets import s3  # its clients take long to load, and are loaded on first use
from modos_widgets.archive import ARCHIVE
from modos_widgets.errors import PathError
from modos_widgets.s3 import Key, KeyNotFoundError, Keys, side_by_side
from modos_widgets.storage.ordering import in_path_order
from modos_widgets.storage.paths import Target, is_unusable_key, is_unusable_name, normal, outside
from modos_widgets.storage.s3_path import check_key
from modos_widgets.storage.types import FileEntry, Files, Level

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from modos_widgets.credentials import S3Options

_NAMED = 5  # maximum number of skipped keys that a warning shows
_SIBLINGS = 8  # folders of one parent: fewer are listed one by one
_WORTH = 2  # folders that a page of keys must show whole for another one to be listed

_log = logging.getLogger("modos_widgets")


def entry_of(key: Key, name: str) -> FileEntry:
    """Return the listing entry of a key."""
    return FileEntry(name, key.size, key.modified, key.etag, version=key.etag)


class S3Place:
    """Place of an object on S3: keys of its files, and listings of its keys."""

    options: S3Options
    url: str
    _bucket: str
    _prefix: str

    @property
    def path(self) -> Path:
        """``bucket/key``."""
        return Path(self._bucket, self._prefix)

    @property
    def _client(self) -> s3.S3Client:
        return s3.S3Client.shared(self.options)

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
            check_key(self._key(text))
        except ValueError as error:
            raise PathError(
                f"{text!r} is not a valid S3 key.",
                "Choose a shorter name, without unusual characters.",
            ) from error
        return text

    def _relative_file(self, target: Target) -> str:
        relative = self._relative(target)
        if not relative:
            raise PathError(f"{self.url} is the object itself.", "Pass the path of a file.")
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
                inner = [key.key[cut:] for key in page.keys if not key.key.endswith("/")]
                if is_unusable_key("/".join(inner)):
                    inner = self._usable(inner, is_unusable_key)
                yield from inner
                token = page.token
                if token is None:
                    return

        def is_empty(folder: str) -> bool:
            prefix = self._folder("") + folder
            return not client.run(client.page(self._bucket, prefix, limit=1)).keys

        for name in in_path_order(names(), is_empty):
            yield Path(name)

    async def _keys_of(self, relative: str) -> Keys:
        """Return the keys of a file or folder."""
        try:
            return [await self._client.head(self._bucket, self._key(relative))]
        except KeyNotFoundError:
            return await self._client.keys(self._bucket, self._folder(relative))

    async def _entries(self, prefix: str) -> Files:
        cut = len(self._folder(""))
        keys = await self._client.keys(self._bucket, prefix)
        found = {key.key[cut:]: key for key in keys if not key.key.endswith("/")}
        return [entry_of(found[name], name) for name in self._usable(list(found), is_unusable_key)]

    async def _levels(self, relatives: Sequence[str]) -> dict[str, Level]:
        """List one level of folders: many siblings by pages of all keys below, where that pays."""
        siblings: defaultdict[str, list[str]] = defaultdict(list)
        for relative in filter(None, relatives):
            siblings[relative.rpartition("/")[0]].append(relative)
        many = [pair for pair in siblings.items() if len(pair[1]) >= _SIBLINGS]
        found: dict[str, Level] = {}
        for levels in await side_by_side(self._levels_of_siblings(*pair) for pair in many):
            found |= levels
        rest = [relative for relative in relatives if relative not in found]
        found |= zip(rest, await side_by_side(map(self._level, rest)), strict=True)
        return found

    async def _levels_of_siblings(self, parent: str, folders: list[str]) -> dict[str, Level]:
        """Return the levels of those folders that pages of all keys below the parent show whole.

        It ends at a page that spares fewer listings than it costs, as where folders hold many
        chunks. Servers order keys by bytes or folder by folder, so a folder is whole where
        another one follows.
        """
        wanted, found = set(folders), dict[str, Level]()
        prefix, last = self._folder(parent), ""
        keys, prefixes = list[Key](), dict[str, None]()
        async for page in self._client.pages(self._bucket, prefix):
            known = len(found)
            for key in page.keys:
                name, slash, rest = key.key.removeprefix(prefix).partition("/")
                if not slash:
                    continue
                folder = f"{parent}/{name}" if parent else name
                if folder != last:
                    if last in wanted:
                        found[last] = self._level_of(last, keys, prefixes)
                    last, keys, prefixes = folder, [], {}
                below, slash, _ = rest.partition("/")
                if slash:
                    prefixes[f"{prefix}{name}/{below}/"] = None
                else:
                    keys.append(key)
            if page.token is not None and len(found) - known < _WORTH:
                return found
        if last in wanted:
            found[last] = self._level_of(last, keys, prefixes)
        return {folder: found.get(folder, Level((), ())) for folder in folders}

    async def _level(self, relative: str) -> Level:
        page = await self._client.level(self._bucket, self._key(relative))
        return self._level_of(relative, page.keys, page.prefixes)

    def _level_of(self, relative: str, keys: Iterable[Key], prefixes: Iterable[str]) -> Level:
        prefix = self._folder(relative)
        below = [one.removeprefix(prefix).removesuffix("/") for one in prefixes]
        found = {key.key.removeprefix(prefix): key for key in keys if key.key != prefix}
        names = self._usable(list(found), is_unusable_name)
        files = (entry_of(found[name], name) for name in names)
        return Level(
            tuple(sorted(self._usable(below, is_unusable_name))),
            tuple(sorted(files, key=lambda entry: entry.name)),
        )

    def _usable(self, names: list[str], is_unusable: Callable[[str], bool]) -> list[str]:
        """Return the names that are valid in a path; log the others (S3 allows any name)."""
        skipped = [name for name in names if is_unusable(name)]
        if not skipped:
            return names
        shown = ", ".join(map(repr, skipped[:_NAMED]))
        more = f" and {len(skipped) - _NAMED} more" if len(skipped) > _NAMED else ""
        _log.warning("Skipped keys of %s that no file can have: %s%s.", self.url, shown, more)
        return [name for name in names if not is_unusable(name)]

    async def _files(self) -> Files:
        entries: Files = []
        folders = [""]
        while folders:
            levels = await side_by_side(self._level(folder) for folder in folders)
            below = []
            for folder, level in zip(folders, levels, strict=True):
                begin = f"{folder}/" if folder else ""
                entries += (replace(file, name=begin + file.name) for file in level.files)
                below += [begin + name for name in level.folders if begin + name != ARCHIVE]
            folders = below
        return sorted(entries, key=lambda entry: Path(entry.name))
