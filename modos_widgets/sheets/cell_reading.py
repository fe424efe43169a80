"""What the cell of a sheet means, and what a spreadsheet program may have done to it."""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from modos_widgets.json_text import same
from modos_widgets.modo import MISSING, parse
from modos_widgets.sheets.cell_text import cell_text, comparable

if TYPE_CHECKING:
    from collections.abc import Collection

    from modos_widgets.modo import Schema, Slot

__all__ = ["Reading", "read_cell", "shown"]

YES: Final = frozenset(
    {"true", "yes", "wahr", "ja", "vrai", "oui", "vero", "sì", "verdadero", "sí", "si"}
)
NO: Final = frozenset({"false", "no", "falsch", "nein", "faux", "non", "falso"})
PLAIN: Final = frozenset({"true", "false", "yes", "no"})
QUOTES: Final = str.maketrans("“”„«»‘’‚", '"""""\'\'\'')  # noqa: RUF001
MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar janv janvier gen gennaio ene enero jän",
            "feb february februar févr février febbraio febrero",
            "mar march märz mrz mär mars marzo",
            "apr april avr avril aprile abr abril",
            "may mai mag maggio mayo",
            "jun june juni juin giu giugno junio",
            "jul july juli juil juillet lug luglio julio",
            "aug august août ago agosto",
            "sep sept september septembre set settembre septiembre septin",
            "oct october okt oktober octobre ott ottobre octubre",
            "nov november novembre noviembre",
            "dec december dez dezember déc décembre dic dicembre diciembre",
        ),
        1,
    )
    for name in names.split()
}
GENES: Final = {
    3: "MARCH",
    9: "SEPT",
    12: "DEC",
    10: "OCT",
    4: "APR",
    11: "NOV",
    2: "FEB",
    5: "MAY",
}
NAME_DAY: Final = re.compile(r"([^\W\d_]{3,10})[-. /]*0*(\d{1,4})\.?\Z")
DAY_NAME: Final = re.compile(r"0*(\d{1,4})[-. /]+([^\W\d_]{3,10})\.?(?:[-. /]+(\d{2,4}))?\Z")
NUMBERS: Final = re.compile(r"0*(\d{1,2})[-./]0*(\d{1,2})(?:[-./](\d{2,4}))?\Z")
ERROR: Final = re.compile(
    r"#(?:NUM|VALUE|REF|N/A|NAME|DIV/0|NULL|ZAHL|WERT|BEZUG|NOMBRE|VALEUR)[!?]?\Z|Err:\d{3}\Z"
)
NUMERIC: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,5})?\Z")
EXPONENT: Final = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE][+-]?\d{1,5}\Z")
DECIMAL_COMMA: Final = re.compile(r"[+-]?\d+,\d+(?:[eE][+-]?\d{1,3})?\Z")
LONGEST_WORD: Final = 40
TAIL: Final = 15
"""Significant digits that a spreadsheet program keeps."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The meaning of a cell that differs from what is stored, or was damaged.

    Attributes
    ----------
    value : Any
        The new value; the base if `applied` is false.
    problem : str
        What was recognised; empty for an ordinary change.
    offered : Any
        The value that it probably stands for; None if there is none.
    applied : bool
        Whether `value` is what is offered.
    """

    value: Any
    problem: str = ""
    offered: Any = None
    applied: bool = True


