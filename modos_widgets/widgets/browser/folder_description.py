"""The request that drafts the metadata of a folder from its files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from modos_widgets.widgets.browser.wire import DescribeAnswer, DescribeRequest
from modos_widgets.widgets.front_end import Request, answers

if TYPE_CHECKING:
    from collections.abc import Callable

    from modos_widgets.session import Session
    from modos_widgets.widgets.browser.guard import Guard

__all__ = ["FolderDescription"]

_PATIENCE: Final = 24 * 3_600.0  # seconds: the checksums of a large folder
_LONGEST: Final = 8_000


class FolderDescription:
    """Describes folders of the notebook server and prefixes on S3.

    Parameters
    ----------
    session : Session
        The objects.
    guard : Guard
        Asks before unsaved changes are lost.
    server_files : callable
        Returns whether files of the notebook server can be chosen.
    """

    def __init__(self, session: Session, guard: Guard, server_files: Callable[[], bool]) -> None:
        self._session = session
        self._guard = guard
        self._server_files = server_files

    @answers("describe")
    def answer_describe(self, request: Request[DescribeRequest]) -> DescribeAnswer:
        """Describe a folder, and edit the draft; return what is wrong with the fields."""
        session = self._session
        source = str(request.payload["source"]).strip()[:_LONGEST]
        target = str(request.payload["object"]).strip()[:_LONGEST]
        problems = {
            field: problem
            for field, path in (("source", source), ("object", target))
            if (problem := self._problem(path, is_required=field == "source"))
        }
        if problems:
            return {"problems": problems}
        if session.unsaved:
            self._guard.run(lambda: session.describe(source, target or None), "Describe files")
            return {"problems": {}}
        session.describe(source, target or None).future.result(_PATIENCE)
        found = session.problem
        if found is not None and found.about == "describing":
            session.problem = None
            return {"problems": {"source": f"{found.message} {found.hint}".strip()}}
        return {"problems": {}}

    def _problem(self, path: str, *, is_required: bool) -> str:
        if not path:
            return "Enter a folder, or s3://bucket/prefix." if is_required else ""
        if path.startswith("s3://"):
            known = self._session.location.names_server
            return "" if known else "No S3 server is known here. Choose an endpoint first."
        if "://" in path:
            return "Enter a folder, or s3://bucket/prefix."
        if not self._server_files():
            return "Files of the notebook server cannot be chosen here. Enter s3://bucket/prefix."
        return "" if path.startswith(("/", "~")) else "Enter the whole path of a folder."
