// The state of the tree in one view: open groups, requests under way, the active row.
import type { AnyModel } from "@anywidget/types";
import { count, counted } from "../shared/format.ts";
import { Problem, type Channel } from "../shared/messages.ts";
import { Group, Outline, type Place, type View } from "./outline.ts";
import type { GrowAnswer, OpenGroup, Requests, RowsAnswer, State } from "./wire.ts";

const PAGE = 100; // rows asked for at once
/** Milliseconds before waiting is shown. */
export const SLOW = 300;
const QUIET = 30; // ms without scrolling before rows are asked for

/** Rows to ask for: a page, and those of it that are in sight. */
interface Wanted {
  group: Group;
  page: number;
  from: number;
  to: number;
}

export interface TreeEvents {
  changed: () => void;
  problem: (problem: Problem | null) => void;
  note: (text: string) => void;
}

function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

export class Tree {
  readonly outline = new Outline();
  started = false;
  isModo = false;
  private readonly model: AnyModel<State>;
  private readonly channel: Channel<Requests>;
  private readonly events: TreeEvents;
  private remembered = new Set<string>(); // open, but below a closed group
  private asked = new Map<string, AbortController>(); // rows and growth under way
  private done = new Map<Group, Set<number>>(); // pages whose facts have come
  private counted = new WeakMap<Group, Set<number>>(); // children whose own children were asked for
  private timer = 0;
  private below: AbortController | null = null;

  constructor(model: AnyModel<State>, channel: Channel<Requests>, events: TreeEvents) {
    this.model = model;
    this.channel = channel;
    this.events = events;
  }

  get opened(): string[] {
    return this.model.get("opened");
  }

  private fail(error: unknown): void {
    if (isAbort(error)) return;
    this.events.problem(error instanceof Problem ? error : new Problem(String(error)));
  }

  private stop(prefix = ""): void {
    for (const [key, controller] of this.asked) {
      if (!key.startsWith(prefix)) continue;
      controller.abort();
      this.asked.delete(key);
    }
  }

  /** Read the root and every open group, keeping what is shown until the answer is there. */
  async load(): Promise<void> {
    this.stop();
    this.below?.abort();
    const controller = new AbortController();
    this.asked.set("load", controller);
    try {
      const { payload } = await this.channel.request(
        "open",
        { paths: this.opened },
        { signal: controller.signal },
      );
      this.asked.delete("load");
      this.outline.clear();
      this.done.clear();
      this.remembered = new Set(this.opened);
      this.outline.rootRow = payload.root;
      this.isModo = payload.modo ?? false;
      this.started = true;
      this.accept(payload.groups);
      this.events.problem(null);
    } catch (error) {
      if (isAbort(error)) return;
      this.outline.clear();
      this.started = true;
      this.fail(error);
    }
    this.events.changed();
  }

  private forgetRows(group: Group): void {
    this.done.delete(group);
    this.counted.delete(group);
  }

  private accept(entries: OpenGroup[]): void {
    const gone: string[] = [];
    for (const entry of entries) {
      if (entry.gone) {
        gone.push(entry.path);
        this.outline.close(entry.path);
        continue;
      }
      const group = this.outline.take(entry);
      if (!group) continue;
      this.remembered.delete(entry.path);
      if (entry.version !== undefined) this.forgetRows(group);
      if (!group.complete && !group.problem) void this.grow(group);
    }
    gone.forEach((path) => this.remembered.delete(path));
    this.share();
  }

  /** Tell Python and the other views what is open. */
  private share(): void {
    const opened = [...this.outline.groups.keys(), ...this.remembered];
    const before = new Set(this.opened);
    if (opened.length === before.size && opened.every((path) => before.has(path))) return;
    this.model.set("opened", opened);
    this.model.save_changes();
  }

  /** Open and close what Python or another view opened and closed. */
  follow(): void {
    const wanted = new Set(this.opened);
    for (const path of [...this.outline.groups.keys()]) {
      if (!wanted.has(path)) this.outline.close(path);
    }
    this.remembered = new Set([...wanted].filter((path) => !this.outline.groups.has(path)));
    const missing = [...this.remembered].filter((path) => {
      for (let above = path; above; ) {
        above = above.includes("/") ? above.slice(0, above.lastIndexOf("/")) : "";
        if (!wanted.has(above)) return false;
      }
      return true;
    });
    this.events.changed();
    if (missing.length && this.started) void this.fetch(missing);
  }

