// The menus: of the table, of a column, of a cell.
import { openMenu, type MenuItem } from "../shared/menu.ts";
import { copyCsv, copyRange } from "./copying.ts";
import { openFilter } from "./filters.ts";
import { openHelp } from "./help.ts";
import type { Column } from "./types.ts";
import type { TableView } from "./view.ts";
import { showWhole } from "./whole.ts";

const MENU_WIDTH = 220;

export class Menus {
  private readonly view: TableView;

  constructor(view: TableView) {
    this.view = view;
  }

  more(anchor: HTMLElement): void {
    const { view } = this;
    const box = anchor.getBoundingClientRect();
    openMenu(
      view.el,
      "More",
      { x: box.right - MENU_WIDTH, y: box.bottom + 4 },
      [
        { label: "Copy as CSV", press: () => void copyCsv(view) },
        { label: "Copy the selected cells", hint: "Ctrl+C", press: () => void copyRange(view) },
        { label: "Select all", hint: "Ctrl+A", press: () => view.selection.all() },
        ...view.curating.menu(),
        { label: "Show all rows", apart: true, disabled: view.rows.total === view.head.all, press: () => view.showAll() },
        { label: "Reset columns", press: () => view.columns.reset() },
        { label: "Keys", apart: true, press: () => openHelp(view, box) },
      ],
      () => anchor.focus({ preventScroll: true }),
    );
  }

  column(column: Column, at: DOMRect): void {
    const { view } = this;
    const { api, columns, query } = view;
    const state = api.getColumnState().find((each) => each.colId === column.id);
    const sort = (way: boolean | null) => (): void => {
      const rest = (query.sort ?? []).filter(([id]) => id !== column.id);
      view.setQuery({ ...query, sort: way === null ? rest : [[column.id, way]] });
    };
    const fixed = Boolean(api.getColumn(column.id)?.getColDef().lockVisible);
    const items: MenuItem[] = [
      { label: "Sort ascending", press: sort(false) },
      { label: "Sort descending", press: sort(true) },
      { label: "Do not sort", disabled: !state?.sort, press: sort(null) },
      { label: "Filter…", apart: true, press: () => this.filter(column, at) },
      ...view.curating.columnMenu(column),
      {
        label: state?.pinned ? "Unpin" : "Pin to the left",
        apart: true,
        press: () => api.setColumnsPinned([column.id], state?.pinned ? null : "left"),
      },
      { label: "Hide", disabled: fixed, press: () => columns.show([column.id], false) },
      { label: "Move left", press: () => columns.move(column.id, -1) },
      { label: "Move right", press: () => columns.move(column.id, 1) },
      { label: "Wider", press: () => columns.widen(column.id, 1.25) },
      { label: "Narrower", press: () => columns.widen(column.id, 0.8) },
      { label: "Columns…", apart: true, press: () => columns.choose() },
    ];
    openMenu(view.el, `Column ${column.name}`, { x: at.left, y: at.bottom }, items, () => view.focus.grid());
  }

  private filter(column: Column, at: DOMRect): void {
    const { view } = this;
    openFilter(
      view.el,
      view.channel,
      column,
      view.query.filters?.[column.id],
      at,
      (condition) => view.setFilter(column, condition),
      () => view.focus.grid(),
    );
  }

  /** The right button of the mouse. */
  context(event: MouseEvent): void {
    const { view } = this;
    const target = event.target as HTMLElement;
    const header = target.closest<HTMLElement>(".ag-header-cell");
    const cell = target.closest<HTMLElement>(".ag-cell");
    const id = (header ?? cell)?.getAttribute("col-id");
    const column = id ? view.column(id) : undefined;
    if (!column || target.closest("a, input, textarea")) return;
    event.preventDefault();
    event.stopPropagation();
    if (header) {
      this.column(column, header.getBoundingClientRect());
      return;
    }
    const row = Number(cell?.closest(".ag-row")?.getAttribute("row-index"));
    if (!view.selection.has(row, column.id, view.selection.range)) {
      view.api.setFocusedCell(row, column.id);
      view.selection.begin({ row, column: column.id });
    }
    this.cell({ x: event.clientX, y: event.clientY });
  }

  cell(at: { x: number; y: number }): void {
    const { view } = this;
    const items: MenuItem[] = [
      { label: "Copy", hint: "Ctrl+C", press: () => void copyRange(view) },
      ...view.curating.cellMenu(),
      { label: "Show whole value", apart: true, hint: "Ctrl+Enter", press: () => void showWhole(view) },
    ];
    openMenu(view.el, "Cell", at, items, () => view.focus.grid());
  }
}
