"""Index files, and whether an index belongs to a file."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from modos_widgets.headers.binned_index import BinnedIndex
from modos_widgets.headers.content import content_of
from modos_widgets.headers.cram_numbers import length_of_container
from modos_widgets.headers.file_header import Contig
from modos_widgets.headers.header_stream import (
    HeaderError,
    HeaderStream,
    TruncatedHeaderError,
)
from modos_widgets.headers.text_indexes import read_crai, read_fai, read_gzi
from modos_widgets.storage import LocalRanges

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from modos_widgets.headers.file_header import FileHeader
    from modos_widgets.storage import Ranges

__all__ = ["FileIndex", "check_index", "read_index"]

MOST_READ = 128 * 1024
"""Number of bytes that are read of an index; a larger one is checked by its first part."""

_MOST_CONTENT = 4 * 2**20
"""Number of decompressed bytes that are read of an index."""

_BINARY = {".bai": "BAI", ".csi": "CSI", ".tbi": "TBI"}
_TEXT = {".crai": "CRAI", ".fai": "FAI", ".gzi": "GZI"}


@dataclass(frozen=True)
class FileIndex:
    """What an index file says about the file that it belongs to.

    Attributes
    ----------
    name : str
        Name or path of the index.
    format : str
        "BAI", "CSI", "TBI", "CRAI", "FAI" or "GZI"; empty for any other file.
    contigs : tuple of Contig
        Sequences with the lengths that it states; TBI states no lengths, BAI, CRAI and most CSI
        files state no names.
    count : int or None
        Number of sequences; None if it states none.
    last_offset : int or None
        The last position, in bytes, at which a block, container or sequence must start.
    last_length : int or None
        Number of bytes that must follow the head of the last container of a CRAM file.
    size : int
        Number of bytes that the file must have at least.
    complete : bool
        Whether the whole index was read.
    problem : str
        Why it cannot be read, in one sentence; empty if it can.
    """

    name: str
    format: str = ""
    contigs: tuple[Contig, ...] = field(default=(), repr=False)
    count: int | None = None
    last_offset: int | None = None
    last_length: int | None = None
    size: int = 0
    complete: bool = True
    problem: str = ""


def read_index(source: Ranges | str | PathLike[str], *, most: int = MOST_READ) -> FileIndex:
    """Read an index file, by default at most 128 KiB of it in at most two requests.

    Parameters
    ----------
    source : Ranges, str or path-like
        The index, as for `read_header`.
    most : int
        Maximum number of bytes that are read.

    Returns
    -------
    FileIndex
        Damaged contents raise no error: see its `problem`.

    Raises
    ------
    NotFoundError, PathError, StorageError, ChangedError, CredentialsError, EndpointError
        As for `read_header`.
    """
    ranges = LocalRanges(Path(source)) if isinstance(source, str | PathLike) else source
    index = FileIndex(ranges.name)
    suffix = Path(ranges.name).suffix
    try:
        if not ranges.size:
            raise HeaderError("The index is empty.")  # noqa: TRY301
        stream = HeaderStream(ranges, most=most)
        stream.open()
        content = content_of(stream.head)
        kind = content if content in _READERS else _TEXT.get(suffix, "")
        if suffix in _BINARY and content != _BINARY[suffix]:
            raise HeaderError(f"The content is not a {_BINARY[suffix]} index.")  # noqa: TRY301
        if not kind:
            return index
        return _READERS[kind](stream, replace(index, format=kind))
    except TruncatedHeaderError:
        return replace(index, problem="The index is truncated.")
    except HeaderError as error:
        return replace(index, problem=str(error))


def check_index(index: FileIndex, header: FileHeader, ranges: Ranges) -> str:
    """Return why an index does not belong to a file; empty if nothing shows that.

    Reads at most 64 bytes of the file, in one request.

    Parameters
    ----------
    index : FileIndex
        The index.
    header : FileHeader
        Header of the file.
    ranges : Ranges
        The file.

    Returns
    -------
    str
        One sentence.

    Raises
    ------
    NotFoundError, StorageError, ChangedError, CredentialsError, EndpointError
        The file cannot be read.
    """
    return next(_mismatches(index, header, ranges), "")


def _mismatches(index: FileIndex, header: FileHeader, ranges: Ranges) -> Iterator[str]:
    if index.problem:
        yield index.problem
    compressed = header.compression == "bgzip"
    if index.format == "GZI" and not compressed:
        yield "The index is of a file that is compressed with bgzip, and this file is not."
    yield from _other_contigs(index, header)
    if index.format == "FAI" and compressed:
        return  # its positions are those of the decompressed file
    if index.size > header.size:
        yield f"The index expects at least {index.size:,} bytes, and the file has {header.size:,}."
    elif index.last_offset is not None and not _starts_here(index, header, ranges):
        yield f"The index expects a block at byte {index.last_offset:,}, and there is none."


def _starts_here(index: FileIndex, header: FileHeader, ranges: Ranges) -> bool:
    assert index.last_offset is not None  # noqa: S101 - the caller checks it
    if index.last_offset >= header.size:
        return True  # the end of the file
    if index.format == "FAI":
        return index.last_offset == 0 or ranges.read(index.last_offset - 1, index.last_offset) in {
            b"\n",
            b"\r",
        }
    data = ranges.read(index.last_offset, index.last_offset + 64)
    if index.format == "CRAI":
        length = length_of_container(data, int(header.version.partition(".")[0] or 3))
        return length > 0 and index.last_length in {None, length}
    return data.startswith(b"\x1f\x8b\x08\x04") and data[12:14] == b"BC"


def _other_contigs(index: FileIndex, header: FileHeader) -> Iterator[str]:
    """Yield why the sequences of an index are not those of a file."""
    known = {contig.name: contig.length for contig in header.contigs}
    if not known or not header.all_contigs:
        return
    exact = index.format in {"BAI", "FAI"} and index.complete
    if (index.count or 0) > len(known) or (exact and index.count != len(known)):
        yield f"The index has {index.count or 0:,} sequences, and the file has {len(known):,}."
    for contig in index.contigs:
        if contig.name not in known:
            yield f"The index names the sequence {contig.name!r:.60}, and the file does not."
        elif None not in {length := known[contig.name], contig.length} and length != contig.length:
            yield (
                f"The sequence {contig.name!r:.60} has {contig.length:,} bases in the index, and "
                f"{length:,} in the file."
            )


def _read_binned(stream: HeaderStream, index: FileIndex) -> FileIndex:
    """Return an index with the last position of a block, as far as its bins were read."""
    content = stream.peek(_MOST_CONTENT)
    binned = BinnedIndex(content, complete=not stream.stopped and len(content) < _MOST_CONTENT)
    last: int | None = None
    size = 0
    for chunk in binned.offsets():
        last = max(last or 0, chunk.begin >> 16)
        size = max(size, last, chunk.end >> 16)
    return replace(
        index,
        contigs=tuple(map(Contig, binned.names)),
        count=binned.count,
        last_offset=last,
        size=size,
        complete=binned.complete,
    )


def _read_crai(stream: HeaderStream, index: FileIndex) -> FileIndex:
    count, size = 0, 0
    lengths: dict[int, int] = {}
    for row in read_crai(stream):
        end = row.begin + row.size
        lengths[row.container] = max(lengths.get(row.container, 0), end)
        size = max(size, row.container + end)
        count = max(count, row.contig + 1)
    last = max(lengths, default=None)
    return replace(
        index,
        count=count,
        last_offset=last,
        last_length=lengths[last] if last is not None and not stream.stopped else None,
        size=size,
        complete=not stream.stopped,
    )


def _read_fai(stream: HeaderStream, index: FileIndex) -> FileIndex:
    contigs: list[Contig] = []
    size, last = 0, None
    for name, row in read_fai(stream):
        contigs.append(Contig(name, row.length))
        end = row.position(row.length - 1) + 1 if row.length else row.offset
        size, last = max(size, end), max(last or 0, row.offset)
    return replace(
        index,
        contigs=tuple(contigs),
        count=len(contigs) if not stream.stopped else None,
        last_offset=last,
        size=size,
        complete=not stream.stopped,
    )


def _read_gzi(stream: HeaderStream, index: FileIndex) -> FileIndex:
    last = None
    for last, _ in read_gzi(stream):  # noqa: B007 - the last one counts
        pass
    return replace(index, last_offset=last, size=last or 0, complete=not stream.stopped)


_READERS: dict[str, Callable[[HeaderStream, FileIndex], FileIndex]] = {
    "BAI": _read_binned,
    "CSI": _read_binned,
    "TBI": _read_binned,
    "CRAI": _read_crai,
    "FAI": _read_fai,
    "GZI": _read_gzi,
}
