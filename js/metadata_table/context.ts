// What every part of a table may use: its channel to the kernel, its grid, its query, its messages.
import type { AnyModel, RenderProps } from "@anywidget/types";
import type { Column as GridColumn, GridApi } from "ag-grid-community";
import { button, element } from "../shared/dom.ts";
import { sentence } from "../shared/format.ts";
import { GONE } from "../shared/kernel.ts";
import { Problem, connect, type AnswerOf, type Arguments, type Channel, type Name, type PayloadOf } from "../shared/messages.ts";
import type { Suggestion } from "../shared/wire.ts";
import type { Row } from "./row.ts";
import type { Column, Condition, Events, Head, Query, Requests, State, Status, Tab, TabState } from "./wire.ts";

/** Requests that change the draft. */
export type ChangeName = "clear" | "discard" | "fill" | "fix" | "paste" | "replace" | "resolve" | "set_all" | "undo";

/** Request a change of the draft, and show its result. */
export type Change = <N extends ChangeName>(
  name: N,
  payload: Omit<PayloadOf<Requests, N>, "shape">,
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
  private readonly events: ContextEvents;

  constructor({ model, el, signal }: RenderProps<State>, events: ContextEvents) {
    this.model = model;
    this.el = el;
    this.signal = signal;
    this.channel = connect(model, signal, el);
    this.head = model.get("_head");
    this.events = events;
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

  get query(): Query {
    return this.model.get("_query");
  }

  setQuery(query: Query): void {
    this.model.set("_query", query);
    this.model.save_changes();
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
    return this.model.get("search");
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
    this.events.searched("");
    this.model.set("search", "");
    this.model.set("_query", { sort: this.query.sort ?? [], ...(this.tab ? { tab: this.tab } : {}) });
    this.model.save_changes();
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

  /** Request something of Python; a problem is shown in the widget. */
  async ask<N extends Name<Requests>>(name: N, ...rest: Arguments<Requests, N>): Promise<AnswerOf<Requests, N> | null> {
    try {
      const answer = await this.channel.request(name, ...rest);
      this.fail(null);
      return answer.payload;
    } catch (error) {
      if (error instanceof Problem) this.fail(error);
      return null;
    }
  }
}
