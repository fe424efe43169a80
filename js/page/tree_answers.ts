// Answers of a saved tree to its front-end.
import { folded } from "../shared/fold.ts";
import { Problem } from "../shared/messages.ts";
import type {
  BelowAnswer,
  FilterAnswer,
  FilterRequest,
  GrowAnswer,
  LocateAnswer,
  Match,
  NodeRow,
  OpenAnswer,
  OpenGroup,
  OpenRequest,
  PathRequest,
  RowAnswer,
  RowsAnswer,
  RowsRequest,
  State,
} from "../zarr_tree/wire.ts";
import { RecordedModel } from "./model.ts";
import type { SavedNode } from "./wire.ts";

const PAGE = 100;
const MOST_MATCHES = 1000;
const MOST_OPENED = 1000;
const VERSION = 1;

/** The values of an element as a text, to search. */
export type ValuesOf = (path: string) => string;

export class SavedTree {
  readonly model: RecordedModel<State>;
  private root: SavedNode;
  private valuesOf: ValuesOf = () => "";

  constructor(root: SavedNode) {
    this.root = root;
    const state: State = { value: null, opened: [""], height: "100%", _marks: {} };
    this.model = new RecordedModel(state, (name, payload) => this.answer(name, payload));
  }

  /** Show another object. */
  show(root: SavedNode, valuesOf: ValuesOf): void {
    this.valuesOf = valuesOf;
    if (this.root === root) return;
    this.root = root;
    this.model.set("value", null);
    this.model.set("opened", [""]);
    this.model.emit("refresh", { all: true });
  }

  /** Whether there is a node at a path. */
  has(path: string): boolean {
    return this.node(path) !== undefined;
  }

  private answer(name: string, payload: never): object | undefined {
    const answers: Record<string, (payload: never) => object> = {
      open: ({ paths }: OpenRequest): OpenAnswer => ({
        root: rowOf(this.root),
        groups: paths.map((path) => this.group(path, PAGE)),
        modo: true,
      }),
      rows: ({ path, start = 0, count = PAGE }: RowsRequest): RowsAnswer => ({
        start,
        version: VERSION,
        rows: this.children(path).slice(start, start + count).map(rowOf),
      }),
      grow: ({ path }: PathRequest): GrowAnswer => ({ total: this.children(path).length, version: VERSION, complete: true }),
      locate: ({ path }: PathRequest) => this.locate(path),
      below: ({ path }: PathRequest) => this.below(path),
      filter: (request: FilterRequest) => this.filter(request),
      stored: ({ path }: PathRequest): RowAnswer => ({ row: { ...rowOf(this.known(path)), stored: true } }),
      again: ({ paths }: { paths: string[] }) => ({ rows: paths.map((path) => rowOf(this.known(path))) }),
      refresh: () => ({}),
    };
    return Object.hasOwn(answers, name) ? answers[name]?.(payload) : undefined;
  }

  private node(path: string): SavedNode | undefined {
    let node: SavedNode | undefined = this.root;
    for (const name of path ? path.split("/") : []) node = node?.nodes?.find((each) => each.name === name);
    return node;
  }

  private known(path: string): SavedNode {
    const node = this.node(path);
    if (!node) throw new Problem(`${path} is not in this page.`, "Check the path.");
    return node;
  }

  private children(path: string): SavedNode[] {
    return this.known(path).nodes ?? [];
  }

  private group(path: string, first = 0): OpenGroup {
    const node = this.node(path);
    const above = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
    const siblings = path ? this.node(above)?.nodes ?? [] : [];
    if (!node) return { path, gone: true, problem: `${path} is not in this page.`, hint: "" };
    if (node.problem) return { path, index: path ? siblings.indexOf(node) : 0, problem: node.problem, hint: node.hint ?? "" };
    const nodes = node.nodes ?? [];
    return {
      path,
      index: path ? siblings.indexOf(node) : 0,
      total: nodes.length,
      complete: true,
      version: VERSION,
      rows: nodes.slice(0, first).map(rowOf),
    };
  }

  private locate(path: string): LocateAnswer {
    this.known(path);
    const names = path ? path.split("/") : [];
    const groups = names.map((_, depth) => this.group(names.slice(0, depth).join("/"), PAGE));
    const parent = this.children(names.slice(0, -1).join("/"));
    return { groups, index: path ? parent.findIndex(({ name }) => name === names.at(-1)) : 0 };
  }

  private below(path: string): BelowAnswer {
    const groups: OpenGroup[] = [];
    for (const [at, node] of walk(this.known(path), path)) {
      if (!node.nodes?.length) continue;
      if (groups.length === MOST_OPENED) return { groups, bounded: true, opened: groups.length };
      groups.push(this.group(at, PAGE));
    }
    return { groups, opened: groups.length };
  }

  /** Search names and the metadata of elements. */
  private filter({ text }: FilterRequest): FilterAnswer {
    const wanted = folded(text.trim());
    const hits: string[] = [];
    let matches = 0;
    let searched = 0;
    for (const [path, node] of walk(this.root, "")) {
      if (!path) continue;
      searched += 1;
      const name = wanted.includes("/") ? path : node.name;
      if (!folded(name).includes(wanted) && !folded(this.valuesOf(path)).includes(wanted)) continue;
      matches += 1;
      if (hits.length < MOST_MATCHES) hits.push(path);
    }
    const shown = new Map<string, boolean>();
    for (const path of hits) {
      const names = path.split("/");
      names.forEach((_, depth) => {
        const above = names.slice(0, depth).join("/");
        if (!shown.has(above)) shown.set(above, false);
      });
      shown.set(path, true);
    }
    const rows = [...shown].map(([path, hit]): Match => ({
      ...rowOf(this.known(path)),
      path,
      depth: path ? path.split("/").length : 0,
      hit,
    }));
    return { rows, matches, searched, complete: true, attributes: true, read: searched + 1 };
  }
}

function rowOf({ nodes, more, ...row }: SavedNode): NodeRow {
  if (!nodes || row.kind !== "group") return row;
  return { ...row, children: more ? -1 : nodes.length };
}

/** A node and all below it, with their paths, in the order of the tree. */
function* walk(node: SavedNode, path: string): Generator<[string, SavedNode]> {
  yield [path, node];
  for (const each of node.nodes ?? []) yield* walk(each, path ? `${path}/${each.name}` : each.name);
}
