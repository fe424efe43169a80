// Written by `make wire` from modos_widgets.widgets.sheets.wire; change it there.
import type { Nothing, ProposedAnswer, Requests as SharedRequests } from "../shared/wire.ts";

/** A sheet to write. */
export interface ExportRequest {
  kind: "xlsx" | "csv" | "tsv";
  /** Elements of this tab of the table only; '' for all. */
  tab: string;
  /** Whether the sheet is empty, to collect new elements. */
  template: boolean;
}

/** A written sheet, to be read in pieces. */
export interface ExportAnswer {
  name: string;
  size: number;
  piece: number;
  rows: number;
  /** What the sheet cannot contain. */
  notes: string[];
}

/** A piece of the written sheet. */
export interface SheetPieceRequest {
  offset: number;
}

/** A sheet that was uploaded. */
export interface ReadSheetRequest {
  upload: string;
}

/** A column of a sheet. */
export type SheetColumn = [
  header: string,
  /** '' if it is not recognised. */
  meaning: string,
];

/** The columns of a sheet, to confirm. */
export interface ReadSheetAnswer {
  columns: SheetColumn[];
  /** What a column can mean. */
  meanings: string[];
}

/** A sheet to compare with the objects. */
export interface ImportRequest extends ReadSheetRequest {
  mapping: Record<string, string>;
  create: boolean;
  remove_missing: boolean;
}

/** What the import noticed in a cell. */
export type ReportRow = [
  problem: string,
  /** Tab and cell. */
  place: string,
  read: string,
  offered: string,
  applied: boolean,
];

/** What the import would change. */
export interface ImportAnswer {
  proposed: ProposedAnswer;
  /** Cells that someone else has changed too, since the export. */
  conflicts: number;
  /** Paths of objects that the commit creates. */
  created: string[];
  report: ReportRow[];
  /** Number of rows of the whole report. */
  noticed: number;
  /** Rows that are not applied. */
  doubts: number;
}

/** The changes are in the draft. */
export interface ImportedAnswer {
  changes: number;
}

/** Payload, answer and partial answers of each request. */
export interface Requests extends SharedRequests {
  "export sheet": { payload: ExportRequest; answer: ExportAnswer };
  "sheet piece": { payload: SheetPieceRequest; answer: Nothing };
  "read sheet": { payload: ReadSheetRequest; answer: ReadSheetAnswer };
  "import sheet": { payload: ImportRequest; answer: ImportAnswer };
  "apply sheet": { payload: Nothing; answer: ImportedAnswer };
}
