"""The format of a file by its first bytes."""

from __future__ import annotations

import re

from modos_widgets.headers.header_stream import decompressed_start

__all__ = ["HEAD", "content_of"]

HEAD = 64 * 1024
"""Number of first bytes of a file that `content_of` needs; more are ignored."""

_MAGIC = {
    b"CRAM": "CRAM",
    b"BAM\x01": "BAM",
    b"BCF\x02": "BCF",
    b"##fileformat=VCF": "VCF",
    b"##gff-version": "GFF",
    b"PAR1": "Parquet",
    b"\x89HDF\r\n\x1a\n": "HDF5",
    b"BAI\x01": "BAI",
    b"CSI\x01": "CSI",
    b"TBI\x01": "TBI",
    b"crypt4gh": "Crypt4GH",
}
# The first bytes are not trusted, so no pattern can match a part of them in several ways.
_PATTERNS = {
    "SAM": re.compile(
        rb"@(HD\tVN:|SQ\t([A-Z]{2}:[^\t\n]*\t)*SN:|RG\t([A-Z]{2}:[^\t\n]*\t)*ID:|PG\tID:)"
    ),
    "mzTab": re.compile(rb"(?:(?:COM\t[^\n]*|[ \t\r]*)\n)*MTD\tmzTab-"),
    "mzML": re.compile(
        rb"\s*+(<\?xml[^>]*\?>)?(?>\s*<!--.*?-->)*+\s*"
        rb"(<!DOCTYPE\s+mzML\b.*?)?<(indexedmzML|mzML)\b",
        re.DOTALL,
    ),
    "FASTA": re.compile(rb">[^\n]*\n[A-Za-z*]"),
    "FASTQ": re.compile(rb"@[^\n]*\n[^\n]*\n\+"),
}


def content_of(head: bytes) -> str:
    """Return the format that the first bytes of a file show, also within gzip and BGZF.

    Parameters
    ----------
    head : bytes
        First bytes of the file, of which at most `HEAD` are read.

    Returns
    -------
    str
        Name as in `FileHeader.format`; empty if they show no known format.
    """
    head = head[:HEAD]
    head = decompressed_start(head, HEAD)
    for magic, content in _MAGIC.items():
        if head.startswith(magic):
            return content
    return next((name for name, pattern in _PATTERNS.items() if pattern.match(head)), "")
