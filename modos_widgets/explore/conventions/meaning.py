"""What an array means by the conventions of the library that wrote it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from modos_widgets.explore.array_reader import read_part
from modos_widgets.explore.labels import LABEL_BUDGET, axis_labels, axis_names
from modos_widgets.explore.source import facts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np

    from modos_widgets.archive import ArrayMetadata
    from modos_widgets.explore.array_part import ArrayPart
    from modos_widgets.explore.source import NodeSource

__all__ = [
    "ArrayMeaning",
    "AxisLabels",
    "AxisMeaning",
    "Channel",
    "MeantValues",
    "Resolution",
    "meaning_of",
]

Kind = Literal["array", "matrix", "table", "image"]
Role = Literal["", "space", "time", "channel"]


class AxisLabels(NamedTuple):
    """Labels of consecutive positions on an axis.

    Attributes
    ----------
    name : str
        Name of the array or table that contains them.
    texts : list of str
        One label for each position.
    unit : str
        Unit of the labels; empty if there is none.
    """

    name: str
    texts: list[str]
    unit: str = ""


@dataclass(frozen=True, slots=True)
class AxisMeaning:
    """Axis of an array.

    Attributes
    ----------
    name : str
        Name, or a default such as ``rows``.
    unit : str
        Unit of the physical position; empty if there is none.
    role : {"", "space", "time", "channel"}
        What the axis stands for, if a convention states it.
    scale : float or None
        Distance between two positions in `unit`; None if it is not known.
    offset : float
        Physical position of the first value.
    """

    name: str
    unit: str = ""
    role: Role = ""
    scale: float | None = None
    offset: float = 0.0

    def position(self, index: int) -> float:
        """Return the physical position of an index; the index itself without a scale."""
        return index if self.scale is None else self.offset + self.scale * index


@dataclass(frozen=True, slots=True)
class Channel:
    """Channel of an image.

    Attributes
    ----------
    name : str
        Label.
    color : str
        ``#rrggbb``.
    low, high : float or None
        Values that are drawn black and in full colour; None if the image does not state them.
    active : bool
        Whether the channel is shown at first.
    """

    name: str
    color: str
    low: float | None = None
    high: float | None = None
    active: bool = True


@dataclass(frozen=True, slots=True)
class Resolution:
    """Resolution of an image.

    Attributes
    ----------
    path : str
        Path of its array.
    shape : tuple of int
        Shape of the array.
    """

    path: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class MeantValues:
    """Values of a part of an array, as its convention means them.

    Attributes
    ----------
    data : numpy.ndarray
        The displayed axes. Words of categories are texts, None where they are missing; missing
        numbers are NaN, missing times NaT.
    faults : tuple of str
        The first few chunks that could not be read, with the reason.
    unread : int
        Number of chunks that could not be read.
    codes : numpy.ndarray or None
        Positions in `words`, -1 where a value is missing; None if the values are not categories.
    words : tuple of str
        The categories, in their order.
    notes : tuple of str
        Sentences about values that do not follow the convention.
    columns : tuple
        Values of each column of a table, as pandas represents them; empty if it is not a table.
    """

    data: np.ndarray[Any, Any]
    faults: tuple[str, ...] = ()
    unread: int = 0
    codes: np.ndarray[Any, Any] | None = None
    words: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    columns: tuple[Any, ...] = ()


@dataclass(frozen=True)
class ArrayMeaning:
    """What the values and axes of an array mean.

    Attributes
    ----------
    source : NodeSource
        The hierarchy.
    path : str
        Path of the node that was asked for.
    array : ArrayMetadata or None
        Metadata to choose a part of; None if the node has no values to show. For a group that
        contains one matrix, table or image, they describe that.
    axes : tuple of AxisMeaning
        One for each axis.
    kind : {"array", "matrix", "table", "image"}
        ``matrix`` for a sparse matrix, ``table`` for a group of columns, ``image`` for a group
        of resolutions.
    unit : str
        Unit of the values; empty if there is none.
    channel_axis : int or None
        Axis of the channels of an image.
    channels : tuple of Channel
        One for each position of the channel axis.
    resolutions : tuple of Resolution
        Resolutions of an image, the finest first.
    resolution : int
        Resolution that is shown.
    conventions : tuple of str
        Recognized conventions, such as ``AnnData``.
    sentence : str
        What is done because of them; empty if nothing.
    raw : bool
        Whether conventions are ignored.
    """

    source: NodeSource
    path: str
    array: ArrayMetadata | None
    axes: tuple[AxisMeaning, ...] = ()
    kind: Kind = "array"
    unit: str = ""
    channel_axis: int | None = None
    channels: tuple[Channel, ...] = ()
    resolutions: tuple[Resolution, ...] = ()
    resolution: int = 0
    conventions: tuple[str, ...] = ()
    sentence: str = ""
    raw: bool = False

    def read(
        self, part: ArrayPart, check: Callable[[], None] = lambda: None, **options: Any
    ) -> MeantValues:
        """Read a part of the values. Uses the network for a remote hierarchy.

        Parameters
        ----------
        part : ArrayPart
            The part, chosen from `array`.
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
        return MeantValues(values.data, values.faults, values.unread)

    def labels(
        self,
        part: ArrayPart,
        first: Mapping[int, int],
        *,
        most: int,
        budget: int = LABEL_BUDGET,
        check: Callable[[], None] = lambda: None,
    ) -> dict[int, AxisLabels]:
        """Read the labels of the displayed axes. Uses the network for a remote hierarchy.

        Parameters
        ----------
        part : ArrayPart
            The displayed part.
        first : mapping
            Axis to the position of its first label.
        most : int
            Maximum number of labels for each axis.
        budget : int
            Maximum bytes of labels to read for an axis; an axis with more gets no labels.
        check : callable
            Called between requests; an exception that it raises ends the reading.

        Returns
        -------
        dict of int to AxisLabels
            Axes with labels.
        """
        if self.raw:
            return {}
        found = axis_labels(
            self.source, self.path, part, first, most=most, budget=budget, check=check
        )
        return {axis: AxisLabels(name, texts) for axis, (name, texts) in found.items()}


def meaning_of(source: NodeSource, path: str, *, raw: bool = False) -> ArrayMeaning:
    """Return what an array means, from metadata alone.

    Uses the network for a remote hierarchy whose metadata are not consolidated.

    Parameters
    ----------
    source : NodeSource
        The hierarchy.
    path : str
        Path of the array, or of a group that contains one matrix, table or image.
    raw : bool
        Ignore conventions: the numbers as they are stored, and positions instead of labels.

    Returns
    -------
    ArrayMeaning

    Raises
    ------
    ModosError
        The path is invalid, or the store fails or denies permission.
    """
    facts = facts_of(source, path)
    if facts.array is None:
        return ArrayMeaning(source, path, None, raw=raw)
    axes = tuple(AxisMeaning(name) for name in axis_names(facts.array))
    return ArrayMeaning(source, path, facts.array, axes, raw=raw)
