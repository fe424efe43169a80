"""What a file contains, by its name and its first bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from modos_widgets.headers import content_of
from modos_widgets.modo.data_paths import ending_of, format_of

__all__ = ["FileKind", "class_of_content", "format_problem", "kind_of_file"]

_CLASSES = {".npy": "Array"}


class _Content(NamedTuple):
    """What a format means for the element of a file, and the endings that promise it.

    A file whose name has such an ending must show the format, if it `shows` it always: a SAM file
    need not have a header.
    """

    class_name: str
    format: str
    endings: tuple[str, ...]
    shows: bool = True


_CONTENTS = {
    "BAM": _Content("AlignmentSet", "", (".bam",)),
    "CRAM": _Content("AlignmentSet", "CRAM", (".cram",)),
    "SAM": _Content("AlignmentSet", "", (".sam",), shows=False),
    "VCF": _Content("VariantSet", "VCF", (".vcf",)),
    "BCF": _Content("VariantSet", "BCF", (".bcf",)),
    "mzTab": _Content("MassSpectrometryResults", "mzTab", (".mztab",), shows=False),
    "mzML": _Content("MassSpectrometryResults", "", (".mzml",)),
    "FASTA": _Content("ReferenceGenome", "FASTA", (".fa", ".fasta", ".fna")),
    "FASTQ": _Content("DataEntity", "FASTQ", (".fq", ".fastq")),
    "Parquet": _Content("DataEntity", "", (".parquet",)),
    "Zarr": _Content("Array", "Zarr", (".zarr",), shows=False),
    "HDF5": _Content("Array", "", (".h5ad", ".h5", ".hdf5", ".h5mu", ".loom"), shows=False),
}
_ALSO_SHOWN = {"FASTA": (".faa", ".ffn"), "HDF5": (".nwb", ".nc", ".mzmlb", ".cool", ".mcool")}
"""Endings that a format may have, but that do not decide the class."""

_BY_ENDING = {ending: kind for kind in _CONTENTS.values() for ending in kind.endings}


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
        Its first bytes, of which at most `headers.HEAD` are read.

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
    content = content_of(head)
    promised, shown = _BY_ENDING.get(ending), _CONTENTS.get(content)
    if shown and ending not in (*shown.endings, *_ALSO_SHOWN.get(content, ())):
        mismatch = promised is not None
        return FileKind(shown.class_name, shown.format, content, mismatch=mismatch)
    class_name = promised.class_name if promised else _CLASSES.get(ending, "DataEntity")
    missing = not content and bool(head) and promised is not None and promised.shows
    return FileKind(class_name, format_of(name), content, unrecognized=missing)


def format_problem(stated: object, content: str) -> tuple[str, str]:
    """Compare a ``data_format`` with the format that the content of a file shows.

    Parameters
    ----------
    stated : object
        The ``data_format``.
    content : str
        The format of the content (`headers.FileHeader.format`).

    Returns
    -------
    tuple of (str, str)
        Why it cannot be right, in one sentence, and the DataFormat of the content; both are
        empty if it can be, the latter also if the schema has no format for the content.
    """
    shown = _CONTENTS.get(content)
    if not isinstance(stated, str):
        return "", ""
    if shown is not None and shown.format != stated:
        return (
            f"data_format is {stated:.40}, and the content of the file is {content}.",
            shown.format,
        )
    expected = [name for name, kind in _CONTENTS.items() if kind.format == stated and kind.shows]
    if expected and not content:
        return f"data_format is {stated:.40}, and the content of the file is not.", ""
    return "", ""


def class_of_content(content: str) -> str:
    """Return the class that the content of a file decides; empty if it does not decide it.

    Parameters
    ----------
    content : str
        The format of the content (`headers.FileHeader.format`).

    Returns
    -------
    str
    """
    kind = _CONTENTS.get(content)
    decided = kind is not None and kind.class_name not in {"DataEntity", "Array"}
    return kind.class_name if kind is not None and decided else ""
