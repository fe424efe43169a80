"""Revert the documents that a failed commit has written to one object.

Another commit can build on a node before it is reverted:

- It has changed the node. Then reverting it fails on its condition, and the node stays.
- It found the node as it wanted it, and wrote only the root, which lists the node. So the root is
  read after the nodes are reverted, and a node that a foreign root lists is written again.
"""

from __future__ import annotations

import hashlib
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from modos_widgets.archive import (
    consolidated_documents,
    consolidated_entry,
    document_path,
    parse_document,
    rewrite_document,
    with_entries,
)
from modos_widgets.errors import ChangedError, UnsupportedError
from modos_widgets.json_text import same
from modos_widgets.retry import CONFLICT
from modos_widgets.storage import ANY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from modos_widgets.storage import Storage

__all__ = ["Rollback", "WrittenNode", "root_digest"]

Document = dict[str, Any]
ATTEMPTS = 20
"""How often the root is written before a rollback fails."""


class WrittenNode(NamedTuple):
    """A node that a commit has written: its bytes before and after (None: it did not exist)."""

    path: str
    before: bytes | None
    after: bytes | None
    etag: str | None
    """The etag of the current document."""


def root_digest(data: bytes) -> bytes:
    """Return a digest that recognizes the bytes of a root."""
    return hashlib.blake2b(data).digest()


class Rollback:
    """Revert the nodes that one commit has written, and update the root.

    Parameters
    ----------
    storage : Storage
        The object.
    written : sequence of WrittenNode
        What the commit has written, in order.
    foreign_nodes : set of str
        Nodes that the commit found as it wanted them, so that another commit has written them.
    own_roots : set of bytes
        Digests of the root that the commit read first, and of the roots that it wrote.
    unconditional : bool
        Write without conditions (for a server that ignores them).

    Attributes
    ----------
    kept : list of str
        Nodes that are not reverted, because another commit builds on them or because the server
        cannot delete them on a condition.
    """

    def __init__(
        self,
        storage: Storage,
        written: Sequence[WrittenNode],
        *,
        foreign_nodes: set[str],
        own_roots: set[bytes],
        unconditional: bool,
    ) -> None:
        self.kept: list[str] = []
        self._storage = storage
        self._written = written
        self._foreign_nodes = foreign_nodes
        self._own_roots = own_roots
        self._unconditional = unconditional
        self._reverted: list[WrittenNode] = []

    def run(self, paths: Sequence[str]) -> tuple[Document, dict[str, Document]]:
        """Revert the nodes, and write their current state into the root.

        Parameters
        ----------
        paths : sequence of str
            All nodes that the commit may have touched.

        Returns
        -------
        dict
            The document of the root.
        dict of str to dict
            The documents of those nodes that exist now. They are read, because a lost response can
            hide a successful write.

        Raises
        ------
        ChangedError
            The root was changed by another writer on every attempt.
        StorageError, CredentialsError, EndpointError
            The storage refuses a request or fails.
        """
        self._revert_nodes()
        return self._update_root(paths)

    def _revert_nodes(self) -> None:
        for node in reversed(self._written):
            try:
                etag = self._replace(node.path, node.before, node.etag, current=node.after)
                self._reverted.append(node._replace(etag=etag))
            except (ChangedError, UnsupportedError):
                self.kept.append(node.path)

    def _replace(
        self, path: str, data: bytes | None, etag: str | None, *, current: bytes | None
    ) -> str | None:
        """Write a node, or delete it (None), if it is still in its current state.

        Returns
        -------
        str or None
            The new etag.
        """
        target = document_path(path)
        if data is None:
            self._storage.delete(target, expected=etag or ANY)
            return None
        if self._unconditional:
            return self._storage.write(target, data)
        expected = None if current is None else etag or ANY
        return self._storage.write(target, data, expected=expected)

    def _write_listed_again(self, listed: Mapping[str, Any]) -> None:
        """Write the reverted nodes again that the root of another commit lists.

        That commit found the node as it wanted it, so it wrote only the root.
        """
        for node in list(self._reverted):
            before, after = _entry_of(node.before), _entry_of(node.after)
            entry = listed.get(node.path)
            if not same(entry, after) or same(entry, before):
                continue
            self._reverted.remove(node)
            # A ChangedError means that another writer has changed the reverted node, which stays.
            with suppress(ChangedError):
                self._replace(node.path, node.after, node.etag, current=node.before)
                self.kept.append(node.path)

    def _update_root(self, paths: Sequence[str]) -> tuple[Document, dict[str, Document]]:
        # If this commit has written no root, the root does not list foreign nodes because of it,
        # and the commits that wrote them may still revert them.
        skipped = self._foreign_nodes if len(self._own_roots) == 1 else set()
        for attempt in range(ATTEMPTS):
            content = self._storage.read(document_path(""))
            root = parse_document(content.data)
            listed = consolidated_documents(root)
            if listed is not None and root_digest(content.data) not in self._own_roots:
                self._write_listed_again(listed)
            contents = self._storage.read_many([document_path(path) for path in paths])
            documents = {
                path: None if node is None else parse_document(node.data)
                for path, node in zip(paths, contents.values(), strict=True)
            }
            stale = {
                path: document
                for path, document in documents.items()
                if listed is not None
                and path not in skipped
                and listed.get(path) != (None if document is None else consolidated_entry(document))
            }
            if stale:
                data = rewrite_document(with_entries(root, stale), content.data, root)
                expected = ANY if self._unconditional else content.etag
                try:
                    self._storage.write(document_path(""), data, expected=expected)
                except ChangedError:
                    time.sleep(CONFLICT.pause(attempt + 1))
                    continue
            return root, {path: node for path, node in documents.items() if node is not None}
        raise ChangedError(
            "The root was changed by another writer on every attempt.", "Run Modo.repair()."
        )


def _entry_of(data: bytes | None) -> Any:
    return None if data is None else consolidated_entry(parse_document(data))
