// What every part of a table may use: its channel to the kernel, its grid, its query, its messages.
import type { AnyModel, RenderProps } from "@anywidget/types";
import type { Column as GridColumn, GridApi } from "ag-grid-community";
import { button, element } from "../shared/dom.ts";
import { sentence } from "../shared/format.ts";
import { GONE } from "../shared/kernel.ts";
import { PAGE } from "../shared/collaboration.ts";
import {
  Problem,
  connect,
  type Answer,
  type AnswerOf,
  type Arguments,
  type Channel,
  type Name,
  type PayloadOf,
  type RequestOptions,
} from "../shared/messages.ts";
import type { Suggestion } from "../shared/wire.ts";
import type { Row } from "./row.ts";
import type {
  Column,
  Condition,
  Events,
  Head,
  KeptView,
  Layout,
  Query,
  Requests,
  Shown,
  State,
  Status,
  Tab,
  TabState,
} from "./wire.ts";

/** Requests that depend on the rows that the view shows. */
type OfRows = { [N in Name<Requests>]: PayloadOf<Requests, N> extends { shown: Shown } ? N : never }[Name<Requests>];

const OF_ROWS: Record<OfRows, true> = {
  clear: true,
  copy: true,
  fill: true,
  find: true,
  next: true,
  paste: true,
  replace: true,
  rows: true,
  set_all: true,
  "show code": true,
};

/** The payload of a request, without what the view fills in. */
export type Asked<N extends Name<Requests>> = Omit<PayloadOf<Requests, N>, "shown">;

/** The requests, without what the view fills in. */
export type AskedRequests = { [N in Name<Requests>]: Omit<Requests[N], "payload"> & { payload: Asked<N> } };

/** Requests that change the draft. */
export type ChangeName = "clear" | "discard" | "fill" | "fix" | "paste" | "replace" | "resolve" | "set_all" | "undo";

/** Request a change of the draft, and show its result. */
export type Change = <N extends ChangeName>(
  name: N,
  payload: Omit<Asked<N>, "shape">,
) => Promise<AnswerOf<Requests, N> | null>;

/** What a person can do about a message. */
export interface MessageAction {
  label: string;
  press: () => void;
}

export interface ContextEvents {
  /** Show the result of an action for a moment. */
  tell: (text: string, action: MessageAction | null) => void;
  /** Show a search that was set elsewhere. */
  searched: (search: string) => void;
  /** Put the focus back into the grid. */
  focusGrid: () => void;
  /** Request the rows again: they may be other ones by now. */
  outdated: () => void;
}

/** Whether a view follows what was set: other pages of a shared notebook have their own search and columns. */
export function isOurs({ by }: { by?: string }): boolean {
  return by === undefined || by === PAGE;
}

export class TableContext {
  readonly model: AnyModel<State>;
  readonly el: HTMLElement;
  readonly signal: AbortSignal;
  readonly channel: Channel<Requests, Events>;
  /** Labels of terms by their URI. */
  readonly labels = new Map<string, string>();
  /** Where the grid is. */
  readonly holder = element("div", { class: "modos-table-grid" });
  /** Read aloud by screen readers. */
  readonly announcement = element("div", { class: "modos-visually-hidden", attributes: { role: "status" } });
  readonly problem = element("div", { attributes: { role: "alert" } });
  head: Head;
  /** The number of rows of the tab. */
  all = 0;
  /** Whether a first pasted row of column names is a header. */
  readsHeader = true;
  api!: GridApi<Row>;
  /** Search, sort and filters of this view; the traits may hold those of another page. */
  query: Query = {};
  /** How the columns of the tab are laid out. */
  layout: Layout = {};
  /** What was set in the other tabs. */
  kept: Record<string, KeptView> = {};
  /** Version of the table in which the shown rows were found; undefined before they are there. */
  version: number | undefined;
  private readonly events: ContextEvents;

