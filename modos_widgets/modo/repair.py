"""Repair an object: update the root's copies, and settle interrupted commits."""

from __future__ import annotations

import base64
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from modos_widgets.archive import (
    ARCHIVE,
    Hierarchy,
    collect_documents,
    consolidated_documents,
    consolidated_entry,
    document_path,
    parse_document,
    rewrite_document,
    with_entries,
)
from modos_widgets.errors import (
    ChangedError,
    LockedError,
    NotFoundError,
    ReadOnlyError,
    UnsupportedError,
)
from modos_widgets.json_text import same
from modos_widgets.modo.change_set import ChangeSet
from modos_widgets.modo.comparison import with_keys
from modos_widgets.modo.data_paths import file_in_object, indexed_names
from modos_widgets.modo.journal import CommitState, Journal, Record
from modos_widgets.modo.lock import object_lock
from modos_widgets.retry import CONFLICT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from modos_widgets.modo.stored_object import StoredObject

__all__ = ["Repair", "repair"]

Document = dict[str, Any]
SHOWN = 5
"""Names in each sentence of a result."""


@dataclass(frozen=True)
class Repair:
    """The result of a repair.

    Attributes
    ----------
    updated : tuple of str
        Nodes whose copy in the root was out of date.
    commit : str
        Id of the interrupted commit; empty if this computer knows none.
    written, missing : ChangeSet or None
        The changes of that commit that are stored, and those that are not.
    left : tuple of str
        Keys of removed elements that the repair has kept, because nothing proves that they are the
        commit's own: they were too large for the journal, or have changed since.
    orphans : tuple of str
        Folders whose keys belong to no element, such as the arrays of a removed one. The repair
        keeps them, and an element that is added there later does not get them.
    """

    updated: tuple[str, ...] = ()
    commit: str = ""
    written: ChangeSet | None = None
    missing: ChangeSet | None = None
    left: tuple[str, ...] = ()
    orphans: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Return the result in sentences."""
        sentences = []
        if self.commit and self.written is not None and self.missing is not None:
            stored, lost = len(list(self.written.rows())), len(list(self.missing.rows()))
            if not lost:
                sentences.append(f"Commit {self.commit} is completely stored ({stored:,} changes).")
            elif not stored:
                sentences.append(f"Commit {self.commit} is not stored ({lost:,} changes).")
            else:
                sentences.append(
                    f"Of commit {self.commit}, {stored:,} changes are stored "
                    f"({_listed(self.written.elements)}) and {lost:,} are not "
                    f"({_listed(self.missing.elements)})."
                )
        if self.updated:
            sentences.append(f"Updated in the root's copy: {_listed(self.updated)}.")
        if self.left:
            sentences.append(
                "Kept, because they may belong to another commit: "
                f"{_listed(self.left)}. Modo.storage.remove removes them."
            )
        if self.orphans:
            folders = [f"{ARCHIVE}/{path}" for path in self.orphans]
            sentences.append(
                f"Kept, although no element names them: {_listed(folders)}. "
                "Modo.storage.remove(..., recursive=True) removes them."
            )
        return " ".join(sentences) or "Nothing to repair."


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return f"{', '.join(names[:SHOWN])}{more}"


def repair(modo: StoredObject, *, timeout: float) -> Repair:
    """Update the root's copy and settle interrupted commits (see `Modo.repair`)."""
    storage = modo.storage
    if storage.read_only:
        raise ReadOnlyError(f"{storage.url} was opened read-only.", 'Open it with mode="r+".')
    journal = Journal(storage)
    deadline = time.monotonic() + timeout
    left: tuple[str, ...] = ()
    with object_lock(storage.url, timeout):
        _wait_for_running_commits(journal, deadline, timeout)
        interrupted = journal.unfinished()
        without_document: list[str] = []
        stale, root, documents = _consolidate(modo, deadline, without_document)
        result = Repair(stale)
        for record in interrupted:
            changes = ChangeSet.from_dict(record.changes)
            written, missing = changes.split_stored(root, documents)
            result = Repair(stale, record.id, written, missing)
            left += _remove_leftovers(modo, record, documents, journal.marks(record))
            record.changes = written.to_dict()
            state = CommitState.PARTLY_STORED if written else CommitState.REVERTED
            journal.finish(record, state if missing else CommitState.DONE)
    modo.refresh()
    orphans = tuple(sorted(with_keys(modo, without_document)))
    return replace(result, left=left, orphans=orphans)


