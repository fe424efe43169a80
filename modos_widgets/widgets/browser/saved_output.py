"""A Browser in a saved notebook: no addresses, everything escaped."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from modos_widgets.session import Session

__all__ = ["as_html", "as_text"]

_MOST: Final = 30


def _counted(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def as_text(session: Session) -> str:
    """Return one line: the number of objects, and the open one."""
    if not session.place:
        parts = ["nothing chosen"]
    elif session.listed:
        parts = [_counted(len(session.objects), "object")]
    elif session.modo is None:
        parts = ["no objects listed"]
    else:
        parts = []
    if session.modo is not None:
        parts.append(f"{session.modo.id} open")
    return f"Browser({', '.join(parts)})"


def as_html(session: Session) -> str:
    """Return the elements of the open object, or the names of the objects, as escaped HTML."""
    title = f"<strong>{html.escape(as_text(session))}</strong>"
    modo = session.modo
    if modo is not None:
        head = "<tr><th>element</th><th>@type</th><th>name</th></tr>"
        metadata = modo.metadata
        rows = [
            f"<tr><td>{_cell(element)}</td><td>{_cell(attributes.get('@type'))}</td>"
            f"<td>{_cell(attributes.get('name'))}</td></tr>"
            for element, attributes in list(metadata.items())[:_MOST]
        ]
        more = len(metadata) - len(rows)
        table = f"<table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>"
        return f"<div>{title}{table}{_more(more, 'element')}</div>"
    shown = session.objects[:_MOST]
    names = "".join(f"<li>{_cell(f'{each.prefix}/{each.name}')}</li>" for each in shown)
    listed = f"<ul>{names}</ul>" if names else ""
    return f"<div>{title}{listed}{_more(len(session.objects) - len(shown), 'object')}</div>"


def _cell(value: object) -> str:
    return "" if value is None else html.escape(str(value)[:200])


def _more(number: int, word: str) -> str:
    return f"<p>and {_counted(number, word)} more</p>" if number > 0 else ""
