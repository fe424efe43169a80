// Search, filters and sort of a saved table. The sort keys are Python's; texts compare as in Python.
import type { Cell, Condition, Query } from "../metadata_table/wire.ts";
import { folded } from "../shared/fold.ts";
import { Problem } from "../shared/messages.ts";
import type { ColumnRecord, TableRecord } from "./wire.ts";

const MOST_WORDS = 12;
const DAY = /^\s*\d{4}-\d{2}-\d{2}\s*$/;
const MOMENT = /^\s*\d{4}(-\d{2}(-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?)?)?\s*$/;
const DAY_LONG = 86_400_000;

/** A column, with the place of each row's value; -1 for an empty cell. */
export class Column {
  readonly record: ColumnRecord;
  private readonly at: Int32Array;
  private folds: string[] | null = null;

  constructor(record: ColumnRecord, rows: number) {
    this.record = record;
    this.at = new Int32Array(rows).fill(-1);
    record.at.forEach((place, index) => (this.at[record.rows?.[index] ?? index] = place));
  }

  place(row: number): number {
    return this.at[row] ?? -1;
  }

  cell(row: number): Cell {
    return this.record.values[this.place(row)] ?? null;
  }

  /** The whole text of a cell. */
  text(row: number): string {
    return this.textAt(this.place(row));
  }

  textAt(place: number): string {
    const long = this.record.texts[String(place)];
    if (long !== undefined) return long;
    const value = this.record.values[place] ?? "";
    return typeof value === "string" ? value : value.join(", ");
  }

  foldedAt(place: number): string {
    this.folds ??= this.record.values.map((_, each) => folded(this.textAt(each)));
    return this.folds[place] ?? "";
  }

  rank(row: number): number | null {
    return this.record.ranks[this.place(row)] ?? null;
  }

  /** Test every distinct value once; `test` gets its place. */
  passing(test: (place: number) => boolean): (row: number) => boolean {
    const known = new Map<number, boolean>();
    return (row) => {
      const place = this.place(row);
      let passes = known.get(place);
      if (passes === undefined) known.set(place, (passes = test(place)));
      return passes;
    };
  }
}

export class TableQuery {
  readonly columns: Column[];
  readonly count: number;
  private readonly record: TableRecord;
  private readonly terms: Map<string, string>;

  constructor(record: TableRecord) {
    this.record = record;
    this.count = record.tabs.length;
    this.columns = record.columns.map((each) => new Column(each, this.count));
    this.terms = new Map(Object.entries(record.terms).map(([uri, card]) => [folded(uri), folded(`${card.title} ${card.about}`)]));
  }

  /** Rows that match a query, in its order. */
  positions(query: Query): number[] {
    const { filters = {}, marked = "", search = "", sort = [], tab = "" } = query;
    const tests: ((row: number) => boolean)[] = [];
    if (tab) tests.push((row) => this.record.tabs[row] === tab);
    if (marked) tests.push((row) => this.isMarked(row, marked));
    for (const [id, condition] of Object.entries(filters)) {
      const column = this.columns[Number(id)];
      if (column) tests.push(...conditionTests(column, condition));
    }
    for (const word of folded(search).split(/\s+/u).filter(Boolean).slice(0, MOST_WORDS)) tests.push(this.containing(word));
    const found: number[] = [];
    for (let row = 0; row < this.count; row += 1) if (tests.every((test) => test(row))) found.push(row);
    return this.sorted(found, sort);
  }

  /** The severities of the findings of a row. */
  private isMarked(row: number, mark: string): boolean {
    if (mark === "changed") return Boolean(this.record.changed[String(row)]?.length);
    const places = Object.values(this.record.findings[String(row)] ?? {}).flat();
    return mark === "finding" ? places.length > 0 : places.some((place) => this.record.kinds[place]?.[0] === mark);
  }

  private containing(word: string): (row: number) => boolean {
    const tests = this.columns.map((column) =>
      column.passing((place) => {
        const text = column.foldedAt(place);
        return text.includes(word) || (this.terms.get(text)?.includes(word) ?? false);
      }),
    );
    return (row) => tests.some((test) => test(row));
  }

