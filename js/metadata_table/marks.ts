// The marks of the cells in sight: selection, changes, findings.
import { sentence, visible } from "../shared/format.ts";
import type { Mark } from "./wire.ts";
import type { TableContext } from "./context.ts";
import type { Focus } from "./focus.ts";
import type { Rows } from "./rows.ts";
import type { Selection } from "./selection.ts";

export class Marks {
  private readonly table: TableContext;
  private readonly rows: Rows;
  private readonly selection: Selection;
  private readonly focus: Focus;
  private readonly drawn: () => void;
  private drawing = 0;
  private observer: MutationObserver | null = null;

  /** `drawn` is called after the grid has drawn other cells or values. */
  constructor(table: TableContext, rows: Rows, selection: Selection, focus: Focus, drawn: () => void) {
    this.table = table;
    this.rows = rows;
    this.selection = selection;
    this.focus = focus;
    this.drawn = drawn;
    table.signal.addEventListener("abort", () => {
      this.observer?.disconnect();
      cancelAnimationFrame(this.drawing);
    });
  }

  /** Watch what the grid draws, which knows nothing of marks. */
  watch(): void {
    this.observer?.disconnect();
    this.observer = new MutationObserver(() => this.soon());
    this.observer.observe(this.table.holder, { childList: true, subtree: true });
  }

  soon(): void {
    if (this.drawing) return;
    this.drawing = requestAnimationFrame(() => {
      this.drawing = 0;
      this.draw();
      this.drawn();
    });
  }

  private draw(): void {
    const { focus, rows, selection } = this;
    const { table } = this;
    const { editable, holder } = table;
    const range = selection.several ? selection.range : null;
    for (const line of holder.querySelectorAll<HTMLElement>(".ag-row")) {
      const index = Number(line.getAttribute("row-index"));
      const data = rows.at(index);
      line.classList.toggle("modos-is-selected", data !== undefined && data.position === focus.selectedRow);
      for (const cell of line.querySelectorAll<HTMLElement>(".ag-cell")) {
        const id = cell.getAttribute("col-id") ?? "";
        cell.classList.toggle("modos-in-range", selection.has(index, id, range));
        const column = table.column(id);
        if (column) mark(cell, data?.marks?.[id], editable, table.foreignTo(data, column));
      }
    }
  }
}

function mark(cell: HTMLElement, found: Mark | undefined, editable: boolean, foreign: string): void {
  const { changed = false, severity = "", message = "", fixable = false } = found ?? {};
  cell.classList.toggle("modos-changed", changed);
  for (const each of ["error", "warning", "note"]) cell.classList.toggle(`modos-has-${each}`, severity === each);
  cell.classList.toggle("modos-foreign", Boolean(foreign));
  const words = [
    foreign ? `Does not apply to ${visible(foreign)}.` : "",
    changed ? "Changed." : "",
    severity ? `${severity[0]?.toUpperCase()}${severity.slice(1)}: ${sentence(message)}` : "",
    fixable && editable ? "Press Alt+Enter for a fix." : "",
  ].filter(Boolean);
  if (words.length) cell.setAttribute("aria-description", words.join(" "));
  else cell.removeAttribute("aria-description");
}
