"""What a draft brings along with metadata: files, arrays, copies, removals of files."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import zarr
import zarr.storage

from modos_widgets.credentials import shown_address
from modos_widgets.errors import NotFoundError, OptionError
from modos_widgets.modo.locating import INDEX_SUFFIXES
from modos_widgets.storage.paths import is_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from typing import BinaryIO

__all__ = [
    "ArrayPayload",
    "CopyPayload",
    "DropPayload",
    "FilePayload",
    "Payload",
    "RemoveFilePayload",
    "RestorePayload",
    "file_payloads",
    "make_array",
]

BLOCK = 4 * 1024 * 1024


@dataclass(frozen=True)
class FilePayload:
    """A file to be put into the object.

    Attributes
    ----------
    element : str
        The element that it belongs to.
    target : str
        Its name in the object.
    source : str
        Where it is: a path on this computer, or ``s3://bucket/key``.
    size : int
        Bytes.
    checksum : str
        Its BLAKE2b digest.
    open : callable
        Opens the source.
    """

    element: str
    target: str
    source: str
    size: int
    checksum: str
    open: Callable[[], AbstractContextManager[BinaryIO]] = field(repr=False, compare=False)

    def blocks(self) -> Iterator[bytes]:
        """Read the source."""
        with self.open() as file:
            while block := file.read(BLOCK):
                yield block

    def __str__(self) -> str:
        """Say what it is."""
        return f"{self.size:,} bytes from {self.source}"


@dataclass(frozen=True)
class ArrayPayload:
    """The stored keys of a group of arrays, relative to the element."""

    element: str
    name: str
    keys: Mapping[str, bytes] = field(repr=False)
    summary: str = ""

    def __str__(self) -> str:
        """Say what it is."""
        return self.summary


@dataclass(frozen=True)
class CopyPayload:
    """What lies below an element that is renamed."""

    element: str
    source: str

    def __str__(self) -> str:
        """Say what it is."""
        return f"arrays of {self.source}"


@dataclass(frozen=True)
class RemoveFilePayload:
    """A file to be removed from the object, and its size (bytes) where it is known."""

    element: str
    target: str
    size: int | None = None

    def __str__(self) -> str:
        """Say what it is."""
        return "file" if self.size is None else f"file of {self.size:,} bytes"


@dataclass(frozen=True)
class RestorePayload:
    """Files and keys that an undo brings back, relative to the object, and their diff."""

    element: str
    keys: Mapping[str, bytes] = field(repr=False)
    rows: tuple[Sequence[str | None], ...] = ()


@dataclass(frozen=True)
class DropPayload:
    """Files and keys that an undo takes away again, relative to the object, and their diff."""

    element: str
    keys: tuple[str, ...]
    rows: tuple[Sequence[str | None], ...] = ()


Payload = (
    FilePayload | ArrayPayload | CopyPayload | RemoveFilePayload | RestorePayload | DropPayload
)


def file_payloads(
    element: str, source: str, target: str, opener: Callable[[str], Any] | None = None
) -> list[FilePayload]:
    """Describe a file and the index files beside it; reads all of it for its checksum.

    Parameters
    ----------
    element : str
        The element that it belongs to.
    source : str
        A path on this computer, or ``s3://bucket/key`` with `opener`.
    target : str
        Where it goes, relative to the object.
    opener : callable, optional
        Opens a source as a context manager of a binary file; raises FileNotFoundError.

    Raises
    ------
    NotFoundError
        There is no such file.
    """
    opens = opener or _open_local
    found = []
    for suffix in ("", *INDEX_SUFFIXES):
        path = source + suffix
        opened = partial(opens, path)
        try:
            size, checksum = _measure(opened)
        except FileNotFoundError as error:
            if not suffix:
                raise NotFoundError(
                    f"There is no file {shown_address(source)}.", "Check its path."
                ) from error
            continue
        except IsADirectoryError as error:
            raise OptionError(f"{source} is a folder.", "Attach its files one by one.") from error
        found.append(FilePayload(element, target + suffix, path, size, checksum, opened))
    return found


def _open_local(path: str) -> BinaryIO:
    return Path(path).expanduser().open("rb")


def _measure(opens: Callable[[], Any]) -> tuple[int, str]:
    digest, size = hashlib.blake2b(), 0
    with opens() as file:
        while block := file.read(BLOCK):
            digest.update(block)
            size += len(block)
    return size, digest.hexdigest()


def make_array(element: str, values: Any, obs: Any, var: Any, name: str) -> ArrayPayload:
    """Make the stored form of a labelled matrix; touches no store.

    The values lie in the array `name` with dimension names ``obs`` and ``var``, the labels
    in string arrays of these names beside it: xarray opens the group as it is.

    Raises
    ------
    OptionError
        Object-typed values, labels that do not fit the shape.
    """
    matrix = np.asarray(values)
    if matrix.dtype.kind == "U" and not all(map(is_text, matrix.ravel().tolist())):
        raise OptionError("The values hold half a character.", "Replace it.")
    if matrix.dtype.kind not in "biufcSU":
        raise OptionError(
            f"Values of type {matrix.dtype} cannot be stored.",
            "Give numbers, True and False, or text.",
        )
    labels = {
        label: np.asarray([str(entry) for entry in found])
        for label, found in (("obs", obs), ("var", var))
        if found is not None
    }
    axes = _axes(matrix.shape, {label: len(found) for label, found in labels.items()})
    memory = zarr.storage.MemoryStore()
    group = zarr.create_group(memory, zarr_format=3)
    _create(group, name, matrix, axes)
    for label, found in labels.items():
        _create(group, label, found if len(found) else found.astype("U1"), [label])
    keys = {key: buffer.to_bytes() for key, buffer in memory._store_dict.items()}  # noqa: SLF001
    keys.pop("zarr.json")
    summary = f"array {' x '.join(f'{length:,}' for length in matrix.shape)} {matrix.dtype}"
    return ArrayPayload(element, name, keys, summary)


def _create(group: zarr.Group, name: str, values: Any, dimensions: list[str]) -> None:
    if values.dtype.kind in "SU":
        values = values.astype(np.dtypes.StringDType())
        made = group.create_array(
            name, shape=values.shape, dtype="string", dimension_names=dimensions
        )
        made[...] = values
        return
    group.create_array(name, data=values, dimension_names=dimensions)


def _axes(shape: tuple[int, ...], labels: Mapping[str, int]) -> list[str]:
    """Name the axes: rows are obs and columns var, unless the labels fit the other way alone."""
    more = [f"axis{number}" for number in range(2, len(shape))]
    for first in (["obs", "var"], ["var", "obs"]):
        axes = first[: len(shape)]
        if all(label in axes and shape[axes.index(label)] == n for label, n in labels.items()):
            return [*axes, *more]
    counted = ", ".join(f"{label} names {number:,}" for label, number in labels.items())
    raise OptionError(
        f"The labels do not fit: {counted}, the values have {' x '.join(map(str, shape))}.",
        "Give one label of obs for each row and one of var for each column.",
    )
