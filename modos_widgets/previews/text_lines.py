"""Lines of a text file, read part by part within limits."""

from __future__ import annotations

import codecs
import io
from collections import deque
from typing import TYPE_CHECKING

from modos_widgets.headers import HeaderError, HeaderStream, TruncatedHeaderError

if TYPE_CHECKING:
    from modos_widgets.storage import Ranges

__all__ = ["LONGEST_LINE", "MOST_TEXT", "TextLines"]

LONGEST_LINE = 256 * 1024
"""Number of characters of a line that are kept; the rest is left out."""

MOST_TEXT = 48 * 2**20
"""Maximum number of bytes of a text, decompressed, that are read in all."""

_PIECE = 64 * 1024
_MOST_AT_ONCE = 2 * 2**20
_SAMPLE = 8192
_MOST_CONTROLS = 0.05  # part of the characters of a text
_TEXT_CONTROLS = "\t\n\r\f\x1b"
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


class TextLines:
    """The lines of a text file, from its start on; gzip, bgzip, bzip2 and xz are decompressed.

    Parameters
    ----------
    ranges : Ranges
        The file; its first 64 KiB are read.

    Attributes
    ----------
    stream : HeaderStream
        What is read of the file.
    note : str
        What is left out or replaced, in one sentence; empty if nothing is.
    done : bool
        Whether no line follows, or none can be read.
    """

    def __init__(self, ranges: Ranges) -> None:
        self.stream = HeaderStream(ranges)
        self.note = ""
        self.done = False
        self._lines: deque[str] = deque()
        self._line: list[str] = []  # parts of the line that is not complete yet
        self._length = 0
        self._read = 0
        self._decoder: io.IncrementalNewlineDecoder | None = None

    def head(self) -> bytes:
        """Return the first bytes of the text, decompressed, as far as they are not damaged."""
        try:
            self.stream.open()
            return self.stream.peek(_SAMPLE)
        except HeaderError:
            return self.stream.unread[:_SAMPLE]

    def is_text(self) -> bool:
        """Return whether the first bytes are text. An empty file is."""
        head = self.head()
        if not head and self.stream.ranges.size:
            return False
        if any(head.startswith(mark) for mark in _MARKS):
            return True
        if b"\0" in head:
            return False
        text = head.decode("utf-8", "replace")
        controls = sum(not each.isprintable() and each < " " for each in text)
        controls -= sum(text.count(each) for each in _TEXT_CONTROLS)
        return controls <= _MOST_CONTROLS * len(text)

    def read(self, most: int) -> list[str]:
        """Return the next lines, without their line ends.

        Reads at most 2 MiB of text, so there may be fewer lines than wanted although more follow.

        Parameters
        ----------
        most : int
            Maximum number of lines.

        Raises
        ------
        ChangedError, CredentialsError, EndpointError, StorageError
            The file was replaced, or cannot be read.
        """
        self.stream.restart_clock()
        end = self._read + _MOST_AT_ONCE
        while len(self._lines) < most and not self.done and self._read < end:
            try:
                self.stream.open()
                piece = self.stream.read(len(self.stream.peek(_PIECE)))
            except HeaderError as error:
                self._take(self._decode(self.stream.unread), is_last=True)
                self._stop(error)
                break
            self._read += len(piece)
            self._take(self._decode(piece), is_last=not piece)
            if not piece:
                self.done = True
            elif self._read >= MOST_TEXT:
                self.done = True
                self._add_note(f"Only the first {MOST_TEXT // 2**20} MiB of the text are shown.")
        if not self._lines and not self.done:  # only a part of one line was read
            self._end_line()
            self.done = True
            self._add_note("The text after this line is not shown.")
        return [self._lines.popleft() for _ in range(min(most, len(self._lines)))]

    @property
    def has_more(self) -> bool:
        """Whether more lines may follow."""
        return bool(self._lines) or not self.done

    def _decode(self, piece: bytes) -> str:
        if self._decoder is None:
            encoding = next((_MARKS[mark] for mark in _MARKS if piece.startswith(mark)), "utf-8")
            decoder = codecs.getincrementaldecoder(encoding)("replace")
            self._decoder = io.IncrementalNewlineDecoder(decoder, translate=True)
        text = self._decoder.decode(piece, final=not piece)
        if "\N{REPLACEMENT CHARACTER}" in text:
            self._add_note("Bytes that are not valid UTF-8 are shown as \N{REPLACEMENT CHARACTER}.")
        return text

    def _take(self, text: str, *, is_last: bool) -> None:
        """Split a piece of text into lines; the last one may continue in the next piece."""
        first, *others = text.split("\n")
        self._continue(first)
        for part in others:
            self._end_line()
            self._continue(part)
        if is_last and self._length:
            self._end_line()

    def _continue(self, part: str) -> None:
        room = LONGEST_LINE - self._length
        if room > 0 and part:
            self._line.append(part[:room])
        self._length += len(part)

    def _end_line(self) -> None:
        if self._length > LONGEST_LINE:
            self._add_note(f"Lines are cut after {LONGEST_LINE:,} characters.")
        self._lines.append("".join(self._line))
        self._line, self._length = [], 0

    def _stop(self, error: HeaderError) -> None:
        self.done = True
        if isinstance(error, TruncatedHeaderError):
            self._add_note("The compressed data end too early: the file is truncated.")
        else:
            self._add_note(str(error))

    def _add_note(self, sentence: str) -> None:
        if sentence not in self.note:
            self.note = f"{self.note} {sentence}".strip()
