// Written by `make wire` from modos_widgets.widgets.table.wire; change it there.
import type { Chip, ClassChoice, Nothing, PiecesAnswer, ProblemText, SuggestAnswer, Requests as SharedRequests } from "../shared/wire.ts";

/** A value of a closed list. */
export interface TermChoice {
  value: string;
  description: string;
  uri: string;
}

/** A column as the grid shows it. */
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

/** The mark of a cell. */
export interface Mark {
  changed: boolean;
  severity: "" | "note" | "warning" | "error";
  message: string;
  fixable: boolean;
}

/** Rows that follow each other. */
export interface Block {
  positions: number[];
  cells: Cell[][];
  /** 0 or 1 for each row, alternating between runs of one class. */
  bands?: number[];
  /** Labels of the terms in these rows, by URI. */
  labels?: Record<string, string>;
  /** Marks by position and column id. */
  marks?: Record<string, Record<string, Mark>>;
  /** How many of the required and expected attributes are filled, and their number, by row. */
  filled?: ([number, number] | null)[];
}

/** The rows of one class. */
export interface Tab {
  name: string;
  title: string;
  description: string;
  required: string[];
  expected: string[];
}

/** The numbers of a tab, and its columns. */
export interface TabState {
  rows: number;
  errors: number;
  warnings: number;
  notes: number;
  /** Required and expected attributes that are filled, of `wanted`. */
  filled: number;
  wanted: number;
  /** Ids of its columns, the required ones first. */
  columns: string[];
  /** Ids of its optional columns without any value. */
  empty: string[];
}

/** What the table needs to be drawn before any request. */
export interface Head {
  shape: number;
  /** Version of the table in which `rows` were found. */
  version: number;
  columns: Column[];
  several: boolean;
  drafted: boolean;
  /** Rows of the tab. */
  all: number;
  /** The tab of the first rows. */
  tab: string;
  /** The tabs of the classes; none for a DataFrame. */
  tabs: Tab[];
  /** The classes of which elements can be added; none for a DataFrame. */
  classes: ClassChoice[];
  /** Ids of the columns that do not apply to a class; "" for classes that the schema lacks. */
  foreign: Record<string, string[]>;
  block: number;
  rows: Block | null;
}

/** Counts of the status line; empty without a draft. */
export interface Status {
  /** Version of the table that is counted. */
  version?: number;
  changes?: number;
  /** Proposed changes that were neither accepted nor rejected. */
  undecided?: number;
  objects?: number;
  errors?: number;
  warnings?: number;
  notes?: number;
  fixable?: number;
  undo?: boolean;
  redo?: boolean;
  readonly?: string;
  committed?: string;
  /** Objects whose last commit was interrupted. */
  interrupted?: number;
  tabs?: Record<string, TabState>;
}

/** A column's filter. */
export interface Condition {
  operator: string;
  text?: string;
  to?: string;
  values?: string[];
}

/** Search, sort and filters of a view. */
export interface Query {
  search?: string;
  sort?: [string, boolean][];
  filters?: Record<string, Condition>;
  marked?: string;
  /** The class of the rows; "" for all. */
  tab?: string;
}

/** The query of a view, with the page that set it. */
export interface ViewQuery extends Query {
  /** Id of the page; absent where Python set it. */
  by?: string;
}

/** The rows that a view shows, in their order. */
export interface Shown extends Query {
  /** Version of the table in which the query found them; by default it finds them now. */
  version?: number;
}

/** How a view shows a column. */
export interface ColumnLayout {
  id: string;
  hide?: boolean;
  width?: number;
  pinned?: string | null;
}

/** The columns of a view in their order. */
export interface Layout {
  columns?: ColumnLayout[];
  /** The tab that it belongs to. */
  tab?: string;
  /** Whether empty optional columns are shown. */
  expanded?: boolean;
  /** Id of the page that set it; absent where Python did. */
  by?: string;
}

/** What was set in a tab that is not shown now. */
export interface KeptView {
  query?: Query;
  layout?: Layout;
}

/** The selected cells; the last row is included. */
export interface Range {
  rows: [number, number];
  columns: string[];
}

/** The selected row. */
export interface SelectedRow {
  label?: unknown;
  /** Id of the page that selected it; absent where Python did. */
  by?: string;
}

/** The selected cells, and the rows that they are counted in. */
export interface SelectedRange extends Range {
  shown?: Shown;
}

/** A request that depends on the rows that the view shows. */
export interface ShownRequest {
  shown: Shown;
}

/** Rows from `start` up to `end`. */
export interface RowsRequest extends ShownRequest {
  start: number;
  end: number;
}

/** A block of the rows that the query selects. */
export interface RowsAnswer extends Block {
  total: number;
  all: number;
  shape: number;
  /** Version of the table in which the rows were found. */
  version: number;
}

/** The most frequent values of a column, of those with a text. */
export interface ValuesRequest {
  column: string;
  text?: string;
}

