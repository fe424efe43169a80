"""Read the headers and indexes of the files that elements name."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from modos_widgets.concurrency import on_threads
from modos_widgets.errors import NotFoundError
from modos_widgets.headers import (
    CONCURRENT_FILES,
    ZARR_DOCUMENTS,
    FileHeader,
    FileIndex,
    check_index,
    read_header,
    read_index,
    read_zarr_header,
)
from modos_widgets.modo.data_paths import file_in_object, index_names
from modos_widgets.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from modos_widgets.archive import Node
    from modos_widgets.modo.schema.slots import Schema
    from modos_widgets.storage import Ranges

__all__ = [
    "CheckedFile",
    "CheckedFolder",
    "Contents",
    "IndexOfFile",
    "ReadableFile",
    "read_contents",
]

_CHECKED_INDEXES = (".bai", ".crai", ".csi", ".tbi", ".fai", ".gzi")


@dataclass(frozen=True)
class ReadableFile:
    """A file of an object, as it will be after a commit.

    Attributes
    ----------
    open : callable
        Returns its ranges.
    size : int
        Size in bytes.
    modified : datetime.datetime or None
        Time of its last change; None for a file that a draft adds.
    etag : str
        ETag on S3; empty if there is none.
    """

    open: Callable[[], Ranges]
    size: int
    modified: datetime | None = None
    etag: str = ""


@dataclass(frozen=True)
class IndexOfFile:
    """An index beside a file.

    Attributes
    ----------
    path : str
        Its path, relative to the object.
    index : FileIndex
        What it says.
    mismatch : str
        Why it does not belong to the file, in one sentence; empty if nothing shows that.
    is_older : bool
        Whether it was last changed before the file.
    """

    path: str
    index: FileIndex
    mismatch: str = ""
    is_older: bool = False


@dataclass(frozen=True)
class CheckedFile:
    """A file that elements name, with its header and its indexes.

    Attributes
    ----------
    path : str
        Its path, relative to the object.
    file : ReadableFile
        The file.
    header : FileHeader
        What it says about itself.
    indexes : tuple of IndexOfFile
        The indexes beside it that were read.
    dictionary : FileHeader or None
        Header of the sequence dictionary (``.dict``) beside a reference.
    elements : tuple of str
        The elements that name it.
    """

    path: str
    file: ReadableFile
    header: FileHeader
    indexes: tuple[IndexOfFile, ...]
    dictionary: FileHeader | None
    elements: tuple[str, ...]

    @property
    def summary(self) -> str:
        """What the file is, in one line."""
        indexed = any(not each.mismatch for each in self.indexes)
        return self.header.summary(indexed=indexed or (False if self.needs_index else None))

    @property
    def needs_index(self) -> bool:
        """Whether readers of the file usually need an index."""
        header = self.header
        if header.format in {"BAM", "CRAM"}:
            return header.sort_order == "coordinate" and header.has_records is not False
        return header.format in {"VCF", "BCF"} and header.compression == "bgzip"


@dataclass(frozen=True)
class CheckedFolder:
    """A folder with a zarr archive that elements name.

    Attributes
    ----------
    path : str
        Its path, relative to the object.
    header : FileHeader
        What it says about itself.
    elements : tuple of str
        The elements that name it.
    """

    path: str
    header: FileHeader
    elements: tuple[str, ...]


@dataclass(frozen=True)
class Contents:
    """The elements of one object, and what their files say.

    Attributes
    ----------
    path : str
        Path of the object.
    elements : Mapping
        Id of every element to its attributes.
    schema : Schema
        The classes.
    files : Mapping of str to CheckedFile
        Path to file, for each file that an element names.
    nodes : Mapping of str to Node
        Path to node of the archive.
    aliases : Mapping of str to str
        Name of a sample in files to the id of its element.
    folders : Mapping of str to CheckedFolder
        Path to folder, for each zarr archive beside that of the object that an element names.
    sequence_lengths : Mapping of str to int
        MD5 of sequences to their length, as a refget service states it.
    refget_problem : str
        Why the refget service could not be asked, in one sentence; empty if it could.
    """

    path: str
    elements: Mapping[str, Mapping[str, Any]]
    schema: Schema
    files: Mapping[str, CheckedFile]
    nodes: Mapping[str, Node]
    aliases: Mapping[str, str] = field(default_factory=dict)
    folders: Mapping[str, CheckedFolder] = field(default_factory=dict)
    sequence_lengths: Mapping[str, int] = field(default_factory=dict)
    refget_problem: str = ""

    def is_a(self, element: str, class_name: str) -> bool:
        """Return whether an element is of a class, or of a class derived from it."""
        return self.schema.is_a(self.elements.get(element, {}).get("@type"), class_name)

    def file_of(self, element: str) -> CheckedFile | None:
        """Return the file that an element names, if it was read."""
        stated = self.elements.get(element, {}).get("data_path")
        return self.files.get(file_in_object(stated, self.path) or "")

    @property
    def summaries(self) -> dict[str, str]:
        """Path of each file and folder to what it is, in one line."""
        found = {file.path: file.summary for file in self.files.values()}
        return found | {each.path: each.header.summary() for each in self.folders.values()}

    def checked(self) -> Iterable[tuple[str, CheckedFile]]:
        """Yield each element that names a file that was read, with the file."""
        for file in self.files.values():
            for element in file.elements:
                yield element, file


def read_contents(
    path: str,
    elements: Mapping[str, Mapping[str, Any]],
    files: Mapping[str, ReadableFile],
    *,
    nodes: Mapping[str, Node],
    schema: Schema,
    aliases: Mapping[str, str],
    on_progress: Callable[[Progress], object] | None = None,
) -> Contents:
    """Read the headers and indexes of the files that elements name, side by side.

    Network use: for each file, its header, and at most three requests and 256 KiB beyond it; for
    a zarr archive that is a folder, that of `headers.read_zarr_header`.

    Parameters
    ----------
    path : str
        Path of the object.
    elements : Mapping
        Id of every element to its attributes.
    files : Mapping of str to ReadableFile
        Path to file, for each file of the object.
    nodes, schema, aliases
        As in `Contents`.
    on_progress : callable, optional
        Called with a `Progress` after each file, on any thread.

    Returns
    -------
    Contents
    """
    named: dict[str, list[str]] = {}
    for element, attributes in elements.items():
        own = file_in_object(attributes.get("data_path"), path)
        if own is not None and (own in files or _is_zarr_folder(own, files)):
            named.setdefault(own, []).append(element)
    counter = _Counter(len(named), on_progress)

    def checked(name: str) -> CheckedFile | CheckedFolder:
        reader = _checked if name in files else _checked_folder
        found = reader(name, tuple(named[name]), files)
        counter.add(name)
        return found

    read = on_threads(checked, named, most=CONCURRENT_FILES)
    return Contents(
        path,
        elements,
        schema,
        {each.path: each for each in read if isinstance(each, CheckedFile)},
        nodes,
        aliases,
        {each.path: each for each in read if isinstance(each, CheckedFolder)},
    )


def _is_zarr_folder(path: str, files: Mapping[str, ReadableFile]) -> bool:
    return any(f"{path}/{name}" in files for name in ZARR_DOCUMENTS)


def _checked_folder(
    path: str, elements: tuple[str, ...], files: Mapping[str, ReadableFile]
) -> CheckedFolder:
    def open_file(name: str) -> Ranges:
        file = files.get(f"{path}/{name}")
        if file is None:
            raise NotFoundError(f"No file at {path}/{name}.", "Check the path.")
        return file.open()

    return CheckedFolder(path, read_zarr_header(path, open_file), elements)


class _Counter:
    """Counts files that were read, on any thread."""

    def __init__(self, total: int, on_progress: Callable[[Progress], object] | None) -> None:
        self._total, self._done = total, 0
        self._on_progress = on_progress
        self._lock = threading.Lock()

    def add(self, path: str) -> None:
        with self._lock:
            self._done += 1
            if self._on_progress is not None:
                self._on_progress(Progress("reading", "files", self._done, self._total, path=path))


def _checked(
    path: str, elements: tuple[str, ...], files: Mapping[str, ReadableFile]
) -> CheckedFile:
    file = files[path]
    ranges = file.open()
    header = read_header(ranges)
    beside = [name for name in index_names(path) if name in files]
    indexes = []
    for name in beside:
        if not name.endswith(_CHECKED_INDEXES):
            continue
        index = read_index(files[name].open())
        mismatch = check_index(index, header, ranges)
        changed, modified = files[name].modified, file.modified
        is_older = changed is not None and modified is not None and changed < modified
        indexes.append(IndexOfFile(name, index, mismatch, is_older))
    dictionary = next((name for name in beside if name.endswith(".dict")), "")
    return CheckedFile(
        path,
        file,
        header,
        tuple(indexes),
        read_header(files[dictionary].open()) if dictionary else None,
        elements,
    )
