// The editor in a cell: a text field, with suggestions or date fields for some columns.
import type { ICellEditorComp, ICellEditorParams } from "ag-grid-community";
import { Calendar } from "../shared/calendar.ts";
import { Combo } from "../shared/combo.ts";
import { element } from "../shared/dom.ts";
import { reading } from "./cells.ts";
import type { TableContext } from "./context.ts";
import { float } from "../shared/floating.ts";
import type { Row } from "./row.ts";
import type { Cell, Column } from "./wire.ts";


const LONG = 60;
const OWN = new Set(["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "PageUp", "PageDown", "Home", "End"]);

export interface EditorContext {
  table: TableContext;
  /** The value of the cell of a row that the editing begins with; again once the whole text is known. */
  begins: (position: number, before: Cell) => void;
  /** Go to the next finding, or to the one before. */
  next: (back: boolean) => Promise<void>;
  column: Column;
}

export class CellEditor implements ICellEditorComp<Row> {
  private params!: ICellEditorParams<Row> & EditorContext;
  private combo!: Combo;
  private calendar: Calendar | null = null;
  private large: HTMLTextAreaElement | null = null;
  private hide: (() => void) | null = null;
  private readonly gui = element("div", { class: "modos-editor" });
  private before = "";
  private typed = false;

  init(params: ICellEditorParams<Row> & EditorContext): void {
    this.params = params;
    const { table, column, next } = params;
    const cell = (params.value ?? null) as Cell;
    const takes = !params.eventKey || params.eventKey === "Enter" || params.eventKey === "F2";
    const lines = takes && column.kind === "text" && typeof cell === "string" && isLong(cell);
    const position = params.node.data?.position ?? 0;
    params.begins(position, cell);
    this.combo = new Combo({
      root: table.el,
      column,
      suggest: (text) => table.suggest(column, position, text),
      lines,
      picked: () => window.setTimeout(() => params.stopEditing(), 0),
    });
    const { input } = this.combo;
    this.gui.append(input);
    this.typed = params.eventKey?.length === 1;
    if (this.typed) {
      input.value = params.eventKey ?? "";
    } else if (params.eventKey === "Backspace" || params.eventKey === "Delete") {
      input.value = "";
    } else {
      this.fill(cell);
    }
    this.before = this.typed ? "\u0000" : this.combo.text;
    if (column.kind === "moment" && !column.many) this.calendar = this.withCalendar(column);
    if (input instanceof HTMLTextAreaElement) this.large = withLines(input, () => params.stopEditing());
    const field: HTMLElement = input;
    field.addEventListener("keydown", (event) => {
      if (event.key === "F8") {
        event.preventDefault();
        event.stopPropagation();
        this.combo.key(event);
        params.stopEditing(); // what is typed, or marked, is accepted
        window.setTimeout(() => void next(event.shiftKey), 0);
        return;
      }
      const calls = this.calendar !== null && event.key === "ArrowDown";
      if (calls) this.calendar?.day.focus();
      if (calls || this.combo.key(event)) {
        event.preventDefault();
        event.stopPropagation();
      } else if (event.key === "Escape" && this.changed) {
        table.tell("Edit cancelled.");
      }
    });
  }

  /** Whether the text differs from the value of the cell. */
  private get changed(): boolean {
    return !this.combo.input.disabled && this.combo.text !== this.before && this.combo.text !== "";
  }

  /** Date fields below the cell; inside the editor, so that the grid takes them for a part of it. */
  private withCalendar(column: Column): Calendar {
    const { input } = this.combo;
    const calendar = new Calendar({
      name: column.title ?? column.name,
      timed: Boolean(column.title), // the schema asks for date and time
      chosen: (text) => {
        input.value = text;
      },
    });
    const { box } = calendar;
    box.classList.add("modos-floating");
    box.setAttribute("popover", "manual");
    input.addEventListener("input", () => calendar.show(input.value));
    for (const name of ["mousedown", "mouseover", "click", "dblclick", "contextmenu"]) {
      box.addEventListener(name, (event) => event.stopPropagation());
    }
    box.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Escape") input.focus();
      else if (event.key === "Enter" && !(event.target instanceof HTMLButtonElement)) this.params.stopEditing();
      else return;
      event.preventDefault();
    });
    input.setAttribute("aria-description", "Press Arrow down for date, time and time zone.");
    this.gui.append(box);
    return calendar;
  }

  /** Put the stored value into the field; one that was cut short is asked for. */
  private fill(cell: Cell): void {
    const { table, column, node } = this.params;
    const { input } = this.combo;
    const simple = Array.isArray(cell)
      ? cell.every((each) => !/[,;[\n…]/.test(each)) && !/^\+\d/.test(cell[cell.length - 1] ?? "")
      : cell === null || cell === undefined || !cell.endsWith("…");
    if (simple) {
      const texts = Array.isArray(cell) ? cell : cell ? [cell] : [];
      const shown = texts.map((text) => {
        const label = column.kind === "term" ? reading(text, column, table.labels) : text;
        this.combo.know(label, text);
        return label;
      });
      input.value = shown.join(", ");
      return;
    }
    input.disabled = true;
    input.value = "…";
    const { position, shape } = node.data!;
    void table.ask("cell", { position, shape, column: column.id }).then((answer) => {
      if (!answer) {
        this.params.stopEditing(true);
        return;
      }
      input.disabled = false;
      input.value = answer.text;
      this.params.begins(position, answer.text);
      this.before = this.combo.text;
      this.calendar?.show(input.value);
      input.focus();
    });
  }

  getGui(): HTMLElement {
    return this.gui;
  }

  afterGuiAttached(): void {
    const cell = this.gui.getBoundingClientRect();
    if (this.large) this.hide = float(this.large, new DOMRect(cell.left, cell.top), { gap: 0 }); // over the cell
    this.combo.input.focus();
    if (!this.typed) this.combo.input.select();
    this.combo.offer(!this.typed);
    if (!this.calendar) return;
    this.calendar.show(this.combo.input.value);
    this.hide = float(this.calendar.box, cell);
  }

  focusIn(): void {
    this.combo.input.focus();
  }

  getValue(): string {
    return this.combo.text;
  }

  isCancelAfterEnd(): boolean {
    return this.combo.input.disabled || this.combo.text === this.before;
  }

  destroy(): void {
    this.hide?.();
    this.combo.destroy();
  }
}

/** Whether a text needs more room than its cell: several lines, or many letters. */
function isLong(text: string): boolean {
  return text.length > LONG || text.includes("\n");
}

/** Over the cell, with its own line ends: Enter ends it as in every editor, Alt or Shift with it begins a line. */
function withLines(field: HTMLTextAreaElement, end: () => void): HTMLTextAreaElement {
  field.classList.add("modos-floating", "modos-editor-lines");
  field.setAttribute("popover", "manual");
  field.setAttribute("aria-description", "Press Alt+Enter for a new line.");
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") {
      if (OWN.has(event.key)) event.stopPropagation();
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    if (!event.altKey && !event.shiftKey) end();
    else field.setRangeText("\n", field.selectionStart, field.selectionEnd, "end");
  });
  for (const name of ["mousedown", "mouseover", "click", "dblclick", "contextmenu"]) {
    field.addEventListener(name, (event) => event.stopPropagation());
  }
  return field;
}
