"""What is copied from the browser is safe to open elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import modos_widgets
from modos_widgets.explore.opening import _without_password
from modos_widgets.modo import csv_safe
from modos_widgets.widgets.browser.element_metadata import csv_of

if TYPE_CHECKING:
    from pathlib import Path


def test_spreadsheets_do_not_run_a_value_as_a_formula(tmp_path: Path) -> None:
    modo = modos_widgets.create_modo(tmp_path / "x", name="=cmd|' /C calc'!A0")
    text = csv_of(modo, modo.root_element)
    assert "\nname,'=cmd" in text
    assert "\n@type,MODO\n" in text


@pytest.mark.parametrize(
    "sign", ["=", "\n=", "\N{FULLWIDTH EQUALS SIGN}", "\N{FULLWIDTH PLUS SIGN}"]
)
def test_no_csv_cell_starts_with_a_formula_sign(sign: str) -> None:
    assert csv_safe(f"{sign}HYPERLINK(1)") == f"'{sign}HYPERLINK(1)"


def test_an_address_is_shown_without_its_password() -> None:
    shown = _without_password("https://me:hunter2@example.org:8443/x.zarr")
    assert shown == "https://example.org:8443/x.zarr"
    assert _without_password("s3://bucket/x") == "s3://bucket/x"
