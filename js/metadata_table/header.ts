// A column's header: its name, how it is sorted, whether it is filtered, and the way to its menu.
import type { IHeaderComp, IHeaderParams } from "ag-grid-community";
import { element, icon } from "../shared/dom.ts";
import { visible } from "../shared/format.ts";
import type { Column } from "./wire.ts";

const UP = "M4 10l4-4 4 4";
const DOWN = "M4 6l4 4 4-4";
const FUNNEL = "M2.5 3.5h11L9.5 8.5v4l-3 1v-5z";

export interface HeaderContext {
  column: Column;
  filtered: () => boolean;
  /** Whether the rows of the tab must have, or should have, a value. */
  needs: () => "required" | "expected" | "";
  menu: (column: Column, at: DOMRect) => void;
}

const NEEDS = { required: "Required", expected: "Expected", "": "" };

export interface OwnHeaderContext {
  words: () => string;
  title: string;
  press?: () => void;
}

/** The header of a column of ours: of the completeness, or of the empty columns, which a press shows. */
export class OwnHeader implements IHeaderComp {
  private params!: OwnHeaderContext;
  private readonly gui = element("div", { class: "modos-column-head modos-column-own" });

  init(params: IHeaderParams & OwnHeaderContext): void {
    this.params = params;
    this.gui.title = params.title;
    this.gui.classList.toggle("modos-press", Boolean(params.press));
    this.gui.addEventListener("click", () => params.press?.());
    this.draw();
  }

  private draw(): void {
    this.gui.textContent = this.params.words();
  }

  getGui(): HTMLElement {
    return this.gui;
  }

  refresh(params: IHeaderParams & OwnHeaderContext): boolean {
    this.params = params;
    this.draw();
    return true;
  }
}

export class Header implements IHeaderComp {
  private params!: IHeaderParams & HeaderContext;
  private readonly gui = element("div", { class: "modos-column-head" });
  private readonly needed = element("span", { class: "modos-column-needed" });
  private readonly marks = element("span", { class: "modos-column-marks" });
  private readonly changed = (): void => this.draw();

  init(params: IHeaderParams & HeaderContext): void {
    this.params = params;
    const { column } = params;
    const label = element("span", { class: "modos-column-name", text: visible(column.name) || "(no name)" });
    if (!column.name) label.classList.add("modos-muted");
    const open = element("span", {
      class: "modos-column-menu",
      title: "Sort, filter, pin, hide (Alt+↓)",
      attributes: { "aria-hidden": "true" },
    });
    open.append(icon("M4 6.5l4 4 4-4"));
    open.addEventListener("click", (event) => {
      event.stopPropagation();
      params.menu(column, this.gui.getBoundingClientRect());
    });
    this.gui.append(label, this.needed, this.marks, open);
    this.gui.addEventListener("click", (event) => params.progressSort(event.shiftKey));
    params.column.addEventListener("sortChanged", this.changed);
    params.column.addEventListener("filterChanged", this.changed);
    this.draw();
  }

  private draw(): void {
    const { column } = this.params;
    const needs = this.params.needs();
    const help = [column.title, column.description].filter(Boolean).join(": ");
    this.gui.title = [visible(column.name), visible(help), NEEDS[needs]].filter(Boolean).join("\n");
    this.needed.replaceChildren();
    if (needs === "required") {
      this.needed.append(
        element("span", { text: "*", attributes: { "aria-hidden": "true" } }),
        element("span", { class: "modos-visually-hidden", text: " required" }),
      );
    }
    this.marks.textContent = "";
    const sort = this.params.column.getSort();
    if (sort) this.marks.append(icon(sort === "asc" ? UP : DOWN, "modos-sort"));
    if (this.params.filtered()) this.marks.append(icon(FUNNEL, "modos-filtered"));
  }

  getGui(): HTMLElement {
    return this.gui;
  }

  refresh(params: IHeaderParams & HeaderContext): boolean {
    this.params = params;
    this.draw();
    return true;
  }

  destroy(): void {
    this.params.column.removeEventListener("sortChanged", this.changed);
    this.params.column.removeEventListener("filterChanged", this.changed);
  }
}
