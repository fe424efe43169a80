// Which columns are seen, in which order, how wide, and how they are sorted.
import type { ColumnState } from "ag-grid-community";
import { openChooser } from "./chooser.ts";
import { columnDefinition } from "./grid.ts";
import type { ColumnLayout, Layout } from "./types.ts";
import type { TableView } from "./view.ts";

const PAUSE = 300;

type Laid = Pick<ColumnState, "hide" | "width" | "pinned">;

function laid(id: string, { hide, width, pinned }: Laid): ColumnLayout {
  return { id, hide: Boolean(hide), width: width ?? 100, pinned: pinned ? String(pinned) : null };
}

export class Columns {
  private readonly view: TableView;
  private timer = 0;

  constructor(view: TableView) {
    this.view = view;
  }

  choose(): void {
    const { view } = this;
    const { api, bar } = view;
    openChooser(view.el, bar.columnsButton.getBoundingClientRect(), {
      list: () =>
        api.getColumnState().map((state) => ({
          id: state.colId,
          name: view.column(state.colId)?.name ?? "",
          shown: !state.hide,
          fixed: Boolean(api.getColumn(state.colId)?.getColDef().lockVisible),
          pinned: Boolean(state.pinned),
        })),
      show: (ids, shown) => this.show(ids, shown),
      pin: (id, pinned) => api.setColumnsPinned([id], pinned ? "left" : null),
      move: (id, by) => this.move(id, by),
      reset: () => this.reset(),
      closed: () => bar.columnsButton.focus({ preventScroll: true }),
    });
  }

  show(ids: string[], shown: boolean): void {
    this.view.api.setColumnsVisible(ids, shown);
  }

  move(id: string, by: number): void {
    const { api } = this.view;
    const order = api.getColumnState().map((each) => each.colId);
    const place = order.indexOf(id);
    api.moveColumns([id], Math.max(0, Math.min(order.length - 1, place + by)));
  }

  widen(id: string, by: number): void {
    const { api } = this.view;
    const width = api.getColumn(id)?.getActualWidth() ?? 100;
    api.setColumnWidths([{ key: id, newWidth: Math.round(width * by) }], true);
    this.changed();
  }

  reset(): void {
    const { api, head, parts } = this.view;
    api.applyColumnState({
      applyOrder: true,
      state: head.columns.map((column): ColumnState => {
        const { hide, pinned, width } = columnDefinition(column, parts);
        return { colId: column.id, hide: hide ?? false, pinned: pinned ?? null, width: width ?? 100 };
      }),
    });
  }

  /** Tell Python, a moment after the last change. */
  changed(): void {
    const { api, bar, model } = this.view;
    bar.draw();
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      model.set("_layout", { columns: api.getColumnState().map((state) => laid(state.colId, state)) });
      model.save_changes();
    }, PAUSE);
  }

  /** Lay the columns out as another view, or Python, has them. */
  apply(): void {
    const { api, bar, model } = this.view;
    const { columns } = (model.get("_layout") as Layout | null) ?? {};
    if (!columns?.length) return;
    const now = api.getColumnState().map((state) => laid(state.colId, state));
    if (JSON.stringify(now) === JSON.stringify(columns.map((each) => laid(each.id, each as Laid)))) return;
    api.applyColumnState({
      applyOrder: true,
      state: columns.map(({ id, hide, width, pinned }) => ({
        colId: id,
        hide: Boolean(hide),
        width: width ?? 100,
        pinned: pinned === "left" || pinned === "right" ? pinned : null,
      })),
    });
    bar.draw();
  }

  /** How the grid is sorted: column and whether downwards, the first counts most. */
  private get sorted(): [string, boolean][] {
    return this.view.api
      .getColumnState()
      .filter((each) => each.sort)
      .sort((one, other) => (one.sortIndex ?? 0) - (other.sortIndex ?? 0))
      .map((each) => [each.colId, each.sort === "desc"]);
  }

  sort(wanted: [string, boolean][]): void {
    if (JSON.stringify(this.sorted) === JSON.stringify(wanted)) return;
    this.view.api.applyColumnState({
      state: wanted.map(([colId, down], sortIndex) => ({ colId, sort: down ? "desc" : "asc", sortIndex })),
      defaultState: { sort: null },
    });
  }

  /** A header was pressed. Rows that were asked for before must not bring the old sort back. */
  pressed(): void {
    const { query } = this.view;
    const sort = this.sorted;
    if (JSON.stringify(sort) !== JSON.stringify(query.sort ?? [])) this.view.setQuery({ ...query, sort });
  }
}
