"""Export the metadata of objects as a sheet."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modos_widgets.credentials import hidden_options
from modos_widgets.errors import ArgumentError, NotFoundError, OptionError, StorageError
from modos_widgets.files import put_in_place, temporary_beside
from modos_widgets.modo import Draft, Modo, csv_safe, edit
from modos_widgets.sheets.cell_text import cell_text
from modos_widgets.sheets.columns import CLASS, ELEMENT, OBJECT, columns_of, slot_of
from modos_widgets.sheets.sheet_file import DELIMITED, kind_of
from modos_widgets.sheets.stamp import servers_of
from modos_widgets.sheets.workbook import SheetContent, SheetTab, write_workbook

if TYPE_CHECKING:
    import os
    from pathlib import Path

    from modos_widgets.location import AnyPath
    from modos_widgets.modo import Schema

__all__ = ["SheetExport", "export_sheet", "open_draft"]

OTHERS = "Other elements"
TITLE = re.compile(r"[\[\]:*?/\\']")


@dataclass(frozen=True)
class SheetExport:
    """A finished export.

    Attributes
    ----------
    path : pathlib.Path
        The file.
    rows : int
        Number of elements in it.
    notes : tuple of str
        What the sheet cannot contain, such as texts that are too long for a cell.
    """

    path: Path
    rows: int
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Return the number of rows, the path and the notes."""
        plural = "" if self.rows == 1 else "s"
        return "\n".join([f"{self.rows:,} row{plural} in {self.path}", *self.notes])


def open_draft(
    objects: Any,
    schema: Any = (),
    *,
    endpoint: str | None,
    services: Mapping[str, str] | None,
    s3_kwargs: Mapping[str, Any] | None,
) -> Draft:
    """Return the draft that was passed, or a new one of the objects."""
    s3_kwargs = hidden_options(s3_kwargs)
    if isinstance(objects, Draft):
        return objects
    return edit(objects, schema=schema, endpoint=endpoint, services=services, s3_kwargs=s3_kwargs)


def export_sheet(
    objects: Draft | Modo | AnyPath | Iterable[Modo | AnyPath],
    path: str | os.PathLike[str],
    *,
    classes: Iterable[str] | None = None,
    template: bool = False,
    flat: bool = False,
    endpoint: str | None = None,
    services: Mapping[str, str] | None = None,
    s3_kwargs: Mapping[str, Any] | None = None,
) -> SheetExport:
    """Write the metadata of objects into a spreadsheet that `import_sheet` reads back.

    A workbook (``.xlsx``) has one tab per class, drop-down lists, and a hidden stamp with the
    exported values, so that the import finds the cells that changed, and the changes of others
    in the meantime. A ``.csv`` or ``.tsv`` file is one table without a stamp. Texts stay texts: a
    spreadsheet program runs none of them as a formula.

    Network use: one request for each remote path.

    Parameters
    ----------
    objects : Modo, path, Location, Draft, or iterable of Modo and paths
        The objects; of a draft, the values after its commit.
    path : str or path-like
        File to write, which is replaced if it exists. Its suffix chooses the kind.
    classes : iterable of str, optional
        Export elements of these classes only.
    template : bool
        Write an empty sheet to collect new elements.
    flat : bool
        One tab for all classes.
    endpoint, services, s3_kwargs
        For paths, as for `open_modo`.

    Returns
    -------
    SheetExport
        The file, the number of rows, and notes on what a sheet cannot contain.

    Raises
    ------
    ArgumentError
        `objects` or `path` has another type.
    OptionError
        The suffix or a class is unknown, or the sheet has too many rows or columns.
    NotFoundError, StorageError
        The folder of the file does not exist, or cannot be written.
    ModosError
        An object cannot be opened (see `open_modo`).

    Examples
    --------
    >>> export_sheet("cohort/p1", "p1.xlsx")      # doctest: +SKIP
    12 rows in p1.xlsx
    """
    target, suffix = kind_of(path)
    if suffix == ".xlsm":
        raise OptionError("A sheet with macros is not written.", "Use a path that ends in .xlsx.")
    draft = open_draft(
        objects, endpoint=endpoint, services=services, s3_kwargs=hidden_options(s3_kwargs)
    )
    chosen = _chosen(classes, draft.schema)
    content = _content(draft, chosen, template=template, flat=flat or suffix in DELIMITED)
    if not target.absolute().parent.is_dir():
        raise NotFoundError(f"No folder {target.parent}.", "Create the folder first.")
    part, too_long = temporary_beside(target), []
    try:
        try:
            if suffix in DELIMITED:
                _write_delimited(content, part, DELIMITED[suffix])
            else:
                too_long = write_workbook(content, part)
            put_in_place(part, target, exclusive=False)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(
            f"{target} cannot be written: {error.strerror}.", "Check the folder."
        ) from error
    notes = tuple(
        f"{element} {slot} has {length:,} characters, too long for a cell: the sheet contains a "
        "note instead, and the import keeps the value."
        for element, slot, length in too_long
    )
    return SheetExport(target, sum(len(tab.keys) for tab in content.tabs), notes)


