"""The files of the open object, as stored and as a draft has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from modos_widgets.widgets.browser.wire import FileRow, FilesAnswer

if TYPE_CHECKING:
    from modos_widgets.modo import Draft, Modo

__all__ = ["files_answer"]

_MOST_FILES: Final = 5000


def files_answer(modo: Modo, draft: Draft | None = None) -> FilesAnswer:
    """Return the first files, and the number and size of all.

    Uses the network; with a draft, only the first time.

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
    place = modo.path.rstrip("/")
    frame = modo.files() if draft is None else draft.files(modo.path)
    states = frame["state"] if draft is not None else [""] * len(frame)
    rows = [
        FileRow(str(path), int(size), str(named_by), f"{place}/{path}", state)
        for path, size, named_by, state in zip(
            frame.index, frame["size"], frame["named_by"], states, strict=True
        )
    ]
    kept = [row for row in rows if row.state != "removed"]
    total = sum(row.size for row in kept)
    return {"rows": rows[:_MOST_FILES], "count": len(kept), "total": total}
