"""Messages that `ZarrTree` exchanges with its browser half.

``make wire`` writes ``js/zarr_tree/wire.ts`` from these types.
"""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

from modos_widgets.explore import NodeRow, OpenGroup
from modos_widgets.widgets.wire import Nothing

__all__ = ["NodeRow", "OpenGroup"]


class PathRequest(TypedDict):
    """A node."""

    path: str


class OpenRequest(TypedDict):
    """The groups to open."""

    paths: list[str]
    again: NotRequired[bool]
    """Read them again."""


class OpenAnswer(TypedDict):
    """The root, and the groups with the first rows of some."""

    root: NodeRow | None
    groups: list[OpenGroup]
    modo: NotRequired[bool]


class RowsRequest(PathRequest):
    """Rows of a group; the children of visible ones are counted."""

    start: NotRequired[int]
    count: NotRequired[int]
    seen: NotRequired[tuple[int, int]]


class RowsAnswer(TypedDict):
    """Rows of a group that follow each other."""

    start: int
    version: int
    rows: list[NodeRow]


class GrowAnswer(TypedDict):
    """How many children of a group are known."""

    total: int
    version: int
    complete: NotRequired[bool]
    row: NotRequired[NodeRow]
    """Row of the group itself, once its children are counted."""


class LocateAnswer(TypedDict):
    """The groups that lead to a node, and its index in the last of them."""

    groups: list[OpenGroup]
    index: int | None


class BelowAnswer(TypedDict):
    """Groups that were opened; `bounded` where there are more."""

    groups: list[OpenGroup]
    bounded: NotRequired[bool]
    opened: NotRequired[int]


class FilterRequest(TypedDict):
    """Text to search in names and attribute values."""

    text: str
    everything: NotRequired[bool]


class Match(NodeRow):
    """A node that matches, or that leads to one."""

    path: str
    depth: int
    hit: bool


class FilterAnswer(TypedDict):
    """The result of a search so far."""

    rows: list[Match] | None
    """None if they are the same as before."""
    matches: int
    searched: int
    complete: bool
    attributes: bool
    """Whether the values of all nodes were searched."""
    read: int
    """Nodes whose values were searched."""


class CodeAnswer(TypedDict):
    """Code that opens a node, by tool."""

    code: dict[str, str]


class RowAnswer(TypedDict):
    """Row of a node, with its stored size."""

    row: NodeRow


class AgainRequest(TypedDict):
    """Nodes to read again."""

    paths: list[str]


class AgainAnswer(TypedDict):
    """Their rows."""

    rows: list[NodeRow]


class RefreshRequest(TypedDict):
    """The visible nodes."""

    seen: list[str]


class Refresh(TypedDict):
    """Nodes have changed."""

    all: bool
    """Whether the source was replaced."""


class Events(TypedDict):
    """Events by name."""

    refresh: Refresh
    drafted: Nothing
    """The draft has changed: the rows are requested again."""


Mark = Literal["new", "changed", "removed"]


class State(TypedDict):
    """The traits of the widget that are synchronized."""

    value: str | None
    opened: list[str]
    height: str
    _marks: dict[str, Mark]
    """What a draft does to nodes, by path."""
