"""Import a sheet as a draft."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from modos_widgets.credentials import hidden_options
from modos_widgets.errors import ModosError, OptionError
from modos_widgets.json_text import same
from modos_widgets.modo import MISSING, ChangeSet, Draft, edit
from modos_widgets.sheets.cell_reading import read_cell, shown
from modos_widgets.sheets.column_mapping import known_attributes, read_mapping
from modos_widgets.sheets.columns import (
    ASSAY,
    CLASS,
    ELEMENT,
    FILE,
    KIND,
    OBJECT,
    SAMPLE,
    match_columns,
)
from modos_widgets.sheets.object_names import ObjectNames
from modos_widgets.sheets.sample_sheet import SampleSheet, checked_folder
from modos_widgets.sheets.sheet_export import open_draft
from modos_widgets.sheets.sheet_file import Tab, read_sheet_file
from modos_widgets.sheets.sheet_report import SheetReport, cell_name
from modos_widgets.sheets.stamp import Stamp, read_stamp, stamped_objects

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from modos_widgets.location import AnyPath
    from modos_widgets.modo import Modo

__all__ = ["import_sheet"]

MOST_KNOWN: Final = 50_000
"""Lists of one text whose cells are known to be unchanged, to limit the memory."""


def import_sheet(
    path: str | os.PathLike[str],
    objects: Draft | Modo | AnyPath | Iterable[Modo | AnyPath] | None = None,
    *,
    create: bool = False,
    mapping: Mapping[str, str] | str | os.PathLike[str] | None = None,
    remove_missing: bool = False,
    files_from: str | os.PathLike[str] | None = None,
    endpoint: str | None = None,
    services: Mapping[str, str] | None = None,
    s3_kwargs: Mapping[str, Any] | None = None,
) -> Draft:
    """Read a sheet that came back into a draft, which its commit merges with others' changes.

    Rows are matched by object and element. In a workbook of `export_sheet`, a cell has changed if
    it differs from what was exported: the draft is based on the exported values, so the commit
    keeps what others have changed since, and reports the cells that both have changed. Any other
    sheet is compared with what is stored now.

    A sample sheet has a row for each file, with columns ``file``, ``sample``, ``assay`` and
    ``type``: each becomes an element, and they are linked. Columns such as ``sample.sex`` are
    attributes of these.

    What a spreadsheet program did to the cells is listed in `Draft.import_report`. Values in doubt
    are not applied. Nothing is written before the commit.

    Network use: one request for each remote path.

    Parameters
    ----------
    path : str or path-like
        An ``.xlsx``, ``.xlsm``, ``.csv`` or ``.tsv`` file.
    objects : Modo, path, Location, Draft, or iterable of Modo and paths, optional
        The objects. By default those in the stamp, or in the column ``object``. A draft without
        changes receives those of the sheet.
    create : bool
        Create the objects that the sheet names and that do not exist. The commit creates them.
    mapping : Mapping of str to str, or path, optional
        Header to meaning, for columns with other names: an attribute, ``object``, ``element``,
        ``@type``, or an empty text to leave the column out. Or a JSON file with that. By default
        the file beside the sheet that `save_mapping` wrote, if any.
    remove_missing : bool
        Remove the exported elements that the sheet no longer contains. By default they are kept.
    files_from : str or path-like, optional
        Folder with the files that a sample sheet names; the commit copies them. Without it, only
        files that an object stores already are attached.
    endpoint, services, s3_kwargs
        For paths, as for `open_modo`.

    Returns
    -------
    Draft
        With the changes of the sheet, and `Draft.import_report`.

    Raises
    ------
    ArgumentError
        An argument has another type.
    OptionError
        The file is not a sheet, is protected, damaged or too large; its stamp was edited or is from
        another deployment; the sheet does not name its objects; or the draft has changes already.
    NotFoundError, StorageError
        The file or an object does not exist, or cannot be read.
    ModosError
        An object cannot be opened (see `open_modo`).

    Examples
    --------
    >>> draft = import_sheet("p1.xlsx")          # doctest: +SKIP
    >>> draft.diff(), draft.import_report        # doctest: +SKIP
    >>> draft.commit("Values of the sheet")      # doctest: +SKIP
    """
    s3_kwargs = hidden_options(s3_kwargs)
    columns = read_mapping(mapping, path)
    folder = checked_folder(files_from)
    tabs, cells = read_sheet_file(path)
    stamped = stamped_objects(cells) if cells else []
    named = _named_objects(tabs, columns)
    if objects is None and not (stamped or named):
        raise OptionError(
            "This sheet does not name its objects.", "Pass the path of the object as objects=."
        )
    way = {"endpoint": endpoint, "services": services, "s3_kwargs": s3_kwargs}
    draft, names = _opened(objects, stamped, named, create=create, way=way)
    stored = {modo.path: draft.elements(modo.path) for modo in draft.modos}
    stamp = read_stamp(cells, stored) if cells else None
    del cells
    work = _SheetImport(draft, names, stamp, columns, remove_missing=remove_missing)
    work.check_servers(strict=objects is None)
    return work.run(tabs, folder)


def _named_objects(tabs: list[Tab], mapping: Mapping[str, str]) -> list[str]:
    """Return what the column ``object`` contains."""
    found: dict[str, None] = {}
    for tab in tabs:
        header = [shown(cell).strip() for cell in tab.rows[0]] if tab.rows else []
        meanings = [mapping.get(name, name) for name in header]
        if OBJECT in meanings:
            place = meanings.index(OBJECT)
            texts = (shown(row[place]).strip() for row in tab.rows[1:] if place < len(row))
            found.update(dict.fromkeys(text.rstrip("/") for text in texts))
    found.pop("", None)
    return list(found)


def _opened(
    objects: Any,
    stamped: list[str],
    named: list[str],
    *,
    create: bool,
    way: dict[str, Any],
) -> tuple[Draft, ObjectNames]:
    """Return a draft without changes, except for new objects, and what the sheet calls each."""
    if objects is None:
        existing = None
        wanted = list(dict.fromkeys([*stamped, *(named if create or not stamped else [])]))
        names = ObjectNames([])
    else:
        if isinstance(objects, Draft) and objects:
            raise OptionError(
                "There are uncommitted changes.",
                "Commit or discard them first, or pass the objects instead of the draft.",
            )
        existing = open_draft(objects, **way)
        names = ObjectNames(existing.modos)
        wanted = named if create else []
        single = stamped or ([] if create else named)
        if names.only and len(single) == 1:
            names.add(single[0], names.only)  # the object has moved, or has a short name
    missing = [text for text in wanted if not names.find(text)]
    schema = existing.schema if existing is not None else ()
    modos = existing.modos if existing is not None else ()
    if existing is not None and not missing:
        return existing, names
    draft = edit([*modos, *missing], schema=schema, create=create, **way)
    names.include(draft.modos)
    for text, modo in zip(missing, draft.modos[len(modos) :], strict=True):
        names.add(text, modo.path)
    return draft, names


class _SheetImport:
    """One import: the changes that are found, and the report."""

    def __init__(
        self,
        draft: Draft,
        names: ObjectNames,
        stamp: Stamp | None,
        mapping: Mapping[str, str],
        *,
        remove_missing: bool,
    ) -> None:
        self.draft = draft
        self.names = names
        self.schema = draft.schema
        self.modos = {modo.path: modo for modo in draft.modos}
        self.stored = {path: draft.elements(path) for path in self.modos}
        self.roots = {path: modo.root_element for path, modo in self.modos.items()}
        self.stamp = stamp
        self.mapping = mapping
        self.remove_missing = remove_missing
        self.report = SheetReport()
        self.unchanged: set[tuple[Any, ...]] = set()
        self.changes: dict[str, ChangeSet] = {}
        self.assigned: list[tuple[str, str, str, Any]] = []
        self.added: list[tuple[Tab, int, str, str, dict[str, Any]]] = []
        self.seen: set[tuple[str, str]] = set()
        self.known = known_attributes(draft)
        for modo in draft.modos:
            if modo.storage.is_new:
                self.report.add("new object", "", "", modo.path, modo.path, applied=True)

    def check_servers(self, *, strict: bool) -> None:
        """Report a sheet from another deployment; if `strict`, refuse it.

        Raises
        ------
        OptionError
            It is refused.
        """
        for modo in self.draft.modos if self.stamp is not None else ():
            others = self.stamp.other_servers(modo) if self.stamp is not None else []
            if others and strict:
                raise OptionError(
                    f"This sheet was exported from another deployment, {others[0]:.200}.",
                    "Pass its endpoint=, or objects= to import the sheet into these objects.",
                )
            if others:
                self.report.add("another deployment", "", "", others[0], modo.path, applied=True)

    def run(self, tabs: list[Tab], files_from: Path | None) -> Draft:
        """Read the tabs, and return the draft."""
        matched = [(tab, self._header(tab)) for tab in tabs]
        used = [(tab, names) for tab, names in matched if names is not None]
        if not used:
            raise OptionError(
                "No tab of this sheet has a column element, name or an attribute.",
                "Name the columns in the first row, or pass mapping=.",
            )
        twice = self._twice(used)
        for tab, names in used:
            self._notes(tab)
            if not self._has_files(names):
                self._tab(tab, names, twice)
        draft = self.draft
        draft.propose(self.changes.values())
        for path, element, slot, value in self.assigned:
            if value is MISSING:
                draft.unset((path, element), slot)
            else:
                draft.set((path, element), slot, value)
        for tab, row, path, element, attributes in self.added:
            self._add(draft, tab, row, path, element, attributes)
        samples = SampleSheet(draft, self.names, self.report, files_from)
        for tab, names in used:
            if self._has_files(names):
                samples.read(tab, names)
        if self.remove_missing and self.stamp is not None:
            self._remove(draft)
        draft.propose()
        draft.import_report = self.report.frame()
        return draft

    def _has_files(self, meanings: list[str]) -> bool:
        """Return whether a tab has a row for each file, as in a sample sheet."""
        found = set(meanings)
        owners = {SAMPLE, ASSAY, KIND} & found or FILE in self.mapping.values()
        return FILE in found and ELEMENT not in found and bool(owners)

    # -- header --------------------------------------------------------------------------------

    def _header(self, tab: Tab) -> list[str] | None:
        if not tab.rows:
            return None
        header = [shown(cell) for cell in tab.rows[0]]
        names, offers = match_columns(header, self.schema, self.known, self.mapping)
        if not set(names) - {"", OBJECT, CLASS}:
            return None
        repeated = {name for name, count in Counter(names).items() if name and count > 1}
        for column, name in enumerate(names):
            if name in repeated:
                self.report.add(
                    "two columns of one name",
                    tab.title,
                    cell_name(0, column),
                    header[column],
                    name,
                    applied=False,
                )
                names[column] = ""
        for column, offered in offers:
            self.report.add(
                "column found by its title" if names[column] else "unknown column",
                tab.title,
                cell_name(0, column),
                header[column],
                offered,
                applied=bool(names[column]),
            )
        return names

    def _notes(self, tab: Tab) -> None:
        for problem, read, offered in tab.notes:
            self.report.add(problem, tab.title, "", read, offered, applied=True)
        for row in sorted(tab.hidden):
            if 0 < row < len(tab.rows):
                self.report.add("hidden row", tab.title, cell_name(row, 0), "", "", applied=True)
        if (
            self.stamp is not None
            and not tab.delimiter
            and tab.title not in self.stamp.header["tabs"]
        ):
            titles = list(self.stamp.header["tabs"])
            offered = titles[0] if len(titles) == 1 else ""
            self.report.add("renamed tab", tab.title, "", tab.title, offered, applied=True)

    # -- rows ----------------------------------------------------------------------------------

    def _key(self, row: list[Any], places: Mapping[str, int]) -> tuple[str, str]:
        def text(name: str) -> str:
            place = places.get(name, -1)
            return shown(row[place]).strip() if 0 <= place < len(row) else ""

        name, element = text(OBJECT), text(ELEMENT)
        path = self.names.find(name)
        if path and element:
            stamped = self._stamped_root(path)
            if element == stamped:
                element = self.roots[path]
            elif element not in self.stored[path] and "/" not in element and CLASS in places:
                group = self.schema.group(text(CLASS))
                if group and f"{group}/{element}" in self.stored[path]:
                    element = f"{group}/{element}"
        return path or name, element

    def _stamped_root(self, path: str) -> str:
        if self.stamp is None:
            return self.roots[path]
        roots = self.stamp.roots
        return roots.get(path) or (next(iter(roots.values())) if len(roots) == 1 else "")

    def _twice(self, used: list[tuple[Tab, list[str]]]) -> set[tuple[str, str]]:
        counted: Counter[tuple[str, str]] = Counter()
        for tab, names in used:
            places = {name: place for place, name in enumerate(names) if name}
            if ELEMENT in places:
                counted.update(self._key(row, places) for row in tab.rows[1:])
        return {key for key, count in counted.items() if count > 1 and key[1]}

    def _base(self, path: str, element: str) -> Mapping[str, Any] | None:
        if self.stamp is not None:
            every = self.stamp.elements.get(path)
            if every is None and len(self.modos) == 1 and len(self.stamp.elements) == 1:
                every = next(iter(self.stamp.elements.values()))
            name = self._stamped_root(path) if element == self.roots[path] else element
            found = (every or {}).get(name)
            if found is not None:
                return found
        return self.stored[path].get(element)

    def _tab(self, tab: Tab, names: list[str], twice: set[tuple[str, str]]) -> None:
        places = {name: place for place, name in enumerate(names) if name}
        slots = [
            (place, name)
            for place, name in enumerate(names)
            if name and name not in {OBJECT, ELEMENT}
        ]
        merged = {
            (row, column): (top, left)
            for top, left, bottom, right in tab.merged
            for row in range(top, bottom + 1)
            for column in range(left, right + 1)
            if (row, column) != (top, left)
        }
        group = (
            (self.stamp.header["tabs"].get(tab.title) or {}).get("class", "") if self.stamp else ""
        )
        for number in range(1, len(tab.rows)):
            row = tab.rows[number]
            if not any(cell != "" for cell in row):
                continue
            path, element = self._key(row, places)
            if path not in self.modos:
                self.report.add(
                    "unknown object",
                    tab.title,
                    cell_name(number, places.get(OBJECT, 0)),
                    path,
                    None,
                    applied=False,
                )
                continue
            if (path, element) in twice:
                self.report.add(
                    "two rows of one element",
                    tab.title,
                    cell_name(number, places.get(ELEMENT, 0)),
                    element,
                    None,
                    applied=False,
                )
                self.seen.add((path, element))
                continue
            base = self._base(path, element) if element else None
            if base is not None:
                self.seen.add((path, element))
            self._row(tab, number, path, element, base, slots, merged, group)

    def _row(  # noqa: C901, PLR0912, PLR0917 - one pass over the cells, for speed
        self,
        tab: Tab,
        number: int,
        path: str,
        element: str,
        base: Mapping[str, Any] | None,
        slots: list[tuple[int, str]],
        merged: Mapping[tuple[int, int], tuple[int, int]],
        group: str,
    ) -> None:
        row, schema = tab.rows[number], self.schema
        kind: Any = base.get(CLASS) if base is not None else None
        if base is None:
            place = next((place for place, name in slots if name == CLASS), -1)
            text = shown(row[place]).strip() if 0 <= place < len(row) else ""
            kind = (
                text
                or group
                or schema.default_class.get(element.partition("/")[0] if "/" in element else "?")
            )
        width, plain = len(row), not (merged or tab.formulas or tab.errors)
        found: dict[str, Any] = {}
        own = schema.slots(kind)
        for place, name in slots:
            if place >= width:
                continue  # a line that ends early says nothing about the rest
            cell = row[place]
            before = base.get(name, MISSING) if base is not None else MISSING
            if plain and self._is_unchanged(cell, before, kind, name):
                continue
            where = (number, place)
            name_of_cell = cell_name(*where)
            if where in merged and cell == "":
                top, left = merged[where]
                first = (
                    tab.rows[top][left] if top < len(tab.rows) and left < len(tab.rows[top]) else ""
                )
                if before is not MISSING or first != "":
                    self.report.add(
                        "merged cells", tab.title, name_of_cell, "", shown(first), applied=False
                    )
                continue
            cell = tab.errors.get(name_of_cell, cell)
            slot = own.get(name)
            reading = read_cell(
                cell,
                slot,
                before,
                schema=schema,
                ids=self.stored[path].keys(),
                delimiter=tab.delimiter,
                date_1904=tab.date_1904,
            )
            if name_of_cell in tab.formulas:
                value = before if reading is None else reading.value
                if reading is None or not reading.problem:
                    self.report.add(
                        "formula", tab.title, name_of_cell, shown(cell), _shown(value), applied=True
                    )
            if reading is None:
                self._note_unchanged(cell, before, kind, name)
                continue
            if reading.problem:
                self.report.add(
                    reading.problem,
                    tab.title,
                    name_of_cell,
                    shown(cell),
                    _shown(reading.offered),
                    applied=reading.applied,
                )
            if reading.applied and reading.value is not None:
                found[name] = reading.value
        if base is None:
            attributes = {name: value for name, value in found.items() if value is not MISSING}
            if attributes:
                if kind:
                    attributes = {CLASS: kind, **attributes}
                self.added.append((tab, number, path, element, attributes))
        elif found:
            self._change(path, element, base, found)

    def _is_unchanged(self, cell: Any, before: Any, kind: Any, name: str) -> bool:
        """Return whether a cell surely has not changed, which is quick to see for most cells."""
        if type(before) is list:
            return _key_of_list(cell, before, kind, name) in self.unchanged
        if cell == before:
            return type(cell) is type(before) or (type(cell) is float and type(before) is int)
        return before is MISSING and bool(cell == "")

    def _note_unchanged(self, cell: Any, before: Any, kind: Any, name: str) -> None:
        key = _key_of_list(cell, before, kind, name) if type(before) is list else None
        if key is not None and len(self.unchanged) < MOST_KNOWN:
            self.unchanged.add(key)

    def _change(
        self, path: str, element: str, base: Mapping[str, Any], found: Mapping[str, Any]
    ) -> None:
        stored = self.stored[path].get(element)
        is_new = self.modos[path].storage.is_new
        cells = {}
        for name, value in found.items():
            before = base.get(name, MISSING)
            now = MISSING if stored is None else stored.get(name, MISSING)
            if is_new and value is MISSING:
                continue  # its id and dates
            moves = name == "data_path" and stored is not None and same(now, before)
            if moves or is_new:
                self.assigned.append((path, element, name, value))
            else:
                cells[name] = (before, value)
        if cells:
            changes = self.changes.setdefault(path, ChangeSet(path, self.roots[path]))
            changes.cells[element] = cells

    def _add(  # noqa: PLR0917
        self, draft: Draft, tab: Tab, row: int, path: str, element: str, attributes: dict[str, Any]
    ) -> None:
        kind = attributes.get(CLASS)
        try:
            if not element:
                if not isinstance(kind, str) or not attributes.get("name"):
                    self.report.add(
                        "row without element", tab.title, cell_name(row, 0), "", None, applied=False
                    )
                    return
                (element,) = draft.propose_ids([str(attributes["name"])], kind, path=path)
            added = draft.add((path, element), attributes)
        except ModosError as error:
            self.report.add(
                error.message, tab.title, cell_name(row, 0), element, None, applied=False
            )
        else:
            self.seen.add((path, added))

    def _remove(self, draft: Draft) -> None:
        for path in self.modos:
            every = self.stamp.elements.get(path, {}) if self.stamp is not None else {}
            for element in every:
                if (
                    element != self._stamped_root(path)
                    and (path, element) not in self.seen
                    and element in draft.elements(path)
                ):
                    draft.remove((path, element))


def _key_of_list(
    cell: Any, before: list[Any], kind: Any, name: str
) -> tuple[Any, str, str, Any] | None:
    """Return a cell and the single text that it stands for; None for other lists."""
    if len(before) == 1 and type(cell) is type(before[0]) is type(kind) is str:
        return kind, name, cell, before[0]
    return None


def _shown(value: Any) -> Any:
    return None if value is MISSING else value
