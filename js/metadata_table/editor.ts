// The editor in a cell: a text field; what it offers depends on the column.
import type { ICellEditorComp, ICellEditorParams } from "ag-grid-community";
import { element } from "../shared/dom.ts";
import { reading } from "./cells.ts";
import { Combo } from "./combo.ts";
import type { Cell, Column, Row } from "./types.ts";
import type { TableView } from "./view.ts";

export interface EditorContext {
  view: TableView;
  column: Column;
}

export class CellEditor implements ICellEditorComp<Row> {
  private params!: ICellEditorParams<Row> & EditorContext;
  private combo!: Combo;
  private readonly gui = element("div", { class: "modos-editor" });
  private before = "";
  private typed = false;

  init(params: ICellEditorParams<Row> & EditorContext): void {
    this.params = params;
    const { view, column } = params;
    const cell = params.value as Cell;
    const position = params.node.data?.position ?? 0;
    this.combo = new Combo({
      root: view.el,
      channel: view.channel,
      column,
      position,
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
    input.addEventListener("keydown", (event) => {
      if (this.combo.key(event)) {
        event.preventDefault();
        event.stopPropagation();
      }
    });
  }

  /** Put the stored value into the field; one that was cut short is asked for. */
  private fill(cell: Cell): void {
    const { view, column, node } = this.params;
    const { input } = this.combo;
    const simple = Array.isArray(cell)
      ? cell.every((each) => !/[,;[\n…]/.test(each)) && !/^\+\d/.test(cell[cell.length - 1] ?? "")
      : cell === null || cell === undefined || !cell.endsWith("…");
    if (simple) {
      const texts = Array.isArray(cell) ? cell : cell ? [cell] : [];
      const shown = texts.map((text) => {
        const label = column.kind === "term" ? reading(text, column, view.labels) : text;
        this.combo.know(label, text);
        return label;
      });
      input.value = shown.join(", ");
      return;
    }
    input.disabled = true;
    input.value = "…";
    void view.ask<{ text: string }>("cell", { position: node.data?.position, column: column.id }).then((answer) => {
      if (!answer) {
        this.params.stopEditing(true);
        return;
      }
      input.disabled = false;
      input.value = answer.text;
      this.before = this.combo.text;
      input.focus();
    });
  }

  getGui(): HTMLElement {
    return this.gui;
  }

  afterGuiAttached(): void {
    this.combo.input.focus();
    if (!this.typed) this.combo.input.select();
    this.combo.offer(!this.typed);
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
    this.combo.destroy();
  }
}
