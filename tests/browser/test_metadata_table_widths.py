"""The table keeps how its columns are laid out, whatever becomes of the window's width."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.parts.tables import show, show_cohort

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Locator

    from tests.parts.lab import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

# the columns that stay in sight when the table is scrolled to its right end, from left to right
STAYING = """async table => {
  const scroller = table.querySelector('.ag-grid-viewport');
  const settled = () => new Promise(done => setTimeout(done, 200));
  scroller.scrollLeft = 0;
  await settled();
  const place = () => new Map([...table.querySelectorAll('.ag-header-cell')].map(
    each => [each.textContent.trim(), each.getBoundingClientRect()]));
  const before = place();
  scroller.scrollLeft = 1e6;
  await settled();
  const after = place();
  scroller.scrollLeft = 0;
  await settled();
  return [...before].filter(([name, box]) => after.get(name)?.left === box.left)
    .sort(([, one], [, other]) => one.left - other.left).map(([name]) => name);
}"""

# the first four columns as they are seen; the page holds them in another order
WIDTHS = """table => [...table.querySelectorAll('.ag-header-cell')]
  .map(each => [each.textContent.trim(), each.getBoundingClientRect()])
  .sort(([, one], [, other]) => one.left - other.left).slice(0, 4)
  .map(([name, box]) => [name, box.width])"""


def staying(table: Locator) -> list[str]:
    found: list[str] = table.evaluate(STAYING)
    return found


def from_menu(table: Locator, column: str, entry: str) -> None:
    table.locator(".ag-header-cell", has_text=re.compile(rf"^\s*{column}\s*$")).click(
        button="right"
    )
    table.get_by_role("menuitem", name=entry, exact=True).click()


def through_narrow(lab: LabPage) -> None:
    for width in (420, 700, 320, 1400):
        lab.set_width(width)
        lab.page.wait_for_timeout(400)


def test_pins_widths_and_sort_are_restored_after_a_narrow_window(
    lab: LabPage, tmp_path: Path
) -> None:
    table = show_cohort(lab, tmp_path, 3)
    assert staying(table) == ["object", "element"]
    from_menu(table, "name", "Pin to the left")
    from_menu(table, "element", "Widen")
    from_menu(table, "name", "Sort descending")
    expect(table.locator(".ag-row[row-index='0'] .ag-cell").nth(2)).to_be_visible()
    before = staying(table), table.evaluate(WIDTHS)
    assert before[0] == ["object", "element", "name"]

    lab.set_width(420)
    lab.page.wait_for_timeout(400)
    lab.screenshot("table-420", table)
    kept = staying(table)
    assert kept  # something says which row it is
    assert set(kept) < {"object", "element"}
    layout = "{each['id'] for each in table._layout['columns'] if each['pinned']}"
    assert len(lab.python(layout).split(",")) == 3
    through_narrow(lab)
    assert (staying(table), table.evaluate(WIDTHS)) == before
    assert len(lab.python(layout).split(",")) == 3
    lab.screenshot("table-1400-again", table)

    # a pin that was removed stays away, also where that was done in the narrow table
    lab.set_width(420)
    lab.page.wait_for_timeout(400)
    table.get_by_role("button", name="Columns").click()
    table.get_by_label("Find a column").fill("name")
    pin = table.get_by_role("button", name="Pin to the left").first
    expect(pin).to_have_attribute("aria-pressed", "true")
    pin.click()
    table.get_by_role("button", name="Done").click()
    through_narrow(lab)
    assert staying(table) == ["object", "element"]


WIDE = """
import pandas
from modos_widgets import MetadataTable
table = MetadataTable(pandas.DataFrame({f"c{at:02d}": range(9) for at in range(80)}))
table
"""


def test_pins_of_wide_tables_and_hidden_columns_are_restored(lab: LabPage) -> None:
    table = show(lab, WIDE)
    for name in ("c02", "c03", "c04", "c05"):
        from_menu(table, name, "Pin to the left")
    from_menu(table, "c04", "Hide")
    assert staying(table) == ["c02", "c03", "c05"]
    through_narrow(lab)
    assert staying(table) == ["c02", "c03", "c05"]
    table.get_by_role("button", name="Columns").click()
    table.get_by_label("Find a column").fill("c04")
    table.get_by_role("checkbox").first.check()
    table.get_by_role("button", name="Done").click()
    assert staying(table) == ["c02", "c03", "c04", "c05"]
