// The focused cell and the selected row; both follow changes that happen elsewhere.
import type { Row } from "./row.ts";
import type { Column } from "./wire.ts";
import { isOurs, type TableContext } from "./context.ts";
import type { Rows } from "./rows.ts";
import type { Selection } from "./selection.ts";

const SETTLING = 1500; // ms a revealed row is kept in sight while the page settles
const PAUSE = 120;

export interface FocusedCell {
  row: number;
  column: Column;
  data: Row | undefined;
}

export interface FocusEvents {
  /** A cell got the focus. */
  focused: (row: number, column: string) => void;
  /** Another row is selected. */
  selected: () => void;
  /** The row is in another tab. */
  elsewhere: (tab: string) => void;
}

export class Focus {
  /** Position in the sheet of the selected row. */
  selectedRow: number | null = null;
  private readonly table: TableContext;
  private readonly rows: Rows;
  private readonly selection: Selection;
  private readonly events: FocusEvents;
  /** Label of the row that was selected last, here or by Python. */
  private label: unknown;
  /** The cell that gets the focus once it is drawn. */
  private target: { row: number; column: string } | null = null;
  private own = 0;
  private timer = 0;
  private revealed: { row: number | null; at: number } = { row: null, at: 0 };

  /** What opens beside the rows, or a scrollbar below them, takes height just after a row was revealed. */
  private readonly resized = new ResizeObserver(() => requestAnimationFrame(() => this.keepInSight()));

  constructor(table: TableContext, rows: Rows, selection: Selection, events: FocusEvents) {
    this.table = table;
    this.rows = rows;
    this.selection = selection;
    this.events = events;
    for (const byHand of ["keydown", "pointerdown"]) {
      table.holder.addEventListener(byHand, () => (this.target = null), { capture: true }); // the person goes elsewhere
    }
    table.signal.addEventListener("abort", () => this.resized.disconnect());
  }

  /** Watch a new grid in `holder`. */
  watch(holder: HTMLElement): void {
    this.resized.disconnect();
    const rows = holder.querySelector(".ag-grid-viewport");
    if (rows) this.resized.observe(rows);
  }

  /** The cell that has the focus. */
  get at(): FocusedCell | null {
    const { rows } = this;
    const { api } = this.table;
    const cell = api.getFocusedCell();
    const column = cell ? this.table.column(cell.column.getColId()) : undefined;
    return cell && column ? { row: cell.rowIndex, column, data: rows.at(cell.rowIndex) } : null;
  }

  /** Put the focus back into the grid. */
  grid(): void {
    const { rows } = this;
    const { api } = this.table;
    const first = this.table.shownColumns[0];
    if (!first) return;
    const cell = api.getFocusedCell();
    // the focused cell may be in a column of another tab, or below the last row
    if (cell?.column.isVisible() && cell.rowIndex < rows.total) api.setFocusedCell(cell.rowIndex, cell.column);
    else if (rows.total) api.setFocusedCell(0, first);
  }

  /** Move the focus to a cell, however far. */
  goTo(row: number, column: string): void {
    const { api } = this.table;
    api.ensureIndexVisible(row);
    api.ensureColumnVisible(column);
    this.target = { row, column };
    this.arrive();
  }

  /** Focus the cell to go to, once it is drawn: after its row has arrived, and the grid has scrolled. */
  arrive(): void {
    const { target } = this;
    const { api, holder } = this.table;
    if (!target || api.isDestroyed()) return;
    const cell = `.ag-row[row-index="${target.row}"] .ag-cell[col-id="${CSS.escape(target.column)}"]`;
    if (!this.rows.at(target.row) || !holder.querySelector(cell)) return;
    this.target = null;
    api.setFocusedCell(target.row, target.column);
  }

  /** A cell got the focus: its row is the selected one, in Python and in other views too. */
  moved(row: number, column: string): void {
    const { rows, selection } = this;
    // reported late: the range may have been extended from this cell in the meantime
    const known = [selection.anchor, selection.head].some((each) => each?.row === row && each.column === column);
    if (!known) selection.begin({ row, column });
    const data = rows.at(row);
    this.events.focused(row, column);
    if (!data || data.position === this.selectedRow) return;
    this.selectedRow = data.position;
    this.events.selected();
    const { position } = data;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      this.own += 1;
      void this.table.ask("select", { position }).then(() =>
        window.setTimeout(() => {
          this.own = 0;
        }, 100),
      );
    }, PAUSE);
  }

  /** Show the selected row in a new grid. */
  start(): void {
    this.selectedRow = null;
    if (this.label === undefined) this.label = this.table.model.get("_selected").label ?? null;
    if (this.label !== null) void this.reveal();
  }

  /** A row was selected: show it, unless that was done here, or by another page for itself. */
  valueChanged(): void {
    const selected = this.table.model.get("_selected");
    if (!isOurs(selected)) return;
    this.label = selected.label ?? null;
    if (this.own > 0) this.own -= 1;
    else void this.reveal();
  }

  async reveal(): Promise<void> {
    const { label } = this;
    if (label === null) {
      this.selectedRow = null;
      this.events.selected();
      return;
    }
    try {
      let { payload } = await this.table.request("find", { label });
      if (payload.index === null && this.table.tab && payload.tab !== this.table.tab) {
        this.events.elsewhere(payload.tab);
        ({ payload } = await this.table.request("find", { label }));
      }
      this.selectedRow = payload.position;
      this.revealed = { row: payload.index, at: performance.now() };
      this.keepInSight();
    } catch {
      this.selectedRow = null; // what is selected elsewhere need not be in this table
    }
    this.events.selected();
  }

  private keepInSight(): void {
    const { row, at } = this.revealed;
    const settling = row !== null && performance.now() - at < SETTLING;
    if (settling && !this.table.signal.aborted) this.table.api.ensureIndexVisible(row, null);
  }

  /** Select the element of a link. */
  async follow(position: number, target: string): Promise<void> {
    this.own = 0;
    await this.table.follow(target, { position });
  }
}
