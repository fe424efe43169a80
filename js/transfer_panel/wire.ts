// Written by `make wire` from modos_widgets.widgets.transfer_panel.wire; change it there.
import type { Nothing, ProblemText, Requests as SharedRequests } from "../shared/wire.ts";

/** A file of a plan or a report. */
export type FileRow = [
  path: string,
  bytes: number,
  /** Planned action, or outcome. */
  state: string,
  detail: string,
];

/** The files that would be copied. */
export interface PlanShown {
  /** Files and bytes by action. */
  actions: Record<string, [number, number]>;
  rows: FileRow[];
  files: number;
}

/** The progress of a transfer. */
export interface ProgressShown {
  files: number;
  files_done: number;
  files_failed: number;
  omitted: number;
  bytes: number;
  bytes_done: number;
  rate: number;
  seconds_left: number | null;
  /** Files, and copied files, by class of element. */
  classes: Record<string, [number, number]>;
}

/** A plan or a transfer. */
export interface Shown {
  plan?: PlanShown;
  progress?: ProgressShown;
  /** How long an ended transfer took. */
  seconds?: number;
  rows?: FileRow[];
  problem?: ProblemText;
  /** Path of the complete copy of one object, if it can be opened here. */
  copy?: string;
  /** Whether the check of the objects found errors, so nothing was copied. */
  refused?: boolean;
}

/** The content of the fields. */
export interface Fields {
  source?: string;
  target?: string;
  overwrite?: boolean;
  force?: boolean;
}

/** The traits of the widget that are synchronized. */
export interface State {
  source: string;
  target: string;
  overwrite: boolean;
  force: boolean;
  phase: string;
  _shown: Shown;
}

/** Payload, answer and partial answers of each request. */
export interface Requests extends SharedRequests {
  compare: { payload: Fields; answer: Nothing };
  start: { payload: Fields; answer: Nothing };
  pause: { payload: Nothing; answer: Nothing };
  resume: { payload: Nothing; answer: Nothing };
  cancel: { payload: Nothing; answer: Nothing };
  "open copy": { payload: Nothing; answer: Nothing };
}
