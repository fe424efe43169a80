// Which node is at which row: open groups, of which only some children are known.
import type { Match, NodeRow, OpenGroup } from "./wire.ts";

export class Group {
  readonly path: string;
  readonly parent: Group | null;
  readonly depth: number;
  index: number;
  total = 0;
  complete = false;
  loading = true;
  since = performance.now();
  version = 0;
  problem: { message: string; hint: string } | null = null;
  rows = new Map<number, NodeRow>();
  /** Open groups in this one, by index. */
  readonly open: Group[] = [];
  /** Rows below this group's own. */
  size = 0;

  constructor(path: string, parent: Group | null, index: number) {
    this.path = path;
    this.parent = parent;
    this.index = index;
    this.depth = parent ? parent.depth + 1 : 0;
  }
}

/** Rows one below the other: the outline, or the matches of a filter. */
export interface View {
  readonly count: number;
  at(position: number): Place | null;
  find(path: string): number | null;
}

/** What stands at a row. `group` is the open group that the node is, if it is one. */
export interface Place {
  kind: "node" | "problem";
  path: string | null; // null while the name is not known
  row: NodeRow | undefined;
  depth: number;
  index: number;
  siblings: number; // -1 while it is not known
  parent: Group | null;
  group: Group | null;
  /** Undefined for what cannot be opened. */
  expanded: boolean | undefined;
  hit?: boolean;
}

function childPath(group: Group, name: string): string {
  return group.path ? `${group.path}/${name}` : name;
}

function openable(row: NodeRow | undefined): boolean {
  return row?.kind === "group" && row.children !== 0;
}

export class Outline implements View {
  rootRow: NodeRow | null = null;
  readonly groups = new Map<string, Group>();

  get count(): number {
    if (!this.rootRow) return 0;
    return 1 + (this.groups.get("")?.size ?? 0);
  }

  clear(): void {
    this.rootRow = null;
    this.groups.clear();
  }

  /** Store what Python sends about an open group; its parent must be open. */
  take(entry: OpenGroup): Group | null {
    let group = this.groups.get(entry.path);
    if (!group) {
      const above = entry.path.includes("/") ? entry.path.slice(0, entry.path.lastIndexOf("/")) : "";
      const parent = entry.path ? (this.groups.get(above) ?? null) : null;
      if (entry.path && !parent) return null;
      if (entry.path && entry.index === undefined) return null;
      group = new Group(entry.path, parent, entry.index ?? 0);
      this.groups.set(entry.path, group);
      if (parent) {
        parent.open.push(group);
        parent.open.sort((one, other) => one.index - other.index);
      }
    }
    group.loading = false;
    group.problem = entry.problem ? { message: entry.problem, hint: entry.hint ?? "" } : null;
    if (entry.version !== undefined && entry.version !== group.version) {
      group.rows.clear();
      group.version = entry.version;
    }
    group.index = entry.index ?? group.index;
    group.total = entry.total ?? group.total;
    group.complete = entry.complete ?? group.complete;
    entry.rows?.forEach((row, place) => group.rows.set(place, row));
    this.measure(group);
    return group;
  }

  /** A group that was asked for and has not come yet: its own row says so. */
  expect(path: string, parent: Group | null, index: number): void {
    if (this.groups.has(path)) return;
    const group = new Group(path, parent, index);
    this.groups.set(path, group);
    if (parent) {
      parent.open.push(group);
      parent.open.sort((one, other) => one.index - other.index);
    }
    this.measure(group);
  }

  /** A group that is asked for once more: its own row says so. */
  wait(group: Group): void {
    group.loading = true;
    group.since = performance.now();
  }

  close(path: string): void {
    const group = this.groups.get(path);
    if (!group) return;
    for (const child of [...group.open]) this.close(child.path);
    this.groups.delete(path);
    const { parent } = group;
    if (!parent) return;
    parent.open.splice(parent.open.indexOf(group), 1);
    this.measure(parent);
  }

  private measure(group: Group): void {
    for (let each: Group | null = group; each; each = each.parent) {
      each.size = each.total + (each.problem ? 1 : 0);
      for (const child of each.open) each.size += child.size;
    }
  }

