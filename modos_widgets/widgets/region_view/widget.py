"""RegionView: reads, variants and sequences of any region of genome files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import traitlets

from modos_widgets.concurrency import on_threads
from modos_widgets.credentials import hidden_options
from modos_widgets.errors import ArgumentError, NotFoundError, OptionError
from modos_widgets.location import Location
from modos_widgets.modo import Modo, genome_file, open_modo
from modos_widgets.regions import (
    ALIGNMENT_COLUMNS,
    END_OF_CONTIG,
    MOST_REGION_BYTES,
    VARIANT_COLUMNS,
    Locus,
    lay_out_reads,
)
from modos_widgets.widgets.front_end import FrontEndWidget, Reply, Request, answers
from modos_widgets.widgets.region_view.wire import (
    FileAnswer,
    FileRequest,
    LocusAnswer,
    LocusRequest,
    TrackAnswer,
    TrackRequest,
    Variant,
)
from modos_widgets.widgets.shown_code import Piece, assign, call, opening, program

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pandas import DataFrame

    from modos_widgets.location import AnyPath
    from modos_widgets.regions import GenomeFile

__all__ = ["RegionView"]

_AT_ONCE: Final = 16
_MOST_CONTIGS: Final = 10_000
_MOST_READS: Final = 10_000
_MOST_VARIANTS: Final = 5_000
_MOST_SAMPLES: Final = 50
_MOST_BASES: Final = 200_000
_MOST_REFERENCE: Final = 1_000_000
_MOST_ROWS: Final = 100
_LONGEST_CELL: Final = 200


class RegionView(FrontEndWidget):
    """Reads, variants or bases of any region of genome files, below each other.

    The files are BAM, CRAM, BCF, VCF (compressed by bgzip) or FASTA files of one or several
    objects, with an index beside them. Only the parts that the index names are read, with the keys
    of the object. Mismatches are shown if the reference is known: a FASTA file that the element
    links to, or the refget service of the endpoint.

    Type a locus such as ``chr1:10,000-12,000``, or the name of a gene in a GFF, GTF or BED file of
    the object; move with the arrow keys or by dragging, and zoom
    with ``+`` and ``-``. Needs pysam (``pip install 'modos-widgets[genomics]'``).

    Parameters
    ----------
    source : path, Location, Modo, or a list of them
        The object; with several, each file is shown for each object.
    element_or_file : str or list of str
        Id of an element whose ``data_path`` is the file, or the path of the file in the object;
        several are shown below each other.
    locus : str
        Region to show at first; by default the start of the first contig.
    endpoint : str, optional
        URL of a modos server, if `source` is a path or an id.
    services : mapping, optional
        ``{"s3": url}``: the S3 server, if there is no modos server.
    s3_kwargs : mapping, optional
        Options of the S3 client, in the spelling of s3fs or obstore. Never a trait.
    max_bytes : int
        Maximum number of bytes of a file to read for one region, or for the name of a gene.
    **traits
        Values of the traits below.

    Raises
    ------
    ArgumentError
        `source` or `element_or_file` has a wrong type, or an argument is not a trait.
    NotFoundError
        An element has no file in the object.
    ModosError
        The object cannot be opened (see `open_modo`).

    Examples
    --------
    >>> view = RegionView("cohort/p1", "data/reads", "chr1:10,000-12,000")  # doctest: +SKIP
    >>> view.frame  # doctest: +SKIP
    >>> RegionView(["cohort/p1", "cohort/p2"], "data/reads", "TP53")  # doctest: +SKIP
    """

    _bundle_name = "region_view"
    _code_traits = ("locus",)

    files = traitlets.List(
        traitlets.Unicode(), read_only=True, help="Elements or files that are shown."
    ).tag(sync=True)
    locus = traitlets.Unicode(
        "", help="Region that is shown, such as 'chr1:10,000-12,000'; settable."
    ).tag(sync=True)
    height = traitlets.Unicode("auto", help="Height as CSS: 'auto', '400px', or '100%'.").tag(
        sync=True
    )

    def __init__(
        self,
        source: Modo | AnyPath | Sequence[Modo | AnyPath],
        element_or_file: str | Iterable[str],
        locus: str = "",
        *,
        endpoint: str | None = None,
        services: Mapping[str, str] | None = None,
        s3_kwargs: Mapping[str, Any] | None = None,
        max_bytes: int = MOST_REGION_BYTES,
        **traits: Any,
    ) -> None:
        s3_kwargs = hidden_options(s3_kwargs)
        place = Location(endpoint=endpoint, services=services, s3_kwargs=s3_kwargs)
        sources = source if isinstance(source, list | tuple) else [source]
        located = [place.located(each) for each in sources]
        if not located or not all(isinstance(each, Location | Modo) for each in located):
            raise ArgumentError.expected("a path or a Modo", source, name="source")
        names = [element_or_file] if isinstance(element_or_file, str) else element_or_file
        if not isinstance(names, Iterable):
            raise ArgumentError.expected("an element or a list of them", element_or_file)
        names = list(names)
        if not names:
            raise ArgumentError("No file to show.", "Pass the id of an element, or a file.")
        self._modos: list[Modo] = on_threads(_opened, located, most=_AT_ONCE)
        shown = [(modo, name) for name in names for modo in self._modos]
        self._shown = [_File(modo, name, genome_file(modo, name)) for modo, name in shown]
        self._most = max_bytes
        super().__init__(locus=locus, **traits)
        if len(self._modos) > 1:
            names = [f"{_name_of(modo)} {name}" for modo, name in shown]
        self.set_trait("files", names)

    # -- in Python --------------------------------------------------------------------------

    @property
    def modo(self) -> Modo:
        """The first object."""
        return self._modos[0]

    @property
    def frame(self) -> DataFrame:
        """Records of the first file in the displayed region, as `Modo.region` returns them.

        Uses the network for a remote object.

        Raises
        ------
        NotFoundError
            No region is displayed yet.
        ModosError
            As for `Modo.region`.
        """
        return self._read(0, self._shown_locus())

    @property
    def frames(self) -> dict[str, DataFrame]:
        """Records of each file in the displayed region, by element or file; see `frame`."""
        locus = self._shown_locus()
        return {name: self._read(number, locus) for number, name in enumerate(self.files)}

    def _shown_locus(self) -> str:
        if not self.locus:
            raise NotFoundError("No region is displayed.", "Set locus.")
        return str(self.locus)

    def _read(self, number: int, locus: str | Locus) -> DataFrame:
        return self._shown[number].file.read(locus, max_bytes=self._most)

    # -- requests ---------------------------------------------------------------------------

    def _file(self, request: Request[Any]) -> GenomeFile:
        number = int(request.payload["file"])
        if not 0 <= number < len(self._shown):
            raise NotFoundError("There is no such file.", "Reload the page.")
        return self._shown[number].file

    @answers("file")
    def _facts(self, request: Request[FileRequest]) -> FileAnswer:
        """Return what a file says about itself, from its head and its index."""
        file = self._file(request)
        contigs = list(file.contigs.items())[:_MOST_CONTIGS]
        return {
            "name": self.files[request.payload["file"]],
            "summary": file.header.summary(),
            "kind": file.header.format,
            "contigs": [(name, length or 0) for name, length in contigs],
        }

    @answers("locus")
    def _parsed(self, request: Request[LocusRequest]) -> LocusAnswer:
        """Return the positions of a locus."""
        file, text = self._file(request), str(request.payload["text"])
        if not text:
            contig, length = next(iter(file.contigs.items()))
            return {"contig": contig, "start": 0, "end": min(length or _FIRST_BASES, _FIRST_BASES)}
        locus = file.locus(text, max_bytes=self._most)
        return {"contig": locus.contig, "start": locus.start, "end": locus.end}

    @answers("track")
    def _track(self, request: Request[TrackRequest]) -> Reply[TrackAnswer]:
        """Read a region of a file."""
        file, payload = self._file(request), request.payload
        contig = str(payload["contig"])
        if contig not in file.contigs:
            raise NotFoundError(f"This file has no contig {contig!r:.80}.", "Choose another one.")
        start, end = max(0, int(payload["start"])), int(payload["end"])
        length = file.contigs[contig]
        last = END_OF_CONTIG if length is None else length
        if start >= last:  # another file has a longer contig of this name
            raise OptionError(
                f"{contig} has {last:,} bases in this file.", "Choose a region within the contig."
            )
        locus = Locus(contig, start, min(max(end, start + 1), last))
        reference = None
        if file.header.format in {"BAM", "CRAM"} and locus.end - locus.start <= _MOST_REFERENCE:
            frame, reference = file.read_with_reference(locus, max_bytes=self._most)
        else:
            frame = file.read(locus, max_bytes=self._most)
        answer: TrackAnswer = {
            "note": str(frame.attrs.get("note", "")),
            "count": len(frame),
            "columns": [str(column) for column in frame.columns],
            "rows": [
                ["" if cell is None else str(cell)[:_LONGEST_CELL] for cell in row]
                for row in frame.head(_MOST_ROWS).itertuples(index=False, name=None)
            ],
        }
        columns = tuple(frame.columns)
        if columns == ALIGNMENT_COLUMNS:
            return _with_reads(frame, locus, reference, answer)
        if columns[: len(VARIANT_COLUMNS)] == VARIANT_COLUMNS:
            return Reply(_with_variants(frame, answer))
        answer["rows"] = []  # one long text
        if len(frame) and locus.end - locus.start <= _MOST_BASES:
            answer["sequence"] = frame["sequence"][0]
        else:
            answer["note"] = f"Zoom in to {_MOST_BASES:,} bases or less to see them."
        return Reply(answer)

    # -- as code ----------------------------------------------------------------------------

    def _pieces(self) -> list[Piece]:
        if not self.locus:
            return []
        lines: list[str] = []
        last: Modo | None = None
        for number, shown in enumerate(self._shown, 1):
            if shown.modo is not last:
                lines.append(opening(shown.modo))
                last = shown.modo
            name = "frame" if len(self._shown) == 1 else f"frame_{number}"
            lines.append(assign(name, call("modo.region", repr(shown.name), repr(self.locus))))
        text = program(["import modos_widgets"], *lines)
        return [Piece("Records of the region", text)]

    # -- in a saved notebook ----------------------------------------------------------------

    def _as_text(self) -> str:
        files = ", ".join(repr(name) for name in self.files[:3])
        more = f" and {len(self.files) - 3} more" if len(self.files) > 3 else ""  # noqa: PLR2004
        return f"RegionView({files}{more}, {self.locus!r})"


class _File(NamedTuple):
    """A file that is shown."""

    modo: Modo
    name: str
    file: GenomeFile


def _opened(source: Location | Modo) -> Modo:
    return open_modo(source, mode="r") if isinstance(source, Location) else source


def _name_of(modo: Modo) -> str:
    return modo.path.rstrip("/").rpartition("/")[2]


_FIRST_BASES: Final = 10_000
"""Number of bases that are shown at first."""


def _with_reads(
    frame: DataFrame, locus: Locus, reference: str | None, answer: TrackAnswer
) -> Reply[TrackAnswer]:
    """Return an answer with the alignments of a frame."""
    notes = [answer["note"]]
    if reference is None and not answer["note"] and len(frame):
        is_long = locus.end - locus.start > _MOST_REFERENCE
        reason = f"zoom in to {_MOST_REFERENCE:,} bases" if is_long else "no reference was found"
        notes.append(f"Mismatches are not shown: {reason}.")
    if len(frame) > _MOST_READS:
        notes.append(f"The first {_MOST_READS:,} of {len(frame):,} reads are drawn.")
    pile = lay_out_reads(frame, locus, reference, most=_MOST_READS)
    answer["note"] = " ".join(note for note in notes if note)
    answer["names"] = [str(name) for name in frame["name"].head(_MOST_READS)]
    answer["bin_size"], answer["pile_rows"] = pile.bin_size, pile.rows
    parts = (pile.reads, pile.gaps, pile.mismatches, pile.coverage)
    return Reply(answer, [part.astype("<i4").tobytes() for part in parts])


def _with_variants(frame: DataFrame, answer: TrackAnswer) -> TrackAnswer:
    """Return an answer with the variants of a frame."""
    samples = list(frame.columns[len(VARIANT_COLUMNS) :])[:_MOST_SAMPLES]
    if len(frame) > _MOST_VARIANTS:
        answer["note"] = f"The first {_MOST_VARIANTS:,} of {len(frame):,} variants are drawn."
    answer["samples"] = [str(sample) for sample in samples]
    answer["variants"] = [
        Variant(
            row[1] - 1,
            row[1] - 1 + len(row[3]),
            f"{row[2]} {row[3]} > {row[4]}, {row[6]}"[:_LONGEST_CELL],
            [_alternatives(str(cell)) for cell in row[len(VARIANT_COLUMNS) :][: len(samples)]],
        )
        for row in frame.head(_MOST_VARIANTS).itertuples(index=False, name=None)
    ]
    return answer


def _alternatives(genotype: str) -> int:
    """Return the number of alternative alleles of a genotype; -1 if it is not known."""
    alleles = genotype.replace("|", "/").split("/")
    if not all(allele.isdecimal() for allele in alleles):
        return -1
    return sum(allele != "0" for allele in alleles)
