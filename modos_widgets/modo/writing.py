"""Write the changes of one object: nodes first, the root last, each on its condition.

Why no update is lost: every write names the version that it replaces, so a root's copy of
a node is only ever written by somebody who read that root after the last root write. Who
writes a root last has therefore seen every earlier one, and reads again the nodes whose
copies others have written meanwhile.
"""

from __future__ import annotations

import random
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from modos_widgets.errors import (
    AlreadyExistsError,
    BrokenArchiveError,
    ChangedError,
    ConflictError,
    LockedError,
    NotFoundError,
    UnsupportedError,
)
from modos_widgets.modo.documents import (
    check_written,
    encode,
    new_group,
    with_attributes,
    with_entries,
)
from modos_widgets.modo.fixes import mends_form, now
from modos_widgets.modo.hierarchy import consolidated_documents, parse_document
from modos_widgets.modo.merging import Conflict, conflict_error, merge_cells, removal_conflicts
from modos_widgets.modo.reading import collect_documents, document_path
from modos_widgets.modo.recovering import recover
from modos_widgets.modo.rewriting import rewrite
from modos_widgets.modo.sending import remove_planned, send_payloads
from modos_widgets.modo.values import MISSING, same
from modos_widgets.storage.contents import ANY, Content

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from modos_widgets.modo.change import ChangeSet
    from modos_widgets.modo.journal import Record
    from modos_widgets.modo.working import Working
    from modos_widgets.storage import Storage

__all__ = ["ObjectCommit"]

Document = dict[str, Any]
WORKERS = 16
UPDATED = "last_update_date"


def _dated(changes: ChangeSet) -> ChangeSet:
    """Give changes in which a mended form of the last update states no update: this one is it."""
    cells = changes.cells.get(changes.root, {})
    before, after = cells.get(UPDATED, (MISSING, MISSING))
    if not mends_form(before, after):
        return changes
    told = {**cells, UPDATED: (before, now())}
    return replace(changes, cells={**changes.cells, changes.root: told})


