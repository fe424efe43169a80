"""Read the file of a sheet, which others wrote and which is not trusted."""

from __future__ import annotations

import csv
import posixpath
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import python_calamine

from modos_widgets.errors import ArgumentError, NotFoundError, OptionError, StorageError
from modos_widgets.modo import csv_safe
from modos_widgets.sheets.columns import LISTS_TAB, README_TAB
from modos_widgets.sheets.stamp import STAMP_TAB

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

__all__ = ["DELIMITED", "WORKBOOKS", "Tab", "delimited_tab", "kind_of", "read_sheet_file"]

DELIMITED: Final = {".csv": ",", ".tsv": "\t", ".txt": "\t"}
WORKBOOKS: Final = (".xlsx", ".xlsm")
LARGEST_FILE: Final = 256 * 2**20
LARGEST_UNPACKED: Final = 2**30
LARGEST_RATIO: Final = 400
SMALL: Final = 16 * 2**20
LARGEST_AREA: Final = 6_000_000
"""Cells of a tab, empty ones among others included."""
MOST_TABS: Final = 100
LONGEST_FIELD: Final = 2**20
SHORT: Final = 40
"""Texts up to this length are kept once."""
PART: Final = 4 * 2**20
# Each pattern takes linear time for any text: a tag ends at the next "<" or ">", and what has
# matched is not matched again in another way.
_CELL: Final = re.compile(rb'<(?:\w+:)?c\b[^<>]*?\br="([A-Z]{1,3})(\d{1,7})"')
_FORMULA: Final = re.compile(
    rb'<(?:\w+:)?c\b(?>[^<>]*?\br="([A-Z]{1,3}\d{1,7})")[^<>]*+>\s*+<(?:\w+:)?f\b'
)
_ERROR: Final = re.compile(
    rb'<(?:\w+:)?c\b(?=[^<>]*?\bt="e")(?>[^<>]*?\br="([A-Z]{1,3}\d{1,7})")[^<>]*+>\s*+'
    rb"(?:<(?:\w+:)?f\b[^<>]*+>(?:[^<]*+</(?:\w+:)?f>)?+\s*+)?+<(?:\w+:)?v>([^<]{0,40})"
)
_HIDDEN: Final = re.compile(
    rb'<(?:\w+:)?row\b(?=[^<>]*?\bhidden="(?:1|true)")[^<>]*?\br="(\d{1,7})"'
)
_SHEET: Final = re.compile(r"<(?:\w+:)?sheet\b([^<>]*)>")
_RELATION: Final = re.compile(r"<(?:\w+:)?Relationship\b([^<>]*)>")


@dataclass
class Tab:
    """One tab of a workbook, or a delimited file.

    Attributes
    ----------
    title : str
        Title of the tab; for a delimited file its name.
    rows : list of list
        Cells: text, number, bool, date; empty text if there is none.
    merged : list of (int, int, int, int)
        Merged ranges: first row, first column, last row, last column.
    hidden : frozenset of int
        Numbers of hidden rows.
    formulas : frozenset of str
        Names of cells with a formula.
    errors : dict of str to str
        Names of cells with an error value, such as ``#NUM!``.
    notes : list of (str, str, str)
        What is noticed of the file: problem, read, offered.
    delimiter : str
        Delimiter of a delimited file; empty for a workbook.
    date_1904 : bool
        Whether serial numbers of dates count from 1904.
    """

    title: str
    rows: list[list[Any]]
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden: frozenset[int] = frozenset()
    formulas: frozenset[str] = frozenset()
    errors: dict[str, str] = field(default_factory=dict)
    notes: list[tuple[str, str, str]] = field(default_factory=list)
    delimiter: str = ""
    date_1904: bool = False


def kind_of(path: str | os.PathLike[str]) -> tuple[Path, str]:
    """Return a path and its lower-case suffix.

    Raises
    ------
    ArgumentError
        It is not a path.
    OptionError
        The suffix is not that of a sheet.
    """
    try:
        found = Path(path)
    except TypeError as error:
        raise ArgumentError.expected("a path", path, name="path") from error
    suffix = found.suffix.lower()
    if suffix not in DELIMITED and suffix not in WORKBOOKS:
        raise OptionError(
            f"{found.name:.80} is not a sheet that can be read or written.",
            "Use a path that ends in .xlsx, .csv or .tsv.",
        )
    return found, suffix


