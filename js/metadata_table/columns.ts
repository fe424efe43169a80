// The columns: which are shown, their order, width, pins and sort.
import type { ColumnState } from "ag-grid-community";
import { counted } from "../shared/format.ts";
import { openChooser } from "./chooser.tsx";
import type { TableContext } from "./context.ts";
import { FILLED, MORE, columnDefinition, type GridParts } from "./grid.ts";
import type { ColumnLayout, Layout } from "./wire.ts";

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
  /** Whether the empty optional columns of the tab are shown. */
  private isExpanded = false;
  /** The columns that are hidden because they are empty. */
  private readonly collapsed = new Set<string>();
  /** The columns of the tab so far. */
  private members = new Set<string>();
  /** The layout as it was applied or sent. */
  private settled = "";

  constructor(table: TableContext, drawn: () => void) {
    this.table = table;
    this.drawn = drawn;
  }

  /** Start with a grid that was just created. */
  start(parts: GridParts): void {
    this.parts = parts;
    this.takePins(this.table.api.getColumnState());
    this.apply();
  }

  // -- the columns of a tab -----------------------------------------------------------------

  /** Show the rows of a class, and keep what was set for those shown so far. */
  showTab(name: string): void {
    if (name === this.table.tab) return;
    clearTimeout(this.timer);
    this.table.setTab(name, this.isSettled ? this.table.layout : this.layout);
  }

  /** Scroll to the first column that is not pinned. */
  scrollToStart(): void {
    const { api } = this.table;
    const first = api.getAllDisplayedColumns().find((each) => !each.getPinned());
    if (first) api.ensureColumnVisible(first, "start");
  }

  /** Words of the header that stands for the empty columns. */
  get moreWords(): string {
    const number = this.table.ofClass?.state.empty.length ?? 0;
    return this.isExpanded ? `− Hide ${number} empty` : `+ ${counted(number, "column")}`;
  }

  /** Show the empty optional columns of the tab, or hide them. */
  toggleMore(): void {
    const { api, ofClass } = this.table;
    if (!ofClass) return;
    this.isExpanded = !this.isExpanded;
    this.collapse(this.isExpanded ? [] : ofClass.state.empty);
    api.setColumnsVisible(ofClass.state.empty, this.isExpanded);
    api.refreshHeader();
    const [first] = ofClass.state.empty;
    if (this.isExpanded && first) api.ensureColumnVisible(first);
    this.changed();
  }

  private collapse(ids: string[]): void {
    this.collapsed.clear();
    for (const id of ids) this.collapsed.add(id);
  }

  /** Show columns of the tab that have got their first value. */
  followStatus(): void {
    const { api, ofClass } = this.table;
    if (!ofClass || api.isDestroyed()) return;
    const { columns, empty, wanted } = ofClass.state;
    const filled = [...this.collapsed].filter((id) => !empty.includes(id));
    const added = columns.filter((id) => !this.members.has(id) && api.getColumn(id));
    const shown = [...filled, ...added.filter((id) => this.isExpanded || !empty.includes(id))];
    for (const id of filled) this.collapsed.delete(id);
    for (const id of added) {
      this.members.add(id);
      if (!shown.includes(id)) this.collapsed.add(id);
    }
    if (added.length) api.moveColumns(added, api.getColumnState().findIndex(({ colId }) => colId === FILLED));
    if (shown.length) api.setColumnsVisible(shown, true);
    api.setColumnsVisible([FILLED], wanted > 0);
    api.setColumnsVisible([MORE], empty.length > 0);
    api.refreshHeader();
  }

  /** The columns as they are before a person changes them. */
  private initial(): ColumnState[] {
    const { parts } = this;
    const { head, ofClass, tabColumns } = this.table;
    const empty = new Set(this.isExpanded ? [] : ofClass?.state.empty);
    const others = head.columns.map(({ id }) => id).filter((id) => !tabColumns.includes(id));
    const state = (id: string): ColumnState => {
      const { hide, pinned, width } = columnDefinition(head.columns[Number(id)]!, parts);
      const isHidden = ofClass ? !tabColumns.includes(id) || empty.has(id) : (hide ?? false);
      return { colId: id, hide: isHidden, pinned: pinned ?? null, width: width ?? 100 };
    };
    return [...tabColumns.map(state), ...this.own(), ...others.map(state)];
  }

  private own(): ColumnState[] {
    const { state } = this.table.ofClass ?? {};
    return [
      { colId: FILLED, hide: !state?.wanted },
      { colId: MORE, hide: !state?.empty.length },
    ];
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

  /** How the columns of the tab are laid out, with the pins that were asked for. */
  private get layout(): Layout {
    const { api, tab } = this.table;
    if (api.isDestroyed()) return {}; // the grid is being made again
    const columns = api
      .getColumnState()
      .filter(({ colId }) => this.table.column(colId))
      .map((state) => laid(state.colId, { ...state, pinned: this.pins.get(state.colId) ?? null }));
    return { columns, ...(tab ? { tab, expanded: this.isExpanded } : {}) };
  }

  private get isSettled(): boolean {
    return JSON.stringify(this.layout) === this.settled;
  }

  choose(): void {
    const { table } = this;
    const { api } = table;
    openChooser(table.el, this.button, {
      list: () =>
        api.getColumnState().filter(({ colId }) => table.tabColumns.includes(colId)).map((state) => ({
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
    this.isExpanded = false;
    this.lay(this.initial());
    this.changed();
  }

  private lay(state: ColumnState[]): void {
    const { api, ofClass } = this.table;
    this.members = new Set(ofClass?.state.columns);
    const hidden = new Set(state.filter(({ hide }) => hide).map(({ colId }) => colId));
    this.collapse(ofClass?.state.empty.filter((id) => hidden.has(id)) ?? []);
    this.takePins(state);
    api.applyColumnState({ applyOrder: true, state });
    this.fit();
    this.drawn();
  }

  /** Send the layout to Python, a moment after the last change. */
  changed(): void {
    this.drawn();
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      if (this.table.signal.aborted || this.table.api.isDestroyed() || this.isSettled) return; // the grid is gone
      const { layout } = this;
      this.settle();
      this.table.setLayout(layout);
    }, PAUSE);
  }

  private settle(): void {
    this.settled = JSON.stringify(this.layout);
  }

  /** Apply the layout of the tab: of another view, of Python, or the first one. */
  apply(): void {
    const { layout: kept, tab, tabColumns } = this.table;
    const isOwn = (kept.tab ?? "") === tab;
    const columns = isOwn ? (kept.columns ?? []) : [];
    if (columns.length && JSON.stringify(kept) === this.settled) return;
    this.isExpanded = isOwn && Boolean(kept.expanded);
    const first = this.initial();
    const known = new Set(columns.map(({ id }) => id));
    const laidOut = columns.map(({ id, hide, width, pinned }): ColumnState => ({
      colId: id,
      hide: Boolean(hide) || !tabColumns.includes(id),
      width: width ?? 100,
      pinned: pinned === "left" || pinned === "right" ? pinned : null,
    }));
    this.lay([...laidOut, ...first.filter(({ colId }) => !known.has(colId))]);
    this.settle();
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
