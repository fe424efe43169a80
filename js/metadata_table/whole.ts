// All of a value that is cut short in its cell.
import { element } from "../shared/dom.ts";
import { visible } from "../shared/format.ts";
import { openPopover } from "./popover.ts";
import type { TableView } from "./view.ts";

export async function showWhole(view: TableView): Promise<void> {
  const { at } = view.focus;
  const box = view.el.querySelector(".ag-cell-focus")?.getBoundingClientRect();
  if (!at?.data || !box) return;
  const answer = await view.ask<{ text: string }>("cell", { position: at.data.position, column: at.column.id });
  if (!answer) return;
  openPopover(view.el, {
    name: `${at.column.name}, whole value`,
    at: box,
    class: "modos-whole",
    closed: () => view.focus.grid(),
    content: (inside) => {
      inside.append(
        element("strong", { text: visible(at.column.name) }),
        element("div", { class: "modos-whole-text", text: answer.text || "(empty)", attributes: { tabindex: "0" } }),
      );
    },
  });
}
