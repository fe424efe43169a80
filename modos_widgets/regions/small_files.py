"""Small files with the records of a region, for pysam.

Source: SAM specification 4.2 (BAM).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from modos_widgets.headers import CRAM_ENDS
from modos_widgets.regions.cram_structure import cram_start

if TYPE_CHECKING:
    from modos_widgets.headers import FileHeader

__all__ = ["bam_head", "cram_end", "cram_head", "sam_header"]


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
    return cram_start(sam_header(header), (major, minor))


def cram_end(header: FileHeader) -> bytes:
    """Return the container that ends a CRAM file."""
    return CRAM_ENDS[int(header.version.partition(".")[0])]
