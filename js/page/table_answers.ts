// Answers of a saved table to its front-end.
import type {
  Block,
  CellRequest,
  CopyAnswer,
  CopyRequest,
  FindAnswer,
  FindRequest,
  FindingsAnswer,
  FollowAnswer,
  FollowRequest,
  Mark,
  NextAnswer,
  NextRequest,
  RowsAnswer,
  RowsRequest,
  Shown,
  State,
  TextAnswer,
  ValuesAnswer,
  ValuesRequest,
} from "../metadata_table/wire.ts";
import { Problem } from "../shared/messages.ts";
import type { Card, CardsAnswer, CardsRequest } from "../shared/wire.ts";
import { RecordedModel } from "./model.ts";
import { TableQuery, type Column } from "./table_query.ts";
import type { TableRecord } from "./wire.ts";

const TOP_VALUES = 60;
const MOST_FACTS = 6;
const LONGEST_FACT = 200;
const RANK = { error: 0, warning: 1, note: 2 };
const FORMULA = /^[=+\-@\t\r]/;

export class SavedTable {
  readonly model: RecordedModel<State>;
  private readonly record: TableRecord;
  private readonly query: TableQuery;
  private readonly keys: number;
  private readonly labels = new Map<string, number>();
  private last: { key: string; rows: number[] } = { key: "", rows: [] };

  constructor(record: TableRecord) {
    this.record = record;
    this.query = new TableQuery(record);
    this.keys = record.head.several ? 2 : 1;
    for (let row = 0; row < this.query.count; row += 1) this.labels.set(JSON.stringify(this.label(row)), row);
    const state: State = {
      value: null,
      followed: null,
      search: "",
      height: "100%",
      editable: false,
      tab: "",
      _head: record.head,
      _status: record.status,
      _query: {},
      _layout: {},
      _views: {},
      _selected: {},
      _range: {},
    };
    this.model = new RecordedModel(state, (name, payload) => this.answer(name, payload));
  }

  /** Show only the rows of an object; all for null. */
  showObject(name: string | null): void {
    const query = this.model.get("_query");
    const others = Object.entries(query.filters ?? {}).filter(([id]) => id !== "0");
    const filters = Object.fromEntries(name === null ? others : [...others, ["0", { operator: "any", values: [name] }]]);
    this.model.set("_query", { ...query, filters });
  }

  /** The object and the element of the selected row. */
  get selected(): [object: string, element: string] | null {
    const value = this.model.get("value");
    if (value === null || value === undefined) return null;
    return Array.isArray(value) ? [String(value[0]), String(value[1])] : ["", String(value)];
  }

  /** Select the row of an element; false if there is none. */
  select(object: string, element: string): boolean {
    const label = this.keys === 2 ? [object, element] : element;
    const isKnown = this.labels.has(JSON.stringify(label));
    if (isKnown) this.choose(label);
    return isKnown;
  }

  private choose(label: unknown): void {
    this.model.set("_selected", { label });
    this.model.set("value", label);
  }

  /** The metadata of an element as a text to search. */
  words(object: string, element: string): string {
    const row = this.labels.get(JSON.stringify(this.keys === 2 ? [object, element] : element));
    return row === undefined ? "" : this.query.columns.slice(this.keys).map((column) => column.text(row)).join("\n");
  }

  /** Answer a request of the table's front-end. */
  answer(name: string, payload: never): object | undefined {
    const answers: Record<string, (payload: never) => object> = {
      rows: (request: RowsRequest) => this.rows(request),
      values: (request: ValuesRequest) => this.values(request),
      cell: ({ position, column }: CellRequest): TextAnswer => ({ text: this.column(column).text(position) }),
      find: (request: FindRequest) => this.find(request),
      select: ({ position }: { position: number }) => {
        this.choose(this.label(position));
        return {};
      },
      follow: (request: FollowRequest) => this.follow(request),
      copy: (request: CopyRequest) => this.copy(request),
      findings: (request: CellRequest) => this.findings(request),
      next: (request: NextRequest) => this.next(request),
      cards: (request: CardsRequest): CardsAnswer => ({ cards: request.values.map((value) => this.card(request, value)) }),
    };
    return Object.hasOwn(answers, name) ? answers[name]?.(payload) : undefined;
  }

