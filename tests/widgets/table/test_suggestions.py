"""Suggestions for cells, without the widget."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from modos_widgets.widgets.table.suggestions import Suggestions
from tests.parts.table_parts import Drafted, request

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("element", "slot", "text", "value"),
    [
        ("sample/s1", "sex", "fem", "Female"),
        ("assay/a", "has_sample", "second", "sample/s2"),
        ("assay/a", "@type", "assay", "Assay"),
        ("sample/s1", "source_material", "blood", "http://purl.obolibrary.org/obo/UBERON_0000178"),
    ],
)
def test_values_are_suggested_by_the_kind_of_the_slot(
    tmp_path: Path, element: str, slot: str, text: str, value: str
) -> None:
    part = Drafted(tmp_path)
    part.data.draft.set("assay/a", "has_sample", ["sample/s1"])
    part.state.refresh()
    asked = request(position=part.row(element), column=part.column(slot), text=text)
    options = Suggestions(part.state).suggest(asked)["options"]
    assert value in [option["value"] for option in options]
