"""Check the storage of an object: files, checksums, out-of-date copies."""

from __future__ import annotations

import hashlib
import posixpath
from typing import TYPE_CHECKING, Any

from modos_widgets.archive import ARCHIVE
from modos_widgets.modo.comparison import compare
from modos_widgets.modo.data_paths import file_in_object, folders_of, format_of, indexed_names
from modos_widgets.modo.journal import Journal
from modos_widgets.modo.validation.findings import Finding, Findings, Fix, new_finding
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
    """Check the metadata, the files and the storage of one object (see `Modo.validate`)."""
    metadata = modo.metadata
    # Interrupted commits come first, because they can cause all other findings.
    findings = find_interrupted(modo)
    findings.extend(check_object(modo.path, modo.root_element, metadata, schema))
    findings.extend(_broken(modo))
    read_nodes = len(metadata) <= READ_NODES_UP_TO if nodes is None else nodes
    findings.extend(_stale(modo, nodes=read_nodes))
    findings.extend(_files(modo, metadata))
    if checksums:
        findings.extend(_checksums(modo, metadata, on_progress))
    return Findings(findings)


def _broken(modo: StoredObject) -> Iterator[Finding]:
    for node in modo.hierarchy.nodes.values():
        if node.kind == "broken":
            yield new_finding("broken", modo.path, node.path, "", node.problem)


def _stale(modo: StoredObject, *, nodes: bool) -> Iterator[Finding]:
    difference = compare(modo, deep=nodes)
    problems = (
        (difference.added, "is missing in the root's copy of the metadata"),
        (difference.removed, "was removed, but is still in the root's copy of the metadata"),
        (difference.changed, "was changed, but the root's copy of it was not"),
    )
    fix = Fix("Update the root's copy", reconsolidate=True)
    for path in difference.orphans:
        message = (
            f"{ARCHIVE}/{path} belongs to no element. "
            f"Modo.storage.remove('{ARCHIVE}/{path}', recursive=True) removes it."
        )
        listed = path in modo.hierarchy.nodes
        yield new_finding("orphan", modo.path, path, "", message, fix if listed else None)
    for paths, problem in problems:
        for path in paths:
            yield new_finding("stale_copy", modo.path, path, "", f"{path} {problem}.", fix)


def find_interrupted(modo: StoredObject) -> list[Finding]:
    """Return a finding per interrupted commit of this computer; reads the journal only."""
    return [
        new_finding(
            "interrupted_commit",
            modo.path,
            modo.root_element,
            "",
            f"Commit {record.id} of {record.when} was interrupted, so it may be partly stored. "
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
    candidates = _UnnamedFiles(unnamed)
    for element, path in named.items():
        if path in present or path in folders or _is_node(path, modo):
            continue
        message = f"The object has no file {path!r:.80}."
        fix = candidates.fix(element, path)
        yield new_finding("file_missing", modo.path, element, "data_path", message, fix)
    for name in unnamed:
        message = f"No element has the data_path {name!r:.80}."
        yield new_finding("file_unnamed", modo.path, modo.root_element, name, message)


def _is_node(path: str, modo: StoredObject) -> bool:
    """Return whether a path is the archive, or a group or array in it."""
    archive, _, node = path.partition("/")
    return archive == ARCHIVE and node in modo.hierarchy.nodes


class _UnnamedFiles:
    """The files that no element names, by the parts of a name that a wrong path can share."""

    def __init__(self, names: Iterable[str]) -> None:
        self._by_base: dict[str, list[str]] = {}
        self._by_stem: dict[tuple[str, str | None], list[str]] = {}
        for name in names:
            base = posixpath.basename(name).casefold()
            self._by_base.setdefault(base, []).append(name)
            self._by_stem.setdefault((base.partition(".")[0], format_of(name)), []).append(name)

    def fix(self, element: str, path: str) -> Fix | None:
        """Return the fix that names the only similar file: in another folder, case or ending."""
        base = posixpath.basename(path).casefold()
        stem = base.partition(".")[0], format_of(path)
        near = self._by_base.get(base) or self._by_stem.get(stem, [])
        if len(near) != 1:
            return None
        return Fix(f"Change to {near[0]}", ((element, "data_path", near[0]),))


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
            computed = digest.hexdigest()
            yield new_finding(
                "checksum_mismatch",
                modo.path,
                element,
                "data_checksum",
                f"The file {path!r:.80} has another checksum: it was changed or damaged.",
                Fix("Store current checksum", ((element, "data_checksum", computed),)),
            )
