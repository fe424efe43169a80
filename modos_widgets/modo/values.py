"""JSON values of metadata: which can be stored, and which count as missing."""

from __future__ import annotations

import datetime as dt
import json
import math
from enum import Enum
from pathlib import PurePath
from typing import Any, Final

import numpy as np

from modos_widgets.errors import ArgumentError, OptionError
from modos_widgets.json_text import MOST_DIGITS, is_too_long, same

__all__ = [
    "LARGEST_VALUE",
    "MISSING",
    "Missing",
    "as_json",
    "as_list",
    "is_absent",
    "is_blank",
    "is_missing",
    "now",
    "same_cell",
]

LARGEST_VALUE = 1024 * 1024
"""Largest value in bytes as JSON, because all metadata of an object are read in one request."""
_SHORT_TEXT = LARGEST_VALUE // 6  # JSON takes at most six bytes for a character
DEEPEST = 32
"""Levels of nested lists and dicts in a value."""


class Missing(Enum):
    """Type of `MISSING`, which marks that no value is stored (a stored ``null`` is None)."""

    MISSING = "missing"

    def __repr__(self) -> str:
        """Return "MISSING"."""
        return "MISSING"

    def __bool__(self) -> bool:
        """Return False."""
        return False


MISSING: Final = Missing.MISSING


_FLOATS = (float, np.floating)  # numpy.float32 is not a subclass of float.
_PANDAS_MISSING = frozenset({"NAType", "NaTType"})  # Names, so that pandas is not imported.


def is_missing(value: object) -> bool:
    """Return whether a cell of a table is empty: None, NaN of any width, NaT, NA.

    Parameters
    ----------
    value : object
        The value of a cell.

    Returns
    -------
    bool
    """
    if value is None or value is MISSING:
        return True
    if isinstance(value, _FLOATS):
        return math.isnan(value)
    return type(value).__name__ in _PANDAS_MISSING


def is_absent(value: object) -> bool:
    """Return whether an attribute counts as absent: not stored, or stored as ``null``."""
    return value is None or value is MISSING


def is_blank(value: object) -> bool:
    """Return whether a value is blank.

    ``null``, text of blanks, an empty dict, and a list of blank values are blank.
    """
    if type(value) is str:
        return not value or value.isspace()
    waiting = [value]
    while waiting:
        entry = waiting.pop()
        if isinstance(entry, list):
            waiting += entry
        elif isinstance(entry, str):
            if entry.strip():
                return False
        elif not (is_absent(entry) or entry == {}):
            return False
    return True


def as_json(value: Any, *, name: str = "value") -> Any:
    """Convert a value to one that JSON can represent and every reader of the archive accepts.

    Parameters
    ----------
    value : Any
        A JSON value, date, path, tuple or numpy value.
    name : str
        Name of the value in errors.

    Returns
    -------
    Any
        A copy that contains only dict, list, str, int, float, bool and None.

    Raises
    ------
    ArgumentError
        JSON has no such type.
    OptionError
        NaN, an infinity, an integer of more than 4,300 digits, an unpaired surrogate, more than 32
        levels of nesting, or more than 1 MiB.
    """
    result = _plain(value, name, 0)
    if isinstance(result, str) and len(result) <= _SHORT_TEXT:
        return result
    if isinstance(result, str | list | dict):
        size = len(json.dumps(result, ensure_ascii=False).encode())
        if size > LARGEST_VALUE + 2:
            raise OptionError(
                f"The {name} has {size:,} bytes; at most {LARGEST_VALUE:,} can be stored.",
                "Store it in a file of the object, and name the file in data_path.",
            )
    return result


def _plain(value: Any, name: str, depth: int) -> Any:
    if depth > DEEPEST:
        raise OptionError(
            f"The {name} is nested more than {DEEPEST} levels deep.", "Store a flatter value."
        )
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value, name)
    if isinstance(value, int | float):
        return _number(value, name)
    if isinstance(value, list | tuple):
        return [_plain(entry, name, depth + 1) for entry in value]
    if isinstance(value, dict):
        return {_key(key, name): _plain(entry, name, depth + 1) for key, entry in value.items()}
    return _foreign(value, name)


def _number(value: float, name: str) -> int | float:
    if isinstance(value, int):
        if is_too_long(value):
            raise OptionError(
                f"The {name} is an integer of more than {MOST_DIGITS:,} digits.",
                "Store it as text.",
            )
        return int(value)
    if not math.isfinite(value):
        raise OptionError(
            f"The {name} is {value}, which JSON cannot represent.",
            "Remove the attribute with unset, or store text.",
        )
    return float(value)


def _foreign(value: Any, name: str) -> Any:
    if not is_missing(value):
        if isinstance(value, dt.datetime | dt.date):
            return value.isoformat()
        if isinstance(value, PurePath):
            return _text(value.as_posix(), name)
    raise ArgumentError.expected(
        "a JSON value (text, a number, True, False, None, a list or a dict of these)",
        value,
        name=f"the {name}",
    )


def _key(key: object, name: str) -> str:
    if not isinstance(key, str):
        raise OptionError(f"The {name} has a key that is not text: {key!r}.", "Use text keys.")
    return _text(key, name)


def _text(value: str, name: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise OptionError(
            f"The {name} contains an unpaired surrogate at position {error.start}.",
            "Replace that character.",
        ) from error
    return str(value)


def same_cell(one: Any, other: Any) -> bool:
    """Return whether two values of an attribute are equal; ``null`` counts as absent."""
    return (is_absent(one) and is_absent(other)) or same(one, other)


def as_list(value: Any) -> list[Any]:
    """Return the entries of a list; a single value counts as a list of one."""
    return list(value) if isinstance(value, list) else [value]


def now() -> str:
    """Return the current time in UTC, in the format of the schema."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
