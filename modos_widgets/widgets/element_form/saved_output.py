"""Saved output of a form: the elements that its draft adds, as static and escaped HTML."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from modos_widgets.modo import class_plural, class_title, short_text

if TYPE_CHECKING:
    from modos_widgets.modo import Draft

__all__ = ["as_html", "as_text"]

_ROWS: Final = 50


def as_text(draft: Draft, class_name: str) -> str:
    """Return one line: the class of the form, and how many elements the draft adds."""
    added = sum(len(changes.added) for changes in draft.changes())
    elements = "1 element" if added == 1 else f"{added:,} elements"
    return f"ElementForm: new {class_title(class_name)}; the draft adds {elements}"


def as_html(draft: Draft, class_name: str) -> str:
    """Return the elements that the draft adds."""
    rows = [
        f"<tr><td>{escape(element)}</td><td>{escape(_values(attributes))}</td></tr>"
        for changes in draft.changes()
        for element, attributes in changes.added.items()
    ]
    head = f"<p>{escape(as_text(draft, class_name))}</p>"
    if not rows:
        return f"{head}<p>No {escape(class_plural(class_name))} added yet.</p>"
    more = f"<p>and {len(rows) - _ROWS:,} more</p>" if len(rows) > _ROWS else ""
    titles = "<tr><th>element</th><th>values</th></tr>"
    return f"{head}<table>{titles}{''.join(rows[:_ROWS])}</table>{more}"


def _values(attributes: dict[str, object]) -> str:
    """Return the attributes as one short line."""
    return "; ".join(f"{slot}: {short_text(value)}" for slot, value in attributes.items())[:500]