  private sorted(rows: number[], sort: [string, boolean][]): number[] {
    const keys = sort.flatMap(([id, down]) => {
      const column = this.columns[Number(id)];
      return column ? [{ column, down }] : [];
    });
    if (!keys.length) return rows;
    return rows.sort((one, other) => {
      for (const { column, down } of keys) {
        const [mine, theirs] = [column.rank(one), column.rank(other)];
        if (mine === theirs) continue;
        if (mine === null) return 1; // empty cells come last in both directions
        if (theirs === null) return -1;
        return down ? theirs - mine : mine - theirs;
      }
      return one - other;
    });
  }

  /** Texts of a column with their numbers, the most frequent first. */
  distinct(column: Column, text: string): [string, number][] {
    const wanted = folded(text);
    const counts = new Map<string, number>();
    for (let row = 0; row < this.count; row += 1) {
      if (wanted && !column.foldedAt(column.place(row)).includes(wanted)) continue;
      const found = column.text(row);
      counts.set(found, (counts.get(found) ?? 0) + 1);
    }
    return [...counts].sort(([, one], [, other]) => other - one);
  }
}

function conditionTests(column: Column, condition: Condition): ((row: number) => boolean)[] {
  const tests: ((place: number) => boolean)[] = [];
  const { operator, text = "", to = "", values } = condition;
  if (values) {
    const chosen = new Set(values.map(folded));
    tests.push((place) => chosen.has(column.foldedAt(place)));
  }
  const wanted = folded(text);
  const byText: Record<string, (found: string) => boolean> = {
    contains: (found) => found.includes(wanted),
    not_contains: (found) => !found.includes(wanted),
    equals: (found) => found === wanted,
    not_equals: (found) => found !== wanted,
    starts: (found) => found.startsWith(wanted),
  };
  const test = byText[operator];
  if (test) {
    if (wanted) tests.push((place) => test(column.foldedAt(place)));
  } else if (operator === "empty") tests.push((place) => column.foldedAt(place) === "");
  else if (operator === "filled") tests.push((place) => column.foldedAt(place) !== "");
  else if (operator === "less" || operator === "greater" || operator === "between") {
    if (text || to) tests.push(within(column, operator === "less" ? "" : text, operator === "less" ? text : operator === "between" ? to : ""));
  } else if (operator !== "any") throw new Problem(`Unknown filter ${operator}.`, "Choose a filter from the list.");
  return tests.map((each) => column.passing(each));
}

/** Whether a value is between two bounds, as a number or as a date. */
function within(column: Column, low: string, high: string): (place: number) => boolean {
  const numbers = column.record.values.map((_, place) => numeric(column.textAt(place)));
  const bounds = [low, high].filter(Boolean).map(numeric);
  const areNumbers = !bounds.some(Number.isNaN) && !numbers.every(Number.isNaN);
  const parse = areNumbers ? numeric : moment;
  const keys = areNumbers ? numbers : column.record.values.map((_, place) => moment(column.textAt(place)));
  const from = low ? parse(low) : -Infinity;
  let until = high ? parse(high) : Infinity;
  for (const [bound, key] of [[low, from], [high, until]] as const) {
    if (Number.isNaN(key)) throw new Problem(`“${bound.slice(0, 40)}” is neither a number nor a date.`, "Use 12.5 or 2026-11-22.");
  }
  if (!areNumbers && DAY.test(high)) until += DAY_LONG - 1; // the day is included
  return (place) => {
    const key = keys[place] ?? NaN;
    return key >= from && key <= until;
  };
}

function numeric(text: string): number {
  return text.trim() ? Number(text) : NaN;
}

/** A time without a zone is UTC, as in Python. */
function moment(text: string): number {
  const found = MOMENT.exec(text);
  if (!found) return NaN;
  const iso = text.trim().replace(" ", "T");
  return Date.parse(iso.includes("T") && !found[6] ? `${iso}Z` : iso);
}
