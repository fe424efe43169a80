"""Messages and traits that `MetadataTable` exchanges with its browser half.

``make wire`` writes ``js/metadata_table/wire.ts`` from these types.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

from modos_widgets.widgets.wire import Chip, ClassChoice, ProblemText


class TermChoice(TypedDict):
    """A value of a closed list."""

    value: str
    description: str
    uri: str


class Column(TypedDict):
    """A column as the grid shows it."""

    id: str
    name: str
    kind: str
    width: int
    key: NotRequired[bool]
    title: NotRequired[str]
    description: NotRequired[str]
    many: NotRequired[bool]
    terms: NotRequired[list[TermChoice]]
    hidden: NotRequired[bool]
    editable: NotRequired[bool]


Cell = str | list[str] | None
"""A displayed value; lists as separate entries."""


class Mark(TypedDict):
    """The mark of a cell."""

    changed: bool
    severity: Literal["", "note", "warning", "error"]
    message: str
    fixable: bool


class Block(TypedDict):
    """Rows that follow each other."""

    positions: list[int]
    cells: list[list[Cell]]
    bands: NotRequired[list[int]]
    """0 or 1 for each row, alternating between runs of one class."""
    labels: NotRequired[dict[str, str]]
    """Labels of the terms in these rows, by URI."""
    marks: NotRequired[dict[str, dict[str, Mark]]]
    """Marks by position and column id."""
    filled: NotRequired[list[tuple[int, int] | None]]
    """How many of the required and expected attributes are filled, and their number, by row."""


class Tab(TypedDict):
    """The rows of one class."""

    name: str
    title: str
    description: str
    required: list[str]
    expected: list[str]


class TabState(TypedDict):
    """The numbers of a tab, and its columns."""

    rows: int
    errors: int
    warnings: int
    notes: int
    filled: int
    """Required and expected attributes that are filled, of `wanted`."""
    wanted: int
    columns: list[str]
    """Ids of its columns, the required ones first."""
    empty: list[str]
    """Ids of its optional columns without any value."""


class Head(TypedDict):
    """What the table needs to be drawn before any request."""

    shape: int
    version: int
    """Version of the table in which `rows` were found."""
    columns: list[Column]
    several: bool
    drafted: bool
    all: int
    """Rows of the tab."""
    tab: str
    """The tab of the first rows."""
    tabs: list[Tab]
    """The tabs of the classes; none for a DataFrame."""
    classes: list[ClassChoice]
    """The classes of which elements can be added; none for a DataFrame."""
    foreign: dict[str, list[str]]
    """Ids of the columns that do not apply to a class; "" for classes that the schema lacks."""
    block: int
    rows: Block | None


class Status(TypedDict, total=False):
    """Counts of the status line; empty without a draft."""

    version: int
    """Version of the table that is counted."""

    changes: int
    undecided: int
    """Proposed changes that were neither accepted nor rejected."""
    objects: int
    errors: int
    warnings: int
    notes: int
    fixable: int
    undo: bool
    redo: bool
    readonly: str
    committed: str
    interrupted: int
    """Objects whose last commit was interrupted."""
    tabs: dict[str, TabState]


class Condition(TypedDict):
    """A column's filter."""

    operator: str
    text: NotRequired[str]
    to: NotRequired[str]
    values: NotRequired[list[str]]


class Query(TypedDict, total=False):
    """Search, sort and filters of a view."""

    search: str
    sort: list[tuple[str, bool]]
    filters: dict[str, Condition]
    marked: str
    tab: str
    """The class of the rows; "" for all."""


class ViewQuery(Query, total=False):
    """The query of a view, with the page that set it."""

    by: str
    """Id of the page; absent where Python set it."""


class Shown(Query, total=False):
    """The rows that a view shows, in their order."""

    version: int
    """Version of the table in which the query found them; by default it finds them now."""


class ColumnLayout(TypedDict):
    """How a view shows a column."""

    id: str
    hide: NotRequired[bool]
    width: NotRequired[int]
    pinned: NotRequired[str | None]


class Layout(TypedDict, total=False):
    """The columns of a view in their order."""

    columns: list[ColumnLayout]
    tab: str
    """The tab that it belongs to."""
    expanded: bool
    """Whether empty optional columns are shown."""
    by: str
    """Id of the page that set it; absent where Python did."""


class KeptView(TypedDict, total=False):
    """What was set in a tab that is not shown now."""

    query: Query
    layout: Layout


class Range(TypedDict):
    """The selected cells; the last row is included."""

    rows: tuple[int, int]
    columns: list[str]


