"""Small files with the records of a region, for pysam.

Source: SAM specification 4.2 (BAM).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from modos_widgets.errors import UnsupportedError
from modos_widgets.headers import CRAM_ENDS
from modos_widgets.regions.cram_structure import cram_start

if TYPE_CHECKING:
    from collections.abc import Iterable

    from modos_widgets.headers import FileHeader

__all__ = ["bam_head", "cram_end", "cram_head", "sam_header", "variant_header"]

MOST_DEFINITIONS = 100_000
"""Maximum number of definitions in the header of variants; htslib takes some 500 bytes for each."""

LARGEST_VARIANT_HEADER = 8 * 2**20
"""Maximum number of bytes of these definitions."""

_DEFINITIONS = (b"##INFO=", b"##FORMAT=", b"##FILTER=", b"##fileformat=", b"#CHROM")


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


def variant_header(name: str, lines: Iterable[bytes], *, contigs: bool) -> bytes:
    """Return a header of VCF with what its records need; the other lines are left out.

    Parameters
    ----------
    name : str
        Name of the file, for messages.
    lines : iterable of bytes
        The lines of its header.
    contigs : bool
        Whether the records refer to contigs by their number, as in BCF.

    Returns
    -------
    bytes

    Raises
    ------
    UnsupportedError
        There are too many of them.
    """
    text, number = bytearray(), 0
    for line in lines:
        if line.startswith(_DEFINITIONS) or (contigs and line.startswith(b"##contig=")):
            text += line + b"\n"
            number += 1
            if number > MOST_DEFINITIONS or len(text) > LARGEST_VARIANT_HEADER:
                raise UnsupportedError(
                    f"The header of {name} has more than {MOST_DEFINITIONS:,} definitions, or "
                    f"{LARGEST_VARIANT_HEADER // 2**20} MiB of them.",
                    "Remove definitions that no record uses, with bcftools annotate.",
                )
    return bytes(text)
