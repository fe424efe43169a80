// The rows that the grid requests, and their number.
import type { IGetRowsParams } from "ag-grid-community";
import { button, element } from "../shared/dom.ts";
import { count, counted, visible } from "../shared/format.ts";
import { Problem } from "../shared/messages.ts";
import { rowsOf, type Row } from "./row.ts";
import type { Selection } from "./selection.ts";
import type { TableContext } from "./context.ts";

export interface RowsEvents {
  /** Whether rows are waited for. */
  waits: (isWaiting: boolean) => void;
  /** The number of rows may be another one. */
  counted: () => void;
  reloaded: () => void;
}

export class Rows {
  /** Shown in place of rows where there are none. */
  readonly empty = element("div", { class: "modos-empty modos-table-empty" });
  /** How many rows the query lets through. */
  total = 0;
  private readonly table: TableContext;
  private readonly selection: Selection;
  private readonly events: RowsEvents;
  private asking = 0;
  private stop = new AbortController();

  constructor(table: TableContext, selection: Selection, events: RowsEvents) {
    this.table = table;
    this.selection = selection;
    this.events = events;
    this.empty.hidden = true;
  }

  at(index: number): Row | undefined {
    return this.table.api.getDisplayedRowAtIndex(index)?.data;
  }

  private get isPlain(): boolean {
    const { head, query, search, status, tab } = this.table;
    const { sort, filters, marked } = query;
    if (tab !== head.tab || (status.version ?? head.version) !== head.version) return false;
    return !search.trim() && !sort?.length && !marked && !Object.keys(filters ?? {}).length;
  }

  /** Answer the grid; the first block came with the widget. */
  async get(params: IGetRowsParams): Promise<void> {
    const { table } = this;
    const { head } = table;
    if (params.startRow === 0 && this.isPlain && head.rows) {
      const rows = rowsOf(head.rows, head.shape);
      table.learn(head.rows.labels);
      table.version = head.version;
      this.take(head.all, head.all);
      params.successCallback(rows, head.all);
      return;
    }
    this.asking += 1;
    this.events.waits(this.asking > 0);
    try {
      const { version } = table;
      const request = { start: params.startRow, end: params.endRow };
      const { payload } = await table.request("rows", request, { signal: this.stop.signal });
      table.learn(payload.labels);
      const isSame = [undefined, payload.version].includes(version) || table.version !== version;
      table.version = payload.version; // these are the rows that changes refer to from now on
      table.head.shape = payload.shape;
      this.take(payload.total, payload.all);
      params.successCallback(rowsOf(payload, payload.shape), payload.total);
      table.fail(null);
      if (!isSame) this.refresh(); // the other rows in sight were found in an earlier version
    } catch (error) {
      params.failCallback();
      if (error instanceof Problem) table.fail(error);
    } finally {
      this.asking -= 1;
      this.events.waits(this.asking > 0);
    }
  }

  private take(total: number, all: number): void {
    const { table } = this;
    const before = this.total;
    this.total = total;
    table.all = all;
    this.events.counted();
    if (before !== total) table.say(`${count(total)} of ${counted(all, "row")}`);
    const isBare = table.head.columns.length === 0;
    this.empty.hidden = total > 0 && !isBare;
    if (this.empty.hidden) return;
    const why = isBare && all > 0 ? "No columns" : all === 0 ? "No rows" : "No matching rows";
    const about = table.ofClass?.about;
    const source = about ? `This object has no rows in ${visible(about.title)}.` : "The source is empty.";
    const next = isBare ? "Set table.source to show an object or a DataFrame." : all === 0 ? source : "";
    this.empty.replaceChildren(element("strong", { text: why }), ...(next ? [element("span", { text: next })] : []));
    if (!next) this.empty.append(button({ label: "Show all rows", press: () => table.showAll() }));
  }

  /** Ask for all rows in sight again; from the top where the query changed. */
  reload(top: boolean): void {
    const { table } = this;
    this.stop.abort(); // what was request before is not wanted any more
    this.stop = new AbortController();
    if (top) {
      this.selection.clear();
      table.api.ensureIndexVisible(0, "top");
    }
    table.api.purgeInfiniteCache();
    this.events.reloaded();
  }

  /** Cells have changed: the rows stay where they are. */
  refresh(): void {
    this.table.head.rows = null;
    this.table.api.refreshInfiniteCache();
  }
}
