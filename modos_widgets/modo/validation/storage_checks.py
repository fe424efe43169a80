"""Check an object with its storage: files, checksums, copies that are out of date."""

from __future__ import annotations

import hashlib
import posixpath
from typing import TYPE_CHECKING, Any

from modos_widgets.archive import ARCHIVE
from modos_widgets.modo.comparison import compare
from modos_widgets.modo.data_paths import file_in_object, folders_of, format_of, indexed_names
from modos_widgets.modo.journal import Journal
from modos_widgets.modo.validation.findings import Finding, Findings, Fix
from modos_widgets.modo.validation.metadata_checks import check_object
from modos_widgets.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from modos_widgets.modo.schema.slots import Schema
    from modos_widgets.modo.stored_object import StoredObject

__all__ = ["find_interrupted", "validate_object"]

BLOCK = 4 * 1024 * 1024
READ_NODES_UP_TO = 500
"""Objects with at most so many elements have every node read by `Modo.validate`."""


def validate_object(
    modo: StoredObject,
    schema: Schema,
    *,
    checksums: bool,
    nodes: bool | None,
    on_progress: Callable[[Progress], object] | None,
) -> Findings:
    """Check one object with all that belongs to it (see `Modo.validate`)."""
    metadata = modo.metadata
    found = find_interrupted(modo)  # first: until it is repaired, the rest may be half of it
    found.extend(check_object(modo.path, modo.root_element, metadata, schema))
    found.extend(_broken(modo))
    found.extend(_stale(modo, nodes=len(metadata) <= READ_NODES_UP_TO if nodes is None else nodes))
    found.extend(_files(modo, metadata))
    if checksums:
        found.extend(_checksums(modo, metadata, on_progress))
    return Findings(found)


def _broken(modo: StoredObject) -> Iterator[Finding]:
    for node in modo.hierarchy.nodes.values():
        if node.kind == "broken":
            message = node.problem
            yield Finding(modo.path, node.path, "", "error", "broken", message)


def _stale(modo: StoredObject, *, nodes: bool) -> Iterator[Finding]:
    difference = compare(modo, deep=nodes)
    said = (
        (difference.added, "is not in the root's copy of the metadata"),
        (difference.removed, "is in the root's copy of the metadata, and gone"),
        (difference.changed, "has been changed, and the root's copy of it has not"),
    )
    fix = Fix("Bring the root's copy up to date", reconsolidate=True)
    for path in difference.orphans:
        listed = path in modo.hierarchy.nodes
        yield Finding(
            modo.path,
            path,
            "",
            "warning",
            "orphan",
            f"{ARCHIVE}/{path} belongs to no element: its element is gone, or was never written. "
            f"Modo.storage.remove('{ARCHIVE}/{path}', recursive=True) removes it.",
            fix if listed else None,
        )
    for paths, what in said:
        for path in paths:
            yield Finding(modo.path, path, "", "warning", "stale_copy", f"{path} {what}.", fix)


def find_interrupted(modo: StoredObject) -> list[Finding]:
    """Return a finding for each commit from here that was interrupted; reads the journal only."""
    return [
        Finding(
            modo.path,
            modo.root_element,
            "",
            "error",
            "torn_commit",
            f"The commit {record.id} of {record.when} was interrupted, and may be stored in part. "
            "Run Modo.repair().",
            Fix("Repair the object", reconsolidate=True),
        )
        for record in Journal(modo.storage).unfinished()
        if not record.is_live
    ]


def _files(modo: StoredObject, metadata: Mapping[str, Mapping[str, Any]]) -> Iterator[Finding]:
    present = {entry.name for entry in modo.storage.files()}
    named = {
        element: path
        for element, attributes in metadata.items()
        if (path := file_in_object(attributes.get("data_path"), modo.path)) is not None
    }
    files = set(named.values())
    unnamed = sorted(
        name
        for name in present - files
        if files.isdisjoint(indexed_names(name)) and files.isdisjoint(folders_of(name))
    )
    folders = {folder for name in present for folder in folders_of(name)} | {"", "."}
    meant = _UnnamedFiles(unnamed)
    for element, path in named.items():
        if path in present or path in folders or _is_node(path, modo):
            continue
        yield Finding(
            modo.path,
            element,
            "data_path",
            "error",
            "file_missing",
            f"The object has no file {path!r:.80}.",
            meant.fix(element, path),
        )
    for name in unnamed:
        yield Finding(
            modo.path,
            modo.root_element,
            name,
            "warning",
            "file_unnamed",
            f"No element names the file {name!r:.80}.",
        )


def _is_node(path: str, modo: StoredObject) -> bool:
    """Tell whether it is the archive, or a group or array in it."""
    archive, _, node = path.partition("/")
    return archive == ARCHIVE and node in modo.hierarchy.nodes


class _UnnamedFiles:
    """The files that no element names, by what a path that leads nowhere may share with one."""

    def __init__(self, names: Iterable[str]) -> None:
        self._by_base: dict[str, list[str]] = {}
        self._by_stem: dict[tuple[str, str | None], list[str]] = {}
        for name in names:
            base = posixpath.basename(name).casefold()
            self._by_base.setdefault(base, []).append(name)
            self._by_stem.setdefault((base.partition(".")[0], format_of(name)), []).append(name)

    def fix(self, element: str, path: str) -> Fix | None:
        """Offer the one file that it may be: of that name elsewhere, or other in case."""
        base = posixpath.basename(path).casefold()
        stem = base.partition(".")[0], format_of(path)
        near = self._by_base.get(base) or self._by_stem.get(stem, [])
        if len(near) != 1:
            return None
        return Fix(f"Change it to {near[0]}", ((element, "data_path", near[0]),))


def _checksums(
    modo: StoredObject,
    metadata: Mapping[str, Mapping[str, Any]],
    on_progress: Callable[[Progress], object] | None,
) -> Iterator[Finding]:
    sizes = {entry.name: entry.size for entry in modo.storage.files()}
    wanted = [
        (element, path, attributes["data_checksum"])
        for element, attributes in metadata.items()
        if isinstance(attributes.get("data_checksum"), str)
        and (path := file_in_object(attributes.get("data_path"), modo.path)) in sizes
        and path is not None
    ]
    total, done = sum(sizes[path] for _, path, _ in wanted), 0
    for number, (element, path, stated) in enumerate(wanted):
        digest = hashlib.blake2b()
        with modo.storage.open(path) as file:
            while block := file.read(BLOCK):
                digest.update(block)
                done += len(block)
                if on_progress is not None:
                    files = (number + (file.tell() == sizes[path]), len(wanted))
                    now = Progress(
                        "reading", "files", *files, bytes_done=done, bytes=total, path=path
                    )
                    on_progress(now)
        if digest.hexdigest() != stated.lower():
            yield Finding(
                modo.path,
                element,
                "data_checksum",
                "error",
                "checksum_mismatch",
                f"The file {path!r:.80} has another checksum: it was changed or damaged.",
                Fix(
                    "Store the checksum of the file as it is",
                    ((element, "data_checksum", digest.hexdigest()),),
                ),
            )
