// Changing cells: what keys, menus and editors request of the draft.
import type { ColDef, GridOptions } from "ag-grid-community";
import { counted, sentence, visible } from "../shared/format.ts";
import type { MenuItem } from "../shared/menu.ts";
import { Problem, type AnswerOf } from "../shared/messages.ts";
import { requestChange } from "./change.ts";
import { FindingPopover } from "./finding_popover.tsx";
import { openReplace, openSetAll } from "./bulk.tsx";
import { copyRange } from "./copy_cells.ts";
import { CellEditor } from "./editor.ts";
import type { Columns } from "./columns.ts";
import type { Asked, Change, ChangeName, TableContext } from "./context.ts";
import { CommitBar } from "./commit_bar.tsx";
import type { Focus } from "./focus.ts";
import type { Rows } from "./rows.ts";
import { PendingEdits } from "./pending_edits.tsx";
import { CommitDialogs } from "./commit_dialogs.tsx";
import type { Row } from "./row.ts";
import type { Cell, Column, Mark, Requests } from "./wire.ts";
import type { Selection } from "./selection.ts";
import { focusedBeside } from "../shared/dom.ts";

const HOVER = 350;
const LARGEST_PASTE = 8_000_000; // characters; a larger message would vanish on its way

export class DraftActions {
  private readonly table: TableContext;
  private readonly rows: Rows;
  private readonly selection: Selection;
  private readonly focus: Focus;
  private readonly columns: Columns;
  /** Where dialogs about the whole table open. */
  private readonly bar: Element;
  private readonly finding: FindingPopover;
  private readonly commitDialogs: CommitDialogs;
  private readonly commitBar: CommitBar;
  private readonly pending: PendingEdits;
  private hovering = 0;
  private isByHand = false; // the person scrolls, not the table to its focus
  private isScrolling = false;
  /** The cell whose finding is shown once the cell is drawn, has the focus, and stays in its place. */
  private wanted: { row: number; column: string } | null = null;
  /** Values of edited cells when their editing began, by row and column: the grid reports an edit after Tab has begun the next. */
  private readonly before = new Map<string, Cell>();
  private ended = false;

  constructor(table: TableContext, rows: Rows, selection: Selection, focus: Focus, columns: Columns, bar: Element) {
    this.table = table;
    this.rows = rows;
    this.selection = selection;
    this.focus = focus;
    this.columns = columns;
    this.bar = bar;
    const change: Change = (name, payload) => this.change(name, payload);
    this.finding = new FindingPopover(table, change);
    for (const moved of ["wheel", "pointerdown"]) {
      table.el.addEventListener(moved, () => (this.isByHand = true), { capture: true, passive: true });
    }
    table.holder.addEventListener("focusin", () => this.showFinding());
    this.pending = new PendingEdits(table, rows);
    this.commitDialogs = new CommitDialogs(table, change);
    this.commitBar = new CommitBar(table, change, this.commitDialogs);
  }

  /** The bars below the grid; with `data-foot="elsewhere"` another view shows the commit bar. */
  bars(): HTMLElement[] {
    this.draw();
    const isElsewhere = this.table.el.dataset["foot"] === "elsewhere";
    return isElsewhere ? [this.pending.bar] : [this.pending.bar, this.commitBar.bar];
  }

  draw(): void {
    this.pending.draw();
    this.commitBar.draw();
  }

  /** The kernel has ended. */
  gone(): void {
    this.ended = true; // a finding can no longer be fixed, and would hide the message about the kernel
    clearTimeout(this.hovering);
    this.wanted = null;
    this.finding.hide();
    this.commitDialogs.gone(); // its dialog would hide the message about the kernel
    this.pending.gone();
    this.commitBar.gone();
  }

  // -- menus --------------------------------------------------------------------------------

  menu(): MenuItem[] {
    if (!this.table.editable) return [];
    return [
      { label: "Find and replace…", hint: "Ctrl+H", apart: true, press: () => this.replace() },
      {
        label: "Read column names when pasting",
        hint: this.table.readsHeader ? "On" : "Off",
        press: () => {
          this.table.readsHeader = !this.table.readsHeader;
        },
      },
      { label: "Next finding", hint: "F8", press: () => void this.next(false) },
    ];
  }

  columnMenu(column: Column): MenuItem[] {
    if (!column.editable) return [];
    const set = (text: string): void => void this.change("set_all", { column: column.id, text });
    return [{ label: "Set value in all filtered rows…", press: () => openSetAll(this.table, column, this.rows.at(0)?.position ?? 0, set) }];
  }

