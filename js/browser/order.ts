// Which rows the list of objects has, in which order; without a document, so tested alone.
import { folded } from "../shared/fold.ts";
import type { ObjectRow, ObjectsAnswer } from "./wire.ts";

export interface HeadingRow {
  kind: "heading";
  key: string;
  text: string;
  count: number;
  closed: boolean;
}

export interface EntryRow {
  kind: "object";
  key: string; // of the group it stands in
  path: string;
  name: string;
  id: string | null;
  elements: number | null;
}

export type Row = HeadingRow | EntryRow;

/** What all prefixes begin with, up to a slash: a bucket that all share says nothing. */
export function shared(prefixes: string[]): string {
  const first = prefixes[0];
  if (first === undefined || prefixes.length < 2) return "";
  let common = first.split("/");
  for (const prefix of prefixes) {
    const parts = prefix.split("/");
    let same = 0;
    while (same < common.length && same < parts.length && common[same] === parts[same]) same += 1;
    common = common.slice(0, same);
  }
  return common.length ? `${common.join("/")}/` : "";
}

function entry(key: string, [path, , name, id, elements]: ObjectRow): EntryRow {
  return { kind: "object", key, path, name, id, elements };
}

/** True if the path or the id contains every word of the filter, folded. */
export function matches(row: ObjectRow, words: string[]): boolean {
  const text = folded(`${row[0]} ${row[3] ?? ""}`);
  return words.every((word) => text.includes(word));
}

/** Favourites and recent objects first, then all by prefix. */
export function arrange(
  { prefixes, rows }: ObjectsAnswer,
  { recent, favourites }: { recent: string[]; favourites: string[] },
  filter: string,
  closed: ReadonlySet<string>,
): { rows: Row[]; found: number } {
  const words = folded(filter).split(/\s+/).filter(Boolean);
  const all = words.length ? rows.filter((row) => matches(row, words)) : rows;
  const result: Row[] = [];
  const add = (key: string, text: string, entries: EntryRow[]): void => {
    if (!entries.length) return;
    const isClosed = closed.has(key) && !words.length;
    result.push({ kind: "heading", key, text, count: entries.length, closed: isClosed });
    if (!isClosed) result.push(...entries);
  };
  if (!words.length) {
    const known = new Map(rows.map((row) => [row[0], row]));
    const named = (key: string, path: string): EntryRow =>
      entry(key, known.get(path) ?? [path, -1, path.replace(/\/+$/, "").split("/").pop() ?? path, null, null]);
    add("*favourites", "Favourites", favourites.map((path) => named("*favourites", path)));
    const others = recent.filter((path) => !favourites.includes(path)).slice(0, 5);
    if (rows.length > 1) add("*recent", "Recent", others.map((path) => named("*recent", path)));
  }
  const groups = prefixes.map((): EntryRow[] => []);
  for (const row of all) groups[row[1]]?.push(entry(`/${prefixes[row[1]] ?? ""}`, row));
  const cut = shared(prefixes).length;
  prefixes.forEach((prefix, place) => {
    const text = prefix.slice(cut) || prefix.split("/").pop() || prefix;
    add(`/${prefix}`, `${text}/`, groups[place] ?? []);
  });
  return { rows: result, found: all.length };
}
