"""Deleted objects of a bucket or prefix: their keys are copied, then deleted."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from modos_widgets import s3
from modos_widgets.archive import ARCHIVE
from modos_widgets.errors import (
    AlreadyExistsError,
    ChangedError,
    ModosError,
    NotFoundError,
    StorageError,
)
from modos_widgets.s3 import (
    Key,
    KeyNotFoundError,
    Keys,
    need_conditional_deletes,
    need_conditions,
    side_by_side,
)
from modos_widgets.storage.deleted_folder import (
    DELETED_ARCHIVE,
    DELETED_ROOT,
    LARGEST_NOTE,
    MOST_NOTES,
    NOTE,
    ROOT,
    DeletedFolder,
    check_note,
    has_deleted_archive,
    object_changed,
    original_exists,
)
from modos_widgets.storage.paths import DELETED
from modos_widgets.storage.types import Content

if TYPE_CHECKING:
    from collections.abc import Callable

    from modos_widgets.credentials import S3Options

__all__ = ["S3Deleted"]

ROUNDS = 3
"""How often leftovers are looked for after a move on S3."""


class S3Deleted(DeletedFolder):
    """The deleted objects of a bucket or prefix.

    Parameters
    ----------
    options : S3Options
        Server and credentials.
    bucket, prefix : str
        The prefix has no surrounding slashes, and is empty for a whole bucket.
    """

    def __init__(self, options: S3Options, bucket: str, prefix: str) -> None:
        self.options = options
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""
        self.url = f"s3://{bucket}/{prefix}".rstrip("/")

    @property
    def _client(self) -> s3.S3Client:
        return s3.S3Client.shared(self.options)

    def notes(self) -> list[str]:
        """Return the names of deleted objects; one request for each 1,000 keys and folders."""
        folder = f"{self._prefix}{DELETED}"
        level = self._client.run(self._client.level(self._bucket, folder))
        names = [key.key[len(folder) + 1 :] for key in level.keys if key.key.endswith(NOTE)]
        return [name.removesuffix(NOTE) for name in sorted(names)[:MOST_NOTES]]

    def read_note(self, name: str) -> Content:
        """Read a note; one request."""
        got = self._client.run(
            self._client.get(self._bucket, self._note(name), start=0, end=LARGEST_NOTE + 1)
        )
        check_note(f"s3://{self._bucket}/{self._note(name)}", got.size)
        return Content(got.data, got.etag)

    def write_note(self, name: str, data: bytes, expected: str | None) -> None:
        """Write a note on its condition."""
        need_conditions(self._client, self._bucket, self._probe)
        self._client.run(self._client.put_if(self._bucket, self._note(name), data, expected))

    def remove_note(self, name: str) -> None:
        """Remove a note."""
        self._client.run(self._client.delete(self._bucket, self._note(name)))

    def delete(self, original: str, name: str, root: str) -> tuple[str, ...]:
        """Copy every key, verify the copies, and delete the keys, the root's document first."""
        need_conditional_deletes(self._client, self._bucket, self._probe)
        return self._client.run(self._delete(original, name, root))

    async def _delete(self, original: str, name: str, root: str) -> tuple[str, ...]:
        source, goal = f"{self._prefix}{original}/", f"{self._prefix}{DELETED}/{name}/"
        try:
            keys = {key.key[len(source) :]: key for key in await self._keys(source)}
            if ROOT not in keys:
                raise NotFoundError(f"No object at {self.original(original)}.", "Check the path.")
            if keys[ROOT].etag != root:
                raise object_changed(self.original(original))
            if any(f"{key}/".startswith(f"{DELETED_ARCHIVE}/") for key in keys):
                raise has_deleted_archive(self.original(original))
            await self._copy(keys, goal, _deleted_name)
        except ModosError as error:
            await self._discard(name, error)
            if isinstance(error, ChangedError):
                raise object_changed(self.original(original)) from error
            raise
        try:
            await self._client.delete(self._bucket, keys[ROOT].key, if_match=root)
        except ChangedError as error:
            await self._discard(name, error)
            raise object_changed(self.original(original)) from error
        return await self._delete_copied(source, keys)

    async def _discard(self, name: str, error: ModosError) -> None:
        """Delete the copies and the note of a deletion that has deleted nothing."""
        goal = f"{self._prefix}{DELETED}/{name}/"
        try:
            await self._client.delete_keys(
                self._bucket, [key.key for key in await self._keys(goal)]
            )
            await self._client.delete(self._bucket, self._note(name))
        except ModosError as second:
            error.add_note(f"The copies could not be removed: {second}")

    async def _delete_copied(self, source: str, copied: dict[str, Key]) -> tuple[str, ...]:
        """Delete keys that have not changed since they were copied; return those that stay.

        A commit of someone else that fails because the root is gone reverts what it has written,
        so what is left is looked for again.
        """
        left: list[str] = []
        for _ in range(ROUNDS):
            present = {key.key[len(source) :]: key for key in await self._keys(source)}
            same = [
                key
                for name, key in present.items()
                if name in copied and key.etag == copied[name].etag and name != ROOT
            ]
            left = sorted(present.keys() - {key.key[len(source) :] for key in same})
            await side_by_side(self._delete_same(key) for key in same)
            if not same:
                break
        return tuple(left)

    async def _delete_same(self, key: Key) -> None:
        with suppress(ChangedError, KeyNotFoundError):  # it is found in the next round
            await self._client.delete(self._bucket, key.key, if_match=key.etag)

    def restore(self, original: str, name: str, root: str, *, again: bool) -> None:
        """Copy every key back, the root's document last, and delete the copies."""
        need_conditions(self._client, self._bucket, self._probe)
        self._client.run(self._restore(original, name, root, again=again))

    async def _restore(self, original: str, name: str, root: str, *, again: bool) -> None:
        client = self._client
        source, goal = f"{self._prefix}{DELETED}/{name}/", f"{self._prefix}{original}/"
        keys = {key.key[len(source) :]: key for key in await self._keys(source)}
        present = {key.key[len(goal) :]: key for key in await self._keys(goal)}
        stored, deleted = present.get(ROOT), keys.get(DELETED_ROOT)
        if stored is not None:
            own = stored.etag == root or (
                deleted is not None and await self._has_content_of(stored, deleted)
            )
            if not again or not own:
                raise original_exists(self.original(original))
            # Not deleted yet, or already restored: the object is complete.
            self._check_complete(keys, present, original)
            await client.delete_keys(self._bucket, [key.key for key in keys.values()])
            return
        if deleted is None:
            raise NotFoundError(f"No deleted object at {self.path_of(name)}.", "Check the path.")
        others = {key: entry for key, entry in keys.items() if key != DELETED_ROOT}
        own_names = {_original_name(key): entry for key, entry in others.items()}
        other = [
            key
            for key, entry in present.items()
            if not _is_same(entry, own_names.get(key), in_parts=again)
        ]
        if other:
            raise original_exists(f"{self.original(original)}/{min(other)}")
        await self._copy(others, goal, _original_name)
        content = await client.get(self._bucket, deleted.key)
        try:
            await client.put_if(self._bucket, goal + ROOT, content.data, None)
        except ChangedError as error:
            copies = [Key(goal + key, 0, None, own_names[key].etag) for key in own_names]
            copies = [key for key in copies if key.key[len(goal) :] not in present]
            await self._take_back(copies, error)
            raise original_exists(self.original(original)) from error
        await client.delete_keys(self._bucket, [key.key for key in keys.values()])

    async def _has_content_of(self, one: Key, other: Key) -> bool:
        if one.size != other.size:
            return False
        contents = [await self._client.get(self._bucket, key.key) for key in (one, other)]
        return contents[0].data == contents[1].data

    def _check_complete(self, keys: dict[str, Key], present: dict[str, Key], original: str) -> None:
        """Check that deleting the copies loses nothing."""
        missing = sorted(
            _original_name(key)
            for key, entry in keys.items()
            if _original_name(key) not in present or present[_original_name(key)].size != entry.size
        )
        if missing:
            raise AlreadyExistsError(
                f"{self.original(original)} exists and has no {missing[0]}, or another one, which "
                "the deleted object has.",
                "Move one of them to another path.",
            )

    async def _take_back(self, copies: Keys, error: ModosError) -> None:
        """Delete the copies of a restore that met another object, if they are unchanged."""
        try:
            await side_by_side(self._delete_same(copy) for copy in copies)
        except ModosError as second:
            error.add_note(f"The copies could not be removed: {second}")

    def purge(self, name: str) -> None:
        """Delete every key of an object; a listing, and one request for each 1,000 keys."""
        self._client.run(self._purge(f"{self._prefix}{DELETED}/{name}/"))

    async def _purge(self, prefix: str) -> None:
        keys = [key.key for key in await self._keys(prefix)]
        await self._client.delete_keys(self._bucket, keys)

    async def _keys(self, prefix: str) -> Keys:
        return await self._client.keys(self._bucket, prefix)

    async def _copy(self, keys: dict[str, Key], goal: str, renamed: Callable[[str], str]) -> None:
        """Copy keys that have no equal copy yet, and verify that all copies exist.

        Raises
        ------
        ChangedError
            A key has changed since it was listed.
        StorageError
            A copy is missing or has another size.
        """
        client = self._client
        before = {key.key: key for key in await self._keys(goal)}

        failures: list[ModosError] = []

        async def copy(name: str, key: Key) -> None:
            target = goal + renamed(name)
            if failures or _is_same(key, before.get(target)):
                return
            pair = (self._bucket, key.key), (self._bucket, target)
            try:
                await client.copy(*pair, key.size, if_match=key.etag)
            except ModosError as error:  # raised when no request is left that writes a copy
                failures.append(error)

        await side_by_side(copy(name, key) for name, key in keys.items())
        if failures:
            raise failures[0]
        copies = {key.key: key.size for key in await self._keys(goal)}
        for name, key in keys.items():
            if copies.get(goal + renamed(name)) != key.size:
                raise StorageError(
                    f"s3://{self._bucket}/{key.key} was not copied completely. Nothing was "
                    "deleted.",
                    "Retry; if it persists, contact the server's administrator.",
                )

    def _note(self, name: str) -> str:
        return f"{self._prefix}{DELETED}/{name}{NOTE}"

    def _probe(self, name: str) -> str:
        return f"{self._prefix}{DELETED}/{name}"


def _is_same(key: Key, other: Key | None, *, in_parts: bool = False) -> bool:
    """Return whether two keys have the same content.

    With `in_parts`, a copy in parts counts if it has the same size: its ETag says nothing about its
    content.
    """
    if other is None or key.size != other.size:
        return False
    return key.etag == other.etag or (in_parts and "-" in (key.etag or ""))


def _deleted_name(name: str) -> str:
    """Return the name of a file of an object once it is deleted."""
    inner = name.removeprefix(f"{ARCHIVE}/")
    return name if inner == name else f"{DELETED_ARCHIVE}/{inner}"


def _original_name(name: str) -> str:
    """Return the name of a file of a deleted object before it was deleted."""
    inner = name.removeprefix(f"{DELETED_ARCHIVE}/")
    return name if inner == name else f"{ARCHIVE}/{inner}"
