"""Changes of cells, without the widget."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from modos_widgets.errors import OptionError
from modos_widgets.widgets.table.clipboard import Clipboard
from modos_widgets.widgets.table.edits import Edits
from tests.parts.table_parts import Drafted, request

if TYPE_CHECKING:
    from pathlib import Path


def test_cells_are_edited_pasted_filled_replaced_and_undone(tmp_path: Path) -> None:
    part = Drafted(tmp_path)
    edits = Edits(part.state, Clipboard(part.rows))
    name, first, second = part.column("name"), part.row("sample/s1"), part.row("sample/s2")
    assert edits.edit(request(position=first, column=name, text="One"))["done"] == 1
    assert part.value("sample/s1", "name") == "One"
    edits.paste(request(rows=[first, first], columns=[name], text="Two"))
    edits.fill(request(rows=[first, second], columns=[name]))
    assert part.value("sample/s2", "name") == "Two"
    edits.replace(request(find="Two", replace="2", columns=[name]))
    edits.clear(request(rows=[second, second], columns=[name]))
    assert part.value("sample/s2", "name") is None
    for _ in range(3):
        edits.undo(request())
    assert part.value("sample/s2", "name") == "Second"
    edits.discard(request())
    assert not part.data.draft


def test_an_attribute_of_another_class_is_refused(tmp_path: Path) -> None:
    part = Drafted(tmp_path)
    edits = Edits(part.state, Clipboard(part.rows))
    with pytest.raises(OptionError, match="sex does not apply to Assay"):
        edits.edit(request(position=part.row("assay/a"), column=part.column("sex"), text="Male"))
