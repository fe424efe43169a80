// Written by `make wire` from modos_widgets.widgets.wire; change it there.

/** A piece of code. */
export type Piece = [
  title: string,
  text: string,
  language: string,
];

/** No content. */
export type Nothing = Record<string, never>;

/** What the view shows: the values of traits that may not have arrived yet. */
export interface CodeRequest {
  state?: Record<string, unknown>;
}

/** The code of what is shown. */
export interface PiecesAnswer {
  pieces: Piece[];
}

/** An address to confirm. */
export interface OriginRequest {
  origin: string;
}

/** A file with the changes of a draft. */
export interface ProposalAnswer {
  name: string;
  text: string;
}

/** A class of which elements can be added. */
export interface ClassChoice {
  name: string;
  title: string;
  plural: string;
  description: string;
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

/** A part of a value: a term, the link to an element, or a text. */
export type Chip = [
  kind: "term" | "element" | "text",
  label: string,
  /** Short address of a term; else empty. */
  address: string,
  /** As stored; empty for a text. */
  value: string,
];

/** Terms or elements of one value. */
export interface CardsRequest {
  kind: "term" | "element";
  /** URIs, or ids of elements. */
  values: string[];
  /** Path of the object of the elements, if several are shown. */
  object?: string;
  /** Row of the link in a table. */
  position?: number;
}

/** A term or an element in a few lines. */
export interface Card {
  title: string;
  /** Class and id of an element, ontology and short address of a term. */
  about: string;
  /** Text to copy: the id or the URI. */
  value: string;
  exists: boolean;
  /** Names and values. */
  rows: [string, string][];
  /** Parts of the values that are terms or links, by text. */
  chips: Record<string, Chip[]>;
}

/** A card for each value. */
export interface CardsAnswer {
  cards: Card[];
}

/** A proposed change. */
export interface ProposedShown {
  /** Object, element and slot; no slot: the whole element. */
  cell: [string, string, string];
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
export interface ProposedAnswer {
  revision: string;
  changes: ProposedShown[];
  total: number;
  /** Whether the draft has several objects. */
  several: boolean;
  chips: Record<string, Chip[]>;
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
  cards: { payload: CardsRequest; answer: CardsAnswer };
  "show code": { payload: CodeRequest; answer: PiecesAnswer };
}
