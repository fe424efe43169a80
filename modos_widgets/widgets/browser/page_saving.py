"""Requests that save objects as a page: one HTML file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from modos_widgets import background
from modos_widgets.errors import AlreadyExistsError, NotFoundError, OptionError
from modos_widgets.modo import Draft
from modos_widgets.progress import Throttle
from modos_widgets.session import (
    PIECE,
    OutgoingFile,
    file_name,
    shown_path,
    write_local_file,
)
from modos_widgets.widgets.browser.wire import (
    PageOffer,
    PagePieceRequest,
    PageRequest,
    PageSaved,
    SavePageProgress,
    SavePageRequest,
)
from modos_widgets.widgets.front_end import Reply, Request, StreamedRequest, answers
from modos_widgets.widgets.saved_page import page_text
from modos_widgets.widgets.wire import Nothing

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path
    from typing import Any

    from modos_widgets.progress import Progress
    from modos_widgets.session import Session

__all__ = ["PageSaving"]

_BEAT: Final = 0.1
_MOST_OBJECTS: Final = 2_000
_LONGEST: Final = 4_000  # characters of a path
_SUFFIX: Final = ".html"


class PageSaving:
    """Saves the open object, the draft or listed objects as a page.

    Parameters
    ----------
    session : Session
        The objects.
    changing : callable
        Returns a context in which nothing else changes the draft.
    server_files : callable
        Returns whether files can be written on the computer of the kernel.
    stream : callable
        Sends a partial answer to the view that made a request.
    """

    def __init__(
        self,
        session: Session,
        changing: Callable[[], AbstractContextManager[Any]],
        server_files: Callable[[], bool],
        stream: Callable[[StreamedRequest[Any, SavePageProgress], SavePageProgress], None],
    ) -> None:
        self._session = session
        self._changing = changing
        self._server_files = server_files
        self._stream = stream
        self._file = OutgoingFile()

    @answers("page offer")
    def answer_offer(self, request: Request[PageRequest]) -> PageOffer:
        """Return a name for the file, and what it will contain."""
        paths = request.payload["paths"]
        if paths:
            one = len(paths) == 1
            name = file_name(str(paths[0]).rstrip("/").rpartition("/")[2], "") if one else ""
            return {
                "name": f"{name or 'objects'}{_SUFFIX}",
                "objects": len(paths),
                "changes": 0,
                "server_files": self._server_files(),
            }
        draft = self._open_draft()
        modos = draft.modos
        name = file_name(modos[0].id, "object")
        several = f"-and-{len(modos) - 1}-more" if len(modos) > 1 else ""
        changes = "-changes" if draft else ""
        return {
            "name": f"{name}{several}{changes}{_SUFFIX}",
            "objects": len(modos),
            "changes": len(draft),
            "server_files": self._server_files(),
        }

    @answers("save page")
    def answer_save(self, request: StreamedRequest[SavePageRequest, SavePageProgress]) -> PageSaved:
        """Write the page into a file of the kernel, or into one that the browser downloads."""
        payload = request.payload
        name = str(payload["name"]).strip()[:_LONGEST]
        if not name:
            raise OptionError("The file has no name.", "Enter a name, such as study.html.")
        if not name.lower().endswith((_SUFFIX, ".htm")):
            name += _SUFFIX
        download = payload["download"] is True
        if not download and not self._server_files():
            raise OptionError("Files of the notebook server cannot be written.", "Download it.")
        throttle = Throttle(_BEAT)

        def show(now: Progress) -> None:
            background.check_cancelled()
            if throttle.due():
                self._stream(request, {"done": now.done, "total": now.total})

        paths = [str(path) for path in payload["paths"]]
        if paths:
            draft, failures = self._opened(paths, show)
        else:
            draft, failures = self._open_draft(), []
        text = page_text(
            draft,
            failures,
            findings=payload["findings"] is True,
            previews=payload["previews"] is True,
            lock=self._changing(),
            check=background.check_cancelled,
        )
        data = text.encode("utf-8", "replace")
        saved: PageSaved = {
            "place": name,
            "size": len(data),
            "piece": PIECE,
            "exists": False,
            "failed": len(failures),
        }
        if download:
            stem, _, suffix = name.rpartition("/")[2].rpartition(".")
            saved["place"] = f"{file_name(stem, 'objects')}.{suffix}"

            def write(path: Path) -> None:
                write_local_file(path, data)

            self._file.write("page.html", write)
            return saved
        try:
            path = write_local_file(name, data, overwrite=payload["overwrite"] is True)
        except AlreadyExistsError:
            return {**saved, "exists": True}
        return {**saved, "place": shown_path(path)}

    @answers("page piece")
    def answer_piece(self, request: Request[PagePieceRequest]) -> Reply[Nothing]:
        """Send a piece of the page as a binary part."""
        return Reply({}, [self._file.read(int(request.payload["offset"]))])

    def close(self) -> None:
        """Remove temporary files."""
        self._file.close()

    def _open_draft(self) -> Draft:
        """Return the draft that is edited, or the open object as one without changes."""
        session = self._session
        modo, draft = session.modo, session.draft
        if modo is None:
            raise NotFoundError("No object is open.", "Choose an object.")
        if draft is not None and session.drafted(modo.path) is modo:
            return draft
        return modo.edit()

    def _opened(
        self, paths: list[str], show: Callable[[Progress], object]
    ) -> tuple[Draft, list[tuple[str, str]]]:
        if len(paths) > _MOST_OBJECTS:
            raise OptionError(
                f"A page can contain at most {_MOST_OBJECTS:,} objects.", "Narrow the result."
            )
        modos, failures = self._session.open_each_now(paths, on_progress=show)
        if not modos:
            raise NotFoundError(f"No object to save. {failures[0][1]}", "Refresh the list.")
        return Draft(modos), failures
