// What Python and the table tell each other.

export interface TermChoice {
  value: string;
  description: string;
  uri: string;
}

export interface Column {
  id: string;
  name: string;
  kind: string;
  width: number;
  key?: boolean;
  title?: string;
  description?: string;
  many?: boolean;
  terms?: TermChoice[];
  hidden?: boolean;
  editable?: boolean;
}

export type Cell = string | string[] | null;

/** changed, severity ("", "note", "warning", "error"), message, whether there is a fix */
export type Mark = [boolean, string, string, boolean];

export interface Block {
  p: number[];
  c: Cell[][];
  b?: number[];
  l?: Record<string, string>;
  m?: Record<string, Record<string, Mark>>;
}

export interface Head {
  shape: number;
  columns: Column[];
  several: boolean;
  drafted: boolean;
  all: number;
  block: number;
  rows: Block | null;
}

export interface RowsAnswer extends Block {
  total: number;
  all: number;
  shape: number;
}

/** One row as the grid holds it. */
export interface Row {
  position: number;
  cells: Cell[];
  band: boolean;
  marks: Record<string, Mark> | undefined;
}

export interface Condition {
  operator: string;
  text?: string;
  to?: string;
  values?: string[];
}

export interface Query {
  sort?: [string, boolean][];
  filters?: Record<string, Condition>;
  marked?: string;
}

export interface ColumnLayout {
  id: string;
  hide?: boolean;
  width?: number;
  pinned?: string | null;
}

export interface Layout {
  columns?: ColumnLayout[];
}

export interface Range {
  rows: [number, number];
  columns: string[];
}

export interface Status {
  changes?: number;
  objects?: number;
  errors?: number;
  warnings?: number;
  notes?: number;
  fixable?: number;
  undo?: boolean;
  redo?: boolean;
  readonly?: string;
  committed?: string;
}

export function rowsOf(block: Block): Row[] {
  return block.p.map((position, index) => ({
    position,
    cells: block.c[index] ?? [],
    band: block.b?.[index] === 1,
    marks: block.m?.[String(position)],
  }));
}
