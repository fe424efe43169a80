"""A genome file of which regions can be read."""

from __future__ import annotations

import logging
import re
import threading
from dataclasses import replace
from functools import cached_property, partial
from itertools import chain
from typing import TYPE_CHECKING, Protocol, TypeVar

import pandas as pd

from modos_widgets.concurrency import on_threads, side_by_side
from modos_widgets.errors import (
    BrokenFileError,
    ModosError,
    NotFoundError,
    OptionError,
    UnsupportedError,
)
from modos_widgets.headers import (
    FIRST_BLOCK,
    LARGEST_HEADER,
    BinnedIndex,
    Contig,
    HeaderError,
    HeaderStream,
    KnownHead,
    read_crai,
    read_fai,
    read_gzi,
    read_header,
)
from modos_widgets.regions.blocks import (
    CONCURRENT_RANGES,
    LARGEST_BLOCK,
    check_size,
    chunk_contents,
    decompressed_blocks,
)
from modos_widgets.regions.locus import END_OF_CONTIG, Locus, parse_locus
from modos_widgets.regions.records import alignment_frame, load_pysam, variant_frame
from modos_widgets.regions.served_records import served_records
from modos_widgets.regions.small_files import bam_head, cram_end, cram_head, variant_header
from modos_widgets.regions.text_indexes import BlockIndex, ContainerIndex
from modos_widgets.storage import BytesRanges

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from modos_widgets.headers import FastaRow, FileHeader
    from modos_widgets.regions.gene_names import Gene
    from modos_widgets.regions.records import ReferencePart
    from modos_widgets.regions.references import Reference
    from modos_widgets.regions.served_records import RegionService
    from modos_widgets.storage import Ranges

T = TypeVar("T")

__all__ = ["INDEX_SUFFIXES", "MOST_REGION_BYTES", "GenomeFile"]

MOST_REGION_BYTES = 64 * 2**20
"""Number of bytes of a file that are read for a region, unless the caller allows more."""

_GENE = re.compile(r"[^\s:{},\t]{2,100}")

_LARGEST_INDEX = 64 * 2**20

_BESIDE = 8 * 2**20
"""Number of bytes of a less usual index that are read beside the usual one."""

LARGE_INDEX = 2**20
"""Size in bytes from which on an index is not read if a service can send the regions."""

_log = logging.getLogger(__name__)

_LARGEST_SEQUENCE = 4 * MOST_REGION_BYTES
"""Maximum number of bytes that are read for bases of a FASTA file."""

INDEX_SUFFIXES = {
    "BAM": (".bai", ".csi"),
    "CRAM": (".crai",),
    "VCF": (".tbi", ".csi"),
    "BCF": (".csi", ".tbi"),
    "FASTA": (".fai",),
}
"""Format to the endings of its indexes, the usual one first."""


class Genes(Protocol):
    """Finds genes by their names."""

    def find(self, gene: str, most: int) -> Gene | None:
        """Return where a gene is; None if it is not known. See `GeneNames.find`."""


