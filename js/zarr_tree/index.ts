// ZarrTree: the view. What is open lives in tree.ts, where rows are in outline.ts.
import type { AnyModel, RenderProps } from "@anywidget/types";
import { createElement, render } from "preact";
import { ProblemRetry } from "../shared/controls.tsx";
import { element, focusedBeside } from "../shared/dom.ts";
import { sentence } from "../shared/format.ts";
import { openMenu } from "../shared/menu.ts";
import { showWhenGone } from "../shared/kernel.ts";
import { connect, Problem, type Channel } from "../shared/messages.ts";
import { codeButton, openNodeCode } from "../shared/show_code.tsx";
import { initRoot } from "../shared/style.ts";
import { VirtualList } from "../shared/virtual_list.ts";
import { Filter } from "./filter.ts";
import { StatusBar } from "./status_bar.ts";
import { copied, elementAt, nodeItems, type Structure, type StructureAction } from "./menu.ts";
import { parentOf, pathAt, type Matches, type View } from "./outline.ts";
import { fillRow, makeRow, ROW_HEIGHT } from "./row.ts";
import css from "./style.css";
import { SLOW, Tree } from "./tree.ts";
import { toolbar } from "./toolbar.ts";
import { Typeahead } from "./typeahead.ts";
import type { Events, Requests, State } from "./wire.ts";

class TreeView {
  private readonly model: AnyModel<State>;
  private readonly channel: Channel<Requests, Events>;
  private readonly el: HTMLElement;
  private readonly signal: AbortSignal;
  private readonly tree: Tree;
  private readonly list: VirtualList;
  private readonly scroller: HTMLElement;
  private readonly filter: Filter;
  private readonly typeahead = new Typeahead();
  private readonly statusBar = new StatusBar();
  private readonly none = element("div", { class: "modos-empty modos-none", attributes: { hidden: true } });
  private readonly failed = element("div", { class: "modos-failed", attributes: { hidden: true } });
  private activeAt = 0;
  private activePath: string | null = "";
  private slow = false;

  constructor({ model, el, signal }: RenderProps<State>) {
    this.model = model;
    this.el = el;
    this.signal = signal;
    this.channel = connect(model, signal, el);
    this.tree = new Tree(model, this.channel, {
      changed: () => this.changed(),
      problem: (problem) => this.fail(problem),
      note: (text) => this.statusBar.tell(text),
    });
    initRoot(el, "zarr_tree", css);
    showWhenGone(model, el, signal);
    this.filter = new Filter(this.channel, {
      shown: (matches, first) => this.filtered(matches, first),
      problem: (problem) => this.fail(problem),
      tell: (text, action) => this.statusBar.tell(text, action),
      far: (text) => this.statusBar.tell(text, undefined, true),
      enter: (text) => void this.jump(text),
      leave: () => this.scroller.focus(),
    });
    this.scroller = element("div", {
      class: "modos-scroller",
      attributes: { role: "tree", tabindex: 0, "aria-label": "Groups and arrays" },
      on: {
        keydown: (event) => this.key(event),
        click: (event) => this.click(event),
        dblclick: (event) => this.toggleAt(this.positionOf(event)),
        contextmenu: (event) => this.contextMenu(event),
        focus: () => this.list.draw(),
      },
    });
    el.append(
      toolbar(this.filter, codeButton(el, model, this.channel, ["value"]), {
        refresh: () => void this.refresh(),
        more: (tool) => this.menuAt(tool.getBoundingClientRect()),
        add: () => this.changeStructure("add"),
      }),
      this.failed,
      this.scroller,
      this.none,
      this.statusBar.el,
      this.filter.said,
    );
    this.list = new VirtualList({
      scroller: this.scroller,
      rowHeight: ROW_HEIGHT,
      make: makeRow,
      fill: (row, position) => this.fill(row, position),
      seen: ({ first, last }) => this.tree.seen(this.view, first, last),
      signal,
    });
    this.setHeight();
    model.on("change:height", () => this.setHeight());
    model.on("change:value", () => void this.revealValue());
    model.on("change:opened", () => this.tree.follow());
    model.on("change:_marks", () => this.list.redraw());
    this.channel.on("drafted", () => void this.drafted());
    this.channel.on("refresh", ({ all }) => void this.reload(all));
    setTimeout(() => {
      this.slow = !this.tree.started;
      if (this.slow) this.changed();
    }, SLOW);
    void this.begin();
  }

