"""End markers of files: whether the end of a file is missing.

Sources: SAM specification 4.1.2 (BGZF), CRAM 2.1 and 3.0 specifications, section 9.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modos_widgets.headers.header_stream import HeaderStream

__all__ = ["BGZF_END", "CRAM_ENDS", "end_of", "missing_bgzf_end", "missing_end"]

BGZF_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
"""The empty block that ends a BGZF file."""

CRAM_ENDS = {
    2: bytes.fromhex("0b000000ffffffff0fe0454f460000000001000001000606010001000100"),
    3: bytes.fromhex(
        "0f000000ffffffff0fe0454f4600000000010005bdd94f0001000606010001000100ee63014b"
    ),
}
"""Major version of CRAM to the container that ends a file."""


def missing_bgzf_end(stream: HeaderStream) -> str:
    """Return why a BGZF file is truncated; empty if it is not, or has another compression."""
    return missing_end(stream, BGZF_END, "BGZF") if stream.compression == "bgzip" else ""


def missing_end(stream: HeaderStream, marker: bytes, what: str) -> str:
    """Return why a file is truncated if it does not end with a marker; empty otherwise.

    Reads the end of the file, unless the stream has read all of it, or is not to check it.

    Parameters
    ----------
    stream : HeaderStream
        The file.
    marker : bytes
        Its last bytes.
    what : str
        The kind of file, for the message: "BGZF".

    Returns
    -------
    str
    """
    if not stream.check_end or end_of(stream, len(marker)) == marker:
        return ""
    return f"The file does not end with the end marker of {what}."


def end_of(stream: HeaderStream, size: int) -> bytes:
    """Return the last bytes of a file, from the stream if it has read all of it."""
    total = stream.ranges.size
    if total <= len(stream.head):
        return stream.head[-size:]
    return stream.ranges.read(max(0, total - size), total)
