// The menus: of the table, of a column, of a cell.
import { openMenu, type MenuItem } from "../shared/menu.ts";
import { copyCsv, copyRange } from "./copy_cells.ts";
import { openFilter } from "./filters.tsx";
import { openHelp } from "./help.tsx";
import type { Columns } from "./columns.ts";
import type { TableContext } from "./context.ts";
import type { DraftActions } from "./draft_actions.ts";
import type { Focus } from "./focus.ts";
import type { Rows } from "./rows.ts";
import type { Selection } from "./selection.ts";
import type { TableSheets } from "./sheets.tsx";
import type { TableStructure } from "./structure.tsx";
import type { Column } from "./wire.ts";
import { showCellValue } from "./cell_value.tsx";

/** The parts whose actions menus offer. */
export interface MenuParts {
  columns: Columns;
  draft: DraftActions;
  focus: Focus;
  rows: Rows;
  selection: Selection;
  sheets: TableSheets;
  structure: TableStructure;
}

export class Menus {
  private readonly table: TableContext;
  private readonly parts: MenuParts;

  constructor(table: TableContext, parts: MenuParts) {
    this.table = table;
    this.parts = parts;
  }

  more(anchor: HTMLElement): void {
    const { table } = this;
    const { columns, draft, rows, selection, sheets } = this.parts;
    openMenu(
      table.el,
      "More",
      anchor,
      [
        { label: "Copy as CSV", press: () => void copyCsv(table) },
        { label: "Copy selected cells", hint: "Ctrl+C", press: () => void copyRange(table, selection) },
        { label: "Select all", hint: "Ctrl+A", press: () => selection.all() },
        ...sheets.menu(),
        ...draft.menu(),
        { label: "Show all rows", apart: true, disabled: rows.total === table.all, press: () => table.showAll() },
        { label: "Reset columns", press: () => columns.reset() },
        { label: "Keyboard shortcuts", apart: true, press: () => openHelp(table, anchor.getBoundingClientRect()) },
      ],
      () => anchor.focus({ preventScroll: true }),
      { placement: "bottom-end" },
    );
  }

  column(column: Column, at: DOMRect): void {
    const { table } = this;
    const { columns, draft } = this.parts;
    const { api, query } = table;
    const state = api.getColumnState().find((each) => each.colId === column.id);
    const sort = (way: boolean | null) => (): void => {
      const rest = (query.sort ?? []).filter(([id]) => id !== column.id);
      table.setQuery({ ...query, sort: way === null ? rest : [[column.id, way]] });
    };
    const fixed = Boolean(api.getColumn(column.id)?.getColDef().lockVisible);
    const items: MenuItem[] = [
      { label: "Sort ascending", press: sort(false) },
      { label: "Sort descending", press: sort(true) },
      { label: "Clear sort", disabled: !state?.sort, press: sort(null) },
      { label: "Filter…", apart: true, press: () => openFilter(table, column, at) },
      ...draft.columnMenu(column),
      {
        label: columns.isPinned(column.id) ? "Unpin" : "Pin to the left",
        apart: true,
        press: () => columns.pin(column.id, !columns.isPinned(column.id)),
      },
      { label: "Hide", disabled: fixed, press: () => columns.show([column.id], false) },
      { label: "Move left", press: () => columns.move(column.id, -1) },
      { label: "Move right", press: () => columns.move(column.id, 1) },
      { label: "Widen", press: () => columns.widen(column.id, 1.25) },
      { label: "Narrow", press: () => columns.widen(column.id, 0.8) },
      { label: "Columns…", apart: true, press: () => columns.choose() },
    ];
    openMenu(table.el, `Column ${column.name}`, at, items, () => table.focusGrid());
  }

  /** The right button of the mouse. */
  context(event: MouseEvent): void {
    const { table } = this;
    const { selection } = this.parts;
    const target = event.target as HTMLElement;
    const header = target.closest<HTMLElement>(".ag-header-cell");
    const cell = target.closest<HTMLElement>(".ag-cell");
    const id = (header ?? cell)?.getAttribute("col-id");
    const column = id ? table.column(id) : undefined;
    if (!column || target.closest("a, input, textarea")) return;
    event.preventDefault();
    event.stopPropagation();
    if (header) {
      this.column(column, header.getBoundingClientRect());
      return;
    }
    const row = Number(cell?.closest(".ag-row")?.getAttribute("row-index"));
    if (!selection.has(row, column.id, selection.range)) {
      table.api.setFocusedCell(row, column.id);
      selection.begin({ row, column: column.id });
    }
    this.cell(new DOMRect(event.clientX, event.clientY));
  }

  cell(at: DOMRect): void {
    const { table } = this;
    const { draft, focus, selection, structure } = this.parts;
    const items: MenuItem[] = [
      { label: "Copy", hint: "Ctrl+C", press: () => void copyRange(table, selection) },
      ...draft.cellMenu(),
      ...structure.menu(),
      { label: "Show full value", apart: true, hint: "Ctrl+Enter", press: () => void showCellValue(table, focus) },
    ];
    openMenu(table.el, "Cell", at, items, () => table.focusGrid());
  }
}
