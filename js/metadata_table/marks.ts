// What is put on the cells in sight besides their text: range, changes, findings.
import { visible } from "../shared/format.ts";
import type { Mark } from "./types.ts";
import type { TableView } from "./view.ts";

export class Marks {
  private readonly view: TableView;
  private drawing = 0;
  private observer: MutationObserver | null = null;

  constructor(view: TableView) {
    this.view = view;
    view.signal.addEventListener("abort", () => {
      this.observer?.disconnect();
      cancelAnimationFrame(this.drawing);
    });
  }

  /** Follow what the grid draws: it need not know of marks. */
  watch(): void {
    this.observer?.disconnect();
    this.observer = new MutationObserver(() => this.soon());
    this.observer.observe(this.view.holder, { childList: true, subtree: true });
  }

  soon(): void {
    if (this.drawing) return;
    this.drawing = requestAnimationFrame(() => {
      this.drawing = 0;
      this.draw();
    });
  }

  private draw(): void {
    const { editable, focus, holder, rows, selection } = this.view;
    const range = selection.several ? selection.range : null;
    for (const line of holder.querySelectorAll<HTMLElement>(".ag-row")) {
      const index = Number(line.getAttribute("row-index"));
      const data = rows.at(index);
      line.classList.toggle("modos-is-selected", data !== undefined && data.position === focus.selectedRow);
      for (const cell of line.querySelectorAll<HTMLElement>(".ag-cell")) {
        const id = cell.getAttribute("col-id") ?? "";
        cell.classList.toggle("modos-in-range", selection.has(index, id, range));
        mark(cell, data?.marks?.[id], editable);
      }
    }
  }
}

function mark(cell: HTMLElement, found: Mark | undefined, editable: boolean): void {
  const [changed, severity, message, fix] = found ?? [false, "", "", false];
  cell.classList.toggle("modos-changed", changed);
  for (const each of ["error", "warning", "note"]) cell.classList.toggle(`modos-has-${each}`, severity === each);
  const words = [
    changed ? "Changed." : "",
    severity ? `${severity[0]?.toUpperCase()}${severity.slice(1)}: ${visible(message)}` : "",
    fix && editable ? "Alt+Enter offers a fix." : "",
  ].filter(Boolean);
  if (words.length) cell.setAttribute("aria-description", words.join(" "));
  else cell.removeAttribute("aria-description");
}
