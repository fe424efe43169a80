"""Messages of the export and import of sheets.

``make wire`` writes ``js/sheets/wire.ts`` from these types.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, TypedDict

from modos_widgets.widgets.wire import ProposedAnswer


class ExportRequest(TypedDict):
    """A sheet to write."""

    kind: Literal["xlsx", "csv", "tsv"]
    tab: str
    """Elements of this tab of the table only; '' for all."""
    template: bool
    """Whether the sheet is empty, to collect new elements."""


class ExportAnswer(TypedDict):
    """A written sheet, to be read in pieces."""

    name: str
    size: int
    piece: int
    rows: int
    notes: list[str]
    """What the sheet cannot contain."""


class SheetPieceRequest(TypedDict):
    """A piece of the written sheet."""

    offset: int


class ReadSheetRequest(TypedDict):
    """A sheet that was uploaded."""

    upload: str


class SheetColumn(NamedTuple):
    """A column of a sheet."""

    header: str
    meaning: str
    """'' if it is not recognised."""


class ReadSheetAnswer(TypedDict):
    """The columns of a sheet, to confirm."""

    columns: list[SheetColumn]
    meanings: list[str]
    """What a column can mean."""


class ImportRequest(ReadSheetRequest):
    """A sheet to compare with the objects."""

    mapping: dict[str, str]
    create: bool
    remove_missing: bool


class ReportRow(NamedTuple):
    """What the import noticed in a cell."""

    problem: str
    place: str
    """Tab and cell."""
    read: str
    offered: str
    applied: bool


class ImportAnswer(TypedDict):
    """What the import would change."""

    proposed: ProposedAnswer
    conflicts: int
    """Cells that someone else has changed too, since the export."""
    created: list[str]
    """Paths of objects that the commit creates."""
    report: list[ReportRow]
    noticed: int
    """Number of rows of the whole report."""
    doubts: int
    """Rows that are not applied."""


class ImportedAnswer(TypedDict):
    """The changes are in the draft."""

    changes: int