  private async begin(): Promise<void> {
    await this.tree.load();
    await this.revealValue();
  }

  private get matches(): Matches | null {
    return this.filter.matches;
  }

  private get view(): View {
    return this.matches ?? this.tree.outline;
  }

  private get value(): string | null {
    return this.model.get("value");
  }

  private setHeight(): void {
    const height = this.model.get("height");
    // ipywidgets' layout may reset `style.height` later, so it goes by a variable
    this.el.style.setProperty("--modos-tree-height", height);
    this.el.classList.toggle("modos-embedded", height === "100%");
  }

  // -- drawing ------------------------------------------------------------------------------

  private fill(row: HTMLElement, position: number): void {
    const place = this.view.at(position);
    fillRow(row, place, {
      id: `modos-${this.channel.view}-${position}`,
      active: position === this.activeAt,
      selected: place !== null && place.kind === "node" && place.path !== null && place.path === this.value,
      mark: (place?.path !== undefined && place.path !== null && this.model.get("_marks")[place.path]) || "",
      busy: Boolean(place?.group?.loading) && performance.now() - (place?.group?.since ?? 0) > SLOW,
    });
  }

  private changed(): void {
    const anchor = this.view.at(this.list.anchor.index)?.path;
    const offset = this.list.anchor.offset;
    if (this.activePath !== null) {
      const now = this.view.find(this.activePath);
      if (now !== null) this.activeAt = now;
    } else {
      this.activePath = pathAt(this.view, this.activeAt);
    }
    this.activeAt = Math.max(0, Math.min(this.activeAt, this.view.count - 1));
    this.list.count = this.view.count;
    const moved = anchor ? this.view.find(anchor) : null;
    if (moved !== null && this.list.anchor.index > 0 && moved !== this.list.anchor.index) {
      this.list.moveToRow(moved, offset);
    }
    this.list.redraw();
    this.showState();
    this.pointAtActive();
  }

  private showState(): void {
    const empty = this.tree.started && !this.tree.outline.rootRow && !this.failed.firstChild;
    this.scroller.setAttribute("aria-busy", String(!this.tree.started));
    if (empty) this.lack("No object is open", "Choose an object to see its tree.");
    else if (this.matches?.count === 0) this.lack(this.filter.searching ? "No matches so far" : "No matches", "Esc clears the filter.");
    else this.none.hidden = true;
    if (!this.tree.started && this.slow) this.statusBar.say("Reading…");
    else this.statusBar.show(this.view.at(this.activeAt));
  }

  /** Show why there are no rows, and what to do next. */
  private lack(why: string, next: string): void {
    this.none.hidden = false;
    this.none.replaceChildren(element("strong", { text: why }), element("span", { text: next }));
  }

  private pointAtActive(): void {
    requestAnimationFrame(() => {
      const row = this.list.row(this.activeAt);
      if (row) this.scroller.setAttribute("aria-activedescendant", row.id);
      else this.scroller.removeAttribute("aria-activedescendant");
    });
  }

  private fail(problem: Problem | null): void {
    if (this.failed.contains(focusedBeside(this.failed))) this.scroller.focus({ preventScroll: true });
    this.failed.hidden = !problem;
    render(problem && createElement(ProblemRetry, { problem, again: () => void this.refresh() }), this.failed);
  }

  // -- moving -------------------------------------------------------------------------------

  private activate(position: number): void {
    this.activeAt = Math.max(0, Math.min(position, this.view.count - 1));
    this.activePath = pathAt(this.view, this.activeAt);
    this.list.reveal(this.activeAt);
    this.list.draw();
    this.statusBar.show(this.view.at(this.activeAt));
    this.pointAtActive();
  }

