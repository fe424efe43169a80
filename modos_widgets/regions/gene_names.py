"""Where a gene is, by its name in a GFF, GTF or BED file.

Sources: GFF3 1.26, GTF 2.2, the BED specification.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from modos_widgets.errors import BrokenFileError, OptionError
from modos_widgets.headers import HeaderError, HeaderStream, TruncatedHeaderError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from modos_widgets.storage import Ranges

__all__ = ["Gene", "GeneNames"]

_LARGEST_TEXT: Final = 2 * 2**30
_SECONDS: Final = 20.0
_PIECE: Final = 2**20
_REQUEST: Final = 4 * 2**20
_CHECKED: Final = 1000  # lines between two checks of the limits
_SHORTEST: Final = 2
_LONGEST: Final = 100
_GFF_COLUMNS: Final = 9
_BED_COLUMNS: Final = 4
_GENES: Final = {"gene", "pseudogene", "ncrna_gene"}
_KEYS: Final = {"name", "gene_name", "gene", "id", "gene_id", "alias", "gene_symbol", "locus_tag"}
_ATTRIBUTE: Final = re.compile(r'\s{0,9}(\w{1,40})[= ]"?([^";]{1,400})')
_PREFIX: Final = re.compile(r"^gene[:-]")
_VERSION: Final = re.compile(r"\.\d{1,4}$")


class Gene(NamedTuple):
    """Where a gene is.

    Attributes
    ----------
    contig : str
    start : int
        First base, counted from 0.
    end : int
        The base after the last one.
    """

    contig: str
    start: int
    end: int


class GeneNames:
    """The names of genes in a GFF, GTF or BED file, plain or compressed.

    A tabix index finds positions and no names, so the file is read up to the gene.

    Parameters
    ----------
    name : str
        Name of the file.
    open_ranges : callable
        Opens it.
    """

    def __init__(self, name: str, open_ranges: Callable[[], Ranges]) -> None:
        self.name = name
        self._open = open_ranges
        self._known: dict[str, Gene | None] = {}

    def find(self, gene: str, most: int) -> Gene | None:
        """Return where a gene is; None if the file does not have it.

        Network use: the file, in parts of 4 MiB, up to the line of the gene.

        Parameters
        ----------
        gene : str
            Its name or id; small and large letters are the same.
        most : int
            Number of bytes of the file that may be read.

        Raises
        ------
        OptionError
            The file is larger.
        BrokenFileError
            It is damaged, has more than 2 GiB of text, or is compressed in an unknown way.
        ChangedError, CredentialsError, EndpointError, NotFoundError, StorageError
            It cannot be read.
        """
        name = gene.strip().lower()
        if not _SHORTEST <= len(name) <= _LONGEST:
            return None
        if name not in self._known:
            self._known[name] = self._search(name, most)
        return self._known[name]

    def _search(self, name: str, most: int) -> Gene | None:
        ranges = self._open()
        if ranges.size > most:
            raise OptionError(
                f"The gene {name!r} is not searched: {self.name} has {ranges.size / 2**20:,.0f} "
                f"MiB, and the limit is {most / 2**20:,.0f} MiB.",
                "Use a locus such as chr1:10,000-12,000, or raise max_bytes.",
            )
        stream = HeaderStream(ranges, limit=_LARGEST_TEXT, seconds=_SECONDS)
        read = _bed_gene if _is_bed(self.name) else _gff_gene
        found: Gene | None = None
        try:
            stream.open()
            for line in _lines_with(stream, name.encode()):
                match = read(line, name)
                if match is None:
                    continue
                place, is_whole = match
                if is_whole:
                    return place
                if found is None:
                    found = place
                elif found.contig == place.contig:
                    found = Gene(
                        place.contig, min(found.start, place.start), max(found.end, place.end)
                    )
        except TruncatedHeaderError:
            pass  # what there is of the file was searched
        except HeaderError as error:
            if found is None:
                raise BrokenFileError(
                    f"{self.name} cannot be searched for a gene: it is damaged or too large.",
                    "Use a locus such as chr1:10,000-12,000.",
                ) from error
        return found


def _is_bed(name: str) -> bool:
    return ".bed" in name.lower()[-8:]


def _lines_with(stream: HeaderStream, needle: bytes) -> Iterator[str]:
    """Yield the lines that contain a text, in small letters or large ones."""
    rest, lines = b"", 0
    while True:
        stream.expect(_REQUEST)
        piece = stream.read(len(stream.peek(_PIECE)))
        end = piece.rfind(b"\n") + 1 if piece else 0
        block, rest = rest + piece[:end], piece[end:] if end else (rest + piece)[-_PIECE:]
        if not piece:
            block, rest = rest, b""
        lowered = block.lower()
        at = lowered.find(needle)
        while at >= 0:
            lines += 1
            if lines % _CHECKED == 0:
                stream.check_limits()
            begin = block.rfind(b"\n", 0, at) + 1
            stop = block.find(b"\n", at)
            stop = len(block) if stop < 0 else stop
            yield block[begin:stop].decode("utf-8", "replace")
            at = lowered.find(needle, stop)
        if not piece:
            return


def _gff_gene(line: str, name: str) -> tuple[Gene, bool] | None:
    """Return the place of a feature of a gene, and whether it is the gene as a whole."""
    cells = line.rstrip("\r").split("\t")
    if len(cells) != _GFF_COLUMNS or not (cells[3].isdecimal() and cells[4].isdecimal()):
        return None
    for part in cells[8].split(";"):
        found = _ATTRIBUTE.match(part)
        if found is None or found[1].lower() not in _KEYS:
            continue
        value = _PREFIX.sub("", found[2].strip().lower())
        if name in {value, _VERSION.sub("", value)}:
            gene = _gene(cells[0], int(cells[3][:15]) - 1, int(cells[4][:15]))
            return None if gene is None else (gene, cells[2].lower() in _GENES)
    return None


def _bed_gene(line: str, name: str) -> tuple[Gene, bool] | None:
    cells = line.rstrip("\r").split("\t")
    if len(cells) < _BED_COLUMNS or not (cells[1].isdecimal() and cells[2].isdecimal()):
        return None
    if cells[3].strip().lower() != name:
        return None
    gene = _gene(cells[0], int(cells[1][:15]), int(cells[2][:15]))
    return None if gene is None else (gene, False)


def _gene(contig: str, start: int, end: int) -> Gene | None:
    return Gene(contig, start, end) if 0 <= start < end else None
