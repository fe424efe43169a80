"""The sequences of reference genomes, and which reference a file was made with."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from modos_widgets.errors import ModosError, StorageError
from modos_widgets.headers import MOST_NAMES, Contig

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import BinaryIO

__all__ = ["LARGEST_INDEX", "ReferenceFile", "sequence_md5s"]

LARGEST_INDEX: Final = 16 * 2**20
"""Maximum number of bytes of a ``.fai`` file that is read."""
_BLOCK: Final = 2**20


@dataclass
class ReferenceFile:
    """A reference genome and its sequences.

    Attributes
    ----------
    name : str
        Path of its FASTA file.
    sequences : dict of str to Contig
        Its sequences by name; empty if they are not known.
    source : str
        The file that states them.
    assemblies, species : dict of str to str
        Assembly or species to the file that states it.
    md5_from : dict of str to str
        Name of a sequence to the file that states its MD5.
    """

    name: str
    sequences: dict[str, Contig] = field(default_factory=dict)
    source: str = ""
    assemblies: dict[str, str] = field(default_factory=dict)
    species: dict[str, str] = field(default_factory=dict)
    md5_from: dict[str, str] = field(default_factory=dict)

    def contains(self, contigs: Iterable[Contig]) -> bool:
        """Return whether all contigs of a header are sequences of this reference.

        Names, lengths and MD5 are compared, as far as both state them.
        """
        return all(_same(contig, self.sequences.get(contig.name)) for contig in contigs)

    def learn(self, contigs: Iterable[Contig], file: str) -> None:
        """Keep what a file that was made with this reference says about its sequences."""
        for contig in contigs:
            known = self.sequences[contig.name]
            if contig.md5 and not known.md5:
                length = known.length if known.length is not None else contig.length
                self.sequences[contig.name] = Contig(known.name, length, contig.md5)
                self.md5_from[contig.name] = file


def _same(contig: Contig, known: Contig | None) -> bool:
    if known is None:
        return False
    lengths = {contig.length, known.length} - {None}
    digests = {contig.md5, known.md5} - {""}
    return len(lengths) < 2 and len(digests) < 2  # noqa: PLR2004 - they agree


def sequence_md5s(file: BinaryIO, compression: str) -> Iterator[Contig]:
    """Read a FASTA file and yield its sequences with length and MD5.

    The MD5 is that of the sequence in upper case without white space, as in the tag M5 of the SAM
    specification. One block is held in memory at a time.

    Parameters
    ----------
    file : binary file
        The FASTA file.
    compression : str
        As in `FileHeader.compression`.

    Yields
    ------
    Contig

    Raises
    ------
    StorageError
        The file is damaged, has too many sequences, or its compression is unknown.
    """
    number = 0
    name, length, digest = "", 0, hashlib.md5(usedforsecurity=False)
    for is_name, part in _parts(_blocks(file, compression)):
        if not is_name:
            bases = b"".join(part.split()).upper()
            digest.update(bases)
            length += len(bases)
            continue
        number += 1
        if number > MOST_NAMES:
            raise StorageError(
                f"The FASTA file has more than {MOST_NAMES:,} sequences.",
                "Describe the folder without sequence_md5.",
            )
        if name:
            yield Contig(name, length, digest.hexdigest())
        words = part.split(None, 1)
        name = words[0].decode(errors="replace") if words else ""
        length, digest = 0, hashlib.md5(usedforsecurity=False)
    if name:
        yield Contig(name, length, digest.hexdigest())


def _blocks(file: BinaryIO, compression: str) -> Iterator[bytes]:
    """Yield the decompressed blocks of a file."""
    if compression not in {"", "gzip", "bgzip", "bzip2"}:
        raise StorageError(
            f"A FASTA file compressed with {compression} cannot be read.",
            "Compress it with bgzip.",
        )
    opened: Any = file
    if compression:
        opened = bz2.BZ2File(file) if compression == "bzip2" else gzip.GzipFile(fileobj=file)
    try:
        while block := opened.read(_BLOCK):
            yield block
    except (EOFError, OSError, zlib.error) as error:
        if isinstance(error, ModosError):
            raise
        raise StorageError(
            f"The FASTA file is damaged: {error}.", "Check the file, or create it again."
        ) from error


def _parts(blocks: Iterable[bytes]) -> Iterator[tuple[bool, bytes]]:
    """Yield the lines that name a sequence (True), and pieces of the sequences (False)."""
    name: bytes | None = None
    for block in blocks:
        begin = 0
        while begin < len(block):
            found = block.find(b">" if name is None else b"\n", begin)
            end = found if found >= 0 else len(block)
            part, begin = block[begin:end], end + 1
            if name is None:
                if part:
                    yield False, part
                name = b"" if found >= 0 else None
                continue
            name = (name + part)[:_BLOCK]
            if found >= 0:
                yield True, name
                name = None
