"""What an array means by the conventions of the library that wrote it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, Protocol

from modos_widgets.errors import ModosError, NotFoundError
from modos_widgets.explore.conventions.columns import LABEL_BUDGET, label_texts, read_columns

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np

    from modos_widgets.archive import ArrayMetadata
    from modos_widgets.explore.array_part import ArrayPart
    from modos_widgets.explore.conventions.columns import Column, ColumnValues
    from modos_widgets.explore.source import NodeSource

__all__ = [
    "MOST_CHANNELS",
    "ArrayMeaning",
    "AxisLabels",
    "AxisMeaning",
    "Channel",
    "MeantValues",
    "Resolution",
    "Role",
    "ValueReader",
]

Kind = Literal["array", "matrix", "table", "image"]
Role = Literal["", "space", "time", "channel"]

MOST_CHANNELS: Final = 8
"""Maximum number of channels in one picture."""


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
    columns : tuple of (str, ColumnValues)
        Names and values of the columns of a table; empty if it is not a table.
    """

    data: np.ndarray[Any, Any]
    faults: tuple[str, ...] = ()
    unread: int = 0
    codes: np.ndarray[Any, Any] | None = None
    words: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    columns: tuple[tuple[str, ColumnValues], ...] = ()


class ValueReader(Protocol):
    """Reader of the values of a part of an array."""

    def read(self, part: ArrayPart, check: Callable[[], None] = ..., **options: Any) -> MeantValues:
        """Read a part."""
        ...


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
    values : ValueReader or None
        Reader of the values.
    columns : Mapping of int to (str, Column)
        Names and columns of the labels of axes.
    texts : Mapping of int to AxisLabels
        Labels that are stated in the metadata: all of an axis.
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
    values: ValueReader | None = None
    columns: Mapping[int, tuple[str, Column]] = field(default_factory=dict)
    texts: Mapping[int, AxisLabels] = field(default_factory=dict)

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
            Options of `read_part`, for stored arrays.

        Returns
        -------
        MeantValues

        Raises
        ------
        NotFoundError
            The node has no values.
        ModosError
            The array cannot be opened, or none of its chunks can be read.
        """
        if self.values is None:
            raise NotFoundError(f"{self.path} is not an array.", "Choose an array.")
        return self.values.read(part, check, **options)

    def read_channels(
        self,
        part: ArrayPart,
        check: Callable[[], None] = lambda: None,
        chosen: Sequence[int] = (),
        **options: Any,
    ) -> list[tuple[Channel, MeantValues]]:
        """Read the same part of some channels, for one picture of all.

        Parameters
        ----------
        part : ArrayPart
            The part of any channel.
        check : callable
            Called between chunks; an exception that it raises ends the reading.
        chosen : sequence of int
            Their places; by default those of the active channels.
        **options
            Options of `read_part`.

        Returns
        -------
        list of (Channel, MeantValues)
            At most `MOST_CHANNELS`; empty if the image has no channels, or their axis is shown.

        Raises
        ------
        ModosError
            The array cannot be opened, or no chunk of a channel can be read.
        """
        axis = self.channel_axis
        if axis is None or axis in part.axes:
            return []
        known = [place for place in dict.fromkeys(chosen) if 0 <= place < len(self.channels)]
        active = [place for place, each in enumerate(self.channels) if each.active]
        found = []
        for place in (known or active)[:MOST_CHANNELS]:
            start, stop = list(part.start), list(part.stop)
            start[axis], stop[axis] = place, place + 1
            each = replace(part, start=tuple(start), stop=tuple(stop))
            found.append((self.channels[place], self.read(each, check, **options)))
        return found

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

        All labels are read side by side.

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
        check()
        found: dict[int, AxisLabels] = {}
        wanted: list[tuple[int, Column, int, int]] = []
        for axis in part.axes:
            start = first[axis]
            stop = min(part.stop[axis], start + most)
            if axis in self.texts:
                label = self.texts[axis]
                found[axis] = label._replace(texts=label.texts[start:stop])
            elif axis in self.columns:
                column = self.columns[axis][1]
                wanted.append((axis, column, start, stop))
                if column.prefix is not None:
                    wanted.append((axis, column.prefix, start, stop))
        if not wanted:
            return found
        read = read_columns(self.source, [each[1:] for each in wanted], budget=budget, check=check)
        by_axis: dict[int, list[ColumnValues | ModosError]] = {}
        for (axis, *_), values in zip(wanted, read, strict=True):
            by_axis.setdefault(axis, []).append(values)
        for axis, each in by_axis.items():
            good = [values for values in each if not isinstance(values, ModosError)]
            if len(good) == len(each):  # without labels the values are still shown
                name, column = self.columns[axis]
                found[axis] = AxisLabels(name, label_texts(*good), column.unit)
        return found
