// What Python tells of a node and of a part of an array, and names with values as a list.
import { element } from "../shared/dom.ts";
import { visible } from "../shared/format.ts";
import type { Axis } from "./position.ts";
import type { Table } from "./table.ts";

export type Pairs = [string, string][];

export interface Facts {
  title: string;
  kind: string;
  problem: string;
  hint: string;
  facts: Pairs;
  attributes: Pairs;
  axes: Axis[];
  /** Whether all of the array is shown at first. */
  whole?: boolean;
  /** What the array takes in its store, where that was added up. */
  stored?: string;
}

export interface Part {
  words?: string;
  /** Whether it is all of the array. */
  whole?: boolean;
  start: number[];
  stop: number[];
  step: number[];
  size: string;
  chunks: number;
  over?: string;
  budget?: string;
  table?: Table;
  statistics?: Pairs;
  faults?: string[];
  unread?: number;
  kinds?: string[];
  kind?: string;
  alt?: string;
}

export function pairs(rows: Pairs): HTMLElement {
  const list = element("dl", { class: "modos-pairs" });
  for (const [name, value] of rows) {
    list.append(element("dt", { text: visible(name) }), element("dd", { text: visible(value) }));
  }
  return list;
}
