// A view of the table: its parts, what it shows, and the words it has for what goes wrong.
import type { AnyModel, RenderProps } from "@anywidget/types";
import type { GridApi } from "ag-grid-community";
import { button, element } from "../shared/dom.ts";
import { counted, visible } from "../shared/format.ts";
import { Problem, connect, type Channel } from "../shared/messages.ts";
import { furnish } from "../shared/style.ts";
import { Columns } from "./columns.ts";
import { Curating } from "./curating.ts";
import { Focus } from "./focus.ts";
import { makeGrid, type GridParts } from "./grid.ts";
import { whenGone } from "./kernel.ts";
import { Keys } from "./keys.ts";
import { Marks } from "./marks.ts";
import { Menus } from "./menus.ts";
import { pointerEvents } from "./pointer.ts";
import { Rows } from "./rows.ts";
import { Selection } from "./selection.ts";
import { css } from "./style/index.ts";
import { Toolbar } from "./toolbar.ts";
import type { Column, Condition, Head, Query, Row, Status } from "./types.ts";

const RANGE_PAUSE = 150;

export class TableView {
  readonly model: AnyModel;
  readonly el: HTMLElement;
  readonly signal: AbortSignal;
  readonly channel: Channel;
  readonly labels = new Map<string, string>();
  readonly holder = element("div", { class: "modos-table-grid" });
  readonly selection: Selection;
  readonly curating: Curating;
  readonly bar: Toolbar;
  readonly rows: Rows;
  readonly columns: Columns;
  readonly focus: Focus;
  readonly marks: Marks;
  readonly menus: Menus;
  head: Head;
  api!: GridApi<Row>;
  parts!: GridParts;
  private telling = 0;
  private readonly said = element("div", { class: "modos-visually-hidden", attributes: { role: "status" } });
  private readonly problem = element("div", { attributes: { role: "alert" } });

  constructor({ model, el, signal }: RenderProps) {
    this.model = model;
    this.el = el;
    this.signal = signal;
    furnish(el, "metadata_table", css);
    this.channel = connect(model, signal);
    this.head = model.get("_head") as Head;
    this.selection = new Selection(() => this.api, () => this.rangeChanged());
    this.rows = new Rows(this);
    this.columns = new Columns(this);
    this.focus = new Focus(this);
    this.marks = new Marks(this);
    this.menus = new Menus(this);
    this.curating = new Curating(this);
    this.bar = new Toolbar(this);
    this.build();
    this.start();
    this.listen();
  }

  private build(): void {
    const keys = new Keys(this);
    this.holder.addEventListener("keydown", (event) => keys.pressed(event), { capture: true });
    this.holder.addEventListener("paste", (event) => {
      if ((event.target as HTMLElement).closest("input, textarea")) return;
      event.preventDefault();
      event.stopPropagation();
      void this.curating.paste(event.clipboardData?.getData("text/plain") ?? "");
    });
    this.holder.addEventListener("contextmenu", (event) => this.menus.context(event));
    this.el.append(
      this.bar.build(this.curating.tools()),
      this.problem,
      this.holder,
      this.rows.empty,
      ...this.curating.bars(),
      this.said,
    );
    this.fit();
  }

  private fit(): void {
    const height = (this.model.get("height") as string) || "420px";
    this.el.style.setProperty("--modos-table-height", height);
    this.el.classList.toggle("modos-embedded", height.endsWith("%"));
  }

  /** Make the grid; again where another source was taken. */
  private start(): void {
    this.api?.destroy();
    this.labels.clear();
    this.focus.selectedRow = null;
    this.rows.total = this.head.all;
    this.el.setAttribute("aria-busy", "false");
    this.parts = {
      root: this.el,
      columns: this.head.columns,
      labels: this.labels,
      block: this.head.block,
      total: this.head.all,
      datasource: { getRows: (params) => void this.rows.get(params) },
      header: (column) => ({
        filtered: () => Boolean(this.query.filters?.[column.id]),
        menu: (which: Column, at: DOMRect) => this.menus.column(which, at),
      }),
      editor: (column) => this.curating.editor(column),
      events: {
        context: this,
        focusGridInnerElement: () => {
          this.focus.grid();
          return true;
        },
        onCellFocused: ({ rowIndex, column }) => {
          if (rowIndex === null || !column || typeof column === "string") return;
          this.focus.moved(rowIndex, column.getColId());
        },
        ...pointerEvents(this),
        onSortChanged: ({ source }) => source !== "api" && this.columns.pressed(),
        onColumnMoved: () => this.columns.changed(),
        onColumnResized: ({ finished, source }) => finished && source !== "api" && this.columns.changed(),
        onColumnVisible: () => this.columns.changed(),
        onColumnPinned: () => this.columns.changed(),
        ...this.curating.events(),
      },
    };
    const sort = this.query.sort ?? [];
    this.api = makeGrid(this.holder, this.parts);
    this.focus.watch(this.holder);
    this.columns.apply();
    if (sort.length) this.columns.sort(sort);
    this.marks.watch();
    this.bar.draw();
    if (this.model.get("value") !== null) void this.focus.reveal();
  }

