"""Headers of SAM, BAM and CRAM files.

Sources: SAM specification (1.3 header, 4.2 BAM), CRAM 2.1, 3.0 and 3.1 specifications.
"""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import TYPE_CHECKING

from modos_widgets.headers.cram_numbers import CHECKED_FROM, CONTAINER_HEAD, CramNumbers
from modos_widgets.headers.file_end import CRAM_ENDS, missing_bgzf_end, missing_end
from modos_widgets.headers.file_header import Contig, FileHeader, ReadGroup
from modos_widgets.headers.header_stream import (
    LARGEST_HEADER,
    MOST_NAMES,
    HeaderError,
    UnsupportedHeaderError,
    decompressed,
)
from modos_widgets.headers.text import as_text, distinct, number_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from modos_widgets.headers.header_stream import HeaderStream

__all__ = ["read_bam", "read_cram", "read_sam"]

_BLOCK_METHODS = {1: "gzip", 2: "bzip2", 3: "xz"}
_HEADER_BLOCK = 0  # content type of the block that holds the SAM header
_UNSTATED = 16  # bytes that the first container may have beyond its stated length
_CRAM_DEFINITION = 26  # bytes before the first container


def read_sam(stream: HeaderStream, header: FileHeader) -> FileHeader:
    """Return a header with what a SAM file says; reads its lines that start with ``@``."""
    header = _with_sam_text(header, stream.lines_with(b"@"))
    records = stream.has_more()
    return replace(header, has_records=records, truncated=missing_bgzf_end(stream))


def read_bam(stream: HeaderStream, header: FileHeader) -> FileHeader:
    """Return a header with what a BAM file says; reads its header and its end."""
    stream.read(4)
    size = _size(stream.read(4))
    stream.expect(size // 8)
    text = stream.read(size).rstrip(b"\0")
    header = _with_sam_text(header, stream.lines_of(text))
    number = _size(stream.read(4))
    if number > MOST_NAMES:
        raise HeaderError(f"The header has more than {MOST_NAMES:,} sequences.")
    if number and not header.contigs:
        contigs: list[Contig] = []
        for _ in range(number):
            name = stream.read(_size(stream.read(4)))
            length = _size(stream.read(4))
            contigs.append(Contig(as_text(name.rstrip(b"\0")), length))
            stream.check_limits()
        header = replace(header, contigs=tuple(contigs))
    elif number != len(header.contigs):
        raise HeaderError(
            f"The header text names {len(header.contigs):,} sequences, and the file {number:,}."
        )
    else:
        for _ in range(number):
            stream.read(_size(stream.read(4)) + 4)
    return replace(header, has_records=stream.has_more(), truncated=missing_bgzf_end(stream))


def read_cram(stream: HeaderStream, header: FileHeader) -> FileHeader:
    """Return a header with what a CRAM file says; reads its header container and its end."""
    head = stream.read(_CRAM_DEFINITION)
    major, minor = head[4], head[5]
    if major not in CRAM_ENDS:
        raise UnsupportedHeaderError(f"CRAM {major}.{minor} is not supported.")
    header = replace(header, version=f"{major}.{minor}")
    container = CramNumbers(stream.peek(CONTAINER_HEAD))
    length = container.container_length(major)
    if not 0 < length <= LARGEST_HEADER:
        raise HeaderError("The first container has an invalid length.")
    stream.read(container.position)
    stream.expect(length)
    # htslib writes CRAM 2.1 whose first container states up to two bytes too few
    block = CramNumbers(stream.peek(length + _UNSTATED))
    text = _sam_text_of(block, checked=major >= CHECKED_FROM)
    stream.read(max(length, block.position))
    header = _with_sam_text(header, stream.lines_of(text))
    end = CRAM_ENDS[major]
    following = stream.peek(len(end))
    header = replace(header, has_records=bool(following) and following != end)
    if (major, minor) == (2, 0):  # this version has no end marker
        return header
    return replace(header, truncated=missing_end(stream, end, "CRAM"))


def _sam_text_of(block: CramNumbers, *, checked: bool) -> bytes:
    """Return the SAM header in the first block of a container, and pass it."""
    method, content = block.byte(), block.byte()
    block.itf8()  # content id
    stored, size = block.itf8(), block.itf8()
    if content != _HEADER_BLOCK:
        raise HeaderError("The first block does not contain the header.")
    if size > LARGEST_HEADER:
        raise HeaderError(f"The header is larger than {LARGEST_HEADER // 2**20} MiB.")
    packed = block.take(stored)
    if checked:
        block.check_sum()
    if method == 0:
        text = packed
    elif method in _BLOCK_METHODS:
        text = decompressed(packed, _BLOCK_METHODS[method], size)
    else:
        raise UnsupportedHeaderError(
            f"The compression method {method} of the header is not supported."
        )
    if len(text) != size or size < 4:  # noqa: PLR2004 - the length of the text comes first
        raise HeaderError("The block of the header has another size than stated.")
    return text[4 : 4 + _size(text[:4])].rstrip(b"\0")


def _size(data: bytes) -> int:
    """Return a size that is stored as a 32-bit number."""
    size = int(struct.unpack("<i", data)[0])
    if not size >= 0:
        raise HeaderError("A size in the header is negative.")
    return size


def _with_sam_text(header: FileHeader, lines: Iterable[bytes]) -> FileHeader:
    """Return a header with what the lines of a SAM header say."""
    groups: list[ReadGroup] = []
    contigs: list[Contig] = []
    version, order = "", ""
    for line in lines:
        kind = line[:3].decode("latin-1")
        tags = _tags(line) if kind in {"@SQ", "@RG", "@HD"} else {}
        if len(contigs) > MOST_NAMES or len(groups) > MOST_NAMES:
            raise HeaderError(f"The header has more than {MOST_NAMES:,} sequences or read groups.")
        if kind == "@SQ":
            contigs.append(
                Contig(
                    tags.get("SN", ""),
                    number_of(tags.get("LN", "")),
                    tags.get("M5", "").lower(),
                    tags.get("AS", ""),
                    tags.get("SP", ""),
                )
            )
        elif kind == "@RG":
            groups.append(ReadGroup(*(tags.get(tag, "") for tag in ("ID", "SM", "LB", "PL"))))
        elif kind == "@HD":
            order = tags.get("SO", "")
            version = tags.get("VN", "")
    return replace(
        header,
        version=version if header.format == "SAM" else header.version,
        read_groups=tuple(groups),
        samples=distinct(group.sample for group in groups),
        contigs=tuple(contigs),
        all_contigs=True,
        sort_order=order,
        assemblies=distinct(contig.assembly for contig in contigs),
        species=distinct(contig.species for contig in contigs),
    )


def _tags(line: bytes) -> dict[str, str]:
    """Return the tags of a header line, such as SN of @SQ."""
    fields = as_text(line).split("\t")[1:]
    return {field[:2]: field[3:] for field in fields if field[2:3] == ":"}
