"""JSON values as metadata hold them: what may be stored, and what is missing."""

from __future__ import annotations

import datetime as dt
import json
import math
from enum import Enum
from pathlib import PurePath
from typing import Any, Final

import numpy as np

from modos_widgets.errors import OptionError

__all__ = ["LARGEST_VALUE", "MISSING", "Missing", "as_json", "is_missing", "same"]

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


def is_missing(value: object) -> bool:
    """Tell whether a cell of a frame holds nothing (None, NaN, NaT, NA)."""
    if value is None or value is MISSING:
        return True
    if isinstance(value, float):
        return math.isnan(value)
    return type(value).__name__ in {"NAType", "NaTType"}


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
        NaN, an infinity, a lone surrogate, a value that JSON has no form for, one nested
        more than 32 deep, or one larger than 1 MiB.
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


def _plain(value: Any, name: str, depth: int) -> Any:  # noqa: PLR0911 - one a type
    if depth > DEEPEST:
        raise OptionError(f"The {name} is nested more than {DEEPEST} deep.", "Make it flatter.")
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value, name)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise OptionError(
                f"The {name} is {value}, which JSON cannot hold.",
                "Take the attribute away with unset, or store a text.",
            )
        return float(value)
    if isinstance(value, list | tuple):
        return [_plain(entry, name, depth + 1) for entry in value]
    if isinstance(value, dict):
        return {_key(key, name): _plain(entry, name, depth + 1) for key, entry in value.items()}
    return _foreign(value, name)


def _foreign(value: Any, name: str) -> Any:
    if not is_missing(value):
        if isinstance(value, dt.datetime | dt.date):
            return value.isoformat()
        if isinstance(value, PurePath):
            return _text(value.as_posix(), name)
    raise OptionError(
        f"The {name} is of type {type(value).__name__}, which JSON cannot hold.",
        "Give text, a number, True, False, None, a list or a dict of these.",
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


def same(one: Any, other: Any) -> bool:
    """Tell whether two JSON values are stored alike (1, 1.0 and true are not, nor 0.0 and -0.0)."""
    if type(one) is not type(other):
        return False
    if isinstance(one, list | dict):
        return _alike(one, other)
    if isinstance(one, float):
        return repr(one) == repr(other)
    return bool(one == other)


def _alike(one: Any, other: Any) -> bool:
    """Compare lists and dicts, however deep they are nested: no call a level."""
    waiting = [(one, other)]
    while waiting:
        one, other = waiting.pop()
        if type(one) is not type(other):
            return False
        if isinstance(one, dict):
            if one.keys() != other.keys():
                return False
            waiting += [(value, other[key]) for key, value in one.items()]
        elif isinstance(one, list):
            if len(one) != len(other):
                return False
            waiting += zip(one, other, strict=True)
        elif not same(one, other):
            return False
    return True