  private column(id: string): Column {
    const column = this.query.columns[Number(id)];
    if (!column) throw new Problem("The column does not exist.", "Reload the page.");
    return column;
  }

  private text(row: number, column: number): string {
    return this.query.columns[column]?.text(row) ?? "";
  }

  private label(row: number): unknown {
    return this.keys === 2 ? [this.text(row, 0), this.text(row, 1)] : this.text(row, 0);
  }

  /** Rows that the view shows; the last ones are kept for the next block. */
  private positions(shown: Shown): number[] {
    const key = JSON.stringify(shown);
    if (this.last.key !== key) this.last = { key, rows: this.query.positions(shown) };
    return this.last.rows;
  }

  private rows({ start, end, shown }: RowsRequest): RowsAnswer {
    const all = this.positions(shown);
    const { shape, version } = this.record.head;
    const tab = shown.tab ?? "";
    const count = tab ? this.record.tabs.filter((each) => each === tab).length : this.query.count;
    return { total: all.length, all: count, shape, version, ...this.block(all, start, end) };
  }

  private block(all: number[], start: number, end: number): Block {
    const positions = all.slice(start, end);
    const { record } = this;
    const marks: Record<string, Record<string, Mark>> = {};
    for (const row of positions) {
      const marked = this.marks(row);
      if (Object.keys(marked).length) marks[String(row)] = marked;
    }
    return {
      positions,
      cells: positions.map((row) => this.query.columns.map((column) => column.cell(row))),
      bands: this.bands(all).slice(start, end),
      labels: record.labels,
      filled: positions.map((row) => record.filled[row] ?? null),
      marks,
    };
  }

  /** 0 or 1 for each row, alternating between runs of one class. */
  private bands(rows: number[]): number[] {
    const place = this.record.head.columns.findIndex(({ kind }) => kind === "class");
    let band = 0;
    let before: string | null = null;
    return rows.map((row) => {
      const name = this.text(row, place);
      if (before !== null && name !== before) band = 1 - band;
      before = name;
      return band;
    });
  }

  private marks(row: number): Record<string, Mark> {
    const found: Record<string, Mark> = {};
    const changed = this.record.changed[String(row)] ?? [];
    for (const column of changed) found[String(column)] = { changed: true, severity: "", message: "", fixable: false };
    for (const [column, places] of Object.entries(this.record.findings[String(row)] ?? {})) {
      const kinds = this.kinds(places);
      const message = kinds.map(([, title, words]) => `${title}: ${words}`).join(" ").slice(0, 500);
      found[column] = { changed: changed.includes(Number(column)), severity: kinds[0]?.[0] ?? "", message, fixable: false };
    }
    return found;
  }

  /** Findings, the worst first. */
  private kinds(places: number[]): TableRecord["kinds"] {
    const kinds = places.flatMap((place) => this.record.kinds.slice(place, place + 1));
    return kinds.sort(([one], [other]) => RANK[one] - RANK[other]);
  }

  private findings({ position, column }: CellRequest): FindingsAnswer {
    const places = this.record.findings[String(position)]?.[column] ?? [];
    const findings = this.kinds(places).map(([severity, title, message]) => ({ severity, title, message, fix: null, clears: false, alike: 0 }));
    return { findings };
  }

  private values({ column, text = "" }: ValuesRequest): ValuesAnswer {
    const found = this.column(column);
    const all = this.query.distinct(found, text);
    const long = new Set(Object.values(found.record.texts).filter((each) => each.length > 300));
    return { values: all.filter(([each]) => !long.has(each)).slice(0, TOP_VALUES), count: all.length, labels: this.record.labels };
  }

