// ZarrTree: the view. What is open lives in tree.ts, where rows are in outline.ts.
import type { AnyModel, RenderProps } from "@anywidget/types";
import { copyText } from "../shared/clipboard.ts";
import { button, element, icon } from "../shared/dom.ts";
import { count, counted, visible } from "../shared/format.ts";
import { openMenu, type MenuItem } from "../shared/menu.ts";
import { connect, Problem, type Channel } from "../shared/messages.ts";
import { codeButton } from "../shared/show_code.ts";
import { furnish } from "../shared/style.ts";
import { VirtualList } from "../shared/virtual_list.ts";
import { Matches, type Match, type View } from "./outline.ts";
import { fillRow, makeRow, ROW_HEIGHT } from "./row.ts";
import css from "./style.css";
import { SLOW, Tree } from "./tree.ts";

const REFRESH = "M13.5 8a5.500 5.500 0 1 1-1.700-4M13.500 1.500v3h-3";
const MORE = "M3.500 8h.01M8 8h.01M12.500 8h.01";
const FILTER_PAUSE = 60; // ms after a key
const TYPING = 800; // ms between letters that belong together

interface FilterAnswer {
  rows: Match[] | null;
  matches: number;
  searched: number;
  complete: boolean;
  attributes: boolean;
}

class TreeView {
  private readonly model: AnyModel;
  private readonly channel: Channel;
  private readonly el: HTMLElement;
  private readonly signal: AbortSignal;
  private readonly tree: Tree;
  private readonly list: VirtualList;
  private readonly scroller: HTMLElement;
  private readonly input: HTMLInputElement;
  private readonly found = element("span", { class: "modos-found" });
  private readonly said = element("span", {
    class: "modos-visually-hidden",
    attributes: { role: "status" },
  });
  private readonly footPath = element("span", { class: "modos-path" });
  private readonly footFacts = element("span");
  private readonly note = element("span", { attributes: { role: "status" } });
  private readonly failed = element("div", { class: "modos-failed", attributes: { hidden: true } });
  private matches: Matches | null = null;
  private filtering: AbortController | null = null;
  private filterTimer = 0;
  private activeAt = 0;
  private activePath: string | null = "";
  private typed = "";
  private typedAt = 0;
  private slow = false;

