// Written by `make wire` from modos_widgets.widgets.zarr_tree.wire; change it there.
import type { Nothing, Requests as SharedRequests } from "../shared/wire.ts";

/** Node as a row of the tree; only the name is always known. */
export interface NodeRow {
  name: string;
  kind?: "group" | "array" | "broken";
  element_class?: string;
  /** Short text beside the name. */
  summary?: string;
  /** Description of the node in one line. */
  facts?: string;
  /** Number of children; -1 if there are more than were counted. */
  children?: number;
  /** Whether the stored size is known. */
  stored?: boolean;
  problem?: string;
  hint?: string;
}

/** Open group, or the reason why it cannot be opened. */
export interface OpenGroup {
  path: string;
  index?: number | null;
  total?: number;
  complete?: boolean;
  version?: number;
  rows?: NodeRow[];
  problem?: string;
  hint?: string;
  gone?: boolean;
}

/** A node. */
export interface PathRequest {
  path: string;
}

/** The groups to open. */
export interface OpenRequest {
  paths: string[];
  /** Read them again. */
  again?: boolean;
}

/** The root, and the groups with the first rows of some. */
export interface OpenAnswer {
  root: NodeRow | null;
  groups: OpenGroup[];
  modo?: boolean;
}

/** Rows of a group; the children of visible ones are counted. */
export interface RowsRequest extends PathRequest {
  start?: number;
  count?: number;
  seen?: [number, number];
}

/** Rows of a group that follow each other. */
export interface RowsAnswer {
  start: number;
  version: number;
  rows: NodeRow[];
}

/** How many children of a group are known. */
export interface GrowAnswer {
  total: number;
  version: number;
  complete?: boolean;
  /** Row of the group itself, once its children are counted. */
  row?: NodeRow;
}

/** The groups that lead to a node, and its index in the last of them. */
export interface LocateAnswer {
  groups: OpenGroup[];
  index: number | null;
}

/** Groups that were opened; `bounded` where there are more. */
export interface BelowAnswer {
  groups: OpenGroup[];
  bounded?: boolean;
  opened?: number;
}

/** Text to search in names and attribute values. */
export interface FilterRequest {
  text: string;
  everything?: boolean;
}

/** A node that matches, or that leads to one. */
export interface Match extends NodeRow {
  path: string;
  depth: number;
  hit: boolean;
}

/** The result of a search so far. */
export interface FilterAnswer {
  /** None if they are the same as before. */
  rows: Match[] | null;
  matches: number;
  searched: number;
  complete: boolean;
  /** Whether the values of all nodes were searched. */
  attributes: boolean;
  /** Nodes whose values were searched. */
  read: number;
}

/** Code that opens a node, by tool. */
export interface CodeAnswer {
  code: Record<string, string>;
}

/** Row of a node, with its stored size. */
export interface RowAnswer {
  row: NodeRow;
}

/** Nodes to read again. */
export interface AgainRequest {
  paths: string[];
}

/** Their rows. */
export interface AgainAnswer {
  rows: NodeRow[];
}

/** The visible nodes. */
export interface RefreshRequest {
  seen: string[];
}

/** Nodes have changed. */
export interface Refresh {
  /** Whether the source was replaced. */
  all: boolean;
}

/** Events by name. */
export interface Events {
  refresh: Refresh;
  /** The draft has changed: the rows are requested again. */
  drafted: Nothing;
}

export type Mark = "new" | "changed" | "removed";

/** The traits of the widget that are synchronized. */
export interface State {
  value: string | null;
  opened: string[];
  height: string;
  /** What a draft does to nodes, by path. */
  _marks: Record<string, Mark>;
}

/** Payload, answer and partial answers of each request. */
export interface Requests extends SharedRequests {
  open: { payload: OpenRequest; answer: OpenAnswer };
  rows: { payload: RowsRequest; answer: RowsAnswer; part: RowsAnswer };
  grow: { payload: PathRequest; answer: GrowAnswer; part: GrowAnswer };
  locate: { payload: PathRequest; answer: LocateAnswer };
  below: { payload: PathRequest; answer: BelowAnswer; part: BelowAnswer };
  filter: { payload: FilterRequest; answer: FilterAnswer | Nothing; part: FilterAnswer };
  code: { payload: PathRequest; answer: CodeAnswer };
  stored: { payload: PathRequest; answer: RowAnswer };
  again: { payload: AgainRequest; answer: AgainAnswer };
  refresh: { payload: RefreshRequest; answer: Nothing };
}
