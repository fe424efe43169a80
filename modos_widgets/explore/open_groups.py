"""State of open groups for an outline: their positions and numbers of children."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final, NotRequired, TypedDict

from modos_widgets.errors import ModosError, NotFoundError
from modos_widgets.explore.paths import checked_path, joined, parent_of
from modos_widgets.explore.rows import NodeRow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from modos_widgets.explore.source import NodeSource

__all__ = ["MOST_OPENED", "OpenGroup", "child_index", "group_entry", "subgroups"]

MOST_OPENED: Final = 1000
"""Maximum number of groups that are open at once."""


def child_index(source: NodeSource, path: str) -> int | None:
    """Return the position of a node among its group's children, None if it is not found."""
    if not path:
        return 0
    return source.level(parent_of(path)).find(path.rpartition("/")[2])


class OpenGroup(TypedDict):
    """Open group, or the reason why it cannot be opened."""

    path: str
    index: NotRequired[int | None]
    total: NotRequired[int]
    complete: NotRequired[bool]
    version: NotRequired[int]
    rows: NotRequired[list[NodeRow]]
    problem: NotRequired[str]
    hint: NotRequired[str]
    gone: NotRequired[bool]


def group_entry(source: NodeSource, path: str) -> OpenGroup:
    """Return the state of an open group, or the reason why it cannot be opened."""
    group: OpenGroup = {"path": path}
    try:
        group["index"] = child_index(source, checked_path(path))
        if group["index"] is None:
            raise NotFoundError(f"{path} does not exist.", "Refresh the tree.")
        level = source.level(path)
    except ModosError as error:
        gone = isinstance(error, NotFoundError)
        return {**group, "problem": error.message, "hint": error.hint, "gone": gone}
    return {
        **group,
        "total": len(level.names),
        "complete": level.complete,
        "version": level.version,
    }


def subgroups(source: NodeSource, paths: Iterable[str]) -> Iterable[str]:
    """Find the groups in groups that have children, according to their first pages.

    Two round trips, however many groups.
    """
    below: list[str] = []
    for path in paths:
        with suppress(ModosError):  # the group's own row shows the error
            below += [joined(path, name) for name in source.level(path).names[:MOST_OPENED]]
    groups = [each for each, facts in source.describe(below).items() if facts.kind == "group"]
    source.count(groups)
    return [each for each in groups if (source.known_count(each) or (1, False))[0]]
