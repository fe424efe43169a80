"""Values of a stored array, decoded by its convention."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modos_widgets.errors import ModosError
from modos_widgets.explore.array_reader import read_part
from modos_widgets.explore.conventions.columns import LABEL_BUDGET, decode, word_texts
from modos_widgets.explore.conventions.meaning import MeantValues
from modos_widgets.explore.conventions.ranges import Range, read_ranges

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from modos_widgets.explore.array_part import ArrayPart
    from modos_widgets.explore.conventions.cf import Packing
    from modos_widgets.explore.source import NodeSource

__all__ = ["StoredValues"]


@dataclass(frozen=True)
class StoredValues:
    """Values of an array, and how they are coded.

    Attributes
    ----------
    source : NodeSource
        The hierarchy.
    path : str
        Path of the array.
    categories, mask : str
        Paths of the words of its codes, and of the mask of missing values; empty if there are
        none.
    packing : Packing or None
        How numbers are packed.
    """

    source: NodeSource
    path: str
    categories: str = ""
    mask: str = ""
    packing: Packing | None = None

    def read(
        self, part: ArrayPart, check: Callable[[], None] = lambda: None, **options: Any
    ) -> MeantValues:
        """Read a part.

        Parameters
        ----------
        part : ArrayPart
            The part.
        check : callable
            Called between chunks; an exception that it raises ends the reading.
        **options
            Options of `read_part`.

        Returns
        -------
        MeantValues

        Raises
        ------
        ModosError
            The array cannot be opened, or none of its chunks can be read.
        """
        values = read_part(self.source, self.path, part, check, **options)
        notes: list[str] = []
        words = self._words(notes, check) if self.categories else None
        missing = self._mask(part, notes, check) if self.mask else None
        decoded = decode(values.data, words=words, missing=missing, packing=self.packing)
        if decoded.outside:
            is_time = decoded.codes is None
            what = "the range of dates" if is_time else f"the {len(words or ()):,} categories"
            verb = "value is" if decoded.outside == 1 else "values are"
            notes.append(f"{decoded.outside:,} {verb} outside {what} and shown as missing.")
        return MeantValues(
            decoded.data,
            values.faults,
            values.unread,
            codes=decoded.codes,
            words=decoded.words,
            notes=tuple(notes),
        )

    def _range(
        self, each: Range, budget: int, notes: list[str], check: Callable[[], None]
    ) -> np.ndarray[Any, Any] | None:
        values = read_ranges(self.source, [each], budget=budget, check=check)[each]
        if isinstance(values, ModosError):
            notes.append(f"{values.message} Stored values are shown.")
            return None
        return values

    def _words(self, notes: list[str], check: Callable[[], None]) -> list[str] | None:
        array = self.source.describe([self.categories])[self.categories].array
        number = array.shape[0] if array is not None and array.shape else 0
        values = self._range(Range(self.categories, 0, number), LABEL_BUDGET, notes, check)
        return None if values is None else word_texts(values)

    def _mask(
        self, part: ArrayPart, notes: list[str], check: Callable[[], None]
    ) -> np.ndarray[Any, Any] | None:
        each = Range(self.mask, part.start[0], part.stop[0])
        values = self._range(each, 2 * max(part.size, LABEL_BUDGET), notes, check)
        if values is None or values.shape != part.extent:
            return None
        return values.astype(bool)
