// A view of the table: grid, toolbar, selection, and what Python is asked for.
import type { AnyModel, RenderProps } from "@anywidget/types";
import type { ColumnState, GridApi, IGetRowsParams } from "ag-grid-community";
import { copyText } from "../shared/clipboard.ts";
import { button, element, icon } from "../shared/dom.ts";
import { count, counted, visible } from "../shared/format.ts";
import { openMenu, type MenuItem } from "../shared/menu.ts";
import { Problem, connect, type Channel } from "../shared/messages.ts";
import { furnish } from "../shared/style.ts";
import { openChooser } from "./chooser.ts";
import { Curating } from "./curating.ts";
import { inWords, openFilter } from "./filters.ts";
import { columnDefinition, makeGrid, type GridParts } from "./grid.ts";
import { Keys } from "./keys.ts";
import { Selection } from "./selection.ts";
import css from "./style.css";
import { rowsOf, type Column, type ColumnLayout, type Condition, type Head, type Query, type Row, type RowsAnswer } from "./types.ts";

const SEARCH_PAUSE = 200;
const WAIT_SHOWN = 300;
const SETTLING = 1500; // ms a revealed row is kept in sight while the page settles

export class TableView {
  readonly model: AnyModel;
  readonly el: HTMLElement;
  readonly signal: AbortSignal;
  readonly channel: Channel;
  readonly labels = new Map<string, string>();
  readonly selection: Selection;
  readonly curating: Curating;
  head: Head;
  api!: GridApi<Row>;
  private parts!: GridParts;
  private total = 0;
  private selectedRow: number | null = null;
  private asking = 0;
  private telling = 0;
  private ownValue = 0;
  private waiting = 0;
  private stateTimer = 0;
  private searchTimer = 0;
  private decorating = 0;
  private observer: MutationObserver | null = null;
  private readonly toolbar = element("div", { class: "modos-table-bar", attributes: { role: "toolbar", "aria-label": "Table" } });
  private readonly input = element("input", {
    class: "modos-input modos-table-search",
    attributes: { type: "search", placeholder: "Search all columns", "aria-label": "Search all columns" },
  });
  private readonly pills = element("div", { class: "modos-table-pills" });
  private readonly counted = element("span", { class: "modos-muted modos-table-count" });
  private readonly columnsButton = element("button", { class: "modos-pill modos-press", attributes: { type: "button", "aria-haspopup": "dialog" } });
  private readonly said = element("div", { class: "modos-visually-hidden", attributes: { role: "status" } });
  private readonly problem = element("div", { attributes: { role: "alert" } });
  private readonly holder = element("div", { class: "modos-table-grid" });
  private readonly empty = element("div", { class: "modos-empty modos-table-empty" });

  constructor({ model, el, signal }: RenderProps) {
    this.model = model;
    this.el = el;
    this.signal = signal;
    furnish(el, "metadata_table", css);
    this.channel = connect(model, signal);
    this.head = model.get("_head") as Head;
    this.selection = new Selection(() => this.api, () => this.selectionChanged());
    this.curating = new Curating(this);
    this.build();
    this.start();
    this.listen();
  }

  // -- building -----------------------------------------------------------------------------

