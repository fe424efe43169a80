"""Compare the root's copy of the metadata with the nodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modos_widgets.archive import ARCHIVE, collect_documents, consolidated_entry, document_path
from modos_widgets.json_text import same

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from modos_widgets.modo.stored_object import StoredObject

__all__ = ["Comparison", "compare", "with_keys"]

Document = dict[str, Any]


@dataclass(frozen=True)
class Comparison:
    """The differences between the root's copy of the metadata and the nodes.

    Attributes
    ----------
    added, removed, changed : tuple of str
        Nodes that the copy lacks, nodes that no longer exist, and nodes whose attributes differ.
        Changed nodes are only found if all nodes are read.
    orphans : tuple of str
        Folders of the archive whose keys belong to no node, and arrays of elements that the copy
        does not list. A repair does not make them part of the object.
    """

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    orphans: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Return whether there are differences or orphans."""
        return bool(self.added or self.removed or self.changed or self.orphans)

    @property
    def nodes(self) -> tuple[str, ...]:
        """All nodes that differ, sorted."""
        return tuple(sorted({*self.added, *self.removed, *self.changed}))


def compare(modo: StoredObject, *, deep: bool) -> Comparison:
    """Compare the root's copy with the nodes (see `Modo.compare`)."""
    hierarchy = modo.hierarchy
    if not hierarchy.consolidated or modo.storage.zarr_format != 3:  # noqa: PLR2004
        return Comparison()
    known = {path: node for path, node in hierarchy.nodes.items() if path}
    alone = {path for path in known if "/" in path and path.rpartition("/")[0] not in known}
    if deep:
        bare: list[str] = []
        documents = collect_documents(modo.storage, bare, expected=hierarchy)
        fresh = {path: consolidated_entry(document) for path, document in documents.items()}
        orphans = {*alone, *with_keys(modo, bare)}
        return _difference(known.keys(), fresh.keys(), _stale(modo, fresh), orphans)
    groups = [path for path, node in known.items() if node.kind == "group" and "/" not in path]
    levels = modo.storage.levels([f"{ARCHIVE}/{group}" for group in groups])
    found = {
        f"{group}/{name}"
        for group, level in zip(groups, levels.values(), strict=True)
        for name in level.folders
    }
    elements = {path for path in known if path.count("/") == 1}
    unknown = sorted(found - elements)
    contents = modo.storage.read_many([document_path(path) for path in unknown])
    bare = [path for path in unknown if contents[document_path(path)] is None]
    return _difference(elements, found - set(bare), (), {*alone, *with_keys(modo, bare)})


def with_keys(modo: StoredObject, folders: Iterable[str]) -> list[str]:
    """Return the folders that contain a key; a removal on a disk can leave empty folders."""
    return [path for path in folders if modo.storage.entries(f"{ARCHIVE}/{path}")]


def _stale(modo: StoredObject, fresh: Mapping[str, Document]) -> list[str]:
    return [
        path
        for path, document in fresh.items()
        if path in modo.hierarchy.nodes
        and not same(
            dict(modo.hierarchy.nodes[path].attributes), dict(document.get("attributes") or {})
        )
    ]


def _difference(known: Any, found: Any, changed: Any, orphans: set[str]) -> Comparison:
    return Comparison(
        tuple(sorted(set(found) - set(known))),
        tuple(sorted(set(known) - set(found) - orphans)),
        tuple(sorted(changed)),
        tuple(sorted(orphans)),
    )