  constructor({ model, el, signal }: RenderProps<State>, events: ContextEvents) {
    this.model = model;
    this.el = el;
    this.signal = signal;
    this.channel = connect(model, signal, el);
    this.head = model.get("_head");
    this.events = events;
    this.takeQuery();
    this.takeLayout();
  }

  /** The columns that the grid shows, in order; none while there is no grid, as before the first and the next one. */
  get shownColumns(): GridColumn[] {
    const api = this.api as GridApi<Row> | undefined;
    if (!api || api.isDestroyed()) return [];
    return api.getAllDisplayedColumns().filter((each) => this.column(each.getColId()));
  }

  // -- what is asked for --------------------------------------------------------------------

  get editable(): boolean {
    return this.model.get("editable");
  }

  get status(): Status {
    return this.model.get("_status");
  }

  /** The rows that the view shows, for requests that depend on them. */
  get shown(): Shown {
    return this.version === undefined ? this.query : { ...this.query, version: this.version };
  }

  /** Show other rows; other views of this page and Python follow. */
  setQuery(query: Query): void {
    this.model.set("_query", { ...query, by: PAGE });
    this.model.save_changes();
  }

  setLayout(layout: Layout): void {
    this.layout = layout;
    this.model.set("_layout", { ...layout, by: PAGE });
    this.model.save_changes();
  }

  /** Show another tab, and keep what was set in the one that is shown. */
  setTab(name: string, layout: Layout): void {
    const query = { ...this.query };
    delete query.search;
    delete query.tab;
    const kept = { ...this.kept, [this.tab]: { query, layout } };
    const before = Object.hasOwn(kept, name) ? kept[name] : undefined;
    const { search } = this;
    this.model.set("_views", kept);
    this.model.set("_layout", { ...before?.layout, tab: name, by: PAGE });
    this.setQuery({ ...before?.query, ...(search ? { search } : {}), tab: name });
  }

  /** The query was set by Python or a page; false if another page did it for itself. */
  followQuery(): boolean {
    const isFollowed = isOurs(this.model.get("_query"));
    if (isFollowed) this.takeQuery();
    return isFollowed;
  }

  /** The layout was set by Python or a page; false if it is not that of this view. */
  followLayout(): boolean {
    const layout = this.model.get("_layout");
    const isFollowed = isOurs(layout) && (layout.tab ?? "") === this.tab;
    if (isFollowed) this.takeLayout();
    return isFollowed;
  }

  private takeQuery(): void {
    this.query = { ...this.model.get("_query") };
    delete (this.query as { by?: string }).by;
    this.version = undefined; // its rows are requested next
    this.kept = this.model.get("_views");
    const layout = this.model.get("_layout");
    if (isOurs(layout) && (layout.tab ?? "") === this.tab) this.takeLayout();
  }

  private takeLayout(): void {
    this.layout = { ...this.model.get("_layout") };
    delete this.layout.by;
  }

  // -- tabs ---------------------------------------------------------------------------------

  /** The class whose rows are shown; "" for all. */
  get tab(): string {
    return this.query.tab ?? "";
  }

  /** The tab that is shown; undefined for that of all rows. */
  get ofClass(): { about: Tab; state: TabState } | undefined {
    const about = this.head.tabs.find(({ name }) => name === this.tab);
    const state = this.status.tabs?.[this.tab];
    return about && state ? { about, state } : undefined;
  }

  /** The columns of the tab in their first order. */
  get tabColumns(): string[] {
    const { columns } = this.head;
    const keys = columns.filter(({ key }) => key).map(({ id }) => id);
    return this.ofClass ? [...keys, ...this.ofClass.state.columns] : columns.map(({ id }) => id);
  }

  /** The slots of the tab that must be filled, or are expected to be. */
  needs(column: Column): "required" | "expected" | "" {
    const about = this.ofClass?.about;
    if (about?.required.includes(column.name)) return "required";
    return about?.expected.includes(column.name) ? "expected" : "";
  }

