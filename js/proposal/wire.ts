// Written by `make wire` from modos_widgets.widgets.proposal.wire; change it there.
import type { Chip, Nothing, ProposalAnswer, Requests as SharedRequests } from "../shared/wire.ts";

export type CellKey = [string, string, string];

/** A proposed change. */
export interface ProposedShown {
  cell: CellKey;
  /** 'cell', 'added', 'removed' or 'file'. */
  kind: string;
  /** The value that it is based on. */
  base: string | null;
  proposed: string | null;
  /** The value that is stored now. */
  stored: string | null;
  /** Whether someone has changed the cell since the proposal was made. */
  stale: boolean;
}

/** The undecided changes. */
export interface ProposedRequest {
  /** Read the objects again first. */
  refresh?: boolean;
}

/** The undecided changes. */
export interface ProposedAnswer {
  revision: string;
  changes: ProposedShown[];
  total: number;
  /** Whether the draft has several objects. */
  several: boolean;
  chips: Record<string, Chip[]>;
}

/** Changes to accept and to reject, as one step for undo. */
export interface DecideRequest {
  revision: string;
  accept: CellKey[];
  reject: CellKey[];
}

/** The changes that are left. */
export interface DecideAnswer {
  undecided: number;
  /** The changes are not those that were shown; nothing was decided. */
  changed?: boolean;
}

/** Payload, answer and partial answers of each request. */
export interface Requests extends SharedRequests {
  proposal: { payload: Nothing; answer: ProposalAnswer };
  "proposed changes": { payload: ProposedRequest; answer: ProposedAnswer };
  decide: { payload: DecideRequest; answer: DecideAnswer };
}