  cellMenu(): MenuItem[] {
    const finding = { label: "Show findings", hint: "Alt+Enter", press: () => void this.enterFinding() };
    const wrong = this.markAt()?.severity ? [{ ...finding, apart: true }] : [];
    if (!this.table.editable) return wrong;
    return [
      { label: "Fill down", hint: "Ctrl+D", press: () => void this.fill() },
      { label: "Clear", hint: "Del", press: () => void this.clear() },
      ...wrong,
    ];
  }

  private replace(): void {
    this.finding.hide();
    const columns = this.selection.columns.map((each) => each.getColId()).filter((id) => this.table.column(id)?.editable);
    openReplace(this.table, this.bar, this.focus.at?.column, columns, (payload) => this.change("replace", payload));
  }

  // -- in the grid --------------------------------------------------------------------------

  editor(column: Column): Partial<ColDef<Row>> {
    if (!column.editable) return { editable: false };
    return {
      editable: ({ data }) => data !== undefined && !this.isLocked(data, column),
      cellEditor: CellEditor,
      cellEditorParams: {
        table: this.table,
        column,
        begins: (position: number, before: Cell) => this.before.set(`${position} ${column.id}`, before),
        next: (back: boolean) => this.next(back),
      },
    };
  }

  /** Whether a column does not apply to a row; says so where a person begins to type. */
  private isLocked(data: Row, column: Column): boolean {
    return this.table.foreignTo(data, column) !== "";
  }

  /** Say why a cell does not open. */
  private refuse(row: number, id: string): void {
    const column = this.table.column(id);
    const foreign = column && this.table.foreignTo(this.rows.at(row), column);
    if (column && foreign) this.table.tell(sentence(`${column.name} does not apply to ${foreign}.`));
  }

  events(): Partial<GridOptions<Row>> {
    return {
      enterNavigatesVerticallyAfterEdit: true,
      onCellEditRequest: ({ data, colDef, newValue, rowIndex }) => {
        const column = this.table.column(colDef.colId ?? "");
        if (!column || rowIndex === null) return;
        const before = this.before.get(`${data.position} ${column.id}`) ?? null;
        this.pending.store(data, column, String(newValue ?? ""), before);
      },
      onCellMouseOut: () => {
        clearTimeout(this.hovering);
        this.finding.hideSoon();
      },
      onCellDoubleClicked: ({ rowIndex, column }) => {
        if (rowIndex !== null && this.table.editable) this.refuse(rowIndex, column.getColId());
      },
      onCellKeyDown: ({ event, rowIndex, ...cell }) => {
        if (!("column" in cell)) return;
        const { key = "", ctrlKey, metaKey, altKey } = (event ?? {}) as KeyboardEvent;
        const types = (key.length === 1 && !ctrlKey && !metaKey && !altKey) || key === "F2" || key === "Enter";
        if (types && rowIndex !== null && this.table.editable) this.refuse(rowIndex, cell.column.getColId());
      },
      onBodyScroll: () => this.scrolled(),
      onBodyScrollEnd: () => {
        this.isScrolling = false;
        this.showFinding();
      },
      onCellEditingStarted: ({ column }) => {
        this.table.api.ensureColumnVisible(column);
        clearTimeout(this.hovering);
        this.wanted = null;
        this.finding.hide();
      },
    };
  }

  hovered(row: number, column: string, cell: HTMLElement): void {
    const data = this.rows.at(row);
    if (this.ended || !data?.marks?.[column]?.severity || this.table.api.getEditingCells().length) return;
    clearTimeout(this.hovering);
    this.hovering = window.setTimeout(() => void this.finding.show(data.position, column, () => cell), HOVER);
  }

  focused(row: number, column: string): void {
    this.isByHand = false;
    this.finding.hide();
    this.wanted = { row, column };
    this.showFinding();
  }

  /** Hide the finding of a cell that moves; a cell that was scrolled to shows it again. */
  private scrolled(): void {
    this.isScrolling = true;
    this.finding.hide();
    const { at } = this.focus;
    this.wanted = this.isByHand || !at ? null : { row: at.row, column: at.column.id };
  }

  /** Show the finding of the cell that has the focus, once it can be shown. */
  showFinding(): void {
    if (!this.wanted || this.isScrolling) return;
    requestAnimationFrame(() => {
      const { wanted } = this;
      const data = wanted && this.rows.at(wanted.row);
      if (!data || this.isScrolling || this.ended) return; // the row is on its way
      const { column } = wanted;
      if (!data.marks?.[column]?.severity) this.wanted = null;
      // a menu gives the focus back here just before what it opens takes it
      else if (this.focusedCell(column)) {
        this.wanted = null;
        void this.finding.show(data.position, column, () => this.focusedCell(column));
      }
    });
  }

