"""Reading the headers of files, one or many at a time."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from os import PathLike
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from modos_widgets.concurrency import on_threads
from modos_widgets.headers import (
    genome_intervals,
    hdf5_files,
    mass_spectrometry,
    sam,
    sequences,
    tables,
    vcf,
)
from modos_widgets.headers.content import content_of
from modos_widgets.headers.file_header import FileHeader
from modos_widgets.headers.header_stream import (
    HeaderError,
    HeaderStream,
    TruncatedHeaderError,
    UnsupportedHeaderError,
)
from modos_widgets.storage import LocalRanges, Ranges

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["CONCURRENT_FILES", "read_header", "read_headers"]

CONCURRENT_FILES = 32
"""Number of files that `read_headers` reads side by side."""

_READERS: dict[str, Callable[[HeaderStream, FileHeader], FileHeader]] = {
    "SAM": sam.read_sam,
    "BAM": sam.read_bam,
    "CRAM": sam.read_cram,
    "VCF": vcf.read_vcf,
    "BCF": vcf.read_bcf,
    "FASTA": sequences.read_fasta,
    "FASTQ": sequences.read_fastq,
    "GFF": genome_intervals.read_gff,
    "GTF": genome_intervals.read_gff,
    "BED": genome_intervals.read_bed,
    "mzTab": mass_spectrometry.read_mztab,
    "mzML": mass_spectrometry.read_mzml,
    "Parquet": tables.read_parquet,
    "HDF5": hdf5_files.read_hdf5,
}

_BY_NAME = {".gff": "GFF", ".gff3": "GFF", ".gtf": "GTF", ".bed": "BED"}
"""Ending of a name to the format of files whose first bytes need not show it."""


def read_header(source: Ranges | str | PathLike[str], *, check_end: bool = True) -> FileHeader:
    """Read what a file says about itself: its format, samples, contigs, whether its end is there.

    The header is read to its end, at most 64 MiB of it and for at most 5 s of processor time;
    then at most 256 KiB in at most three requests, whatever the size of the file.

    Parameters
    ----------
    source : Ranges, str or path-like
        A file of a storage (`Storage.ranges`), or a path on this computer.
    check_end : bool
        Read the end of the file to see that it is not missing. Without it, `truncated` is set only
        if the file ends within its header.

    Returns
    -------
    FileHeader
        Damaged or unknown contents raise no error: see its `problem`, `truncated` and `format`.

    Raises
    ------
    NotFoundError, PathError, StorageError
        The file does not exist or cannot be read.
    ChangedError, CredentialsError, EndpointError
        On S3: the file was replaced while it was read, or a request was refused or failed.

    Examples
    --------
    >>> read_header("P1.cram").summary()  # doctest: +SKIP
    'CRAM 3.0, 2 read groups, sample NA12878, GRCh38, 195 contigs, sorted'
    """
    ranges = LocalRanges(Path(source)) if isinstance(source, str | PathLike) else source
    stream = HeaderStream(ranges, check_end=check_end)
    header = FileHeader(
        ranges.name,
        ranges.size,
        head_digest=hashlib.blake2b(stream.head, digest_size=16).hexdigest(),
        compression=stream.compression,
        format=content_of(stream.head) or _format_by_name(ranges.name),
    )
    reader = _READERS.get(header.format, _read_other)
    try:
        stream.open()
        return reader(stream, header)
    except UnsupportedHeaderError as error:
        return replace(header, problem=str(error), unsupported=True)
    except TruncatedHeaderError as error:
        return replace(header, truncated=str(error))
    except HeaderError as error:
        return replace(header, problem=str(error))


def _read_other(stream: HeaderStream, header: FileHeader) -> FileHeader:
    """Return the header of another file; damaged compressed data show no format."""
    if stream.compression:
        stream.peek(1)
    return header


def _format_by_name(name: str) -> str:
    endings = PurePath(name.lower()).suffixes
    return next((_BY_NAME[ending] for ending in endings[-2:] if ending in _BY_NAME), "")


def read_headers(sources: Iterable[Ranges | str | PathLike[str]]) -> list[FileHeader]:
    """Read the headers of many files side by side.

    Parameters
    ----------
    sources : iterable of Ranges, str or path-like
        The files, as for `read_header`.

    Returns
    -------
    list of FileHeader
        In the order of the files.

    Raises
    ------
    NotFoundError, PathError, StorageError, ChangedError, CredentialsError, EndpointError
        As for `read_header`, for the first file that fails.
    """
    return on_threads(read_header, sources, most=CONCURRENT_FILES)
