// The rows that the grid asks for, and what is told of how many there are.
import type { IGetRowsParams } from "ag-grid-community";
import { button, element } from "../shared/dom.ts";
import { count, counted } from "../shared/format.ts";
import { Problem } from "../shared/messages.ts";
import { rowsOf, type Row, type RowsAnswer } from "./types.ts";
import type { TableView } from "./view.ts";

export class Rows {
  /** Said in place of rows where there are none. */
  readonly empty = element("div", { class: "modos-empty modos-table-empty" });
  /** How many rows the query lets through. */
  total = 0;
  private readonly view: TableView;
  private asking = 0;
  private stop = new AbortController();

  constructor(view: TableView) {
    this.view = view;
    this.empty.hidden = true;
  }

  at(index: number): Row | undefined {
    return this.view.api.getDisplayedRowAtIndex(index)?.data;
  }

  private get isPlain(): boolean {
    const { query, search } = this.view;
    const { sort, filters, marked } = query;
    return !search.trim() && !sort?.length && !marked && !Object.keys(filters ?? {}).length;
  }

  /** Answer the grid; the first block came with the widget. */
  async get(params: IGetRowsParams): Promise<void> {
    const { view } = this;
    const { head } = view;
    if (params.startRow === 0 && this.isPlain && head.rows) {
      const rows = rowsOf(head.rows);
      view.learn(head.rows.l);
      this.take(head.all, head.all);
      params.successCallback(rows, head.all);
      return;
    }
    this.asking += 1;
    view.bar.waits(this.asking > 0);
    try {
      const asked = { start: params.startRow, end: params.endRow, query: view.query, search: view.search };
      const { payload } = await view.channel.request<RowsAnswer>("rows", asked, { signal: this.stop.signal });
      view.learn(payload.l);
      this.take(payload.total, payload.all);
      params.successCallback(rowsOf(payload), payload.total);
      view.fail(null);
    } catch (error) {
      params.failCallback();
      if (error instanceof Problem) view.fail(error);
    } finally {
      this.asking -= 1;
      view.bar.waits(this.asking > 0);
    }
  }

  private take(total: number, all: number): void {
    const { view } = this;
    const before = this.total;
    this.total = total;
    view.head.all = all;
    view.bar.drawCount();
    if (before !== total) view.say(`${counted(total, "row")} of ${count(all)}`);
    const bare = view.head.columns.length === 0 && all > 0 ? "There are no columns" : "";
    const why = bare || (all === 0 ? "There are no rows" : total === 0 ? "No row matches" : "");
    this.empty.hidden = why === "";
    if (why) {
      this.empty.textContent = "";
      this.empty.append(element("strong", { text: why }));
      if (all > 0 && !bare) this.empty.append(button({ label: "Show all rows", press: () => view.showAll() }));
    }
  }

  /** Ask for all rows in sight again; from the top where the query changed. */
  reload(top: boolean): void {
    const { view } = this;
    this.stop.abort(); // what was asked before is not wanted any more
    this.stop = new AbortController();
    if (top) {
      view.selection.clear();
      view.api.ensureIndexVisible(0, "top");
    }
    view.api.purgeInfiniteCache();
    view.bar.draw();
  }

  /** Cells have changed: the rows stay where they are. */
  refresh(): void {
    this.view.head.rows = null;
    this.view.api.refreshInfiniteCache();
  }
}
