// Written by `make wire` from modos_widgets.widgets.array_preview.wire; change it there.
import type { Chip, Nothing, Requests as SharedRequests } from "../shared/wire.ts";

export type Pair = [string, string];

/** A node. */
export interface NodeRequest {
  path: string;
  /** Show stored values; the trait, which may arrive later. */
  raw?: boolean;
}

/** An axis of an array. */
export interface Axis {
  name: string;
  length: number;
  /** Whether it is an axis of the table and the picture. */
  shown: boolean;
}

/** A channel of an image. */
export type Channel = [
  name: string,
  color: string,
  /** Whether it is shown at first. */
  active: boolean,
];

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
  /** What is done because of a convention. */
  sentence?: string;
  conventions?: string[];
  /** Stored size; empty while it is unknown. */
  stored?: string;
  /** Channels of an image, which one picture shows together. */
  channels?: Channel[];
  /** Whether only the first view can be shown, as in a saved page. */
  fixed?: boolean;
}

/** A part of an array, and how to draw it. */
export interface PartRequest extends NodeRequest {
  /** Position by axis; the first row and column of the table on displayed axes. */
  at?: Record<string, number>;
  /** Read a chunk that is larger than the budget. */
  anyway?: boolean;
  /** Kind of picture; the best one if empty. */
  kind?: string;
  /** Rows and columns. */
  axes?: number[];
  /** First position and the one after the last, by displayed axis. */
  window?: Record<string, [number, number]>;
  /** Pixels of the picture, downwards and across. */
  room?: [number, number];
  /** What is shown of complex numbers. */
  component?: string;
  /** Channels of the picture; by default those that the image shows at first. */
  channels?: number[];
}

/** One value of the displayed part. */
export interface CellRequest extends PartRequest {
  /** Position of the value, by displayed axis. */
  cell: Record<string, number>;
}

/** One value, exactly, with the labels of its displayed axes; empty where there are none. */
export interface CellAnswer {
  text: string;
  labels: string[];
}

/** Labels of some consecutive positions of a displayed axis. */
export interface Labels {
  name: string;
  first: number;
  texts: string[];
}

/** Numbers of values between edges, or of the most frequent texts. */
export interface Histogram {
  edges: number[];
  counts: number[];
  words: string[];
}

/** Finite values among which a scale is chosen. */
export interface Limits {
  minimum: number | null;
  maximum: number | null;
  /** First percentile. */
  low: number | null;
  /** 99th percentile. */
  high: number | null;
  /** Smallest value above 0. */
  positive: number | null;
}

/** How to draw the values, which are binary parts of the message. */
export interface Picture {
  kind: string;
  /** Shape of the binary part. */
  shape: number[];
  /** Type of its numbers: float32, float64 or uint8. */
  type: string;
  /** Elements on each axis that one number stands for. */
  block: number[];
  axes: number[];
  start: number[];
  stop: number[];
  /** Lengths of the displayed axes. */
  of: number[];
  names: string[];
  /** Distance between two positions of each axis, and the first position, in its unit. */
  scales: ([number, number] | null)[];
  units: string[];
  limits: Limits;
  histogram: Histogram;
  /** Categories, if the numbers are their codes. */
  words: string[];
  value_unit: string;
  /** "time" (milliseconds since 1970), "duration" (seconds) or "". */
  unit: string;
  whole_numbers: boolean;
  missing: number;
  infinite: number;
  /** What can be shown of complex numbers. */
  components: string[];
  component: string;
  alt: string;
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
  /** Sentences about values that do not follow their convention. */
  notes?: string[];
  /** Chunks that could not be read. */
  unread?: number;
  /** Kinds of picture. */
  kinds?: string[];
  picture?: Picture;
  /** By displayed axis. */
  labels?: Record<string, Labels>;
}

/** The values of the displayed part as text. */
export interface ValuesRequest extends PartRequest {
  /** csv (a file, without formulas) or tsv (for the clipboard). */
  form: string;
}

/** The displayed values as text, which is the binary part. */
export interface ValuesAnswer {
  name: string;
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
  raw: boolean;
}

/** Payload, answer and partial answers of each request. */
export interface Requests extends SharedRequests {
  facts: { payload: NodeRequest; answer: FactsAnswer };
  part: { payload: PartRequest; answer: PartAnswer; part: PartAnswer };
  cell: { payload: CellRequest; answer: CellAnswer };
  values: { payload: ValuesRequest; answer: ValuesAnswer };
  stored: { payload: NodeRequest; answer: StoredAnswer };
  exact: { payload: NodeRequest; answer: StatisticsAnswer; part: StatisticsProgress };
  code: { payload: NodeRequest; answer: CodeAnswer };
}
