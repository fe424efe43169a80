"""Rows of a sample sheet: one for each file, with its sample and its assay."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modos_widgets.errors import ModosError, NotFoundError, PathError
from modos_widgets.folding import folded
from modos_widgets.json_text import same
from modos_widgets.modo import MISSING, kind_of_file
from modos_widgets.sheets.cell_reading import read_cell, shown
from modos_widgets.sheets.columns import ASSAY, CLASS, FILE, KIND, OBJECT, SAMPLE, split_meaning
from modos_widgets.sheets.sheet_report import cell_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from modos_widgets.modo import Draft
    from modos_widgets.sheets.object_names import ObjectNames
    from modos_widgets.sheets.sheet_file import Tab
    from modos_widgets.sheets.sheet_report import SheetReport

__all__ = ["SampleSheet", "checked_folder"]

CLASSES = {SAMPLE: "Sample", ASSAY: "Assay"}
LINKS = {SAMPLE: "has_sample", ASSAY: "has_data"}


@dataclass(frozen=True)
class _Row:
    tab: Tab
    number: int
    places: Mapping[str, int]
    path: str
    """The object."""

    def text(self, meaning: str) -> str:
        """Return the text of a column; empty if there is none."""
        return shown(self.cell(meaning)).strip()

    def cell(self, meaning: str) -> Any:
        cells, place = self.tab.rows[self.number], self.places.get(meaning, -1)
        return cells[place] if 0 <= place < len(cells) else ""


@dataclass
class _Known:
    """Elements of an object, found by what a sheet calls them."""

    named: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    """Column and folded name to the samples or assays of that name."""
    files: dict[str, str] = field(default_factory=dict)
    """A ``data_path`` to its element."""
    stated: dict[str, str] = field(default_factory=dict)
    """Element to the file that the sheet states for it."""


class SampleSheet:
    """Puts the rows of a sample sheet into a draft.

    Parameters
    ----------
    draft : Draft
        The draft.
    names : ObjectNames
        What the sheet calls the objects.
    report : SheetReport
        Receives what is in doubt.
    files_from : pathlib.Path or None
        Folder with the files to attach. Without it no file of this computer is read: the sheet of
        someone else could name any.
    """

    def __init__(
        self, draft: Draft, names: ObjectNames, report: SheetReport, files_from: Path | None
    ) -> None:
        self._draft = draft
        self._names = names
        self._report = report
        self._files_from = files_from
        self._stored: dict[str, set[str]] = {}
        self._known: dict[str, _Known] = {}
        self._values: dict[tuple[str, str, str], Any] = {}

    def read(self, tab: Tab, meanings: list[str]) -> None:
        """Put the rows of a tab into the draft.

        Parameters
        ----------
        tab : Tab
            The tab.
        meanings : list of str
            What its columns mean.
        """
        places = {meaning: place for place, meaning in enumerate(meanings) if meaning}
        for number in range(1, len(tab.rows)):
            row = _Row(tab, number, places, "")
            if not any(cell != "" for cell in tab.rows[number]):
                continue
            path = self._names.find(row.text(OBJECT))
            if not path:
                self._note(row, OBJECT, "unknown object")
                continue
            try:
                self._row(replace(row, path=path))
            except ModosError as error:
                self._note(row, FILE, error.message)

    def _note(self, row: _Row, meaning: str, problem: str, offered: Any = None) -> None:
        cell = cell_name(row.number, row.places.get(meaning, 0))
        applied = offered is not None
        self._report.add(problem, row.tab.title, cell, row.text(meaning), offered, applied=applied)

    def _row(self, row: _Row) -> None:
        owners: dict[str, list[str]] = {
            role: [self._element(row.path, role, text) for text in _entries(row.text(role))]
            for role in (SAMPLE, ASSAY)
        }
        data = self._data(row) if row.text(FILE) else ""
        owners[FILE] = [data] if data else []
        for meaning in row.places:
            if meaning in {OBJECT, CLASS, FILE, SAMPLE, ASSAY, KIND} or row.cell(meaning) == "":
                continue  # an empty cell of a sample sheet says nothing
            role, slot = split_meaning(meaning)
            role = role or self._role_of(slot, row.path, data)
            for element in owners[role]:
                self._set(row, meaning, element, slot)
        if data:
            for sample in owners[SAMPLE]:
                self._link(row.path, data, LINKS[SAMPLE], sample)
            for assay in owners[ASSAY]:
                self._link(row.path, assay, LINKS[ASSAY], data)

    def _role_of(self, slot: str, path: str, data: str) -> str:
        """Return whose attribute a column is: that of the file, if it can have it."""
        schema = self._draft.schema
        kind = self._draft.current((path, data), CLASS) if data else "DataEntity"
        if slot in schema.slots(kind):
            return FILE
        return next((role for role, name in CLASSES.items() if slot in schema.slots(name)), FILE)

    def _element(self, path: str, role: str, text: str) -> str:
        """Return the sample or assay of an id or name, which is added if there is none."""
        draft, kind = self._draft, CLASSES[role]
        group = draft.schema.group(kind)
        elements = draft.elements(path)
        for element in (text, f"{group}/{text}"):
            if element in elements and element.startswith(f"{group}/"):
                return element
        named = self._known_in(path).named
        key = role, folded(text)
        if len(named.get(key, ())) != 1:
            (element,) = draft.propose_ids([text], kind, path=path)
            named[key] = [draft.add((path, element), {CLASS: kind, "name": text})]
        return named[key][0]

    def _known_in(self, path: str) -> _Known:
        """Return the elements of an object, which are gone through once."""
        known = self._known.get(path)
        if known is None:
            known = self._known[path] = _Known()
            for element, attributes in self._draft.elements(path).items():
                name, stored = attributes.get("name"), attributes.get("data_path")
                for role, kind in CLASSES.items():
                    if self._draft.schema.is_a(attributes.get(CLASS), kind):
                        known.named.setdefault((role, folded(str(name))), []).append(element)
                if isinstance(stored, str):
                    known.files.setdefault(stored, element)
        return known

    def _data(self, row: _Row) -> str:
        """Return the element of a file, which is added if there is none; empty if it is in doubt.

        Elements are found by the last part of the path, so two files of one name are not told
        apart: the second one is not attached.
        """
        draft, path, file, kind = self._draft, row.path, row.text(FILE), row.text(KIND)
        plain = posixpath.normpath(file.replace("\\", "/"))
        name = posixpath.basename(plain)
        if name in {"", ".", ".."}:
            self._note(row, FILE, "not the name of a file")
            return ""
        class_name = self._class(kind)
        if kind and not class_name:
            self._note(row, KIND, "unknown type")
        known = self._known_in(path)
        found = next((known.files[each] for each in (file, name) if each in known.files), None)
        if found is not None:
            if known.stated.setdefault(found, plain) == plain:
                return found
            self._note(row, FILE, "two files of one name")
            return ""
        source = None if name in self._stored_in(path) else self._source(file)
        proposed = kind_of_file(name)
        class_name = class_name or proposed.class_name
        (element,) = draft.propose_ids([Path(name).stem], class_name, path=path)
        attributes = {CLASS: class_name, "name": name, "data_path": name}
        if proposed.format:
            attributes["data_format"] = proposed.format
        element = draft.add((path, element), attributes)
        known.files[name], known.stated[element] = element, plain
        if name in self._stored_in(path):
            draft.attach_stored((path, element), name)
        elif source is None:
            self._note(row, FILE, "file not attached", name)
        else:
            draft.attach((path, element), source)
        return element

    def _class(self, text: str) -> str:
        """Return the class of data that a text names; empty if there is none."""
        schema = self._draft.schema
        names = [name for name in schema.classes if schema.is_a(name, "DataEntity")]
        found = [name for name in names if folded(name) == folded(text.replace(" ", ""))]
        if found or not text:
            return found[0] if found else ""
        kind = kind_of_file(f"file.{text.lower().lstrip('.')}")
        return kind.class_name if kind.format else ""

    def _stored_in(self, path: str) -> set[str]:
        """Return the files that an object stores, which are listed once."""
        if path not in self._stored:
            (modo,) = (modo for modo in self._draft.modos if modo.path == path)
            new = modo.storage.is_new
            self._stored[path] = set() if new else set(modo.files().index)
        return self._stored[path]

    def _source(self, file: str) -> Path | None:
        """Return a file of the folder; None without a folder or such a file.

        Raises
        ------
        PathError
            It is elsewhere, perhaps by a link.
        """
        if self._files_from is None:
            return None
        top = self._files_from.resolve()
        try:
            found = (top / file).resolve(strict=True)
        except (OSError, ValueError, RuntimeError):
            return None
        if not found.is_relative_to(top):
            raise PathError(f"{file:.200} is not in {top}, so it is not read.", "Copy it there.")
        return found if found.is_file() else None

    def _set(self, row: _Row, meaning: str, element: str, slot: str) -> None:
        draft, path = self._draft, row.path
        attributes = draft.elements(path)[element]
        before = attributes.get(slot, MISSING)
        reading = read_cell(
            row.cell(meaning),
            draft.schema.slots(attributes.get(CLASS)).get(slot),
            before,
            schema=draft.schema,
            ids=draft.elements(path).keys(),
            delimiter=row.tab.delimiter,
            date_1904=row.tab.date_1904,
        )
        if reading is not None and not reading.applied:
            self._note(row, meaning, reading.problem)
            return
        value = before if reading is None else reading.value
        if reading is not None and reading.problem:
            self._note(row, meaning, reading.problem, value)
        earlier = self._values.setdefault((path, element, slot), value)
        if not same(earlier, value):
            self._note(row, meaning, "two values of one element")
        elif reading is not None and value is not MISSING:
            draft.set((path, element), slot, value)

    def _link(self, path: str, element: str, slot: str, target: str) -> None:
        links = self._draft.current((path, element), slot, [])
        links = links if isinstance(links, list) else [links]
        if target not in links:
            self._draft.set((path, element), slot, [*links, target])


def _entries(text: str) -> Iterator[str]:
    """Yield the ids or names in a cell."""
    for part in text.replace(";", ",").replace("\n", ",").split(","):
        if part.strip():
            yield part.strip()


def checked_folder(files_from: Any) -> Path | None:
    """Return the folder with the files to attach.

    Raises
    ------
    NotFoundError
        There is no such folder.
    """
    if files_from is None:
        return None
    folder = Path(files_from).expanduser()
    if not folder.is_dir():
        raise NotFoundError(f"No folder {folder}.", "Check files_from=.")
    return folder