class SelectedRow(TypedDict, total=False):
    """The selected row."""

    label: Any
    by: str
    """Id of the page that selected it; absent where Python did."""


class SelectedRange(Range):
    """The selected cells, and the rows that they are counted in."""

    shown: NotRequired[Shown]


# -- requests and answers --------------------------------------------------------------------


class ShownRequest(TypedDict):
    """A request that depends on the rows that the view shows."""

    shown: Shown


class RowsRequest(ShownRequest):
    """Rows from `start` up to `end`."""

    start: int
    end: int


class RowsAnswer(Block):
    """A block of the rows that the query selects."""

    total: int
    all: int
    shape: int
    version: int
    """Version of the table in which the rows were found."""


class ValuesRequest(TypedDict):
    """The most frequent values of a column, of those with a text."""

    column: str
    text: NotRequired[str]


class ValuesAnswer(TypedDict):
    """Values with their counts, the number of all, and the labels of terms."""

    values: list[tuple[str, int]]
    count: int
    labels: dict[str, str]


class CellRequest(TypedDict):
    """A cell; changes are refused where the rows have another shape by now."""

    position: int
    column: str
    shape: NotRequired[int]


class TextAnswer(TypedDict):
    """The whole text of a cell."""

    text: str


class FindRequest(ShownRequest):
    """A row by its label."""

    label: Any


class FindAnswer(TypedDict):
    """Where a row is among all, and among the displayed ones."""

    index: int | None
    position: int
    tab: str
    """The tab of its class."""


class SelectRequest(TypedDict):
    """The row to select."""

    position: int


class FollowRequest(TypedDict):
    """The link to follow."""

    position: NotRequired[int]
    object: NotRequired[str]
    """Path of the object, if the link is not in a row of the table."""
    target: str


class FollowAnswer(TypedDict):
    """Whether the target is in the table."""

    known: bool
    label: Any


class CopyRequest(ShownRequest):
    """The range to copy; as CSV all displayed rows."""

    columns: list[str]
    rows: NotRequired[tuple[int, int]]
    form: NotRequired[Literal["csv"]]


class CopyAnswer(TextAnswer):
    """The text for the clipboard."""

    rows: int


class EditRequest(CellRequest):
    """The text of one cell."""

    text: str
    label: NotRequired[Any]
    """Label of the row, by which it is found where rows have moved since."""
    before: NotRequired[Cell]
    """What the cell showed when its editing began; another value is not overwritten."""


class RangeRequest(Range, ShownRequest):
    """The range to change."""

    shape: NotRequired[int]


class PasteRequest(RangeRequest):
    """The text to paste, and how many columns the range has."""

    text: str
    width: NotRequired[int]
    header: NotRequired[bool]
    """Whether a first row of column names is a header; by default it is."""
    add: NotRequired[bool]
    """Whether to add elements for ids that no element has."""


class SetAllRequest(ShownRequest):
    """The text for one column of all displayed rows."""

    column: str
    text: str
    shape: NotRequired[int]


class ReplaceRequest(ShownRequest):
    """The text to replace in all displayed rows."""

    columns: list[str]
    find: str
    replace: str
    case: NotRequired[bool]
    whole: NotRequired[bool]
    count: NotRequired[bool]
    """Count the cells, and change nothing."""
    shape: NotRequired[int]


class EditAnswer(TypedDict):
    """What a change did."""

    done: int
    theirs: NotRequired[str]
    """What someone else has stored in the cell since its editing began; then nothing was done."""
    refused: NotRequired[int]
    """Cells of ids."""
    foreign: NotRequired[dict[str, int]]
    """Cells whose attribute the class does not have, by class."""
    lost: NotRequired[int]
    """Cells that did not fit into the table."""
    header: NotRequired[bool]
    """The first row of the paste was a header."""
    matched: NotRequired[int]
    """Rows that were found by their id; absent without ids."""
    added: NotRequired[int]
    """Rows that were added."""
    missing: NotRequired[list[str]]
    """Pasted ids that no element has, up to 20."""
    missing_count: NotRequired[int]
    addable: NotRequired[bool]
    """Whether these rows can be added."""
    ignored: NotRequired[list[str]]
    """Names in the header that no column has."""


class UndoRequest(TypedDict):
    """Whether to redo."""

    redo: NotRequired[bool]


class UndoAnswer(TypedDict):
    """Whether there was a step."""

    done: bool


class FindingOfCell(TypedDict):
    """A finding of a cell."""

    severity: str
    title: str
    message: str
    fix: str | None
    clears: bool
    alike: int


