"""Which names other software of the field takes, and what becomes of the others."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modos_widgets.errors import PathError
from modos_widgets.storage.paths import portable_name, refuse_unusual, unusual_part


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("cohort-1/patient_07.v2", ""),
        ("", ""),
        ("my obj", "' '"),
        ("Zürich ü", "'ü', ' '"),
        ("a+b=c", "'+', '='"),
        ("a\ud83db", r"'\ud83d'"),
        ("a\tb\u202e", r"'\t', '\u202e'"),
        ("a//b", "an empty part"),
        ("!#$%&()", "'!', '#', '$', '%', '&' and 2 more"),
    ],
)
def test_unusual_parts_of_a_name_are_named(name: str, part: str) -> None:
    assert unusual_part(name) == part
    if part:
        with pytest.raises(PathError) as refused:
            refuse_unusual(name, name)
        assert part in refused.value.message
        refused.value.message.encode()


@given(st.text(max_size=40))
def test_the_portable_name_is_portable_and_a_portable_one_stays(name: str) -> None:
    assert unusual_part(portable_name(name)) == ""
    assert bool(unusual_part(name)) == (
        re.fullmatch(r"[A-Za-z0-9._-]*(/[A-Za-z0-9._-]+)*/?", name) is None
    )
    if re.fullmatch(r"[A-Za-z0-9.-]+(_[A-Za-z0-9.-]+)*", name):
        assert portable_name(name) == name


def test_letters_lose_their_accents() -> None:
    assert portable_name("sample/Zürich (2) é") == "sample/Zurich_2_e"
