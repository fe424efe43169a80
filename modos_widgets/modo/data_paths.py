"""Which file of an object a ``data_path`` names, and which files are the indexes of it."""

from __future__ import annotations

import posixpath
import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from modos_widgets.archive import ARCHIVE
from modos_widgets.errors import PathError
from modos_widgets.storage import is_temporary, is_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = [
    "COMPRESSIONS",
    "FORMATS",
    "check_target",
    "ending_of",
    "file_in_object",
    "folders_of",
    "format_of",
    "index_names",
    "indexed_names",
    "is_named",
    "moved_index",
]

LONGEST = 255
"""Bytes of a file's name on a local disk."""

_FASTA = (".fa", ".fasta", ".fna")
_INTERVALS = (".vcf", ".bed", ".gff", ".gff3", ".gtf", ".tsv")

INDEXES = {
    ".crai": (".cram",),
    ".bai": (".bam",),
    ".csi": (".bam", ".cram", ".bcf", *_INTERVALS),
    ".tbi": (".bcf", *_INTERVALS),
    ".fai": (*_FASTA, ".fastq", ".fq"),
    ".gzi": (*_FASTA, ".fastq", ".fq"),
    ".dict": _FASTA,
    ".idx": _INTERVALS,
    ".pbi": (".bam",),
}
"""Ending of an index file to the endings that it may replace.

Beside ``x.bam`` an index is called ``x.bam.bai`` or ``x.bai``: the first spelling is known of every
file, the second of the files listed here.
"""

COMPRESSIONS = (".gz", ".bgz", ".zst", ".bz2")
"""Endings of compressed files, behind the ending of their format."""

ENCRYPTED = ".c4gh"
"""Ending of a file encrypted by Crypt4GH; its index may be encrypted or not."""


FORMATS = {
    ".cram": "CRAM",
    ".fastq": "FASTQ",
    ".fq": "FASTQ",
    ".zarr": "Zarr",
    ".fasta": "FASTA",
    ".fa": "FASTA",
    ".fna": "FASTA",
    ".vcf": "VCF",
    ".bcf": "BCF",
    ".mztab": "mzTab",
    ".tsv": "TSV",
    ".json": "JSON",
}
"""Ending of a file's name to its DataFormat."""


def index_names(path: str) -> tuple[str, ...]:
    """Return the names that index files of a file may have, those of ``x.bam.bai`` first."""
    plain = path.removesuffix(ENCRYPTED)
    found = [stem + suffix for stem in dict.fromkeys((path, plain)) for suffix in INDEXES]
    root = _root(path)
    ending = plain.removeprefix(root)
    for compression in COMPRESSIONS:
        ending = ending.removesuffix(compression)
    found += [root + suffix for suffix, endings in INDEXES.items() if ending in endings]
    return tuple(dict.fromkeys(name + more for more in ("", ENCRYPTED) for name in found))


def moved_index(index: str, source: str, target: str) -> str:
    """Return the name of an index file after the file that it belongs to was moved."""
    if index.startswith(source):
        return target + index.removeprefix(source)
    name = _root(target) + index.removeprefix(_root(source))
    if name in index_names(target):
        return name
    encrypted = ENCRYPTED if index.endswith(ENCRYPTED) else ""
    return target + posixpath.splitext(index.removesuffix(ENCRYPTED))[1] + encrypted


def _root(path: str) -> str:
    """Return a path without the endings of encryption, compression and format."""
    bare = path.removesuffix(ENCRYPTED)
    for compression in COMPRESSIONS:
        if bare.endswith(compression):
            bare = bare.removesuffix(compression)
            break
    return posixpath.splitext(bare)[0]


def indexed_names(path: str) -> tuple[str, ...]:
    """Return the names of the files that a file may index; none where it is not an index."""
    root, suffix = posixpath.splitext(path.removesuffix(ENCRYPTED))
    if suffix not in INDEXES:
        return ()
    found = [root]
    found += [root + ending + more for ending in INDEXES[suffix] for more in ("", *COMPRESSIONS)]
    return tuple(name + more for name in found for more in ("", ENCRYPTED))


