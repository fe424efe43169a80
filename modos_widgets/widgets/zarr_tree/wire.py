"""Messages that `ZarrTree` exchanges with its browser half.

``make wire`` writes ``js/zarr_tree/wire.ts`` from these types.
"""

from __future__ import annotations

from typing import NotRequired, TypedDict

from modos_widgets.explore import NodeRow, OpenGroup

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
    """Rows of a group; of those in sight the children are counted."""

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
    """The group's own row, once its children are counted."""


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
    """Words to search in names and attribute values."""

    text: str
    everything: NotRequired[bool]


class Match(NodeRow):
    """A node that matches, or that leads to one."""

    path: str
    depth: int
    hit: bool


class FilterAnswer(TypedDict):
    """What a search found so far."""

    rows: list[Match] | None
    """None where they are the same as before."""
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
    """A node's row, with what it takes in its store."""

    row: NodeRow


class AgainRequest(TypedDict):
    """Nodes to read again."""

    paths: list[str]


class AgainAnswer(TypedDict):
    """Their rows."""

    rows: list[NodeRow]


class RefreshRequest(TypedDict):
    """The nodes in sight."""

    seen: list[str]


class Refresh(TypedDict):
    """Nodes have changed."""

    all: bool
    """Whether another source was taken."""


class Events(TypedDict):
    """Events by name."""

    refresh: Refresh


class State(TypedDict):
    """The traits of the widget that are synchronized."""

    value: str | None
    opened: list[str]
    height: str
