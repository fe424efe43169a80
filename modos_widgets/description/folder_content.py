"""What the files of a folder say: their headers, the sheets beside them, the references."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from modos_widgets.concurrency import on_threads
from modos_widgets.description.described_files import CONCURRENT_FILES, read_files
from modos_widgets.description.reference_sequences import (
    LARGEST_INDEX,
    ReferenceFile,
    sequence_md5s,
)
from modos_widgets.description.sample_sheets import LARGEST_SHEET, is_sheet, read_sample_sheet
from modos_widgets.errors import StorageError
from modos_widgets.headers import read_index, read_zarr_header

if TYPE_CHECKING:
    from collections.abc import Callable

    from modos_widgets.description.described_files import DescribedFile
    from modos_widgets.description.sample_sheets import DescribedSheet
    from modos_widgets.description.source_folder import FolderListing, SourceFolder
    from modos_widgets.headers import FileHeader
    from modos_widgets.modo import Evidence

__all__ = ["FolderContent", "compute_md5s", "read_folder"]


@dataclass(frozen=True)
class FolderContent:
    """What the files of a folder say.

    Attributes
    ----------
    files : list of DescribedFile
        The data files.
    sheets : dict of str to DescribedSheet
        Name of each sheet to what it says.
    references : dict of str to ReferenceFile
        Name of each FASTA file to its reference.
    arrays : dict of str to FileHeader
        Name of each folder that is a zarr archive to what it says about itself.
    """

    files: list[DescribedFile]
    sheets: dict[str, DescribedSheet]
    references: dict[str, ReferenceFile]
    arrays: dict[str, FileHeader]


def read_folder(
    folder: SourceFolder, listing: FolderListing, evidence: Evidence, on_file: Callable[[str], None]
) -> FolderContent:
    """Read the headers of files, the sheets beside them, and the sequences of references.

    Parameters
    ----------
    folder : SourceFolder
        The folder.
    listing : FolderListing
        Its content.
    evidence : Evidence
        Receives what is not used.
    on_file : callable
        Called with the name of each data file that was read.

    Returns
    -------
    FolderContent

    Raises
    ------
    CredentialsError, EndpointError, StorageError, ChangedError
        A file cannot be read.
    """
    for name in listing.objects:
        evidence.unused(name, "An object of its own.")
    known = {posixpath.basename(name): None for name in listing.files}
    sheets: dict[str, DescribedSheet] = {}

    def read_sheet(name: str) -> DescribedSheet:
        size = listing.files[name]
        if size > LARGEST_SHEET:
            evidence.unused(name, f"Larger than {LARGEST_SHEET // 2**20} MiB.")
            return read_sample_sheet(name, b"", known)
        return read_sample_sheet(name, folder.ranges(name, size).read(0, size), known)

    names = [name for name, size in listing.files.items() if size and is_sheet(name)]
    for name, sheet in zip(
        names, on_threads(read_sheet, names, most=CONCURRENT_FILES), strict=True
    ):
        if sheet:
            sheets[name] = sheet
        elif sheet.problem:
            evidence.unused(name, sheet.problem)
    rest = ((name, size) for name, size in listing.files.items() if name not in sheets)
    files = read_files(folder, rest, evidence, on_file)
    for file in files:
        if file.kind.format == "mzTab":
            sheet = read_sample_sheet(file.name, file.head, known)
            if sheet:
                sheets[file.name] = sheet
    references = {
        file.name: _reference(folder, listing, file)
        for file in files
        if file.class_name == "ReferenceGenome"
    }
    return FolderContent(files, sheets, references, _arrays(folder, listing, evidence))


def _arrays(
    folder: SourceFolder, listing: FolderListing, evidence: Evidence
) -> dict[str, FileHeader]:
    """Return the headers of the zarr archives."""

    def read(name: str) -> FileHeader:
        return read_zarr_header(name, lambda path: folder.ranges(f"{name}/{path}"))

    found = on_threads(read, listing.arrays, most=CONCURRENT_FILES)
    for header in found:
        if header.problem:
            evidence.unused(header.name, header.problem)
    return {header.name: header for header in found}


def _reference(folder: SourceFolder, listing: FolderListing, file: DescribedFile) -> ReferenceFile:
    """Return a reference with the sequences that its index, or the file itself, states."""
    reference = ReferenceFile(file.name)
    if file.header.all_contigs:
        reference.sequences = {contig.name: contig for contig in file.header.contigs}
        reference.source = file.name
        reference.md5_from = {each.name: file.name for each in file.header.contigs if each.md5}
        return reference
    index = next((name for name in file.indexes if name.endswith(".fai")), None)
    if index is not None:
        found = read_index(folder.ranges(index, listing.files[index]), most=LARGEST_INDEX)
        if found.complete and not found.problem:
            reference.sequences = {contig.name: contig for contig in found.contigs}
            reference.source = index
    return reference


def compute_md5s(folder: SourceFolder, content: FolderContent) -> None:
    """Read the FASTA files, and add the MD5 of their sequences to the references.

    Parameters
    ----------
    folder : SourceFolder
        The folder.
    content : FolderContent
        Its content; its references are changed.

    Raises
    ------
    CredentialsError, EndpointError, StorageError, ChangedError
        A file cannot be read, or is damaged.
    """
    for file in content.files:
        reference = content.references.get(file.name)
        if reference is None or file.header.all_contigs:
            continue
        with folder.open(file.name) as opened:
            try:
                contigs = list(sequence_md5s(opened, file.header.compression))
            except StorageError as error:
                raise StorageError(f"{file.name}: {error.message}", error.hint) from error
        reference.sequences = {contig.name: contig for contig in contigs}
        reference.source = file.name
        reference.md5_from = {contig.name: file.name for contig in contigs}
