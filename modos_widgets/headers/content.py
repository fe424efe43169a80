"""The format of a file by its first bytes."""

from __future__ import annotations

import re
import zlib

from modos_widgets.headers.header_stream import compression_of

__all__ = ["HEAD", "content_of"]

HEAD = 64 * 1024
"""Number of first bytes of a file that `content_of` needs; more are ignored."""

_MAGIC = {
    b"CRAM": "CRAM",
    b"BAM\x01": "BAM",
    b"BCF\x02": "BCF",
    b"##fileformat=VCF": "VCF",
    b"MTD\tmzTab": "mzTab",
    b"##gff-version": "GFF",
    b"PAR1": "Parquet",
    b"\x89HDF\r\n\x1a\n": "HDF5",
    b"BAI\x01": "BAI",
    b"CSI\x01": "CSI",
    b"TBI\x01": "TBI",
}
_SAM = re.compile(
    rb"@(HD\tVN:|SQ\t([A-Z]{2}:[^\t\n]*\t)*SN:|RG\t([A-Z]{2}:[^\t\n]*\t)*ID:|PG\tID:)"
)
_MZML = re.compile(
    rb"\s*(<\?xml[^>]*\?>\s*)?(<!--.*?-->\s*)*(<!DOCTYPE\s+mzML\b.*?)?<(indexedmzML|mzML)\b",
    re.DOTALL,
)


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
    if compression_of(head) in {"bgzip", "gzip"}:
        head = _decompressed(head)
    for magic, content in _MAGIC.items():
        if head.startswith(magic):
            return content
    if _SAM.match(head):
        return "SAM"
    if _MZML.match(head):
        return "mzML"
    first, _, rest = head.partition(b"\n")
    if first.startswith(b">") and (rest[:1].isalpha() or rest[:1] == b"*"):
        return "FASTA"
    lines = rest.split(b"\n", 3)
    if first.startswith(b"@") and len(lines) > 1 and lines[1].startswith(b"+"):
        return "FASTQ"
    return ""


def _decompressed(head: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=31).decompress(head, HEAD)
    except zlib.error:
        return b""