class GenomeFile:
    """File of alignments, variants or sequences of which regions are read by its index.

    Header and index are read once, on first use.

    Parameters
    ----------
    ranges : Ranges
        The file.
    indexes : sequence of callable
        Open the possible index files, the usual one first; the first one that exists is used.
    block_index : callable, optional
        Opens the index of the blocks of a FASTA file that bgzip has compressed (``.gzi``).
    reference : Reference, optional
        The reference of a CRAM file.
    genes : Genes, optional
        Finds genes by their names.
    service : RegionService, optional
        Sends regions of a BAM, BCF or VCF file. It is used if the index has more than `LARGE_INDEX`
        bytes, which are then not read; if it fails, the index is read.
    """

    def __init__(
        self,
        ranges: Ranges,
        indexes: Sequence[Callable[[], Ranges]] = (),
        *,
        block_index: Callable[[], Ranges] | None = None,
        reference: Reference | None = None,
        genes: Genes | None = None,
        service: RegionService | None = None,
    ) -> None:
        self.name = ranges.name
        self._ranges, self._indexes = ranges, indexes
        self._block_index = block_index
        self._reference = reference
        self._genes = genes
        self._lock = threading.RLock()
        self._service = service
        self._loaded: tuple[bytes, _IndexStart, bytes | ModosError] | None = None
        self._header: FileHeader | None = None
        self._head_source: Ranges = ranges

    @property
    def header(self) -> FileHeader:
        """What the file says about itself; read on first use, together with the index.

        Raises
        ------
        NotFoundError
            The file or its index does not exist.
        BrokenFileError, UnsupportedError
            The file is damaged, or of another format.
        ChangedError, CredentialsError, EndpointError, StorageError
            A file cannot be read.
        """
        with self._lock:
            if self._header is None:
                self._header = self._read_header()
            return self._header

    @property
    def contigs(self) -> dict[str, int | None]:
        """Names and lengths of the contigs; None where a length is not known."""
        if self.header.format == "FASTA":
            return {name: row.length for name, row in self._fasta_rows.items()}
        found = {contig.name: contig.length for contig in self.header.contigs}
        if self.header.format == "VCF" and not (found and self._is_served):
            found = dict.fromkeys(self._binned.names) | found
        return found

    def locus(self, text: str, *, max_bytes: int = MOST_REGION_BYTES) -> Locus:
        """Return the locus of a text, such as ``chr1:10,000-12,000`` or the name of a gene.

        Network use for a gene: the annotation file of the object, up to the gene.

        Parameters
        ----------
        text : str
        max_bytes : int
            Number of bytes of the annotation file that may be read.

        Raises
        ------
        OptionError, ArgumentError
            See `parse_locus`; or the annotation file is too large.
        ModosError
            It cannot be read.
        """
        contigs = self.contigs
        name = text.strip() if isinstance(text, str) else ""
        if self._genes is None or name in contigs or not _GENE.fullmatch(name):
            return parse_locus(text, contigs)
        gene = self._genes.find(name, max_bytes)
        if gene is None:
            return parse_locus(text, contigs)
        spellings = (gene.contig, f"chr{gene.contig}", gene.contig.removeprefix("chr"))
        contig = next((each for each in spellings if each in contigs), None)
        length = END_OF_CONTIG if contig is None else contigs[contig] or END_OF_CONTIG
        if contig is None or gene.start >= length:
            raise OptionError(
                f"The gene {name:.80} is at {gene.contig:.80}:{gene.start + 1:,}-{gene.end:,}, "
                "which this file does not have.",
                "Check that annotation and file belong to the same assembly.",
            )
        return Locus(contig, gene.start, min(gene.end, length))

    def read(self, locus: str | Locus, *, max_bytes: int = MOST_REGION_BYTES) -> pd.DataFrame:
        """Return the records that overlap a region, in the order of the file.

        Network use, in three round trips: the header and the index, once, side by side; then the
        blocks that the index names, and the rest of the last ones. Header and index of the
        reference of a CRAM file are read beside those of the file, and its bases beside the
        blocks. With a service and a large index: its ticket, then the addresses that it names.

        Parameters
        ----------
        locus : str or Locus
            The region.
        max_bytes : int
            Number of bytes of the file that may be read.

        Returns
        -------
        pandas.DataFrame
            Alignments: name, flag, contig, start (counted from 0), end, mapping_quality, cigar,
            sequence. Variants: contig, position (counted from 1), id, ref, alt, quality, filter,
            and a column for each sample with its genotype. Sequences: contig, start (counted from
            0), end, sequence. Without records it is empty and has the same columns.
            ``attrs["note"]`` says what is missing.

        Raises
        ------
        OptionError
            The region is not in the file, or too large.
        NotFoundError
            The file or its index does not exist.
        BrokenFileError
            File and index are damaged, or do not belong together.
        UnsupportedError
            The file has another format, or is not compressed by bgzip.
        MissingExtraError
            pysam is not installed.
        ChangedError, CredentialsError, EndpointError, StorageError
            A file cannot be read.
        """
        kind = self.header.format
        if kind != "FASTA":
            load_pysam()
        place = locus if isinstance(locus, Locus) else self.locus(locus, max_bytes=max_bytes)
        readers: dict[str, Callable[[Locus, int], pd.DataFrame]] = {
            "BAM": self._bam,
            "CRAM": self._cram,
            "VCF": self._variants,
            "BCF": self._variants,
            "FASTA": self._fasta,
        }
        frame = readers[kind](place, max_bytes)
        frame.attrs["locus"] = str(place)
        return frame

    def read_with_reference(
        self, locus: Locus, *, max_bytes: int = MOST_REGION_BYTES
    ) -> tuple[pd.DataFrame, str | None]:
        """Return the alignments that overlap a region, and the reference bases of the region.

        Network use: as for `read`; the bases are read beside the blocks. For a CRAM file, they are
        read together with those that its records need.

        Parameters
        ----------
        locus : Locus
            The region.
        max_bytes : int
            Number of bytes of the file that may be read.

        Returns
        -------
        tuple of (pandas.DataFrame, str or None)
            As from `read` and `reference_bases`.

        Raises
        ------
        ModosError
            As for `read` and `reference_bases`.
        """
        if self.header.format != "CRAM":
            bases, frame = side_by_side(
                lambda: self.reference_bases(locus), lambda: self.read(locus, max_bytes=max_bytes)
            )
            return frame, bases
        load_pysam()
        frame, parts = self._cram_records(locus, max_bytes, with_region=True)
        frame.attrs["locus"] = str(locus)
        for contig, _, begin, found in parts or ():
            if contig == locus.contig and begin <= locus.start:
                bases = found[locus.start - begin : locus.end - begin]
                return frame, bases if len(bases) == locus.end - locus.start else None
        return frame, None

    def sequence(self, contig: str, start: int, end: int) -> str:
        """Return bases of a FASTA file.

        Parameters
        ----------
        contig : str
        start, end : int
            First base, counted from 0, and the one after the last.

        Returns
        -------
        str

        Raises
        ------
        NotFoundError
            The file has no such sequence.
        """
        row = self._fasta_rows.get(contig)
        if row is None:
            raise NotFoundError(
                f"{self.name} has no sequence {contig!r:.80}.", "Check the reference of the file."
            )
        end = min(end, row.length)
        if start >= end:
            return ""
        begin, stop = row.position(start), row.position(end - 1) + 1
        check_size(self.name, stop - begin, _LARGEST_SEQUENCE)
        data = self._plain(begin, stop)
        bases = data.replace(b"\n", b"").replace(b"\r", b"").decode("ascii", "replace")
        if len(bases) != end - start or ">" in bases:
            raise self._index_does_not_fit()
        return bases

    def reference_bases(self, locus: Locus) -> str | None:
        """Return the reference bases of a region; None if no reference of the file is known.

        Raises
        ------
        ModosError
            The reference cannot be read.
        """
        contig = next((each for each in self.header.contigs if each.name == locus.contig), None)
        if self._reference is None or contig is None:
            return None
        try:
            bases = self._reference.bases(contig, locus.start, locus.end)
        except NotFoundError:
            return None
        return bases if len(bases) == locus.end - locus.start else None

    # -- header and index -------------------------------------------------------------------

    def _read_header(self) -> FileHeader:
        head, _, _ = self._load()
        self._head_source = KnownHead(self._ranges, head)
        header = read_header(self._head_source, check_end=False)
        if header.format not in INDEX_SUFFIXES:
            raise UnsupportedError(
                f"{self.name} is not a BAM, CRAM, VCF, BCF or FASTA file.",
                "Choose a file of one of these formats.",
            )
        if header.format in {"VCF", "BCF", "BAM"} and header.compression != "bgzip":
            raise UnsupportedError(
                f"{self.name} is not compressed by bgzip, so no index can exist.",
                "Compress it with bgzip, and index it.",
            )
        if (header.problem or header.truncated) and header.format != "FASTA":
            raise self._broken_header(header.problem or header.truncated)
        if header.format == "FASTA":
            rows = self._fasta_rows.items()
            contigs = tuple(Contig(name, row.length) for name, row in rows)
            header = replace(header, contigs=contigs, all_contigs=True)
        if any((contig.length or 0) > END_OF_CONTIG for contig in header.contigs):
            raise UnsupportedError(
                f"{self.name} has a contig that is longer than {END_OF_CONTIG:,} bases.",
                "Split the contig; the indexes of these formats cannot count further.",
            )
        return replace(header, size=self._ranges.size, has_records=None)

    def _broken_header(self, reason: str) -> BrokenFileError:
        return BrokenFileError(
            f"The header of {self.name} cannot be read: {reason}", "Check the file."
        )

    def prepare(self) -> None:
        """Read the head of the file and its indexes, unless they are known.

        Raises
        ------
        ModosError
            As for `header`.
        """
        self._load()

    def _load(self) -> tuple[bytes, _IndexStart, bytes | ModosError]:
        """Return the head of the file and its indexes, read side by side.

        Those of the reference are read beside them if the name of the file is that of a CRAM file.
        """
        with self._lock:
            if self._loaded is None:
                first = _LARGEST_INDEX if self._service is None else LARGE_INDEX
                starts = [
                    _IndexStart(each, min(first, _BESIDE) if number else first)
                    for number, each in enumerate(self._indexes)
                ]
                reads: list[Callable[[], bytes]] = [self._read_head, self._read_gzi]
                reads += [each.read for each in starts]
                if self._reference is not None and self.name.lower().endswith(".cram"):
                    reads.append(partial(_prepare, self._reference))
                if self._service is not None:
                    reads.append(partial(_prepare, self._service))
                head, blocks, *found = on_threads(_outcome, reads, most=len(reads))
                if isinstance(head, ModosError):
                    raise head
                self._loaded = head, self._first_index(starts, found), blocks
            return self._loaded

    def _read_head(self) -> bytes:
        return self._ranges.read(0, FIRST_BLOCK)

    def _read_gzi(self) -> bytes:
        missing = NotFoundError(
            f"{self.name} is compressed and has no .gzi index.",
            "Create it with samtools faidx, and store it beside the file.",
        )
        if self._block_index is None:
            raise missing
        try:
            return self._block_index().read(0, _LARGEST_INDEX)
        except NotFoundError as error:
            raise missing from error

    def _first_index(
        self, starts: list[_IndexStart], found: list[bytes | ModosError]
    ) -> _IndexStart:
        """Return the first index that could be read."""
        refused = None
        for start, data in zip(starts, found, strict=False):
            if not isinstance(data, ModosError):
                return start
            refused = refused or (None if isinstance(data, NotFoundError) else data)
        raise refused or NotFoundError(
            f"{self.name} has no index file, so no region of it can be read.",
            "Create the index with samtools index, bcftools index or samtools faidx, "
            "and store it beside the file.",
        )

    @cached_property
    def _index(self) -> bytes:
        """The index; of a large one, the rest is read now."""
        index = self._load()[1].whole(_LARGEST_INDEX + 1)
        if len(index) > _LARGEST_INDEX:
            raise UnsupportedError(
                f"The index of {self.name} is larger than {_LARGEST_INDEX // 2**20} MiB.",
                "Use a CSI index with larger bins.",
            )
        return index

    @property
    def _is_served(self) -> bool:
        """Whether regions are requested from the service."""
        return self._service is not None and self._load()[1].is_partial

    @cached_property
    def _binned(self) -> BinnedIndex:
        return self._parsed(lambda stream: BinnedIndex(stream.peek(LARGEST_HEADER)))

    @cached_property
    def _containers(self) -> ContainerIndex:
        return self._parsed(lambda stream: ContainerIndex(read_crai(stream)))

    @cached_property
    def _fasta_rows(self) -> Mapping[str, FastaRow]:
        return self._parsed(lambda stream: dict(read_fai(stream)))

    def _parsed(self, parse: Callable[[HeaderStream], T], data: bytes | None = None) -> T:
        """Return what a function reads in the index, or in the data of another one."""
        stream = HeaderStream(BytesRanges("index", self._index if data is None else data))
        try:
            stream.open()
            return parse(stream)
        except HeaderError as error:
            raise BrokenFileError(
                f"The index of {self.name} cannot be read: {error}",
                "Create the index again with samtools, bcftools or bgzip.",
            ) from error

    @cached_property
    def _numbers(self) -> dict[str, int]:
        """Number by which records and indexes refer to each contig."""
        return {
            contig.name: place if contig.number is None else contig.number
            for place, contig in enumerate(self.header.contigs)
        }

    # -- records ----------------------------------------------------------------------------

    def _bam(self, locus: Locus, most: int) -> pd.DataFrame:
        def frame(pieces: Iterator[bytes], _: Ranges) -> pd.DataFrame:
            return alignment_frame(self.name, chain([bam_head(self.header)], pieces), locus)

        served = self._served(locus, most, frame)
        if served is not None:
            return served
        return frame(self._pieces(self._numbers[locus.contig], locus, most), self._head_source)

    def _variants(self, locus: Locus, most: int) -> pd.DataFrame:
        def frame(pieces: Iterator[bytes], head: Ranges) -> pd.DataFrame:
            content = chain([self._variant_head(head)], pieces)
            return variant_frame(self.name, content, locus, self.header.samples)

        served = self._served(locus, most, frame)
        if served is not None:
            return served
        names = self._binned.names
        numbers = {name: n for n, name in enumerate(names)} if names else self._numbers
        pieces = self._pieces(numbers.get(locus.contig, -1), locus, most)
        return frame(pieces, self._head_source)

    def _served(
        self,
        locus: Locus,
        most: int,
        frame: Callable[[Iterator[bytes], Ranges], pd.DataFrame],
    ) -> pd.DataFrame | None:
        """Return the records that the service sends; None if the index is used.

        A service that fails once is not asked again.
        """
        service = self._service
        if service is None or not self._is_served:
            return None
        try:
            data = service.region(self.header.format, locus, most)
            if data is not None:
                pieces = served_records(self.name, self.header, data, most)
                return frame(pieces, BytesRanges(self.name, data))
        except OptionError:
            raise
        except ModosError as error:
            _log.debug("The index of %s is read, since its service failed: %s", self.name, error)
        self._service = None
        return None

    def _pieces(self, number: int, locus: Locus, most: int) -> Iterator[bytes]:
        known = max(self._numbers.values(), default=-1) + 1
        if self._binned.count > max(known, len(self._binned.names)):
            raise BrokenFileError(
                f"The index of {self.name} has more contigs than the file.",
                "Create the index again; it may be that of another file.",
            )
        found = self._binned.find(number, locus.start, locus.end)
        return chunk_contents(self._ranges, found, most)

    def _variant_head(self, source: Ranges) -> bytes:
        """Return a header for the records of a VCF or BCF file, from that of `source`."""
        stream = HeaderStream(source)
        try:
            stream.open()
            if self.header.format == "VCF":
                return variant_header(self.name, stream.lines_with(b"#"), contigs=False)
            start = stream.read(9)
            lines = stream.lines_of(stream.read(int.from_bytes(start[5:], "little")).rstrip(b"\0"))
            text = variant_header(self.name, lines, contigs=True) + b"\0"
        except HeaderError as error:
            raise self._broken_header(str(error)) from error
        return start[:5] + len(text).to_bytes(4, "little") + text

    def _cram(self, locus: Locus, most: int) -> pd.DataFrame:
        return self._cram_records(locus, most, with_region=False)[0]

    def _cram_records(
        self, locus: Locus, most: int, *, with_region: bool
    ) -> tuple[pd.DataFrame, list[ReferencePart] | None]:
        """Return records, and the parts of the reference that they need.

        These contain the whole region if `with_region` is set, and there are records.
        """
        containers = self._containers.find(self._numbers[locus.contig], locus.start, locus.end)
        size = self._ranges.size
        parts: list[tuple[int, int]] = []
        for begin in containers:
            end = self._containers.end_of(begin, size)
            if parts and parts[-1][1] == begin:
                begin = parts.pop()[0]  # noqa: PLW2901 - one request for both
            parts.append((begin, end))
        if any(begin >= size or end > size for begin, end in parts):
            raise BrokenFileError(
                f"The index of {self.name} names parts behind the end of the file.",
                "Create the index again; it may be that of another file.",
            )
        check_size(self.name, sum(end - begin for begin, end in parts), most)
        data, reference = side_by_side(
            lambda: on_threads(
                lambda part: self._ranges.read(*part), parts, most=CONCURRENT_RANGES
            ),
            lambda: (
                self._reference_parts(containers, locus if with_region else None)
                if containers
                else None
            ),
        )
        frame = alignment_frame(
            self.name,
            chain([cram_head(self.header)], data, [cram_end(self.header)]),
            locus,
            cram=True,
            reference=reference,
        )
        return frame, reference

    def _reference_parts(
        self, containers: list[int], region: Locus | None
    ) -> list[ReferencePart] | None:
        """Return the parts of the reference that containers need; None if there is none.

        The part of the contig of a region contains the region.
        """
        reference = self._reference
        if reference is None:
            return None
        spans: dict[int, tuple[int, int]] = {}
        for part in self._containers.slices_in(containers):
            start, end = spans.get(part.contig, (part.start, part.end))
            spans[part.contig] = min(start, part.start), max(end, part.end)
        if region is not None:
            number = self._numbers[region.contig]
            start, end = spans.get(number, (region.start, region.end))
            spans[number] = min(start, region.start), max(end, region.end)
        contigs = self.header.contigs
        parts = [
            (contigs[number], max(0, start), min(end, contigs[number].length or end))
            for number, (start, end) in sorted(spans.items())
            if number < len(contigs)
        ]
        try:
            found = on_threads(lambda part: reference.bases(*part), parts, most=CONCURRENT_RANGES)
        except NotFoundError:
            return None
        return [
            (contig.name, max(contig.length or end, begin + len(bases)), begin, bases)
            for (contig, begin, end), bases in zip(parts, found, strict=True)
        ]

    def _fasta(self, locus: Locus, most: int) -> pd.DataFrame:
        check_size(self.name, locus.end - locus.start, most)
        bases = self.sequence(locus.contig, locus.start, locus.end)
        row = {"contig": locus.contig, "start": locus.start, "end": locus.end, "sequence": bases}
        return pd.DataFrame([row] if bases else [], columns=list(row))

    def _plain(self, begin: int, end: int) -> bytes:
        """Return a range of the decompressed FASTA file."""
        if self.header.compression != "bgzip":
            return self._ranges.read(begin, end) if end <= self._ranges.size else b""
        blocks = self._load()[2]
        if isinstance(blocks, ModosError):
            raise blocks
        index = self._parsed(lambda stream: BlockIndex(read_gzi(stream)), blocks)
        first, stop, plain = index.find(begin, end, self._ranges.size)
        if begin - plain > LARGEST_BLOCK:
            raise self._index_does_not_fit()
        check_size(self.name, stop - first, _LARGEST_SEQUENCE)
        content = bytearray()
        for _, block in decompressed_blocks(self._ranges, self._ranges.read(first, stop)):
            content += block
            if len(content) >= end - plain:
                break
        return bytes(content[begin - plain : end - plain])

    def _index_does_not_fit(self) -> BrokenFileError:
        return BrokenFileError(
            f"The index of {self.name} does not fit the file.",
            "Create the index again with samtools faidx.",
        )


class _IndexStart:
    """Index file whose start is read first, and the rest only if it is needed.

    Parameters
    ----------
    opens : callable
        Opens the file.
    most : int
        Number of bytes that are read first.
    """

    def __init__(self, opens: Callable[[], Ranges], most: int) -> None:
        self._opens, self._most = opens, most
        self._file: Ranges | None = None
        self._data = b""

    def read(self) -> bytes:
        """Read the start of the file."""
        self._file = self._opens()
        self._data = self._file.read(0, self._most)
        return self._data

    @property
    def is_partial(self) -> bool:
        """Whether the file may be longer than what was read."""
        return len(self._data) == self._most

    def whole(self, most: int) -> bytes:
        """Return the file, up to `most` bytes."""
        if self._file is None or not self.is_partial:
            return self._data
        return self._data + self._file.read(self._most, most)


def _prepare(prepared: Reference | RegionService) -> bytes:
    prepared.prepare()
    return b""


def _outcome(read: Callable[[], bytes]) -> bytes | ModosError:
    try:
        return read()
    except ModosError as error:
        return error
