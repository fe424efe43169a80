"""The data files of a folder, with their headers, and the files that are left out."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from modos_widgets.concurrency import on_threads
from modos_widgets.headers import HEAD, FileHeader, KnownHead, decompressed_start, read_header
from modos_widgets.modo import indexed_names, kind_of_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from modos_widgets.description.source_folder import SourceFolder
    from modos_widgets.modo import Evidence, FileKind

__all__ = ["DescribedFile", "read_files"]

CONCURRENT_FILES: Final = 32
_REPORTS: Final = frozenset(
    f".{ending}"
    for endings in (
        "html htm css js pdf png svg jpg md rst doc docx xls xlsx pptx zip log out err",
        "yml yaml toml ini config nf sh py r rmd ipynb md5 sha1 sha256 sha512",
    )
    for ending in endings.split()
)
"""Endings of reports, settings, programs and checksums, whose content is not read."""
_READ_PAIR: Final = re.compile(
    r"(?P<sample>.+?)(?:_S\d+)?(?:_L\d{3})?[._-]R?[12](?:_\d{3})?\.(?:fastq|fq)(?:\.\w+)?$"
)
_LABEL_COLUMNS: Final = 2  # of a matrix, such as gene_id and gene_name


@dataclass(frozen=True)
class DescribedFile:
    """A data file.

    Attributes
    ----------
    name : str
        Path relative to the folder.
    size : int
        Size in bytes.
    kind : FileKind
        Its class and format.
    header : FileHeader
        What it says about itself.
    head : bytes
        Its first bytes.
    columns : tuple of str
        Names of the columns of a matrix in text; empty for other files.
    indexes : tuple of str
        Its index files.
    """

    name: str
    size: int
    kind: FileKind
    header: FileHeader
    head: bytes = field(repr=False)
    columns: tuple[str, ...] = field(default=(), repr=False)
    indexes: tuple[str, ...] = ()

    @property
    def base(self) -> str:
        """Name without folders."""
        return posixpath.basename(self.name)

    @property
    def class_name(self) -> str:
        """Class of its element."""
        return "Array" if self.columns else self.kind.class_name

    @property
    def sample_of_reads(self) -> str:
        """Sample that the name of a file of reads states, as Illumina names them, or ''."""
        match = _READ_PAIR.match(self.base) if self.kind.format == "FASTQ" else None
        return match["sample"] if match else ""


def read_files(
    folder: SourceFolder,
    files: Iterable[tuple[str, int]],
    evidence: Evidence,
    on_file: Callable[[str], object],
) -> list[DescribedFile]:
    """Read the headers of the data files of a folder, side by side.

    Network use: on S3 a request for each file, and those of `headers.read_header`.

    Parameters
    ----------
    folder : SourceFolder
        The folder.
    files : iterable of (str, int)
        Name and size of each file.
    evidence : Evidence
        Receives the files that are left out.
    on_file : callable
        Called with the name of each file that was read.

    Returns
    -------
    list of DescribedFile
        Without index files, reports and empty files.

    Raises
    ------
    CredentialsError, EndpointError, StorageError, ChangedError
        A file cannot be read.
    """
    sizes = dict(files)
    indexes: dict[str, list[str]] = {}
    wanted: list[str] = []
    for name, size in sizes.items():
        data_file = next((each for each in indexed_names(name) if each in sizes), None)
        if data_file is not None:
            indexes.setdefault(data_file, []).append(name)
        elif not size:
            evidence.unused(name, "The file is empty.")
        elif posixpath.splitext(name.lower())[1] in _REPORTS:
            evidence.unused(name, "A report, a program or settings.")
        else:
            wanted.append(name)

    def read(name: str) -> DescribedFile:
        file = folder.ranges(name, sizes[name])
        ranges = KnownHead(file, file.read(0, HEAD))
        kind = kind_of_file(name, ranges.head)
        header = read_header(ranges) if kind.content else FileHeader(name, ranges.size)
        columns = _matrix_columns(ranges.head) if kind.format == "TSV" else ()
        on_file(name)
        return DescribedFile(
            name,
            sizes[name],
            kind,
            header,
            ranges.head,
            columns,
            tuple(sorted(indexes.get(name, ()))),
        )

    found: list[DescribedFile] = []
    for file in on_threads(read, wanted, most=CONCURRENT_FILES):
        if reason := _left_out(file):
            evidence.unused(file.name, reason)
        else:
            found.append(file)
        if file.header.problem or file.header.truncated:
            evidence.unused(file.name, file.header.problem or file.header.truncated)
    return found


def _left_out(file: DescribedFile) -> str:
    """Return why a file gets no element; empty if it gets one."""
    if file.class_name != "DataEntity" or file.kind.format == "FASTQ":
        return ""
    if file.kind.format == "TSV":
        return "A table that is not a matrix of numbers."
    if file.kind.format == "JSON":
        return "A JSON file without samples."
    return "" if file.kind.format else "The schema has no format for it."


def _matrix_columns(head: bytes) -> tuple[str, ...]:
    """Return the columns of a matrix of numbers, without those of its labels; none if it is none.

    The first line has the names of the columns, and each other one begins with one or two labels.
    """
    lines = decompressed_start(head, HEAD).decode(errors="replace").split("\n")
    if len(lines) < 3:  # noqa: PLR2004 - names, a row, and what follows its end
        return ()
    names, cells = (line.rstrip("\r").split("\t") for line in lines[:2])
    if len(names) == len(cells) - 1:  # as R writes them
        names = ["", *names]
    labels = next((n for n, cell in enumerate(cells) if _is_number(cell)), len(cells))
    if not 1 <= labels <= _LABEL_COLUMNS or len(names) != len(cells):
        return ()
    return tuple(names[labels:]) if all(map(_is_number, cells[labels:])) else ()


def _is_number(text: str) -> bool:
    if text.strip().upper() in {"NA", "NAN"}:
        return True
    try:
        float(text)
    except ValueError:
        return False
    return True