  /** The cell that has the focus, as it is drawn now. */
  private focusedCell(column: string): HTMLElement | null {
    const cell = this.table.el.querySelector<HTMLElement>(".ag-cell-focus");
    return cell?.getAttribute("col-id") === column && cell.contains(focusedBeside(cell)) ? cell : null;
  }

  private markAt(): Mark | undefined {
    const { at } = this.focus;
    return at ? at.data?.marks?.[at.column.id] : undefined;
  }

  private async enterFinding(): Promise<void> {
    const { at } = this.focus;
    const cell = this.table.el.querySelector<HTMLElement>(".ag-cell-focus");
    if (at?.data && cell) await this.finding.show(at.data.position, at.column.id, () => cell, true);
  }

  // -- changes ------------------------------------------------------------------------------

  /** Request a change; show its result. */
  async change<N extends ChangeName>(
    name: N,
    payload: Omit<Asked<N>, "shape">,
  ): Promise<AnswerOf<Requests, N> | null> {
    this.finding.hide();
    return requestChange(this.table, name, payload);
  }

  undo(redo: boolean): void {
    void this.change("undo", redo ? { redo } : {});
  }

  private async clear(): Promise<void> {
    const { range } = this.selection;
    if (range) await this.change("clear", range);
  }

  private async fill(): Promise<void> {
    const { range } = this.selection;
    if (!range) return;
    if (range.rows[0] === range.rows[1]) this.table.tell("Select the cells below too, then fill down.");
    else await this.change("fill", range);
  }

  async paste(text: string): Promise<void> {
    const { at } = this.focus; // the grid reports a click a moment late
    if (at) this.selection.settle({ row: at.row, column: at.column.id });
    const { range, columns } = this.selection;
    if (!range || !this.table.editable || !text) return;
    if (text.length > LARGEST_PASTE) {
      this.table.fail(new Problem("The clipboard content is too large.", "Paste a smaller part."));
      return;
    }
    const ids = columns.map((each) => each.getColId());
    const from = ids.indexOf(range.columns[0] ?? "");
    const cells = { rows: range.rows, columns: ids.slice(from), width: range.columns.length, text };
    await this.pasteCells({ ...cells, header: this.table.readsHeader });
  }

  /** Paste; offer to add rows whose ids are not in the table, or to paste a header as data. */
  private async pasteCells(cells: Omit<Asked<"paste">, "shape">): Promise<void> {
    this.finding.hide();
    await requestChange(this.table, "paste", cells, ({ addable, header, missing_count: missing = 0 }) => {
      if (addable) return { label: `Add ${counted(missing, "row")}`, press: () => void this.pasteCells({ ...cells, add: true }) };
      if (!header) return null;
      const again = async (): Promise<void> => {
        if (await this.change("undo", {})) await this.pasteCells({ ...cells, header: false });
      };
      return { label: "Paste as data", press: () => void again() };
    });
  }

  /** Go to the next finding among the rows that are shown, then among those of the next tab. */
  async next(back: boolean, first = false): Promise<void> {
    const at = first ? null : this.focus.at;
    const columns = this.selection.columns.map((each) => each.getColId());
    const here = at ? { row: at.row, column: at.column.id } : {};
    const { kept } = this.table;
    const tabs = Object.fromEntries(Object.entries(kept).map(([name, { query = {} }]) => [name, query]));
    const answer = await this.table.ask("next", { ...here, columns, back, tabs });
    if (!answer) return;
    if (answer.row === null || answer.column === undefined) {
      this.table.tell("No findings in the filtered rows.");
      return;
    }
    const { tab } = answer;
    if (tab !== undefined) {
      this.columns.showTab(tab);
      this.table.say(`Tab ${visible(this.table.ofClass?.about.title ?? tab)}`);
    }
    if (!this.table.api.getColumn(answer.column)?.isVisible()) this.columns.show([answer.column], true);
    this.focus.goTo(answer.row, answer.column);
  }

  key(event: KeyboardEvent, key: string, command: boolean): boolean {
    if (key === "F8") return done(() => this.next(event.shiftKey));
    if (event.altKey && key === "Enter") return done(() => this.enterFinding());
    if (!this.table.editable) return false;
    if (command && key === "z") return done(() => this.change("undo", { redo: event.shiftKey }));
    if (command && key === "y") return done(() => this.change("undo", { redo: true }));
    if (command && key === "d") return done(() => this.fill());
    if (command && key === "h") return done(() => this.replace());
    if (command && key === "x") return done(() => copyRange(this.table, this.selection).then(() => this.clear()));
    if ((key === "Delete" || key === "Backspace") && !command) return done(() => this.clear());
    return false;
  }
}

function done(act: () => unknown): boolean {
  act();
  return true;
}
