"""JSON from other programs: parse it with numbers of any size; compare and copy its values.

pydantic's parser takes two thirds of the time of the standard library's, and refuses some documents
that the latter accepts, such as unpaired surrogates and 200 levels of nesting. So the standard
library parses what pydantic refuses, and states what is wrong with it.

JSON does not limit numbers. Python does not convert an integer of more than 4,300 digits and
raises an error that does not mention JSON (see `sys.set_int_max_str_digits`; only the process may
change that limit). Such an integer is read as infinity, as `json` itself reads 1E400.
"""

from __future__ import annotations

import json
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "CONTAINERS",
    "MOST_DIGITS",
    "copy_value",
    "is_too_long",
    "parse_json",
    "parse_json_at",
    "same",
]

MOST_DIGITS = 4300
"""Maximum number of digits of an integer that every Python reads."""

CONTAINERS: Final = frozenset({list, dict})
"""Types of values that contain other values."""

_SHORT: Final = 1024
"""Characters or bytes of a document that is parsed before pydantic's parser would be loaded."""

_TOO_LONG: Final[int] = 10**MOST_DIGITS


def _integer(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        return float(text)


_tolerant = json.JSONDecoder(parse_int=_integer)
_strict = json.JSONDecoder()


@cache
def _fast_parser() -> Callable[[str | bytes], Any]:
    from pydantic_core import from_json  # noqa: PLC0415 - takes 15 ms to load

    return from_json


def parse_json(data: str | bytes) -> Any:
    """Parse a JSON document.

    Parameters
    ----------
    data : str or bytes
        The document.

    Returns
    -------
    Any
        None, bool, int, float, str, list or dict; infinity for a number that is too long.

    Raises
    ------
    ValueError
        The document is not valid JSON, or not in UTF-8, UTF-16 or UTF-32.
    RecursionError
        The document is nested too deeply for Python.
    """
    if len(data) > _SHORT:
        with suppress(ValueError):
            return _fast_parser()(data)
    try:
        return json.loads(data)
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise
    except ValueError:  # an integer of too many digits
        return json.loads(data, parse_int=_integer)


def parse_json_at(text: str, begin: int) -> tuple[Any, int]:
    """Parse the JSON value at an offset of a text.

    Parameters
    ----------
    text : str
        Text that contains the value.
    begin : int
        Offset of its first character.

    Returns
    -------
    tuple
        The value, and the offset of its end.

    Raises
    ------
    ValueError
        There is no JSON value at the offset.
    """
    try:
        return _strict.raw_decode(text, begin)
    except json.JSONDecodeError:
        raise
    except ValueError:  # an integer of too many digits
        return _tolerant.raw_decode(text, begin)


def is_too_long(number: int) -> bool:
    """Return whether an integer has more digits than every Python reads and writes."""
    return abs(number) >= _TOO_LONG


def same(left: Any, right: Any) -> bool:
    """Return whether two JSON values are stored identically: 1, 1.0 and true are not."""
    if left is right:
        return True
    if type(left) is not type(right):
        return False
    if isinstance(left, list | dict):
        return _alike(left, right)
    if isinstance(left, float):
        return repr(left) == repr(right)
    return bool(left == right)


def _alike(left: Any, right: Any) -> bool:
    """Compare lists and dicts without recursion, so nesting is not limited."""
    waiting = [(left, right)]
    while waiting:
        left, right = waiting.pop()
        if left is right:
            continue
        if type(left) is not type(right):
            return False
        if isinstance(left, dict):
            if left.keys() != right.keys():
                return False
            waiting += [(value, right[key]) for key, value in left.items()]
        elif isinstance(left, list):
            if len(left) != len(right):
                return False
            waiting += zip(left, right, strict=True)
        elif not same(left, right):
            return False
    return True


def copy_value(value: Any) -> Any:
    """Return a copy of a JSON value, without recursion, so nesting is not limited."""
    if type(value) not in CONTAINERS:
        return value
    if type(value) is list and CONTAINERS.isdisjoint(map(type, value)):
        return value[:]
    copy = value.copy()
    waiting = [copy]
    while waiting:
        container = waiting.pop()
        for place, entry in enumerate(container) if type(container) is list else container.items():
            if type(entry) in CONTAINERS:
                container[place] = entry.copy()
                waiting.append(container[place])
    return copy
