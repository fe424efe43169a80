"""An Overview in a saved notebook: what was found, everything escaped."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any, Final

from modos_widgets.errors import ModosError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modos_widgets.finder import Finder, Result

__all__ = ["as_html", "as_text"]

_ROWS: Final = 20
_LONGEST: Final = 80
_HEAD: Final = ("Object", "Samples", "Omics", "Formats", "Changed", "Errors")


def as_text(finder: Finder | None, query: str) -> str:
    """Return one line: the number of objects, and the query."""
    result = _result(finder, query)
    if finder is None or result is None:
        return "Overview()"
    every = len(finder.search(""))
    number = f"{every:,} object{'' if every == 1 else 's'}"
    found = f"{len(result):,} of {number} for {query[:_LONGEST]!r}" if query else number
    return f"Overview({found})"


def as_html(finder: Finder | None, query: str) -> str:
    """Return the first objects as an escaped table."""
    title = f"<p>{html.escape(as_text(finder, query))}</p>"
    result = _result(finder, query)
    if result is None or not len(result):
        return title
    head = "".join(f"<th>{each}</th>" for each in _HEAD)
    facts = result.objects.head(_ROWS).to_dict("records")
    rows = "".join(
        "<tr>" + "".join(f"<td>{_escaped(text)}</td>" for text in _cells(each)) + "</tr>"
        for each in facts
    )
    left = len(result) - len(facts)
    more = f"<p>and {left:,} more</p>" if left > 0 else ""
    return f"{title}<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{more}"


def _result(finder: Finder | None, query: str) -> Result | None:
    try:
        return None if finder is None else finder.search(query)
    except ModosError:
        return None


def _cells(facts: Mapping[Any, Any]) -> tuple[str, ...]:
    changed, errors = facts["changed"], facts["errors"]
    return (
        str(facts["title"]),
        f"{facts['samples']:,}",
        ", ".join(facts["omics_types"]),
        ", ".join(facts["formats"]),
        "" if changed is None or changed != changed else str(changed)[:10],  # noqa: PLR0124 - NaT
        str(errors) if isinstance(errors, int) else "",
    )


def _escaped(text: str) -> str:
    shown = "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)
    return html.escape(shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…")
