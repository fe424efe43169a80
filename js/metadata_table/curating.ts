// Changing cells, and what is wrong with them; a table that is only read has little of it.
import type { ColDef, GridOptions } from "ag-grid-community";
import { element } from "../shared/dom.ts";
import { visible } from "../shared/format.ts";
import type { MenuItem } from "../shared/menu.ts";
import { openPopover } from "./popover.ts";
import type { Column, Mark, Row } from "./types.ts";
import type { TableView } from "./view.ts";

export class Curating {
  readonly view: TableView;

  constructor(view: TableView) {
    this.view = view;
  }

  get editable(): boolean {
    return Boolean(this.view.model.get("editable"));
  }

  tools(): HTMLElement[] {
    return [];
  }
  bars(): HTMLElement[] {
    return [];
  }
  pills(): HTMLElement[] {
    return [];
  }
  draw(): void {
    return;
  }
  menu(): MenuItem[] {
    return [];
  }
  columnMenu(column: Column): MenuItem[] {
    void column;
    return [];
  }
  cellMenu(): MenuItem[] {
    return [];
  }
  editor(column: Column): Partial<ColDef<Row>> {
    void column;
    return {};
  }
  events(): Partial<GridOptions<Row>> {
    return {};
  }
  focused(row: number, column: string): void {
    void [row, column];
  }
  key(event: KeyboardEvent, key: string, command: boolean): boolean {
    void [event, key, command];
    return false;
  }

  mark(cell: HTMLElement, mark: Mark | undefined): void {
    const [changed, severity, message] = mark ?? [false, "", ""];
    cell.classList.toggle("modos-changed", changed);
    for (const each of ["error", "warning", "note"]) cell.classList.toggle(`modos-has-${each}`, severity === each);
    const words = [changed ? "changed" : "", severity, message].filter(Boolean).join(": ");
    if (words) cell.setAttribute("aria-description", words);
    else cell.removeAttribute("aria-description");
  }

  /** Show all of a value that is cut short in its cell. */
  async wholeValue(): Promise<void> {
    const { at } = this.view;
    const box = this.view.el.querySelector(".ag-cell-focus")?.getBoundingClientRect();
    if (!at?.data || !box) return;
    const payload = { position: at.data.position, column: at.column.id };
    const answer = await this.view.ask<{ text: string }>("cell", payload);
    if (!answer) return;
    openPopover(this.view.el, {
      name: `${at.column.name}, whole value`,
      at: box,
      class: "modos-whole",
      closed: () => this.view.focusGrid(),
      content: (inside) => {
        inside.append(
          element("strong", { text: visible(at.column.name) }),
          element("div", { class: "modos-whole-text", text: answer.text || "(empty)", attributes: { tabindex: "0" } }),
        );
      },
    });
  }
}
