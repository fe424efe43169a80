"""Loci as people write them: ``chr1:10,000-12,000``."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from modos_widgets.errors import ArgumentError, OptionError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["END_OF_CONTIG", "Locus", "parse_locus"]

_RANGE = re.compile(r"(?P<first>\d[\d,]*)(?:(?P<dash>-)(?P<last>\d[\d,]*)?)?")
_LONGEST_POSITION = 15
_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Locus:
    """Part of a contig.

    Attributes
    ----------
    contig : str
        Name of the sequence.
    start : int
        First base, counted from 0.
    end : int
        The base after the last one.
    """

    contig: str
    start: int
    end: int

    def __str__(self) -> str:
        """Return the locus as people write it, counted from 1, both ends included."""
        return f"{self.contig}:{self.start + 1:,}-{self.end:,}"


END_OF_CONTIG = 2**31 - 1
"""End of a locus on a contig whose length is not known: the largest position of the formats."""


def parse_locus(text: str, contigs: Mapping[str, int | None]) -> Locus:
    """Return the locus that a text names.

    Parameters
    ----------
    text : str
        ``chr1:10,000-12,000``, counted from 1, both ends included; ``chr1:10,000-`` up to the end,
        ``chr1:10,000`` for one base, ``chr1`` for the whole contig. A contig whose name contains a
        colon can be written in braces: ``{HLA:1}:5-9``.
    contigs : mapping of str to int or None
        Names and lengths of the contigs; None where the length is not known.

    Returns
    -------
    Locus
        Its end is at most that of the contig.

    Raises
    ------
    ArgumentError
        `text` is not a str.
    OptionError
        The text is not a locus, or names no contig or no part of one.
    """
    if not isinstance(text, str):
        raise ArgumentError.expected("a locus such as 'chr1:10,000-12,000'", text)
    name, positions = _split(text.strip(), contigs)
    if name not in contigs:
        close = difflib.get_close_matches(name[:_LONGEST_NAME], list(contigs)[:10_000], 3, 0.5)
        known = close or list(contigs)[:3]
        raise OptionError(
            f"The file has no contig {name!r:.80}.",
            f"Use a contig of the file, such as {', '.join(known)}." if known else "",
        )
    length = contigs[name]
    end = END_OF_CONTIG if length is None else length
    start = 0
    if positions:
        found = _RANGE.fullmatch(re.sub(r"\s", "", positions))
        if found is None or len(positions) > 2 * _LONGEST_POSITION:
            raise OptionError(
                f"{text!r:.80} is not a locus.", "Use a locus such as chr1:10,000-12,000."
            )
        start = int(found["first"].replace(",", "")) - 1
        if found["last"]:
            end = min(end, int(found["last"].replace(",", "")))
        elif not found["dash"]:
            end = min(end, start + 1)
        if start < 0 or (found["last"] and int(found["last"].replace(",", "")) <= start):
            raise OptionError(
                f"{text!r:.80} is not a locus: positions start at 1, and the end is not before "
                "the start.",
                "Use a locus such as chr1:10,000-12,000.",
            )
    if start >= end:
        most = END_OF_CONTIG if length is None else length
        raise OptionError(
            f"The region {text!r:.80} is outside the contig: {name} has "
            f"{'at most ' * (length is None)}{most:,} bases.",
            "Choose a region within the contig.",
        )
    return Locus(name, start, end)


def _split(text: str, contigs: Mapping[str, int | None]) -> tuple[str, str]:
    """Return the name of the contig and the positions; a whole contig has none."""
    if text in contigs:
        return text, ""
    if text.startswith("{") and "}" in text:
        name, _, rest = text[1:].partition("}")
        return name, rest.removeprefix(":")
    name, colon, positions = text.rpartition(":")
    return (name.strip(), positions) if colon else (text, "")
