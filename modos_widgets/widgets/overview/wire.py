"""Messages and traits that `Overview` exchanges with its browser half.

``make wire`` writes ``js/overview/wire.ts`` from these types.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, NotRequired, TypedDict

from modos_widgets.widgets.wire import ProblemText

Kind = Literal["objects", "elements"]
"""What the result lists."""

ListView = Literal["table", "cards"]
"""How objects are listed."""

ObjectState = Literal["", "unread", "failed", "removed"]
"""Whether the metadata of an object are known: read, not read yet, not readable, or gone."""


class Fragment(NamedTuple):
    """A part of a snippet."""

    text: str
    hit: bool
    """Whether it matches a word of the query."""


class Snippet(NamedTuple):
    """The text that matches, and where it is."""

    place: str
    """Element and attribute."""
    fragments: list[Fragment]


class ObjectRow(NamedTuple):
    """An object of the result."""

    path: str
    title: str
    id: str
    counts: list[tuple[str, int]]
    """Plural of a class and the number of its elements, as shown."""
    samples: int
    omics: list[str]
    formats: list[str]
    size: int | None
    """Size of its files, if known."""
    changed: str
    """Date of the last change, ISO 8601; else empty."""
    errors: int
    warnings: int
    filled: int
    """Required and expected attributes that have a value."""
    wanted: int
    """Required and expected attributes."""
    state: ObjectState
    reason: str
    """Why it cannot be read."""
    snippet: Snippet | None


class ElementRow(NamedTuple):
    """An element of the result."""

    path: str
    """Path of its object."""
    object_title: str
    element: str
    class_name: str
    name: str
    values: list[tuple[str, str]]
    """Further attributes and their values."""
    snippet: Snippet | None


class Totals(TypedDict):
    """Totals of the result."""

    objects: int
    elements: int
    samples: int
    bytes: int | None
    """None if no size is known."""
    measured: int
    """Objects whose size is known."""
    complete: int
    errors: int
    """Objects with errors."""
    failed: int
    """Objects that cannot be read."""


class Bar(NamedTuple):
    """A period of the timeline."""

    label: str
    term: str
    """Term of the query that narrows to it."""
    changed: int
    """Objects changed in it."""
    hits: int
    """Those of the result."""
    state: int
    """1: included, -1: excluded, 0: neither."""


class FacetValue(NamedTuple):
    """A value of a facet."""

    label: str
    term: str
    """Term of the query that includes it."""
    number: int
    state: int
    """1: included, -1: excluded, 0: neither."""
    hint: str
    """The value as stored, if it differs from its label."""


class Facet(TypedDict):
    """An attribute, and the number of elements with each value."""

    key: str
    class_name: str
    attribute: str
    title: str
    kind: Literal["terms", "numbers", "dates"]
    values: list[FacetValue]
    distinct: int
    """Number of distinct values."""
    empty: int
    """Elements without a value."""


class FacetGroup(TypedDict):
    """The facets of a class."""

    class_name: str
    title: str
    count: int
    """Elements of the class in the result."""
    facets: list[Facet]


class PanelShown(TypedDict):
    """A table or a transfer that is shown in place of the result."""

    kind: Literal["edit", "copy"]
    objects: int
    is_open: bool
    """Whether it is shown; if not, it was left with unsaved changes or while it copies."""
    changes: int
    """Unsaved changes."""


class Term(TypedDict):
    """A term of the query, as a chip."""

    label: str
    text: str
    """The query without it."""
    excluded: bool


class Status(TypedDict):
    """What is known of the objects."""

    version: int
    """Rises when more is known."""
    loading: bool
    listed: bool
    done: int
    total: int
    failed: int
    measured: int | None
    """Objects whose size was read so far; None while no sizes are read."""
    unmeasured: int
    """Objects whose size is to be read."""
    read_at: str
    """Time at which everything was read, ISO 8601; else empty."""
    problem: ProblemText | None
    opening: str
    """Path of the object that is being opened; else empty."""
    favourites: list[str]
    searches: list[tuple[str, str]]
    """Names of the saved searches and their queries."""
    follows: bool
    """Whether objects are opened in a session."""
    panel: PanelShown | None


class ResultRequest(TypedDict):
    """What to find, and in which order."""

    query: str
    kind: Kind
    sort: str
    """Column; empty for the order of relevance, or that of the list."""
    down: bool
    settled: bool
    """Whether rows that are shown keep their place, and new ones follow."""
    rows: int
    """Number of rows of the answer."""


class ResultAnswer(TypedDict):
    """A result: its totals and first rows."""

    result: int
    """Identifies the result."""
    version: int
    """Version of the metadata it is based on."""
    total: int
    all: int
    """Number of all objects or elements."""
    words: bool
    """Whether the query has words, so that rows have snippets."""
    totals: Totals
    timeline: list[Bar]
    terms: list[Term]
    problem: ProblemText | None
    """Why the query is not understood; the result is then that of the part that is."""
    late: int
    """Rows that are not where the order has them, since they were found later."""
    objects: list[ObjectRow]
    elements: list[ElementRow]


class RowsRequest(TypedDict):
    """Rows of a result."""

    result: int
    start: int
    end: int


class RowsAnswer(TypedDict):
    """Rows of a result; `current` is False if it is no longer known."""

    current: bool
    objects: list[ObjectRow]
    elements: list[ElementRow]


class FacetsRequest(TypedDict):
    """The query whose facets are shown."""

    query: str


class FacetsAnswer(TypedDict):
    """The facets of a result, by class."""

    groups: list[FacetGroup]


class ValuesRequest(TypedDict):
    """Values of one facet that contain a text."""

    query: str
    class_name: str
    attribute: str
    text: str


class ValuesAnswer(TypedDict):
    """The most frequent values that contain the text."""

    values: list[FacetValue]
    matching: int


class ToggleRequest(TypedDict):
    """A term to add to a query, or to remove from it."""

    query: str
    term: str
    excluded: bool


class QueryAnswer(TypedDict):
    """A query."""

    query: str


class SuggestRequest(TypedDict):
    """A query as typed so far."""

    query: str
    cursor: int


class QuerySuggestion(TypedDict):
    """A way to complete a query."""

    label: str
    hint: str
    query: str
    """The query with it."""
    cursor: int
    """Position of the cursor in it."""


class SuggestionsAnswer(TypedDict):
    """Ways to complete a query."""

    options: list[QuerySuggestion]


class TargetsRequest(TypedDict):
    """Objects that are used: those of `paths`, or of a whole result if it is empty."""

    query: str
    paths: list[str]


class PathsAnswer(TypedDict):
    """The paths of its objects."""

    paths: list[str]


class PathRequest(TypedDict):
    """An object."""

    path: str
    favourite: NotRequired[bool]


class SaveSearchRequest(TypedDict):
    """A search to save, or to remove."""

    name: str
    query: str


class State(TypedDict):
    """The traits of the widget that are synchronized."""

    query: str
    kind: Kind
    view: ListView
    height: str
    value: str | None
    _panel: str
    """Reference to the widget of `Status.panel`; empty if there is none."""
    _status: Status