  /** The class of a row, if a column does not apply to it; a stored value can be edited all the same. */
  foreignTo(row: Row | undefined, column: Column): string {
    const isEmpty = row && (row.cells[Number(column.id)] ?? null) === null;
    if (!isEmpty) return "";
    const name = row.cells[this.classPlace];
    const { foreign } = this.head;
    const ids = typeof name === "string" && Object.hasOwn(foreign, name) ? foreign[name] : foreign[""];
    return ids?.includes(column.id) ? (typeof name === "string" ? name : "this row") : "";
  }

  private get classPlace(): number {
    return this.head.columns.findIndex(({ kind }) => kind === "class");
  }

  get search(): string {
    return this.query.search ?? "";
  }

  setSearch(search: string): void {
    if (search !== this.search) this.setQuery({ ...this.query, search });
  }

  setFilter(column: Column, condition: Condition | null): void {
    const others = Object.entries(this.query.filters ?? {}).filter(([id]) => id !== column.id);
    const filters = Object.fromEntries(condition ? [...others, [column.id, condition]] : others);
    this.setQuery({ ...this.query, filters });
  }

  showAll(): void {
    this.events.searched("");
    this.setQuery({ sort: this.query.sort ?? [], ...(this.tab ? { tab: this.tab } : {}) });
    this.focusGrid();
  }

  column(id: string): Column | undefined {
    return this.head.columns[Number(id)];
  }

  /** Remember labels of terms that came with rows. */
  learn(labels: Record<string, string> | undefined): void {
    for (const [uri, label] of Object.entries(labels ?? {})) this.labels.set(uri, label);
  }

  focusGrid(): void {
    this.events.focusGrid();
  }

  outdated(): void {
    this.events.outdated();
  }

  // -- words --------------------------------------------------------------------------------

  /** Announce a text to screen readers. */
  say(text: string): void {
    this.announcement.textContent = text;
  }

  /** Show the result of an action, and announce it. */
  tell(text: string, action: MessageAction | null = null): void {
    this.say(text);
    this.events.tell(text, action);
  }

  fail(problem: Problem | null): void {
    this.problem.textContent = "";
    if (!problem || problem.message === GONE.message) return; // the bar below the grid shows more about it
    this.problem.append(
      element(
        "div",
        { class: "modos-problem" },
        element("span", { text: sentence(`${problem.message} ${problem.hint}`.trim()) }),
        element("span", { class: "modos-spring" }),
        button({ label: "Dismiss", class: "modos-quiet", press: () => this.fail(null) }),
      ),
    );
  }

  /** Values that fit a text in a cell. */
  async suggest(column: Column, position: number, text: string): Promise<Suggestion[]> {
    const { payload } = await this.channel.request("suggest", { column: column.id, position, text });
    return payload.options;
  }

  /** Select the element of a link, in a row or of an object. */
  async follow(target: string, from: { position: number } | { object: string }): Promise<void> {
    const answer = await this.ask("follow", { target, ...from });
    if (answer) this.tell(sentence(answer.known ? `Selected ${target}.` : `${target} is not in this table.`));
  }

  /** Send a request to Python, with the rows that this view shows where it depends on them. */
  request<N extends Name<Requests>>(name: N, ...rest: Arguments<AskedRequests, N>): Promise<Answer<AnswerOf<Requests, N>>> {
    const [payload = {}, options] = rest as [object?, RequestOptions<never>?];
    const whole = Object.hasOwn(OF_ROWS, name) ? { ...payload, shown: this.shown } : payload;
    return this.channel.request(name, ...([whole, options] as unknown as Arguments<Requests, N>));
  }

  /** Send a request to Python; a problem is shown in the widget. */
  async ask<N extends Name<Requests>>(name: N, ...rest: Arguments<AskedRequests, N>): Promise<AnswerOf<Requests, N> | null> {
    try {
      const answer = await this.request(name, ...rest);
      this.fail(null);
      return answer.payload;
    } catch (error) {
      if (error instanceof Problem) this.fail(error);
      return null;
    }
  }
}