class ObjectCommit:
    """The commit of one object.

    Parameters
    ----------
    working : Working
        The object within its draft.
    unconditional : bool
        Write without conditions (for a server that ignores them).
    deadline : float
        Until when (`time.monotonic`) to go on where others write all the time.
    """

    def __init__(self, working: Working, *, unconditional: bool, deadline: float) -> None:
        self.working = working
        self.storage: Storage = working.modo.storage
        self.changes = _dated(working.changes())
        self.unconditional = unconditional
        self.deadline = deadline
        self.nodes = [name for name in self.changes.elements if name != working.root]
        self.stored: dict[str, Content | None] = {}
        self.documents: dict[str, Document | None] = {}
        self.undo: list[tuple[str, bytes | None, str | None]] = []
        self.root: Content
        self.sent: list[str] = []
        self.marks: dict[str, str] = {}
        self.keep_mark: Callable[[str, str], None] | None = None
        self.attempted = False
        self.stays: ChangeSet | None = None
        self.written_root: tuple[bytes, str] | None = None

    # Round trip 1
    def read(self) -> list[Conflict]:
        """Read the root and the touched nodes afresh, and give the conflicts."""
        existing = [name for name in self.nodes if name not in self._new]
        targets = [document_path(path) for path in ("", *existing)]
        contents = self.storage.read_many(targets)
        root = contents.pop(targets[0])
        if root is None:
            raise NotFoundError(f"The root of {self.storage.url} is gone.", "Look at the path.")
        self.root = root
        self.stored = dict(zip(existing, contents.values(), strict=True))
        document = parse_document(root.data)
        _, conflicts = self._root_attributes(document)
        for element in existing:
            conflicts += self._plan(element, self.stored[element])[1]
        inline = consolidated_documents(document) or {}
        for element in self._new:
            if element in inline:
                theirs = dict(inline[element].get("attributes") or {})
                mine = self.changes.added[element]
                conflicts.append(Conflict(self.storage.url, element, "", MISSING, mine, theirs))
        return conflicts

    @property
    def _new(self) -> set[str]:
        return self.changes.added.keys() - self.changes.removed.keys()

    def _root_attributes(self, document: Document) -> tuple[dict[str, Any], list[Conflict]]:
        cells = self.changes.cells.get(self.working.root, {})
        stored = document.get("attributes") or {}
        if UPDATED in cells and not same(stored.get(UPDATED, MISSING), cells[UPDATED][0]):
            # somebody has committed since: no conflict, the date of this commit it is
            cells = {**cells, UPDATED: (stored.get(UPDATED, MISSING), now())}
        root = self.working.root
        return merge_cells(self.storage.url, root, stored, cells, self._order(root))

    def _order(self, element: str) -> tuple[str, ...]:
        return self.changes.order.get(element, ())

    def _plan(
        self, element: str, content: Content | None
    ) -> tuple[Document | None, list[Conflict]]:
        """Give the document to store (None: none) and the conflicts with what is stored."""
        url, changes = self.storage.url, self.changes
        document = None if content is None else self._parsed(element, content)
        stored = None if document is None else document.get("attributes") or {}
        if element in changes.removed:
            if stored is None:
                return None, []
            return None, removal_conflicts(url, element, stored, changes.removed[element])
        if document is None or stored is None:
            base = self.working.base.get(element, {})
            mine = self.working.now.get(element, {})
            return None, [Conflict(url, element, "", base, mine, MISSING)]
        cells = changes.cells[element]
        merged, conflicts = merge_cells(url, element, stored, cells, self._order(element))
        return with_attributes(document, merged), conflicts

    def _parsed(self, element: str, content: Content) -> Document:
        try:
            document = parse_document(content.data)
            dict(document.get("attributes") or {})
        except (BrokenArchiveError, UnsupportedError, TypeError, ValueError) as error:
            raise BrokenArchiveError(
                f"The metadata of {element} cannot be read.",
                f"Look at {document_path(element)}, or take the element out of the draft.",
            ) from error
        return document

    # Round trips 2 and 3
    def write(self, record: Record) -> None:
        """Write what comes with the metadata, then the nodes, then the root.

        Whatever fails, what was written is taken back where nobody built on it.
        """
        try:
            send_payloads(self)
            self._write_groups()
            self._write_nodes()
            self._write_root()
        except Exception as error:
            record.state = recover(self, record, error)
            raise
        remove_planned(self, record)

    def put(self, path: str, data: bytes, before: Content | None) -> str:
        """Write one document and remember how to take it back."""
        self.attempted = True
        expected = None if before is None else before.etag
        etag = self.storage.write(
            document_path(path), data, expected=ANY if self.unconditional else expected
        )
        if before is not None:
            check_written(before.data, before.etag, data, etag, path)
        if path:
            self.undo.append((path, None if before is None else before.data, etag))
        return etag

    def store(self, path: str, data: bytes) -> None:
        """Write a new file or key, relative to the object; never over one of somebody else.

        Raises
        ------
        AlreadyExistsError
            Another content is there.
        """
        try:
            if self.unconditional:
                self.storage.write(path, data)
                self.sent.append(path)
            else:
                self.storage.write(path, data, expected=None, note=partial(self.note, path))
        except ChangedError as error:
            if self.storage.read(path).data != data:
                raise AlreadyExistsError(
                    f"{path} is in the object already, with another content.",
                    "Somebody has put it there: call Modo.repair(), then look at it.",
                ) from error

    def note(self, path: str, mark: str) -> None:
        """Keep the mark of a file that is about to be put: by it a repair knows it is ours."""
        self.marks[path] = mark
        if self.keep_mark is not None:
            self.keep_mark(path, mark)

    @staticmethod
    def side_by_side(jobs: Sequence[Callable[[], object]]) -> None:
        """Run side by side, and raise the first error when all have ended."""
        with ThreadPoolExecutor(max(1, min(WORKERS, len(jobs))), "modos-commit") as pool:
            futures = [pool.submit(job) for job in jobs]
        for future in futures:
            future.result()

    def _write_groups(self) -> None:
        """Make the groups that new elements lie in, where an archive lacks them."""
        inline = consolidated_documents(parse_document(self.root.data))
        if inline is None:
            return
        for group in sorted({name.partition("/")[0] for name in self.changes.added}):
            if group not in inline:
                document = new_group({})
                path, data = document_path(group), encode(document, self.root.data)
                with suppress(ChangedError):  # it is there, and the root does not know it
                    self.storage.write(path, data, expected=None)
                self.documents[group] = document

    def _write_nodes(self) -> None:
        if not self.nodes:
            return
        with ThreadPoolExecutor(min(WORKERS, len(self.nodes)), "modos-commit") as pool:
            jobs = [pool.submit(self._write_node, element) for element in self.nodes]
        errors = [error for job in jobs if (error := job.exception()) is not None]
        conflicts: list[Conflict] = [
            one for error in errors if isinstance(error, ConflictError) for one in error.conflicts
        ]
        if conflicts:
            raise conflict_error(conflicts)
        if errors:
            raise errors[0]

    def _write_node(self, element: str) -> None:
        """Write one node; where others were faster, merge again, until the deadline."""
        content = self.stored.get(element)
        attempt = 0
        while True:
            document: Document | None
            conflicts: list[Conflict] = []
            if element in self._new:
                document = new_group(self.changes.added[element])
            else:
                document, conflicts = self._plan(element, content)
            if conflicts:
                raise conflict_error(conflicts)
            try:
                self._store_node(element, document, content)
            except ChangedError as error:
                attempt += 1
                self._wait(attempt, error)
                content = self.storage.read_many([document_path(element)])[document_path(element)]
                if element in self._new and content is not None:
                    stored = self._parsed(element, content).get("attributes") or {}
                    mine = self.changes.added[element]
                    raise conflict_error(
                        [Conflict(self.storage.url, element, "", MISSING, mine, dict(stored))]
                    ) from error
                continue
            self.documents[element] = document
            return

    def _store_node(self, element: str, document: Document | None, before: Content | None) -> None:
        if document is not None:
            if before is None:
                data = encode(document, self.root.data)
            else:
                data = rewrite(document, before.data)
            if before is None or data != before.data:
                self.put(element, data, before)
        elif before is not None:
            self.attempted = True
            expected = ANY if self.unconditional else before.etag
            self.storage.delete(document_path(element), expected=expected)
            self.undo.append((element, before.data, None))

    def _write_root(self) -> None:
        attempt = 0
        while True:
            old = parse_document(self.root.data)
            attributes, conflicts = self._root_attributes(old)
            if conflicts:
                raise conflict_error(conflicts)
            if UPDATED not in self.changes.cells.get(self.working.root, {}):
                attributes[UPDATED] = now()
            inline = consolidated_documents(old)
            changed = self.documents
            if inline is None:
                changed = {**collect_documents(self.storage), **changed}
            new = with_attributes(with_entries(old, changed), attributes)
            data = rewrite(new, self.root.data, old)
            try:
                etag = self.put("", data, self.root)
            except ChangedError as error:
                attempt += 1
                self._wait(attempt, error)
                self._read_root_again(inline or {})
                continue
            self.written_root = (data, etag)
            return

    def _read_root_again(self, before: dict[str, Any]) -> None:
        """Read the root, and the nodes whose copies others have written since."""
        self.root = self.storage.read(document_path(""))
        inline = consolidated_documents(parse_document(self.root.data)) or {}
        overtaken = [path for path in self.documents if inline.get(path) != before.get(path)]
        if not overtaken:
            return
        contents = self.storage.read_many([document_path(path) for path in overtaken])
        for path, content in zip(overtaken, contents.values(), strict=True):
            self.documents[path] = None if content is None else self._parsed(path, content)

    def _wait(self, attempt: int, error: ChangedError) -> None:
        if time.monotonic() > self.deadline:
            raise LockedError(
                f"Others were writing to {self.storage.url} all the while.", "Try again later."
            ) from error
        time.sleep(random.uniform(0, min(0.02 * 2**attempt, 1.0)))  # noqa: S311 - no secret
