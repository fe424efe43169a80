// A range of cells, as in a spreadsheet: by mouse, and by Shift with the arrow keys.
import type { Column as GridColumn } from "ag-grid-community";
import type { TableContext } from "./context.ts";
import type { Range } from "./wire.ts";

export interface Corner {
  row: number;
  column: string;
}

export class Selection {
  private readonly table: TableContext;
  private readonly changed: () => void;
  anchor: Corner | null = null;
  head: Corner | null = null;

  constructor(table: TableContext, changed: () => void) {
    this.table = table;
    this.changed = changed;
  }

  get columns(): GridColumn[] {
    return this.table.shownColumns;
  }

  get total(): number {
    return this.table.api.getDisplayedRowCount();
  }

  /** Rows and columns in the order they are seen, or null where nothing is selected. */
  get range(): Range | null {
    if (!this.anchor || !this.head) return null;
    const ids = this.columns.map((each) => each.getColId());
    const anchor = ids.indexOf(this.anchor.column);
    const head = ids.indexOf(this.head.column);
    if (anchor < 0 || head < 0) return null;
    return {
      rows: [Math.min(this.anchor.row, this.head.row), Math.max(this.anchor.row, this.head.row)],
      columns: ids.slice(Math.min(anchor, head), Math.max(anchor, head) + 1),
    };
  }

  get several(): boolean {
    const range = this.range;
    return range !== null && (range.rows[0] !== range.rows[1] || range.columns.length > 1);
  }

  begin(corner: Corner): void {
    this.anchor = this.head = corner;
    this.changed();
  }

  extend(corner: Corner): void {
    if (this.anchor && this.head?.row === corner.row && this.head.column === corner.column) return;
    this.anchor ??= corner;
    this.head = corner;
    this.changed();
  }

  /** Begin where the focus is, unless that is selected: the grid tells of a moved focus a moment late. */
  settle(focused: Corner): void {
    if (!this.has(focused.row, focused.column, this.range)) this.begin(focused);
  }

  clear(): void {
    this.anchor = this.head = null;
    this.changed();
  }

  all(): void {
    const ids = this.columns;
    const first = ids[0];
    const last = ids[ids.length - 1];
    if (!first || !last) return;
    this.anchor = { row: 0, column: first.getColId() };
    this.head = { row: this.total - 1, column: last.getColId() };
    this.changed();
  }

  wholeRow(): void {
    const ids = this.columns;
    if (!this.anchor || !this.head || !ids[0]) return;
    this.anchor = { row: this.anchor.row, column: ids[0].getColId() };
    this.head = { row: this.head.row, column: (ids[ids.length - 1] ?? ids[0]).getColId() };
    this.changed();
  }

  wholeColumn(): void {
    if (!this.anchor || !this.head) return;
    this.anchor = { row: 0, column: this.anchor.column };
    this.head = { row: this.total - 1, column: this.head.column };
    this.changed();
  }

  /** Move the head by keys; `far` goes to the edge. */
  step(key: string, far: boolean): void {
    if (!this.head) return;
    const ids = this.columns.map((each) => each.getColId());
    let column = ids.indexOf(this.head.column);
    let { row } = this.head;
    const page = 10;
    if (key === "ArrowLeft") column = far ? 0 : Math.max(0, column - 1);
    else if (key === "ArrowRight") column = far ? ids.length - 1 : Math.min(ids.length - 1, column + 1);
    else if (key === "ArrowUp") row = far ? 0 : Math.max(0, row - 1);
    else if (key === "ArrowDown") row = far ? this.total - 1 : Math.min(this.total - 1, row + 1);
    else if (key === "PageUp") row = Math.max(0, row - page);
    else if (key === "PageDown") row = Math.min(this.total - 1, row + page);
    else if (key === "Home") column = 0;
    else if (key === "End") column = ids.length - 1;
    const id = ids[column];
    if (id === undefined) return;
    this.extend({ row, column: id });
    this.table.api.ensureIndexVisible(row);
    this.table.api.ensureColumnVisible(id);
  }

  has(row: number, column: string, range: Range | null): boolean {
    return range !== null && row >= range.rows[0] && row <= range.rows[1] && range.columns.includes(column);
  }
}
