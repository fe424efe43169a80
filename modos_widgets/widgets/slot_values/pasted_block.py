"""Parser of pasted cells; a pure function."""

from __future__ import annotations

import re
from typing import Final

from modos_widgets.errors import OptionError

__all__ = ["LARGEST_PASTE", "block_of"]

LARGEST_PASTE: Final = 250_000
"""Largest number of cells of one paste."""
_CELL: Final = re.compile(r'(?:"((?:[^"]++|"")*+)"|([^\t\n]*))([\t\n]|\Z)')


def block_of(text: str) -> list[list[str]]:
    """Return the cells of a text that a spreadsheet copied: tabs between cells, quoted if needed.

    Excel, LibreOffice and Google Sheets quote a cell that contains a line end or a tab, and double
    the quotes inside. A quote that does not close at the end of its cell is part of the text: Excel
    copies ``"A" and B`` and ``5" pipe`` unquoted.

    Raises
    ------
    OptionError
        More than `LARGEST_PASTE` cells.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n")
    if '"' not in text:
        rows = [line.split("\t") for line in text.split("\n")]
    else:
        rows = [[]]
        for found in _CELL.finditer(text):
            quoted, plain, end = found.groups()
            rows[-1].append(plain if quoted is None else quoted.replace('""', '"'))
            if not end:
                break
            if end == "\n":
                rows.append([])
    cells = sum(map(len, rows))
    if cells > LARGEST_PASTE:
        raise OptionError(
            f"Too many cells in the clipboard: {cells:,} cells of at most {LARGEST_PASTE:,}.",
            "Paste a smaller part, or use Draft.set in a cell.",
        )
    return rows
