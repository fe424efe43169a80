"""JSON is parsed as the standard library parses it, whichever parser is faster."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modos_widgets.json_text import parse_json

if TYPE_CHECKING:
    import random

LONG = " " * 2000  # pydantic's parser is used for it
PIECES = (
    b'"', b"-", b".", b"e5", b"\\u00e9", b"\\ud800", b"NaN", b"Infinity", b"0", b",", b"\x1f",
    b"\\x", b"+", b"\xef\xbb\xbf", b"\xa0", b"\xff", b"1" * 30, b"1" * 5000, b"[" * 300, b"]" * 300,
)  # fmt: skip

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def parsed(parse: Any, data: bytes) -> str:
    """Return the value as text that distinguishes types and signs, or that it is refused."""
    try:
        return repr(parse(data))
    except RecursionError:
        return "nested too deeply"
    except UnicodeDecodeError:
        return "not UTF-8"
    except json.JSONDecodeError as error:
        return str(error)
    except ValueError:
        return "an integer of too many digits"


def expected(data: bytes) -> str:
    found = parsed(json.loads, data)
    if found == "an integer of too many digits":
        return parsed(lambda data: json.loads(data, parse_int=_integer), data)
    return found


def _integer(text: str) -> float:
    return float(text) if len(text.lstrip("-")) > 4300 else int(text)


@given(values, st.randoms(use_true_random=False))
def test_long_texts_are_parsed_as_by_the_standard_library(
    value: Any, chance: random.Random
) -> None:
    text = json.dumps(value, ensure_ascii=chance.choice([True, False]))
    data = (text + LONG).encode("utf-8", "surrogatepass")
    assert parsed(parse_json, data) == expected(data)
    for _ in range(3):
        place = chance.randrange(len(text) + 1)
        broken = data[:place] + chance.choice(PIECES) + data[place + chance.randrange(2) :]
        assert parsed(parse_json, broken) == expected(broken)


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "a": 2}',
        "-0",
        "-0.0",
        "1E400",
        "[1,]",
        "\ufeff{}",
        '"\\ud800"',
        "[" * 300 + "]" * 300,
    ],
)  # fmt: skip
def test_special_texts_are_parsed_alike_short_and_long(text: str) -> None:
    short, long = text.encode(), (text + LONG).encode()
    assert parsed(parse_json, short) == expected(short)
    assert parsed(parse_json, long) == expected(long)
