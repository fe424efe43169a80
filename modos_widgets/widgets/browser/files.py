"""The files of the open object, as stored and as a draft has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from modos_widgets.modo import FilePayload, MovePayload, RemoveFilePayload
from modos_widgets.widgets.browser.wire import FileRow, FilesAnswer

if TYPE_CHECKING:
    import pandas as pd

    from modos_widgets.modo import Draft, Modo
    from modos_widgets.session import Session

__all__ = ["Files"]

_MOST_FILES: Final = 5000


class Files:
    """Lists the files of the open object, and again only after a commit.

    Parameters
    ----------
    session : Session
        The open object.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._listed: tuple[Modo, str | None, pd.DataFrame] | None = None

    def answer(self, modo: Modo, draft: Draft | None = None) -> FilesAnswer:
        """Return the first files, and the number and size of all.

        Uses the network if the files of the object have not been listed since its last commit.

        Parameters
        ----------
        modo : Modo
            The object.
        draft : Draft, optional
            A draft that contains the object.

        Returns
        -------
        FilesAnswer
        """
        frame = self._frame(modo, keep=draft is not None)
        place = modo.path.rstrip("/")
        rows = [
            FileRow(str(path), int(size), str(named_by), f"{place}/{path}", "")
            for path, size, named_by in zip(
                frame.index, frame["size"], frame["named_by"], strict=True
            )
        ]
        if draft is not None:
            rows = _drafted(rows, draft, modo.path)
        kept = [row for row in rows if row.state != "removed"]
        total = sum(row.size for row in kept)
        return {"rows": rows[:_MOST_FILES], "count": len(kept), "total": total}

    def _frame(self, modo: Modo, *, keep: bool) -> pd.DataFrame:
        listed = self._listed
        if keep and listed is not None and listed[:2] == (modo, modo.etag):
            return listed[2]
        frame = modo.files()
        self._listed = (modo, modo.etag, frame)
        return frame


def _drafted(rows: list[FileRow], draft: Draft, path: str) -> list[FileRow]:
    """Return the files with those that a draft adds, moves and removes."""
    removed: set[str] = set()
    new: list[FileRow] = []
    place = path.rstrip("/")
    for payload in draft.attachments(path):
        if isinstance(payload, RemoveFilePayload):
            removed.add(payload.target)
            continue
        if isinstance(payload, MovePayload):
            removed.add(payload.source)
        if isinstance(payload, FilePayload | MovePayload):
            whole = f"{place}/{payload.target}"
            new.append(FileRow(payload.target, payload.size, payload.element, whole, "new"))
    stored = [row._replace(state="removed") if row.path in removed else row for row in rows]
    return sorted([*stored, *new], key=lambda row: row.path)
