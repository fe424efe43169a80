// Written by `make wire` from modos_widgets.widgets.proposal.wire; change it there.
import type { Nothing, ProposalAnswer, ProposedAnswer, Requests as SharedRequests } from "../shared/wire.ts";

export type CellKey = [string, string, string];

/** The undecided changes. */
export interface ProposedRequest {
  /** Read the objects again first. */
  refresh?: boolean;
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