  private async fetch(paths: string[], again = false): Promise<void> {
    const key = `open ${paths[0]}`;
    const controller = new AbortController();
    this.asked.set(key, controller);
    try {
      const { payload } = await this.channel.request(
        "open",
        { paths, again },
        { signal: controller.signal },
      );
      if (payload.root) this.outline.rootRow = payload.root;
      this.accept(payload.groups);
    } catch (error) {
      this.fail(error);
    }
    this.asked.delete(key);
    this.events.changed();
  }

  open(place: Place): void {
    if (place.path === null || place.group || place.row?.kind !== "group") return;
    const { path } = place;
    const inside = [...this.remembered].filter((each) => each.startsWith(path ? `${path}/` : ""));
    this.outline.expect(path, place.parent, place.index);
    setTimeout(() => this.events.changed(), SLOW + 20);
    void this.fetch([path, ...inside]);
  }

  /** Open the groups in a group, as far as they are known. */
  openAll(parent: Group): void {
    for (const index of [...parent.rows.keys()].sort((one, other) => one - other).slice(0, PAGE)) {
      const place = this.outline.at(this.outline.positionIn(parent, index));
      if (place?.expanded === false) this.open(place);
    }
  }

  close(path: string): void {
    const below = path ? `${path}/` : "";
    for (const each of this.outline.groups.keys()) {
      if (each !== path && each.startsWith(below)) this.remembered.add(each);
    }
    this.stop(`grow ${path}`);
    this.stop(`rows ${path}`);
    this.outline.close(path);
    this.share();
    this.events.changed();
  }

  /** Ask once more for a group that could not be listed, or not to its end. */
  retry(path: string): void {
    const group = this.outline.groups.get(path);
    if (!group) return;
    this.outline.take({ path });
    if (group.total) void this.grow(group);
    else {
      this.outline.wait(group);
      setTimeout(() => this.events.changed(), SLOW + 20);
      void this.fetch([path], true);
    }
    this.events.changed();
  }

  /** Read a broken node again, and those beside it that are broken too: often one fault hit all. */
  async again(place: Place): Promise<void> {
    const { parent } = place;
    const beside = parent ? [...parent.rows.values()].filter((row) => row.kind === "broken").slice(0, PAGE) : [];
    const above = parent?.path ? `${parent.path}/` : "";
    const paths = parent ? beside.map((row) => above + row.name) : [place.path ?? ""];
    this.events.note("Retrying…");
    try {
      const { payload } = await this.channel.request("again", { paths });
      for (const row of payload.rows) {
        for (const [index, old] of parent?.rows ?? []) if (old.name === row.name) parent?.rows.set(index, row);
        if (place.row?.name === row.name) place.row = row; // a filter's rows stand alone
      }
      const broken = payload.rows.filter((row) => row.kind === "broken").length;
      this.events.note(broken ? `${counted(broken, "node")} still broken.` : "");
    } catch (error) {
      this.fail(error);
    }
    this.events.changed();
  }

  /** Ask for the stored size of the array a person rests on. */
  async stored(place: Place): Promise<void> {
    const { row, path, parent, index } = place;
    const key = `stored ${path}`;
    if (this.asked.has(key)) return;
    this.stop("stored ");
    if (row?.kind !== "array" || row.stored || path === null) return;
    const controller = new AbortController();
    this.asked.set(key, controller);
    try {
      const { payload } = await this.channel.request("stored", { path }, { signal: controller.signal });
      if (parent?.rows.get(index)?.name === payload.row.name) parent.rows.set(index, payload.row);
      else if (path === "") this.outline.rootRow = payload.row;
      place.row = payload.row;
      this.events.changed();
    } catch {
      // the row keeps its real size; the preview says what is wrong with the array
    }
    if (this.asked.get(key) === controller) this.asked.delete(key);
  }

  /** Open every group below one; a second call stops the first. */
  async openBelow(path: string): Promise<void> {
    this.below?.abort();
    const controller = (this.below = new AbortController());
    this.events.note("Opening all groups… Esc cancels.");
    const take = (groups: OpenGroup[]): void => {
      this.accept(groups);
      this.events.changed();
    };
    try {
      const { payload } = await this.channel.request("below", { path }, { signal: controller.signal, part: (part) => take(part.groups) });
      take(payload.groups);
      this.events.note(payload.bounded ? `First ${counted(payload.opened ?? 0, "group")} open.` : "");
    } catch (error) {
      if (isAbort(error)) this.events.note("Cancelled.");
      else this.fail(error);
    } finally {
      if (this.below === controller) this.below = null;
    }
  }