  private find({ label, shown }: FindRequest): FindAnswer {
    const position = this.labels.get(JSON.stringify(label));
    if (position === undefined) throw new Problem("This element is not in the table.", "Check its name.");
    const index = this.positions(shown).indexOf(position);
    return { index: index < 0 ? null : index, position, tab: this.record.tabs[position] ?? "" };
  }

  private target({ position, object }: { position?: number; object?: string }, element: string): unknown {
    if (this.keys === 1) return element;
    return [position === undefined ? object ?? "" : this.text(position, 0), element];
  }

  private follow(request: FollowRequest): FollowAnswer {
    const label = this.target(request, request.target);
    const known = this.labels.has(JSON.stringify(label));
    if (known) this.choose(label);
    return { known, label };
  }

  private copy({ columns, rows, form, shown }: CopyRequest): CopyAnswer {
    const positions = this.positions(shown);
    const chosen = form === "csv" || !rows ? positions : positions.slice(rows[0], rows[1] + 1);
    const numbers = columns.map(Number);
    const lines = chosen.map((row) => numbers.map((column) => this.text(row, column)));
    if (form !== "csv") return { text: lines.map((line) => line.map((each) => quoted(each, /[\t\n\r"]/)).join("\t")).join("\n"), rows: chosen.length };
    const head = numbers.map((column) => this.record.head.columns[column]?.name ?? "");
    const safe = [head, ...lines].map((line) => line.map((each) => quoted(FORMULA.test(each) ? `'${each}` : each, /[,\n\r"]/)).join(","));
    return { text: `${safe.join("\n")}\n`, rows: chosen.length };
  }

  /** The next finding in the rows that are shown: errors first. */
  private next({ back = false, column = "-1", columns, row = -1, shown }: NextRequest): NextAnswer {
    const { marked } = shown;
    const groups = marked === "warning" || marked === "note" ? [[marked]] : [["error"], ["warning", "note"]];
    const now = [row, columns.indexOf(column)] as const;
    const compare = (one: readonly [number, number], other: readonly [number, number]): number => one[0] - other[0] || one[1] - other[1];
    for (const group of groups) {
      const cells = this.positions(shown).flatMap((position, index) => {
        const found = this.record.findings[String(position)] ?? {};
        return Object.entries(found)
          .filter(([, places]) => places.some((place) => group.includes(this.record.kinds[place]?.[0] ?? "")))
          .map(([id]): [number, number] => [index, columns.indexOf(id)])
          .filter(([, place]) => place >= 0);
      });
      cells.sort((one, other) => (back ? compare(other, one) : compare(one, other)));
      const ahead = cells.find((cell) => (back ? compare(cell, now) < 0 : compare(cell, now) > 0)) ?? cells[0];
      if (ahead) return { row: ahead[0], column: columns[ahead[1]] ?? "" };
    }
    return { row: null };
  }

  private card(request: CardsRequest, value: string): Card {
    if (request.kind === "term") {
      return Object.hasOwn(this.record.terms, value)
        ? this.record.terms[value]!
        : { title: value, about: "", value, exists: true, rows: [], chips: {} };
    }
    const row = this.labels.get(JSON.stringify(this.target(request, value)));
    if (row === undefined) return { title: value, about: "", value, exists: false, rows: [], chips: {} };
    const { columns, tabs } = this.record.head;
    const text = (name: string): string => this.text(row, columns.findIndex((each, place) => place >= this.keys && each.name === name));
    const about = tabs.find(({ name }) => name === this.record.tabs[row]);
    const names = [...(about?.required ?? []), ...(about?.expected ?? []), ...columns.slice(this.keys).map(({ name }) => name)];
    const facts = [...new Set(names)].filter((name) => !["@type", "id", "name"].includes(name) && text(name)).slice(0, MOST_FACTS);
    return {
      title: text("name") || value,
      about: [text("@type"), value].filter(Boolean).join(" · "),
      value,
      exists: true,
      rows: facts.map((name) => [name, text(name).slice(0, LONGEST_FACT)]),
      chips: {},
    };
  }
}

function quoted(text: string, special: RegExp): string {
  return special.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
