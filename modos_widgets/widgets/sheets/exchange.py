"""Answers the requests of the export and the import of sheets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from modos_widgets.concurrency import on_threads
from modos_widgets.errors import OptionError
from modos_widgets.modo import Draft
from modos_widgets.session import PIECE, OutgoingFile, file_name, uploads
from modos_widgets.sheets import SHEET_MEANINGS, export_sheet, import_sheet, propose_mapping
from modos_widgets.widgets.front_end import Reply, Request, answers
from modos_widgets.widgets.proposal import proposed_changes
from modos_widgets.widgets.sheets.wire import (
    ExportAnswer,
    ExportRequest,
    ImportAnswer,
    ImportedAnswer,
    ImportRequest,
    ReadSheetAnswer,
    ReadSheetRequest,
    ReportRow,
    SheetColumn,
    SheetPieceRequest,
)
from modos_widgets.widgets.slot_values import value_words
from modos_widgets.widgets.wire import Nothing

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from modos_widgets.location import Location
    from modos_widgets.modo import Modo, Schema

__all__ = ["SheetExchange"]

_KINDS: Final = ("xlsx", "csv", "tsv")
_MOST_COLUMNS: Final = 500
_MOST_REPORTED: Final = 200
_OBJECTS_AT_ONCE: Final = 16


class SheetExchange:
    """Exports the draft of a widget, and imports a sheet as a new draft.

    A widget adds it to its `_collaborators`, with an `Uploading`, and shows the components of
    ``js/sheets``.

    Parameters
    ----------
    draft : callable
        Returns the draft that is shown, or None.
    show : callable
        Called with the draft of an import, to be shown in place of the present one.
    location : callable
        Returns the `Location` whose endpoint, services and S3 options reach new objects.
    lock : context manager
        Held while the draft is used.

    Attributes
    ----------
    show, location : callable
        As passed; a widget around this one can replace them.
    server_files : callable
        Returns whether objects can be created on the computer of the kernel; by default always.
    """

    def __init__(
        self,
        draft: Callable[[], Draft | None],
        show: Callable[[Draft], object],
        location: Callable[[], Location],
        lock: AbstractContextManager[Any],
    ) -> None:
        self._get_draft = draft
        self.show = show
        self.location = location
        self.server_files: Callable[[], bool] = lambda: True
        self._lock = lock
        self._file = OutgoingFile()
        self._imported: Draft | None = None
        self._upload = ""

    def close(self) -> None:
        """Remove temporary files."""
        self._file.close()

    def _draft(self) -> Draft:
        draft = self._get_draft()
        if draft is None:
            raise OptionError("A DataFrame has no sheet.", "Show objects instead.")
        return draft

    # Export

    @answers("export sheet")
    def answer_export(self, request: Request[ExportRequest]) -> ExportAnswer:
        """Write a sheet of the draft."""
        payload = request.payload
        kind = payload["kind"] if payload["kind"] in _KINDS else _KINDS[0]
        draft = self._draft()
        name = f"{_file_name(draft)}.{kind}"
        rows, notes = 0, list[str]()

        def write(path: Path) -> None:
            nonlocal rows, notes
            with self._lock:
                done = export_sheet(
                    draft,
                    path,
                    classes=_classes(draft.schema, str(payload.get("tab", ""))),
                    template=payload.get("template") is True,
                )
            rows, notes = done.rows, list(done.notes)

        size = self._file.write(name, write)
        return {"name": name, "size": size, "piece": PIECE, "rows": rows, "notes": notes[:20]}

    @answers("sheet piece")
    def answer_piece(self, request: Request[SheetPieceRequest]) -> Reply[Nothing]:
        """Send a piece of the sheet as a binary part."""
        return Reply({}, [self._file.read(int(request.payload["offset"]))])

    # Import

    @answers("read sheet")
    def answer_read(self, request: Request[ReadSheetRequest]) -> ReadSheetAnswer:
        """Return what the columns of an uploaded sheet mean, as far as they are recognised."""
        path = uploads().finish(str(request.payload["upload"])).path
        draft = self._draft()
        proposed = propose_mapping(path, draft)
        schema = draft.schema
        slots = {slot for name in schema.classes for slot in schema.slots(name)}
        known = {meaning for meaning in proposed.values() if meaning}
        return {
            "columns": [SheetColumn(*pair) for pair in list(proposed.items())[:_MOST_COLUMNS]],
            "meanings": [*SHEET_MEANINGS, *sorted((slots | known) - set(SHEET_MEANINGS))],
        }

    @answers("import sheet")
    def answer_import(self, request: Request[ImportRequest]) -> ImportAnswer:
        """Compare an uploaded sheet with what is stored; nothing is changed."""
        payload = request.payload
        path = uploads().finish(str(payload["upload"])).path
        draft = self._draft()
        _refuse_unsaved(draft)
        on_threads(_refresh, draft.modos, most=_OBJECTS_AT_ONCE)
        create = payload.get("create") is True
        found = import_sheet(
            path,
            Draft(draft.modos, draft.schema),
            mapping={str(name): str(each) for name, each in dict(payload["mapping"]).items()},
            create=create,
            remove_missing=payload.get("remove_missing") is True,
            **(self.location().arguments if create else {}),
        )
        new = [modo for modo in found.modos if modo not in draft.modos]
        if any(not modo.path.startswith("s3://") for modo in new) and not self.server_files():
            raise OptionError(
                "Objects on the notebook server cannot be created here.",
                "Write s3://bucket/prefix into the column of the objects.",
            )
        self._imported, self._upload = found, str(payload["upload"])
        proposed = proposed_changes(found)
        report = found.import_report
        rows = [] if report is None else list(report.itertuples())
        return {
            "proposed": proposed,
            "conflicts": len(found.conflicts()),
            "created": [modo.path for modo in found.modos if modo.storage.is_new],
            "report": [
                ReportRow(
                    str(row[0]),
                    f"{row[1]} {row[2]}".strip(),
                    _words(row[3]),
                    _words(row[4]),
                    bool(row[5]),
                )
                for row in rows[:_MOST_REPORTED]
            ],
            "noticed": len(rows),
            "doubts": sum(not row[5] for row in rows),
        }

    @answers("apply sheet")
    def answer_apply(self, _: Request) -> ImportedAnswer:
        """Show the changes of the sheet as a draft, to review and commit."""
        found = self._imported
        if found is None:
            raise OptionError("There is no sheet to import.", "Choose a sheet.")
        _refuse_unsaved(self._draft())
        self._imported = None
        uploads().cancel(self._upload)
        self.show(found)
        return {"changes": len(found)}


def _refuse_unsaved(draft: Draft) -> None:
    if draft:
        raise OptionError(
            "There are uncommitted changes.", "Commit or discard them, then import the sheet."
        )


def _words(value: Any) -> str:
    return "" if value is None else value_words(value) or ""


def _refresh(modo: Modo) -> None:
    modo.refresh()


def _classes(schema: Schema, tab: str) -> list[str] | None:
    """Return the classes of a tab; None for all."""
    found = [name for name in schema.classes if schema.section(name) == tab]
    return found or None


def _file_name(draft: Draft) -> str:
    modos = draft.modos
    name = file_name(modos[0].id, "metadata")
    return name if len(modos) == 1 else f"{name}-and-{len(modos) - 1}-more"