  private select(position: number): void {
    const place = this.view.at(position);
    this.activate(position);
    if (!place || place.kind !== "node" || place.path === null) return;
    this.model.set("value", place.path);
    this.model.save_changes();
    this.list.draw();
    void this.tree.stored(place);
  }

  private toggleAt(position: number | null): void {
    const place = position === null ? null : this.view.at(position);
    if (!place || this.matches) return;
    if (place.group) this.tree.close(place.group.path);
    else this.tree.open(place);
    this.changed();
  }

  private positionOf(event: Event): number | null {
    const row = (event.target as Element).closest(".modos-row");
    if (!row) return null;
    return Number(row.id.slice(row.id.lastIndexOf("-") + 1));
  }

  private click(event: MouseEvent): void {
    const position = this.positionOf(event);
    if (position === null) return;
    const place = this.view.at(position);
    if (place?.kind === "problem") {
      this.tree.retry(place.path ?? "");
      return;
    }
    if ((event.target as Element).classList.contains("modos-twist") && place?.expanded !== undefined) {
      this.activate(position);
      this.toggleAt(position);
      return;
    }
    this.select(position);
  }

  private key(event: KeyboardEvent): void {
    const place = this.view.at(this.activeAt);
    const menu = event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey);
    if (menu) {
      event.preventDefault();
      const row = this.list.row(this.activeAt) ?? this.scroller;
      const box = row.getBoundingClientRect();
      this.menuAt(new DOMRect(box.left + 32, box.top, 0, box.height));
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (this.structureKey(event.key)) {
      event.preventDefault();
      return;
    }
    const page = Math.max(1, this.list.page - 1);
    const at = this.activeAt;
    const moves: Record<string, () => void> = {
      ArrowDown: () => this.activate(at + 1),
      ArrowUp: () => this.activate(at - 1),
      PageDown: () => this.activate(at + page),
      PageUp: () => this.activate(at - page),
      Home: () => this.activate(0),
      End: () => this.activate(this.view.count - 1),
      ArrowRight: () => {
        if (place?.expanded === false) this.toggleAt(at);
        else if (place?.expanded) this.activate(at + 1);
      },
      ArrowLeft: () => {
        if (place?.group && !this.matches) this.toggleAt(at);
        else this.activate(parentOf(this.view, at));
      },
      Enter: () => (place?.kind === "problem" ? this.tree.retry(place.path ?? "") : this.select(at)),
      " ": () => this.select(at),
      "*": () => this.openSiblings(),
      Escape: () => {
        if (!this.tree.stopBelow()) this.filter.clear();
      },
    };
    const move = moves[event.key];
    if (move) {
      event.preventDefault();
      move();
    } else if (event.key.length === 1) {
      event.preventDefault();
      const name = (row: number): string | undefined => this.view.at(row)?.row?.name;
      const row = this.typeahead.next(event.key, performance.now(), this.activeAt, this.view.count, name);
      if (row !== null) this.activate(row);
    }
  }

  private openSiblings(): void {
    const parent = this.view.at(this.activeAt)?.parent;
    if (!parent || this.matches) return;
    this.tree.openAll(parent);
    this.changed();
  }

  private async revealValue(): Promise<void> {
    const { value } = this;
    this.list.redraw();
    if (value === null || !this.tree.started || !this.tree.outline.rootRow) return;
    if (this.matches) {
      const position = this.matches.find(value);
      if (position !== null) this.activate(position);
      return;
    }
    try {
      const position = await this.tree.reveal(value);
      if (position === null || this.value !== value) return;
      this.activePath = value;
      this.activate(position);
      const place = this.view.at(position);
      if (place) void this.tree.stored(place);
    } catch (error) {
      if (error instanceof Problem) this.statusBar.tell(sentence(error.message));
    }
  }

  // -- filter -------------------------------------------------------------------------------

  private filtered(matches: Matches | null, first: number): void {
    if (matches && first >= 0) {
      this.activeAt = first;
      this.activePath = matches.at(first)?.path ?? null;
    }
    this.changed();
    if (!matches) void this.revealValue();
  }

