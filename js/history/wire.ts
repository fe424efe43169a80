// Written by `make wire` from modos_widgets.widgets.history.wire; change it there.
import type { Chip, Nothing, Requests as SharedRequests } from "../shared/wire.ts";

/** A commit in the list. */
export interface CommitShown {
  id: string;
  /** Time with time zone, as in the journal. */
  when: string;
  who: string;
  message: string;
  state: string;
  /** Message or id of the commit that it undoes; else empty. */
  undoes: string;
  elements: number;
  cells: number;
  files: number;
}

/** The latest commits. */
export interface CommitsAnswer {
  /** Id of the object; empty if none is open. */
  name: string;
  commits: CommitShown[];
  total: number;
}

/** A commit. */
export interface CommitQuestion {
  id: string;
}

/** The changes of a commit. */
export interface ChangesAnswer {
  /** Element, slot, before and after. */
  rows: ([string, string, string | null, string | null])[];
  total: number;
  /** Parts of the values that are terms or links, by text. */
  chips: Record<string, Chip[]>;
}

/** A cell that has changed since a commit. */
export interface UndoConflict {
  element: string;
  slot: string;
  /** The value that the commit wrote. */
  committed: string | null;
  stored: string | null;
}

/** Whether a commit can be undone. */
export interface CheckAnswer {
  possible: boolean;
  reason: string;
  conflicts: UndoConflict[];
  conflict_count: number;
  /** Files that an undo cannot restore. */
  lacking: string[];
  /** Id of the commit to undo first; empty if there is none. */
  undo_first: string;
  chips: Record<string, Chip[]>;
}

/** A commit to undo. */
export interface UndoRequest {
  id: string;
  message?: string;
}

/** A commit that undoes another one. */
export interface UndoneAnswer {
  id: string;
  summary: string;
}

/** The traits of the widget that are synchronized. */
export interface State {
  selected: string | null;
  height: string;
}

/** Events that Python sends. */
export interface Events {
  /** The list of commits may have changed. */
  refreshed: Nothing;
}

/** Payload, answer and partial answers of each request. */
export interface Requests extends SharedRequests {
  commits: { payload: Nothing; answer: CommitsAnswer };
  changes: { payload: CommitQuestion; answer: ChangesAnswer };
  check: { payload: CommitQuestion; answer: CheckAnswer };
  undo: { payload: UndoRequest; answer: UndoneAnswer };
}
