"""What a file contains, by its name and its first bytes."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from modos_widgets.modo.data_paths import ending_of, format_of

__all__ = ["HEAD", "FileKind", "kind_of_file"]

HEAD = 64 * 1024
"""Number of first bytes of a file that `kind_of_file` needs; more are ignored."""

_LARGEST_DECOMPRESSED = 64 * 1024
_CLASSES = {
    ".bam": "AlignmentSet",
    ".cram": "AlignmentSet",
    ".sam": "AlignmentSet",
    ".vcf": "VariantSet",
    ".bcf": "VariantSet",
    ".mztab": "MassSpectrometryResults",
    ".mzml": "MassSpectrometryResults",
    ".fa": "ReferenceGenome",
    ".fasta": "ReferenceGenome",
    ".fna": "ReferenceGenome",
    ".zarr": "Array",
    ".npy": "Array",
    ".h5ad": "Array",
}
_BY_CONTENT = {
    "BAM": ("AlignmentSet", ""),
    "CRAM": ("AlignmentSet", "CRAM"),
    "VCF": ("VariantSet", "VCF"),
    "BCF": ("VariantSet", "BCF"),
    "mzTab": ("MassSpectrometryResults", "mzTab"),
    "FASTA": ("ReferenceGenome", "FASTA"),
    "FASTQ": ("DataEntity", "FASTQ"),
}
_ENDINGS = {
    "BAM": {".bam"},
    "CRAM": {".cram"},
    "VCF": {".vcf"},
    "BCF": {".bcf"},
    "mzTab": {".mztab"},
    "FASTA": {".fa", ".fasta", ".fna", ".faa", ".ffn"},
    "FASTQ": {".fq", ".fastq"},
}
_MAGIC = {
    b"CRAM": "CRAM",
    b"BAM\x01": "BAM",
    b"BCF\x02": "BCF",
    b"##fileformat=VCF": "VCF",
    b"MTD\tmzTab": "mzTab",
}
_CHECKED = {ending for endings in _ENDINGS.values() for ending in endings}


@dataclass(frozen=True)
class FileKind:
    """What a file contains.

    Attributes
    ----------
    class_name : str
        The class of an element for it: ``DataEntity`` if nothing more is known.
    format : str
        Its DataFormat; empty if the schema has none for it.
    content : str
        The format that the first bytes show, such as ``BAM``; empty if they show none.
    mismatch : bool
        Whether the content is recognized as another format than the name promises.
    unrecognized : bool
        Whether the content is not recognized, though that of files with such a name usually is.
    """

    class_name: str
    format: str
    content: str = ""
    mismatch: bool = False
    unrecognized: bool = False


def kind_of_file(name: str, head: bytes = b"") -> FileKind:
    """Return what a file contains; the content counts more than the name. No network use.

    Parameters
    ----------
    name : str
        Name of the file.
    head : bytes
        Its first bytes, of which at most `HEAD` are read.

    Returns
    -------
    FileKind

    Examples
    --------
    >>> kind_of_file("P1.vcf.gz").class_name
    'VariantSet'
    >>> kind_of_file("P1.dat", b"CRAM 3").format
    'CRAM'
    """
    ending = ending_of(name)
    content = _content_of(head[:HEAD])
    if content and ending not in _ENDINGS[content]:
        class_name, format_name = _BY_CONTENT[content]
        return FileKind(class_name, format_name, content, mismatch=ending in _CHECKED)
    unrecognized = not content and bool(head) and ending in _CHECKED and ending != ".mztab"
    class_name = _CLASSES.get(ending, "DataEntity")
    return FileKind(class_name, format_of(name), content, unrecognized=unrecognized)


def _content_of(head: bytes) -> str:
    """Return the format that first bytes show, also within gzip and BGZF; empty if none."""
    if head.startswith(b"\x1f\x8b"):
        head = _decompressed(head)
    for magic, content in _MAGIC.items():
        if head.startswith(magic):
            return content
    first, _, rest = head.partition(b"\n")
    if first.startswith(b">") and rest[:1].isalpha():
        return "FASTA"
    lines = rest.split(b"\n", 3)
    if first.startswith(b"@") and len(lines) > 1 and lines[1].startswith(b"+"):
        return "FASTQ"
    return ""


def _decompressed(head: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=31).decompress(head, _LARGEST_DECOMPRESSED)
    except zlib.error:
        return b""
