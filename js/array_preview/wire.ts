// Written by `make wire` from modos_widgets.widgets.array_preview.wire; change it there.
import type { Chip, Nothing, Requests as SharedRequests } from "../shared/wire.ts";

export type Pair = [string, string];

/** A node. */
export interface NodeRequest {
  path: string;
}

/** An axis of an array. */
export interface Axis {
  name: string;
  length: number;
  /** Whether it is an axis of the table and the picture. */
  shown: boolean;
}

/** The properties of a node. */
export interface FactsAnswer {
  title: string;
  kind: string;
  problem: string;
  hint: string;
  facts: Pair[];
  attributes: Pair[];
  /** Parts of the attributes that are terms or links, by text. */
  chips: Record<string, Chip[]>;
  axes: Axis[];
  /** Whether the whole array is shown at first. */
  whole?: boolean;
  /** Stored size; empty while it is unknown. */
  stored?: string;
}

/** A part of an array, and how to draw it. */
export interface PartRequest extends NodeRequest {
  /** Position by axis. */
  at?: Record<string, number>;
  /** Read a chunk that is larger than the budget. */
  anyway?: boolean;
  /** Kind of picture. */
  kind?: string;
  dark?: boolean;
  /** CSS pixels. */
  width?: number;
  /** Device pixels of a CSS pixel. */
  ratio?: number;
}

/** The first values, with labels. */
export interface Table {
  corner: string;
  columns: string[];
  rows: string[];
  cells: string[][];
  numeric: boolean;
  first: number[];
  of_rows: number;
  of_columns: number;
}

/** A part of an array; empty where the node is not an array. */
export interface PartAnswer {
  words?: string;
  start?: number[];
  stop?: number[];
  step?: number[];
  /** Whether it is the whole array. */
  whole?: boolean;
  size?: string;
  chunks?: number;
  /** Size of one chunk that is larger than the budget; nothing was read. */
  over?: string;
  budget?: string;
  table?: Table;
  statistics?: Pair[];
  faults?: string[];
  /** Chunks that could not be read. */
  unread?: number;
  /** Kinds of picture. */
  kinds?: string[];
  kind?: string;
  alt?: string;
}

/** The stored size. */
export interface StoredAnswer {
  stored: string;
}

/** Statistics of the whole array. */
export interface StatisticsAnswer {
  statistics: Pair[];
}

/** Blocks that were read, of all. */
export interface StatisticsProgress {
  done: number;
  of: number;
}

/** Code that opens the array, by tool. */
export interface CodeAnswer {
  code: Record<string, string>;
}

/** Events by name. */
export interface Events {
  refresh: Nothing;
}

/** The traits of the widget that are synchronized. */
export interface State {
  path: string | null;
  budget: number;
  height: string;
}

/** Payload, answer and partial answers of each request. */
export interface Requests extends SharedRequests {
  facts: { payload: NodeRequest; answer: FactsAnswer };
  part: { payload: PartRequest; answer: PartAnswer; part: PartAnswer };
  stored: { payload: NodeRequest; answer: StoredAnswer };
  exact: { payload: NodeRequest; answer: StatisticsAnswer; part: StatisticsProgress };
  code: { payload: NodeRequest; answer: CodeAnswer };
}
