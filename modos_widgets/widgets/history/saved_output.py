"""A History in a saved notebook: its latest commits, everything escaped."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from modos_widgets.widgets.history.wire import CommitShown

__all__ = ["as_html", "as_text", "counts_in_words"]

_ROWS: Final = 20
_LONGEST: Final = 80
_HEAD: Final = ("Message", "When", "Who", "State", "Changes")


def counts_in_words(commit: CommitShown) -> str:
    """Return the counts of a commit as words: "3 cells in 2 elements, 1 file"."""
    parts = []
    if commit["cells"] or not commit["files"]:
        cells = _counted(commit["cells"], "cell")
        parts.append(f"{cells} in {_counted(commit['elements'], 'element')}")
    if commit["files"]:
        parts.append(_counted(commit["files"], "file"))
    return ", ".join(parts)


def as_text(name: str, total: int) -> str:
    """Return one line: the object, and the number of commits."""
    return f"History({name!r}, {_counted(total, 'commit')})" if name else "History()"


def as_html(name: str, commits: list[CommitShown], total: int) -> str:
    """Return the latest commits as an escaped table."""
    if not commits:
        return f"<pre>{html.escape(as_text(name, total))}</pre>"
    head = "".join(f"<th>{title}</th>" for title in _HEAD)
    rows = "".join(
        "<tr>" + "".join(f"<td>{_escaped(text)}</td>" for text in _cells(commit)) + "</tr>"
        for commit in commits[:_ROWS]
    )
    more = f"<p>and {total - _ROWS:,} more</p>" if total > _ROWS else ""
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return f"<p>{_escaped(as_text(name, total))}</p>{table}{more}"


def _cells(commit: CommitShown) -> tuple[str, ...]:
    when = commit["when"][:16].replace("T", " ")
    message = commit["message"] or "(no message)"
    return message, when, commit["who"], commit["state"], counts_in_words(commit)


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def _escaped(text: str) -> str:
    shown = "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)
    return html.escape(shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…")
