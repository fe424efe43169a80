"""The start of a file, for a person who looks into it."""

from __future__ import annotations

import json
import posixpath
from typing import TYPE_CHECKING, Final, Literal

from modos_widgets.headers import content_of, read_header
from modos_widgets.json_text import parse_json
from modos_widgets.previews.images import image_facts
from modos_widgets.previews.tables import TableRows, delimiter_of
from modos_widgets.previews.text_lines import TextLines

if TYPE_CHECKING:
    import pandas as pd

    from modos_widgets.headers import FileHeader
    from modos_widgets.previews.images import ImageFacts
    from modos_widgets.storage import Ranges

__all__ = ["FilePreview", "Kind"]

Kind = Literal["table", "text", "image", "genome", "binary", "empty"]

_COMPRESSIONS: Final = (".gz", ".bgz", ".bz2", ".xz", ".zst")
_GENOME: Final = {"BAM", "CRAM", "BCF"}
_LARGEST_DOCUMENT: Final = 1024 * 1024
_SHOWN: Final = 10  # rows in a repr
_LONGEST: Final = 120  # characters of a line in a repr


class FilePreview:
    """The first rows of a file, read by ranges: never the whole file, unless it is small.

    Created by `Modo.preview`. Text is read up to 2 MiB at a time, and 48 MiB in all, also if it is
    compressed.

    Parameters
    ----------
    ranges : Ranges
        The file.
    rows : int
        Number of rows or lines to read at first.

    Attributes
    ----------
    name : str
        Path or URL of the file.
    size : int
        Size in bytes.
    kind : str
        "table", "text", "image", "genome" (BAM, CRAM or BCF), "binary" or "empty".
    compression : str
        "gzip", "bgzip", "bzip2", "xz", "zstd"; empty if the file is not compressed.
    rows : list of list of str
        Rows of a table that were read so far; rows can have more or fewer cells than columns.
    lines : list of str
        Lines of a text that were read so far.
    image : ImageFacts or None
        Media type and size in pixels.
    header : FileHeader or None
        What a genome file, or another file that is not text, says about itself.
    """

    def __init__(self, ranges: Ranges, rows: int = 100) -> None:
        self.name = ranges.name
        self._text = TextLines(ranges)
        head = self._text.stream.head
        self.size = ranges.size
        self.compression = self._text.stream.compression
        self.rows: list[list[str]] = []
        self.lines: list[str] = []
        self.image: ImageFacts | None = image_facts(ranges, head)
        self.header: FileHeader | None = None
        self._table: TableRows | None = None
        self._pretty = False
        self.kind: Kind = self._kind_of(ranges, head)
        if self.kind == "text":
            self.more(rows)

    def _kind_of(self, ranges: Ranges, head: bytes) -> Kind:
        if not self.size:
            return "empty"
        if self.image is not None:
            return "image"
        is_genome = content_of(head) in _GENOME
        if is_genome or not self._text.is_text():
            self.header = read_header(ranges)
            return "genome" if is_genome else "binary"
        return "text"

    def more(self, rows: int = 100) -> int:
        """Read the next rows of a table, or lines of a text. Uses the network.

        Parameters
        ----------
        rows : int
            Maximum number of rows or lines.

        Returns
        -------
        int
            Number of rows or lines that were added.

        Raises
        ------
        ChangedError
            The file was replaced since it was opened.
        CredentialsError, EndpointError, NotFoundError, StorageError
            It cannot be read.
        """
        if self.kind not in {"text", "table"}:
            return 0
        before = len(self.rows) + len(self.lines)
        while len(self.rows) + len(self.lines) < before + rows and self._text.has_more:
            lines = self._text.read(before + rows - len(self.rows) - len(self.lines))
            if self._table is None and not self.lines:
                self._begin(lines)
            if self._table is None:
                self.lines += lines
            else:
                self.rows += self._table.add(lines, is_last=not self._text.has_more)
            if not lines:
                break
        if not self._text.has_more and not self._pretty:
            self._indent()
        return len(self.rows) + len(self.lines) - before

    @property
    def comments(self) -> list[str]:
        """Lines before a table: comments, or the metadata of mzTab."""
        return [] if self._table is None else self._table.comments

    @property
    def columns(self) -> list[str]:
        """Names of the columns of a table; numbers from 1 if it states none."""
        return [] if self._table is None else self._table.columns

    @property
    def has_more(self) -> bool:
        """Whether the file has more rows that `more` can read."""
        return self.kind in {"text", "table"} and self._text.has_more

    @property
    def note(self) -> str:
        """What is left out or cannot be shown, in a sentence or more; empty if nothing is."""
        if self.image is not None:
            return self.image.problem
        return self._text.note if self.header is None else self.header.problem

    @property
    def frame(self) -> pd.DataFrame:
        """The rows of a table that were read so far, all cells as text; lines of a text.

        A row with fewer cells than the others has None in place of them.
        """
        import pandas as pd  # noqa: PLC0415 - most previews need none

        if self.kind != "table":
            return pd.DataFrame({"line": self.lines}, dtype=object)
        width = max([len(self.columns), *map(len, self.rows)])
        names = [*self.columns, *(str(at + 1) for at in range(len(self.columns), width))]
        cells = [[*row, *[None] * (width - len(row))] for row in self.rows]
        frame = pd.DataFrame(cells, columns=range(width), dtype=object)
        frame.columns = pd.Index(names, dtype=object)
        return frame

    def summary(self) -> str:
        """Return what the file is, in a few words, such as "Table, 12 columns, gzip"."""
        compression = f", {self.compression}" if self.compression else ""
        if self.kind == "table":
            return f"Table, {_counted(len(self.columns), 'column')}{compression}"
        if self.kind == "text":
            return f"Text{compression}"
        if self.image is not None:
            kind = self.image.type.partition("/")[2].partition("+")[0].upper()
            size = f", {self.image.width:,} x {self.image.height:,} pixels"
            return f"{kind} image{size if self.image.width else ''}"
        return "Empty file" if self.header is None else self.header.summary()

    def _begin(self, lines: list[str]) -> None:
        ending = _ending_of(self.name)
        delimiter = delimiter_of(ending, lines)
        if delimiter:
            self.kind = "table"
            self._table = TableRows(delimiter, ending)

    def _indent(self) -> None:
        """Break the lines of a JSON document that is one long line."""
        self._pretty = True
        text = "\n".join(self.lines)
        if len(self.lines) > 1 or not text[:1] or text[0] not in "{[":
            return
        if len(text) > _LARGEST_DOCUMENT or text.count("[") + text.count("{") > _LARGEST_DOCUMENT:
            return
        try:
            self.lines = json.dumps(parse_json(text), indent=2, ensure_ascii=False).split("\n")
        except (ValueError, RecursionError):
            return

    def __repr__(self) -> str:
        """Return what the file is, and its first rows."""
        shown = ["\t".join(row) for row in [self.columns, *self.rows[:_SHOWN]] if row]
        shown = [line[:_LONGEST] for line in shown or self.lines[:_SHOWN]]
        name = self.name.rstrip("/").rpartition("/")[2]
        text = "\n".join([f"FilePreview({name!r}: {self.summary()})", *shown])
        return "".join(each if each.isprintable() or each in "\n\t" else "\ufffd" for each in text)


def _ending_of(name: str) -> str:
    """Return the ending of a name in small letters, without that of a compression."""
    bare = name.lower()
    for compression in _COMPRESSIONS:
        bare = bare.removesuffix(compression)
    return posixpath.splitext(bare)[1]


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' if number != 1 else ''}"