def shown(cell: Any) -> str:
    """Return the text of a cell that was read."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 10**TAIL else repr(cell)
    return cell.isoformat() if isinstance(cell, dt.date | dt.time) else str(cell)


def read_cell(
    cell: Any,
    slot: Slot | None,
    base: Any,
    *,
    schema: Schema,
    ids: Collection[str] = (),
    delimiter: str = "",
    date_1904: bool = False,
) -> Reading | None:
    """Read a cell.

    Parameters
    ----------
    cell : Any
        What the file contains: text, number, bool or date.
    slot : Slot or None
        Slot of the schema; None if the schema does not know the attribute.
    base : Any
        The value that the export wrote, or that is stored; `MISSING` if there is none.
    schema : Schema
        The classes.
    ids : collection of str
        Ids of the elements of the object.
    delimiter : str
        Delimiter of a delimited file.
    date_1904 : bool
        Whether serial numbers of dates count from 1904.

    Returns
    -------
    Reading or None
        None if the cell did not change.
    """
    text = shown(cell)
    base_text = cell_text(base, slot, workbook=False)
    written = {base_text, cell_text(base, slot, workbook=True)}
    if text in written or comparable(text) in set(map(comparable, written)):
        return None
    if base_text:
        problem = _damage(cell, text, base, base_text)
        if problem:
            return Reading(base, problem, base, applied=False)
    found = _new_value(cell, text, slot, base, schema, ids, delimiter, date_1904=date_1904)
    if found.applied and (same(found.value, base) or (found.value is MISSING and base is None)):
        return None
    return found if found.applied else Reading(base, found.problem, found.offered, applied=False)


def _truth(text: str) -> bool | None:
    word = text.strip().casefold() if len(text) <= LONGEST_WORD else ""
    return True if word in YES else False if word in NO else None


def _float(text: str) -> float | None:
    return float(text) if len(text) <= LONGEST_WORD and NUMERIC.match(text.strip()) else None


def _significant(number: float) -> str:
    """Return the digits of a number that a spreadsheet program keeps."""
    try:
        return f"{number:.{TAIL}g}"
    except OverflowError:  # an integer that no spreadsheet program can hold
        return str(number)


def _dates(text: str) -> set[tuple[int, int]]:
    """Return month and day (or month and year) that a spreadsheet program could see in a text."""
    text = text.strip().casefold()
    if len(text) > LONGEST_WORD:
        return set()
    if (found := NAME_DAY.match(text)) and found[1] in MONTHS:
        return {(MONTHS[found[1]], int(found[2]) % 100)}
    if (found := DAY_NAME.match(text)) and found[2] in MONTHS:
        return {(MONTHS[found[2]], int(found[1]) % 100)}
    if found := NUMBERS.match(text):
        one, other = int(found[1]), int(found[2])
        return {(one, other), (other, one)}
    return set()


def _dates_read(cell: Any, text: str) -> set[tuple[int, int]]:
    if isinstance(cell, dt.date):
        return {(cell.month, cell.day), (cell.month, cell.year % 100)}
    if re.match(r"\d{4}-\d{2}-\d{2}\b", text):
        return {(int(text[5:7]), int(text[8:10])), (int(text[5:7]), int(text[2:4]))}
    return _dates(text)


def _moment(text: str) -> dt.datetime | None:
    try:
        found = dt.datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def _damage(cell: Any, text: str, base: Any, base_text: str) -> str:  # noqa: C901, PLR0911, PLR0912 - one line per kind
    """Return what a program did to the value of the base; empty if the cell has another value."""
    if ERROR.match(text):
        return "error value"
    if isinstance(base, bool):
        return ""
    if isinstance(base, int | float):
        number = (
            cell if isinstance(cell, float | int) and not isinstance(cell, bool) else _float(text)
        )
        if number is None and DECIMAL_COMMA.match(text):
            number = float(text.replace(",", "."))
        if number is not None and _significant(number) == _significant(base):
            return "rounding of a number"
        return ""
    if not isinstance(base, str):
        if text.translate(QUOTES) == base_text.translate(QUOTES):
            return "quotes"
        return "encoding" if not text.isascii() and _repaired(text) == base_text else ""
    if _truth(text) is not None and _truth(text) == _truth(base_text):
        return "boolean"
    number, stored = (
        (float(cell) if isinstance(cell, int | float) else _float(text)),
        _float(base_text),
    )
    if number is not None and stored is not None:
        both = math.isinf(number) and math.isinf(stored)
        if both or f"{number:.14g}" == f"{stored:.14g}":
            return "number from text"
    moment = _moment(base_text) if len(base_text) >= len("2026-01-01") else None
    if moment is not None:
        read = _moment(text) if isinstance(cell, dt.date) else None
        equal = read is not None and read.replace(microsecond=0) == moment.replace(microsecond=0)
        return "date in another form" if equal else ""
    if not _dates(base_text).isdisjoint(_dates_read(cell, text)):
        return "date from text"
    if text.split() == base_text.split():
        return "blanks"
    if text.translate(QUOTES).split() == base_text.translate(QUOTES).split():
        return "quotes"
    if not text.isascii() and _repaired(text) == base_text:
        return "encoding"
    return ""


def _repaired(text: str) -> str:
    """Return a UTF-8 text that was read as Windows-1252."""
    try:
        return text.encode("cp1252").decode()
    except UnicodeError:
        return text


def _doubt(problem: str, offered: Any = None) -> Reading:
    return Reading(None, problem, offered, applied=False)


def _new_value(  # noqa: PLR0917
    cell: Any,
    text: str,
    slot: Slot | None,
    base: Any,
    schema: Schema,
    ids: Collection[str],
    delimiter: str,
    *,
    date_1904: bool,
) -> Reading:
    kind = slot.kind if slot is not None else ""
    if isinstance(base, bool):
        kind = "yes_no"
    elif isinstance(base, int | float):
        kind = "number"
    if isinstance(cell, bool):
        return Reading(cell) if kind in {"yes_no", ""} else _doubt("boolean", str(cell).upper())
    if isinstance(cell, int | float):
        return _new_number(cell, text, kind, slot, date_1904=date_1904)
    if not isinstance(cell, str):
        return _new_date(cell, kind)
    bare = text.strip()
    if not bare:
        return Reading(MISSING)
    found = _from_text(bare, kind, slot, delimiter) or _plain_value(text, slot, base, schema, ids)
    if bare != text and found.applied and not found.problem:
        return Reading(found.value, "blanks", found.value)
    return found


def _plain_value(
    text: str, slot: Slot | None, base: Any, schema: Schema, ids: Collection[str]
) -> Reading:
    return Reading(parse(text.strip(), slot, base, schema=schema, ids=ids))


def _new_number(
    cell: float, text: str, kind: str, slot: Slot | None, *, date_1904: bool
) -> Reading:
    if not math.isfinite(cell):
        return _doubt("number out of range")
    value = int(cell) if float(cell).is_integer() and abs(cell) < 10**TAIL else cell
    short = float(f"{cell:.{TAIL}g}")
    if kind == "moment":
        begin = dt.datetime(1904, 1, 1) if date_1904 else dt.datetime(1899, 12, 30)  # noqa: DTZ001
        valid = 0 < cell < 100_000  # noqa: PLR2004 - up to the year 2173
        moment = (begin + dt.timedelta(days=cell)).replace(microsecond=0) if valid else None
        return _doubt("serial number of a date", moment.isoformat() if moment else None)
    if kind in {"number", ""}:
        if short != cell and len(repr(short)) + 3 < len(repr(cell)):
            return _doubt("rounding of a number", short)
        return Reading(value)
    if abs(cell) >= 10**11 or (cell and abs(cell) < 10**-5) or short != cell:
        return _doubt("number from text")
    return Reading([text] if slot is not None and slot.many else text, "number from text", text)


def _new_date(cell: Any, kind: str) -> Reading:
    if isinstance(cell, dt.date):
        midnight = isinstance(cell, dt.datetime) and cell.time() == dt.time()
        text = (
            cell.date().isoformat()
            if midnight and isinstance(cell, dt.datetime)
            else cell.isoformat()
        )
        if kind == "moment":
            return Reading(text, "date", text)
        gene = GENES.get(cell.month)
        return _doubt("date from text", f"{gene}{cell.day}" if gene else None)
    return _doubt("time from text")


def _from_text(bare: str, kind: str, slot: Slot | None, delimiter: str) -> Reading | None:  # noqa: C901, PLR0911 - one line per kind
    if ERROR.match(bare):
        return _doubt("error value")
    many = slot is not None and slot.many
    if kind == "yes_no":
        truth = _truth(bare)
        if truth is None:
            return None
        return Reading(truth) if bare.casefold() in PLAIN else Reading(truth, "boolean", truth)
    if kind == "number":
        return _number_from_text(bare, delimiter)
    if kind == "moment":
        return _moment_from_text(bare)
    if many and bare.startswith("[") and bare != bare.translate(QUOTES):
        try:
            offered = json.loads(bare.translate(QUOTES))
        except (ValueError, RecursionError):
            return None
        return _doubt("quotes", offered)
    if many and not bare.startswith("[") and ";" in bare and "," in bare:
        return _doubt("several values", [part.strip() for part in bare.split(";") if part.strip()])
    if kind in {"text", "choice", "link", ""} and not many:
        if EXPONENT.match(bare):
            return _doubt("number from text")
        found = DAY_NAME.match(bare.casefold())
        if found and found[2] in MONTHS:
            gene = GENES.get(MONTHS[found[2]])
            return _doubt("date from text", f"{gene}{found[1]}" if gene else None)
        found = NAME_DAY.match(bare.casefold())
        if found and found[1] in MONTHS and re.search(r"[-. /]", bare):
            gene = GENES.get(MONTHS[found[1]])
            return _doubt("date from text", f"{gene}{int(found[2])}" if gene else None)
    return None


def _number_from_text(bare: str, delimiter: str) -> Reading | None:
    if DECIMAL_COMMA.match(bare):
        number = float(bare.replace(",", "."))
        return (
            Reading(number, "decimal comma", number)
            if delimiter == ";"
            else _doubt("decimal comma", number)
        )
    plain = _float(bare)
    if plain is None:
        return None
    number = plain
    if math.isinf(number):
        return _doubt("number out of range")
    if not re.match(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?\Z", bare):
        return _doubt("number from text", int(number) if number.is_integer() else number)
    short = float(f"{number:.{TAIL}g}")
    if short != number and len(repr(short)) + 3 < len(repr(number)):
        return _doubt("rounding of a number", short)
    return None


def _moment_from_text(bare: str) -> Reading | None:
    if _moment(bare) is not None:
        return None
    found = re.match(r"(\d{1,2})([./])(\d{1,2})\2(\d{4})\Z", bare)
    if found is None:
        return _doubt("serial number of a date") if NUMERIC.match(bare) else None
    day, month = int(found[1]), int(found[3])
    if found[2] == "/" and day <= 12:  # noqa: PLR2004 - American or European
        return _doubt("date in another form")
    try:
        return _doubt("date in another form", dt.date(int(found[4]), month, day).isoformat())
    except ValueError:
        return _doubt("date in another form")
