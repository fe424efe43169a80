"""Messages that `ArrayPreview` exchanges with its browser half.

``make wire`` writes ``js/array_preview/wire.ts`` from these types.
"""

from __future__ import annotations

from typing import NamedTuple, NotRequired, TypedDict

from modos_widgets.widgets.wire import Chip, Nothing

Pair = tuple[str, str]


class NodeRequest(TypedDict):
    """A node."""

    path: str
    raw: NotRequired[bool]
    """Show stored values; the trait, which may arrive later."""


class Axis(TypedDict):
    """An axis of an array."""

    name: str
    length: int
    shown: bool
    """Whether it is an axis of the table and the picture."""


class Channel(NamedTuple):
    """A channel of an image."""

    name: str
    color: str
    active: bool
    """Whether it is shown at first."""


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
    sentence: NotRequired[str]
    """What is done because of a convention."""
    conventions: NotRequired[list[str]]
    stored: NotRequired[str]
    """Stored size; empty while it is unknown."""
    channels: NotRequired[list[Channel]]
    """Channels of an image, which one picture shows together."""
    fixed: NotRequired[bool]
    """Whether only the first view can be shown, as in a saved page."""


class PartRequest(NodeRequest):
    """A part of an array, and how to draw it."""

    at: NotRequired[dict[str, int]]
    """Position by axis; the first row and column of the table on displayed axes."""
    anyway: NotRequired[bool]
    """Read a chunk that is larger than the budget."""
    kind: NotRequired[str]
    """Kind of picture; the best one if empty."""
    axes: NotRequired[list[int]]
    """Rows and columns."""
    window: NotRequired[dict[str, tuple[int, int]]]
    """First position and the one after the last, by displayed axis."""
    room: NotRequired[tuple[int, int]]
    """Pixels of the picture, downwards and across."""
    component: NotRequired[str]
    """What is shown of complex numbers."""
    channels: NotRequired[list[int]]
    """Channels of the picture; by default those that the image shows at first."""


class CellRequest(PartRequest):
    """One value of the displayed part."""

    cell: dict[str, int]
    """Position of the value, by displayed axis."""


class CellAnswer(TypedDict):
    """One value, exactly, with the labels of its displayed axes; empty where there are none."""

    text: str
    labels: list[str]


class Labels(TypedDict):
    """Labels of some consecutive positions of a displayed axis."""

    name: str
    first: int
    texts: list[str]


class Histogram(TypedDict):
    """Numbers of values between edges, or of the most frequent texts."""

    edges: list[float]
    counts: list[int]
    words: list[str]


class Limits(TypedDict):
    """Finite values among which a scale is chosen."""

    minimum: float | None
    maximum: float | None
    low: float | None
    """First percentile."""
    high: float | None
    """99th percentile."""
    positive: float | None
    """Smallest value above 0."""


class Picture(TypedDict):
    """How to draw the values, which are binary parts of the message."""

    kind: str
    shape: list[int]
    """Shape of the binary part."""
    type: str
    """Type of its numbers: float32, float64 or uint8."""
    block: list[int]
    """Elements on each axis that one number stands for."""
    axes: list[int]
    start: list[int]
    stop: list[int]
    of: list[int]
    """Lengths of the displayed axes."""
    names: list[str]
    scales: list[tuple[float, float] | None]
    """Distance between two positions of each axis, and the first position, in its unit."""
    units: list[str]
    limits: Limits
    histogram: Histogram
    words: list[str]
    """Categories, if the numbers are their codes."""
    value_unit: str
    unit: str
    """"time" (milliseconds since 1970), "duration" (seconds) or ""."""
    whole_numbers: bool
    missing: int
    infinite: int
    components: list[str]
    """What can be shown of complex numbers."""
    component: str
    alt: str


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
    notes: list[str]
    """Sentences about values that do not follow their convention."""
    unread: int
    """Chunks that could not be read."""
    kinds: list[str]
    """Kinds of picture."""
    picture: Picture
    labels: dict[str, Labels]
    """By displayed axis."""


class ValuesRequest(PartRequest):
    """The values of the displayed part as text."""

    form: str
    """csv (a file, without formulas) or tsv (for the clipboard)."""


class ValuesAnswer(TypedDict):
    """The displayed values as text, which is the binary part."""

    name: str


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
    raw: bool
