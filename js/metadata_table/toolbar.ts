// The bar above the grid: search, what is filtered, which columns, how many rows, more.
import { element, icon } from "../shared/dom.ts";
import { count, counted, visible } from "../shared/format.ts";
import { codeButton } from "../shared/show_code.tsx";
import type { Columns } from "./columns.ts";
import type { TableContext } from "./context.ts";
import type { DraftActions } from "./draft_actions.ts";
import { inWords } from "./conditions.ts";
import { findingFilters } from "./finding_filters.ts";
import type { Rows } from "./rows.ts";

const SEARCH_PAUSE = 200;
const WAIT_SHOWN = 300;
const WAIT_LONG = 5000;
const TOLD = 4000;

export class Toolbar {
  readonly el = element("div", { class: "modos-table-bar", attributes: { role: "toolbar", "aria-label": "Table" } });
  private readonly table: TableContext;
  private readonly rows: Rows;
  private readonly columns: Columns;
  private readonly input = element("input", {
    class: "modos-input modos-table-search",
    attributes: { type: "search", placeholder: "Search all columns", "aria-label": "Search all columns" },
  });
  private readonly pills = element("div", { class: "modos-table-pills" });
  private readonly counted = element("span", { class: "modos-muted modos-table-count" });
  private draft: DraftActions | null = null;
  private searching = 0;
  private waiting = 0;
  private telling = 0;

  constructor(table: TableContext, rows: Rows, columns: Columns) {
    this.table = table;
    this.rows = rows;
    this.columns = columns;
    this.input.value = table.search;
    this.input.addEventListener("input", () => {
      clearTimeout(this.searching);
      this.searching = window.setTimeout(() => this.apply(), SEARCH_PAUSE);
    });
    this.input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === "ArrowDown") {
        event.preventDefault();
        clearTimeout(this.searching);
        this.apply();
        table.focusGrid();
      } else if (event.key === "Escape" && this.input.value) {
        this.input.value = "";
        this.apply();
      }
    });
  }

  /** Left: what narrows the table. Right: what is done with it; more buttons go before "More". */
  build(draft: DraftActions, menu: (anchor: HTMLElement) => void): HTMLElement {
    const more = element("button", {
      class: "modos-tool",
      title: "More",
      attributes: { type: "button", "aria-label": "More", "aria-haspopup": "menu" },
    });
    more.append(icon("M3.5 8h.01M8 8h.01M12.5 8h.01"));
    more.addEventListener("click", () => menu(more));
    this.draft = draft;
    this.el.append(
      this.input,
      this.pills,
      this.columns.button,
      this.counted,
      element("span", { class: "modos-table-tools" }, ...draft.tools(), more, codeButton(this.table.el, this.table.channel)),
    );
    return this.el;
  }

  focusSearch(): void {
    this.input.focus();
    this.input.select();
  }

  /** Show what is searched for, where it was changed elsewhere. */
  follow(search: string): void {
    if (this.input.value !== search) this.input.value = search;
  }

  private apply(): void {
    this.table.setSearch(this.input.value);
  }

  draw(): void {
    const { table } = this;
    const shown = table.shownColumns.length;
    this.columns.button.textContent = `Columns ${count(shown)} of ${count(table.head.columns.length)}`;
    this.pills.replaceChildren(...(this.draft ? findingFilters(table, this.draft) : []), ...this.filterPills());
  }

  private filterPills(): HTMLElement[] {
    const { table } = this;
    return Object.entries(table.query.filters ?? {}).flatMap(([id, condition]) => {
      const column = table.column(id);
      if (!column) return [];
      const words = `${visible(column.name)} ${inWords(condition, column.kind)}`;
      const pill = element("button", {
        class: "modos-pill modos-press modos-filter-pill",
        title: `Filter: ${words}. Press to remove.`,
        attributes: { type: "button", "aria-label": `Remove the filter: ${words}` },
        on: { click: () => table.setFilter(column, null) },
      });
      pill.append(
        element("span", { class: "modos-pill-text", text: words }),
        element("span", { text: "×", attributes: { "aria-hidden": "true" } }),
      );
      return [pill];
    });
  }

  drawCount(): void {
    if (this.telling || this.counted.classList.contains("modos-waits")) return;
    const { total } = this.rows;
    const { all } = this.table.head;
    this.counted.textContent = total === all ? counted(all, "row") : `${count(total)} of ${counted(all, "row")}`;
  }

  /** Say for a moment, in place of the count, what came of an action. */
  tell(text: string): void {
    this.counted.textContent = text;
    clearTimeout(this.telling);
    this.telling = window.setTimeout(() => {
      this.telling = 0;
      this.drawCount();
    }, TOLD);
  }

  /** Say that rows are waited for, once it takes noticeably long. */
  waits(still: boolean): void {
    clearTimeout(this.waiting);
    if (!still) {
      this.counted.classList.remove("modos-waits");
      this.drawCount();
      return;
    }
    this.waiting = window.setTimeout(() => {
      this.counted.classList.add("modos-waits");
      this.counted.textContent = "Loading…";
      this.waiting = window.setTimeout(() => {
        this.counted.textContent = "Waiting for the kernel…";
      }, WAIT_LONG);
    }, WAIT_SHOWN);
  }
}
