// The columns: which are shown, their order, width, pins and sort.
import type { ColumnState } from "ag-grid-community";
import { openChooser } from "./chooser.tsx";
import type { TableContext } from "./context.ts";
import { columnDefinition, type GridParts } from "./grid.ts";
import type { ColumnLayout } from "./wire.ts";

const PAUSE = 300;
const LEAST_SCROLLED = 96; // pixels that pinned columns leave to the others

type Side = "left" | "right";
type Laid = Pick<ColumnState, "hide" | "width" | "pinned">;

function side(pinned: ColumnState["pinned"]): Side | null {
  return pinned === "right" ? "right" : pinned ? "left" : null;
}

function laid(id: string, { hide, width, pinned }: Laid): ColumnLayout {
  return { id, hide: Boolean(hide), width: width ?? 100, pinned: pinned ? String(pinned) : null };
}

export class Columns {
  /** Opens the list of columns. */
  button!: HTMLElement;
  private readonly table: TableContext;
  private readonly drawn: () => void;
  private parts!: GridParts;
  private timer = 0;
  /** The pins that were set; a narrow table shows those that fit. */
  private readonly pins = new Map<string, Side>();

  constructor(table: TableContext, drawn: () => void) {
    this.table = table;
    this.drawn = drawn;
  }

  /** Start with a grid that was just created. */
  start(parts: GridParts): void {
    this.parts = parts;
    this.takePins(this.table.api.getColumnState());
    this.apply();
    this.fit();
  }

  private takePins(states: { colId: string; pinned?: ColumnState["pinned"] }[]): void {
    this.pins.clear();
    for (const { colId, pinned } of states) {
      const where = side(pinned);
      if (where) this.pins.set(colId, where);
    }
  }

  /** Whether a column is to be pinned, also where there is no room for it. */
  isPinned(id: string): boolean {
    return this.pins.has(id);
  }

  pin(id: string, pinned: boolean): void {
    if (pinned) this.pins.set(id, "left");
    else this.pins.delete(id);
    this.fit();
    this.changed();
  }

  /** A person dragged columns to the pinned ones, or away from them. */
  dragged(columns: { id: string; pinned: ColumnState["pinned"] }[]): void {
    for (const { id, pinned } of columns) {
      const where = side(pinned);
      if (where) this.pins.set(id, where);
      else this.pins.delete(id);
    }
    this.fit();
    this.changed();
  }

  /** Apply the pins that fit, those of the naming columns first; keep the others for later. */
  fit(): void {
    const { api, head, holder, signal } = this.table;
    if (!holder.clientWidth || signal.aborted) return; // not in sight, or gone
    const naming = (id: string): boolean => ["element", "object"].includes(head.columns[Number(id)]?.kind ?? "");
    const all = api.getAllGridColumns();
    const wanted = all.filter((each) => this.pins.has(each.getColId()) && each.isVisible());
    wanted.sort((one, other) => Number(naming(other.getColId())) - Number(naming(one.getColId())));
    let room = holder.clientWidth - LEAST_SCROLLED;
    const fitting = new Set<string>();
    let full = false;
    for (const column of wanted) {
      if (column.getActualWidth() > room) full = true;
      if (column.getActualWidth() > room || (full && !naming(column.getColId()))) continue;
      room -= column.getActualWidth();
      fitting.add(column.getColId());
    }
    const shown = (id: string): Side | null => (fitting.has(id) ? (this.pins.get(id) ?? null) : null);
    for (const where of ["left", "right", null] as const) {
      const moved = all.filter((each) => shown(each.getColId()) === where && side(each.getPinned()) !== where);
      if (moved.length) api.setColumnsPinned(moved, where);
    }
  }

  /** How the columns are laid out, with the pins that were asked for. */
  private get layout(): ColumnLayout[] {
    if (this.table.api.isDestroyed()) return []; // the grid is being made again
    return this.table.api
      .getColumnState()
      .map((state) => laid(state.colId, { ...state, pinned: this.pins.get(state.colId) ?? null }));
  }

  choose(): void {
    const { table } = this;
    const { api } = table;
    openChooser(table.el, this.button, {
      list: () =>
        api.getColumnState().map((state) => ({
          id: state.colId,
          name: table.column(state.colId)?.name ?? "",
          shown: !state.hide,
          fixed: Boolean(api.getColumn(state.colId)?.getColDef().lockVisible),
          pinned: this.isPinned(state.colId),
        })),
      show: (ids, shown) => this.show(ids, shown),
      pin: (id, pinned) => this.pin(id, pinned),
      move: (id, by) => this.move(id, by),
      reset: () => this.reset(),
    });
  }

  show(ids: string[], shown: boolean): void {
    this.table.api.setColumnsVisible(ids, shown);
  }

  move(id: string, by: number): void {
    const { api } = this.table;
    const order = api.getColumnState().map((each) => each.colId);
    const place = order.indexOf(id);
    api.moveColumns([id], Math.max(0, Math.min(order.length - 1, place + by)));
  }

  widen(id: string, by: number): void {
    const { api } = this.table;
    const width = api.getColumn(id)?.getActualWidth() ?? 100;
    api.setColumnWidths([{ key: id, newWidth: Math.round(width * by) }], true);
    this.changed();
  }

  reset(): void {
    const { parts } = this;
    const { api, head } = this.table;
    const state = head.columns.map((column): ColumnState => {
      const { hide, pinned, width } = columnDefinition(column, parts);
      return { colId: column.id, hide: hide ?? false, pinned: pinned ?? null, width: width ?? 100 };
    });
    this.takePins(state);
    api.applyColumnState({ applyOrder: true, state });
    this.fit();
    this.changed();
  }

  /** Send the layout to Python, a moment after the last change. */
  changed(): void {
    const { model } = this.table;
    this.drawn();
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      if (this.table.signal.aborted || this.table.api.isDestroyed()) return; // the grid is gone
      model.set("_layout", { columns: this.layout });
      model.save_changes();
    }, PAUSE);
  }

  /** Apply the layout of another view, or of Python. */
  apply(): void {
    const { api, model } = this.table;
    const { columns } = model.get("_layout");
    if (!columns?.length) return;
    if (JSON.stringify(this.layout) === JSON.stringify(columns.map((each) => laid(each.id, each as Laid)))) return;
    const state = columns.map(({ id, hide, width, pinned }): ColumnState => ({
      colId: id,
      hide: Boolean(hide),
      width: width ?? 100,
      pinned: pinned === "left" || pinned === "right" ? pinned : null,
    }));
    this.takePins(state);
    api.applyColumnState({ applyOrder: true, state });
    this.fit();
    this.drawn();
  }

  /** How the grid is sorted: column and whether downwards, the first counts most. */
  private get sorted(): [string, boolean][] {
    return this.table.api
      .getColumnState()
      .filter((each) => each.sort)
      .sort((one, other) => (one.sortIndex ?? 0) - (other.sortIndex ?? 0))
      .map((each) => [each.colId, each.sort === "desc"]);
  }

  sort(wanted: [string, boolean][]): void {
    if (JSON.stringify(this.sorted) === JSON.stringify(wanted)) return;
    this.table.api.applyColumnState({
      state: wanted.map(([colId, down], sortIndex) => ({ colId, sort: down ? "desc" : "asc", sortIndex })),
      defaultState: { sort: null },
    });
  }

  /** A header was pressed. Rows that were asked for before must not bring the old sort back. */
  pressed(): void {
    const { query } = this.table;
    const sort = this.sorted;
    if (JSON.stringify(sort) !== JSON.stringify(query.sort ?? [])) this.table.setQuery({ ...query, sort });
  }
}