def file_in_object(data_path: object, url: str) -> str | None:
    """Give the file of the object that a ``data_path`` names, or None where it is another.

    Parameters
    ----------
    data_path : object
        The value: a path relative to the object, a URL or an absolute path.
    url : str
        The object's ``s3://bucket/key`` or absolute path.
    """
    if not isinstance(data_path, str) or not data_path:
        return None
    return _file_in_object(data_path, url)


@lru_cache(maxsize=65536)
def _file_in_object(path: str, url: str) -> str | None:
    if path.startswith("file://"):
        path = unquote(urlsplit(path).path)
    base = url.rstrip("/") + "/"
    if path.startswith(base):
        path = path[len(base) :]
    elif "://" in path or path.startswith("/"):
        return None
    path = posixpath.normpath(path)
    return None if path.startswith("..") or path == "." else path


def check_target(name: object) -> str:
    """Return the one form of the name that a file is to have in an object.

    Parameters
    ----------
    name : object
        A path relative to the object, with ``/`` between its parts.

    Raises
    ------
    PathError
        It leads out of the object or into its archive, or some disk or reader refuses it.
    """
    problem = _problem(name) if isinstance(name, str) else f"{type(name).__name__} is not text"
    if problem:
        raise PathError(
            f"{name!r:.80} is not a name for a file of the object: {problem}.",
            "Use a relative path outside data.zarr, such as reads/sample1.cram.",
        )
    return posixpath.normpath(str(name))


def _problem(name: str) -> str:  # noqa: PLR0911 - one a rule
    if not is_text(name):
        return "it contains an unpaired surrogate"
    if any(unicodedata.category(one) in {"Cc", "Cf", "Zl", "Zp"} for one in name) or "\\" in name:
        return "it contains a control character, an invisible one or a backslash"
    if unicodedata.normalize("NFC", name) != name:
        return "its characters are not in their composed form (NFC)"
    path = posixpath.normpath(name)
    parts = path.split("/")
    if not name or path == "." or name.endswith("/"):
        return "it names no file"
    if path.startswith("/") or ".." in name.split("/") or "://" in name:
        return "it leads out of the object"
    if parts[0].casefold() == ARCHIVE:
        return "it leads into the archive"
    if any(part != part.strip() for part in parts):
        return "it has a space at an end"
    if any(len(part.encode()) > LONGEST for part in parts):
        return f"it has a part of more than {LONGEST} bytes"
    return "it is reserved for temporary files" if is_temporary(path) else ""


def is_named(path: str, naming: Mapping[str, str]) -> str:
    """Return which element names a file, the file that it is the index of, or a folder above it.

    Parameters
    ----------
    path : str
        The file, relative to the object.
    naming : Mapping
        File or folder of the object to the element that names it.
    """
    for name in indexed_names(path):
        if name in naming:
            return naming[name]
    while path:
        if path in naming:
            return naming[path]
        path = posixpath.dirname(path)
    return ""


def format_of(path: str) -> str:
    """Give the DataFormat that a file's name stands for; empty where none does."""
    if path == ARCHIVE or path.startswith(f"{ARCHIVE}/"):
        return "Zarr"
    return FORMATS.get(ending_of(path), "")


def ending_of(path: str) -> str:
    """Return the ending of a file's name without that of its compression."""
    if "://" in path:
        path = re.split(r"[?#]", path, maxsplit=1)[0]
    stem, suffix = posixpath.splitext(path.lower().rstrip("/"))
    if suffix in COMPRESSIONS:
        suffix = posixpath.splitext(stem)[1]
    return suffix


def folders_of(path: str) -> Iterator[str]:
    """List the folders that a path lies in, the nearest first."""
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path
