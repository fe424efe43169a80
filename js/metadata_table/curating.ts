// Changing cells: what keys, menus and editors ask Python to do to the draft.
import type { ColDef, GridOptions } from "ag-grid-community";
import { element, icon } from "../shared/dom.ts";
import { counted } from "../shared/format.ts";
import type { MenuItem } from "../shared/menu.ts";
import { Problem } from "../shared/messages.ts";
import { Bubble } from "./bubble.ts";
import { openReplace, openSetAll } from "./bulk.ts";
import { copyRange } from "./copying.ts";
import { CellEditor } from "./editor.ts";
import { Foot } from "./foot.ts";
import { Pending } from "./pending.ts";
import { Reviewing } from "./review.ts";
import type { Column, Mark, Row } from "./types.ts";
import type { TableView } from "./view.ts";

const HOVER = 350;
const LARGEST_PASTE = 8_000_000; // characters; a larger message would vanish on its way

export class Curating {
  private readonly view: TableView;
  private readonly bubble: Bubble;
  private readonly foot: Foot;
  private readonly pending: Pending;
  private hovering = 0;
  private ended = false;
  private readonly undo: HTMLButtonElement;
  private readonly redo: HTMLButtonElement;

  constructor(view: TableView) {
    this.view = view;
    this.bubble = new Bubble(view);
    this.foot = new Foot(view, new Reviewing(view));
    this.pending = new Pending(view);
    this.undo = this.tool("M3 7h7a3 3 0 0 1 0 6H7M3 7l3-3M3 7l3 3", "Undo (Ctrl+Z)", () => void this.change("undo"));
    this.redo = this.tool("M13 7H6a3 3 0 0 0 0 6h3M13 7l-3-3M13 7l-3 3", "Redo (Ctrl+Y)", () => void this.change("undo", { redo: true }));
  }

  private tool(path: string, label: string, press: () => void): HTMLButtonElement {
    const made = element("button", { class: "modos-tool", title: label, attributes: { type: "button", "aria-label": label } });
    made.append(icon(path));
    made.addEventListener("click", press);
    return made;
  }

  tools(): HTMLElement[] {
    return this.view.editable ? [this.undo, this.redo] : [];
  }

  bars(): HTMLElement[] {
    if (!this.view.editable) return [this.pending.bar];
    this.draw();
    return [this.pending.bar, this.foot.bar];
  }

  draw(): void {
    const { editable, status } = this.view;
    this.undo.disabled = !status.undo;
    this.redo.disabled = !status.redo;
    if (editable) this.foot.draw();
  }

  /** The kernel has ended. */
  gone(): void {
    this.ended = true; // a finding can no longer be mended, and would hide what is said of the kernel
    clearTimeout(this.hovering);
    this.bubble.hide();
    this.pending.gone();
    this.foot.gone();
  }

  // -- menus --------------------------------------------------------------------------------

  menu(): MenuItem[] {
    if (!this.view.editable) return [];
    return [
      { label: "Find and replace…", hint: "Ctrl+H", apart: true, press: () => this.replace() },
      { label: "Next finding", hint: "F8", press: () => void this.next(false) },
    ];
  }

  columnMenu(column: Column): MenuItem[] {
    if (!column.editable) return [];
    const set = (text: string): void => void this.change("set_all", { column: column.id, text });
    return [{ label: "Set for all rows shown…", press: () => openSetAll(this.view, column, set) }];
  }

  cellMenu(): MenuItem[] {
    const finding = { label: "What is wrong", hint: "Alt+Enter", press: () => void this.enterBubble() };
    const wrong = this.markAt()?.[1] ? [{ ...finding, apart: true }] : [];
    if (!this.view.editable) return wrong;
    return [
      { label: "Fill down", hint: "Ctrl+D", press: () => void this.fill() },
      { label: "Clear", hint: "Del", press: () => void this.clear() },
      ...wrong,
    ];
  }

  private replace(): void {
    this.bubble.hide();
    openReplace(this.view, (payload) => this.change("replace", payload));
  }

  // -- in the grid --------------------------------------------------------------------------

  editor(column: Column): Partial<ColDef<Row>> {
    if (!column.editable) return { editable: false };
    return {
      editable: ({ data }) => data !== undefined,
      cellEditor: CellEditor,
      cellEditorParams: { view: this.view, column },
    };
  }

  events(): Partial<GridOptions<Row>> {
    return {
      enterNavigatesVerticallyAfterEdit: true,
      onCellEditRequest: ({ data, colDef, newValue, rowIndex }) => {
        const column = this.view.column(colDef.colId ?? "");
        if (column && rowIndex !== null) this.pending.store(data, column, String(newValue ?? ""));
      },
      onCellMouseOut: () => {
        clearTimeout(this.hovering);
        this.bubble.hideSoon();
      },
      onBodyScroll: () => this.bubble.hide(),
      onCellEditingStarted: ({ column }) => {
        this.view.api.ensureColumnVisible(column);
        clearTimeout(this.hovering);
        this.bubble.hide();
      },
    };
  }