/** Values with their counts, the number of all, and the labels of terms. */
export interface ValuesAnswer {
  values: [string, number][];
  count: number;
  labels: Record<string, string>;
}

/** A cell; changes are refused where the rows have another shape by now. */
export interface CellRequest {
  position: number;
  column: string;
  shape?: number;
}

/** The whole text of a cell. */
export interface TextAnswer {
  text: string;
}

/** A row by its label. */
export interface FindRequest extends ShownRequest {
  label: unknown;
}

/** Where a row is among all, and among the displayed ones. */
export interface FindAnswer {
  index: number | null;
  position: number;
  /** The tab of its class. */
  tab: string;
}

/** The row to select. */
export interface SelectRequest {
  position: number;
}

/** The link to follow. */
export interface FollowRequest {
  position?: number;
  /** Path of the object, if the link is not in a row of the table. */
  object?: string;
  target: string;
}

/** Whether the target is in the table. */
export interface FollowAnswer {
  known: boolean;
  label: unknown;
}

/** The range to copy; as CSV all displayed rows. */
export interface CopyRequest extends ShownRequest {
  columns: string[];
  rows?: [number, number];
  form?: "csv";
}

/** The text for the clipboard. */
export interface CopyAnswer extends TextAnswer {
  rows: number;
}

/** The text of one cell. */
export interface EditRequest extends CellRequest {
  text: string;
  /** Label of the row, by which it is found where rows have moved since. */
  label?: unknown;
  /** What the cell showed when its editing began; another value is not overwritten. */
  before?: Cell;
}

/** The range to change. */
export interface RangeRequest extends Range, ShownRequest {
  shape?: number;
}

/** The text to paste, and how many columns the range has. */
export interface PasteRequest extends RangeRequest {
  text: string;
  width?: number;
  /** Whether a first row of column names is a header; by default it is. */
  header?: boolean;
  /** Whether to add elements for ids that no element has. */
  add?: boolean;
}

/** The text for one column of all displayed rows. */
export interface SetAllRequest extends ShownRequest {
  column: string;
  text: string;
  shape?: number;
}

/** The text to replace in all displayed rows. */
export interface ReplaceRequest extends ShownRequest {
  columns: string[];
  find: string;
  replace: string;
  case?: boolean;
  whole?: boolean;
  /** Count the cells, and change nothing. */
  count?: boolean;
  shape?: number;
}

/** What a change did. */
export interface EditAnswer {
  done: number;
  /** What someone else has stored in the cell since its editing began; then nothing was done. */
  theirs?: string;
  /** Cells of ids. */
  refused?: number;
  /** Cells whose attribute the class does not have, by class. */
  foreign?: Record<string, number>;
  /** Cells that did not fit into the table. */
  lost?: number;
  /** The first row of the paste was a header. */
  header?: boolean;
  /** Rows that were found by their id; absent without ids. */
  matched?: number;
  /** Rows that were added. */
  added?: number;
  /** Pasted ids that no element has, up to 20. */
  missing?: string[];
  missing_count?: number;
  /** Whether these rows can be added. */
  addable?: boolean;
  /** Names in the header that no column has. */
  ignored?: string[];
}

/** Whether to redo. */
export interface UndoRequest {
  redo?: boolean;
}

/** Whether there was a step. */
export interface UndoAnswer {
  done: boolean;
}

/** A finding of a cell. */
export interface FindingOfCell {
  severity: string;
  title: string;
  message: string;
  fix: string | null;
  clears: boolean;
  alike: number;
}

/** The findings of a cell. */
export interface FindingsAnswer {
  findings: FindingOfCell[];
}

/** A finding of a cell, or groups of fixes. */
export interface FixRequest {
  scope: "one" | "kind" | "groups";
  position?: number;
  column?: string;
  index?: number;
  /** Code and effect of each group. */
  groups?: [string, string][];
  shape?: number;
}

/** How many values were fixed. */
export interface FixAnswer {
  done: number;
}

/** Fixes of one kind with one effect. */
export interface FixGroup {
  code: string;
  effect: "keeps" | "assumes" | "deletes";
  /** The effect in words, such as "Assumes UTC". */
  words: string;
  title: string;
  slots: string[];
  count: number;
  objects: number;
  /** Element, before, after. */
  examples: ([string, string | null, string | null])[];
}

/** A finding of a cell, for it and all similar ones in the column; by default all findings. */
export interface FixesRequest {
  position?: number;
  column?: string;
  index?: number;
}

/** The groups of fixes to choose from. */
export interface FixesAnswer {
  groups: FixGroup[];
  /** Parts of the values that are terms or links, by text. */
  chips: Record<string, Chip[]>;
}

/** The cell from which the next finding is searched. */
export interface NextRequest extends ShownRequest {
  columns: string[];
  /** The queries of the other tabs, by tab. */
  tabs?: Record<string, Query>;
  row?: number;
  column?: string;
  back?: boolean;
}