  /** Stop opening all below; tells whether there was anything to stop. */
  stopBelow(): boolean {
    this.below?.abort();
    return this.below !== null;
  }

  /** Open what leads to a path; gives its row. */
  async reveal(path: string): Promise<number | null> {
    const known = this.outline.find(path);
    if (known !== null) return known;
    const { payload } = await this.channel.request("locate", {
      path,
    });
    this.accept(payload.groups);
    const parent = this.outline.groups.get(path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "");
    this.events.changed();
    return parent && payload.index !== null ? this.outline.positionIn(parent, payload.index) : null;
  }

  private async grow(group: Group): Promise<void> {
    const key = `grow ${group.path}`;
    if (this.asked.has(key)) return;
    const controller = new AbortController();
    this.asked.set(key, controller);
    const take = (grown: GrowAnswer): void => {
      if (this.outline.groups.get(group.path) !== group) return;
      if (grown.version !== group.version) this.forgetRows(group);
      const { total, version, complete } = grown;
      this.outline.take({ path: group.path, total, version, ...(complete ? { complete } : {}) });
      const own = group.parent ? group.parent.rows.get(group.index) : this.outline.rootRow;
      if (own && !own.element_class && !complete) own.summary = `${count(total)}+`;
      this.events.changed();
    };
    try {
      const { payload } = await this.channel.request(
        "grow",
        { path: group.path },
        { signal: controller.signal, part: take },
      );
      if (payload.row && group.parent) group.parent.rows.set(group.index, payload.row);
      else if (payload.row) this.outline.rootRow = payload.row;
      take(payload);
    } catch (error) {
      if (!isAbort(error)) {
        const { message, hint } = error as Problem;
        this.outline.take({ path: group.path, problem: message, hint, complete: false });
        this.events.changed();
      }
    }
    if (this.asked.get(key) === controller) this.asked.delete(key);
  }

  /** Ask for the rows that came into sight, once the scrolling pauses. */
  seen(view: View, first: number, last: number): void {
    if (view !== this.outline) return;
    clearTimeout(this.timer);
    const wanted = new Map<string, Wanted>();
    for (let position = first; position < last; position += 1) {
      const place = view.at(position);
      if (!place?.parent || place.kind !== "node") continue;
      const { parent: group, index, row } = place;
      const page = Math.floor(index / PAGE);
      const uncounted = row?.kind === "group" && row.children === undefined && !this.counted.get(group)?.has(index);
      if (this.done.get(group)?.has(page) && !uncounted) continue;
      const key = `rows ${group.path}\n${page}`;
      const known = wanted.get(key);
      if (known) known.to = index + 1;
      else wanted.set(key, { group, page, from: index, to: index + 1 });
    }
    for (const [key, controller] of this.asked) {
      if (!key.startsWith("rows ") || wanted.has(key)) continue;
      controller.abort();
      this.asked.delete(key);
    }
    const missing = [...wanted].filter(([key]) => !this.asked.has(key));
    if (!missing.length) return;
    this.timer = window.setTimeout(() => {
      for (const [key, each] of missing) void this.rows(key, each);
    }, QUIET);
  }

  private countedTo(group: Group, from: number, to: number): void {
    const counted = this.counted.get(group) ?? new Set();
    for (let index = from; index < to; index += 1) {
      if (group.rows.get(index)?.kind === "group") counted.add(index); // a broken one may be fixed
    }
    this.counted.set(group, counted);
  }

  private async rows(key: string, { group, page, from, to }: Wanted): Promise<void> {
    if (this.asked.has(key) || this.outline.groups.get(group.path) !== group) return;
    const controller = new AbortController();
    this.asked.set(key, controller);
    const take = ({ start, rows, version }: RowsAnswer): void => {
      if (version !== group.version) return;
      rows.forEach((row, place) => group.rows.set(start + place, row));
      this.events.changed();
    };
    try {
      const { payload } = await this.channel.request(
        "rows",
        { path: group.path, start: page * PAGE, count: PAGE, seen: [from, to] },
        { signal: controller.signal, part: take },
      );
      const pages = this.done.get(group) ?? new Set();
      const whole = payload.rows.length === PAGE || group.complete;
      if (whole) this.done.set(group, pages.add(page));
      take(payload);
      this.countedTo(group, from, to);
    } catch (error) {
      if (!isAbort(error)) {
        this.countedTo(group, from, to);
        this.done.set(group, (this.done.get(group) ?? new Set()).add(page));
        this.fail(error);
      }
    }
    if (this.asked.get(key) === controller) this.asked.delete(key);
  }
}
