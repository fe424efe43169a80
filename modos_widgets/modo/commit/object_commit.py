"""Commit the changes of one object: write the nodes first and the root last, each on a condition.

Why no update is lost: every write names the version that it replaces, so a commit writes a node's
copy into the root only after it has read the root that the last commit wrote. The commit that
writes the root last has therefore seen every earlier one, and reads the nodes again whose copies
others have written in the meantime.

A node that the commit finds as it wants it (a *foreign node*) is not written. The commit that wrote
it may still fail and revert it, so the node is read again once the root lists it. The opposite
case is in `rollback`: a commit that reverts a node reads the root afterwards.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from modos_widgets.archive import (
    collect_documents,
    consolidated_documents,
    consolidated_entry,
    document_path,
    encode_document,
    new_group,
    parse_document,
    rewrite_document,
    with_attributes,
    with_entries,
)
from modos_widgets.errors import (
    BrokenArchiveError,
    ChangedError,
    ConflictError,
    LockedError,
    ModosError,
    NotFoundError,
    StorageError,
    UnsupportedError,
)
from modos_widgets.json_text import same
from modos_widgets.modo.commit.attachments import AttachmentCommit
from modos_widgets.modo.commit.occupied_folders import occupied_folders
from modos_widgets.modo.commit.preconditions import Preconditions
from modos_widgets.modo.commit.rollback import Rollback, WrittenNode, root_digest
from modos_widgets.modo.commit.root_entries import stored_attributes
from modos_widgets.modo.conflicts import (
    Conflict,
    conflict_error,
    merge_cells,
    removal_conflicts,
    state_outcome,
)
from modos_widgets.modo.journal import CommitState
from modos_widgets.modo.validation.fixes import is_form_fix
from modos_widgets.modo.values import MISSING, now
from modos_widgets.retry import CONFLICT
from modos_widgets.storage import ANY, Content, Write, check_written

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from modos_widgets.modo.change_set import ChangeSet
    from modos_widgets.modo.journal import Record
    from modos_widgets.modo.schema.slots import Schema
    from modos_widgets.modo.state.object_state import ObjectState

__all__ = ["ObjectCommit"]

Document = dict[str, Any]
WORKERS = 16
"""Nodes that are removed, or written again, at a time."""
UPDATED = "last_update_date"


class ObjectCommit:
    """The commit of one object.

    Call `read`, then `write` if there is no conflict.

    Parameters
    ----------
    state : ObjectState
        The object within its draft.
    unconditional : bool
        Write without conditions (for a server that ignores them).
    schema : Schema
        The classes, which define the attributes that are links.
    is_undo : bool
        Whether the commit undoes another one.
    deadline : float
        Value of `time.monotonic` after which a write that another writer prevents is not retried.

    Attributes
    ----------
    remaining : ChangeSet or None
        The changes that remain stored although the commit failed.
    written_root : tuple of (bytes, str) or None
        The root that the commit wrote, or found as it wanted it, and its ETag.
    """

    def __init__(
        self,
        state: ObjectState,
        *,
        unconditional: bool,
        schema: Schema,
        is_undo: bool,
        deadline: float,
    ) -> None:
        self.state = state
        self.storage = state.storage
        self.changes = _dated(state.changes())
        self.unconditional = unconditional
        self.deadline = deadline
        self.preconditions = Preconditions(state, self.changes, schema, is_undo=is_undo)
        self.attachments = AttachmentCommit(self.preconditions, unconditional=unconditional)
        self.remaining: ChangeSet | None = None
        self.written_root: tuple[bytes, str] | None = None
        self._nodes = [name for name in self.changes.elements if name != state.root]
        self._new = self.changes.added.keys() - self.changes.removed.keys()
        self._contents: dict[str, Content | None] = {}
        """The touched nodes as they were read."""
        self._documents: dict[str, Document | None] = {}
        """The touched nodes as the root will list them."""
        self._parsed: dict[str, tuple[Content, Document]] = {}
        """The touched nodes as they were parsed, so that each is parsed once."""
        self._written: list[WrittenNode] = []
        self._foreign_nodes: set[str] = set()
        self._own_roots: set[bytes] = set()
        """Digests of the root as it was read first, and of the roots written since."""
        self._root: Content
        self._attempted = False
        """Whether a document was written, or may have been."""

    # Round trip 1

    def read(self) -> list[Conflict]:
        """Read the root and the touched nodes, and return the conflicts.

        Raises
        ------
        NotFoundError
            The object no longer exists.
        BrokenArchiveError
            A touched node cannot be read.
        """
        existing = [name for name in self._nodes if name not in self._new]
        targets = [document_path(path) for path in ("", *existing)]
        contents = self.storage.read_many(targets)
        root = contents.pop(targets[0])
        if root is None:
            raise NotFoundError(f"{self.storage.url} no longer exists.", "Check the path.")
        self._root = root
        self._own_roots.add(root_digest(root.data))
        self._contents = dict(zip(existing, contents.values(), strict=True))
        document = parse_document(root.data)
        _, conflicts = self._root_attributes(document)
        for element in existing:
            conflicts += self._merge(element, self._contents[element])[1]
        listed = consolidated_documents(document)
        if listed is None and self.preconditions:
            listed = collect_documents(self.storage)
        entries = listed or {}
        for element in self._new & entries.keys():
            conflicts += self._added_by_both(element, stored_attributes(entries, element) or {})
        if self.preconditions:
            self.attachments.find_stored(entries)
            conflicts += self.preconditions.conflicts(entries)
        conflicts += occupied_folders(self.storage, self._new - entries.keys())
        return conflicts

    def _added_by_both(self, element: str, theirs: Mapping[str, Any]) -> list[Conflict]:
        """Return the conflict over a new element that already exists; none if it is equal."""
        mine = self.changes.added[element]
        if same(dict(theirs), mine):
            return []
        return [Conflict(self.storage.url, element, "", MISSING, mine, dict(theirs))]

    def _root_attributes(self, document: Document) -> tuple[dict[str, Any], list[Conflict]]:
        root = self.state.root
        cells = self.changes.cells.get(root, {})
        stored = document.get("attributes") or {}
        if UPDATED in cells and not any(
            same(stored.get(UPDATED, MISSING), value) for value in cells[UPDATED]
        ):
            # Another commit was made since. This is not a conflict: the date of this commit counts.
            cells = {**cells, UPDATED: (stored.get(UPDATED, MISSING), now())}
        return merge_cells(self.storage.url, root, stored, cells, self.changes.order.get(root, ()))

    def _merge(
        self, element: str, content: Content | None
    ) -> tuple[Document | None, list[Conflict]]:
        """Return the document to store (None: none) and the conflicts with the stored one."""
        url, changes = self.storage.url, self.changes
        document = None if content is None else self._parse(element, content)
        stored = None if document is None else document.get("attributes") or {}
        if element in changes.removed:
            if stored is None:
                return None, []
            return None, removal_conflicts(url, element, stored, changes.removed[element])
        if document is None or stored is None:
            base = self.state.base.get(element, {})
            mine = self.state.now.get(element, {})
            return None, [Conflict(url, element, "", base, mine, MISSING)]
        order = changes.order.get(element, ())
        merged, conflicts = merge_cells(url, element, stored, changes.cells[element], order)
        return with_attributes(document, merged), conflicts

    def _parse(self, element: str, content: Content) -> Document:
        known = self._parsed.get(element)
        if known is not None and known[0] is content:
            return known[1]
        try:
            document = parse_document(content.data)
            dict(document.get("attributes") or {})
        except (BrokenArchiveError, UnsupportedError, TypeError, ValueError) as error:
            raise BrokenArchiveError(
                f"The metadata of {element} cannot be read.",
                f"Check {document_path(element)}, or discard your changes of this element.",
            ) from error
        self._parsed[element] = content, document
        return document

    # Round trips 2 and 3

    def write(self, record: Record) -> None:
        """Write files and arrays, then the nodes, then the root.

        If that fails, everything is reverted that no other commit has built on.

        Parameters
        ----------
        record : Record
            The commit in the journal; its state is set if the commit fails.
        """
        try:
            self.attachments.put()
            self._documents |= self.attachments.documents
            self._write_groups()
            self._write_nodes()
            while self._write_reverted_nodes(self._write_root()):
                pass
        except Exception as error:
            record.state = self._roll_back(record, error)
            raise
        self.attachments.remove(record)

    def _write_document(self, path: str, data: bytes, before: Content | None) -> str:
        """Write one document, note how to revert it, and return its ETag."""
        self._attempted = True
        expected = None if before is None else before.etag
        if not path:
            self._own_roots.add(root_digest(data))
        etag = self.storage.write(
            document_path(path), data, expected=ANY if self.unconditional else expected
        )
        self._note_written(path, data, before, etag)
        return etag

    def _note_written(self, path: str, data: bytes, before: Content | None, etag: str) -> None:
        if path:
            old = None if before is None else before.data
            self._written.append(WrittenNode(path, old, data, etag))
            self._foreign_nodes.discard(path)
        if before is not None:
            check_written(before.data, before.etag, data, etag, path)

    def _write_groups(self) -> None:
        """Create the groups of new elements that the archive lacks."""
        listed = consolidated_documents(parse_document(self._root.data))
        if listed is None:
            return
        for group in sorted({name.partition("/")[0] for name in self.changes.added}):
            if group not in listed:
                document = new_group({})
                with suppress(ChangedError):  # it exists, and the root does not list it
                    data = encode_document(document, self._root.data)
                    self.storage.write(document_path(group), data, expected=None)
                self._documents[group] = document

    def _write_nodes(self) -> None:
        """Write the touched nodes side by side, and those again that others changed first."""
        remaining: dict[str, ChangedError | None] = {}
        errors: list[BaseException] = list(self._write_together(remaining))
        if remaining:
            with ThreadPoolExecutor(min(WORKERS, len(remaining)), "modos-commit") as pool:
                jobs = [pool.submit(self._write_node, *entry) for entry in remaining.items()]
            errors += [failure for job in jobs if (failure := job.exception()) is not None]
        conflicts: list[Conflict] = [
            conflict
            for error in errors
            if isinstance(error, ConflictError)
            for conflict in error.conflicts
        ]
        if conflicts:
            raise conflict_error(conflicts)
        if errors:
            raise errors[0]

    def _write_together(self, remaining: dict[str, ChangedError | None]) -> Iterator[ModosError]:
        """Write nodes in one batch, and yield the errors.

        Parameters
        ----------
        remaining : dict
            Filled with the nodes to write one by one: those to remove, foreign nodes, and those
            that others changed first, with the error.
        """
        documents: dict[str, Document | None] = {}
        writes: list[Write] = []
        for element in self._nodes:
            before = self._contents.get(element)
            document = self._document_to_store(element, before)
            data = self._encoded(element, document, before)
            if data is None:
                remaining[element] = None
                continue
            documents[element] = document
            expected = None if before is None else before.etag
            target = document_path(element)
            writes.append(Write(target, data, ANY if self.unconditional else expected))
        self._attempted |= bool(writes)
        outcomes = self.storage.write_many(writes)
        for element, write, outcome in zip(documents, writes, outcomes, strict=True):
            if isinstance(outcome, ChangedError):
                remaining[element] = outcome
            elif isinstance(outcome, str):
                self._documents[element] = documents[element]
                try:
                    self._note_written(element, write.data, self._contents.get(element), outcome)
                except StorageError as error:
                    yield error
            else:
                yield outcome

    def _document_to_store(self, element: str, content: Content | None) -> Document | None:
        """Return the document to store (None: none).

        Raises
        ------
        ConflictError
            Someone else has changed its cells.
        """
        if element in self._new:
            return new_group(self.changes.added[element])
        document, conflicts = self._merge(element, content)
        if conflicts:
            raise conflict_error(conflicts)
        return document

    def _encoded(
        self, element: str, document: Document | None, before: Content | None
    ) -> bytes | None:
        """Return the bytes of a document; None if there is none, or it is already stored."""
        if document is None:
            return None
        if before is None:
            return encode_document(document, self._root.data)
        data = rewrite_document(document, before.data, self._parse(element, before))
        return data if data != before.data else None

    def _write_node(self, element: str, changed: ChangedError | None = None) -> None:
        """Write one node; if others change it first, merge and retry until the deadline.

        Parameters
        ----------
        element : str
            The node.
        changed : ChangedError, optional
            The error of the first attempt.
        """
        content = self._contents.get(element)
        attempt = 0
        while True:
            if changed is not None:
                attempt += 1
                self._wait(attempt, changed)
                content = self.storage.read_many([document_path(element)])[document_path(element)]
                if element in self._new and content is not None:
                    document: Document | None = self._parse(element, content)
                    theirs = (document or {}).get("attributes") or {}
                    if conflicts := self._added_by_both(element, theirs):
                        raise conflict_error(conflicts) from changed
                    self._documents[element] = document
                    self._foreign_nodes.add(element)
                    return
            document = self._document_to_store(element, content)
            try:
                self._store_node(element, document, content)
            except ChangedError as error:
                changed = error
                continue
            self._documents[element] = document
            return

    def _store_node(self, element: str, document: Document | None, before: Content | None) -> None:
        if document is None and before is not None:
            self._attempted = True
            expected = ANY if self.unconditional else before.etag
            self.storage.delete(document_path(element), expected=expected)
            self._written.append(WrittenNode(element, before.data, None, None))
            self._foreign_nodes.discard(element)
            return
        data = self._encoded(element, document, before)
        if data is None:
            self._foreign_nodes.add(element)
        else:
            self._write_document(element, data, before)

    def _write_reverted_nodes(self, copies: Mapping[str, Any]) -> bool:
        """Write foreign nodes that the other commit has reverted; return whether there was any.

        Parameters
        ----------
        copies : Mapping
            Foreign nodes, as the root listed them before.
        """
        if not copies:
            return False
        contents = self.storage.read_many([document_path(path) for path in copies])
        written = False
        for path, content in zip(copies, contents.values(), strict=True):
            entry = None if content is None else consolidated_entry(self._parse(path, content))
            if same(entry, self._entry(path)):
                continue
            try:
                self._write_again(path, content)
            except ConflictError:
                if same(entry, copies[path]):
                    raise
                continue  # It was not reverted: another commit has changed it since.
            written = True
        return written

    def _write_again(self, element: str, content: Content | None) -> None:
        """Write a foreign node that has changed."""
        if element not in self._new:
            self._contents[element] = content
        self._write_node(element)

    def _entry(self, path: str) -> Any:
        document = self._documents[path]
        return None if document is None else consolidated_entry(document)

    def _write_root(self) -> dict[str, Any]:
        """Write the root; return the foreign nodes that no earlier root has listed."""
        attempt = 0
        while True:
            old = parse_document(self._root.data)
            attributes, conflicts = self._root_attributes(old)
            if conflicts:
                raise conflict_error(conflicts)
            inline = consolidated_documents(old)
            if self._is_stored(old, inline, attributes):
                self.written_root = (self._root.data, self._root.etag)
                return {}
            if UPDATED not in self.changes.cells.get(self.state.root, {}):
                attributes[UPDATED] = now()
            changed = self._documents
            if inline is None:
                changed = {**collect_documents(self.storage), **changed}
            new = with_attributes(with_entries(old, changed), attributes)
            data = rewrite_document(new, self._root.data, old)
            listed = inline or {}
            try:
                etag = self._write_document("", data, self._root)
            except ChangedError as error:
                attempt += 1
                self._wait(attempt, error)
                self._read_root_again(listed)
                continue
            self.written_root = (data, etag)
            self._root = Content(data, etag)
            return {
                path: listed.get(path)
                for path in sorted(self._foreign_nodes)
                if inline is None or not same(listed.get(path), self._entry(path))
            }

    def _is_stored(
        self, root: Document, listed: dict[str, Any] | None, attributes: dict[str, Any]
    ) -> bool:
        """Return whether the root contains the result already, and nothing else was written."""
        if listed is None or self._written or not self.attachments.is_empty:
            return False
        current = all(same(listed.get(path), self._entry(path)) for path in self._documents)
        return current and same(dict(root.get("attributes") or {}), attributes)

    def _read_root_again(self, before: dict[str, Any]) -> None:
        """Read the root, and the nodes whose copies others have written since.

        Raises
        ------
        ConflictError
            Another commit has changed what this one builds on.
        """
        self._root = self.storage.read(document_path(""))
        inline = consolidated_documents(parse_document(self._root.data))
        listed = inline or {}
        conflicts = [] if inline is None else self.preconditions.conflicts(listed)
        if conflicts:
            raise conflict_error(conflicts)
        overtaken = [path for path in self._documents if listed.get(path) != before.get(path)]
        if not overtaken:
            return
        contents = self.storage.read_many([document_path(path) for path in overtaken])
        for path, content in zip(overtaken, contents.values(), strict=True):
            if path in self._foreign_nodes:
                self._write_again(path, content)
            else:
                self._documents[path] = None if content is None else self._parse(path, content)

    def _wait(self, attempt: int, error: ChangedError) -> None:
        if time.monotonic() > self.deadline:
            raise LockedError(
                f"{self.storage.url} was changed by another writer on every attempt.",
                "Retry later.",
            ) from error
        time.sleep(CONFLICT.pause(attempt + 1))

    # After a failure

    def _roll_back(self, record: Record, error: Exception) -> CommitState:
        """Revert what was written, and add to the error what remains stored.

        Returns
        -------
        CommitState
            ``REVERTED``, ``PARTLY_STORED`` or ``INTERRUPTED``.
        """
        url = self.storage.url
        untouched = not (self._attempted or self._documents or self.attachments.has_put)
        files = self.attachments.revert()
        if files:
            more = f" and {len(files) - 5:,} more" if len(files) > 5 else ""  # noqa: PLR2004
            error.add_note(
                "These files may remain stored, because they could not be removed: "
                f"{', '.join(files[:5])}{more}."
            )
        remaining: ChangeSet | None = None
        if self._attempted:
            rollback = Rollback(
                self.storage,
                self._written,
                foreign_nodes=self._foreign_nodes,
                own_roots=self._own_roots,
                unconditional=self.unconditional,
            )
            try:
                root, documents = rollback.run(sorted({*self._nodes, *self._documents}))
            except (ModosError, OSError) as second:
                error.add_note(f"The changes could not all be reverted ({second}).")
                state_outcome(error, f"{url} may be partly changed: run Modo.repair().")
                return CommitState.INTERRUPTED
            remaining, _ = self.changes.split_stored(root, documents, before=True)
            remaining.include(self.changes, rollback.kept)
        # Nothing was removed yet, and the files and arrays are reverted.
        record.made, record.removed, record.files = [], {}, []
        if not remaining:
            if files:
                outcome = f"New files may remain in {url}, see the notes of this error."
            elif untouched:
                outcome = f"Nothing was written to {url}."
            else:
                outcome = f"The changes of {url} were reverted."
            state_outcome(error, outcome)
            return CommitState.REVERTED
        self.remaining = remaining
        record.changes = remaining.to_dict()
        error.add_note(
            "These elements remain changed, because another commit has built on them or the server "
            f"deletes without conditions: {', '.join(remaining.elements[:5])}."
        )
        state_outcome(error, f"{url} is partly changed, see the notes of this error.")
        return CommitState.PARTLY_STORED


def _dated(changes: ChangeSet) -> ChangeSet:
    """Return changes in which a fix of the form of the last update sets it to this moment."""
    cells = changes.cells.get(changes.root, {})
    before, after = cells.get(UPDATED, (MISSING, MISSING))
    if not is_form_fix(before, after):
        return changes
    dated = {**cells, UPDATED: (before, now())}
    return replace(changes, cells={**changes.cells, changes.root: dated})
