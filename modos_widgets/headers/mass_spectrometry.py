"""Heads of mzTab and mzML files (mzTab 1.0 and mzTab-M 2.0, mzML 1.1 of HUPO-PSI)."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple
from xml.parsers import expat

from modos_widgets.headers.file_end import end_of, missing_bgzf_end
from modos_widgets.headers.header_stream import MOST_NAMES, HeaderError, TruncatedHeaderError
from modos_widgets.headers.text import as_text, distinct

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from modos_widgets.headers.file_header import FileHeader
    from modos_widgets.headers.header_stream import HeaderStream

__all__ = [
    "SampleEntry",
    "mztab_metadata",
    "mztab_sample",
    "mztab_sample_names",
    "read_mzml",
    "read_mztab",
    "taxon_of",
]

_SAMPLE = re.compile(r"sample\[(\d{1,9})\](?:-([a-z_]+)(?:\[\d{1,9}\])?)?\Z")
_TAXON = re.compile(r"(?:NEWT|NCBITaxon|TAXONOMY)\s{0,9}[:_,]\s{0,9}(\d+)", re.IGNORECASE)
_METADATA = ("MTD", "COM", "")
_PIECE = 64 * 1024
_END = 256  # bytes that hold the last tag


class SampleEntry(NamedTuple):
    """What the metadata section of an mzTab file says about a sample.

    Attributes
    ----------
    number : int
        Number of the sample in the file.
    about : str
        What the value is: "species", "tissue", "description" and others; empty for its name.
    value : str
        The value as stored.
    """

    number: int
    about: str
    value: str


def mztab_metadata(lines: Iterable[bytes]) -> Iterator[tuple[str, str]]:
    """Yield the names and values of the metadata section (MTD) of an mzTab file.

    Parameters
    ----------
    lines : iterable of bytes
        The lines of the file from its start on; those behind the section are not read.

    Yields
    ------
    tuple of (str, str)
    """
    for line in lines:
        kind, _, rest = as_text(line).partition("\t")
        if kind.strip() not in _METADATA:
            return
        name, _, value = (text.strip() for text in rest.partition("\t"))
        if kind == "MTD":
            yield name, value


def mztab_sample(name: str, value: str) -> SampleEntry | None:
    """Return what an entry of the metadata section says about a sample; None for other entries."""
    found = _SAMPLE.match(name)
    return SampleEntry(int(found[1]), found[2] or "", value) if found and value else None


def mztab_sample_names(entries: Iterable[SampleEntry]) -> dict[int, str]:
    """Return the number of each named sample with its name.

    The name is its ``sample[n]`` in mzTab-M, and its description in mzTab 1.0.
    """
    names: dict[int, str] = {}
    for entry in entries:
        if not entry.about:
            names[entry.number] = entry.value
        elif entry.about == "description":
            names.setdefault(entry.number, entry.value)
    return names


def read_mztab(stream: HeaderStream, header: FileHeader) -> FileHeader:
    """Return a header with what the metadata section (MTD) of an mzTab file says."""
    version, entries = "", list[SampleEntry]()
    for name, value in mztab_metadata(stream.lines()):
        entry = mztab_sample(name, value)
        if entry is not None and len(entries) < MOST_NAMES:
            entries.append(entry)
        elif name == "mzTab-version":
            version = value
    return replace(
        header,
        version=version,
        samples=distinct(mztab_sample_names(entries).values()),
        species=distinct(taxon_of(each.value) for each in entries if each.about == "species"),
    )


def taxon_of(parameter: str) -> str:
    """Return the taxon of a parameter ``[NEWT, NEWT:9606, Homo sapiens (Human), ]``."""
    if found := _TAXON.search(parameter):
        return f"NCBITaxon:{found[1]}"
    fields = parameter.strip("[] ").split(",")
    return fields[2].strip() if len(fields) > 2 else parameter.strip()  # noqa: PLR2004


class _RunReachedError(Exception):
    """The spectra begin, so the head of the file is read."""


class _MzmlHead:
    """What the elements of an mzML file before its spectra say."""

    def __init__(self, stream: HeaderStream) -> None:
        self._stream = stream
        self._in_sample = False
        self.version = ""
        self.samples: list[str] = []
        self.species: list[str] = []
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.EntityDeclHandler = self._refuse

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._stream.check_limits()
        if tag == "mzML":
            self.version = attributes.get("version", "")
        elif tag == "run":
            raise _RunReachedError
        elif tag == "sample":
            self._in_sample = True
            self.samples.append(attributes.get("name") or attributes.get("id", ""))
        elif tag == "cvParam" and self._in_sample:
            found = _TAXON.search(attributes.get("accession", ""))
            self.species += [f"NCBITaxon:{found[1]}"] if found else []

    def _end(self, tag: str) -> None:
        self._in_sample &= tag != "sample"

    def _refuse(self, *_: object) -> None:
        raise HeaderError("The file declares XML entities, which are not read.")


def read_mzml(stream: HeaderStream, header: FileHeader) -> FileHeader:
    """Return a header with what an mzML file says before its spectra, and whether it ends."""
    head = _MzmlHead(stream)
    try:
        while piece := stream.peek(_PIECE):
            head.parser.Parse(stream.read(len(piece)))
    except _RunReachedError:
        pass
    except expat.ExpatError as error:
        raise HeaderError("The file is not well-formed XML.") from error
    else:
        raise TruncatedHeaderError
    truncated = missing_bgzf_end(stream)
    checked = stream.check_end and not stream.compression
    if checked and not end_of(stream, _END).rstrip().endswith(b"mzML>"):
        truncated = "The file does not end with the end tag of mzML."
    return replace(
        header,
        version=head.version,
        samples=distinct(head.samples),
        species=distinct(head.species),
        has_records=True,
        truncated=truncated,
    )
