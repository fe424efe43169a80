// Changing cells: keys, menus, bars, and what becomes of a change that Python does not answer to.
import type { ColDef, GridOptions } from "ag-grid-community";
import { copyText } from "../shared/clipboard.ts";
import { button, element, icon } from "../shared/dom.ts";
import { count, counted, visible } from "../shared/format.ts";
import type { MenuItem } from "../shared/menu.ts";
import { Problem } from "../shared/messages.ts";
import { Bubble } from "./bubble.ts";
import { openReplace, openSetAll } from "./bulk.ts";
import { CellEditor } from "./editor.ts";
import { openPopover } from "./popover.ts";
import { Reviewing } from "./review.ts";
import type { Column, Mark, Row, Status } from "./types.ts";
import type { TableView } from "./view.ts";

const SLOW = 1500;
const HOVER = 350;
const LARGEST_PASTE = 8_000_000; // characters; a larger message would vanish on its way

interface Pending {
  payload: { position: number; column: string; text: string };
  where: string;
  state: "sent" | "slow" | "failed";
  why: string;
}

export class Curating {
  readonly view: TableView;
  private readonly bubble: Bubble;
  private readonly reviewing: Reviewing;
  private readonly pending = new Map<number, Pending>();
  private turn = 0;
  private hovering = 0;
  private readonly undo: HTMLButtonElement;
  private readonly redo: HTMLButtonElement;
  private readonly waits = element("div", { class: "modos-pending", attributes: { role: "alert" } });
  private readonly foot = element("div", { class: "modos-table-foot", attributes: { role: "region", "aria-label": "Changes" } });

  constructor(view: TableView) {
    this.view = view;
    this.bubble = new Bubble(view);
    this.reviewing = new Reviewing(view);
    this.undo = this.tool("M3 7h7a3 3 0 0 1 0 6H7M3 7l3-3M3 7l3 3", "Undo (Ctrl+Z)", () => void this.change("undo"));
    this.redo = this.tool("M13 7H6a3 3 0 0 0 0 6h3M13 7l-3-3M13 7l-3 3", "Redo (Ctrl+Y)", () => void this.change("undo", { redo: true }));
  }

  get editable(): boolean {
    return Boolean(this.view.model.get("editable"));
  }

  get status(): Status {
    return (this.view.model.get("_status") as Status | null) ?? {};
  }

  private tool(path: string, label: string, press: () => void): HTMLButtonElement {
    const made = element("button", { class: "modos-tool", title: label, attributes: { type: "button", "aria-label": label } });
    made.append(icon(path));
    made.addEventListener("click", press);
    return made;
  }

  tools(): HTMLElement[] {
    return this.editable ? [this.undo, this.redo] : [];
  }

  bars(): HTMLElement[] {
    if (!this.editable) return [this.waits];
    this.draw();
    return [this.waits, this.foot];
  }

  pills(): HTMLElement[] {
    const { errors = 0, warnings = 0, notes = 0, changes = 0, fixable = 0 } = this.status;
    const { query } = this.view;
    const pill = (mark: string, words: string, number: number, kind: string): HTMLElement[] => {
      const on = query.marked === mark;
      if (!number && !on) return [];
      return [
        element("button", {
          class: `modos-pill modos-press ${kind}`,
          text: words,
          title: on ? "Show all rows" : `Show only rows with ${words}`,
          attributes: { type: "button", "aria-pressed": String(on) },
          on: {
            click: () => {
              this.view.setQuery({ ...query, marked: on ? "" : mark });
              if (!on && mark !== "changed") void this.next(false, true);
            },
          },
        }),
      ];
    };
    const fix = element("button", {
      class: "modos-pill modos-press",
      text: `Fix all ${count(fixable)}`,
      title: "Apply every fix that is offered, as one step",
      attributes: { type: "button" },
      on: { click: () => void this.change("fix", { scope: "all" }) },
    });
    return [
      ...pill("error", counted(errors, "error"), errors, "modos-is-error"),
      ...pill("warning", counted(warnings, "warning"), warnings, "modos-is-warning"),
      ...pill("note", counted(notes, "note"), notes, ""),
      ...(this.editable ? pill("changed", `${count(changes)} changed`, changes, "modos-is-changed") : []),
      ...(this.editable && fixable ? [fix] : []),
    ];
  }

  draw(): void {
    const { changes = 0, objects = 0, errors = 0, undo, redo, readonly, committed } = this.status;
    this.undo.disabled = !undo;
    this.redo.disabled = !redo;
    if (!this.editable) return;
    const words = changes ? `${counted(changes, "change")} in ${counted(objects, "object")}` : "No changes";
    const off = changes === 0;
    const focused = this.foot.contains(document.activeElement)
      ? (document.activeElement as HTMLElement).textContent
      : null;
    this.foot.replaceChildren(
      element("strong", { text: words, attributes: { role: "status" } }),
      ...(errors ? [element("span", { class: "modos-pill modos-is-error", text: counted(errors, "error") })] : []),
      ...(readonly ? [element("span", { class: "modos-muted modos-foot-note", text: readonly, title: readonly })] : []),
      element("span", { class: "modos-spring" }),
      ...(committed && off ? [button({ label: "Undo the commit", press: () => void this.reviewing.takeBack() })] : []),
      button({ label: "Discard", press: () => this.discard(), attributes: { disabled: off } }),
      button({ label: "Review", press: () => void this.reviewing.review(false), attributes: { disabled: off } }),
      button({
        label: "Commit…",
        primary: true,
        press: () => void this.reviewing.review(true),
        attributes: { disabled: off || Boolean(readonly) },
      }),
    );
    if (focused) {
      [...this.foot.querySelectorAll<HTMLElement>("button")].find((each) => each.textContent === focused)?.focus();
    }
  }

