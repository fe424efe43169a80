"""Messages that `ArrayPreview` exchanges with its browser half.

``make wire`` writes ``js/array_preview/wire.ts`` from these types.
"""

from __future__ import annotations

from typing import NotRequired, TypedDict

from modos_widgets.widgets.wire import Chip, Nothing

Pair = tuple[str, str]


class NodeRequest(TypedDict):
    """A node."""

    path: str


class Axis(TypedDict):
    """An axis of an array."""

    name: str
    length: int
    shown: bool
    """Whether it is an axis of the table and the picture."""


class FactsAnswer(TypedDict):
    """The properties of a node."""

    title: str
    kind: str
    problem: str
    hint: str
    facts: list[Pair]
    attributes: list[Pair]
    chips: dict[str, list[Chip]]
    """Parts of the attributes that are terms or links, by text."""
    axes: list[Axis]
    whole: NotRequired[bool]
    """Whether the whole array is shown at first."""
    stored: NotRequired[str]
    """Stored size; empty while it is unknown."""


class PartRequest(NodeRequest):
    """A part of an array, and how to draw it."""

    at: NotRequired[dict[str, int]]
    """Position by axis."""
    anyway: NotRequired[bool]
    """Read a chunk that is larger than the budget."""
    kind: NotRequired[str]
    """Kind of picture."""
    dark: NotRequired[bool]
    width: NotRequired[int]
    """CSS pixels."""
    ratio: NotRequired[float]
    """Device pixels of a CSS pixel."""


class Table(TypedDict):
    """The first values, with labels."""

    corner: str
    columns: list[str]
    rows: list[str]
    cells: list[list[str]]
    numeric: bool
    first: list[int]
    of_rows: int
    of_columns: int


class PartAnswer(TypedDict, total=False):
    """A part of an array; empty where the node is not an array."""

    words: str
    start: list[int]
    stop: list[int]
    step: list[int]
    whole: bool
    """Whether it is the whole array."""
    size: str
    chunks: int
    over: str
    """Size of one chunk that is larger than the budget; nothing was read."""
    budget: str
    table: Table
    statistics: list[Pair]
    faults: list[str]
    unread: int
    """Chunks that could not be read."""
    kinds: list[str]
    """Kinds of picture."""
    kind: str
    alt: str


class StoredAnswer(TypedDict):
    """The stored size."""

    stored: str


class StatisticsAnswer(TypedDict):
    """Statistics of the whole array."""

    statistics: list[Pair]


class StatisticsProgress(TypedDict):
    """Blocks that were read, of all."""

    done: int
    of: int


class CodeAnswer(TypedDict):
    """Code that opens the array, by tool."""

    code: dict[str, str]


class Events(TypedDict):
    """Events by name."""

    refresh: Nothing


class State(TypedDict):
    """The traits of the widget that are synchronized."""

    path: str | None
    budget: int
    height: str
