"""Pasted text: CSV, headers, and rows matched by their ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from modos_widgets import MetadataTable, create_modo, edit, open_modo
from modos_widgets.errors import OptionError
from modos_widgets.widgets.table.clipboard import Clipboard
from modos_widgets.widgets.table.edits import Edits
from tests.parts.table_parts import Drafted, request

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def part(tmp_path: Path) -> Drafted:
    return Drafted(tmp_path)


def paste(part: Drafted, text: str, *, at: str = "name", row: int = 0, **more: Any) -> Any:
    """Paste at a cell, with the columns right of it."""
    first = part.data.names.index(at)
    columns = [str(number) for number in range(first, len(part.data.names))]
    edits = Edits(part.state, Clipboard(part.rows))
    return edits.paste(request(rows=[row, row], columns=columns, text=text, **more))


def test_rows_are_matched_by_id(part: Drafted) -> None:
    text = "sex\tid\tname\nMale\ts2\tTwo\nFemale\tsample/s1\tOne"
    answer = paste(part, text)
    assert (answer["done"], answer["matched"], answer["header"]) == (4, 2, True)
    assert (answer["missing"], answer["ignored"]) == ([], [])
    assert part.value("sample/s2", "sex") == "Male"
    assert part.value("sample/s1", "name") == "One"


def test_csv_with_a_header_is_read(part: Drafted) -> None:
    answer = paste(part, '\ufeffelement,Name,sex\r\nsample/s1,"Tumor, left",Male\r\n')
    assert (answer["done"], answer["matched"]) == (2, 1)
    assert part.value("sample/s1", "name") == "Tumor, left"
    paste(part, "element;name\nsample/s1;a, b")
    assert part.value("sample/s1", "name") == "a, b"


def test_text_with_commas_is_no_csv(part: Drafted) -> None:
    paste(part, "Tumor, left\nTumor, right", row=part.row("sample/s1"))
    assert part.value("sample/s1", "name") == "Tumor, left"
    assert part.value("sample/s2", "name") == "Tumor, right"


def test_a_header_names_columns_anywhere_and_can_be_switched_off(part: Drafted) -> None:
    row = part.row("sample/s1")
    text = "Source material\tsex\tbatch\nUBERON:0002107\tMale\t7"
    answer = paste(part, text, row=row)
    assert (answer["done"], answer["header"], answer["ignored"]) == (2, True, ["batch"])
    assert part.value("sample/s1", "source_material") == "UBERON:0002107"
    answer = paste(part, "name\nsex", row=row, header=False)
    assert not answer["header"]
    assert part.value("sample/s1", "name") == "name"
    assert part.value("sample/s2", "name") == "sex"


@pytest.mark.parametrize("header", ["sex\tname\tsex", "sex\tname\tSEX", "id\tid\tname"])
def test_a_header_that_matches_twice_is_an_error(part: Drafted, header: str) -> None:
    with pytest.raises(OptionError, match="2 times"):
        paste(part, f"{header}\nMale\ts1\tx")
    assert not part.data.draft.can_undo


def test_a_name_of_two_columns_must_be_exact(part: Drafted) -> None:
    part.data.draft.set("sample/s1", "Sex", "x")
    part.state.refresh()
    with pytest.raises(OptionError, match="matches sex and Sex"):
        paste(part, "id\tSEX\tname\ns1\tMale\tx")
    paste(part, "id\tSex\tname\ns1\ty\tx")
    assert part.value("sample/s1", "Sex") == "y"


def test_unknown_ids_are_reported_and_can_be_added(part: Drafted) -> None:
    text = "id\tname\tsex\ns1\tOne\tMale\ns8\tEight\tFemale\ns9\tNine\tMale"
    answer = paste(part, text)
    assert (answer["matched"], answer["missing"], answer["addable"]) == (1, ["s8", "s9"], False)
    assert part.data.find("sample/s8") is None
    answer = paste(part, text, shown={"tab": "Sample"})
    assert (answer["missing_count"], answer["addable"]) == (2, True)
    answer = paste(part, text, add=True, shown={"tab": "Sample"})
    assert (answer["added"], answer["matched"], answer["missing_count"]) == (2, 1, 0)
    assert part.value("sample/s9", "name") == "Nine"
    assert part.value("sample/s9", "@type") == "Sample"
    part.data.draft.undo()  # one step
    part.state.refresh()
    assert part.data.find("sample/s9") is None
    with pytest.raises(OptionError, match="pasted twice"):
        paste(part, "id\tname\ns1\ta\nsample/s1\tb")


def test_cells_that_do_not_apply_are_reported(part: Drafted) -> None:
    answer = paste(part, "id\tsex\tname\nassay/a\tMale\tNew\nsample/s1\tMale\tNew")
    assert answer["foreign"] == {"Assay": 1}
    assert part.value("assay/a", "name") == "New"
    assert "sex" not in part.data.draft.elements()["assay/a"]


def test_ids_of_several_objects_need_the_object(tmp_path: Path) -> None:
    for name in ("a", "b"):
        draft = create_modo(tmp_path / name).edit()
        draft.add("sample/s", {"name": name})
        draft.commit()
    modos = [open_modo(tmp_path / name, mode="r+") for name in ("a", "b")]
    table = MetadataTable(edit(modos), editable=True)
    edits = next(each for each in table._collaborators if isinstance(each, Edits))
    columns = [str(number) for number in range(len(table._rows.data.names))]

    def ask(text: str) -> Any:
        return edits.paste(request(rows=[0, 0], columns=columns, text=text))

    with pytest.raises(OptionError, match="Several elements"):
        ask("id\tname\ns\tX")
    with pytest.raises(OptionError, match="No object zz"):
        ask("object\tid\tname\nzz\ts\tX")
    answer = ask("object\tid\tname\nb\ts\tX\na\ts\tY")
    assert answer["matched"] == 2
    assert sorted(table.frame["name"].dropna()) == ["X", "Y"]