def read_sheet_file(path: str | os.PathLike[str]) -> tuple[list[Tab], list[str]]:
    """Read the tabs of a file, and the cells of its stamp.

    Parameters
    ----------
    path : str or path-like
        An ``.xlsx``, ``.xlsm``, ``.csv`` or ``.tsv`` file.

    Returns
    -------
    list of Tab
    list of str
        Empty without a stamp.

    Raises
    ------
    OptionError
        The file is not such a sheet, is protected by a password, damaged or too large.
    NotFoundError, StorageError
        The file does not exist, or cannot be read.
    """
    try:
        found, suffix = kind_of(path)
    except OptionError as error:
        found = Path(path)
        if found.suffix.lower() != ".xls":
            raise
        suffix = ".xls"
        if not _begin(found).lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
            raise OptionError(
                f"{found.name:.80} has the old format of Excel.", "Save it as .xlsx and try again."
            ) from error
    head = _begin(found)
    if head.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"<" and suffix not in DELIMITED:
        raise OptionError(
            f"{found.name:.80} is a web page (HTML or XML) and not a workbook.",
            "Open it in a spreadsheet program, and save it as .xlsx.",
        )
    if suffix in DELIMITED:
        return [delimited_tab(found.name, found.read_bytes())], []
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise OptionError(
            f"{found.name:.80} is protected by a password, or has the old format of Excel.",
            "Remove the password, and save it as .xlsx.",
        )
    return _workbook(found)


def _begin(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            head = file.read(512)
            size = file.seek(0, 2)
    except FileNotFoundError as error:
        raise NotFoundError(f"No file at {path}.", "Check the path.") from error
    except OSError as error:
        raise StorageError(
            f"{path} cannot be read: {error.strerror}.", "Check the file."
        ) from error
    if size > LARGEST_FILE:
        raise OptionError(
            f"{path.name:.80} has {size / 2**20:,.0f} MiB; at most 256 MiB can be read.",
            "Split the sheet into several files.",
        )
    return head


# -- delimited files -------------------------------------------------------------------------------


def delimited_tab(name: str, data: bytes) -> Tab:
    """Return the rows of a delimited file; no network use.

    Parameters
    ----------
    name : str
        Name of the file; its ending states the delimiter, if the first line leaves a doubt.
    data : bytes
        Its content, in UTF-8, UTF-16 or Windows-1252.

    Returns
    -------
    Tab

    Raises
    ------
    OptionError
        It is not text, has a field of more than 1 MiB, or more than 6,000,000 cells.
    """
    text, encoding = _decoded(data, name)
    del data
    usual = DELIMITED.get(posixpath.splitext(name.lower())[1], "\t")
    first = re.sub(r'"[^"]*"', "", text[: text.find("\n") if "\n" in text else len(text)])
    delimiter = max("\t;,", key=lambda sign: (first.count(sign), sign == usual))
    notes = [("encoding", encoding, "UTF-8")] if encoding != "UTF-8" else []
    if delimiter != usual:
        names = {";": "semicolon", ",": "comma", "\t": "tab"}
        notes.append(("delimiter", names[delimiter], names[usual]))
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST_FIELD))
    rows: list[list[Any]] = []
    area = 0
    known: dict[str, str] = {}
    try:
        for row in csv.reader(_lines(text), delimiter=delimiter):
            area += len(row)
            if area > LARGEST_AREA:
                raise _too_many(name)
            rows.append(
                [
                    known.setdefault(cell, cell) if len(cell) < SHORT else cell
                    for cell in map(_plain, row)
                ]
            )
    except csv.Error as error:
        raise OptionError(f"{name:.80} is not a valid table: {error}.", "Save it again.") from error
    return Tab(name, rows, notes=notes, delimiter=delimiter)


