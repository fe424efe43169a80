"""Take back a commit that failed, where nobody has built on it, and say what stays."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Any

from modos_widgets.errors import ChangedError, ModosError
from modos_widgets.modo.change import ChangeSet
from modos_widgets.modo.documents import entry_of, with_entries
from modos_widgets.modo.hierarchy import consolidated_documents, parse_document
from modos_widgets.modo.reading import document_path
from modos_widgets.modo.rewriting import rewrite
from modos_widgets.modo.sending import unsend
from modos_widgets.modo.values import MISSING, same
from modos_widgets.storage.contents import ANY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modos_widgets.modo.journal import Record
    from modos_widgets.modo.writing import ObjectCommit
    from modos_widgets.storage import Storage

__all__ = ["recover", "stored_part"]

Document = dict[str, Any]
ATTEMPTS = 20


def recover(commit: ObjectCommit, record: Record, error: Exception) -> str:
    """Put back what was there, and bring the root's copies of the touched nodes up to date.

    A node that somebody has changed since stays: they have built on it. What is stored in
    the end is read, not concluded: an answer that was lost may hide a write that was done.

    Returns
    -------
    str
        What the journal will say: "taken back", "repaired" (a part stays), or "torn".
    """
    unsend(commit)
    if not commit.attempted:
        record.made, record.removed, record.files = [], {}, []
        return "taken back"
    try:
        built_on = _take_back(commit)
        root, documents = _true_up(commit)
    except (ModosError, OSError) as second:
        error.add_note(
            f"What was written could not all be taken back ({second}): Modo.repair() says "
            "what is stored."
        )
        return "torn"
    record.made, record.removed, record.files = (
        [],
        {},
        [],
    )  # nothing was removed yet, and what was put is gone
    stays, _ = stored_part(commit.changes, root, documents, before=True)
    _add(stays, commit.changes, built_on)
    if not stays:
        return "taken back"
    commit.stays = stays
    record.changes = stays.to_dict()
    error.add_note(
        f"Stored all the same, since others have built on it: {', '.join(stays.elements[:5])}."
    )
    return "repaired"


def _take_back(commit: ObjectCommit) -> list[str]:
    """Give the nodes that somebody has built on, who therefore knew what we wrote."""
    built_on = []
    for path, data, etag in reversed(commit.undo):
        target = document_path(path)
        try:
            if data is None:
                commit.storage.delete(target, expected=etag or ANY)
            elif commit.unconditional:
                commit.storage.write(target, data)
            else:
                commit.storage.write(target, data, expected=etag)
        except ChangedError:
            built_on.append(path)
    return built_on


def _add(stays: ChangeSet, changes: ChangeSet, elements: list[str]) -> None:
    for element in elements:
        if element in changes.cells:
            stays.cells[element] = changes.cells[element]
        elif element in changes.added:
            stays.added[element] = changes.added[element]
        else:
            stays.removed[element] = changes.removed[element]


def _true_up(commit: ObjectCommit) -> tuple[Document, dict[str, Document]]:
    """Make the root's copies of the touched nodes say what the nodes say."""
    storage: Storage = commit.storage
    paths = sorted({*commit.nodes, *commit.documents})
    for attempt in range(ATTEMPTS):
        content = storage.read(document_path(""))
        root = parse_document(content.data)
        found = storage.read_many([document_path(path) for path in paths])
        documents = {
            path: None if one is None else parse_document(one.data)
            for path, one in zip(paths, found.values(), strict=True)
        }
        inline = consolidated_documents(root)
        stale = {
            path: document
            for path, document in documents.items()
            if inline is not None
            and inline.get(path) != (None if document is None else entry_of(document))
        }
        if stale:
            data = rewrite(with_entries(root, stale), content.data, root)
            try:
                storage.write(
                    document_path(""), data, expected=ANY if commit.unconditional else content.etag
                )
            except ChangedError:
                time.sleep(random.uniform(0, min(0.02 * 2**attempt, 1.0)))  # noqa: S311
                continue
        return root, {path: one for path, one in documents.items() if one is not None}
    raise ChangedError("The root is written by others all the while.", "Try again later.")


def stored_part(
    changes: ChangeSet, root: Document, documents: Mapping[str, Document], *, before: bool = False
) -> tuple[ChangeSet, ChangeSet]:
    """Tell which changes are stored, and which are not.

    Parameters
    ----------
    changes : ChangeSet
        The changes.
    root : dict
        The root's document.
    documents : Mapping
        Path of every touched node that is there to its document.
    before : bool
        Count what was there before as not stored (a change to the value that is there
        anyway).
    """
    parts = {
        one: ChangeSet(changes.path, changes.root, order=changes.order) for one in (True, False)
    }
    for element, cells in changes.cells.items():
        node = root if element == changes.root else documents.get(element, {})
        stored = node.get("attributes") or {}
        for slot, change in cells.items():
            value = stored.get(slot, MISSING)
            there = same(value, change[1]) and not (before and same(value, change[0]))
            parts[there].cells.setdefault(element, {})[slot] = change
    for element, attributes in changes.added.items():
        found = documents.get(element)
        there = found is not None and same(dict(found.get("attributes") or {}), attributes)
        parts[there].added[element] = attributes
    for element, attributes in changes.removed.items():
        parts[element not in documents].removed[element] = attributes
    return parts[True], parts[False]
