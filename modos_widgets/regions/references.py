"""Where the bases of a reference come from: a FASTA file, or a refget service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from modos_widgets.errors import NotFoundError
from modos_widgets.remote import fetch_sequence

if TYPE_CHECKING:
    from modos_widgets.headers import Contig
    from modos_widgets.regions.genome_file import GenomeFile

__all__ = ["FastaReference", "Reference", "RefgetReference"]


class Reference(Protocol):
    """Source of the bases of a reference."""

    def prepare(self) -> None:
        """Read what finds bases, so that `bases` needs no more than one round trip.

        Raises
        ------
        ModosError
            It cannot be read.
        """

    def bases(self, contig: Contig, start: int, end: int) -> str:
        """Return bases of a contig from `start`, counted from 0, up to `end`.

        Raises
        ------
        NotFoundError
            It does not have the contig.
        """


class FastaReference:
    """Reference in a FASTA file.

    Parameters
    ----------
    file : GenomeFile
        The file.
    """

    def __init__(self, file: GenomeFile) -> None:
        self._file = file

    def prepare(self) -> None:
        """Read the head of the file and its index, side by side."""
        self._file.prepare()

    def bases(self, contig: Contig, start: int, end: int) -> str:
        """Return bases of a contig; see `Reference`."""
        return self._file.sequence(contig.name, start, end)


class RefgetReference:
    """Reference at a refget service, where a sequence is found by its MD5.

    Parameters
    ----------
    url : str
        URL of the service.
    """

    def __init__(self, url: str) -> None:
        self._url = url

    def prepare(self) -> None:
        """Do nothing: the service finds bases by itself."""

    def bases(self, contig: Contig, start: int, end: int) -> str:
        """Return bases of a contig, with one request; see `Reference`."""
        found = fetch_sequence(self._url, contig.md5, start, end)
        if found is None:
            raise NotFoundError(
                f"The file states no MD5 of {contig.name!r:.80}.",
                "Add the reference to the object.",
            )
        return found
