"""Changes of cells, without the widget."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from modos_widgets.errors import ChangedError, OptionError
from modos_widgets.widgets.table.clipboard import Clipboard
from modos_widgets.widgets.table.edits import Edits
from modos_widgets.widgets.table.rows import Rows
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


def test_a_value_of_someone_else_is_not_overwritten(tmp_path: Path) -> None:
    part = Drafted(tmp_path)
    edits = Edits(part.state, Clipboard(part.rows))
    name, sex, first = part.column("name"), part.column("sex"), part.row("sample/s1")

    def edit(column: str, text: str, before: Any) -> Any:
        return edits.edit(request(position=first, column=column, text=text, before=before))

    part.data.draft.set("sample/s1", "name", "Theirs")
    part.state.refresh()
    assert edit(name, "Mine", "First") == {"done": 0, "theirs": "Theirs"}
    assert part.value("sample/s1", "name") == "Theirs"
    assert edit(name, "Theirs", "First")["done"] == 1  # both typed the same
    assert edit(name, "Mine", "Theirs")["done"] == 1
    part.data.draft.undo()
    assert part.value("sample/s1", "name") == "Theirs"
    part.data.draft.unset("sample/s1", "name")
    part.state.refresh()
    assert edit(name, "Mine", "Theirs") == {"done": 0, "theirs": ""}
    assert edit(name, "Mine", None)["done"] == 1
    # the value that this view has just typed is stored in another spelling
    assert edit(sex, "female", "unknown")["done"] == 1
    assert part.value("sample/s1", "sex") == "Female"
    assert edit(sex, "Male", "female")["done"] == 1


def test_a_value_that_is_sent_again_reaches_its_row_though_rows_have_moved(tmp_path: Path) -> None:
    part = Drafted(tmp_path)
    edits = Edits(part.state, Clipboard(part.rows))
    cell = {
        "position": part.row("sample/s2"),
        "shape": part.rows.shape,
        "label": "sample/s2",
        "column": part.column("name"),
        "text": "Typed",
    }
    part.data.draft.remove("sample/s1")
    part.state.refresh()
    assert part.row("sample/s2") != cell["position"]
    with pytest.raises(ChangedError, match="Rows were added or removed"):
        part.rows.cell(request(**cell))
    with pytest.raises(ChangedError, match="Rows were added or removed"):
        edits.edit(request(**{**cell, "label": None}))
    assert edits.edit(request(**cell))["done"] == 1
    assert part.value("sample/s2", "name") == "Typed"
    part.data.draft.remove("sample/s2")
    part.state.refresh()
    with pytest.raises(ChangedError, match="no longer in this table"):
        edits.edit(request(**cell))


def test_a_value_is_not_stored_in_the_same_id_of_another_source(tmp_path: Path) -> None:
    part = Drafted(tmp_path)
    cell: Any = {"position": part.row("sample/s2"), "label": "sample/s2", "column": "2"}
    rows = Rows(part.data, editable=True, version=part.rows.version + 1)
    with pytest.raises(ChangedError, match="no longer in this table"):
        rows.position(cell | {"shape": part.rows.shape, "text": "Typed"})


@pytest.mark.parametrize(
    "value", ["x" * 5_000, ["a", "b"], [str(number) for number in range(40)], 12, None, "a, b"]
)
def test_a_cell_of_any_value_can_be_edited_as_it_is_shown(tmp_path: Path, value: Any) -> None:
    part = Drafted(tmp_path)
    edits = Edits(part.state, Clipboard(part.rows))
    part.data.draft.set("sample/s1", "notes", value)
    part.state.refresh()
    first, column = part.row("sample/s1"), part.column("notes")
    block = part.rows.block(request(start=first, end=first + 1))
    whole = part.rows.cell(request(position=first, column=column))["text"]
    for before in (block["cells"][0][int(column)], whole):
        cell = {"position": first, "column": column, "before": before}
        assert edits.edit(request(text="new", **cell))["done"] == 1
        edits.undo(request())
