// Written by `make wire` from modos_widgets.widgets.overview.wire; change it there.
import type { Nothing, ProblemText, Requests as SharedRequests } from "../shared/wire.ts";

export type Kind = "objects" | "elements";

export type ListView = "table" | "cards";

export type ObjectState = "" | "unread" | "failed" | "removed";

/** A part of a snippet. */
export type Fragment = [
  text: string,
  /** Whether it matches a word of the query. */
  hit: boolean,
];

/** The text that matches, and where it is. */
export type Snippet = [
  /** Element and attribute. */
  place: string,
  fragments: Fragment[],
];

/** An object of the result. */
export type ObjectRow = [
  path: string,
  title: string,
  id: string,
  /** Plural of a class and the number of its elements, as shown. */
  counts: [string, number][],
  samples: number,
  omics: string[],
  formats: string[],
  /** Size of its files, if known. */
  size: number | null,
  /** Date of the last change, ISO 8601; else empty. */
  changed: string,
  errors: number,
  warnings: number,
  /** Required and expected attributes that have a value. */
  filled: number,
  /** Required and expected attributes. */
  wanted: number,
  state: ObjectState,
  /** Why it cannot be read. */
  reason: string,
  snippet: Snippet | null,
];

/** An element of the result. */
export type ElementRow = [
  /** Path of its object. */
  path: string,
  object_title: string,
  element: string,
  class_name: string,
  name: string,
  /** Further attributes and their values. */
  values: [string, string][],
  snippet: Snippet | null,
];

/** Totals of the result. */
export interface Totals {
  objects: number;
  elements: number;
  samples: number;
  /** None if no size is known. */
  bytes: number | null;
  /** Objects whose size is known. */
  measured: number;
  complete: number;
  /** Objects with errors. */
  errors: number;
  /** Objects that cannot be read. */
  failed: number;
}

/** A period of the timeline. */
export type Bar = [
  label: string,
  /** Term of the query that narrows to it. */
  term: string,
  /** Objects changed in it. */
  changed: number,
  /** Those of the result. */
  hits: number,
  /** 1: included, -1: excluded, 0: neither. */
  state: number,
];

/** A value of a facet. */
export type FacetValue = [
  label: string,
  /** Term of the query that includes it. */
  term: string,
  number: number,
  /** 1: included, -1: excluded, 0: neither. */
  state: number,
  /** The value as stored, if it differs from its label. */
  hint: string,
];

/** An attribute, and the number of elements with each value. */
export interface Facet {
  key: string;
  class_name: string;
  attribute: string;
  title: string;
  kind: "terms" | "numbers" | "dates";
  values: FacetValue[];
  /** Number of distinct values. */
  distinct: number;
  /** Elements without a value. */
  empty: number;
}

/** The facets of a class. */
export interface FacetGroup {
  class_name: string;
  title: string;
  /** Elements of the class in the result. */
  count: number;
  facets: Facet[];
}

/** A table or a transfer that is shown in place of the result. */
export interface PanelShown {
  kind: "edit" | "copy";
  objects: number;
  /** Whether it is shown; if not, it was left with unsaved changes or while it copies. */
  is_open: boolean;
  /** Unsaved changes. */
  changes: number;
}

/** A term of the query, as a chip. */
export interface Term {
  label: string;
  /** The query without it. */
  text: string;
  excluded: boolean;
}

/** What is known of the objects. */
export interface Status {
  /** Rises when more is known. */
  version: number;
  loading: boolean;
  listed: boolean;
  done: number;
  total: number;
  failed: number;
  /** Objects whose size was read so far; None while no sizes are read. */
  measured: number | null;
  /** Objects whose size is to be read. */
  unmeasured: number;
  /** Time at which everything was read, ISO 8601; else empty. */
  read_at: string;
  problem: ProblemText | null;
  /** Path of the object that is being opened; else empty. */
  opening: string;
  favourites: string[];
  /** Names of the saved searches and their queries. */
  searches: [string, string][];
  /** Whether objects are opened in a session. */
  follows: boolean;
  panel: PanelShown | null;
}

