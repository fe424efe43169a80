"""Find copies in the root that are out of date, and settle commits that ended half-way."""

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
from modos_widgets.modo.journal import Journal, Record
from modos_widgets.modo.lock import object_lock
from modos_widgets.retry import CONFLICT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modos_widgets.modo.stored_object import StoredObject

__all__ = ["Repair", "repair"]

Document = dict[str, Any]


@dataclass(frozen=True)
class Repair:
    """What a repair found and did.

    Attributes
    ----------
    brought_up_to_date : tuple of str
        Nodes whose copy in the root was not true.
    commit : str
        The commit that had ended half-way; empty where none is known here.
    written, missing : ChangeSet or None
        Which of its changes are stored, and which are not.
    left : tuple of str
        Keys of elements that are gone, which stay since nothing proves whose they are: the
        commit was to remove them, and they were too large to be kept, or are others by now.
    orphans : tuple of str
        Folders whose keys belong to no element, such as the arrays of one that is gone. They
        stay as they are, and an element that is added there later does not get them.
    """

    brought_up_to_date: tuple[str, ...] = ()
    commit: str = ""
    written: ChangeSet | None = None
    missing: ChangeSet | None = None
    left: tuple[str, ...] = ()
    orphans: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Say what was found."""
        said = []
        if self.commit and self.written is not None and self.missing is not None:
            wrote, lacks = len(list(self.written.rows())), len(list(self.missing.rows()))
            if not lacks:
                said.append(f"Commit {self.commit} is stored as a whole ({wrote:,} changes).")
            elif not wrote:
                said.append(f"Nothing of commit {self.commit} is stored ({lacks:,} changes).")
            else:
                said.append(
                    f"Of commit {self.commit}, {wrote:,} changes are stored "
                    f"({', '.join(self.written.elements[:5])}) and {lacks:,} are not "
                    f"({', '.join(self.missing.elements[:5])})."
                )
        if self.brought_up_to_date:
            said.append(
                f"The root's copy was brought up to date: {', '.join(self.brought_up_to_date[:5])}"
                + ("." if len(self.brought_up_to_date) <= 5 else ", ...")  # noqa: PLR2004
            )
        if self.left:
            named = ", ".join(self.left[:5])
            more = f" and {len(self.left) - 5:,} more" if len(self.left) > 5 else ""  # noqa: PLR2004
            said.append(
                f"Left in place, since nothing proves whose they are: {named}{more}. "
                "Modo.storage.remove takes away what nobody needs."
            )
        if self.orphans:
            named = ", ".join(f"{ARCHIVE}/{path}" for path in self.orphans[:5])
            more = f" and {len(self.orphans) - 5:,} more" if len(self.orphans) > 5 else ""  # noqa: PLR2004
            said.append(
                f"Left in place, since it belongs to no element: {named}{more}. "
                "Modo.storage.remove(..., recursive=True) removes what nobody needs."
            )
        return " ".join(said) or "Nothing to repair."


def repair(modo: StoredObject, *, timeout: float) -> Repair:
    """Bring the root's copy up to date and settle torn commits (see `Modo.repair`)."""
    storage = modo.storage
    if storage.read_only:
        raise ReadOnlyError(
            f"{storage.url} was opened for reading only.", 'Open it with mode="r+".'
        )
    journal = Journal(storage)
    deadline = time.monotonic() + timeout
    left: tuple[str, ...] = ()
    with object_lock(storage, timeout):
        _wait_for_the_living(journal, deadline, timeout)
        torn = journal.unfinished()
        bare: list[str] = []
        stale, root, documents = _consolidate(modo, deadline, bare)
        repairs = [_settle(record, root, documents, stale) for record in torn]
        for record, settled in zip(torn, repairs, strict=True):
            left += _clear_rests(modo, record, documents, journal.marks(record))
            whole = settled.missing is not None and not settled.missing
            none = settled.written is not None and not settled.written
            record.changes = (settled.written or ChangeSet(modo.path, "")).to_dict()
            journal.finish(record, "done" if whole else "taken back" if none else "repaired")
    modo.refresh()
    orphans = tuple(sorted(with_keys(modo, bare)))
    done = repairs[-1] if repairs else Repair(stale)
    return replace(done, left=left, orphans=orphans)


