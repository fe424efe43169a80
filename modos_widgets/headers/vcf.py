"""Headers of VCF and BCF files (VCF specification 4.1 to 4.5, BCF 2.2)."""

from __future__ import annotations

import re
import struct
from dataclasses import replace
from typing import TYPE_CHECKING

from modos_widgets.headers.file_end import missing_bgzf_end
from modos_widgets.headers.file_header import Contig, FileHeader
from modos_widgets.headers.header_stream import MOST_NAMES, HeaderError
from modos_widgets.headers.text import as_text, distinct, number_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from modos_widgets.headers.header_stream import HeaderStream

__all__ = ["read_bcf", "read_vcf"]

_BEFORE_SAMPLES = 9
"""Columns of the line #CHROM before those of the samples."""


def read_vcf(stream: HeaderStream, header: FileHeader) -> FileHeader:
    """Return a header with what a VCF file says; reads its lines that start with ``#``."""
    header = _with_vcf_text(header, stream.lines_with(b"#"))
    records = stream.has_more()
    return replace(header, has_records=records, truncated=missing_bgzf_end(stream))


def read_bcf(stream: HeaderStream, header: FileHeader) -> FileHeader:
    """Return a header with what a BCF file says; reads its header and its end."""
    magic = stream.read(5)
    size = int(struct.unpack("<I", stream.read(4))[0])
    stream.expect(size // 8)
    text = stream.read(size).rstrip(b"\0")
    header = _with_vcf_text(header, stream.lines_of(text))
    return replace(
        header,
        version=f"{magic[3]}.{magic[4]}",
        has_records=stream.has_more(),
        truncated=missing_bgzf_end(stream),
    )


def _with_vcf_text(header: FileHeader, lines: Iterable[bytes]) -> FileHeader:
    """Return a header with what the lines of a VCF header say."""
    contigs: list[Contig] = []
    version, reference = "", ""
    assemblies: list[str] = []
    samples: tuple[str, ...] | None = None
    for line in lines:
        if len(contigs) > MOST_NAMES or line.count(b"\t") > MOST_NAMES:
            raise HeaderError(f"The header has more than {MOST_NAMES:,} sequences or samples.")
        text = as_text(line)
        key, _, value = text.removeprefix("##").partition("=")
        if text.startswith("#CHROM"):
            samples = tuple(text.split("\t")[_BEFORE_SAMPLES:])
        elif key == "fileformat":
            version = value.removeprefix("VCFv")
        elif key == "reference":
            reference = value
        elif key == "assembly":
            assemblies.append(value)
        elif key == "contig" and value.startswith("<"):
            fields = _fields(value[1:].removesuffix(">"))
            contigs.append(
                Contig(
                    fields.get("id", ""),
                    number_of(fields.get("length", "")),
                    fields.get("md5", fields.get("m5", "")).lower(),
                    fields.get("assembly", ""),
                    fields.get("species", ""),
                    number_of(fields.get("idx", "")),
                )
            )
    if samples is None:
        raise HeaderError("The header has no line #CHROM.")
    return replace(
        header,
        version=version,
        samples=samples,
        contigs=tuple(contigs),
        reference=reference,
        assemblies=distinct([*(contig.assembly for contig in contigs), *assemblies]),
        species=distinct(contig.species for contig in contigs),
    )


_FIELD = re.compile(r'([^=,]*)(?:=("[^"\\]*+(?:\\.[^"\\]*+)*+"?|[^,]*+)[^,]*+)?(?:,|\Z)', re.DOTALL)
"""A key, and a value with or without quotes (VCF specification, 1.4).

It matches any text, so that a damaged line is not searched from each of its characters.
"""


def _fields(text: str) -> dict[str, str]:
    """Return the fields of a structured line, with their keys in lower case."""
    fields: dict[str, str] = {}
    for found in _FIELD.finditer(text):
        value = found[2] or ""
        if value.startswith('"'):
            value = re.sub(r"\\(.)", r"\1", value[1:].removesuffix('"'))
        fields[found[1].strip().lower()] = value
    return fields