  hovered(row: number, column: string, cell: HTMLElement): void {
    const data = this.view.rows.at(row);
    if (this.ended || !data?.marks?.[column]?.[1] || this.view.api.getEditingCells().length) return;
    clearTimeout(this.hovering);
    this.hovering = window.setTimeout(() => void this.bubble.show(data.position, column, cell), HOVER);
  }

  focused(row: number, column: string): void {
    const data = this.view.rows.at(row);
    this.bubble.hide();
    if (this.ended || !data?.marks?.[column]?.[1]) return;
    requestAnimationFrame(() => {
      const cell = this.view.el.querySelector<HTMLElement>(".ag-cell-focus");
      // a menu gives the focus back here just before what it opens takes it
      const here = cell?.getAttribute("col-id") === column && cell.contains(document.activeElement);
      if (here) void this.bubble.show(data.position, column, cell);
    });
  }

  private markAt(): Mark | undefined {
    const { at } = this.view.focus;
    return at ? at.data?.marks?.[at.column.id] : undefined;
  }

  private async enterBubble(): Promise<void> {
    const { at } = this.view.focus;
    const cell = this.view.el.querySelector<HTMLElement>(".ag-cell-focus");
    if (at?.data && cell) await this.bubble.show(at.data.position, at.column.id, cell, true);
  }

  // -- changes ------------------------------------------------------------------------------

  /** Ask Python for a change; say what came of it. */
  async change(name: string, payload: object = {}): Promise<{ done?: number } | null> {
    this.bubble.hide();
    const answer = await this.view.ask<{ done?: number | boolean; refused?: number; lost?: number }>(name, {
      ...payload,
      shape: this.view.head.shape,
    });
    if (!answer) return null;
    const { done, refused = 0, lost = 0 } = answer;
    const words = [];
    if (typeof done === "number") words.push(`${counted(done, "cell")} changed`);
    if (refused) words.push(`${counted(refused, "cell")} cannot be changed`);
    if (lost) words.push(`${counted(lost, "cell")} did not fit and ${lost === 1 ? "was" : "were"} left out`);
    if (words.length) this.view.tell(words.join("; "));
    return typeof done === "number" ? { done } : {};
  }

  private async clear(): Promise<void> {
    const { range } = this.view.selection;
    if (range) await this.change("clear", range);
  }

  private async fill(): Promise<void> {
    const { range } = this.view.selection;
    if (!range) return;
    if (range.rows[0] === range.rows[1]) this.view.tell("Select the cells below it too, then fill down.");
    else await this.change("fill", range);
  }

  async paste(text: string): Promise<void> {
    const { at } = this.view.focus; // the grid tells of a click a moment late
    if (at) this.view.selection.settle({ row: at.row, column: at.column.id });
    const { range, columns } = this.view.selection;
    if (!range || !this.view.editable || !text) return;
    if (text.length > LARGEST_PASTE) {
      this.view.fail(new Problem("The clipboard holds too much for one paste.", "Paste a part of it."));
      return;
    }
    const ids = columns.map((each) => each.getColId());
    const from = ids.indexOf(range.columns[0] ?? "");
    await this.change("paste", { rows: range.rows, columns: ids.slice(from), width: range.columns.length, text });
  }

  /** Go to the next finding among the rows that are shown. */
  async next(back: boolean, first = false): Promise<void> {
    const at = first ? null : this.view.focus.at;
    const columns = this.view.selection.columns.map((each) => each.getColId());
    const here = at ? { row: at.row, column: at.column.id } : {};
    const answer = await this.view.ask<{ row: number | null; column: string }>("next", { ...here, columns, back });
    if (!answer) return;
    if (answer.row === null) {
      this.view.tell("No findings in the rows shown.");
      return;
    }
    this.view.focus.goTo(answer.row, answer.column);
  }

  key(event: KeyboardEvent, key: string, command: boolean): boolean {
    if (key === "F8") return done(() => this.next(event.shiftKey));
    if (event.altKey && key === "Enter") return done(() => this.enterBubble());
    if (!this.view.editable) return false;
    if (command && key === "z") return done(() => this.change("undo", { redo: event.shiftKey }));
    if (command && key === "y") return done(() => this.change("undo", { redo: true }));
    if (command && key === "d") return done(() => this.fill());
    if (command && key === "h") return done(() => this.replace());
    if (command && key === "x") return done(() => copyRange(this.view).then(() => this.clear()));
    if ((key === "Delete" || key === "Backspace") && !command) return done(() => this.clear());
    return false;
  }
}

function done(act: () => unknown): boolean {
  act();
  return true;
}
