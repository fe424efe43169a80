// The full value of a cell.
import { openPopover } from "../shared/floating.ts";
import { visible } from "../shared/format.ts";
import type { Focus } from "./focus.ts";
import type { TableContext } from "./context.ts";

export async function showCellValue(table: TableContext, focus: Focus): Promise<void> {
  const { at } = focus;
  const box = table.el.querySelector(".ag-cell-focus")?.getBoundingClientRect();
  if (!at?.data || !box) return;
  const answer = await table.ask("cell", { position: at.data.position, column: at.column.id });
  if (!answer) return;
  openPopover(table.el, {
    name: `${at.column.name}, full value`,
    anchor: box,
    class: "modos-popover modos-whole",
    closed: () => table.focusGrid(),
    content: () => (
      <>
        <strong>{visible(at.column.name)}</strong>
        <div class="modos-whole-text" tabIndex={0}>{answer.text || "(empty)"}</div>
      </>
    ),
  });
}