  at(position: number): Place | null {
    if (!this.rootRow || position < 0 || position >= this.count) return null;
    let group = this.groups.get("") ?? null;
    if (position === 0) {
      return {
        kind: "node",
        path: "",
        row: this.rootRow,
        depth: 0,
        index: 0,
        siblings: 1,
        parent: null,
        group,
        expanded: this.rootRow.kind === "group" ? Boolean(group) : undefined,
      };
    }
    let left = position - 1;
    while (group) {
      let inside: Group | null = null;
      let before = 0; // rows of open groups above
      for (const child of group.open) {
        const at = child.index + before;
        if (left <= at) break;
        if (left <= at + child.size) {
          inside = child;
          left -= at + 1;
          break;
        }
        before += child.size;
      }
      if (inside) {
        group = inside;
        continue;
      }
      const index = left - before;
      if (index >= group.total) return this.problemOf(group);
      const row = group.rows.get(index);
      const path = row ? childPath(group, row.name) : null;
      const own = path === null ? undefined : this.groups.get(path);
      return {
        kind: "node",
        path,
        row,
        depth: group.depth + 1,
        index,
        siblings: group.complete ? group.total : -1,
        parent: group,
        group: own ?? null,
        expanded: own ? true : openable(row) ? false : undefined,
      };
    }
    return null;
  }

  private problemOf(group: Group): Place {
    const row: NodeRow = { name: group.problem?.message ?? "", kind: "broken", hint: group.problem?.hint ?? "" };
    return {
      kind: "problem",
      path: group.path,
      row,
      depth: group.depth + 1,
      index: group.total,
      siblings: -1,
      parent: group,
      group: null,
      expanded: undefined,
    };
  }

  /** Row of a child of an open group. */
  positionIn(group: Group, index: number): number {
    let position = this.positionOf(group) + 1 + index;
    for (const child of group.open) {
      if (child.index >= index) break;
      position += child.size;
    }
    return position;
  }

  /** Row of an open group itself. */
  positionOf(group: Group): number {
    return group.parent ? this.positionIn(group.parent, group.index) : 0;
  }

  /** Row of a path, where it is known. */
  find(path: string): number | null {
    if (path === "") return this.rootRow ? 0 : null;
    const known = this.groups.get(path);
    if (known) return this.positionOf(known);
    const slash = path.lastIndexOf("/");
    const parent = this.groups.get(slash === -1 ? "" : path.slice(0, slash));
    if (!parent) return null;
    const name = path.slice(slash + 1);
    for (const [index, row] of parent.rows) {
      if (row.name === name) return this.positionIn(parent, index);
    }
    return null;
  }
}

/** Path of the node at a row; a row that shows a problem is not a node. */
export function pathAt(view: View, position: number): string | null {
  const place = view.at(position);
  return place?.kind === "node" ? place.path : null;
}

/** The row that a row is below. */
export function parentOf(view: View, position: number): number {
  const place = view.at(position);
  const depth = place?.depth ?? 0;
  if (place?.parent) return view.find(place.parent.path) ?? 0;
  let above = position;
  while (above > 0 && (view.at(above)?.depth ?? 0) >= depth) above -= 1;
  return above;
}

/** The matches of a filter and the groups that lead to them, all open. */
export class Matches implements View {
  private readonly places: Place[];
  private readonly positions = new Map<string, number>();

  constructor(rows: Match[]) {
    const families = new Map<string, number>(); // parent -> children that are shown
    const orders = rows.map((row) => {
      const above = row.path.includes("/") ? row.path.slice(0, row.path.lastIndexOf("/")) : "";
      const family = row.path === "" ? "/" : above;
      const order = families.get(family) ?? 0;
      families.set(family, order + 1);
      return { family, order };
    });
    this.places = rows.map((row, position) => {
      this.positions.set(row.path, position);
      const { family, order } = orders[position]!;
      return {
        kind: "node",
        path: row.path,
        row,
        depth: row.depth,
        index: order,
        siblings: families.get(family) ?? 1,
        parent: null,
        group: null,
        expanded: families.has(row.path) && row.depth < (rows[position + 1]?.depth ?? 0) ? true : undefined,
        hit: row.hit,
      };
    });
  }

  get count(): number {
    return this.places.length;
  }

  at(position: number): Place | null {
    return this.places[position] ?? null;
  }

  find(path: string): number | null {
    return this.positions.get(path) ?? null;
  }
}
