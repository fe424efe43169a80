"""The folder of deleted objects beside an object: moving an object into it, and out again.

A deleted object is in ``<parent>/.modos-deleted/<name>/``, with its archive renamed to
``deleted.zarr``, so that no search for objects finds it. Beside it, ``<name>.json`` is a note,
which is written before the first file is moved and removed after the last one.

On a disk, a folder and its archive are renamed. On S3, every key is copied and the copies are
verified before the first key is deleted. The root's document is the first key that is deleted, on
the condition that it has not changed, and the last one that is restored, on the condition that none
exists: so at any moment, one of both places has the whole object. After an interruption, `restore`
completes a restore, and reverts a deletion.
"""

from __future__ import annotations

import os
import shutil
from abc import ABC, abstractmethod
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, cast

from modos_widgets import files, s3
from modos_widgets.archive import ARCHIVE
from modos_widgets.errors import (
    AlreadyExistsError,
    ChangedError,
    ModosError,
    NotFoundError,
    PathError,
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
from modos_widgets.storage.local_errors import local_failures
from modos_widgets.storage.paths import DELETED
from modos_widgets.storage.stores import s3_path_of
from modos_widgets.storage.types import Content

if TYPE_CHECKING:
    from collections.abc import Callable

    from modos_widgets.credentials import S3Options
    from modos_widgets.storage.base import Storage
    from modos_widgets.storage.s3 import S3Storage

__all__ = ["DELETED_ARCHIVE", "DeletedFolder", "LocalDeleted", "S3Deleted", "deleted_folder_of"]

DELETED_ARCHIVE = "deleted.zarr"
"""Name of the archive of a deleted object."""
NOTE = ".json"
LARGEST_NOTE = 64 * 1024
"""Maximum number of bytes of a note."""
MOST_NOTES = 1000
ROUNDS = 3
"""How often leftovers are looked for after a move on S3."""
_ROOT = f"{ARCHIVE}/zarr.json"
_DELETED_ROOT = f"{DELETED_ARCHIVE}/zarr.json"


class DeletedFolder(ABC):
    """The deleted objects of one folder or prefix."""

    url: str
    """Path of the folder or prefix that contained the objects."""

    def path_of(self, name: str) -> str:
        """Return the path of a deleted object."""
        return f"{self._parent_url}{DELETED}/{name}"

    def original(self, name: str) -> str:
        """Return the path of an object in the folder."""
        return f"{self._parent_url}{name}"

    @property
    def _parent_url(self) -> str:
        return f"{self.url.rstrip('/')}/"

    @abstractmethod
    def notes(self) -> list[str]:
        """Return the names of the deleted objects that have a note, at most `MOST_NOTES`."""

    @abstractmethod
    def read_note(self, name: str) -> Content:
        """Read a note of at most `LARGEST_NOTE` bytes.

        Raises
        ------
        NotFoundError
            There is none.
        StorageError
            It is larger.
        """

    @abstractmethod
    def write_note(self, name: str, data: bytes, expected: str | None) -> None:
        """Write a note that has the expected ETag (None: that does not exist).

        Raises
        ------
        ChangedError
            It has another one.
        """

    @abstractmethod
    def remove_note(self, name: str) -> None:
        """Remove a note, and the folder of deleted objects if it is empty."""

    @abstractmethod
    def delete(self, original: str, name: str, root: str) -> tuple[str, ...]:
        """Move an object into the folder; a move that was interrupted before can be repeated.

        Parameters
        ----------
        original, name : str
            Name of the object, and of the deleted object.
        root : str
            ETag of its root.

        Returns
        -------
        tuple of str
            Files that stay at the original path, because someone has written them in the meantime.

        Raises
        ------
        ChangedError
            The root has another ETag; nothing was moved.
        """

    @abstractmethod
    def restore(self, original: str, name: str, root: str, *, again: bool) -> None:
        """Move an object out of the folder, or complete an interrupted move.

        Parameters
        ----------
        original, name, root
            As for `delete`.
        again : bool
            Whether an earlier move into the folder, or out of it, was interrupted.

        Raises
        ------
        AlreadyExistsError
            There is something else at the original path.
        NotFoundError
            There is no such deleted object.
        """

    @abstractmethod
    def purge(self, name: str) -> None:
        """Delete the files of a deleted object for good; can be repeated after an interruption.

        Raises
        ------
        PathError
            Its folder is a symbolic link.
        """


def deleted_folder_of(storage: Storage) -> tuple[DeletedFolder, str]:
    """Return the folder of deleted objects beside an object, and the object's name in it.

    Raises
    ------
    PathError
        The object is a whole bucket, or its folder is a symbolic link.
    """
    if storage.url.startswith("s3://"):
        options = cast("S3Storage", storage).options  # its module loads zarr
        bucket, key = s3_path_of(storage.url).s3_url_parts()
        prefix, _, name = key.rpartition("/")
        if not name:
            raise PathError(
                f"{storage.url} is a whole bucket, which is not moved.",
                "Remove the bucket with the tools of the S3 server.",
            )
        return S3Deleted(options, bucket, prefix), name
    place = Path(storage.url)
    if place.is_symlink():
        raise PathError(
            f"{place} is a symbolic link.", f"Pass the folder itself: {place.resolve()}"
        )
    return LocalDeleted(place.parent), place.name


class LocalDeleted(DeletedFolder):
    """The deleted objects of a folder on this computer.

    Parameters
    ----------
    folder : pathlib.Path
        The folder that contained the objects.
    """

    def __init__(self, folder: Path) -> None:
        self.url = str(folder)
        self._folder = folder
        self._deleted = folder / DELETED

    def notes(self) -> list[str]:
        """Return the names of deleted objects."""
        self._check()
        with local_failures(str(self._deleted), writing=False):
            try:
                with os.scandir(self._deleted) as entries:
                    names = [one.name for one in entries if one.name.endswith(NOTE)]
            except FileNotFoundError:
                return []
        return [name.removesuffix(NOTE) for name in sorted(names)[:MOST_NOTES]]

    def read_note(self, name: str) -> Content:
        """Read a note; a link is not followed."""
        place = self._note(name)
        with local_failures(str(place), writing=False):
            flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
            with open(os.open(place, flags), "rb") as file:  # noqa: PTH123 - without following
                data = file.read(LARGEST_NOTE + 1)
        _check_note(str(place), len(data))
        return Content(data, files.etag_of(data))

    def write_note(self, name: str, data: bytes, expected: str | None) -> None:
        """Write a note."""
        place = self._note(name)
        with local_failures(str(place), writing=True):
            self._deleted.mkdir(exist_ok=True)
            self._check()
            try:
                files.replace_file(place, [data], exclusive=expected is None, expected=expected)
            except FileExistsError as error:
                raise ChangedError(f"{place} already exists.", "Retry.") from error

    def remove_note(self, name: str) -> None:
        """Remove a note, and the folder if it is empty."""
        with local_failures(str(self._deleted), writing=True):
            self._note(name).unlink(missing_ok=True)
            with suppress(OSError):  # it contains other objects
                self._deleted.rmdir()

    def delete(self, original: str, name: str, root: str) -> tuple[str, ...]:
        """Rename the folder of an object, then its archive."""
        source, goal = self._folder / original, self._deleted / name
        self._check()
        with local_failures(str(source), writing=True):
            if not os.path.lexists(goal):
                try:
                    self._check_root(source / _ROOT, root)
                    if os.path.lexists(source / DELETED_ARCHIVE):
                        raise _has_deleted_archive(str(source))
                    source.rename(goal)
                except (ModosError, OSError):
                    self.remove_note(name)
                    raise
                files.flush_folder(self._deleted)
                files.flush_folder(self._folder)
            _rename_archive(goal, ARCHIVE, DELETED_ARCHIVE)
        return ()

    def restore(
        self,
        original: str,
        name: str,
        root: str,  # noqa: ARG002 - a rename is atomic
        *,
        again: bool,  # noqa: ARG002
    ) -> None:
        """Rename the archive of an object, then its folder."""
        source, goal = self._deleted / name, self._folder / original
        self._check()
        with local_failures(str(goal), writing=True):
            if not os.path.lexists(source):  # never moved away, or already moved back
                if not (goal / _ROOT).exists():
                    raise NotFoundError(f"No deleted object at {source}.", "Check the path.")
                return
            if os.path.lexists(goal):
                raise _exists(str(goal))
            if source.is_symlink():
                raise PathError(f"{source} is a symbolic link.", "Replace it by its folder.")
            _rename_archive(source, DELETED_ARCHIVE, ARCHIVE)
            source.rename(goal)
            files.flush_folder(self._folder)
            files.flush_folder(self._deleted)

    def purge(self, name: str) -> None:
        """Delete the folder of an object; links in it are removed, not followed."""
        place = self._deleted / name
        self._check()
        with local_failures(str(place), writing=True):
            if place.is_symlink():
                raise PathError(f"{place} is a symbolic link.", "Remove it by hand.")
            if place.exists():
                shutil.rmtree(place)
            files.flush_folder(self._deleted)

    def _note(self, name: str) -> Path:
        return self._deleted / f"{name}{NOTE}"

    def _check(self) -> None:
        """Check that the folder of deleted objects is not a link to another place."""
        if self._deleted.is_symlink() or (
            os.path.lexists(self._deleted) and not self._deleted.is_dir()
        ):
            raise PathError(
                f"{self._deleted} is not a folder, or is a symbolic link.", "Rename it, then retry."
            )

    @staticmethod
    def _check_root(place: Path, root: str) -> None:
        try:
            data = place.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            raise NotFoundError(f"No object at {place.parents[1]}.", "Check the path.") from None
        if root and files.etag_of(data) != root:
            raise _changed(str(place.parents[1]))


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
        _check_note(f"s3://{self._bucket}/{self._note(name)}", got.size)
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
            if _ROOT not in keys:
                raise NotFoundError(f"No object at {self.original(original)}.", "Check the path.")
            if keys[_ROOT].etag != root:
                raise _changed(self.original(original))
            if any(f"{key}/".startswith(f"{DELETED_ARCHIVE}/") for key in keys):
                raise _has_deleted_archive(self.original(original))
            await self._copy(keys, goal, _deleted_name)
        except ModosError as error:
            await self._discard(name, error)
            if isinstance(error, ChangedError):
                raise _changed(self.original(original)) from error
            raise
        try:
            await self._client.delete(self._bucket, keys[_ROOT].key, if_match=root)
        except ChangedError as error:
            await self._discard(name, error)
            raise _changed(self.original(original)) from error
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
                if name in copied and key.etag == copied[name].etag and name != _ROOT
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
        stored, deleted = present.get(_ROOT), keys.get(_DELETED_ROOT)
        if stored is not None:
            own = stored.etag == root or (
                deleted is not None and await self._has_content_of(stored, deleted)
            )
            if not again or not own:
                raise _exists(self.original(original))
            # Not deleted yet, or already restored: the object is complete.
            self._check_complete(keys, present, original)
            await client.delete_keys(self._bucket, [key.key for key in keys.values()])
            return
        if deleted is None:
            raise NotFoundError(f"No deleted object at {self.path_of(name)}.", "Check the path.")
        others = {key: entry for key, entry in keys.items() if key != _DELETED_ROOT}
        own_names = {_original_name(key): entry for key, entry in others.items()}
        other = [
            key
            for key, entry in present.items()
            if not _is_same(entry, own_names.get(key), in_parts=again)
        ]
        if other:
            raise _exists(f"{self.original(original)}/{min(other)}")
        await self._copy(others, goal, _original_name)
        content = await client.get(self._bucket, deleted.key)
        try:
            await client.put_if(self._bucket, goal + _ROOT, content.data, None)
        except ChangedError as error:
            copies = [Key(goal + key, 0, None, own_names[key].etag) for key in own_names]
            copies = [key for key in copies if key.key[len(goal) :] not in present]
            await self._take_back(copies, error)
            raise _exists(self.original(original)) from error
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


def _rename_archive(folder: Path, old: str, new: str) -> None:
    if os.path.lexists(folder / old) and not os.path.lexists(folder / new):
        (folder / old).rename(folder / new)
        files.flush_folder(folder)


def _check_note(place: str, size: int) -> None:
    if size > LARGEST_NOTE:
        raise StorageError(f"{place} is not the note of a deleted object.", "Check the folder.")


def _exists(place: str) -> AlreadyExistsError:
    return AlreadyExistsError(
        f"{place} already exists.", "Move it to another path, then restore the deleted object."
    )


def _has_deleted_archive(place: str) -> PathError:
    return PathError(
        f"{place} contains {DELETED_ARCHIVE}, the name of a deleted archive.",
        "Rename it, then delete the object.",
    )


def _changed(place: str) -> ChangedError:
    return ChangedError(
        f"{place} was changed by someone else since it was opened.",
        "Call Modo.refresh(), check the changes, and delete it again.",
    )
