// The bar above the grid: search, what is filtered, which columns, how many rows, more.
import { element, icon } from "../shared/dom.ts";
import { count, counted, visible } from "../shared/format.ts";
import { codeButton } from "../shared/show_code.ts";
import { inWords } from "./filters.ts";
import { findingPills } from "./pills.ts";
import type { TableView } from "./view.ts";

const SEARCH_PAUSE = 200;
const WAIT_SHOWN = 300;
const WAIT_LONG = 5000;
const TOLD = 4000;

export class Toolbar {
  readonly columnsButton = element("button", { class: "modos-pill modos-press", attributes: { type: "button", "aria-haspopup": "dialog" } });
  private readonly view: TableView;
  private readonly input = element("input", {
    class: "modos-input modos-table-search",
    attributes: { type: "search", placeholder: "Search all columns", "aria-label": "Search all columns" },
  });
  private readonly pills = element("div", { class: "modos-table-pills" });
  private readonly counted = element("span", { class: "modos-muted modos-table-count" });
  private searching = 0;
  private waiting = 0;
  private telling = 0;

  constructor(view: TableView) {
    this.view = view;
    this.input.value = view.search;
    this.input.addEventListener("input", () => {
      clearTimeout(this.searching);
      this.searching = window.setTimeout(() => this.apply(), SEARCH_PAUSE);
    });
    this.input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === "ArrowDown") {
        event.preventDefault();
        clearTimeout(this.searching);
        this.apply();
        view.focus.grid();
      } else if (event.key === "Escape" && this.input.value) {
        this.input.value = "";
        this.apply();
      }
    });
    this.columnsButton.addEventListener("click", () => view.columns.choose());
  }

  /** Left: what narrows the table. Right: what is done with it; more buttons go before "More". */
  build(tools: HTMLElement[]): HTMLElement {
    const more = element("button", {
      class: "modos-tool",
      title: "More",
      attributes: { type: "button", "aria-label": "More", "aria-haspopup": "menu" },
    });
    more.append(icon("M3.5 8h.01M8 8h.01M12.5 8h.01"));
    more.addEventListener("click", () => this.view.menus.more(more));
    return element(
      "div",
      { class: "modos-table-bar", attributes: { role: "toolbar", "aria-label": "Table" } },
      this.input,
      this.pills,
      this.columnsButton,
      this.counted,
      element("span", { class: "modos-table-tools" }, ...tools, more, codeButton(this.view.el, this.view.channel)),
    );
  }

  get box(): DOMRect {
    return (this.input.parentElement ?? this.input).getBoundingClientRect();
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
    this.view.setSearch(this.input.value);
  }

  draw(): void {
    const { view } = this;
    const shown = view.api.getAllDisplayedColumns().length;
    this.columnsButton.textContent = `Columns ${count(shown)} of ${count(view.head.columns.length)}`;
    this.pills.replaceChildren(...findingPills(view), ...this.filterPills());
  }

  private filterPills(): HTMLElement[] {
    const { view } = this;
    return Object.entries(view.query.filters ?? {}).flatMap(([id, condition]) => {
      const column = view.column(id);
      if (!column) return [];
      const words = `${visible(column.name)} ${inWords(condition, column.kind)}`;
      const pill = element("button", {
        class: "modos-pill modos-press modos-filter-pill",
        title: `Filter: ${words}. Press to remove.`,
        attributes: { type: "button", "aria-label": `Remove the filter: ${words}` },
        on: { click: () => view.setFilter(column, null) },
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
    const { total } = this.view.rows;
    const { all } = this.view.head;
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