def _lines(text: str) -> Iterator[str]:
    begin = 0
    while begin < len(text):
        end = text.find("\n", begin) + 1 or len(text)
        yield text[begin:end]
        begin = end


def _plain(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and csv_safe(cell[1:]) == cell else cell


def _decoded(data: bytes, name: str) -> tuple[str, str]:
    try:
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return data.decode("utf-16"), "UTF-16"
        if data.startswith(b"\xef\xbb\xbf"):
            return data.decode("utf-8-sig"), "UTF-8 with a byte order mark"
        zeros = data[:400:2].count(0), data[1:400:2].count(0)
        if max(zeros) > len(data[:400]) // 4:
            return data.decode("utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"), "UTF-16"
        try:
            return data.decode(), "UTF-8"
        except UnicodeDecodeError:
            return data.decode("cp1252"), "Windows-1252"
    except UnicodeDecodeError as error:
        raise OptionError(
            f"{name:.80} is not text in a known encoding.", "Save it as UTF-8."
        ) from error


# -- workbooks -------------------------------------------------------------------------------------


@dataclass
class _Facts:
    rows: int = 0
    columns: int = 0
    hidden: set[int] = field(default_factory=set)
    formulas: set[str] = field(default_factory=set)
    errors: dict[str, str] = field(default_factory=dict)


def _workbook(path: Path) -> tuple[list[Tab], list[str]]:
    try:
        facts, macros, date_1904 = _inspect(path)
        with python_calamine.CalamineWorkbook.from_path(path) as book:
            tabs, stamp = [], []
            for metadata in book.sheets_metadata[:MOST_TABS]:
                hidden = metadata.visible != python_calamine.SheetVisibleEnum.Visible
                if (
                    metadata.typ != python_calamine.SheetTypeEnum.WorkSheet
                    or (hidden and metadata.name != STAMP_TAB)
                    or metadata.name in {LISTS_TAB, README_TAB}
                ):
                    continue
                sheet = book.get_sheet_by_name(metadata.name)
                if metadata.name == STAMP_TAB:
                    stamp = [str(row[0]) for row in sheet.iter_rows() if row]
                    continue
                known = facts.get(metadata.name, _Facts())
                rows = _rows(sheet)
                tab = Tab(
                    metadata.name,
                    rows,
                    _merged(sheet, rows, path),
                    frozenset(known.hidden),
                    frozenset(known.formulas),
                    known.errors,
                    date_1904=date_1904,
                )
                if date_1904:
                    tab.notes.append(("dates count from 1904", "1904", "1900"))
                if macros:
                    tab.notes.append(("macros are not run", path.name, ""))
                tabs.append(tab)
    except python_calamine.PasswordError as error:
        raise OptionError(
            f"{path.name:.80} is protected by a password.", "Remove the password."
        ) from error
    except (
        python_calamine.CalamineError,
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        UnicodeDecodeError,
    ) as error:
        raise OptionError(
            f"{path.name:.80} is damaged or not a workbook.", "Save it again as .xlsx."
        ) from error
    return tabs, stamp


def _rows(sheet: python_calamine.CalamineSheet) -> list[list[Any]]:
    if sheet.start is None:
        return []
    above, left = sheet.start
    known: dict[Any, Any] = {}
    rows: list[list[Any]] = [[] for _ in range(above)]
    for row in sheet.iter_rows():
        cells = [
            known.setdefault(cell, cell) if type(cell) is str and len(cell) < SHORT else cell
            for cell in row
        ]
        rows.append([""] * left + cells if left else cells)
    return rows


def _merged(
    sheet: python_calamine.CalamineSheet, rows: list[list[Any]], path: Path
) -> list[tuple[int, int, int, int]]:
    """Return the merged ranges, as far as the rows reach."""
    last, width = len(rows) - 1, max(map(len, rows), default=0)
    found = [
        (top, left, min(bottom, last), min(right, width))
        for (top, left), (bottom, right) in sheet.merged_cell_ranges or []
    ]
    area = sum(
        max(0, bottom - top + 1) * max(0, right - left + 1) for top, left, bottom, right in found
    )
    if area > LARGEST_AREA:
        raise _too_many(path.name)
    return found


def _inspect(path: Path) -> tuple[dict[str, _Facts], bool, bool]:
    """Read all members once, within limits, before the reader of workbooks does."""
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        size = sum(member.file_size for member in members)
        packed = sum(member.compress_size for member in members)
        bomb = size > SMALL and size > packed * LARGEST_RATIO
        if size > LARGEST_UNPACKED or bomb or len(members) > 10 * MOST_TABS:
            raise OptionError(
                f"{path.name:.80} unpacks to {size / 2**20:,.0f} MiB, which is too much.",
                "Split the sheet into several files.",
            )
        names = {member.filename for member in members}
        if len(names) < len(members):
            raise zipfile.BadZipFile
        facts: dict[str, _Facts] = {}
        texts: dict[str, str] = {}
        for member in members:
            name = member.filename
            is_sheet = name.startswith("xl/worksheets/") and name.endswith(".xml")
            with archive.open(member) as file:
                if is_sheet:
                    facts[name] = _scan(iter(lambda: file.read(PART), b""), path)
                elif name in {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"}:
                    texts[name] = file.read(PART).decode()
                while file.read(PART):
                    pass
        workbook = texts.get("xl/workbook.xml", "")
        targets = {}
        for found in _RELATION.finditer(texts.get("xl/_rels/workbook.xml.rels", "")):
            target = _attribute(found[1], "Target")
            full = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
            targets[_attribute(found[1], "Id")] = full
        titled = {}
        for found in _SHEET.finditer(workbook):
            title = _unescaped(_attribute(found[1], "name"))
            target = targets.get(_attribute(found[1], r"\w+:id"), "")
            if target in facts:
                titled[title] = facts[target]
        macros = any(name.endswith("vbaProject.bin") for name in names)
        return titled, macros, bool(re.search(r'\bdate1904="(?:1|true)"', workbook))


def _attribute(text: str, name: str) -> str:
    found = re.search(rf"""(?:\s|\A){name}=["']([^"']*)["']""", text)
    return found[1] if found else ""


def _unescaped(text: str) -> str:
    for sign, plain in (
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", '"'),
        ("&apos;", "'"),
        ("&amp;", "&"),
    ):
        text = text.replace(sign, plain)
    return text


def _scan(parts: Iterator[bytes], path: Path) -> _Facts:
    facts, rest = _Facts(), b""
    columns: set[bytes] = set()
    for part in parts:
        data = rest + part
        cut = data.rfind(b"<row")
        if cut > 0 and len(data) - cut < PART:
            data, rest = data[:cut], data[cut:]
        else:
            rest = b""
        if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
            raise OptionError(f"{path.name:.80} contains XML entities.", "Save it again as .xlsx.")
        _note(facts, data, columns)
        _check_area(facts, columns, path)
    _note(facts, rest, columns)
    _check_area(facts, columns, path)
    return facts


def _note(facts: _Facts, data: bytes, columns: set[bytes]) -> None:
    cells = _CELL.findall(data)
    if cells:
        columns.update({column for column, _ in cells})
        facts.rows = max(facts.rows, *{int(row) for _, row in cells})
    if b"hidden=" in data:
        facts.hidden.update(int(row) - 1 for row in _HIDDEN.findall(data))
    if b"<f" in data or b":f" in data:
        facts.formulas.update(name.decode() for name in _FORMULA.findall(data))
    if b't="e"' in data:
        facts.errors.update(
            (name.decode(), text.decode(errors="replace")) for name, text in _ERROR.findall(data)
        )


def _check_area(facts: _Facts, columns: set[bytes], path: Path) -> None:
    widest = max((_number(name) for name in columns), default=0)
    if facts.rows * widest > LARGEST_AREA:
        raise _too_many(path.name, facts.rows, widest)


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _too_many(name: str, rows: int = 0, columns: int = 0) -> OptionError:
    size = f" ({rows:,} rows x {columns:,} columns)" if rows else ""
    return OptionError(
        f"{name:.80} has more than {LARGEST_AREA:,} cells{size}.",
        "Remove empty rows and columns that contain single cells, or split the sheet.",
    )
