"""What the header of an omics file says: samples, contigs, sort order, assembly."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modos_widgets.archive import Node

__all__ = ["Contig", "FileHeader", "ReadGroup"]

_BUILDS_SHOWN = 2
_SAMPLES_SHOWN = 3


@dataclass(frozen=True, slots=True)
class ReadGroup:
    """Read group of an alignment file (``@RG``).

    Attributes
    ----------
    id : str
        Its ``ID``.
    sample : str
        Its ``SM``; empty if there is none.
    library, platform : str
        Its ``LB`` and ``PL``; empty if there are none.
    """

    id: str
    sample: str = ""
    library: str = ""
    platform: str = ""


@dataclass(frozen=True, slots=True)
class Contig:
    """Sequence that a header names (``@SQ``, ``##contig``, a record of FASTA).

    Attributes
    ----------
    name : str
        Name of the sequence.
    length : int or None
        Number of bases; None if the header does not state it.
    md5 : str
        MD5 of the upper-case sequence (``M5`` of the SAM specification), in lower case; empty if
        it is not stated.
    assembly, species : str
        As stated for this sequence; empty if they are not.
    number : int or None
        Number by which the records of a BCF file refer to it (``IDX``); None if it is its place
        in the header.
    """

    name: str
    length: int | None = None
    md5: str = ""
    assembly: str = ""
    species: str = ""
    number: int | None = None


@dataclass(frozen=True)
class FileHeader:
    """What a file says about itself at its head and its end.

    Attributes
    ----------
    name : str
        Name or path of the file.
    size : int
        Size in bytes.
    format : str
        Format that the content shows: "BAM", "CRAM", "SAM", "VCF", "BCF", "FASTA", "FASTQ",
        "GFF", "GTF", "BED", "mzTab", "mzML", "Parquet", "Zarr", "HDF5"; empty if it shows none.
    version : str
        Version of the format, such as "3.1"; empty if it is not stated.
    compression : str
        "bgzip", "gzip", "bzip2", "xz", "zstd"; empty if the file is not compressed.
    read_groups : tuple of ReadGroup
        Read groups of alignments.
    samples : tuple of str
        Names of samples, each once, in the order of the header.
    contigs : tuple of Contig
        Sequences, in the order of the header.
    all_contigs : bool
        Whether `contigs` are all sequences that the file can name, as a SAM header lists them.
    sort_order : str
        "coordinate", "queryname", "unsorted" or "unknown" as stated (``SO``); empty if it is not
        stated.
    reference : str
        Name or URI of the reference sequences, as stated (``##reference``); empty if it is not.
    assemblies : tuple of str
        Names of assemblies, as stated (``AS``, ``assembly=``, ``genome-build``), each once.
    species : tuple of str
        Species, as stated (``SP``, mzTab ``species``), each once.
    shape : tuple of int
        Rows and columns of a table or matrix; empty for other files.
    chunks : tuple of int
        Shape of a stored chunk of a matrix in Zarr or HDF5; empty if it is stored as a whole.
    encoding : str
        How the root of an archive says that its content is stored, such as "anndata 0.1.0"; empty
        if it does not.
    obs_shape, var_shape : int or None
        Number of labels of rows and columns that a matrix has; None if it has none.
    nodes : Mapping of str to Node
        Path to node of an archive (Zarr or HDF5), as far as they were read.
    columns : tuple of str
        Names of the columns of a table.
    has_records : bool or None
        Whether data follow the header; None if that is not known.
    truncated : str
        Why the end of the file is missing, in one sentence; empty if nothing shows that it is.
    problem : str
        Why the header cannot be read, in one sentence; empty if it can.
    unsupported : bool
        Whether the file may be fine, but its compression or version is not supported here.
    head_digest : str
        BLAKE2b digest of the first 64 KiB, by which files of the same size are told apart.
    """

    name: str
    size: int
    format: str = ""
    version: str = ""
    compression: str = ""
    read_groups: tuple[ReadGroup, ...] = ()
    samples: tuple[str, ...] = ()
    contigs: tuple[Contig, ...] = field(default=(), repr=False)
    all_contigs: bool = False
    sort_order: str = ""
    reference: str = ""
    assemblies: tuple[str, ...] = ()
    species: tuple[str, ...] = ()
    shape: tuple[int, ...] = ()
    chunks: tuple[int, ...] = ()
    encoding: str = ""
    obs_shape: int | None = None
    var_shape: int | None = None
    nodes: Mapping[str, Node] = field(default_factory=dict, repr=False, compare=False)
    columns: tuple[str, ...] = field(default=(), repr=False)
    has_records: bool | None = None
    truncated: str = ""
    problem: str = ""
    unsupported: bool = False
    head_digest: str = field(default="", repr=False)

    @property
    def complete(self) -> bool:
        """Whether the header could be read and the end of the file is not missing."""
        return not self.problem and not self.truncated

    @property
    def empty(self) -> bool:
        """Whether it is a file without a byte; a folder with a zarr archive never is."""
        return not self.size and self.format != "Zarr"

    def summary(self, *, indexed: bool | None = None) -> str:
        """Return the header in one line; no network use.

        Parameters
        ----------
        indexed : bool, optional
            Whether the file has an index; None if that is not known.

        Returns
        -------
        str
            Such as "CRAM 3.0, 2 read groups, sample NA12878, GRCh38, 195 contigs, sorted,
            indexed".
        """
        if self.empty:
            return "Empty file"
        if self.problem:
            return f"{self.format or 'File'}: {self.problem}".rstrip(".")
        parts = [f"{self.format} {self.version}".strip() or "Unknown format"]
        parts += [self.encoding] if self.encoding else []
        parts += (
            [self.compression] if self.compression and self.format not in {"BAM", "BCF"} else []
        )
        parts += [_counted(len(self.read_groups), "read group")] if self.read_groups else []
        if len(self.samples) > _SAMPLES_SHOWN:
            parts.append(_counted(len(self.samples), "sample"))
        elif self.samples:
            parts.append(f"sample{'s' * (len(self.samples) > 1)} {', '.join(self.samples)}")
        parts += self.assemblies[:_BUILDS_SHOWN]
        parts += [_counted(len(self.contigs), "contig")] if self.all_contigs else []
        parts += [_product(self.shape)] if len(self.shape) > 1 else []
        parts += [f"chunks of {_product(self.chunks)}"] if self.chunks else []
        parts += self.species[:1]
        order = {"coordinate": "sorted", "queryname": "sorted by name", "unsorted": "unsorted"}
        parts += [order[self.sort_order]] if self.sort_order in order else []
        parts += ["no records"] if self.has_records is False else []
        parts += ["truncated"] if self.truncated else []
        parts += [] if indexed is None else ["indexed" if indexed else "no index"]
        return ", ".join(parts)


def _product(shape: tuple[int, ...]) -> str:
    return " x ".join(f"{size:,}" for size in shape)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' if number != 1 else ''}"