class FindingsAnswer(TypedDict):
    """The findings of a cell."""

    findings: list[FindingOfCell]


class FixRequest(TypedDict):
    """A finding of a cell, or groups of fixes."""

    scope: Literal["one", "kind", "groups"]
    position: NotRequired[int]
    column: NotRequired[str]
    index: NotRequired[int]
    groups: NotRequired[list[tuple[str, str]]]
    """Code and effect of each group."""
    shape: NotRequired[int]


class FixAnswer(TypedDict):
    """How many values were fixed."""

    done: int


class FixGroup(TypedDict):
    """Fixes of one kind with one effect."""

    code: str
    effect: Literal["keeps", "assumes", "deletes"]
    words: str
    """The effect in words, such as "Assumes UTC"."""
    title: str
    slots: list[str]
    count: int
    objects: int
    examples: list[tuple[str, str | None, str | None]]
    """Element, before, after."""


class FixesRequest(TypedDict):
    """A finding of a cell, for it and all similar ones in the column; by default all findings."""

    position: NotRequired[int]
    column: NotRequired[str]
    index: NotRequired[int]


class FixesAnswer(TypedDict):
    """The groups of fixes to choose from."""

    groups: list[FixGroup]
    chips: dict[str, list[Chip]]
    """Parts of the values that are terms or links, by text."""


class NextRequest(ShownRequest):
    """The cell from which the next finding is searched."""

    columns: list[str]
    tabs: NotRequired[dict[str, Query]]
    """The queries of the other tabs, by tab."""
    row: NotRequired[int]
    column: NotRequired[str]
    back: NotRequired[bool]


class NextAnswer(TypedDict):
    """The next cell with a finding."""

    row: int | None
    column: NotRequired[str]
    tab: NotRequired[str]
    """Its tab, if it is another one."""


class SuggestRequest(TypedDict):
    """The cell that is edited, and its text."""

    position: int
    column: str
    text: str


class Finding(TypedDict):
    """An error that a commit would add."""

    object: str
    element: str
    slot: str
    severity: str
    title: str
    message: str


class ReviewAnswer(TypedDict):
    """What a commit would write."""

    revision: str
    total: int
    objects: int
    several: bool
    rows: list[tuple[str, str, str, str | None, str | None, str]]
    """Object, element, slot, before, after, and the file that says so, or ''."""
    chips: dict[str, list[Chip]]
    """Parts of the values that are terms or links, by text."""
    errors: list[Finding]
    error_count: int
    counts: dict[str, int]


class CommitRequest(TypedDict):
    """The changes as they were reviewed."""

    revision: str
    message: NotRequired[str]
    force: NotRequired[bool]
    unconditional: NotRequired[bool]


class CommitProgress(TypedDict):
    """Objects that were written, of all."""

    done: int
    of: int


class Conflict(TypedDict):
    """A cell that someone else has changed."""

    object: str
    element: str
    slot: str
    base: str | None
    mine: str | None
    theirs: str | None


class Report(TypedDict):
    """What a commit did to the findings."""

    summary: str
    counts: list[tuple[str, str, int, int]]
    """Severity, title, before, after."""


class CommitAnswer(TypedDict, total=False):
    """The commit, or what prevented it."""

    changed: bool
    """The changes are no longer those that were reviewed; nothing was written."""
    id: str
    summary: str
    report: Report
    errors: list[Finding]
    error_count: int
    conflicts: list[Conflict]
    conflict_count: int
    chips: dict[str, list[Chip]]
    """Parts of the values that are terms or links, by text."""
    unconditional: str
    refused: ProblemText
    """The keys in use have no write permission."""


class ResolveRequest(TypedDict):
    """Choice for each shown conflict, then one for all conflicts that are not shown."""

    keep: list[Literal["mine", "theirs"]]


class ResolveAnswer(TypedDict):
    """The changes that are left."""

    changes: int
    cancelled: bool


class RepairAnswer(TypedDict):
    """How many objects were repaired."""

    repaired: int


class UndoneAnswer(TypedDict):
    """A summary of the commit that was undone."""

    summary: str


class Edited(TypedDict):
    """Cells have changed."""

    shape: int


class Events(TypedDict):
    """Events by name."""

    edited: Edited


class State(TypedDict):
    """The traits of the widget that are synchronized."""

    value: Any
    followed: Any
    search: str
    height: str
    editable: bool
    tab: str
    _head: Head
    _status: Status
    _query: ViewQuery
    _layout: Layout
    _views: dict[str, KeptView]
    _selected: SelectedRow
    _range: SelectedRange | dict[str, Any]