  private discard(): void {
    const at = this.foot.getBoundingClientRect();
    const { changes = 0 } = this.status;
    openPopover(this.view.el, {
      name: "Discard",
      at: new DOMRect(at.right - 300, at.top, 280, at.height),
      closed: () => this.view.focusGrid(),
      content: (box, close) => {
        box.append(
          element("div", { text: `Drop ${counted(changes, "change")}? What is stored stays as it is.` }),
          element(
            "div",
            { class: "modos-row-end" },
            button({ label: "Keep", press: close }),
            button({ label: "Discard all", primary: true, press: () => { close(); void this.change("discard"); } }),
          ),
        );
      },
    });
  }

  // -- menus --------------------------------------------------------------------------------

  menu(): MenuItem[] {
    if (!this.editable) return [];
    return [
      { label: "Find and replace…", hint: "Ctrl+H", apart: true, press: () => this.replace() },
      { label: "Next finding", hint: "F8", press: () => void this.next(false) },
    ];
  }

  columnMenu(column: Column): MenuItem[] {
    if (!column.editable) return [];
    return [{ label: "Set for all rows shown…", press: () => this.setAll(column) }];
  }

  cellMenu(): MenuItem[] {
    const finding = { label: "What is wrong", hint: "Alt+Enter", press: () => void this.enterBubble() };
    const mark = this.markAt();
    const wrong = mark?.[1] ? [{ ...finding, apart: true }] : [];
    if (!this.editable) return wrong;
    return [
      { label: "Fill down", hint: "Ctrl+D", press: () => void this.fill() },
      { label: "Clear", hint: "Del", press: () => void this.clear() },
      ...wrong,
    ];
  }

  private setAll(column: Column): void {
    openSetAll(this.view, column, (text) => void this.change("set_all", { column: column.id, text }));
  }

  private replace(): void {
    openReplace(this.view, (payload) => this.change("replace", payload));
  }

