"""Rows and columns in the lines of a table: TSV, CSV, VCF, GFF, BED, SAM, mzTab."""

from __future__ import annotations

import csv
import re
from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["TableRows", "delimiter_of"]

_BY_ENDING: Final = {
    **dict.fromkeys((".tsv", ".tab", ".vcf", ".gff", ".gff3", ".gtf", ".bed", ".mztab"), "\t"),
    **dict.fromkeys((".sam", ".maf", ".bedgraph", ".narrowpeak", ".broadpeak", ".fai"), "\t"),
    ".csv": ",",
}
_NEVER: Final = (".json", ".yaml", ".yml", ".md", ".log", ".html", ".xml", ".fa", ".fasta", ".fna")
_FIXED: Final = {
    ".gff": "seqid source type start end score strand phase attributes",
    ".gff3": "seqid source type start end score strand phase attributes",
    ".gtf": "seqname source feature start end score strand frame attribute",
    ".sam": "QNAME FLAG RNAME POS MAPQ CIGAR RNEXT PNEXT TLEN SEQ QUAL",
    ".bed": "chrom chromStart chromEnd name score strand",
    ".fai": "name length offset linebases linewidth",
}
_DELIMITERS: Final = "\t,;|"
_SNIFFED_LINES: Final = 20
_LONGEST_QUOTED: Final = 100  # lines of one quoted cell
_NUMBER: Final = re.compile(r"[-+]?[\d.,]+(?:[eE][-+]?\d+)?%?")
_MZTAB_HEADS: Final = ("PRH", "PEH", "PSH", "SMH", "SFH", "SEH")
_MZTAB_FACTS: Final = ("MTD", "COM", "")


def delimiter_of(ending: str, lines: Sequence[str]) -> str:
    """Return the delimiter of a table; empty if the lines are not one.

    Parameters
    ----------
    ending : str
        Ending of the file's name in small letters, without that of a compression: ``".tsv"``.
    lines : sequence of str
        The first lines.
    """
    if ending in _NEVER:
        return ""
    sample = [line for line in lines[: 10 * _SNIFFED_LINES] if line and not line.startswith("#")]
    sample = sample[:_SNIFFED_LINES]
    if _BY_ENDING.get(ending) == "\t":
        return "\t"
    scores: list[tuple[float, int, str]] = []
    for delimiter in _DELIMITERS:
        counts = Counter(_cells(line, delimiter, quoted=True) for line in sample)
        if not counts:
            break
        columns, times = max(counts.items(), key=lambda each: (each[1], each[0]))
        if columns > 1:
            scores.append((times / len(sample), columns, delimiter))
    share, _, best = max(scores, default=(0.0, 0, ""), key=lambda each: each[:2])
    if ending == ".csv":
        return best or ","
    return best if share > 0.9 and len(sample) > 1 else ""  # noqa: PLR2004 - nine of ten lines


def _cells(line: str, delimiter: str, *, quoted: bool) -> int:
    return len(_split(line, delimiter, quoted=quoted))


def _split(text: str, delimiter: str, *, quoted: bool) -> list[str]:
    """Return the cells of a row."""
    if quoted and '"' in text:
        try:
            return next(csv.reader([text], delimiter=delimiter), [])
        except csv.Error:  # a cell that is too long
            pass
    return text.split(delimiter)


class TableRows:
    """Rows of a table, as its lines become known.

    Parameters
    ----------
    delimiter : str
    ending : str
        Ending of the file's name, as for `delimiter_of`.

    Attributes
    ----------
    comments : list of str
        Lines before the table: comments, or the metadata of mzTab.
    columns : list of str
        Names of the columns; empty until the first row is known.
    """

    def __init__(self, delimiter: str, ending: str) -> None:
        self.comments: list[str] = []
        self.columns: list[str] = []
        self._delimiter, self._ending = delimiter, ending
        self._quoted = delimiter != "\t" or ending in {".tsv", ".tab", ""}
        self._is_fresh = False  # whether no row follows the names of the columns yet
        self._open: list[str] = []  # lines of a quoted cell that is not complete

    def add(self, lines: Iterable[str], *, is_last: bool) -> list[list[str]]:
        """Return the rows of the next lines.

        Parameters
        ----------
        lines : iterable of str
        is_last : bool
            Whether no line follows.
        """
        rows: list[list[str]] = []
        for line in self._whole(lines, is_last=is_last):
            if self._is_comment(line, rows):
                self.comments.append(line)
                continue
            if not line.strip():
                continue
            cells = _split(line, self._delimiter, quoted=self._quoted)
            if not self.columns and self._take_head(cells):
                self._is_fresh = True
                continue
            if self._is_fresh and len(cells) == len(self.columns) + 1:
                self.columns.insert(0, "")  # R leaves out the name of the row names
            self._is_fresh = False
            rows.append(cells)
        return rows

    def _whole(self, lines: Iterable[str], *, is_last: bool) -> Iterator[str]:
        """Yield lines; those of a quoted cell as one."""
        for line in lines:
            if self._quoted and (self._open or line.count('"') % 2):
                if line.count('"') % 2 and self._open:
                    yield "\n".join([*self._open, line])
                    self._open = []
                    continue
                self._open.append(line)
                if len(self._open) > _LONGEST_QUOTED:  # it was not a quote
                    yield from self._open
                    self._open = []
                continue
            yield line
        if is_last:
            yield from self._open
            self._open = []

    def _is_comment(self, line: str, rows: list[list[str]]) -> bool:
        if self._ending == ".mztab":
            return line[:3] in _MZTAB_FACTS or not line.strip()
        if self._ending == ".sam":
            return line.startswith("@") and not rows
        if line.startswith(("#CHROM", "#chrom")) and not self.columns:
            return False
        return line.startswith("#") or (self._ending == ".bed" and line[:5] in {"track", "brows"})

    def _take_head(self, cells: list[str]) -> bool:
        """Set the names of the columns from the first row; return whether it is only that."""
        if self._ending in _FIXED:
            names = _FIXED[self._ending].split(" ")
            self.columns = [
                names[at] if at < len(names) else str(at + 1) for at in range(len(cells))
            ]
            return False
        if self._ending == ".mztab" and cells[0] not in _MZTAB_HEADS:
            self.columns = [str(at + 1) for at in range(len(cells))]
            return False
        if self.comments and not cells[0].startswith("#"):
            # the last comment can hold the names, as those of featureCounts do
            names = self.comments[-1].lstrip("#").strip().split(self._delimiter)
            if len(names) == len(cells) > 1 and any(_NUMBER.fullmatch(each) for each in cells):
                self.columns = [name.strip() for name in names]
                return False
        if any(_NUMBER.fullmatch(cell.strip()) for cell in cells[1:] or cells):
            self.columns = [str(at + 1) for at in range(len(cells))]
            return False
        self.columns = [
            cell.removeprefix("#").strip() if at == 0 else cell.strip()
            for at, cell in enumerate(cells)
        ]
        return True
