// What the page holds; written by modos_widgets/widgets/saved_page.
import type { Cell, Head, Status } from "../metadata_table/wire.ts";
import type { Card, Chip } from "../shared/wire.ts";
import type { FactsAnswer, PartAnswer } from "../array_preview/wire.ts";
import type { NodeRow } from "../zarr_tree/wire.ts";

/** Cells of a column; each distinct value is stored once. */
export interface ColumnRecord {
  values: Cell[];
  /** The whole text of a value that is a list or shortened, by its place in `values`. */
  texts: Record<string, string>;
  /** Sort key of each value; null comes last. */
  ranks: (number | null)[];
  /** Place of the value of each row in `values`. */
  at: number[];
  /** The rows that `at` is about, if most cells of the column are empty. */
  rows?: number[];
}

export interface TableRecord {
  head: Head;
  status: Status;
  columns: ColumnRecord[];
  /** Tab of each row. */
  tabs: string[];
  filled: ([number, number] | null)[];
  /** Severity, title and message of findings. */
  kinds: [severity: "note" | "warning" | "error", title: string, message: string][];
  /** Places in `kinds`, by row and column. */
  findings: Record<string, Record<string, number[]>>;
  /** Changed columns, by row. */
  changed: Record<string, number[]>;
  /** Cards of terms, by URI. */
  terms: Record<string, Card>;
  /** Labels of terms, by URI. */
  labels: Record<string, string>;
}

export interface SavedNode extends NodeRow {
  nodes?: SavedNode[];
  /** Whether some children are left out. */
  more?: boolean;
}

/** Preview of an array. */
export interface PreviewRecord {
  facts: FactsAnswer;
  /** The answer with the picture, if there is one. */
  drawn: PartAnswer | null;
  /** Binary parts of the picture, in base64. */
  buffers: string[];
  /** The answer with the labels and the first values. */
  part: PartAnswer;
}

export interface ObjectRecord {
  name: string;
  title: string;
  /** Id of the root in the table. */
  root: string;
  elements: number;
  tree: SavedNode;
  /** By path of the array. */
  previews: Record<string, PreviewRecord>;
}

export interface ChangesRecord {
  rows: [object: string, element: string, slot: string, before: string | null, after: string | null][];
  total: number;
  chips: Record<string, Chip[]>;
}

export interface Recorded {
  title: string;
  made: string;
  table: TableRecord;
  objects: ObjectRecord[];
  changes: ChangesRecord | null;
  /** Number of arrays whose preview did not fit. */
  left_out: number;
  /** Objects that could not be read. */
  failures: string[];
}
