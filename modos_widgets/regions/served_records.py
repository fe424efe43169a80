"""Records of a region from a file that a service has sent (htsget)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from modos_widgets.errors import BrokenFileError
from modos_widgets.headers import read_header
from modos_widgets.regions.blocks import decompressed_blocks, within
from modos_widgets.storage import BytesRanges

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modos_widgets.headers import FileHeader
    from modos_widgets.regions.locus import Locus

__all__ = ["RegionService", "served_records"]


class RegionService(Protocol):
    """Service that sends regions of one file."""

    def prepare(self) -> None:
        """Find out whether there is a service, so that `region` needs two round trips.

        Raises
        ------
        ModosError
            The endpoint does not respond.
        """

    def region(self, kind: str, locus: Locus, most: int) -> bytes | None:
        """Return a file with at least the records of a region; None if there is no service.

        Raises
        ------
        OptionError
            The file has more than `most` bytes.
        ModosError
            The service does not have the file, refuses the request, or does not respond.
        """


def served_records(name: str, header: FileHeader, data: bytes, most: int) -> Iterator[bytes]:
    """Yield the records of a file that a service has sent, decompressed, without its header.

    Parameters
    ----------
    name : str
        Name of the original file, for messages.
    header : FileHeader
        Header of the original file.
    data : bytes
        The file that the service has sent: BAM, BCF, or VCF compressed by bgzip.
    most : int
        Maximum number of bytes of a file that may be read.

    Yields
    ------
    bytes

    Raises
    ------
    BrokenFileError
        It is damaged, or it belongs to another file.
    OptionError
        It has too many decompressed records.
    """
    sent = read_header(BytesRanges(name, data), check_end=False)
    if sent.problem or _identity(sent) != _identity(header):
        raise BrokenFileError(
            f"The service sent something other than records of {name}.",
            "Contact the administrator of the service.",
        )
    blocks = decompressed_blocks(BytesRanges(name, data), data)
    pieces = within(name, (block for _, block in blocks), most)
    head, checked = bytearray(), 0
    end: int | None = None
    for piece in pieces:
        head += piece
        if len(head) >= 2 * checked:  # all checks together then read the header a few times
            checked = len(head)
            end = _header_end(header.format, head)
            if end is not None:
                break
    else:
        end = _header_end(header.format, head)
    if end is not None:
        yield bytes(head[end:])
    yield from pieces


def _identity(header: FileHeader) -> tuple[object, ...]:
    """Return what two headers must share if they are those of the same file."""
    contigs = [(contig.name, contig.length) for contig in header.contigs]
    return header.format, header.samples, contigs if header.format == "BAM" else None


def _header_end(kind: str, data: bytearray) -> int | None:
    """Return where the header at the start of decompressed data ends; None if it does not."""
    if kind == "VCF":
        if data and not data.startswith(b"#"):
            return 0
        place = data.rfind(b"\n#") + 1
        end = data.find(b"\n", place) + 1
        return end if end and end < len(data) else None
    if kind == "BCF":
        end = 9 + int.from_bytes(data[5:9], "little")
        return end if len(data) >= end else None
    place = 8 + int.from_bytes(data[4:8], "little")
    count = int.from_bytes(data[place : place + 4], "little")
    place += 4
    for _ in range(count):
        if place + 4 > len(data):
            return None
        place += 8 + int.from_bytes(data[place : place + 4], "little")
    return place if 12 <= place <= len(data) else None  # noqa: PLR2004 - magic and two numbers