/** The next cell with a finding. */
export interface NextAnswer {
  row: number | null;
  column?: string;
  /** Its tab, if it is another one. */
  tab?: string;
}

/** The cell that is edited, and its text. */
export interface SuggestRequest {
  position: number;
  column: string;
  text: string;
}

/** An error that a commit would add. */
export interface Finding {
  object: string;
  element: string;
  slot: string;
  severity: string;
  title: string;
  message: string;
}

/** What a commit would write. */
export interface ReviewAnswer {
  revision: string;
  total: number;
  objects: number;
  several: boolean;
  /** Object, element, slot, before, after, and the file that says so, or ''. */
  rows: ([string, string, string, string | null, string | null, string])[];
  /** Parts of the values that are terms or links, by text. */
  chips: Record<string, Chip[]>;
  errors: Finding[];
  error_count: number;
  counts: Record<string, number>;
}

/** The changes as they were reviewed. */
export interface CommitRequest {
  revision: string;
  message?: string;
  force?: boolean;
  unconditional?: boolean;
}

/** Objects that were written, of all. */
export interface CommitProgress {
  done: number;
  of: number;
}

/** A cell that someone else has changed. */
export interface Conflict {
  object: string;
  element: string;
  slot: string;
  base: string | null;
  mine: string | null;
  theirs: string | null;
}

/** What a commit did to the findings. */
export interface Report {
  summary: string;
  /** Severity, title, before, after. */
  counts: [string, string, number, number][];
}

/** The commit, or what prevented it. */
export interface CommitAnswer {
  /** The changes are no longer those that were reviewed; nothing was written. */
  changed?: boolean;
  id?: string;
  summary?: string;
  report?: Report;
  errors?: Finding[];
  error_count?: number;
  conflicts?: Conflict[];
  conflict_count?: number;
  /** Parts of the values that are terms or links, by text. */
  chips?: Record<string, Chip[]>;
  unconditional?: string;
  /** The keys in use have no write permission. */
  refused?: ProblemText;
}

/** Choice for each shown conflict, then one for all conflicts that are not shown. */
export interface ResolveRequest {
  keep: ("mine" | "theirs")[];
}

/** The changes that are left. */
export interface ResolveAnswer {
  changes: number;
  cancelled: boolean;
}

/** How many objects were repaired. */
export interface RepairAnswer {
  repaired: number;
}

/** A summary of the commit that was undone. */
export interface UndoneAnswer {
  summary: string;
}

/** Cells have changed. */
export interface Edited {
  shape: number;
}

/** Events by name. */
export interface Events {
  edited: Edited;
}

/** The traits of the widget that are synchronized. */
export interface State {
  value: unknown;
  followed: unknown;
  search: string;
  height: string;
  editable: boolean;
  tab: string;
  _head: Head;
  _status: Status;
  _query: ViewQuery;
  _layout: Layout;
  _views: Record<string, KeptView>;
  _selected: SelectedRow;
  _range: SelectedRange | Record<string, unknown>;
}

/** Payload, answer and partial answers of each request. */
export interface Requests extends Omit<SharedRequests, "show code"> {
  copy: { payload: CopyRequest; answer: CopyAnswer };
  edit: { payload: EditRequest; answer: EditAnswer };
  clear: { payload: RangeRequest; answer: EditAnswer };
  paste: { payload: PasteRequest; answer: EditAnswer };
  fill: { payload: RangeRequest; answer: EditAnswer };
  set_all: { payload: SetAllRequest; answer: EditAnswer };
  replace: { payload: ReplaceRequest; answer: EditAnswer };
  undo: { payload: UndoRequest; answer: UndoAnswer };
  discard: { payload: Nothing; answer: Nothing };
  findings: { payload: CellRequest; answer: FindingsAnswer };
  fix: { payload: FixRequest; answer: FixAnswer };
  fixes: { payload: FixesRequest; answer: FixesAnswer };
  next: { payload: NextRequest; answer: NextAnswer };
  repair: { payload: Nothing; answer: RepairAnswer };
  review: { payload: Nothing; answer: ReviewAnswer };
  commit: { payload: CommitRequest; answer: CommitAnswer; part: CommitProgress };
  resolve: { payload: ResolveRequest; answer: ResolveAnswer };
  undo_commit: { payload: Nothing; answer: UndoneAnswer };
  rows: { payload: RowsRequest; answer: RowsAnswer };
  values: { payload: ValuesRequest; answer: ValuesAnswer };
  cell: { payload: CellRequest; answer: TextAnswer };
  find: { payload: FindRequest; answer: FindAnswer };
  suggest: { payload: SuggestRequest; answer: SuggestAnswer };
  select: { payload: SelectRequest; answer: Nothing };
  follow: { payload: FollowRequest; answer: FollowAnswer };
  "show code": { payload: ShownRequest; answer: PiecesAnswer };
}
