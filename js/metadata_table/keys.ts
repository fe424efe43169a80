// The keys of the grid that the library does not have.
import { copyRange } from "./copying.ts";
import type { TableView } from "./view.ts";
import { showWhole } from "./whole.ts";

const MOVES = new Set(["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "PageUp", "PageDown", "Home", "End"]);

export class Keys {
  private readonly view: TableView;

  constructor(view: TableView) {
    this.view = view;
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
    const { view } = this;
    const { selection } = view;
    const command = event.ctrlKey || event.metaKey;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const header = target.closest<HTMLElement>(".ag-header-cell");
    const menuKey = (event.altKey && key === "ArrowDown") || key === "ContextMenu" || (event.shiftKey && key === "F10");
    if (header) {
      const column = view.column(header.getAttribute("col-id") ?? "");
      if (!menuKey || !column) return false;
      view.menus.column(column, header.getBoundingClientRect());
      return true;
    }
    if (!target.closest(".ag-cell")) return false;
    const here = view.focus.at;
    if (here) {
      const corner = { row: here.row, column: here.column.id };
      selection.settle(corner);
      if (MOVES.has(key) && !event.shiftKey && selection.several) selection.begin(corner); // it ends with a step
    }
    if (command && key === "f") return this.search();
    if (key === "/" && !command && !view.editable) return this.search();
    if (event.altKey && key === "ArrowDown") {
      const { at } = view.focus;
      const head = at && view.el.querySelector(`.ag-header-cell[col-id="${CSS.escape(at.column.id)}"]`);
      if (at && head) view.menus.column(at.column, head.getBoundingClientRect());
      return true;
    }
    if (menuKey) {
      const box = target.getBoundingClientRect();
      view.menus.cell({ x: box.left, y: box.bottom });
      return true;
    }
    if (event.shiftKey && MOVES.has(key) && !event.altKey) {
      selection.step(key, command);
      return true;
    }
    if ((key === "Home" || key === "End") && !event.altKey) return done(() => this.edge(key === "End", command));
    if (command && key === "a") return done(() => selection.all());
    if (command && key === "c") return done(() => void copyRange(view));
    if (command && key === " ") return done(() => selection.wholeColumn());
    if (event.shiftKey && key === " ") return done(() => selection.wholeRow());
    if (command && key === "Enter") return done(() => this.enter(target, true));
    if (key === "Escape" && selection.several) {
      const { at } = view.focus;
      if (at) selection.begin({ row: at.row, column: at.column.id });
      return true;
    }
    if (key === "Enter" && !event.altKey && !view.editable) return done(() => this.enter(target, false));
    return view.curating.key(event, key, command);
  }

  private search(): boolean {
    this.view.bar.focusSearch();
    return true;
  }

  /** To the first or last cell of the row; of the table with Ctrl. */
  private edge(last: boolean, whole: boolean): void {
    const { at } = this.view.focus;
    const { columns, total } = this.view.selection;
    const column = columns[last ? columns.length - 1 : 0];
    if (!at || !column) return;
    this.view.focus.goTo(whole ? (last ? total - 1 : 0) : at.row, column.getColId());
  }

  /** Follow the link in the cell, or show all of it. */
  private enter(target: HTMLElement, whole: boolean): void {
    const link = target.querySelector<HTMLElement>("[data-target]");
    const { at } = this.view.focus;
    if (link && at) void this.view.focus.follow(at.row, link.dataset["target"] ?? "");
    else if (whole || target.scrollWidth > target.clientWidth) void showWhole(this.view);
  }
}

function done(act: () => unknown): boolean {
  act();
  return true;
}
