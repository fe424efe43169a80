"""Find copies in the root that are out of date, and settle commits that ended half-way."""

from __future__ import annotations

import base64
import posixpath
import random
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from modos_widgets.errors import ChangedError, LockedError, NotFoundError, ReadOnlyError
from modos_widgets.modo.change import ChangeSet
from modos_widgets.modo.documents import entry_of, with_entries
from modos_widgets.modo.hierarchy import consolidated_documents, parse_document
from modos_widgets.modo.journal import Journal, Record
from modos_widgets.modo.locating import INDEX_SUFFIXES, file_in_object
from modos_widgets.modo.lock import object_lock
from modos_widgets.modo.reading import collect_documents, document_path
from modos_widgets.modo.recovering import stored_part
from modos_widgets.modo.rewriting import rewrite
from modos_widgets.modo.values import same

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modos_widgets.modo.object import Modo

__all__ = ["Comparison", "Repair", "compare", "repair"]

Document = dict[str, Any]
ROOT = "data.zarr"


@dataclass(frozen=True)
class Comparison:
    """How the root's copy of the metadata differs from the nodes.

    Attributes
    ----------
    added, removed, changed : tuple of str
        Nodes that the copy lacks, that are gone, and whose attributes differ (the last
        only where the nodes were read).
    """

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether they differ."""
        return bool(self.added or self.removed or self.changed)

    @property
    def nodes(self) -> tuple[str, ...]:
        """All that differ, sorted."""
        return tuple(sorted({*self.added, *self.removed, *self.changed}))


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
    """

    brought_up_to_date: tuple[str, ...] = ()
    commit: str = ""
    written: ChangeSet | None = None
    missing: ChangeSet | None = None
    left: tuple[str, ...] = ()

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
        return " ".join(said) or "Nothing to repair."


def compare(modo: Modo, *, deep: bool) -> Comparison:
    """Compare the root's copy with the nodes (see `Modo.compare`)."""
    hierarchy = modo.hierarchy
    if not hierarchy.consolidated or modo.storage.zarr_format != 3:  # noqa: PLR2004
        return Comparison()
    known = {path: node for path, node in hierarchy.nodes.items() if path}
    if deep:
        fresh = {path: entry_of(one) for path, one in collect_documents(modo.storage).items()}
        return _difference(known.keys(), fresh.keys(), _stale(modo, fresh))
    groups = [path for path, node in known.items() if node.kind == "group" and "/" not in path]
    levels = modo.storage.levels([f"{ROOT}/{group}" for group in groups])
    found = {
        f"{group}/{name}"
        for group, level in zip(groups, levels.values(), strict=True)
        for name in level.folders
    }
    elements = {path for path in known if path.count("/") == 1}
    return _difference(elements, found, ())


def _stale(modo: Modo, fresh: Mapping[str, Document]) -> list[str]:
    return [
        path
        for path, document in fresh.items()
        if path in modo.hierarchy.nodes
        and not same(
            dict(modo.hierarchy.nodes[path].attributes), dict(document.get("attributes") or {})
        )
    ]


def _difference(known: Any, found: Any, changed: Any) -> Comparison:
    return Comparison(
        tuple(sorted(set(found) - set(known))),
        tuple(sorted(set(known) - set(found))),
        tuple(sorted(changed)),
    )


def repair(modo: Modo, *, timeout: float) -> Repair:
    """Bring the root's copy up to date and settle torn commits (see `Modo.repair`)."""
    storage = modo.storage
    if storage.read_only:
        raise ReadOnlyError(
            f"{storage.url} was opened for reading only.", 'Open it with mode="r+".'
        )
    journal = Journal(storage)
    deadline = time.monotonic() + timeout
    with object_lock(storage, timeout):
        _wait_for_the_living(journal, deadline, timeout)
        torn = journal.unfinished()
        stale, root, documents = _consolidate(modo, deadline)
        repairs = [_settle(record, root, documents, stale) for record in torn]
        left: tuple[str, ...] = ()
        for record, done in zip(torn, repairs, strict=True):
            left += _clear_rests(modo, record, documents, journal.marks(record))
            whole = done.missing is not None and not done.missing
            none = done.written is not None and not done.written
            record.changes = (done.written or ChangeSet(modo.path, "")).to_dict()
            journal.finish(record, "done" if whole else "taken back" if none else "repaired")
    modo.refresh()
    return replace(repairs[-1], left=left) if repairs else Repair(stale)


def _clear_rests(
    modo: Modo, record: Record, documents: Mapping[str, Document], marks: Mapping[str, str]
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
    kept = []
    for path in record.made:
        if path.startswith(f"{ROOT}/"):
            used = node_of_key(path) in documents
        else:
            stem, suffix = posixpath.splitext(path)
            used = path in named or (suffix in INDEX_SUFFIXES and stem in named)
        if used:
            kept.append(path)
        elif path in marks:
            modo.storage.delete_marked(path, marks[path])
    record.made = kept
    if not kept:
        record.files = [row for row in record.files if row[-1] is None]
    gone = ChangeSet.from_dict(record.changes).removed.keys() - documents.keys()
    elements = set()
    for path, data in record.removed.items():
        element = "/".join(path.removeprefix(f"{ROOT}/").split("/")[:2])
        if path.startswith(f"{ROOT}/") and element in gone:
            elements.add(element)
            _remove_kept(modo, path, data)
    there = (
        path for element in sorted(elements) for path in modo.storage.list(f"{ROOT}/{element}")
    )
    return tuple(path.as_posix() for path in there if path.as_posix() in record.removed)


def _remove_kept(modo: Modo, path: str, kept: str | None) -> None:
    """Remove a key that holds what the journal has kept of it."""
    if kept is None:
        return
    with suppress(NotFoundError, ChangedError):
        content = modo.storage.read(path)
        if content.data == base64.b64decode(kept):
            modo.storage.delete(path, expected=content.etag)


def node_of_key(path: str) -> str:
    """Give the node that a key of the archive belongs to: of its document, or of a chunk."""
    key = path.removeprefix(f"{ROOT}/")
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
    modo: Modo, deadline: float
) -> tuple[tuple[str, ...], Document, dict[str, Document]]:
    """Write what the nodes say into the root, on the condition that it is as it was read.

    Safe beside a live commit of another computer: that one then finds another root than it
    read, and reads again before it writes.
    """
    attempt = 0
    while True:
        content = modo.storage.read(document_path(""))
        old = parse_document(content.data)
        documents = collect_documents(modo.storage)
        inline = consolidated_documents(old) or {}
        entries = {path: entry_of(one) for path, one in documents.items()}
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
            data = rewrite(new, content.data, old)
            modo.storage.write(document_path(""), data, expected=content.etag)
        except ChangedError as error:
            attempt += 1
            if time.monotonic() > deadline:
                raise LockedError(
                    f"Others were writing to {modo.path} all the while.", "Try again later."
                ) from error
            time.sleep(random.uniform(0, min(0.02 * 2**attempt, 1.0)))  # noqa: S311
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
    written, missing = stored_part(ChangeSet.from_dict(record.changes), root, documents)
    return Repair(stale, record.id, written, missing)
