"""Requests of a page that looks into a file of the object."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from modos_widgets.errors import NotFoundError
from modos_widgets.modo import has_regions
from modos_widgets.widgets.browser.wire import FileView, PathRequest, ViewRequest
from modos_widgets.widgets.front_end import Request, answers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from modos_widgets.previews import FilePreview
    from modos_widgets.session import Session

__all__ = ["FileViews"]

_MOST_OPEN: Final = 4
_ROWS: Final = 200
_MOST_COLUMNS: Final = 100
_MOST_COMMENTS: Final = 200
_LONGEST_CELL: Final = 200
_LONGEST_LINE: Final = 2000


class FileViews:
    """Sends the rows, lines or facts of files of the open object.

    Parameters
    ----------
    session : Session
        The open object.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._open: dict[str, tuple[str, FilePreview]] = {}

    @answers("view file", prompt=True)
    def answer_view(self, request: Request[PathRequest]) -> FileView:
        """Read the start of a file."""
        if self._session.modo is None:
            raise NotFoundError("No object is open.", "Choose an object.")
        path = str(request.payload["path"])
        preview = self._session.modo.preview(path, _ROWS)
        while len(self._open) >= _MOST_OPEN:
            self._open.pop(next(iter(self._open)), None)
        key = secrets.token_hex(8)
        self._open[key] = path, preview
        return _view(key, path, preview)

    @answers("view more", prompt=True)
    def answer_more(self, request: Request[ViewRequest]) -> FileView:
        """Read the next rows or lines."""
        key = str(request.payload["view"])
        path, preview = self._open.get(key, ("", None))
        if preview is None:
            raise NotFoundError("This view has ended.", "Choose the file again.")
        rows, lines = len(preview.rows), len(preview.lines)
        preview.more(_ROWS)
        return _view(key, path, preview, rows, lines)


def _view(key: str, path: str, preview: FilePreview, rows: int = 0, lines: int = 0) -> FileView:
    """Return what a page shows of a preview, without the first rows and lines."""
    view: FileView = {
        "view": key,
        "kind": preview.kind,
        "summary": preview.summary(),
        "note": preview.note,
        "comments": _cut(preview.comments[:_MOST_COMMENTS], _LONGEST_LINE),
        "columns": _cut(preview.columns[:_MOST_COLUMNS], _LONGEST_CELL),
        "hidden_columns": max(0, len(preview.columns) - _MOST_COLUMNS),
        "rows": [_cut(row[:_MOST_COLUMNS], _LONGEST_CELL) for row in preview.rows[rows:]],
        "lines": _cut(preview.lines[lines:], _LONGEST_LINE),
        "has_more": preview.has_more,
        "media": "",
        "has_regions": has_regions(path),
    }
    if preview.image is not None and not preview.image.problem:
        view["media"] = preview.image.type
    contigs = () if preview.header is None else preview.header.contigs
    if contigs:
        view["columns"] = ["Contig", "Length"]
        view["rows"] = [
            [each.name[:_LONGEST_CELL], "" if each.length is None else f"{each.length:,}"]
            for each in contigs[:_ROWS]
        ]
        if len(contigs) > _ROWS:
            note = f"The first {_ROWS} of {len(contigs):,} contigs are listed."
            view["note"] = f"{view['note']} {note}".strip()
    return view


def _cut(texts: Iterable[str], most: int) -> list[str]:
    return [
        text if len(text) <= most else f"{text[:most]}\N{HORIZONTAL ELLIPSIS}" for text in texts
    ]
