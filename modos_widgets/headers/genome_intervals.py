"""Heads of GFF, GTF and BED files (GFF3 and GTF 2.2 specifications, the BED specification)."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from modos_widgets.headers.file_end import missing_bgzf_end
from modos_widgets.headers.file_header import Contig, FileHeader
from modos_widgets.headers.header_stream import HeaderError
from modos_widgets.headers.text import as_text, distinct, number_of

if TYPE_CHECKING:
    from modos_widgets.headers.header_stream import HeaderStream

__all__ = ["read_bed", "read_gff"]

_GFF_COLUMNS = 9
_BED_COLUMNS = 3
_ROWS_READ = 100
_TAXON = re.compile(r"(?:id=|taxon:|NCBITaxon[:_])(\d+)", re.IGNORECASE)


def read_gff(stream: HeaderStream, header: FileHeader) -> FileHeader:
    """Return a header with what the directives and first records of a GFF or GTF file say."""
    version = "2" if header.format == "GTF" else ""
    stated: list[Contig] = []
    names: list[str] = []
    assemblies: list[str] = []
    species: list[str] = []
    for line in stream.lines():
        text = as_text(line)
        if text.startswith("#"):
            key, _, value = text.lstrip("#!").strip().partition(" ")
            if key == "gff-version":
                version = value.strip()
            elif key == "sequence-region":
                name, _, bounds = value.strip().partition(" ")
                stated.append(Contig(name, number_of(bounds.split()[-1]) if bounds else None))
            elif key in {"genome-build", "genome-version"}:
                assemblies.append(value.split()[-1] if value.split() else "")
            elif key == "species":
                found = _TAXON.search(value)
                species.append(f"NCBITaxon:{found[1]}" if found else value.strip())
            continue
        if not text.strip():
            continue
        fields = text.split("\t")
        if len(fields) != _GFF_COLUMNS or number_of(fields[3]) is None:
            raise HeaderError(f"A record does not have the nine columns of {header.format}.")
        names.append(fields[0])
        if len(names) >= _ROWS_READ:
            break
    known = {contig.name for contig in stated}
    others = (Contig(name) for name in distinct(names) if name not in known)
    return replace(
        header,
        version=version,
        contigs=(*stated, *others),
        assemblies=distinct(assemblies),
        species=distinct(species),
        has_records=bool(names),
        truncated=missing_bgzf_end(stream),
    )


def read_bed(stream: HeaderStream, header: FileHeader) -> FileHeader:
    """Return a header with the sequences that the first records of a BED file name."""
    names: list[str] = []
    for line in stream.lines():
        text = as_text(line)
        if not text.strip() or text.startswith(("#", "track", "browser")):
            continue
        fields = text.split("\t") if "\t" in text else text.split()
        if len(fields) < _BED_COLUMNS or None in map(number_of, fields[1:3]):
            raise HeaderError("A record does not have the first three columns of BED.")
        names.append(fields[0])
        if len(names) >= _ROWS_READ:
            break
    return replace(
        header,
        contigs=tuple(map(Contig, distinct(names))),
        has_records=bool(names),
        truncated=missing_bgzf_end(stream),
    )
