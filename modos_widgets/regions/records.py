"""Records of a small file as a table, read by pysam."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from modos_widgets.errors import BrokenFileError, MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from modos_widgets.regions.locus import Locus

__all__ = [
    "ALIGNMENT_COLUMNS",
    "VARIANT_COLUMNS",
    "ReferencePart",
    "alignment_frame",
    "load_pysam",
    "variant_frame",
]

ALIGNMENT_COLUMNS = (
    "name",
    "flag",
    "contig",
    "start",
    "end",
    "mapping_quality",
    "cigar",
    "sequence",
)
VARIANT_COLUMNS = ("contig", "position", "id", "ref", "alt", "quality", "filter")

_NO_SEQUENCES = b"required_fields=0x1ff"  # all fields before SEQ (samtools(1), --input-fmt-option)
_NO_QUALITIES = b"required_fields=0x3ff"

ReferencePart = tuple[str, int, int, str]
"""Part of a reference: contig, its length, begin of the part (counted from 0), bases."""


def load_pysam() -> Any:
    """Return the module pysam.

    Raises
    ------
    MissingExtraError
        It is not installed.
    """
    try:
        return import_module("pysam")
    except ImportError as error:
        raise MissingExtraError(
            "pysam is not installed, which reads the records of genome files.",
            "Run: pip install 'modos-widgets[genomics]'",
        ) from error


def alignment_frame(
    name: str,
    content: Iterable[bytes],
    locus: Locus,
    *,
    cram: bool = False,
    reference: Iterable[ReferencePart] | None = None,
) -> pd.DataFrame:
    """Return the alignments of a small BAM or CRAM file that overlap a locus.

    Parameters
    ----------
    name : str
        Name of the original file, for messages.
    content : iterable of bytes
        The small file.
    locus : Locus
        The region.
    cram : bool
        Whether it is a CRAM file.
    reference : iterable of ReferencePart, optional
        The reference of a CRAM file, as far as its records need it. Without it the column
        ``sequence`` has no values, unless the file contains them.

    Returns
    -------
    pandas.DataFrame
        Columns `ALIGNMENT_COLUMNS`.

    Raises
    ------
    BrokenFileError
        The records are damaged, or the reference is another one.
    MissingExtraError
        pysam is not installed.
    """
    pysam = load_pysam()
    with _small_file(content) as path, _quiet(pysam):
        if not cram:
            return _alignments(pysam, name, path, locus)
        if reference is not None:
            fasta = path.with_suffix(".fa")
            _write_reference(fasta, reference)
            return _alignments(
                pysam,
                name,
                path,
                locus,
                reference_filename=str(fasta),
                format_options=[_NO_QUALITIES],
            )
        try:
            return _alignments(pysam, name, path, locus, format_options=[_NO_QUALITIES])
        except BrokenFileError:  # it needs a reference
            frame = _alignments(pysam, name, path, locus, format_options=[_NO_SEQUENCES])
        frame.attrs["note"] = "The sequences of the reads are not shown: no reference was found."
        return frame


def variant_frame(
    name: str, content: Iterable[bytes], locus: Locus, samples: Iterable[str]
) -> pd.DataFrame:
    """Return the variants of a small VCF or BCF file that overlap a locus.

    Parameters
    ----------
    name : str
        Name of the original file, for messages.
    content : iterable of bytes
        The small file.
    locus : Locus
        The region.
    samples : iterable of str
        Names of the samples, in the order of the file.

    Returns
    -------
    pandas.DataFrame
        Columns `VARIANT_COLUMNS`, and one for each sample.

    Raises
    ------
    BrokenFileError
        The records are damaged.
    MissingExtraError
        pysam is not installed.
    """
    pysam = load_pysam()
    with (
        _small_file(content) as path,
        _quiet(pysam),
        _failures(name),
        pysam.VariantFile(str(path)) as file,
    ):
        rows = [
            _variant(str(record))
            for record in file
            if record.contig == locus.contig
            and record.start < locus.end
            and max(record.stop, record.start + 1) > locus.start
        ]
    heads = [*VARIANT_COLUMNS, *_sample_columns(samples)]
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(heads)
    frame = pd.DataFrame(
        {number: pd.Series(values, dtype=object) for number, values in enumerate(columns)}
    )
    frame[1], frame[5] = frame[1].astype("int64"), frame[5].astype("float64")
    frame.columns = pd.Index(heads, dtype=object)
    return frame


def _variant(line: str) -> tuple[object, ...]:
    """Return the cells of a variant, from its line of VCF."""
    contig, position, id_, ref, alt, quality, filters, _, *rest = line.rstrip("\n").split("\t")
    cells: list[object] = [contig, int(position), id_, ref, alt]
    cells += [float("nan") if quality == "." else float(quality), filters]
    keys = rest[0].split(":") if rest else []
    place = keys.index("GT") if "GT" in keys else None
    for sample in rest[1:]:
        values = sample.split(":")
        cells.append("." if place is None or place >= len(values) else values[place])
    return tuple(cells)


def _sample_columns(samples: Iterable[str]) -> list[str]:
    """Return the names of the columns of samples; none is that of another column."""
    return [f"{name} (sample)" if name in VARIANT_COLUMNS else name for name in samples]


def _alignments(pysam: Any, name: str, path: Path, locus: Locus, **options: Any) -> pd.DataFrame:
    rows = []
    with (
        _failures(name),
        pysam.AlignmentFile(str(path), check_sq=False, **options) as file,
    ):
        contig = file.get_tid(locus.contig)
        for read in file.fetch(until_eof=True):
            start = read.reference_start
            if read.reference_id != contig or start >= locus.end:
                continue
            end = read.reference_end
            if end is None or end <= start:  # it has no aligned bases
                end = start + 1
            if end > locus.start:
                rows.append(
                    (
                        read.query_name,
                        read.flag,
                        locus.contig,
                        start,
                        end,
                        read.mapping_quality,
                        read.cigarstring,
                        read.query_sequence,
                    )
                )
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(ALIGNMENT_COLUMNS)
    numbers: Mapping[str, str] = dict.fromkeys(("flag", "start", "end", "mapping_quality"), "int64")
    return pd.DataFrame(
        {
            column: pd.Series(values, dtype=numbers.get(column, "object"))
            for column, values in zip(ALIGNMENT_COLUMNS, columns, strict=True)
        }
    )


@contextmanager
def _small_file(content: Iterable[bytes]) -> Iterator[Path]:
    """Write a file into a private temporary folder that is removed at once."""
    with tempfile.TemporaryDirectory(prefix="modos-region-") as folder:
        path = Path(folder) / "part"
        with path.open("wb") as file:
            for piece in content:
                file.write(piece)
        yield path


def _write_reference(path: Path, parts: Iterable[ReferencePart]) -> None:
    """Write a FASTA file with its index that has holes where no bases are needed."""
    rows = []
    with path.open("wb") as file:
        for contig, length, begin, bases in parts:
            file.write(f">{contig}\n".encode())
            offset = file.tell()
            file.seek(offset + begin)
            file.write(bases.encode())
            file.seek(offset + length)
            file.write(b"\n")
            rows.append(f"{contig}\t{length}\t{offset}\t{length}\t{length + 1}\n")
    Path(f"{path}.fai").write_text("".join(rows), encoding="utf-8")


@contextmanager
def _quiet(pysam: Any) -> Iterator[None]:
    """Keep htslib from writing to the standard error output."""
    before = pysam.set_verbosity(0)
    try:
        yield
    finally:
        pysam.set_verbosity(before)


@contextmanager
def _failures(name: str) -> Iterator[None]:
    """Raise BrokenFileError for errors of pysam, whose messages name the temporary file."""
    try:
        yield
    except (OSError, ValueError, IndexError, KeyError, UnicodeDecodeError) as error:
        raise BrokenFileError(
            f"The records of {name} cannot be read: they are damaged, or another reference was "
            "used.",
            "Check the file and its reference.",
        ) from error
