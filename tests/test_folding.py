"""Every search of the product compares text in one way, in Python and in the browser."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modos_widgets import folded
from tests.widgets.test_metadata_table import Table

_PAIRS = [
    ("\u0130zmir", "izmir"),
    ("\u0131zmir", "izmir"),
    ("Z\u00fcrich", "zurich"),
    ("Zu\u0308rich", "zurich"),
    ("STRASSE", "stra\u00dfe"),
    ("\u1e9e", "ss"),
    ("\u0141\u00f3d\u017a", "lodz"),
    ("\ufb01broblast", "fibroblast"),
    ("\uff21\uff11", "a1"),
    ("\u039f\u0394\u039f\u03a3", "\u03bf\u03b4\u03bf\u03c2"),
    ("K\u00f8benhavn", "kobenhavn"),
    ("H\u2082O", "h2o"),
]


@pytest.mark.parametrize(("text", "other"), _PAIRS)
def test_case_accents_and_unicode_forms_make_no_difference(text: str, other: str) -> None:
    assert folded(text) == folded(other)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_folding_a_folded_text_changes_nothing(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@pytest.mark.parametrize(("text", "other"), _PAIRS)
def test_the_table_finds_the_text_of_a_cell_however_it_is_typed(text: str, other: str) -> None:
    table = Table(pd.DataFrame({"place": ["Bern", f"x {text} y", "Genf"]}))
    for typed in (text, other, other.upper()):
        table.search = typed
        assert table.frame["place"].tolist() == [f"x {text} y"], typed


@pytest.mark.once
def test_the_browser_folds_as_python_does() -> None:
    texts = [*(text for pair in _PAIRS for text in pair)]
    texts += [chr(code) for block in _BLOCKS for code in block]
    assert _in_the_browser(texts) == [folded(text) for text in texts]


# Latin, Greek, Cyrillic, Hebrew, Arabic, Devanagari, Thai, phonetics, symbols, CJK, full width
_BLOCKS = [
    range(0x20, 0x530),
    range(0x5D0, 0x5EB),
    range(0x620, 0x6D6),
    range(0x900, 0x980),
    range(0xE00, 0xE60),
    range(0x1E00, 0x2000),
    range(0x2070, 0x2190),
    range(0x3040, 0x3100),
    range(0xFB00, 0xFB07),
    range(0xFF01, 0xFFA0),
]


def _in_the_browser(texts: list[str]) -> Any:
    code = """
      import { load } from "./js/tests/load.mjs";
      const { folded } = await load("shared/fold.ts");
      let text = "";
      for await (const part of process.stdin) text += part;
      process.stdout.write(JSON.stringify(JSON.parse(text).map(folded)));
    """
    done = subprocess.run(
        ["node", "--input-type=module", "-e", code],
        input=json.dumps(texts),
        capture_output=True,
        check=True,
        encoding="utf-8",
        cwd=Path(__file__).parent.parent,
    )
    return json.loads(done.stdout)
