// What Python answers about groups and their rows.
import type { Entry, Row } from "./outline.ts";

export interface Opened {
  root: Row | null;
  groups: Entry[];
  modo?: boolean;
}

export interface Rows {
  start: number;
  version: number;
  rows: Row[];
}

export interface Grown {
  total: number;
  version: number;
  complete?: boolean;
  /** The group's own row, once its children are counted. */
  row?: Row;
}