def _clear_rests(
    modo: StoredObject, record: Record, documents: Mapping[str, Document], marks: Mapping[str, str]
) -> tuple[str, ...]:
    """Remove what a torn commit put and nothing names, and what it had begun to remove.

    Only what is known to be of that commit: a colleague may have put a file or key of the same
    name meanwhile, and not have named it yet. So a file has to bear the mark that the commit
    noted before it put it, and a key that was to be removed has to hold what was kept of it.

    Returns
    -------
    tuple of str
        Keys that were to be removed and stay, since that cannot be told of them.
    """
    named = {
        file_in_object((one.get("attributes") or {}).get("data_path"), modo.path)
        for one in documents.values()
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
            except UnsupportedError:  # a delete there could hit what came in the meantime
                unproven.append(path)
    record.made = kept
    record.moved = {new: old for new, old in record.moved.items() if new in kept}
    if not kept:
        record.files = [row for row in record.files if row[-1] is None]
    gone = ChangeSet.from_dict(record.changes).removed.keys() - documents.keys()
    elements = set()
    for path, data in record.removed.items():
        element = "/".join(path.removeprefix(f"{ARCHIVE}/").split("/")[:2])
        if path.startswith(f"{ARCHIVE}/") and element in gone:
            elements.add(element)
            _remove_kept(modo, path, data)
    there = (
        path for element in sorted(elements) for path in modo.storage.list(f"{ARCHIVE}/{element}")
    )
    names = [path.as_posix() for path in there if path.as_posix() in record.removed]
    return (*unproven, *names)


def _remove_kept(modo: StoredObject, path: str, kept: str | None) -> None:
    """Remove a key that holds what the journal has kept of it."""
    if kept is None:
        return
    with suppress(NotFoundError, ChangedError, UnsupportedError):
        content = modo.storage.read(path)
        if content.data == base64.b64decode(kept):
            modo.storage.delete(path, expected=content.etag)


def node_of_key(path: str) -> str:
    """Give the node that a key of the archive belongs to: of its document, or of a chunk."""
    key = path.removeprefix(f"{ARCHIVE}/")
    if key.endswith("/zarr.json"):
        return key.removesuffix("/zarr.json")
    return key.partition("/c/")[0] if "/c/" in key else key.rpartition("/")[0]


def _wait_for_the_living(journal: Journal, deadline: float, timeout: float) -> None:
    while any(record.is_live for record in journal.unfinished()):
        if time.monotonic() > deadline:
            raise LockedError(
                f"A commit from here has been running for more than {timeout:g} s.",
                "Try again when it is done.",
            )
        time.sleep(0.05)


def _consolidate(
    modo: StoredObject, deadline: float, bare: list[str]
) -> tuple[tuple[str, ...], Document, dict[str, Document]]:
    """Write what the nodes say into the root, on the condition that it is as it was read.

    Safe beside a live commit of another computer: that one then finds another root than it
    read, and reads again before it writes.
    """
    attempt = 0
    while True:
        content = modo.storage.read(document_path(""))
        old = parse_document(content.data)
        bare.clear()
        documents = collect_documents(modo.storage, bare, expected=Hierarchy.from_root(old))
        inline = consolidated_documents(old) or {}
        entries = {path: consolidated_entry(one) for path, one in documents.items()}
        stale = tuple(
            sorted(
                path
                for path in inline.keys() | entries.keys()
                if not _alike(inline.get(path), entries.get(path))
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
                    f"Others were writing to {modo.path} all the while.", "Try again later."
                ) from error
            time.sleep(CONFLICT.pause(attempt + 1))
            continue
        return stale, new, documents


def _alike(one: Document | None, other: Document | None) -> bool:
    if one is None or other is None:
        return one is other
    return same(_bare(one), _bare(other))


def _bare(document: Document) -> Document:
    return {key: value for key, value in document.items() if key != "consolidated_metadata"}


def _settle(
    record: Record, root: Document, documents: Mapping[str, Document], stale: tuple[str, ...]
) -> Repair:
    """Tell which changes of a torn commit are stored."""
    written, missing = ChangeSet.from_dict(record.changes).split_stored(root, documents)
    return Repair(stale, record.id, written, missing)
