// What is typed in a form: the entries of each field, with the label that a person reads.
import type { Texts } from "./wire.ts";

export interface Entry {
  /** What is stored. */
  value: string;
  /** What is shown: a term's label, else the value. */
  label: string;
}

/** Entries by the name of their field. */
export type Entries = Record<string, Entry[]>;

export interface Typed {
  /** The id without its group; null while it follows from the name. */
  id: string | null;
  group: string;
  entries: Entries;
}

export const NOTHING: Typed = { id: null, group: "", entries: {} };

export function textsOf(entries: Entries): Texts {
  return Object.fromEntries(Object.entries(entries).map(([field, found]) => [field, found.map(({ value }) => value)]));
}

export function entry(value: string, label = value): Entry {
  return { value, label };
}

/** Whether nothing is typed. */
export function isBlank({ id, entries }: Typed): boolean {
  return !id && Object.values(entries).every((found) => found.every(({ value }) => !value.trim()));
}
