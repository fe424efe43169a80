"""Write the changes of one object: nodes first, the root last, each on its condition.

Why no update is lost: every write names the version that it replaces, so a root's copy of
a node is only ever written by a commit that read that root after the last root write. The
commit that writes a root last has therefore seen every earlier one, and reads again the nodes
whose copies others have written in the meantime.

A node that is found as the commit wants it is not written, and the commit that wrote it may
still fail and take it back. So it is read again once the root lists it; and a commit that takes
a node back reads the root afterwards, and writes the node again where another commit was first.
"""

from __future__ import annotations

import hashlib
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from modos_widgets.archive import (
    ARCHIVE,
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
from modos_widgets.modo.commit.preconditions import Preconditions, stored_attributes
from modos_widgets.modo.conflicts import (
    ArrayConflict,
    Conflict,
    conflict_error,
    merge_cells,
    removal_conflicts,
)
from modos_widgets.modo.validation.fixes import is_form_fix
from modos_widgets.modo.values import MISSING, now
from modos_widgets.retry import CONFLICT
from modos_widgets.storage import ANY, Content, Write, check_written

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from modos_widgets.modo.change_set import ChangeSet
    from modos_widgets.modo.journal import Record
    from modos_widgets.modo.state.object_state import ObjectState

__all__ = ["ObjectCommit"]

Document = dict[str, Any]
WORKERS = 16
"""Nodes that are removed, or written again, at a time."""
LISTED_ALONE = 16
"""More new elements of one group are looked for by listing the group."""
ATTEMPTS = 20
"""How often a failed commit tries to bring the root up to date."""
UPDATED = "last_update_date"


class Written(NamedTuple):
    """A node that a commit has written: what it was before and after (None: not there)."""

    path: str
    before: bytes | None
    after: bytes | None
    etag: str | None
    """The etag of what is there now."""


class ObjectCommit:
    """The commit of one object.

    Call `read`, then `write` where there is no conflict.

    Parameters
    ----------
    state : ObjectState
        The object within its draft.
    unconditional : bool
        Write without conditions (for a server that ignores them).
    deadline : float
        Until when (`time.monotonic`) to try again where others write all the time.
    """

    def __init__(self, state: ObjectState, *, unconditional: bool, deadline: float) -> None:
        self.state = state
        self.storage = state.storage
        self.changes = _dated(state.changes())
        self.unconditional = unconditional
        self.deadline = deadline
        self.preconditions = Preconditions(state, self.changes)
        self.attachments = AttachmentCommit(self.preconditions, unconditional=unconditional)
        self.remaining: ChangeSet | None = None
        """The changes that are stored although the commit failed."""
        self.written_root: tuple[bytes, str] | None = None
        self._nodes = [name for name in self.changes.elements if name != state.root]
        self._new = self.changes.added.keys() - self.changes.removed.keys()
        self._contents: dict[str, Content | None] = {}
        """The touched nodes as they were read."""
        self._documents: dict[str, Document | None] = {}
        """The touched nodes as the root will list them."""
        self._written: list[Written] = []
        self._relied: set[str] = set()
        """Nodes that were found as the commit wants them: another commit has written them."""
        self._own_roots: set[bytes] = set()
        """Digests of the root as it was read first, and of what was to replace it."""
        self._root: Content
        self._attempted = False

    # Round trip 1

    def read(self) -> list[Conflict]:
        """Read the root and the touched nodes again, and return the conflicts.

        Raises
        ------
        NotFoundError
            The object is gone.
        BrokenArchiveError
            A touched node cannot be read.
        """
        existing = [name for name in self._nodes if name not in self._new]
        targets = [document_path(path) for path in ("", *existing)]
        contents = self.storage.read_many(targets)
        root = contents.pop(targets[0])
        if root is None:
            raise NotFoundError(f"The root of {self.storage.url} is gone.", "Check the path.")
        self._root = root
        self._own_roots.add(_digest(root.data))
        self._contents = dict(zip(existing, contents.values(), strict=True))
        document = parse_document(root.data)
        _, conflicts = self._root_attributes(document)
        for element in existing:
            conflicts += self._plan(element, self._contents[element])[1]
        inline = consolidated_documents(document)
        if inline is None and self.preconditions:
            inline = collect_documents(self.storage)
        entries = inline or {}
        for element in self._new & entries.keys():
            conflicts += self._added_by_both(element, stored_attributes(entries, element) or {})
        if self.preconditions:
            self.attachments.find_stored(entries)
            conflicts += self.preconditions.conflicts(entries)
        conflicts += self._occupied(self._new - entries.keys())
        return conflicts

    def _added_by_both(self, element: str, theirs: Mapping[str, Any]) -> list[Conflict]:
        """Return the conflict over an element that is there already; none where it is equal."""
        mine = self.changes.added[element]
        if same(dict(theirs), mine):
            return []
        return [Conflict(self.storage.url, element, "", MISSING, mine, dict(theirs))]

    def _occupied(self, new: set[str]) -> list[Conflict]:
        """Return the new elements in whose folders something lies that no element names.

        A later element must not get the arrays of an earlier one. One listing for each element,
        or one for each group of many.
        """
        groups: dict[str, list[str]] = {}
        for element in sorted(new):
            groups.setdefault(element.partition("/")[0], []).append(element)
        many = [group for group, elements in groups.items() if len(elements) > LISTED_ALONE]
        levels = self.storage.levels([f"{ARCHIVE}/{group}" for group in many])
        for group, level in zip(many, levels.values(), strict=True):
            folders = {f"{group}/{name}" for name in level.folders}
            new = {name for name in new if name in folders or name.partition("/")[0] != group}
        conflicts: list[Conflict] = []
        for folder, level in self.storage.levels(
            [f"{ARCHIVE}/{name}" for name in sorted(new)]
        ).items():
            if not level.folders and {entry.name for entry in level.files} <= {"zarr.json"}:
                continue
            below = [
                entry.name.removeprefix(f"{folder}/") for entry in self.storage.entries(folder)
            ]
            for name in sorted({path.partition("/")[0] for path in below} - {"zarr.json"}):
                element, theirs = folder.removeprefix(f"{ARCHIVE}/"), "keys that no element names"
                conflicts.append(
                    ArrayConflict(self.storage.url, element, name, MISSING, "a new element", theirs)
                )
        return conflicts

    def _root_attributes(self, document: Document) -> tuple[dict[str, Any], list[Conflict]]:
        root = self.state.root
        cells = self.changes.cells.get(root, {})
        stored = document.get("attributes") or {}
        if UPDATED in cells and not any(
            same(stored.get(UPDATED, MISSING), value) for value in cells[UPDATED]
        ):
            # another commit was made since: no conflict, the date of this commit counts
            cells = {**cells, UPDATED: (stored.get(UPDATED, MISSING), now())}
        return merge_cells(self.storage.url, root, stored, cells, self.changes.order.get(root, ()))

    def _plan(
        self, element: str, content: Content | None
    ) -> tuple[Document | None, list[Conflict]]:
        """Return the document to store (None: none) and the conflicts with what is stored."""
        url, changes = self.storage.url, self.changes
        document = None if content is None else self._parsed(element, content)
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

    def _parsed(self, element: str, content: Content) -> Document:
        try:
            document = parse_document(content.data)
            dict(document.get("attributes") or {})
        except (BrokenArchiveError, UnsupportedError, TypeError, ValueError) as error:
            raise BrokenArchiveError(
                f"The metadata of {element} cannot be read.",
                f"Check {document_path(element)}, or remove the element from the draft.",
            ) from error
        return document

    # Round trips 2 and 3

    def write(self, record: Record) -> None:
        """Write files and arrays, then the nodes, then the root.

        Whatever fails, what was written is taken back where no other commit has built on it.
        """
        try:
            self.attachments.put()
            self._documents |= self.attachments.documents
            self._write_groups()
            self._write_nodes()
            while self._restored(self._write_root()):
                pass
        except Exception as error:
            record.state = self._roll_back(record, error)
            raise
        self.attachments.remove(record)

    def _write_document(self, path: str, data: bytes, before: Content | None) -> str:
        """Write one document and remember how to take it back; return its ETag."""
        self._attempted = True
        expected = None if before is None else before.etag
        if not path:
            self._own_roots.add(_digest(data))
        etag = self.storage.write(
            document_path(path), data, expected=ANY if self.unconditional else expected
        )
        self._note_written(path, data, before, etag)
        return etag

    def _note_written(self, path: str, data: bytes, before: Content | None, etag: str) -> None:
        if path:
            self._written.append(Written(path, None if before is None else before.data, data, etag))
            self._relied.discard(path)
        if before is not None:
            check_written(before.data, before.etag, data, etag, path)

    def _write_groups(self) -> None:
        """Create the groups of new elements, where an archive lacks them."""
        inline = consolidated_documents(parse_document(self._root.data))
        if inline is None:
            return
        for group in sorted({name.partition("/")[0] for name in self.changes.added}):
            if group not in inline:
                document = new_group({})
                with suppress(ChangedError):  # it exists, and the root does not list it
                    data = encode_document(document, self._root.data)
                    self.storage.write(document_path(group), data, expected=None)
                self._documents[group] = document

    def _write_nodes(self) -> None:
        """Write the touched nodes side by side; those that others were faster at again."""
        alone: dict[str, ChangedError | None] = {}
        errors: list[BaseException] = list(self._write_together(alone))
        if alone:
            with ThreadPoolExecutor(min(WORKERS, len(alone)), "modos-commit") as pool:
                jobs = [pool.submit(self._write_node, *one) for one in alone.items()]
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

    def _write_together(self, alone: dict[str, ChangedError | None]) -> Iterator[ModosError]:
        """Write nodes by the one lane for many requests, and yield what failed.

        Parameters
        ----------
        alone : dict
            Filled with the nodes to be looked at one by one: those that are removed, or are as the
            commit wants them, and those that others were faster at, with what was met.
        """
        planned: dict[str, Document | None] = {}
        writes: list[Write] = []
        for element in self._nodes:
            before = self._contents.get(element)
            document = self._planned(element, before)
            data = self._encoded(document, before)
            if data is None:
                alone[element] = None
                continue
            planned[element] = document
            expected = None if before is None else before.etag
            target = document_path(element)
            writes.append(Write(target, data, ANY if self.unconditional else expected))
        self._attempted |= bool(writes)
        outcomes = self.storage.write_many(writes)
        for element, write, outcome in zip(planned, writes, outcomes, strict=True):
            if isinstance(outcome, ChangedError):
                alone[element] = outcome
            elif isinstance(outcome, str):
                self._documents[element] = planned[element]
                try:
                    self._note_written(element, write.data, self._contents.get(element), outcome)
                except StorageError as error:
                    yield error
            else:
                yield outcome

    def _planned(self, element: str, content: Content | None) -> Document | None:
        """Return the document to store (None: none).

        Raises
        ------
        ConflictError
            Someone else has changed its cells.
        """
        if element in self._new:
            return new_group(self.changes.added[element])
        document, conflicts = self._plan(element, content)
        if conflicts:
            raise conflict_error(conflicts)
        return document

    def _encoded(self, document: Document | None, before: Content | None) -> bytes | None:
        """Return a document's bytes; None where there is none, or it is stored already."""
        if document is None:
            return None
        if before is None:
            return encode_document(document, self._root.data)
        data = rewrite_document(document, before.data)
        return data if data != before.data else None

    def _write_node(self, element: str, changed: ChangedError | None = None) -> None:
        """Write one node; where others were faster, merge again, until the deadline.

        Parameters
        ----------
        element : str
            The node.
        changed : ChangedError, optional
            What the first attempt to write it met.
        """
        content = self._contents.get(element)
        attempt = 0
        while True:
            if changed is not None:
                attempt += 1
                self._wait(attempt, changed)
                content = self.storage.read_many([document_path(element)])[document_path(element)]
                if element in self._new and content is not None:
                    document: Document | None = self._parsed(element, content)
                    theirs = (document or {}).get("attributes") or {}
                    if conflicts := self._added_by_both(element, theirs):
                        raise conflict_error(conflicts) from changed
                    self._documents[element] = document
                    self._relied.add(element)
                    return
            document = self._planned(element, content)
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
            self._written.append(Written(element, before.data, None, None))
            self._relied.discard(element)
            return
        data = self._encoded(document, before)
        if data is None:
            self._relied.add(element)
        else:
            self._write_document(element, data, before)

    def _restored(self, copies: Mapping[str, Any]) -> bool:
        """Write again what another commit wrote and took back, and return whether there was any.

        Parameters
        ----------
        copies : Mapping
            Nodes that others have written, as the root listed them until now.
        """
        if not copies:
            return False
        contents = self.storage.read_many([document_path(path) for path in copies])
        again = False
        for path, content in zip(copies, contents.values(), strict=True):
            entry = None if content is None else consolidated_entry(self._parsed(path, content))
            if same(entry, self._entry(path)):
                continue
            try:
                self._write_again(path, content)
            except ConflictError:
                if same(entry, copies[path]):
                    raise
                continue  # not taken back: another commit has built on it
            again = True
        return again

    def _write_again(self, element: str, content: Content | None) -> None:
        """Write a node that is no longer as it was found."""
        if element not in self._new:
            self._contents[element] = content
        self._write_node(element)

    def _entry(self, path: str) -> Any:
        document = self._documents[path]
        return None if document is None else consolidated_entry(document)

    def _write_root(self) -> dict[str, Any]:
        """Write the root, and return the nodes that others wrote and no root has listed so far."""
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
                for path in sorted(self._relied)
                if inline is None or not same(listed.get(path), self._entry(path))
            }

    def _is_stored(
        self, root: Document, inline: dict[str, Any] | None, attributes: dict[str, Any]
    ) -> bool:
        """Return whether the root says all of it already, and nothing else was written."""
        if inline is None or self._written or not self.attachments.is_empty:
            return False
        listed = all(same(inline.get(path), self._entry(path)) for path in self._documents)
        return listed and same(dict(root.get("attributes") or {}), attributes)

    def _read_root_again(self, before: dict[str, Any]) -> None:
        """Read the root, and the nodes whose copies others have written since.

        Raises
        ------
        ConflictError
            Another commit has changed what this one builds on.
        """
        self._root = self.storage.read(document_path(""))
        found = consolidated_documents(parse_document(self._root.data))
        inline = found or {}
        conflicts = [] if found is None else self.preconditions.conflicts(inline)
        if conflicts:
            raise conflict_error(conflicts)
        overtaken = [path for path in self._documents if inline.get(path) != before.get(path)]
        if not overtaken:
            return
        contents = self.storage.read_many([document_path(path) for path in overtaken])
        for path, content in zip(overtaken, contents.values(), strict=True):
            if path in self._relied:
                self._write_again(path, content)
            else:
                self._documents[path] = None if content is None else self._parsed(path, content)

    def _wait(self, attempt: int, error: ChangedError) -> None:
        if time.monotonic() > self.deadline:
            raise LockedError(
                f"{self.storage.url} was changed by another writer on every attempt.",
                "Retry later.",
            ) from error
        time.sleep(CONFLICT.pause(attempt + 1))

    # After a failure

    def _roll_back(self, record: Record, error: Exception) -> str:
        """Write back what was there, and bring the root's copies of the touched nodes up to date.

        A node that someone else has changed since stays: they have built on it. What is stored
        in the end is read, not concluded: an answer that was lost may hide a write that was done.

        Returns
        -------
        str
            State for the journal: "taken back", "repaired" (a part stays), or "torn".
        """
        left = self.attachments.take_back()
        if left:
            more = f" and {len(left) - 5:,} more" if len(left) > 5 else ""  # noqa: PLR2004
            error.add_note(
                "These files were put and stay, since the server deletes without conditions: "
                f"{', '.join(left[:5])}{more}."
            )
        if not self._attempted:
            record.made, record.removed, record.files = [], {}, []
            return "taken back"
        try:
            taken, built_on = self._take_back()
            root, documents = self._update_root(taken, built_on)
        except (ModosError, OSError) as second:
            error.add_note(
                f"What was written could not all be taken back ({second}): Modo.repair() says "
                "what is stored."
            )
            return "torn"
        # nothing was removed yet, and what was put is gone
        record.made, record.removed, record.files = [], {}, []
        remaining, _ = self.changes.split_stored(root, documents, before=True)
        remaining.include(self.changes, built_on)
        if not remaining:
            return "taken back"
        self.remaining = remaining
        record.changes = remaining.to_dict()
        error.add_note(
            "Stored all the same, since others have built on it, or the server deletes without "
            f"conditions: {', '.join(remaining.elements[:5])}."
        )
        return "repaired"

    def _take_back(self) -> tuple[list[Written], list[str]]:
        """Take nodes back; return those, and the nodes that others, who saw ours, have built on.

        What was taken back bears the etag of what is there now.
        """
        taken, built_on = [], []
        for node in reversed(self._written):
            try:
                etag = self._replace(node.path, node.before, node.etag or ANY, current=node.after)
                taken.append(node._replace(etag=etag))
            except (ChangedError, UnsupportedError):
                # built on by someone else, or a server that could delete what they have built
                built_on.append(node.path)
        return taken, built_on

    def _replace(
        self, path: str, data: bytes | None, etag: Any, *, current: bytes | None
    ) -> str | None:
        """Write a node, or remove it (None), where this commit left it so; return its etag."""
        target = document_path(path)
        if data is None:
            self.storage.delete(target, expected=etag)
            return None
        if self.unconditional:
            return self.storage.write(target, data)
        return self.storage.write(target, data, expected=None if current is None else etag)

    def _write_back(self, taken: list[Written], inline: Mapping[str, Any]) -> list[str]:
        """Write again what was taken back and another commit has listed, and return the nodes.

        That commit wanted the same, found it, and wrote nothing but the root.
        """
        rewritten = []
        for node in list(taken):
            before, after = _entry_of(node.before), _entry_of(node.after)
            listed = inline.get(node.path)
            if not same(listed, after) or same(listed, before):
                continue
            taken.remove(node)
            # where others were faster, they have built on what was taken back
            with suppress(ChangedError):
                self._replace(node.path, node.after, node.etag or ANY, current=node.before)
                rewritten.append(node.path)
        return rewritten

    def _update_root(
        self, taken: list[Written], built_on: list[str]
    ) -> tuple[Document, dict[str, Document]]:
        """Write into the root what the touched nodes say.

        A node that another commit has listed as it was before it was taken back is written again.
        """
        paths = sorted({*self._nodes, *self._documents})
        # no root of ours can list them, and the commits that wrote them may still take them back
        others = self._relied if len(self._own_roots) == 1 else set()
        for attempt in range(ATTEMPTS):
            content = self.storage.read(document_path(""))
            root = parse_document(content.data)
            inline = consolidated_documents(root)
            if inline is not None and _digest(content.data) not in self._own_roots:
                built_on += self._write_back(taken, inline)
            found = self.storage.read_many([document_path(path) for path in paths])
            documents = {
                path: None if node is None else parse_document(node.data)
                for path, node in zip(paths, found.values(), strict=True)
            }
            stale = {
                path: document
                for path, document in documents.items()
                if inline is not None
                and path not in others
                and inline.get(path) != (None if document is None else consolidated_entry(document))
            }
            if stale:
                data = rewrite_document(with_entries(root, stale), content.data, root)
                expected = ANY if self.unconditional else content.etag
                try:
                    self.storage.write(document_path(""), data, expected=expected)
                except ChangedError:
                    time.sleep(CONFLICT.pause(attempt + 1))
                    continue
            return root, {path: node for path, node in documents.items() if node is not None}
        raise ChangedError(
            "The root was changed by another writer on every attempt.", "Retry later."
        )


def _dated(changes: ChangeSet) -> ChangeSet:
    """Return changes in which fixing the form of the last update states this very update."""
    cells = changes.cells.get(changes.root, {})
    before, after = cells.get(UPDATED, (MISSING, MISSING))
    if not is_form_fix(before, after):
        return changes
    dated = {**cells, UPDATED: (before, now())}
    return replace(changes, cells={**changes.cells, changes.root: dated})


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data).digest()


def _entry_of(data: bytes | None) -> Any:
    return None if data is None else consolidated_entry(parse_document(data))
