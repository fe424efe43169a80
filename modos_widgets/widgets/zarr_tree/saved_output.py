"""A ZarrTree in a saved notebook: its first rows, everything escaped."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Final

from modos_widgets.explore import NodeRow, depth_of, joined, node_row

if TYPE_CHECKING:
    from modos_widgets.explore import NodeSource

__all__ = ["Line", "as_html", "as_text", "first_lines"]

Line = tuple[int, str, NodeRow]
"""Depth, path and row."""

_ROWS: Final = 20
_LONGEST: Final = 60


def first_lines(source: NodeSource, opened: set[str]) -> list[Line]:
    """Read the first rows of the tree.

    Parameters
    ----------
    source : NodeSource
        Source of the nodes.
    opened : set of str
        Paths of the open groups.

    Returns
    -------
    list of (depth, path, row)
    """
    lines: list[Line] = [(0, "", node_row(source, ""))]
    waiting = [""] if "" in opened else []
    while waiting and len(lines) < _ROWS:
        path = waiting.pop()
        level = source.level(path)
        paths = [joined(path, name) for name in level.names[:_ROWS]]
        source.describe(paths)
        place = next(number for number, line in enumerate(lines) if line[1] == path)
        depth = depth_of(path) + 1
        lines[place + 1 : place + 1] = [(depth, each, node_row(source, each)) for each in paths]
        waiting += [each for each in reversed(paths) if each in opened]
    return lines[:_ROWS]


def as_text(name: str | None, lines: list[Line]) -> str:
    """Return one line: the name, and the properties of the root if they are known."""
    if name is None:
        return "ZarrTree()"
    facts = lines[0][2].get("facts") if lines else None
    return f"ZarrTree({name!r}{f', {_printable(facts)}' if facts is not None else ''})"


def as_html(name: str | None, lines: list[Line]) -> str:
    """Return the first rows, indented, as escaped HTML."""
    shown = [
        f"{'  ' * depth}{_cut(row['name'])}  "
        f"<span style='opacity:.7'>{_escaped(row.get('summary', ''))}</span>"
        for depth, _, row in lines
    ]
    text = "\n".join(shown) or html.escape(as_text(name, lines))
    return f"<pre>{text}</pre>"


def _printable(text: str) -> str:
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)


def _escaped(text: str) -> str:
    return html.escape(_printable(text))


def _cut(name: str) -> str:
    shown = _printable(name)
    if len(shown) > _LONGEST:
        half = _LONGEST // 2
        shown = f"{shown[:half]}…{shown[-half:]}"
    return html.escape(shown)
