"""Check what takes a look at the store: files, checksums, copies that are out of date."""

from __future__ import annotations

import hashlib
import posixpath
from typing import TYPE_CHECKING, Any

import pandas as pd

from modos_widgets.errors import OptionError
from modos_widgets.modo.checks import check_cohort, check_object
from modos_widgets.modo.findings import Finding, Findings, Fix
from modos_widgets.modo.fixes import format_of
from modos_widgets.modo.journal import Journal
from modos_widgets.modo.locating import INDEX_SUFFIXES, file_in_object
from modos_widgets.modo.repairing import compare
from modos_widgets.modo.slots import DEFAULT_SCHEMA, Schema
from modos_widgets.modo.values import is_missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from pydantic import BaseModel

    from modos_widgets.modo.object import Modo

__all__ = ["inspect_object", "validate"]

BLOCK = 4 * 1024 * 1024
READ_NODES_UP_TO = 500
"""Objects with at most so many elements have every node read by `Modo.validate`."""


def validate(frame: pd.DataFrame, *, schema: Iterable[type[BaseModel]] = ()) -> Findings:
    """Check a table of metadata, of one object or many; reads nothing else.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row an element: of `Modo.frame`, `Draft.frame` or `modos_widgets.catalog`.
        The index is the element id, or (object path, element id).
    schema : iterable of pydantic model classes
        Classes of your own, beside the published ones.

    Returns
    -------
    Findings
        Each names object, element and slot, says how bad it is and what mends it.
        Missing cells (None, NaN, NA) count as not there.

    Raises
    ------
    OptionError
        What is no DataFrame.
    """
    if not isinstance(frame, pd.DataFrame):
        raise OptionError(
            f"validate takes a DataFrame, not {type(frame).__name__}.", "Give Modo.frame()."
        )
    known = Schema(schema) if schema else DEFAULT_SCHEMA
    found: list[Finding] = []
    objects: dict[str, dict[str, dict[str, Any]]] = {}
    for (path, element), attributes in zip(_keys(frame), _rows(frame), strict=True):
        elements = objects.setdefault(path, {})
        if element in elements:
            message = f"The id {element!r:.80} is there twice."
            found.append(Finding(path, element, "", "error", "duplicate_id", message))
        else:
            elements[element] = attributes
    roots = {path: _root_of(elements) for path, elements in objects.items()}
    for path, elements in objects.items():
        found.extend(check_object(path, roots[path], elements, known))
    found.extend(check_cohort({path: (roots[path], one) for path, one in objects.items()}))
    return Findings(found)


def _keys(frame: pd.DataFrame) -> list[tuple[str, str]]:
    if frame.index.nlevels > 1:
        return [(str(key[0]), str(key[-1])) for key in frame.index]
    return [("", str(key)) for key in frame.index]


def _rows(frame: pd.DataFrame) -> Iterator[dict[str, Any]]:
    names = [str(name) for name in frame.columns]
    columns = [frame.iloc[:, number].tolist() for number in range(len(names))]
    for values in zip(*columns, strict=True) if columns else ({} for _ in range(len(frame))):
        yield {
            name: _plain(value)
            for name, value in zip(names, values, strict=True)
            if not is_missing(value)
        }


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    return value.isoformat() if hasattr(value, "isoformat") else value


def _root_of(elements: Mapping[str, Mapping[str, Any]]) -> str:
    for element, attributes in elements.items():
        if attributes.get("@type") == "MODO" or "/" not in element:
            return element
    return ""


def inspect_object(
    modo: Modo,
    schema: Schema,
    *,
    checksums: bool,
    nodes: bool | None,
    on_progress: Callable[[int, int], None] | None,
) -> Findings:
    """Check one object with all that belongs to it (see `Modo.validate`)."""
    metadata = modo.metadata
    found = check_object(modo.path, modo.root_element, metadata, schema)
    found.extend(_broken(modo))
    found.extend(_stale(modo, nodes=len(metadata) <= READ_NODES_UP_TO if nodes is None else nodes))
    found.extend(_torn(modo))
    found.extend(_files(modo, metadata))
    if checksums:
        found.extend(_checksums(modo, metadata, on_progress))
    return Findings(found)