  constructor({ model, el, signal }: RenderProps) {
    this.model = model;
    this.el = el;
    this.signal = signal;
    this.channel = connect(model, signal);
    this.tree = new Tree(model, this.channel, {
      changed: () => this.changed(),
      problem: (problem) => this.fail(problem),
      note: (text) => this.tell(text),
    });
    furnish(el, "zarr_tree", css);
    this.input = element("input", {
      class: "modos-input",
      attributes: {
        type: "text",
        placeholder: "Filter names and values",
        title: "Enter goes to a path, Esc clears",
        "aria-label": "Filter names and values",
        autocomplete: "off",
        spellcheck: "false",
      },
      on: {
        input: () => this.filterSoon(),
        keydown: (event) => this.filterKey(event),
      },
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
      element(
        "div",
        { class: "modos-bar" },
        element("div", { class: "modos-filter" }, this.input, this.found),
        this.tool("Refresh", REFRESH, () => void this.refresh()),
        this.tool("More for the selected node", MORE, (tool) => this.menuAt(tool.getBoundingClientRect())),
        codeButton(el, this.channel),
      ),
      this.failed,
      this.scroller,
      element(
        "div",
        { class: "modos-foot" },
        element("span", { class: "modos-foot-text" }, this.footPath, this.footFacts),
        this.note,
      ),
      this.said,
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
    this.channel.on<{ all: boolean }>("refresh", ({ all }) => void this.reload(all));
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

  private get view(): View {
    return this.matches ?? this.tree.outline;
  }

  private get value(): string | null {
    return this.model.get("value") as string | null;
  }

  private tool(name: string, path: string, press: (tool: HTMLButtonElement) => void): HTMLButtonElement {
    const made: HTMLButtonElement = element(
      "button",
      { class: "modos-tool", title: name, attributes: { type: "button", "aria-label": name } },
      icon(path),
    );
    made.addEventListener("click", () => press(made));
    return made;
  }

  private setHeight(): void {
    const height = this.model.get("height") as string;
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
      this.activePath = this.view.at(this.activeAt)?.path ?? null;
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
    if (empty) {
      this.scroller.dataset["empty"] = "true";
      this.footPath.textContent = "";
      this.footFacts.textContent = "Nothing is open. Choose an object to see its tree.";
    } else if (!this.tree.started && this.slow) {
      this.footFacts.textContent = "Reading…";
    } else {
      this.showFoot();
    }
  }

  private showFoot(): void {
    const place = this.view.at(this.activeAt);
    const row = place?.row;
    if (!row || place.kind === "problem") {
      this.footPath.textContent = "";
      this.footFacts.textContent = row ? `${row.n} ${row.h ?? ""}` : "";
      return;
    }
    const path = place.path ? visible(place.path) : visible(row.n);
    const facts = row.k === "broken" ? `${row.p ?? ""} ${row.h ?? ""}` : (row.t ?? "");
    this.footPath.textContent = path;
    this.footFacts.textContent = facts ? `  ${visible(facts)}` : "";
    this.footPath.parentElement!.title = `${path}\n${facts}`;
  }

  private pointAtActive(): void {
    requestAnimationFrame(() => {
      const row = this.list.row(this.activeAt);
      if (row) this.scroller.setAttribute("aria-activedescendant", row.id);
      else this.scroller.removeAttribute("aria-activedescendant");
    });
  }

  private tell(text: string): void {
    this.note.textContent = text;
    if (text) setTimeout(() => (this.note.textContent === text ? (this.note.textContent = "") : null), 4000);
  }

  private fail(problem: Problem | null): void {
    this.failed.replaceChildren();
    this.failed.hidden = !problem;
    if (!problem) return;
    this.failed.append(
      element(
        "div",
        { class: "modos-problem", attributes: { role: "alert" } },
        element("span", {}, element("strong", { text: visible(problem.message) }), ` ${visible(problem.hint)}`),
        button({ label: "Try again", press: () => void this.refresh() }),
      ),
    );
  }

  // -- moving -------------------------------------------------------------------------------

  private activate(position: number): void {
    this.activeAt = Math.max(0, Math.min(position, this.view.count - 1));
    this.activePath = this.view.at(this.activeAt)?.path ?? null;
    this.list.reveal(this.activeAt);
    this.list.draw();
    this.showFoot();
    this.pointAtActive();
  }

  private select(position: number): void {
    const place = this.view.at(position);
    this.activate(position);
    if (!place || place.kind !== "node" || place.path === null) return;
    this.model.set("value", place.path);
    this.model.save_changes();
    this.list.draw();
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
      void this.refresh();
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
    const page = Math.max(1, this.list.page - 1);
    const moves: Record<string, () => void> = {
      ArrowDown: () => this.activate(this.activeAt + 1),
      ArrowUp: () => this.activate(this.activeAt - 1),
      PageDown: () => this.activate(this.activeAt + page),
      PageUp: () => this.activate(this.activeAt - page),
      Home: () => this.activate(0),
      End: () => this.activate(this.view.count - 1),
      ArrowRight: () => {
        if (place?.expanded === false) this.toggleAt(this.activeAt);
        else if (place?.expanded) this.activate(this.activeAt + 1);
      },
      ArrowLeft: () => {
        if (place?.group && !this.matches) this.toggleAt(this.activeAt);
        else this.activate(this.parentOf(this.activeAt));
      },
      Enter: () => (place?.kind === "problem" ? void this.refresh() : this.select(this.activeAt)),
      " ": () => this.select(this.activeAt),
      "*": () => this.openSiblings(),
      Escape: () => {
        if (!this.tree.stopBelow()) this.clearFilter();
      },
    };
    const move = moves[event.key];
    if (move) {
      event.preventDefault();
      move();
    } else if (event.key.length === 1) {
      event.preventDefault();
      this.typeahead(event.key);
    }
  }

  private parentOf(position: number): number {
    const depth = this.view.at(position)?.depth ?? 0;
    if (!this.matches) {
      const parent = this.view.at(position)?.parent;
      return parent ? this.tree.outline.positionOf(parent) : 0;
    }
    let above = position;
    while (above > 0 && (this.view.at(above)?.depth ?? 0) >= depth) above -= 1;
    return above;
  }

  private typeahead(letter: string): void {
    const now = performance.now();
    this.typed = now - this.typedAt < TYPING ? this.typed + letter.toLowerCase() : letter.toLowerCase();
    this.typedAt = now;
    const most = Math.min(this.view.count, 5000);
    const from = this.typed.length > 1 ? 0 : 1; // a second letter narrows, it does not move on
    for (let step = from; step <= most; step += 1) {
      const position = (this.activeAt + step) % this.view.count;
      const name = this.view.at(position)?.row?.n;
      if (name?.toLowerCase().startsWith(this.typed)) {
        this.activate(position);
        return;
      }
    }
  }

  private openSiblings(): void {
    const parent = this.view.at(this.activeAt)?.parent;
    if (!parent || this.matches) return;
    for (const index of [...parent.rows.keys()].sort((one, other) => one - other).slice(0, 100)) {
      const place = this.tree.outline.at(this.tree.outline.positionIn(parent, index));
      if (place?.expanded === false) this.tree.open(place);
    }
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
    } catch (error) {
      if (error instanceof Problem) this.tell(visible(error.message));
    }
  }

  // -- filter -------------------------------------------------------------------------------

  private filterSoon(): void {
    clearTimeout(this.filterTimer);
    this.filterTimer = window.setTimeout(() => void this.filter(), FILTER_PAUSE);
  }

  private filterKey(event: KeyboardEvent): void {
    if (event.key === "Escape") {
      this.clearFilter();
    } else if (event.key === "ArrowDown") {
      event.preventDefault();
      this.scroller.focus();
    } else if (event.key === "Enter") {
      event.preventDefault();
      void this.jump();
    }
  }

  /** Enter: go to the path that was typed, or to the first match. */
  private async jump(): Promise<void> {
    const path = this.input.value.trim().replace(/^\/+|\/+$/g, "");
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
    this.clearFilter();
    this.model.set("value", path);
    this.model.save_changes();
    await this.revealValue();
    this.scroller.focus();
  }

  private clearFilter(): void {
    clearTimeout(this.filterTimer);
    this.filtering?.abort();
    if (!this.matches && !this.input.value) return;
    this.input.value = "";
    this.found.textContent = this.said.textContent = "";
    this.matches = null;
    this.changed();
    void this.revealValue();
  }

  private async filter(): Promise<void> {
    const text = this.input.value;
    if (!text) {
      this.clearFilter();
      return;
    }
    this.filtering?.abort();
    const controller = (this.filtering = new AbortController());
    const take = (answer: FilterAnswer, last: boolean): void => {
      if (answer.rows) {
        const first = answer.rows.findIndex((row) => row.hit);
        this.matches = new Matches(answer.rows);
        this.activeAt = Math.max(0, first);
        this.activePath = answer.rows[first]?.path ?? null;
        this.changed();
      }
      const of = `of ${count(answer.searched)}${answer.complete ? "" : "+"}`;
      this.found.textContent = `${count(answer.matches)} ${of}${last ? "" : "…"}`;
      const where = answer.attributes ? "names and attribute values" : "names only";
      const shown = this.matches && answer.matches > 1000 ? ", the first 1,000 are shown" : "";
      const words = `${counted(answer.matches, "match", "matches")} ${of} nodes, ${where}${shown}`;
      this.found.title = words;
      if (last) {
        this.said.textContent = words;
        this.tell(answer.matches ? (answer.attributes ? "" : "Names only: too many nodes to search values.") : "No match.");
      }
    };
    try {
      const { payload } = await this.channel.request<FilterAnswer, FilterAnswer>(
        "filter",
        { text },
        { signal: controller.signal, part: (part) => take(part, false) },
      );
      take(payload, true);
    } catch (error) {
      if (error instanceof Problem) this.fail(error);
    }
  }

  // -- doing --------------------------------------------------------------------------------

  private async refresh(): Promise<void> {
    this.tell("Refreshing…");
    try {
      await this.channel.request("refresh");
    } catch (error) {
      if (error instanceof Problem) this.fail(error);
    }
  }

  private async reload(all: boolean): Promise<void> {
    if (all) {
      this.clearFilter();
      this.activePath = "";
      this.activeAt = 0;
    }
    await this.tree.load();
    if (this.matches) void this.filter();
    this.tell(all ? "" : "Up to date.");
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
    const isGroup = place.row?.k === "group";
    const code = (kind: string): void => void this.copyCode(path, kind);
    const items: MenuItem[] = [
      { label: "Select", hint: "Enter", press: () => this.select(this.activeAt) },
      ...(isGroup && !this.matches
        ? [
            {
              label: place.group ? "Close" : "Open",
              hint: place.group ? "←" : "→",
              disabled: place.expanded === undefined,
              press: () => this.toggleAt(this.activeAt),
            },
            {
              label: "Open all below",
              disabled: place.expanded === undefined,
              press: () => void this.tree.openBelow(path),
            },
          ]
        : []),
      { label: "Copy path", apart: true, press: () => void this.copy(path || "/", "path") },
      { label: "Copy code: zarr", press: () => code("zarr") },
      ...(place.row?.k === "array"
        ? [
            { label: "Copy code: numpy", press: () => code("numpy") },
            { label: "Copy code: dask", press: () => code("dask") },
            { label: "Copy code: xarray", press: () => code("xarray") },
          ]
        : []),
      ...(this.tree.isModo
        ? [{ label: "Copy code: modos_widgets", press: () => code("modos_widgets") }]
        : []),
      { label: "Refresh", apart: true, press: () => void this.refresh() },
    ];
    openMenu(this.el, `Actions for ${path || "the root"}`, { x: box.left, y: box.bottom }, items, () =>
      this.scroller.focus({ preventScroll: true }),
    );
  }

  private async copyCode(path: string, kind: string): Promise<void> {
    try {
      const { payload } = await this.channel.request<{ code: Record<string, string> }>("code", { path });
      const text = payload.code[kind];
      if (text === undefined) this.tell(`${kind} does not fit this node.`);
      else await this.copy(text, `${kind} code`);
    } catch (error) {
      if (error instanceof Problem) this.fail(error);
    }
  }

  private async copy(text: string, what: string): Promise<void> {
    const done = await copyText(text);
    this.tell(done ? `Copied the ${what}.` : "The browser does not let this page copy.");
    if (!this.signal.aborted) this.scroller.focus({ preventScroll: true });
  }
}

export default {
  render(props: RenderProps): void {
    new TreeView(props);
  },
};