  /** Go to the path that was typed, or to the first match. */
  private async jump(path: string): Promise<void> {
    const view = this.matches;
    const first = view ? [...Array(view.count).keys()].find((each) => view.at(each)?.hit) : undefined;
    try {
      await this.tree.reveal(path);
    } catch {
      if (first !== undefined) {
        this.select(first);
        this.scroller.focus();
      }
      return;
    }
    this.filter.clear();
    this.model.set("value", path);
    this.model.save_changes();
    await this.revealValue();
    this.scroller.focus();
  }

  // -- doing --------------------------------------------------------------------------------

  private async refresh(): Promise<void> {
    this.statusBar.tell("Refreshing…");
    const seen = [...this.scroller.querySelectorAll<HTMLElement>("[data-path]")].map((row) => row.dataset["path"] ?? "");
    await this.channel.request("refresh", { seen }).catch((error: unknown) => error instanceof Problem && this.fail(error));
  }

  private async reload(all: boolean): Promise<void> {
    if (all) {
      this.filter.clear();
      this.activePath = "";
      this.activeAt = 0;
    }
    await this.tree.load();
    if (this.matches) void this.filter.search();
    this.statusBar.tell(all ? "" : "Up to date.");
  }

  /** The draft has changed: its rows are read again, without a word. */
  private async drafted(): Promise<void> {
    await this.tree.load();
    if (this.matches) void this.filter.search();
  }

  /** What a widget around the tree lets a person do; it sets the attribute, and gets the event. */
  private get structure(): Structure {
    return (this.el.dataset["structure"] ?? "") as Structure;
  }

  private isRemoved(path: string): boolean {
    const marks = this.model.get("_marks");
    return marks[path] === "removed" || marks[elementAt(path)] === "removed";
  }

  private changeStructure(action: StructureAction): void {
    const path = pathAt(this.view, this.activeAt) ?? "";
    this.el.dispatchEvent(new CustomEvent("modos-structure", { bubbles: true, detail: { action, id: path } }));
  }

  /** Keys that change elements; false for any other. */
  private structureKey(key: string): boolean {
    const action = ({ Insert: "add", F2: "rename", Delete: "remove" } as const)[key];
    const path = pathAt(this.view, this.activeAt) ?? "";
    if (!action || this.structure !== "edit") return false;
    if (action !== "add" && (!elementAt(path) || this.isRemoved(path))) return false;
    this.changeStructure(action);
    return true;
  }

  private contextMenu(event: MouseEvent): void {
    const position = this.positionOf(event);
    event.preventDefault();
    event.stopPropagation();
    if (position === null) return;
    this.activate(position);
    this.menuAt(new DOMRect(event.clientX, event.clientY, 0, 0));
  }

  private menuAt(box: DOMRect): void {
    const place = this.view.at(this.activeAt);
    if (!place || place.kind !== "node" || place.path === null) return;
    const { path } = place;
    const items = nodeItems(
      place,
      {
        select: () => this.select(this.activeAt),
        toggle: () => this.toggleAt(this.activeAt),
        openBelow: () => void this.tree.openBelow(path),
        again: () => void this.tree.again(place),
        refresh: () => void this.refresh(),
        copyPath: () => void this.after(copied(path || "/", "path")),
        openAs: () => this.openAs(path, box),
        structure: (action) => this.changeStructure(action),
      },
      {
        filtered: this.matches !== null,
        structure: this.structure,
        isRemoved: this.isRemoved(path),
      },
    );
    openMenu(this.el, `Actions for ${path || "the root"}`, box, items, () =>
      this.scroller.focus({ preventScroll: true }),
    );
  }

  /** Show the code that opens a node with each library that fits it. */
  private openAs(path: string, box: DOMRect): void {
    openNodeCode(
      this.el,
      box,
      `Open ${path || "the root"} as`,
      (signal) => this.channel.request("code", { path }, { signal }),
      () => this.scroller.focus({ preventScroll: true }),
    );
  }

  private async after(copying: Promise<string>): Promise<void> {
    this.statusBar.tell(await copying);
    if (!this.signal.aborted) this.scroller.focus({ preventScroll: true });
  }
}

export default { render: (props: RenderProps<State>): void => void new TreeView(props) };