/** What to find, and in which order. */
export interface ResultRequest {
  query: string;
  kind: Kind;
  /** Column; empty for the order of relevance, or that of the list. */
  sort: string;
  down: boolean;
  /** Whether rows that are shown keep their place, and new ones follow. */
  settled: boolean;
  /** Number of rows of the answer. */
  rows: number;
}

/** A result: its totals and first rows. */
export interface ResultAnswer {
  /** Identifies the result. */
  result: number;
  /** Version of the metadata it is based on. */
  version: number;
  total: number;
  /** Number of all objects or elements. */
  all: number;
  /** Whether the query has words, so that rows have snippets. */
  words: boolean;
  totals: Totals;
  timeline: Bar[];
  terms: Term[];
  /** Why the query is not understood; the result is then that of the part that is. */
  problem: ProblemText | null;
  /** Rows that are not where the order has them, since they were found later. */
  late: number;
  objects: ObjectRow[];
  elements: ElementRow[];
}

/** Rows of a result. */
export interface RowsRequest {
  result: number;
  start: number;
  end: number;
}

/** Rows of a result; `current` is False if it is no longer known. */
export interface RowsAnswer {
  current: boolean;
  objects: ObjectRow[];
  elements: ElementRow[];
}

/** The query whose facets are shown. */
export interface FacetsRequest {
  query: string;
}

/** The facets of a result, by class. */
export interface FacetsAnswer {
  groups: FacetGroup[];
}

/** Values of one facet that contain a text. */
export interface ValuesRequest {
  query: string;
  class_name: string;
  attribute: string;
  text: string;
}

/** The most frequent values that contain the text. */
export interface ValuesAnswer {
  values: FacetValue[];
  matching: number;
}

/** A term to add to a query, or to remove from it. */
export interface ToggleRequest {
  query: string;
  term: string;
  excluded: boolean;
}

/** A query. */
export interface QueryAnswer {
  query: string;
}

/** A query as typed so far. */
export interface SuggestRequest {
  query: string;
  cursor: number;
}

/** A way to complete a query. */
export interface QuerySuggestion {
  label: string;
  hint: string;
  /** The query with it. */
  query: string;
  /** Position of the cursor in it. */
  cursor: number;
}

/** Ways to complete a query. */
export interface SuggestionsAnswer {
  options: QuerySuggestion[];
}

/** Objects that are used: those of `paths`, or of a whole result if it is empty. */
export interface TargetsRequest {
  query: string;
  paths: string[];
}

/** The paths of its objects. */
export interface PathsAnswer {
  paths: string[];
}

/** An object. */
export interface PathRequest {
  path: string;
  favourite?: boolean;
}

/** A search to save, or to remove. */
export interface SaveSearchRequest {
  name: string;
  query: string;
}

/** The traits of the widget that are synchronized. */
export interface State {
  query: string;
  kind: Kind;
  view: ListView;
  height: string;
  value: string | null;
  /** Reference to the widget of `Status.panel`; empty if there is none. */
  _panel: string;
  _status: Status;
}

/** Payload, answer and partial answers of each request. */
export interface Requests extends SharedRequests {
  edit: { payload: TargetsRequest; answer: Nothing };
  copy: { payload: TargetsRequest; answer: Nothing };
  "show panel": { payload: Nothing; answer: Nothing };
  "leave panel": { payload: Nothing; answer: Nothing };
  result: { payload: ResultRequest; answer: ResultAnswer };
  rows: { payload: RowsRequest; answer: RowsAnswer };
  facets: { payload: FacetsRequest; answer: FacetsAnswer };
  values: { payload: ValuesRequest; answer: ValuesAnswer };
  toggle: { payload: ToggleRequest; answer: QueryAnswer };
  suggest: { payload: SuggestRequest; answer: SuggestionsAnswer };
  paths: { payload: TargetsRequest; answer: PathsAnswer };
  refresh: { payload: Nothing; answer: Nothing };
  open: { payload: PathRequest; answer: Nothing };
  favour: { payload: PathRequest; answer: Nothing };
  "save search": { payload: SaveSearchRequest; answer: Nothing };
  "remove search": { payload: SaveSearchRequest; answer: Nothing };
}
