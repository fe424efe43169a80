"""Write the files and arrays of a commit, before the metadata that name them."""

from __future__ import annotations

import base64
import hashlib
import posixpath
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

from modos_widgets.archive import ARCHIVE, consolidated_documents, parse_document
from modos_widgets.errors import (
    ChangedError,
    ModosError,
    NotFoundError,
    StorageError,
)
from modos_widgets.json_text import parse_json
from modos_widgets.modo.attachments.retention import KEPT_BYTES
from modos_widgets.modo.commit.root_entries import stored_attributes
from modos_widgets.modo.conflicts import (
    UNNAMED_KEYS,
    ArrayConflict,
    Conflict,
    FileConflict,
    MovedFileConflict,
    RemovedFileConflict,
    conflict_error,
)
from modos_widgets.modo.data_paths import file_in_object, is_named
from modos_widgets.modo.state.payloads import (
    BLOCK,
    ArrayPayload,
    CopyPayload,
    DropPayload,
    FilePayload,
    MovePayload,
    RemoveFilePayload,
    RestorePayload,
)
from modos_widgets.modo.values import MISSING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from modos_widgets.modo.commit.preconditions import Preconditions
    from modos_widgets.modo.journal import Record
    from modos_widgets.storage import FileEntry

__all__ = ["AttachmentCommit"]

Document = dict[str, Any]
WORKERS = 16
"""Chunks that are written at a time."""
ANOTHER_FILE = "another file"
"""`Conflict.theirs` of a file that was replaced, or whose name is taken."""


