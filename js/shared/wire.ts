// Written by `make wire` from modos_widgets.widgets.wire; change it there.

/** A piece of code. */
export type Piece = [
  title: string,
  text: string,
  language: string,
];

/** No content. */
export type Nothing = Record<string, never>;

/** The code of what is shown. */
export interface PiecesAnswer {
  pieces: Piece[];
}

/** An address to confirm. */
export interface OriginRequest {
  origin: string;
}

/** A problem, and what to do next. */
export interface ProblemText {
  message: string;
  hint: string;
}

/** A value that fits what is typed. */
export interface Suggestion {
  value: string;
  label: string;
  hint: string;
}

/** The values that fit. */
export interface SuggestAnswer {
  options: Suggestion[];
}

/** A problem of a session. */
export interface SessionProblem extends ProblemText {
  /** What failed: 'checking', 'listing', 'opening' and the like. */
  about: string;
  /** Whether other credentials may help. */
  credentials: boolean;
  /** Address to confirm before it gets a token; else empty. */
  origin: string;
}

/** Payload, answer and partial answers of each request. */
export interface Requests {
  "show code": { payload: Nothing; answer: PiecesAnswer };
}