def _broken(modo: Modo) -> Iterator[Finding]:
    for node in modo.hierarchy.nodes.values():
        if node.kind == "broken":
            message = f"Its metadata cannot be read: {node.problem}."
            yield Finding(modo.path, node.path, "", "error", "broken", message)


def _stale(modo: Modo, *, nodes: bool) -> Iterator[Finding]:
    difference = compare(modo, deep=nodes)
    said = (
        (difference.added, "is not in the root's copy of the metadata"),
        (difference.removed, "is in the root's copy of the metadata, and gone"),
        (difference.changed, "has been changed, and the root's copy of it has not"),
    )
    fix = Fix("Bring the root's copy up to date", reconsolidate=True)
    for paths, what in said:
        for path in paths:
            yield Finding(modo.path, path, "", "warning", "stale_copy", f"{path} {what}.", fix)


def _torn(modo: Modo) -> Iterator[Finding]:
    for record in Journal(modo.storage).unfinished():
        if not record.is_live:
            yield Finding(
                modo.path,
                modo.root_element,
                "",
                "error",
                "torn_commit",
                f"The commit {record.id} of {record.when} ended half-way: Modo.repair() says "
                "what of it is stored.",
                Fix("Bring the root's copy up to date", reconsolidate=True),
            )


def _files(modo: Modo, metadata: Mapping[str, Mapping[str, Any]]) -> Iterator[Finding]:
    present = {entry.name for entry in modo.storage.files()}
    named = {
        element: path
        for element, attributes in metadata.items()
        if (path := file_in_object(attributes.get("data_path"), modo.path)) is not None
    }
    indexed = {path + suffix for path in named.values() for suffix in INDEX_SUFFIXES}
    unnamed = sorted(
        name for name in present - set(named.values()) - indexed if not _is_within(name, named)
    )
    for element, path in named.items():
        if path in present or _is_folder(path, present) or _is_node(path, modo):
            continue
        yield Finding(
            modo.path,
            element,
            "data_path",
            "error",
            "file_missing",
            f"The object has no file {path!r:.80}.",
            _meant(element, path, unnamed),
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


def _is_node(path: str, modo: Modo) -> bool:
    """Tell whether it is the archive, or a group or array in it."""
    archive, _, node = path.partition("/")
    return archive == "data.zarr" and node in modo.hierarchy.nodes


def _is_folder(path: str, present: set[str]) -> bool:
    return path in {"", "."} or any(name.startswith(f"{path}/") for name in present)


def _is_within(name: str, named: Mapping[str, str]) -> bool:
    return any(name.startswith(f"{path}/") for path in named.values())


def _meant(element: str, path: str, unnamed: list[str]) -> Fix | None:
    """Offer the one unnamed file that it may be: of that name elsewhere, or other in case."""
    base = posixpath.basename(path).casefold()
    near = [name for name in unnamed if posixpath.basename(name).casefold() == base]
    if not near:
        stem = base.partition(".")[0]
        near = [
            name
            for name in unnamed
            if posixpath.basename(name).casefold().partition(".")[0] == stem
            and format_of(name) == format_of(path)
        ]
    if len(near) != 1:
        return None
    return Fix(f"Change it to {near[0]}", ((element, "data_path", near[0]),))


def _checksums(
    modo: Modo,
    metadata: Mapping[str, Mapping[str, Any]],
    on_progress: Callable[[int, int], None] | None,
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
    for element, path, stated in wanted:
        digest = hashlib.blake2b()
        with modo.storage.open(path) as file:
            while block := file.read(BLOCK):
                digest.update(block)
                done += len(block)
                if on_progress is not None:
                    on_progress(done, total)
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
