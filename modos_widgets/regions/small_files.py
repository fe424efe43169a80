"""Small files with the records of a region, for pysam.

Sources: SAM specification 4.2 (BAM), CRAM 3.0 specification (7 containers, 8 blocks).
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

from modos_widgets.headers import CRAM_ENDS

if TYPE_CHECKING:
    from modos_widgets.headers import FileHeader

__all__ = ["bam_head", "cram_end", "cram_head", "sam_header"]

_CHECKED_FROM = 3  # major version of CRAM whose containers and blocks have checksums


def sam_header(header: FileHeader) -> bytes:
    """Return a SAM header with the contigs and read groups only.

    The other lines are left out: a ``UR`` would make htslib open a file or an address.
    """
    lines = ["@HD\tVN:1.6\tSO:coordinate"]
    for contig in header.contigs:
        md5 = f"\tM5:{contig.md5}" if contig.md5 else ""
        lines.append(f"@SQ\tSN:{contig.name}\tLN:{contig.length or 0}{md5}")
    lines += [f"@RG\tID:{group.id}" for group in header.read_groups]
    return ("\n".join(lines) + "\n").encode()


def bam_head(header: FileHeader) -> bytes:
    """Return the head of a BAM file, uncompressed; records can follow."""
    text = sam_header(header)
    parts = [b"BAM\x01", struct.pack("<i", len(text)), text]
    parts.append(struct.pack("<i", len(header.contigs)))
    for contig in header.contigs:
        name = contig.name.encode() + b"\0"
        parts.append(struct.pack("<i", len(name)) + name + struct.pack("<i", contig.length or 0))
    return b"".join(parts)


def cram_head(header: FileHeader) -> bytes:
    """Return the head of a CRAM file; containers of the same version can follow."""
    major, minor = map(int, header.version.split("."))
    text = sam_header(header)
    block = b"\x00\x00\x00" + 2 * _itf8(len(text) + 4) + struct.pack("<i", len(text)) + text
    if major >= _CHECKED_FROM:
        block += struct.pack("<I", zlib.crc32(block))
    # length; contig, start, span, records, record counter, bases; one block, no slice
    container = struct.pack("<i", len(block)) + bytes(6) + b"\x01\x00"
    if major >= _CHECKED_FROM:
        container += struct.pack("<I", zlib.crc32(container))
    return b"CRAM" + bytes([major, minor]) + bytes(20) + container + block


def cram_end(header: FileHeader) -> bytes:
    """Return the container that ends a CRAM file."""
    return CRAM_ENDS[int(header.version.partition(".")[0])]


def _itf8(value: int) -> bytes:
    """Return an integer below 2^28 as CRAM stores it, in its shortest form (specification, 2.3).

    htslib computes the length of a block from the shortest form.
    """
    size = next(size for size in range(1, 5) if value < 1 << 7 * size)
    data = bytearray(value.to_bytes(size, "big"))
    data[0] |= 0xFF00 >> (size - 1) & 0xFF  # one bit for each byte that follows
    return bytes(data)