def _chosen(classes: Iterable[str] | None, schema: Schema) -> list[str] | None:
    if classes is None:
        return None
    if isinstance(classes, str) or not isinstance(classes, Iterable):
        raise ArgumentError.expected("a list of class names", classes, name="classes")
    names = list(classes)
    for name in names:
        if name not in schema.classes:
            raise OptionError(
                f"Unknown class {name!r:.80}.", f"Use one of {', '.join(schema.classes)}."
            )
    return names


def _content(draft: Draft, chosen: list[str] | None, *, template: bool, flat: bool) -> SheetContent:
    schema = draft.schema
    elements = {modo.path: draft.elements(modo.path) for modo in draft.modos}
    found: dict[str, list[tuple[str, str]]] = {}
    for path, every in elements.items():
        for element, attributes in () if template else every.items():
            name = attributes.get(CLASS)
            known = name if isinstance(name, str) and name in schema.classes else OTHERS
            if chosen is None or known in chosen:
                found.setdefault(known, []).append((path, element))
    if template:
        found = {name: [] for name in chosen or schema.classes if name != "MODO" or chosen}
    order = [name for name in (*schema.classes, OTHERS) if name in found]
    groups = [order] if flat else [[name] for name in order]
    tabs = []
    for names in groups or [[]]:
        keys = [key for name in names for key in found[name]]
        if flat:
            ranks = {path: number for number, path in enumerate(elements)}
            keys.sort(key=lambda key: ranks[key[0]])  # stable: one object after the other
        own = [name for name in names if name != OTHERS]
        found_attributes = (elements[path][element] for path, element in keys)
        columns = columns_of(schema, own, found_attributes)
        title = "Metadata" if flat or not names else TITLE.sub("_", names[0])[:31]
        tabs.append(SheetTab(title, own[0] if len(own) == 1 else "", columns, keys))
    header = {
        "schema": "modos-schema 0.3.4",
        "exported": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "template": template,
        "objects": [
            {
                "path": modo.path,
                "root": modo.root_element,
                "version": modo.etag,
                "servers": servers_of(modo),
            }
            for modo in draft.modos
        ],
        "tabs": {tab.title: {"class": tab.class_name, "columns": tab.columns} for tab in tabs},
    }
    return SheetContent(header, tabs, elements, schema)


def _write_delimited(content: SheetContent, path: Path, delimiter: str) -> None:
    (tab,) = content.tabs
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator="\r\n")
        writer.writerow([OBJECT, ELEMENT, CLASS, *map(csv_safe, tab.columns)])
        for object_path, element in tab.keys:
            attributes = content.elements[object_path][element]
            kind = attributes.get(CLASS)
            writer.writerow(
                csv_safe(text)
                for text in (
                    object_path,
                    element,
                    cell_text(kind, None, workbook=False),
                    *(
                        cell_text(
                            attributes.get(name),
                            slot_of(content.schema, kind, name),
                            workbook=False,
                        )
                        for name in tab.columns
                    ),
                )
            )