def _remove_leftovers(
    modo: StoredObject, record: Record, documents: Mapping[str, Document], marks: Mapping[str, str]
) -> tuple[str, ...]:
    """Remove what an interrupted commit wrote and nothing names, and what it was removing.

    A colleague may have written a file or key of the same name in the meantime, and not have named
    it yet. So a file is removed only if it has the mark that the commit noted before it wrote it,
    and a key that was to be removed only if it has the content that the journal kept.

    Returns
    -------
    tuple of str
        The keys that are kept, although the commit may have written or was to remove them.
    """
    named = {
        file_in_object((document.get("attributes") or {}).get("data_path"), modo.path)
        for document in documents.values()
    }
    kept, unproven = [], []
    for path in record.made:
        if path.startswith(f"{ARCHIVE}/"):
            used = node_of_key(path) in documents
        else:
            used = path in named or not named.isdisjoint(indexed_names(path))
        if used:
            kept.append(path)
        elif path in marks:
            try:
                modo.storage.delete_marked(path, marks[path])
            except UnsupportedError:  # A delete without condition could remove a newer file.
                unproven.append(path)
    record.made = kept
    record.moved = {new: old for new, old in record.moved.items() if new in kept}
    if not kept:
        record.files = [row for row in record.files if row[-1] is None]
    removed = ChangeSet.from_dict(record.changes).removed.keys() - documents.keys()
    elements = set()
    for path, data in record.removed.items():
        element = "/".join(path.removeprefix(f"{ARCHIVE}/").split("/")[:2])
        if path.startswith(f"{ARCHIVE}/") and element in removed:
            elements.add(element)
            _remove_kept(modo, path, data)
    existing = (
        path for element in sorted(elements) for path in modo.storage.list(f"{ARCHIVE}/{element}")
    )
    names = [path.as_posix() for path in existing if path.as_posix() in record.removed]
    return (*unproven, *names)


def _remove_kept(modo: StoredObject, path: str, kept: str | None) -> None:
    """Remove a key if it has the content that the journal has kept."""
    if kept is None:
        return
    with suppress(NotFoundError, ChangedError, UnsupportedError):
        content = modo.storage.read(path)
        if content.data == base64.b64decode(kept):
            modo.storage.delete(path, expected=content.etag)


def node_of_key(path: str) -> str:
    """Return the node that a key of the archive belongs to: a document or a chunk."""
    key = path.removeprefix(f"{ARCHIVE}/")
    if key.endswith("/zarr.json"):
        return key.removesuffix("/zarr.json")
    return key.partition("/c/")[0] if "/c/" in key else key.rpartition("/")[0]


def _wait_for_running_commits(journal: Journal, deadline: float, timeout: float) -> None:
    while any(record.is_live for record in journal.unfinished()):
        if time.monotonic() > deadline:
            raise LockedError(
                f"A commit of this computer is still running after {timeout:g} s.",
                "Retry when it has finished.",
            )
        time.sleep(0.05)


def _consolidate(
    modo: StoredObject, deadline: float, without_document: list[str]
) -> tuple[tuple[str, ...], Document, dict[str, Document]]:
    """Copy the nodes into the root, on the condition that it has not changed since it was read.

    This is safe while another computer commits: that commit then finds another root than it has
    read, and reads it again before it writes.

    Parameters
    ----------
    modo : StoredObject
        The object.
    deadline : float
        Value of `time.monotonic` after which a write that another writer prevents is not retried.
    without_document : list of str
        Filled with the folders that have no document.

    Returns
    -------
    tuple of str
        The nodes whose copies were out of date.
    dict
        The document of the root.
    dict of str to dict
        The documents of all nodes.
    """
    attempt = 0
    while True:
        content = modo.storage.read(document_path(""))
        old = parse_document(content.data)
        without_document.clear()
        expected = Hierarchy.from_root(old)
        documents = collect_documents(modo.storage, without_document, expected=expected)
        inline = consolidated_documents(old) or {}
        entries = {path: consolidated_entry(document) for path, document in documents.items()}
        stale = tuple(
            sorted(
                path
                for path in inline.keys() | entries.keys()
                if not _equal(inline.get(path), entries.get(path))
            )
        )
        if not stale and consolidated_documents(old) is not None:
            return (), old, documents
        changed: dict[str, Document | None] = {path: documents.get(path) for path in stale}
        new = with_entries(old, changed)
        try:
            data = rewrite_document(new, content.data, old)
            modo.storage.write(document_path(""), data, expected=content.etag)
        except ChangedError as error:
            attempt += 1
            if time.monotonic() > deadline:
                raise LockedError(
                    f"{modo.path} was changed by another writer on every attempt.", "Retry later."
                ) from error
            time.sleep(CONFLICT.pause(attempt + 1))
            continue
        return stale, new, documents


def _equal(one: Document | None, other: Document | None) -> bool:
    if one is None or other is None:
        return one is other
    return same(_without_copy(one), _without_copy(other))


def _without_copy(document: Document) -> Document:
    return {key: value for key, value in document.items() if key != "consolidated_metadata"}
