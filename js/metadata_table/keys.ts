// The keys of the grid that the library does not have.
import type { CellCards } from "./cell_cards.ts";
import type { TableContext } from "./context.ts";
import type { Columns } from "./columns.ts";
import { copyRange } from "./copy_cells.ts";
import { MORE } from "./grid.ts";
import type { DraftActions } from "./draft_actions.ts";
import type { Focus } from "./focus.ts";
import type { Menus } from "./menus.ts";
import type { Selection } from "./selection.ts";
import { showCellValue } from "./cell_value.tsx";

const MOVES = new Set(["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "PageUp", "PageDown", "Home", "End"]);

/** The parts that keys act on. */
export interface KeyParts {
  cards: CellCards;
  columns: Columns;
  draft: DraftActions;
  focus: Focus;
  menus: Menus;
  selection: Selection;
  /** Put the focus into the search. */
  search: () => void;
}

export class Keys {
  private readonly table: TableContext;
  private readonly parts: KeyParts;

  constructor(table: TableContext, parts: KeyParts) {
    this.table = table;
    this.parts = parts;
  }

  /** Takes the keys that are ours, before the grid sees them. */
  pressed(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    if (target.closest("input, textarea, select, .modos-popover, .modos-editor")) return;
    if (this.act(event, target)) {
      event.preventDefault();
      event.stopPropagation();
    }
  }

  private act(event: KeyboardEvent, target: HTMLElement): boolean {
    const { table } = this;
    const { draft, focus, menus, selection } = this.parts;
    const command = event.ctrlKey || event.metaKey;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const header = target.closest<HTMLElement>(".ag-header-cell");
    const menuKey = (event.altKey && key === "ArrowDown") || key === "ContextMenu" || (event.shiftKey && key === "F10");
    if (header) {
      if (header.getAttribute("col-id") === MORE && (key === "Enter" || key === " ")) return done(() => this.parts.columns.toggleMore());
      const column = table.column(header.getAttribute("col-id") ?? "");
      if (!menuKey || !column) return false;
      menus.column(column, header.getBoundingClientRect());
      return true;
    }
    if (!target.closest(".ag-cell")) return false;
    const here = focus.at;
    if (here) {
      const corner = { row: here.row, column: here.column.id };
      selection.settle(corner);
      if (MOVES.has(key) && !event.shiftKey && selection.several) selection.begin(corner); // it ends with a step
    }
    if (command && key === "f") return this.search();
    if (key === "/" && !command && !table.editable) return this.search();
    if (event.altKey && key === "ArrowDown") {
      const { at } = focus;
      const head = at && table.el.querySelector(`.ag-header-cell[col-id="${CSS.escape(at.column.id)}"]`);
      if (at && head) menus.column(at.column, head.getBoundingClientRect());
      return true;
    }
    if (menuKey) {
      menus.cell(target.getBoundingClientRect());
      return true;
    }
    if (event.shiftKey && MOVES.has(key) && !event.altKey) {
      selection.step(key, command);
      return true;
    }
    if ((key === "Home" || key === "End") && !event.altKey) return done(() => this.edge(key === "End", command));
    if (command && key === "a") return done(() => selection.all());
    if (command && key === "c") return done(() => void copyRange(table, selection));
    if (command && key === " ") return done(() => selection.wholeColumn());
    if (event.shiftKey && key === " ") return done(() => selection.wholeRow());
    if (command && key === "Enter") return done(() => this.enter(target, true));
    if (key === "Escape" && selection.several) {
      const { at } = focus;
      if (at) selection.begin({ row: at.row, column: at.column.id });
      return true;
    }
    if ((key === "Enter" || key === " ") && !event.altKey && !table.editable) return done(() => this.enter(target, false));
    return draft.key(event, key, command);
  }

  private search(): boolean {
    this.parts.search();
    return true;
  }

  /** To the first or last cell of the row; of the table with Ctrl. */
  private edge(last: boolean, whole: boolean): void {
    const { at } = this.parts.focus;
    const { columns, total } = this.parts.selection;
    const column = columns[last ? columns.length - 1 : 0];
    if (!at || !column) return;
    this.parts.focus.goTo(whole ? (last ? total - 1 : 0) : at.row, column.getColId());
  }

  /** Open the cards of the cell, or show all of it. */
  private enter(target: HTMLElement, whole: boolean): void {
    const position = this.parts.focus.at?.data?.position;
    if (position !== undefined && this.parts.cards.openAll(target, position)) return;
    if (whole || target.scrollWidth > target.clientWidth) void showCellValue(this.table, this.parts.focus);
  }
}

function done(act: () => unknown): boolean {
  act();
  return true;
}