  private listen(): void {
    const on = (name: string, handler: () => void): void => {
      this.model.on(`change:${name}`, handler);
      this.signal.addEventListener("abort", () => this.model.off(`change:${name}`, handler));
    };
    on("_head", () => {
      const editing = this.api.getEditingCells().length > 0;
      this.api.stopEditing(); // what is being typed is stored before its cell goes
      const again = (): void => {
        this.head = this.model.get("_head") as Head;
        if (!this.signal.aborted) this.start();
      };
      if (editing) window.setTimeout(again, 0); // the grid tells of an edit a moment later
      else again();
    });
    on("height", () => this.fit());
    on("search", () => {
      this.bar.follow(this.search);
      this.rows.reload(true);
    });
    on("_query", () => {
      this.columns.sort(this.query.sort ?? []);
      this.rows.reload(true);
      this.api.refreshHeader();
    });
    on("_layout", () => this.columns.apply());
    on("value", () => this.focus.valueChanged());
    on("_status", () => {
      this.bar.draw();
      this.curating.draw();
    });
    this.channel.on<{ rows: boolean }>("edited", () => this.rows.refresh());
    whenGone(this.model, this.signal, () => this.curating.gone());
    this.signal.addEventListener("abort", () => {
      clearTimeout(this.telling);
      this.api.destroy();
    });
  }

  // -- what is asked for --------------------------------------------------------------------

  get editable(): boolean {
    return Boolean(this.model.get("editable"));
  }

  get status(): Status {
    return (this.model.get("_status") as Status | null) ?? {};
  }

  get query(): Query {
    return (this.model.get("_query") as Query | null) ?? {};
  }

  setQuery(query: Query): void {
    this.model.set("_query", query);
    this.model.save_changes();
  }

  get search(): string {
    return (this.model.get("search") as string) ?? "";
  }

  setSearch(search: string): void {
    if (search === this.search) return;
    this.model.set("search", search);
    this.model.save_changes();
  }

  setFilter(column: Column, condition: Condition | null): void {
    const others = Object.entries(this.query.filters ?? {}).filter(([id]) => id !== column.id);
    const filters = Object.fromEntries(condition ? [...others, [column.id, condition]] : others);
    this.setQuery({ ...this.query, filters });
  }

  showAll(): void {
    this.bar.follow("");
    this.model.set("search", "");
    this.model.set("_query", { sort: this.query.sort ?? [] });
    this.model.save_changes();
    this.focus.grid();
  }

  column(id: string): Column | undefined {
    return this.head.columns[Number(id)];
  }

  /** Take labels of terms that came with rows. */
  learn(labels: Record<string, string> | undefined): void {
    for (const [uri, label] of Object.entries(labels ?? {})) this.labels.set(uri, label);
  }

  private rangeChanged(): void {
    this.marks.soon();
    const { range, several } = this.selection;
    clearTimeout(this.telling);
    this.telling = window.setTimeout(() => {
      this.model.set("_range", range ?? {});
      this.model.save_changes();
    }, RANGE_PAUSE);
    if (!range || !several) return;
    const rows = range.rows[1] - range.rows[0] + 1;
    this.say(`${counted(rows, "row")} by ${counted(range.columns.length, "column")} selected`);
  }

  // -- words --------------------------------------------------------------------------------

  /** Say it to screen readers. */
  say(text: string): void {
    this.said.textContent = text;
  }

  /** Say what came of an action, to be read and heard. */
  tell(text: string): void {
    this.say(text);
    this.bar.tell(text);
  }

  fail(problem: Problem | null): void {
    this.problem.textContent = "";
    if (!problem) return;
    this.problem.append(
      element(
        "div",
        { class: "modos-problem" },
        element("span", { text: visible(`${problem.message} ${problem.hint}`.trim()) }),
        element("span", { class: "modos-spring" }),
        button({ label: "Dismiss", class: "modos-quiet", press: () => this.fail(null) }),
      ),
    );
  }

  /** Ask Python; what goes wrong is told in the widget. */
  async ask<T>(name: string, payload: object = {}): Promise<T | null> {
    try {
      const answer = await this.channel.request<T>(name, payload);
      this.fail(null);
      return answer.payload;
    } catch (error) {
      if (error instanceof Problem) this.fail(error);
      return null;
    }
  }
}
