// The cards of the terms and links in a cell.
import { openCards } from "../shared/cards.tsx";
import type { TableContext } from "./context.ts";
import type { Focus } from "./focus.ts";

const DOUBLE = 250; // ms in which a second click edits the cell instead

export class CellCards {
  private readonly table: TableContext;
  private readonly focus: Focus;
  private timer = 0;

  constructor(table: TableContext, focus: Focus) {
    this.table = table;
    this.focus = focus;
  }

  /** A chip was clicked: open its card, once it is certain that the cell is not edited; with Ctrl follow a link. */
  clicked(chip: HTMLElement, position: number, event: MouseEvent): void {
    clearTimeout(this.timer);
    const { chip: kind, value = "" } = chip.dataset;
    if (event.detail > 1) return;
    if (kind === "element" && (event.ctrlKey || event.metaKey)) void this.focus.follow(position, value);
    else this.timer = window.setTimeout(() => this.open([chip], position), this.table.editable ? DOUBLE : 0);
  }

  /** Open the cards of all chips in a cell; return whether it has any. */
  openAll(cell: Element, position: number): boolean {
    const chips = [...cell.querySelectorAll<HTMLElement>("[data-chip]")];
    if (chips.length) this.open(chips, position);
    return chips.length > 0;
  }

  private open(chips: HTMLElement[], position: number): void {
    const [first] = chips;
    const { table } = this;
    if (!first?.isConnected || table.api.getEditingCells().length) return;
    const kind = first.dataset["chip"] === "element" ? "element" : "term";
    const values = chips.map(({ dataset }) => dataset["value"] ?? "");
    const follow = (id: string): void => void this.focus.follow(position, id);
    const box = first.getBoundingClientRect(); // the grid may draw the cell again
    void openCards(table.el, box, { channel: table.channel, follow }, { kind, values, position }, () => table.focusGrid());
  }
}