  // -- editing ------------------------------------------------------------------------------

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
        if (column && rowIndex !== null) this.store(data, column, String(newValue ?? ""));
      },
      onCellMouseOut: () => {
        clearTimeout(this.hovering);
        this.bubble.hideSoon();
      },
      onBodyScroll: () => this.bubble.hide(),
      onCellEditingStarted: () => {
        clearTimeout(this.hovering);
        this.bubble.hide();
      },
    };
  }

  hovered(row: number, column: string, cell: HTMLElement): void {
    const data = this.view.row(row);
    if (!data?.marks?.[column]?.[1] || this.view.api.getEditingCells().length) return;
    clearTimeout(this.hovering);
    this.hovering = window.setTimeout(() => void this.bubble.show(data.position, column, cell), HOVER);
  }

  focused(row: number, column: string): void {
    const data = this.view.row(row);
    this.bubble.hide();
    if (!data?.marks?.[column]?.[1]) return;
    requestAnimationFrame(() => {
      const cell = this.view.el.querySelector<HTMLElement>(".ag-cell-focus");
      if (cell?.getAttribute("col-id") === column) void this.bubble.show(data.position, column, cell);
    });
  }

  private markAt(): Mark | undefined {
    const { at } = this.view;
    return at ? at.data?.marks?.[at.column.id] : undefined;
  }

  private async enterBubble(): Promise<void> {
    const { at } = this.view;
    const cell = this.view.el.querySelector<HTMLElement>(".ag-cell-focus");
    if (at?.data && cell) await this.bubble.show(at.data.position, at.column.id, cell, true);
  }

  /** Send a typed value; what is typed stays in sight until Python has it. */
  private store(data: Row, column: Column, text: string): void {
    const id = (this.turn += 1);
    const name = this.view.head.several ? `${String(data.cells[1])}` : String(data.cells[0] ?? "");
    data.cells[Number(column.id)] = text === "" ? null : text;
    this.view.api.refreshCells({ columns: [column.id] });
    this.pending.set(id, {
      payload: { position: data.position, column: column.id, text },
      where: `${name} ${column.name}`,
      state: "sent",
      why: "",
    });
    void this.send(id);
  }

  private async send(id: number): Promise<void> {
    const change = this.pending.get(id);
    if (!change) return;
    change.state = "sent";
    const slow = window.setTimeout(() => {
      change.state = "slow";
      this.drawPending();
    }, SLOW);
    try {
      await this.view.channel.request("edit", { ...change.payload, shape: this.view.head.shape });
      this.pending.delete(id);
    } catch (error) {
      change.state = "failed";
      change.why = error instanceof Problem ? `${error.message} ${error.hint}` : "The kernel is gone.";
      if (error instanceof Problem) this.view.refresh();
    } finally {
      clearTimeout(slow);
      this.drawPending();
    }
  }

  /** Nothing typed is lost without a word. */
  private drawPending(): void {
    const open = [...this.pending].filter(([, each]) => each.state !== "sent");
    this.waits.replaceChildren(
      ...open.slice(0, 3).map(([id, change]) => {
        const { text } = change.payload;
        const shown = text.length > 60 ? `${text.slice(0, 59)}…` : text;
        const words =
          change.state === "failed"
            ? `Not taken: “${visible(shown)}” for ${visible(change.where)}. ${visible(change.why)}`
            : `The kernel does not answer yet: “${visible(shown)}” for ${visible(change.where)} waits.`;
        return element(
          "div",
          { class: change.state === "failed" ? "modos-problem" : "modos-waiting" },
          element("span", { class: "modos-waiting-text", text: words }),
          element("span", { class: "modos-spring" }),
          button({ label: "Try again", press: () => void this.send(id) }),
          button({ label: "Copy", press: () => void copyText(text) }),
          button({
            label: "Drop",
            press: () => {
              this.pending.delete(id);
              this.drawPending();
              this.view.refresh();
            },
          }),
        );
      }),
      ...(open.length > 3 ? [element("div", { class: "modos-muted", text: `and ${count(open.length - 3)} more` })] : []),
    );
  }

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
    if (lost) words.push(`${counted(lost, "cell")} did not fit and were left out`);
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
    const { range, columns } = this.view.selection;
    if (!range || !this.editable || !text) return;
    if (text.length > LARGEST_PASTE) {
      this.view.fail(new Problem("The clipboard holds too much for one paste.", "Paste a part of it."));
      return;
    }
    const ids = columns.map((each) => each.getColId());
    const from = ids.indexOf(range.columns[0] ?? "");
    await this.change("paste", { rows: range.rows, columns: ids.slice(from), width: range.columns.length, text });
  }

  private async next(back: boolean, first = false): Promise<void> {
    const at = first ? null : this.view.at;
    const columns = this.view.selection.columns.map((each) => each.getColId());
    const here = at ? { row: at.row, column: at.column.id } : {};
    const answer = await this.view.ask<{ row: number | null; column: string }>("next", { ...here, columns, back });
    if (!answer) return;
    if (answer.row === null) {
      this.view.tell("No findings in the rows shown.");
      return;
    }
    this.view.goTo(answer.row, answer.column);
  }

  key(event: KeyboardEvent, key: string, command: boolean): boolean {
    if (key === "F8") return done(() => this.next(event.shiftKey));
    if (event.altKey && key === "Enter") return done(() => this.enterBubble());
    if (!this.editable) return false;
    if (command && key === "z") return done(() => this.change("undo", { redo: event.shiftKey }));
    if (command && key === "y") return done(() => this.change("undo", { redo: true }));
    if (command && key === "d") return done(() => this.fill());
    if (command && key === "h") return done(() => this.replace());
    if (command && key === "x") return done(() => this.view.copyRange().then(() => this.clear()));
    if ((key === "Delete" || key === "Backspace") && !command) return done(() => this.clear());
    return false;
  }

  // -- marks --------------------------------------------------------------------------------

  mark(cell: HTMLElement, mark: Mark | undefined): void {
    const [changed, severity, message, fix] = mark ?? [false, "", "", false];
    cell.classList.toggle("modos-changed", changed);
    for (const each of ["error", "warning", "note"]) cell.classList.toggle(`modos-has-${each}`, severity === each);
    const words = [
      changed ? "Changed." : "",
      severity ? `${severity[0]?.toUpperCase()}${severity.slice(1)}: ${visible(message)}` : "",
      fix && this.editable ? "Alt+Enter offers a fix." : "",
    ].filter(Boolean);
    if (words.length) cell.setAttribute("aria-description", words.join(" "));
    else cell.removeAttribute("aria-description");
  }

  /** Show all of a value that is cut short in its cell. */
  async wholeValue(): Promise<void> {
    const { at } = this.view;
    const box = this.view.el.querySelector(".ag-cell-focus")?.getBoundingClientRect();
    if (!at?.data || !box) return;
    const payload = { position: at.data.position, column: at.column.id };
    const answer = await this.view.ask<{ text: string }>("cell", payload);
    if (!answer) return;
    openPopover(this.view.el, {
      name: `${at.column.name}, whole value`,
      at: box,
      class: "modos-whole",
      closed: () => this.view.focusGrid(),
      content: (inside) => {
        inside.append(
          element("strong", { text: visible(at.column.name) }),
          element("div", { class: "modos-whole-text", text: answer.text || "(empty)", attributes: { tabindex: "0" } }),
        );
      },
    });
  }
}

function done(act: () => unknown): boolean {
  act();
  return true;
}
