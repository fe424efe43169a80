"""Index files, and whether an index belongs to a file.

Sources: SAM specification 5.2 (BAI), CSI and tabix specifications, CRAM specification 12 (CRAI),
the manual pages of faidx(5) and bgzip(1) (FAI, GZI).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field, replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from modos_widgets.headers.content import content_of
from modos_widgets.headers.cram_numbers import length_of_container
from modos_widgets.headers.file_header import Contig
from modos_widgets.headers.header_stream import HeaderError, HeaderStream, TruncatedHeaderError
from modos_widgets.headers.text import as_text, number_of
from modos_widgets.storage import LocalRanges

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from modos_widgets.headers.file_header import FileHeader
    from modos_widgets.storage import Ranges

__all__ = ["FileIndex", "check_index", "read_index"]

MOST_READ = 128 * 1024
"""Number of bytes that are read of an index; a larger one is checked by its first part."""

_BINARY = {".bai": "BAI", ".csi": "CSI", ".tbi": "TBI"}
_TEXT = {".crai": "CRAI", ".fai": "FAI", ".gzi": "GZI"}
_MOST_CONTIGS = 10_000_000
_FAI_COLUMNS = (5, 6)
_CRAI_COLUMNS = 6
_NUMBERS_OF_READS = 37450
"""Bin of a BAI that holds numbers of reads and no chunks (SAM specification, 5.2)."""


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


class _Offsets:
    """The last position of a block, and the size of the file, by the virtual offsets of an index.

    The upper 48 bits of a virtual offset are the position of a block.
    """

    def __init__(self) -> None:
        self.last: int | None = None
        self.size = 0

    def add(self, begin: int, end: int = 0) -> None:
        self.last = max(self.last or 0, begin >> 16)
        self.size = max(self.size, self.last, end >> 16)


def _int(stream: HeaderStream) -> int:
    value = int(struct.unpack("<i", stream.read(4))[0])
    if value < 0:
        raise HeaderError("A size in the index is negative.")
    return value


def _read_bai(stream: HeaderStream, index: FileIndex) -> FileIndex:
    stream.read(4)
    index = replace(index, count=_int(stream))
    return _with_bins(stream, index, linear=True, csi=False, pseudo=_NUMBERS_OF_READS)


def _read_csi(stream: HeaderStream, index: FileIndex) -> FileIndex:
    stream.read(4)
    _, depth, size = (_int(stream) for _ in range(3))
    aux = stream.read(size)
    index = _with_names(index, aux) if size >= _TABIX_HEAD else index
    index = replace(index, count=_int(stream))
    pseudo = ((1 << 3 * (min(depth, 20) + 1)) - 1) // 7 + 1
    return _with_bins(stream, index, linear=False, csi=True, pseudo=pseudo)


_TABIX_HEAD = 28  # six numbers, and the length of the names


def _read_tbi(stream: HeaderStream, index: FileIndex) -> FileIndex:
    stream.read(4)
    count = _int(stream)
    head = stream.read(_TABIX_HEAD)
    size = int(struct.unpack("<i", head[-4:])[0])
    if size < 0:
        raise HeaderError("A size in the index is negative.")
    index = _with_names(index, head + stream.read(size))
    index = replace(index, count=count)
    return _with_bins(stream, index, linear=True, csi=False, pseudo=_NUMBERS_OF_READS)


def _with_names(index: FileIndex, aux: bytes) -> FileIndex:
    names = aux[_TABIX_HEAD:].rstrip(b"\0").split(b"\0")
    return replace(index, contigs=tuple(Contig(as_text(name)) for name in names if name))


def _with_bins(
    stream: HeaderStream, index: FileIndex, *, linear: bool, csi: bool, pseudo: int
) -> FileIndex:
    """Return an index with the last offset of its bins, as far as they were read."""
    offsets = _Offsets()
    try:
        for _ in range(min(index.count or 0, _MOST_CONTIGS)):
            for _ in range(_int(stream)):
                number = struct.unpack("<I", stream.read(4))[0]
                if csi:
                    stream.read(8)
                chunks = _int(stream)
                for begin, end in struct.iter_unpack("<QQ", stream.read(16 * chunks)):
                    offsets.add(begin, end)
                    if number == pseudo:
                        break  # what follows are numbers of reads
            if linear:
                for (offset,) in struct.iter_unpack("<Q", stream.read(8 * _int(stream))):
                    offsets.add(offset)
    except TruncatedHeaderError:
        if not stream.stopped:
            raise
        index = replace(index, complete=False)
    return replace(index, last_offset=offsets.last, size=offsets.size)


def _rows(stream: HeaderStream) -> Iterator[list[str]]:
    """Yield the rows of an index that is text, without one that was read in part."""
    last: list[str] | None = None
    for line in stream.lines():
        if last is not None:
            yield last
        last = as_text(line).split("\t", _FAI_COLUMNS[-1])
    if last is not None and not stream.stopped:
        yield last


def _read_crai(stream: HeaderStream, index: FileIndex) -> FileIndex:
    count, size = 0, 0
    lengths: dict[int, int] = {}
    for row in _rows(stream):
        numbers = [number_of(text) for text in row[3:]]
        if len(row) != _CRAI_COLUMNS or None in numbers:
            raise HeaderError("A row of the index does not have six numbers.")
        offset, begin, length = (number or 0 for number in numbers)
        lengths[offset] = max(lengths.get(offset, 0), begin + length)
        size = max(size, offset + begin + length)
        count = max(count, (number_of(row[0]) or 0) + 1)
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
    for row in _rows(stream):
        numbers = [number_of(text) for text in row[1:5]]
        if len(row) not in _FAI_COLUMNS or None in numbers:
            raise HeaderError("A row of the index does not have a name and four numbers.")
        length, offset, bases, width = (number or 0 for number in numbers)
        if length and not 0 < bases <= width:
            raise HeaderError("A row of the index has an invalid length of lines.")
        contigs.append(Contig(row[0], length))
        end = offset + ((length - 1) // bases * width + (length - 1) % bases + 1 if length else 0)
        size, last = max(size, end), max(last or 0, offset)
    return replace(
        index,
        contigs=tuple(contigs),
        count=len(contigs) if not stream.stopped else None,
        last_offset=last,
        size=size,
        complete=not stream.stopped,
    )


def _read_gzi(stream: HeaderStream, index: FileIndex) -> FileIndex:
    count = int(struct.unpack("<Q", stream.read(8))[0])
    last = None
    for _ in range(min(count, MOST_READ // 16 - 1)):
        last = int(struct.unpack("<QQ", stream.read(16))[0])
    complete = count < MOST_READ // 16
    return replace(index, last_offset=last, size=last or 0, complete=complete)


_READERS: dict[str, Callable[[HeaderStream, FileIndex], FileIndex]] = {
    "BAI": _read_bai,
    "CSI": _read_csi,
    "TBI": _read_tbi,
    "CRAI": _read_crai,
    "FAI": _read_fai,
    "GZI": _read_gzi,
}