class AttachmentCommit:
    """The files and arrays of the commit of one object.

    Parameters
    ----------
    preconditions : Preconditions
        The preconditions of the commit, with the object's state and changes.
    unconditional : bool
        Write without conditions (for a server that ignores them).
    """

    def __init__(self, preconditions: Preconditions, *, unconditional: bool) -> None:
        self.preconditions = preconditions
        self.state = preconditions.state
        self.changes = preconditions.changes
        self.storage = self.state.storage
        self.unconditional = unconditional
        self.keep_mark: Callable[[str, str], None] | None = None
        """Called with the path and the mark of each file just before it is written."""
        self.marks: dict[str, str] = {}
        """Marks of the files and keys that were written."""
        self.stored_marks: dict[str, str] = {}
        """Marks of the files and keys that are already stored."""
        self.entries: Mapping[str, Any] = {}
        """The nodes that the root listed when it was read first."""
        self.documents: dict[str, Document | None] = {}
        """Nodes that were written, and nodes to remove (None)."""
        self._versions: dict[str, str] = {}
        """Versions of the files and keys to remove, besides documents."""
        self._copies: dict[str, list[str]] = {}
        """Renamed element to the keys below it."""
        self._unmarked: list[str] = []
        """Files and keys that were written without a condition."""

    @property
    def has_put(self) -> bool:
        """Whether a file or key was written, or may have been."""
        return bool(self.marks or self._unmarked)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was written, and nothing will be removed."""
        return not (self.has_put or self._versions)

    def find_stored(self, entries: Mapping[str, Any]) -> None:
        """Find the arrays that are already stored with the same content, and need no writing.

        So a commit can be repeated after an interruption or by another person.

        Parameters
        ----------
        entries : Mapping
            The nodes that the root lists.
        """
        self.entries = entries
        for payload in self.state.payloads:
            keys: Iterable[str] = ()
            if isinstance(payload, CopyPayload):
                stored = self.preconditions.is_copied(payload, entries)
                if stored:
                    names = [entry.name for entry in self._entries_below(payload.element)]
                    keys = self._copies[payload.source] = names
            elif isinstance(payload, ArrayPayload):
                keys = own = _keys_of(payload)
                stored = self._are_stored(own)
            elif isinstance(payload, RestorePayload):
                keys, stored = payload.keys, self._are_stored(payload.keys)
            else:
                continue
            if stored:
                self.preconditions.satisfied.add(id(payload))
                found = self.storage.stat_many(keys)
                self.stored_marks |= {
                    path: entry.mark for path, entry in found.items() if entry is not None
                }

    def _are_stored(self, keys: Mapping[str, bytes]) -> bool:
        if not all(node in self.entries for key in keys if (node := _node_of(key))):
            return False
        found = self.storage.read_many(keys)
        return all(
            content is not None and content.data == keys[key] for key, content in found.items()
        )

    # Plan

    def plan(self, record: Record, *, keep: bool = True) -> list[Conflict]:
        """Note in a record what will be written and removed; only reads.

        Files and keys to remove are copied into the record, as far as there is room.

        Parameters
        ----------
        record : Record
            The commit in the journal.
        keep : bool
            Copy what is removed into the record; otherwise only find the conflicts.

        Returns
        -------
        list of Conflict
            The files whose names are taken, and the files to remove that were replaced.

        Raises
        ------
        UnsupportedError
            The commit removes something, and the server deletes without conditions.
        """
        if not self.unconditional and self._removes():
            self.storage.need_conditional_deletes()
        conflicts: list[Conflict] = []
        satisfied = self.preconditions.satisfied
        for payload in self.state.payloads:
            if isinstance(payload, FilePayload):
                if self.storage.exists(payload.target):
                    conflicts += self._existing_file(payload)
                record.made.append(payload.target)
            elif isinstance(payload, ArrayPayload):
                record.made.extend(_keys_of(payload))
            elif isinstance(payload, CopyPayload):
                record.made.extend(self._plan_copy(payload))
            elif isinstance(payload, RestorePayload) and id(payload) not in satisfied:
                taken = [path for path in payload.keys if not path.startswith(f"{ARCHIVE}/")]
                stored = self.storage.stat_many(taken)
                conflicts += [self._existing_path(path) for path in taken if stored[path]]
        conflicts += self._plan_moves(record)
        to_remove = self._to_remove()
        conflicts += self._not_as_seen(to_remove)
        if keep and not conflicts:
            self._versions = {path: str(entry.version) for path, entry in to_remove.items()}
            self._keep(record, {path: entry.size for path, entry in to_remove.items()})
        return conflicts

    def _plan_copy(self, copy: CopyPayload) -> list[str]:
        """Return the keys that a rename writes below the new id."""
        if id(copy) in self.preconditions.satisfied:
            return self._copies[copy.source]
        keys = [entry.name for entry in self._entries_below(copy.source)]
        self._copies[copy.source] = keys
        return [_renamed_key(key, copy) for key in keys]

    def _plan_moves(self, record: Record) -> Iterator[Conflict]:
        """Note the files to move; yield those whose name is taken, or that have changed."""
        moves = [payload for payload in self.state.payloads if isinstance(payload, MovePayload)]
        found = {entry.name: entry for entry in self.storage.files()} if moves else {}
        for move in moves:
            record.made.append(move.target)
            record.moved[move.target] = move.source
            if self._is_moved(move, found):
                self.preconditions.satisfied.add(id(move))
                continue
            if self.storage.exists(move.target):
                yield self._occupied(move)
            entry = found.get(move.source)
            if entry is None or entry.version != move.version:
                yield self._not_movable(move, entry)

    def _not_movable(self, file: MovePayload, entry: FileEntry | None) -> MovedFileConflict:
        """Return the conflict over a file to move that was removed or replaced."""
        theirs = MISSING if entry is None else ANOTHER_FILE
        url = self.storage.url
        return MovedFileConflict(url, file.element, file.source, str(file), file.target, theirs)

    def _is_moved(self, file: MovePayload, found: Mapping[str, FileEntry]) -> bool:
        """Return whether a file already has its new name, and its element names it."""
        target = found.get(file.target)
        if file.source in found or target is None or target.size != file.size:
            return False
        return self._is_named_by_its_element(file)

    def _existing_file(self, file: FilePayload) -> list[Conflict]:
        """Return the conflict over the name of a file; none if that file is already stored."""
        if self._is_named_by_its_element(file):
            entry = self.storage.stat_many([file.target])[file.target]
            if entry is not None and entry.size == file.size and self._holds(file):
                self.preconditions.satisfied.add(id(file))
                self.stored_marks[file.target] = entry.mark
                return []
        return [self._occupied(file)]

    def _occupied(self, file: FilePayload | MovePayload) -> FileConflict:
        url = self.storage.url
        return FileConflict(url, file.element, file.target, MISSING, str(file), ANOTHER_FILE)

    def _is_named_by_its_element(self, file: FilePayload | MovePayload) -> bool:
        attributes = stored_attributes(self.entries, file.element) or {}
        named = file_in_object(attributes.get("data_path"), self.storage.url)
        return named is not None and bool(is_named(file.target, {named: file.element}))

    def _holds(self, file: FilePayload) -> bool:
        digest = hashlib.blake2b()
        with self.storage.open(file.target) as stored:
            while block := stored.read(BLOCK):
                digest.update(block)
        return digest.hexdigest() == file.checksum

    def _removes(self) -> bool:
        """Return whether the commit deletes anything."""
        deleting = RemoveFilePayload | DropPayload | MovePayload
        return bool(self.changes.removed) or any(
            isinstance(payload, deleting) for payload in self.state.payloads
        )

    def _to_remove(self) -> dict[str, FileEntry]:
        """Return the existing files and keys that the commit removes, besides documents."""
        file_owners = self.preconditions.file_owners(self.entries)
        names: list[str] = []
        for payload in self.state.payloads:
            if isinstance(payload, RemoveFilePayload):
                names.append(payload.target)
            elif isinstance(payload, DropPayload):
                names += [key for key in payload.keys if _is_unnamed(key, file_owners)]
        named = self.storage.stat_many(names) if names else {}
        found: dict[str, FileEntry] = {}
        for element, nodes in self.preconditions.removed.items():
            if nodes or self.preconditions.below(self.entries, element):
                found |= {entry.name: entry for entry in self._entries_below(element)}
        return found | {path: entry for path, entry in named.items() if entry is not None}

    def _not_as_seen(self, found: Mapping[str, FileEntry]) -> Iterator[Conflict]:
        """Yield the files to remove that have changed since the draft, or the commit, saw them."""
        if self.unconditional:
            return
        for payload in self.state.payloads:
            changed: list[str] = []
            if isinstance(payload, RemoveFilePayload) and payload.target in found:
                if payload.version not in {None, found[payload.target].version}:
                    changed = [payload.target]
            elif isinstance(payload, DropPayload):
                changed = [
                    key
                    for key in payload.keys
                    if key in found and payload.marks.get(key, found[key].mark) != found[key].mark
                ]
            element = payload.element.removesuffix(" (file)")
            for path in changed:
                url = self.storage.url
                yield RemovedFileConflict(url, element, path, "file", MISSING, ANOTHER_FILE)

    def _entries_below(self, element: str) -> Iterator[FileEntry]:
        """Yield the keys of the nodes below an element that the draft, or the root, knows.

        A commit that is writing other keys there finds in the root that the element was removed,
        and reverts them.
        """
        nodes = self.preconditions.below(self.entries, element) | self.state.nodes_below(element)
        for entry in self.storage.entries(f"{ARCHIVE}/{element}"):
            owner = posixpath.dirname(entry.name.removeprefix(f"{ARCHIVE}/"))
            while owner not in nodes and owner != element and owner:
                owner = posixpath.dirname(owner)
            if owner in nodes:
                yield entry

    def _keep(self, record: Record, sizes: Mapping[str, int]) -> None:
        """Copy the content to remove into the record, as far as there is room."""
        record.removed = dict.fromkeys(sizes)
        room = KEPT_BYTES
        for path, size in sizes.items():
            if size > room:
                continue
            try:
                data = self.storage.read(path).data
            except NotFoundError:
                del record.removed[path]  # someone else has removed it
                del self._versions[path]
                continue
            if len(data) > room:
                continue
            room -= len(data)
            record.removed[path] = base64.b64encode(data).decode()

    # Write

    def put(self) -> None:
        """Write files and arrays, the chunks of an array before its document.

        Raises
        ------
        ConflictError
            Someone else has written a file or key of the same name.
        StorageError
            A file to attach has changed.
        """
        for payload in self.state.payloads:
            if id(payload) in self.preconditions.satisfied:
                continue
            if isinstance(payload, FilePayload):
                self._put_file(payload, self._checked_blocks(payload))
            elif isinstance(payload, MovePayload):
                self._put_file(payload, self._moved_blocks(payload))
            elif isinstance(payload, ArrayPayload):
                self._put_keys(_keys_of(payload))
            elif isinstance(payload, CopyPayload):
                self._put_copies(payload)
            elif isinstance(payload, RestorePayload):
                self._put_keys(payload.keys)
            elif isinstance(payload, DropPayload):
                self.documents |= {node: None for key in payload.keys if (node := _node_of(key))}

    def _put_file(self, file: FilePayload | MovePayload, blocks: Iterator[bytes]) -> None:
        if self.unconditional:
            self.storage.stream(blocks, file.target)
            self._unmarked.append(file.target)
            return
        note = partial(self.note, file.target)
        try:
            self.storage.stream(blocks, file.target, exclusive=True, note=note)
        except ChangedError as error:  # someone else has written it in the meantime
            raise conflict_error([self._occupied(file)]) from error

    @staticmethod
    def _checked_blocks(file: FilePayload) -> Iterator[bytes]:
        """Yield the content of a file to attach.

        Raises
        ------
        StorageError
            The file has changed; raised before the last block is sent.
        """
        digest = hashlib.blake2b()
        for block in file.blocks():
            digest.update(block)
            yield block
        if digest.hexdigest() != file.checksum:
            raise StorageError(
                f"{file.source} has changed since it was attached.", "Attach it again."
            )

    def _moved_blocks(self, file: MovePayload) -> Iterator[bytes]:
        """Yield the content of a file to move. The old name is removed after the root is written.

        Raises
        ------
        ConflictError
            The file was moved, removed or replaced since the commit was planned.
        """
        try:
            with self.storage.open(file.source) as source:
                entry = self.storage.stat_many([file.source])[file.source]
                if entry is None or entry.version != file.version:
                    raise conflict_error([self._not_movable(file, entry)])
                while block := source.read(BLOCK):
                    yield block
        except NotFoundError as error:
            raise conflict_error([self._not_movable(file, None)]) from error

    def _put_copies(self, copy: CopyPayload) -> None:
        for path in sorted(self._copies.get(copy.source, []), key=_is_document):
            self._put_key(_renamed_key(path, copy), self.storage.read(path).data)

    def _put_keys(self, keys: Mapping[str, bytes]) -> None:
        """Write the keys of arrays: the chunks side by side, then the documents."""
        chunks = {path: data for path, data in keys.items() if not _is_document(path)}
        with ThreadPoolExecutor(max(1, min(WORKERS, len(chunks))), "modos-commit") as pool:
            futures = [pool.submit(self._put_key, path, data) for path, data in chunks.items()]
        for future in futures:
            future.result()
        for path in filter(_is_document, keys):
            self._put_key(path, keys[path])

    def _put_key(self, path: str, data: bytes) -> None:
        """Write a new file or key; its path is relative to the object.

        Raises
        ------
        ConflictError
            The path already exists.
        """
        try:
            if self.unconditional:
                self.storage.write(path, data)
                self._unmarked.append(path)
            else:
                self.storage.write(path, data, expected=None, note=partial(self.note, path))
        except ChangedError as error:
            # Even an equal file is a conflict, because its writer may still revert it.
            raise conflict_error([self._existing_path(path)]) from error
        if node := _node_of(path):
            self.documents[node] = parse_json(data)

    def _existing_path(self, path: str) -> Conflict:
        """Return the conflict over a path that already exists."""
        url = self.storage.url
        if not path.startswith(f"{ARCHIVE}/"):
            return FileConflict(url, "", path, MISSING, "a restored file", ANOTHER_FILE)
        group, element, name = path.split("/", 4)[1:4]
        return ArrayConflict(url, f"{group}/{element}", name, MISSING, "an array", UNNAMED_KEYS)

    def note(self, path: str, mark: str) -> None:
        """Note the mark of a file just before it is written; a repair recognizes the file by it."""
        self.marks[path] = mark
        if self.keep_mark is not None:
            self.keep_mark(path, mark)

    # Remove

    def remove(self, record: Record) -> None:
        """Remove files and arrays, after the root is written: before, it could not be reverted.

        Files that someone else has replaced or named in the meantime are kept.

        Parameters
        ----------
        record : Record
            The commit in the journal; the files that are kept are noted in it.
        """
        to_remove: dict[str, str | None] = {
            path: self._versions[path] for path in sorted(record.removed, key=_is_no_document)
        }
        for payload in self.state.payloads:
            if isinstance(payload, MovePayload) and id(payload) not in self.preconditions.satisfied:
                to_remove[payload.source] = payload.version
        try:
            file_owners: Mapping[str, str] = {}
            if any(not path.startswith(f"{ARCHIVE}/") for path in to_remove):
                root = parse_document(self.storage.read(f"{ARCHIVE}/zarr.json").data)
                file_owners = self.preconditions.file_owners(consolidated_documents(root) or {})
            record.left = [
                path
                for path, version in to_remove.items()
                if not _is_unnamed(path, file_owners) or not self._remove_key(path, version)
            ]
        except (ModosError, OSError) as error:
            error.add_note(
                "The metadata are stored. Not all files that they no longer name could be removed."
            )
            raise
        for path in record.left:
            record.removed.pop(path, None)

    def _remove_key(self, path: str, version: str | None) -> bool:
        """Remove a file in the planned version; return whether the path no longer exists."""
        if self.unconditional or version is None:
            self.storage.delete(path)
            return True
        return self.storage.delete_version(path, version)

    def revert(self) -> list[str]:
        """Remove the files and keys that a failed commit has written, and no others.

        Returns
        -------
        list of str
            The files and keys that could not be removed.
        """
        kept = []
        for path in reversed([*self.marks, *self._unmarked]):
            try:
                if path in self.marks:
                    self.storage.delete_marked(path, self.marks[path])
                else:
                    self.storage.delete(path)
            except (NotFoundError, ChangedError):  # not written, or replaced since
                continue
            except (ModosError, OSError):
                kept.append(path)
        return kept


def _keys_of(array: ArrayPayload) -> dict[str, bytes]:
    """Return the keys of an array, relative to the object."""
    return {f"{ARCHIVE}/{array.element}/{key}": data for key, data in array.keys.items()}


def _renamed_key(key: str, copy: CopyPayload) -> str:
    return f"{ARCHIVE}/{copy.element}/{key.removeprefix(f'{ARCHIVE}/{copy.source}/')}"


def _is_document(key: str) -> bool:
    return key.endswith("zarr.json")


def _is_no_document(key: str) -> bool:
    return not _is_document(key)


def _node_of(key: str) -> str:
    """Return the node of a document in the archive; empty if the key is not a document."""
    if not (key.startswith(f"{ARCHIVE}/") and key.endswith("/zarr.json")):
        return ""
    return key.removeprefix(f"{ARCHIVE}/").removesuffix("/zarr.json")


def _is_unnamed(path: str, file_owners: Mapping[str, str]) -> bool:
    """Return whether no element names a file; keys of the archive are not named."""
    return path.startswith(f"{ARCHIVE}/") or not is_named(path, file_owners)
