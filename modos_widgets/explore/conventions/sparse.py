"""Sparse matrices of AnnData (CSR and CSC), of which a part is read by its row pointers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from modos_widgets.archive import ArrayMetadata
from modos_widgets.errors import ModosError, UnsupportedError
from modos_widgets.explore.array_part import DEFAULT_BUDGET
from modos_widgets.explore.conventions.meaning import MeantValues
from modos_widgets.explore.conventions.ranges import Range, read_ranges
from modos_widgets.explore.paths import joined

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from modos_widgets.archive import Node
    from modos_widgets.explore.array_part import ArrayPart
    from modos_widgets.explore.source import NodeSource

__all__ = ["SPARSE_PARTS", "SparseMatrix", "sparse_shape"]

SPARSE_PARTS: Final = ("data", "indices", "indptr")
_ENCODINGS: Final = {"csr_matrix": 0, "csc_matrix": 1, "csr": 0, "csc": 1}
_BLOCK: Final = (64, 1024)  # values of a part that is chosen as a whole
_TWO: Final = 2
_LARGEST: Final = 2**62


def sparse_shape(facts: Node) -> tuple[tuple[int, int], int] | None:
    """Return the shape of a sparse matrix and its compressed axis; None if it is not one.

    Parameters
    ----------
    facts : Node
        A group. Its attributes are untrusted.

    Returns
    -------
    tuple of (tuple of int, int) or None
        The axis is 0 for CSR and 1 for CSC.
    """
    attributes = facts.attributes
    encoding = attributes.get("encoding-type", attributes.get("h5sparse_format"))
    shape = attributes.get("shape", attributes.get("h5sparse_shape"))
    if facts.kind != "group" or not isinstance(encoding, str) or encoding not in _ENCODINGS:
        return None
    if not isinstance(shape, list) or len(shape) != _TWO:
        return None
    if not all(type(each) is int and 0 <= each < _LARGEST for each in shape):
        return None
    return (shape[0], shape[1]), _ENCODINGS[encoding]


@dataclass(frozen=True, slots=True)
class SparseMatrix:
    """Sparse matrix below a group.

    Attributes
    ----------
    source : NodeSource
        The hierarchy.
    path : str
        Path of the group.
    shape : tuple of int
        Rows and columns.
    axis : int
        Compressed axis: 0 for CSR, 1 for CSC.
    arrays : Mapping of str to ArrayMetadata
        Its arrays ``data``, ``indices`` and ``indptr``.
    budget : int
        Maximum bytes of decoded chunks that are read of each array.
    """

    source: NodeSource
    path: str
    shape: tuple[int, int]
    axis: int
    arrays: Mapping[str, ArrayMetadata]
    budget: int = DEFAULT_BUDGET

    @property
    def array(self) -> ArrayMetadata:
        """Metadata of the matrix as if it were dense, to choose a part."""
        data = self.arrays["data"]
        entries = data.shape[0] * (data.itemsize + self.arrays["indices"].itemsize)
        each = entries // max(1, self.shape[self.axis])  # bytes of an average row
        block = list(_BLOCK if self.axis == 0 else _BLOCK[::-1])
        block[self.axis] = max(1, min(block[self.axis], self.budget // (4 * max(1, each))))
        chunks = tuple(
            max(1, min(step, length)) for step, length in zip(block, self.shape, strict=True)
        )
        return ArrayMetadata(
            shape=self.shape,
            chunks=chunks,
            inner_chunks=None,
            dtype=data.dtype,
            codecs=data.codecs,
            fill_value=0,
            dimension_names=(),
            itemsize=data.itemsize,
        )

    def read(
        self,
        part: ArrayPart,
        check: Callable[[], None] = lambda: None,
        **options: Any,  # noqa: ARG002  of stored arrays
    ) -> MeantValues:
        """Read a part as a dense matrix: the pointers, then the entries between them.

        Parameters
        ----------
        part : ArrayPart
            The part.
        check : callable
            Called between requests; an exception that it raises ends the reading.
        **options
            Options of `read_part`, which are not used here.

        Returns
        -------
        MeantValues
            Rows whose entries exceed the budget are NaN, and named in `faults`.

        Raises
        ------
        ModosError
            The matrix cannot be read, or its pointers are invalid.
        """
        start, stop = part.start[self.axis], part.stop[self.axis]
        other = 1 - self.axis
        low, high = part.start[other], part.stop[other]
        pointers = self._pointers(start, stop, check)
        fitting, faults = self._fitting(pointers, start)
        indices, data = self._entries(int(pointers[0]), int(pointers[fitting]), check)
        lines = np.repeat(np.arange(fitting), np.diff(pointers[: fitting + 1]))
        dense = np.zeros((stop - start, high - low), dtype=data.dtype)
        outside = int(np.count_nonzero((indices < 0) | (indices >= self.shape[other])))
        inside = (indices >= low) & (indices < high)
        np.add.at(dense, (lines[inside], indices[inside] - low), data[inside])
        if fitting < stop - start:
            dense = dense.astype("float64")
            dense[fitting:] = np.nan
        notes = (
            (f"{outside:,} entries lie outside the matrix and are left out.",) if outside else ()
        )
        is_as_stored = part.axes[0] == self.axis
        return MeantValues(dense if is_as_stored else dense.T, faults, len(faults), notes=notes)

    def _read(
        self, start: int, stop: int, names: tuple[str, ...], check: Callable[[], None]
    ) -> list[np.ndarray[Any, Any]]:
        ranges = [Range(joined(self.path, name), start, stop) for name in names]
        read = read_ranges(self.source, ranges, budget=2 * self.budget, check=check)
        found = []
        for each in ranges:
            values = read[each]
            if isinstance(values, ModosError):
                raise values
            if len(values) != stop - start or values.dtype.kind not in "iufb":
                raise self._invalid(f"{each.path} is too short or does not contain numbers")
            found.append(values)
        return found

    def _invalid(self, reason: str) -> ModosError:
        return UnsupportedError(f"Invalid sparse matrix: {reason}.", "Write the matrix again.")

    def _pointers(self, start: int, stop: int, check: Callable[[], None]) -> np.ndarray[Any, Any]:
        (stored,) = self._read(start, stop + 1, ("indptr",), check)
        if stored.dtype.kind not in "iu":
            raise self._invalid("indptr does not contain whole numbers")
        pointers = stored.astype("int64")
        most = min(self.arrays[name].shape[0] for name in ("data", "indices"))
        if pointers[0] < 0 or pointers[-1] > most or (np.diff(pointers) < 0).any():
            raise self._invalid("indptr does not rise from 0 to the number of entries")
        return pointers

    def _fitting(self, pointers: np.ndarray[Any, Any], start: int) -> tuple[int, tuple[str, ...]]:
        """Return how many rows (of CSC: columns) fit the budget, and what to say of the others."""
        size = max(1, self.arrays["data"].itemsize, self.arrays["indices"].itemsize)
        room = self.budget // size
        fitting = int(np.searchsorted(pointers - pointers[0], room, side="right")) - 1
        lines = len(pointers) - 1
        if fitting >= lines:
            return lines, ()
        name = "row" if self.axis == 0 else "column"
        text = (
            f"From {name} {start + fitting:,} on: the stored entries exceed the budget of "
            f"{self.budget:,} bytes."
        )
        return fitting, (text,)

    def _entries(
        self, start: int, stop: int, check: Callable[[], None]
    ) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        indices, data = self._read(start, stop, ("indices", "data"), check)
        if indices.dtype.kind not in "iu":
            raise self._invalid("indices does not contain whole numbers")
        return indices.astype("int64"), data
