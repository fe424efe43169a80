"""Heads of FASTA and FASTQ files."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from modos_widgets.headers.file_end import missing_bgzf_end
from modos_widgets.headers.file_header import Contig, FileHeader
from modos_widgets.headers.header_stream import MOST_NAMES, HeaderError
from modos_widgets.headers.text import as_text

if TYPE_CHECKING:
    from modos_widgets.headers.header_stream import HeaderStream

__all__ = ["read_fasta", "read_fastq"]


def read_fasta(stream: HeaderStream, header: FileHeader) -> FileHeader:
    """Return a header with what a FASTA file says.

    The sequences of a file that the first request holds are read, with lengths and MD5. Those of a
    larger file are left to its index.
    """
    truncated = missing_bgzf_end(stream)
    header = replace(header, has_records=True, truncated=truncated)
    if not stream.held:
        return header
    contigs: list[Contig] = []
    name, length, digest = "", 0, hashlib.md5(usedforsecurity=False)
    for line in stream.lines():
        if len(contigs) > MOST_NAMES:
            raise HeaderError(f"The file has more than {MOST_NAMES:,} sequences.")
        if line.startswith(b">"):
            if name:
                contigs.append(Contig(name, length, digest.hexdigest()))
            words = as_text(line[1:]).split(None, 1)
            name = words[0] if words else ""
            length, digest = 0, hashlib.md5(usedforsecurity=False)
        else:
            bases = b"".join(line.split()).upper()
            length += len(bases)
            digest.update(bases)
    if name:
        contigs.append(Contig(name, length, digest.hexdigest()))
    return replace(header, contigs=tuple(contigs), all_contigs=True)


def read_fastq(stream: HeaderStream, header: FileHeader) -> FileHeader:
    """Return a header with what the first record and the end of a FASTQ file say."""
    truncated = missing_bgzf_end(stream)
    return replace(header, has_records=True, truncated=truncated)
