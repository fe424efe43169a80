"""Check the metadata of one object against the headers of its files."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from modos_widgets.concurrency import on_threads
from modos_widgets.headers import CONCURRENT_FILES, HEAD
from modos_widgets.modo.attachments.file_kinds import class_of_content, format_problem
from modos_widgets.modo.validation.findings import Fix, new_finding
from modos_widgets.modo.validation.reference_checks import check_references
from modos_widgets.modo.validation.sample_checks import check_samples
from modos_widgets.modo.validation.shape_checks import check_shapes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modos_widgets.headers import FileHeader
    from modos_widgets.modo.validation.content_reading import CheckedFile, Contents
    from modos_widgets.modo.validation.findings import Finding

__all__ = ["check_contents"]

_SLOT = "data_path"
_COMPARED = 64 * 1024
"""Number of bytes of each part in which two files of one size are compared."""


def check_contents(contents: Contents) -> Iterator[Finding]:
    """Find where the metadata of an object and the headers of its files disagree.

    Files of the same size are compared by parts of them, which are read; nothing else is.

    Parameters
    ----------
    contents : Contents
        The elements, and what their files say.

    Yields
    ------
    Finding
    """
    for element, file in contents.checked():
        yield from _state(contents, element, file.path, file.header)
        yield from _format(contents, element, file.path, file.header)
        yield from _indexes(contents, element, file)
    for folder in contents.folders.values():
        for element in folder.elements:
            yield from _state(contents, element, folder.path, folder.header)
            yield from _format(contents, element, folder.path, folder.header)
    yield from check_samples(contents)
    yield from check_references(contents)
    yield from check_shapes(contents)
    yield from _same_content(contents)


def _state(contents: Contents, element: str, path: str, header: FileHeader) -> Iterator[Finding]:
    """Find files that are empty, truncated or damaged."""
    place = (contents.path, element, _SLOT)
    kind = "folder" if header.format == "Zarr" else "file"
    if header.empty:
        yield new_finding("file_empty", *place, f"The file {path!r:.80} is empty.")
    elif header.truncated:
        message = f"The file {path!r:.80} is truncated. {header.truncated}"
        yield new_finding("file_truncated", *place, message)
    elif header.unsupported:
        message = f"The {kind} {path!r:.80} was not checked. {header.problem}"
        yield new_finding("file_not_checked", *place, message)
    elif header.problem:
        message = f"The header of {path!r:.80} cannot be read. {header.problem}"
        yield new_finding("header_unreadable", *place, message)


def _format(contents: Contents, element: str, path: str, header: FileHeader) -> Iterator[Finding]:
    """Find a data format or a class that the content of a file contradicts."""
    if header.empty or (header.problem and not header.unsupported):
        return
    if header.unsupported and not header.format:  # the compression hides it
        return
    attributes = contents.elements[element]
    stated, class_name = attributes.get("data_format"), attributes.get("@type")
    content = header.format
    problem, known = format_problem(stated, content)
    if problem:
        fix = Fix(f"Change to {known}", ((element, "data_format", known),)) if known else None
        yield new_finding("wrong_format", contents.path, element, "data_format", problem, fix)
    expected = class_of_content(content)
    if expected and isinstance(class_name, str) and class_name in contents.schema.classes:
        related = contents.is_a(element, expected) or contents.schema.is_a(expected, class_name)
        if related or (class_name == "DataEntity" and expected == "ReferenceGenome"):
            return
        same_group = contents.schema.group(class_name) == contents.schema.group(expected)
        yield new_finding(
            "wrong_class",
            contents.path,
            element,
            "@type",
            f"The class is {class_name}, and the file {path!r:.80} is {content}.",
            Fix(f"Change to {expected}", ((element, "@type", expected),)) if same_group else None,
        )


def _indexes(contents: Contents, element: str, file: CheckedFile) -> Iterator[Finding]:
    """Find indexes that are missing, older, or of another file or order."""
    header, place = file.header, (contents.path, element, _SLOT)
    if not header.complete or header.empty:
        return
    for beside in file.indexes:
        if beside.mismatch:
            message = f"{beside.path!r:.80} is not the index of this file. {beside.mismatch}"
            yield new_finding("index_mismatch", *place, message)
        elif beside.is_older:
            message = f"{beside.path!r:.80} is older than its file."
            yield new_finding("index_older", *place, message)
    by_position = [each for each in file.indexes if each.index.format in _BY_POSITION]
    if by_position and header.sort_order in {"unsorted", "queryname"}:
        order = {"unsorted": "are not sorted", "queryname": "are sorted by name"}
        message = (
            f"{by_position[0].path!r:.80} needs records that are sorted by position, and those of "
            f"the file {order[header.sort_order]}."
        )
        yield new_finding("index_unsorted", *place, message)
    if not by_position and file.needs_index:
        yield new_finding("index_missing", *place, f"The file {file.path!r:.80} has no index.")


_BY_POSITION = frozenset({"BAI", "CSI", "TBI", "CRAI"})


def _same_content(contents: Contents) -> Iterator[Finding]:
    """Find files of one content, under two elements."""
    alike: dict[tuple[int, str], list[CheckedFile]] = {}
    for file in contents.files.values():
        if file.header.size:
            alike.setdefault((file.header.size, file.header.head_digest), []).append(file)
    compared = [file for files in alike.values() if len(files) > 1 for file in files]
    first: dict[tuple[int, str, bytes], CheckedFile] = {}
    for file, digest in zip(
        compared, on_threads(_digest_of_parts, compared, most=CONCURRENT_FILES), strict=True
    ):
        key = file.header.size, file.header.head_digest, digest
        other = first.setdefault(key, file)
        if other is not file:
            yield new_finding(
                "same_content",
                contents.path,
                file.elements[0],
                _SLOT,
                f"The files {file.path!r:.80} and {other.path!r:.80} of {other.elements[0]} "
                "have the same content.",
            )


def _digest_of_parts(file: CheckedFile) -> bytes:
    """Return a digest of the middle and the end of a file, by which two are compared."""
    ranges, size = file.file.open(), file.header.size
    digest = hashlib.blake2b(digest_size=16)
    if size > HEAD:  # the first bytes are compared already
        for begin in (size // 2, max(0, size - _COMPARED)):
            digest.update(ranges.read(begin, begin + _COMPARED))
    return digest.digest()