  private build(): void {
    this.input.value = (this.model.get("search") as string) || "";
    this.input.addEventListener("input", () => {
      clearTimeout(this.searchTimer);
      this.searchTimer = window.setTimeout(() => this.applySearch(), SEARCH_PAUSE);
    });
    this.input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === "ArrowDown") {
        event.preventDefault();
        clearTimeout(this.searchTimer);
        this.applySearch();
        this.focusGrid();
      } else if (event.key === "Escape" && this.input.value) {
        this.input.value = "";
        this.applySearch();
      }
    });
    this.columnsButton.addEventListener("click", () => this.chooseColumns());
    const more = element("button", {
      class: "modos-tool",
      title: "More",
      attributes: { type: "button", "aria-label": "More", "aria-haspopup": "menu" },
    });
    more.append(icon("M3.5 8h.01M8 8h.01M12.5 8h.01"));
    more.addEventListener("click", () => this.moreMenu(more));
    this.toolbar.append(this.input, this.pills, this.columnsButton, this.counted, ...this.curating.tools(), more);
    const key = new Keys(this);
    this.holder.addEventListener("keydown", (event) => key.pressed(event), { capture: true });
    this.holder.addEventListener("paste", (event) => {
      if ((event.target as HTMLElement).closest("input, textarea")) return;
      event.preventDefault();
      event.stopPropagation();
      void this.curating.paste(event.clipboardData?.getData("text/plain") ?? "");
    });
    this.holder.addEventListener("contextmenu", (event) => this.contextMenu(event));
    this.empty.hidden = true;
    this.el.append(this.toolbar, this.problem, this.holder, this.empty, ...this.curating.bars(), this.said);
    this.fit();
  }

  private fit(): void {
    const height = (this.model.get("height") as string) || "420px";
    this.el.style.setProperty("--modos-table-height", height);
    this.el.classList.toggle("modos-embedded", height.endsWith("%"));
  }

  private start(): void {
    this.observer?.disconnect();
    this.api?.destroy();
    this.labels.clear();
    this.selectedRow = null;
    this.total = this.head.all;
    this.el.setAttribute("aria-busy", "false");
    this.parts = {
      root: this.el,
      columns: this.head.columns,
      labels: this.labels,
      block: this.head.block,
      total: this.head.all,
      datasource: { getRows: (params) => void this.getRows(params) },
      header: (column) => ({
        filtered: () => Boolean(this.query.filters?.[column.id]),
        menu: (which: Column, at: DOMRect) => this.columnMenu(which, at),
      }),
      editor: (column) => this.curating.editor(column),
      events: {
        context: this,
        onCellFocused: (event) => {
          if (event.rowIndex === null) return;
          const column = event.column && typeof event.column !== "string" ? event.column.getColId() : null;
          if (column !== null) this.focused(event.rowIndex, column);
        },
        onCellMouseDown: ({ event, rowIndex, column }) => {
          if (rowIndex === null || !(event instanceof MouseEvent) || event.button !== 0) return;
          const corner = { row: rowIndex, column: column.getColId() };
          if (event.shiftKey) this.selection.extend(corner);
          else this.selection.begin(corner);
        },
        onCellMouseOver: ({ event, rowIndex, column }) => {
          if (!(event instanceof MouseEvent) || rowIndex === null) return;
          const cell = (event.target as HTMLElement).closest<HTMLElement>(".ag-cell");
          const whole = this.row(rowIndex)?.cells[Number(column.getColId())];
          const cut = cell && (cell.scrollWidth > cell.clientWidth || cell.textContent !== whole);
          if (cell && cut && typeof whole === "string") cell.title = visible(whole);
          if (cell) this.curating.hovered(rowIndex, column.getColId(), cell);
          if (event.buttons === 1 && this.selection.anchor) {
            this.selection.extend({ row: rowIndex, column: column.getColId() });
          }
        },
        onCellClicked: ({ event, rowIndex }) => {
          const target = (event?.target as HTMLElement | null)?.closest<HTMLElement>("[data-target]");
          if (target && rowIndex !== null) void this.follow(rowIndex, target.dataset["target"] ?? "");
        },
        // the grid is in the middle of its own layout here
        onGridSizeChanged: () => requestAnimationFrame(() => this.keepInSight()),
        onColumnMoved: () => this.layoutChanged(),
        onColumnResized: ({ finished, source }) => finished && source !== "api" && this.layoutChanged(),
        onColumnVisible: () => this.layoutChanged(),
        onColumnPinned: () => this.layoutChanged(),
        ...this.curating.events(),
      },
    };
    const sort = this.query.sort ?? [];
    this.api = makeGrid(this.holder, this.parts);
    this.applyLayout();
    if (sort.length) this.applySort(sort);
    this.observer = new MutationObserver(() => this.decorateSoon());
    this.observer.observe(this.holder, { childList: true, subtree: true });
    this.drawBar();
    if (this.model.get("value") !== null) void this.reveal();
  }

  private listen(): void {
    const on = (name: string, handler: () => void): void => {
      this.model.on(`change:${name}`, handler);
      this.signal.addEventListener("abort", () => this.model.off(`change:${name}`, handler));
    };
    on("_head", () => {
      this.head = this.model.get("_head") as Head;
      this.start();
    });
    on("height", () => this.fit());
    on("search", () => {
      const search = this.model.get("search") as string;
      if (this.input.value !== search) this.input.value = search;
      this.reload(true);
    });
    on("_query", () => {
      this.applySort(this.query.sort ?? []);
      this.reload(true);
      this.api.refreshHeader();
    });
    on("_layout", () => this.applyLayout());
    on("value", () => {
      if (this.ownValue > 0) this.ownValue -= 1;
      else void this.reveal();
    });
    on("_status", () => {
      this.drawBar();
      this.curating.draw();
    });
    this.channel.on<{ rows: boolean }>("edited", () => this.refresh());
    this.signal.addEventListener("abort", () => {
      this.observer?.disconnect();
      cancelAnimationFrame(this.decorating);
      this.api.destroy();
    });
  }

  // -- rows ---------------------------------------------------------------------------------

  get query(): Query {
    return (this.model.get("_query") as Query | null) ?? {};
  }

  setQuery(query: Query): void {
    this.model.set("_query", query);
    this.model.save_changes();
  }

  private get search(): string {
    return (this.model.get("search") as string) ?? "";
  }

  private get isPlain(): boolean {
    const { sort, filters, marked } = this.query;
    return !this.search.trim() && !sort?.length && !marked && !Object.keys(filters ?? {}).length;
  }

  private async getRows(params: IGetRowsParams): Promise<void> {
    const sort = params.sortModel.map(({ colId, sort: way }): [string, boolean] => [colId, way === "desc"]);
    if (JSON.stringify(sort) !== JSON.stringify(this.query.sort ?? [])) {
      this.model.set("_query", { ...this.query, sort });
      this.model.save_changes();
    }
    if (params.startRow === 0 && this.isPlain && this.head.rows) {
      const rows = rowsOf(this.head.rows);
      this.learn(this.head.rows.l);
      this.take(this.head.all, this.head.all);
      params.successCallback(rows, this.head.all);
      return;
    }
    this.asking += 1;
    this.waitShown();
    try {
      const { payload } = await this.channel.request<RowsAnswer>("rows", {
        start: params.startRow,
        end: params.endRow,
        query: this.query,
        search: this.search,
      });
      this.learn(payload.l);
      this.take(payload.total, payload.all);
      params.successCallback(rowsOf(payload), payload.total);
      this.fail(null);
    } catch (error) {
      params.failCallback();
      if (error instanceof Problem) this.fail(error);
    } finally {
      this.asking -= 1;
      this.waitShown();
    }
  }

  private learn(labels: Record<string, string> | undefined): void {
    for (const [uri, label] of Object.entries(labels ?? {})) this.labels.set(uri, label);
  }

  private take(total: number, all: number): void {
    const before = this.total;
    this.total = total;
    this.head.all = all;
    this.drawCount();
    if (before !== total) this.said.textContent = `${counted(total, "row")} of ${count(all)}`;
    const why = all === 0 ? ["There are no rows", ""] : total === 0 ? ["No row matches", "Another search, or"] : null;
    this.empty.hidden = why === null;
    if (why) {
      this.empty.textContent = "";
      this.empty.append(element("strong", { text: why[0] ?? "" }));
      if (all > 0) this.empty.append(button({ label: "Show all rows", press: () => this.showAll() }));
    }
  }

  private waitShown(): void {
    clearTimeout(this.waiting);
    if (!this.asking) {
      this.counted.classList.remove("modos-waits");
      this.drawCount();
      return;
    }
    this.waiting = window.setTimeout(() => {
      this.counted.classList.add("modos-waits");
      this.counted.textContent = "Loading…";
      this.waiting = window.setTimeout(() => {
        this.counted.textContent = "Waiting for the kernel…";
      }, 5000);
    }, WAIT_SHOWN);
  }

  /** Ask for all rows in sight again; from the top where the query changed. */
  reload(top: boolean): void {
    if (top) {
      this.selection.clear();
      this.api.ensureIndexVisible(0, "top");
    }
    this.api.purgeInfiniteCache();
    this.drawBar();
  }

  /** Cells have changed: the rows stay where they are. */
  refresh(): void {
    this.head.rows = null;
    this.api.refreshInfiniteCache();
  }

  showAll(): void {
    this.input.value = "";
    this.model.set("search", "");
    this.model.set("_query", { sort: this.query.sort ?? [] });
    this.model.save_changes();
    this.focusGrid();
  }

  private applySearch(): void {
    if (this.input.value === this.search) return;
    this.model.set("search", this.input.value);
    this.model.save_changes();
  }

  private applySort(sort: [string, boolean][]): void {
    const now = this.api
      .getColumnState()
      .filter((each) => each.sort)
      .sort((one, other) => (one.sortIndex ?? 0) - (other.sortIndex ?? 0))
      .map((each) => [each.colId, each.sort === "desc"]);
    if (JSON.stringify(now) === JSON.stringify(sort)) return;
    this.api.applyColumnState({
      state: sort.map(([colId, down], sortIndex) => ({ colId, sort: down ? "desc" : "asc", sortIndex })),
      defaultState: { sort: null },
    });
  }

  setFilter(column: Column, condition: Condition | null): void {
    const others = Object.entries(this.query.filters ?? {}).filter(([id]) => id !== column.id);
    const filters = Object.fromEntries(condition ? [...others, [column.id, condition]] : others);
    this.setQuery({ ...this.query, filters });
  }

  // -- bar ----------------------------------------------------------------------------------

  private drawCount(): void {
    if (this.counted.classList.contains("modos-waits") && this.asking) return;
    const { all } = this.head;
    this.counted.textContent = this.total === all ? counted(all, "row") : `${count(this.total)} of ${counted(all, "row")}`;
  }

  drawBar(): void {
    const shown = this.api.getAllDisplayedColumns().length;
    this.columnsButton.textContent = `Columns ${count(shown)} of ${count(this.head.columns.length)}`;
    this.pills.textContent = "";
    this.pills.append(...this.curating.pills());
    for (const [id, condition] of Object.entries(this.query.filters ?? {})) {
      const column = this.column(id);
      if (!column) continue;
      const words = `${visible(column.name)} ${inWords(condition)}`;
      const pill = element("button", {
        class: "modos-pill modos-press modos-filter-pill",
        title: `Filter: ${words}. Press to remove.`,
        attributes: { type: "button", "aria-label": `Remove the filter: ${words}` },
        on: { click: () => this.setFilter(column, null) },
      });
      pill.append(element("span", { class: "modos-pill-text", text: words }), element("span", { text: "×", attributes: { "aria-hidden": "true" } }));
      this.pills.append(pill);
    }
  }

  column(id: string): Column | undefined {
    return this.head.columns[Number(id)];
  }

  tell(text: string): void {
    this.said.textContent = text;
    this.counted.textContent = text;
    clearTimeout(this.telling);
    this.telling = window.setTimeout(() => this.drawCount(), 4000);
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

  // -- menus --------------------------------------------------------------------------------

  private moreMenu(anchor: HTMLElement): void {
    const box = anchor.getBoundingClientRect();
    openMenu(
      this.el,
      "More",
      { x: box.right - 220, y: box.bottom + 4 },
      [
        { label: "Copy as CSV", press: () => void this.copyCsv() },
        { label: "Copy the selected cells", hint: "Ctrl+C", press: () => void this.copyRange() },
        { label: "Select all", hint: "Ctrl+A", press: () => this.selection.all() },
        ...this.curating.menu(),
        { label: "Show all rows", apart: true, disabled: this.total === this.head.all, press: () => this.showAll() },
        { label: "Reset columns", press: () => this.resetColumns() },
      ],
      () => anchor.focus({ preventScroll: true }),
    );
  }

  columnMenu(column: Column, at: DOMRect): void {
    const state = this.api.getColumnState().find((each) => each.colId === column.id);
    const sort = (way: boolean | null) => (): void => {
      const rest = (this.query.sort ?? []).filter(([id]) => id !== column.id);
      this.setQuery({ ...this.query, sort: way === null ? rest : [[column.id, way]] });
    };
    const fixed = Boolean(this.api.getColumn(column.id)?.getColDef().lockVisible);
    const items: MenuItem[] = [
      { label: "Sort ascending", press: sort(false) },
      { label: "Sort descending", press: sort(true) },
      { label: "Do not sort", disabled: !state?.sort, press: sort(null) },
      { label: "Filter…", apart: true, press: () => this.filterColumn(column, at) },
      ...this.curating.columnMenu(column),
      {
        label: state?.pinned ? "Unpin" : "Pin to the left",
        apart: true,
        press: () => this.api.setColumnsPinned([column.id], state?.pinned ? null : "left"),
      },
      { label: "Hide", disabled: fixed, press: () => this.showColumns([column.id], false) },
      { label: "Move left", press: () => this.moveColumn(column.id, -1) },
      { label: "Move right", press: () => this.moveColumn(column.id, 1) },
      { label: "Wider", press: () => this.widen(column.id, 1.25) },
      { label: "Narrower", press: () => this.widen(column.id, 0.8) },
      { label: "Columns…", apart: true, press: () => this.chooseColumns() },
    ];
    openMenu(this.el, `Column ${column.name}`, { x: at.left, y: at.bottom }, items, () => this.focusGrid());
  }

  filterColumn(column: Column, at: DOMRect): void {
    openFilter(
      this.el,
      this.channel,
      column,
      this.query.filters?.[column.id],
      at,
      (condition) => this.setFilter(column, condition),
      () => this.focusGrid(),
    );
  }

  private contextMenu(event: MouseEvent): void {
    const target = event.target as HTMLElement;
    const header = target.closest<HTMLElement>(".ag-header-cell");
    const cell = target.closest<HTMLElement>(".ag-cell");
    const id = (header ?? cell)?.getAttribute("col-id");
    const column = id ? this.column(id) : undefined;
    if (!column || target.closest("a, input, textarea")) return;
    event.preventDefault();
    event.stopPropagation();
    if (header) {
      this.columnMenu(column, header.getBoundingClientRect());
      return;
    }
    const row = Number(cell?.closest(".ag-row")?.getAttribute("row-index"));
    if (!this.selection.has(row, column.id, this.selection.range)) {
      this.api.setFocusedCell(row, column.id);
      this.selection.begin({ row, column: column.id });
    }
    this.cellMenu({ x: event.clientX, y: event.clientY });
  }

  cellMenu(at: { x: number; y: number }): void {
    const items: MenuItem[] = [
      { label: "Copy", hint: "Ctrl+C", press: () => void this.copyRange() },
      ...this.curating.cellMenu(),
      { label: "Show whole value", apart: true, hint: "Ctrl+Enter", press: () => void this.curating.wholeValue() },
    ];
    openMenu(this.el, "Cell", at, items, () => this.focusGrid());
  }

  // -- columns ------------------------------------------------------------------------------

  chooseColumns(): void {
    openChooser(this.el, this.columnsButton.getBoundingClientRect(), {
      list: () =>
        this.api.getColumnState().map((state) => ({
          id: state.colId,
          name: this.column(state.colId)?.name ?? "",
          shown: !state.hide,
          fixed: Boolean(this.api.getColumn(state.colId)?.getColDef().lockVisible),
          pinned: Boolean(state.pinned),
        })),
      show: (ids, shown) => this.showColumns(ids, shown),
      pin: (id, pinned) => this.api.setColumnsPinned([id], pinned ? "left" : null),
      move: (id, by) => this.moveColumn(id, by),
      reset: () => this.resetColumns(),
      closed: () => this.columnsButton.focus({ preventScroll: true }),
    });
  }

  private showColumns(ids: string[], shown: boolean): void {
    this.api.setColumnsVisible(ids, shown);
  }

  private moveColumn(id: string, by: number): void {
    const order = this.api.getColumnState().map((each) => each.colId);
    const place = order.indexOf(id);
    this.api.moveColumns([id], Math.max(0, Math.min(order.length - 1, place + by)));
  }

  private widen(id: string, by: number): void {
    const width = this.api.getColumn(id)?.getActualWidth() ?? 100;
    this.api.setColumnWidths([{ key: id, newWidth: Math.round(width * by) }], true);
    this.layoutChanged();
  }

  private resetColumns(): void {
    const parts = this.parts;
    this.api.applyColumnState({
      applyOrder: true,
      state: this.head.columns.map((column): ColumnState => {
        const { hide, pinned, width } = columnDefinition(column, parts);
        return { colId: column.id, hide: hide ?? false, pinned: pinned ?? null, width: width ?? 100 };
      }),
    });
  }

  private layoutChanged(): void {
    this.drawBar();
    clearTimeout(this.stateTimer);
    this.stateTimer = window.setTimeout(() => {
      const columns = this.api.getColumnState().map((state): ColumnLayout => {
        const { colId: id, hide, width, pinned } = state;
        return { id, hide: Boolean(hide), width: width ?? 100, pinned: pinned ? String(pinned) : null };
      });
      this.model.set("_layout", { columns });
      this.model.save_changes();
    }, 300);
  }

  private applyLayout(): void {
    const { columns } = (this.model.get("_layout") as { columns?: ColumnLayout[] }) ?? {};
    if (!columns?.length) return;
    const now = JSON.stringify(
      this.api.getColumnState().map(({ colId, hide, width, pinned }) => [colId, Boolean(hide), width, pinned || null]),
    );
    if (now === JSON.stringify(columns.map(({ id, hide, width, pinned }) => [id, Boolean(hide), width, pinned ?? null]))) return;
    this.api.applyColumnState({
      applyOrder: true,
      state: columns.map(({ id, hide, width, pinned }) => ({
        colId: id,
        hide: Boolean(hide),
        width: width ?? 100,
        pinned: pinned === "left" || pinned === "right" ? pinned : null,
      })),
    });
    this.drawBar();
  }

  // -- selection ----------------------------------------------------------------------------

  row(index: number): Row | undefined {
    return this.api.getDisplayedRowAtIndex(index)?.data;
  }

  /** The cell that has the focus. */
  get at(): { row: number; column: Column; data: Row | undefined } | null {
    const cell = this.api.getFocusedCell();
    const column = cell ? this.column(cell.column.getColId()) : undefined;
    return cell && column ? { row: cell.rowIndex, column, data: this.row(cell.rowIndex) } : null;
  }

  focusGrid(): void {
    const cell = this.api.getFocusedCell();
    const first = this.api.getAllDisplayedColumns()[0];
    if (cell) this.api.setFocusedCell(cell.rowIndex, cell.column);
    else if (first && this.total) this.api.setFocusedCell(0, first);
  }

  /** Move the focus to a cell, however far. */
  goTo(row: number, column: string): void {
    this.api.ensureIndexVisible(row);
    this.api.ensureColumnVisible(column);
    const settle = (left: number): void => {
      if (!this.row(row) && left > 0) {
        window.setTimeout(() => settle(left - 1), 50);
        return;
      }
      this.api.setFocusedCell(row, column);
    };
    settle(100);
  }

  private focused(row: number, column: string): void {
    const { head } = this.selection;
    if (!head || head.row !== row || head.column !== column || !this.selection.several) {
      if (!(head?.row === row && head.column === column)) this.selection.begin({ row, column });
    }
    const data = this.row(row);
    this.curating.focused(row, column);
    if (!data || data.position === this.selectedRow) return;
    this.selectedRow = data.position;
    this.decorateSoon();
    clearTimeout(this.stateTimer);
    const { position } = data;
    this.ownTimer = window.setTimeout(() => {
      this.ownValue += 1;
      void this.ask("label", { position }).then(() =>
        window.setTimeout(() => {
          this.ownValue = 0;
        }, 100),
      );
    }, 120);
  }

  private set ownTimer(timer: number) {
    clearTimeout(this.ownTimerNow);
    this.ownTimerNow = timer;
  }
  private ownTimerNow = 0;

  private selectionChanged(): void {
    this.decorateSoon();
    const range = this.selection.range;
    clearTimeout(this.rangeTimer);
    this.rangeTimer = window.setTimeout(() => {
      this.model.set("_range", range ?? {});
      this.model.save_changes();
    }, 150);
    if (range && this.selection.several) {
      const rows = range.rows[1] - range.rows[0] + 1;
      this.said.textContent = `${counted(rows, "row")} by ${counted(range.columns.length, "column")} selected`;
    }
  }
  private rangeTimer = 0;

  /** Show the row that `value` names. */
  private async reveal(): Promise<void> {
    const label: unknown = this.model.get("value");
    if (label === null) {
      this.selectedRow = null;
      this.decorateSoon();
      return;
    }
    try {
      const { payload } = await this.channel.request<{ index: number | null; position: number }>("find", { label });
      this.selectedRow = payload.position;
      this.revealed = { row: payload.index, at: performance.now() };
      this.keepInSight();
    } catch {
      this.selectedRow = null; // what is selected elsewhere need not be in this table
    }
    this.decorateSoon();
  }

  /** What opens beside the table takes height from it just after a row was revealed. */
  private keepInSight(): void {
    const { row, at } = this.revealed;
    const settling = row !== null && performance.now() - at < SETTLING;
    if (settling && !this.signal.aborted) this.api.ensureIndexVisible(row, null);
  }
  private revealed: { row: number | null; at: number } = { row: null, at: 0 };

  async follow(row: number, target: string): Promise<void> {
    const position = this.row(row)?.position;
    if (position === undefined) return;
    this.ownValue = 0;
    const answer = await this.ask<{ known: boolean }>("follow", { position, target });
    if (answer && !answer.known) this.tell(`${visible(target)} is not in this table.`);
    else if (answer) this.tell(`Selected ${visible(target)}.`);
  }

  async copyRange(): Promise<void> {
    const range = this.selection.range;
    if (!range) return;
    const answer = await this.ask<{ text: string; rows: number }>("copy", range);
    if (!answer) return;
    const done = await copyText(answer.text);
    this.tell(done ? `Copied ${counted(answer.rows, "row")}.` : "The browser does not let this page copy.");
  }

  private async copyCsv(): Promise<void> {
    const columns = this.api.getAllDisplayedColumns().map((each) => each.getColId());
    const answer = await this.ask<{ text: string; rows: number }>("copy", { columns, form: "csv" });
    if (!answer) return;
    const done = await copyText(answer.text);
    this.tell(done ? `Copied ${counted(answer.rows, "row")} as CSV.` : "The browser does not let this page copy.");
  }

  // -- marks --------------------------------------------------------------------------------

  decorateSoon(): void {
    if (this.decorating) return;
    this.decorating = requestAnimationFrame(() => {
      this.decorating = 0;
      this.decorate();
    });
  }

  /** Give cells in sight their marks: range, changes, findings. */
  private decorate(): void {
    const range = this.selection.several ? this.selection.range : null;
    for (const line of this.holder.querySelectorAll<HTMLElement>(".ag-row")) {
      const index = Number(line.getAttribute("row-index"));
      const data = this.row(index);
      line.classList.toggle("modos-is-selected", data !== undefined && data.position === this.selectedRow);
      for (const cell of line.querySelectorAll<HTMLElement>(".ag-cell")) {
        const id = cell.getAttribute("col-id") ?? "";
        cell.classList.toggle("modos-in-range", this.selection.has(index, id, range));
        this.curating.mark(cell, data?.marks?.[id]);
      }
    }
  }
}
