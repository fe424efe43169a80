"""The files that a ``data_path`` names, and their index files."""

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
"""Largest length in bytes of a file name on a local disk."""

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
"""Ending of an index file to the endings of data files that it can replace.

The index of ``x.bam`` is ``x.bam.bai`` or ``x.bai``. Any data file can have the first spelling; the
second one is used only for the endings in this table.
"""

COMPRESSIONS = (".gz", ".bgz", ".zst", ".bz2")
"""Endings of compressed files, which follow the ending of the format."""

ENCRYPTED = ".c4gh"
"""Ending of files that Crypt4GH has encrypted; their index can be encrypted or not."""


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
"""Ending of a file name to its DataFormat."""


def index_names(path: str) -> tuple[str, ...]:
    """Return the possible names of index files of a file, such as ``x.bam.bai`` and ``x.bai``."""
    root = _root(path)
    return tuple([root + suffix for suffix in _index_suffixes(path[len(root) :])])


@lru_cache(maxsize=256)
def _index_suffixes(endings: str) -> tuple[str, ...]:
    """Return what follows the root of a path in the names of its index files.

    Parameters
    ----------
    endings : str
        What follows the root in the path of the file, such as ``.vcf.gz.c4gh``.
    """
    plain = endings.removesuffix(ENCRYPTED)
    found = [stem + suffix for stem in dict.fromkeys((endings, plain)) for suffix in INDEXES]
    ending = plain
    for compression in COMPRESSIONS:
        ending = ending.removesuffix(compression)
    found += [suffix for suffix, endings in INDEXES.items() if ending in endings]
    found += [name + ENCRYPTED for name in found]
    return tuple(dict.fromkeys(found))


def moved_index(index: str, source: str, target: str) -> str:
    """Return the name of an index file after its data file is moved."""
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
    """Return the possible names of the data file of an index file; none for other files."""
    root, suffix = posixpath.splitext(path.removesuffix(ENCRYPTED))
    if suffix not in INDEXES:
        return ()
    found = [root]
    found += [root + ending + more for ending in INDEXES[suffix] for more in ("", *COMPRESSIONS)]
    return tuple(name + more for name in found for more in ("", ENCRYPTED))


def file_in_object(data_path: object, url: str) -> str | None:
    """Return the file of the object that a ``data_path`` names.

    Parameters
    ----------
    data_path : object
        The value: a path relative to the object, a URL or an absolute path.
    url : str
        Path of the object: ``s3://bucket/key``, or an absolute path.

    Returns
    -------
    str or None
        Path relative to the object; None if the value names no file of the object.
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
    """Return the normalized name of a new file of an object.

    Parameters
    ----------
    name : object
        A path relative to the object, with ``/`` between its parts.

    Returns
    -------
    str

    Raises
    ------
    PathError
        The path leads out of the object or into its archive, or a disk or reader refuses it.
    """
    problem = _problem(name) if isinstance(name, str) else f"{type(name).__name__} is not text"
    if problem:
        raise PathError(
            f"{name!r:.80} is not a name for a file of the object: {problem}.",
            "Use a relative path outside data.zarr, such as reads/sample1.cram.",
        )
    return posixpath.normpath(str(name))


def _problem(name: str) -> str:  # noqa: PLR0911 - one return per rule
    if not is_text(name):
        return "it contains an unpaired surrogate"
    hidden = {"Cc", "Cf", "Zl", "Zp"}
    if "\\" in name or (
        not name.isprintable()
        and any(unicodedata.category(character) in hidden for character in name)
    ):
        return "it contains a control character, an invisible one or a backslash"
    if unicodedata.normalize("NFC", name) != name:
        return "its characters are not in their composed form (NFC)"
    path = posixpath.normpath(name)
    parts = path.split("/")
    if path == "." or name.endswith("/"):
        return "it names no file"
    if path.startswith("/") or ".." in name.split("/") or "://" in name:
        return "it leads out of the object"
    if parts[0].casefold() == ARCHIVE:
        return "it leads into the archive"
    for part in parts:
        if part != part.strip():
            return "it has a space at an end"
        if len(part.encode()) > LONGEST:
            return f"it has a part of more than {LONGEST} bytes"
    return "it is reserved for temporary files" if is_temporary(path) else ""


def is_named(path: str, naming: Mapping[str, str]) -> str:
    """Return the element that names a file, its data file if it is an index, or its folder.

    Parameters
    ----------
    path : str
        The file, relative to the object.
    naming : Mapping
        File or folder of the object to an element that names it.

    Returns
    -------
    str
        Id of the element; empty if there is none.
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
    """Return the DataFormat of a file by its name; empty if it has none."""
    if path == ARCHIVE or path.startswith(f"{ARCHIVE}/"):
        return "Zarr"
    return FORMATS.get(ending_of(path), "")


def ending_of(path: str) -> str:
    """Return the ending of a file name, without the ending of a compression."""
    if "://" in path:
        path = re.split(r"[?#]", path, maxsplit=1)[0]
    stem, suffix = posixpath.splitext(path.lower().rstrip("/"))
    if suffix in COMPRESSIONS:
        suffix = posixpath.splitext(stem)[1]
    return suffix


def folders_of(path: str) -> Iterator[str]:
    """Yield the folders above a path, the nearest first."""
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path
