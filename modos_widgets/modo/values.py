"""JSON values as metadata hold them: what may be stored, and what is missing."""

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
"""Largest value (bytes as JSON): all metadata of an object are read in one request."""
DEEPEST = 32


class Missing(Enum):
    """What stands where nothing is stored (a stored ``null`` is None)."""

    MISSING = "missing"

    def __repr__(self) -> str:
        """Say so."""
        return "MISSING"

    def __bool__(self) -> bool:
        """Be false, as None is."""
        return False


MISSING: Final = Missing.MISSING


_FLOATS = (float, np.floating)  # numpy's short ones are no float
_PANDAS_MISSING = frozenset({"NAType", "NaTType"})  # pandas is not imported for them


def is_missing(value: object) -> bool:
    """Return whether a cell of a table is empty: None, NaN of any width, NaT, NA."""
    if value is None or value is MISSING:
        return True
    if isinstance(value, _FLOATS):
        return math.isnan(value)
    return type(value).__name__ in _PANDAS_MISSING


def is_absent(value: object) -> bool:
    """Return whether an attribute counts as not there: not stored, or a stored ``null``."""
    return value is None or value is MISSING


def is_blank(value: object) -> bool:
    """Return whether a value states nothing.

    So do ``null``, blank text, an empty dict, and a list of nothing else, at any depth.
    """
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
    """Make a value one that JSON holds and every reader of the archive understands.

    Parameters
    ----------
    value : Any
        A JSON value; dates, paths, tuples and numpy values become what JSON has for them.
    name : str
        What to call it in an error.

    Returns
    -------
    Any
        A copy of nothing but dict, list, str, int, float, bool and None.

    Raises
    ------
    OptionError
        NaN, an infinity, an integer of more than 4,300 digits, a lone surrogate, a value that
        JSON has no form for, one nested more than 32 deep, or one larger than 1 MiB.
    """
    result = _plain(value, name, 0)
    if isinstance(result, str | list | dict):
        size = len(json.dumps(result, ensure_ascii=False).encode())
        if size > LARGEST_VALUE + 2:
            raise OptionError(
                f"The {name} takes {size:,} bytes; at most {LARGEST_VALUE:,} can be stored.",
                "Put it into a file of the object and name that in data_path.",
            )
    return result


def _plain(value: Any, name: str, depth: int) -> Any:
    if depth > DEEPEST:
        raise OptionError(f"The {name} is nested more than {DEEPEST} deep.", "Make it flatter.")
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
                "Store it as a text.",
            )
        return int(value)
    if not math.isfinite(value):
        raise OptionError(
            f"The {name} is {value}, which JSON cannot hold.",
            "Take the attribute away with unset, or store a text.",
        )
    return float(value)


def _foreign(value: Any, name: str) -> Any:
    if not is_missing(value):
        if isinstance(value, dt.datetime | dt.date):
            return value.isoformat()
        if isinstance(value, PurePath):
            return _text(value.as_posix(), name)
    raise ArgumentError.expected(
        "a value that JSON can hold (text, a number, True, False, None, a list or a dict of these)",
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
            f"The {name} holds half a character (a lone surrogate) at place {error.start}.",
            "Replace that character.",
        ) from error
    return str(value)


def same_cell(one: Any, other: Any) -> bool:
    """Return whether two values of an attribute are the same; a ``null`` counts as absent."""
    return (is_absent(one) and is_absent(other)) or same(one, other)


def as_list(value: Any) -> list[Any]:
    """Give the entries of a slot that should hold a list."""
    return list(value) if isinstance(value, list) else [value]


def now() -> str:
    """Give this moment as the schema wants it, with its time zone, to the second."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
