// The cell that has the focus, the row that is selected, and how both follow what happens elsewhere.
import { visible } from "../shared/format.ts";
import type { Column, Row } from "./types.ts";
import type { TableView } from "./view.ts";

const SETTLING = 1500; // ms a revealed row is kept in sight while the page settles
const PAUSE = 120;

export interface FocusedCell {
  row: number;
  column: Column;
  data: Row | undefined;
}

export class Focus {
  /** Position in the sheet of the selected row. */
  selectedRow: number | null = null;
  private readonly view: TableView;
  private own = 0;
  private timer = 0;
  private revealed: { row: number | null; at: number } = { row: null, at: 0 };

  /** What opens beside the rows, or a scrollbar below them, takes height just after a row was revealed. */
  private readonly resized = new ResizeObserver(() => requestAnimationFrame(() => this.keepInSight()));

  constructor(view: TableView) {
    this.view = view;
    view.signal.addEventListener("abort", () => this.resized.disconnect());
  }

  /** A new grid stands in `holder`. */
  watch(holder: HTMLElement): void {
    this.resized.disconnect();
    const rows = holder.querySelector(".ag-grid-viewport");
    if (rows) this.resized.observe(rows);
  }

  /** The cell that has the focus. */
  get at(): FocusedCell | null {
    const { api, rows } = this.view;
    const cell = api.getFocusedCell();
    const column = cell ? this.view.column(cell.column.getColId()) : undefined;
    return cell && column ? { row: cell.rowIndex, column, data: rows.at(cell.rowIndex) } : null;
  }

  /** Put the focus back into the grid. */
  grid(): void {
    const { api, rows } = this.view;
    const cell = api.getFocusedCell();
    const first = api.getAllDisplayedColumns()[0];
    if (cell) api.setFocusedCell(cell.rowIndex, cell.column);
    else if (first && rows.total) api.setFocusedCell(0, first);
  }

  /** Move the focus to a cell, however far. */
  goTo(row: number, column: string): void {
    const { api, rows } = this.view;
    api.ensureIndexVisible(row);
    api.ensureColumnVisible(column);
    const settle = (left: number): void => {
      if (!rows.at(row) && left > 0) {
        window.setTimeout(() => settle(left - 1), 50);
        return;
      }
      api.setFocusedCell(row, column);
    };
    settle(100);
  }

  /** A cell got the focus: its row is the selected one, in Python and in other views too. */
  moved(row: number, column: string): void {
    const { curating, marks, rows, selection } = this.view;
    // told late: the range may have been drawn out from this cell meanwhile
    const known = [selection.anchor, selection.head].some((each) => each?.row === row && each.column === column);
    if (!known) selection.begin({ row, column });
    const data = rows.at(row);
    curating.focused(row, column);
    if (!data || data.position === this.selectedRow) return;
    this.selectedRow = data.position;
    marks.soon();
    const { position } = data;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      this.own += 1;
      void this.view.ask("label", { position }).then(() =>
        window.setTimeout(() => {
          this.own = 0;
        }, 100),
      );
    }, PAUSE);
  }

  /** `value` changed: show its row, unless the change came from here. */
  valueChanged(): void {
    if (this.own > 0) this.own -= 1;
    else void this.reveal();
  }

  async reveal(): Promise<void> {
    const { channel, marks, model } = this.view;
    const label: unknown = model.get("value");
    if (label === null) {
      this.selectedRow = null;
      marks.soon();
      return;
    }
    try {
      const { payload } = await channel.request<{ index: number | null; position: number }>("find", { label });
      this.selectedRow = payload.position;
      this.revealed = { row: payload.index, at: performance.now() };
      this.keepInSight();
    } catch {
      this.selectedRow = null; // what is selected elsewhere need not be in this table
    }
    marks.soon();
  }

  private keepInSight(): void {
    const { row, at } = this.revealed;
    const settling = row !== null && performance.now() - at < SETTLING;
    if (settling && !this.view.signal.aborted) this.view.api.ensureIndexVisible(row, null);
  }

  async follow(row: number, target: string): Promise<void> {
    const { view } = this;
    const position = view.rows.at(row)?.position;
    if (position === undefined) return;
    this.own = 0;
    const answer = await view.ask<{ known: boolean }>("follow", { position, target });
    if (answer && !answer.known) view.tell(`${visible(target)} is not in this table.`);
    else if (answer) view.tell(`Selected ${visible(target)}.`);
  }
}
