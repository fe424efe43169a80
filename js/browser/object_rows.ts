// The rows of the list of objects, of which those in sight are in the document; mouse and keyboard.
import { element, icon } from "../shared/dom.ts";
import { count, counted, sentence, visible } from "../shared/format.ts";
import { RowChoice } from "../shared/row_choice.ts";
import { VirtualList } from "../shared/virtual_list.ts";
import type { Row } from "./order.ts";

const ROW = 26;
const STAR = "M8 1.800l1.900 4 4.300.500-3.200 3 .900 4.300L8 11.500l-3.900 2.100.900-4.300-3.200-3 4.300-.500z";
const TWIST = "M4 6l4 4 4-4";
const TICK = "M4 8.500l2.700 2.700L12 5.500";

export interface RowActions {
  open: (path: string) => void;
  favour: (path: string, favourite: boolean) => void;
  /** Close a group, or open it. */
  close: (key: string) => void;
  /** Choose other objects for what is done with several. */
  choose: (paths: ReadonlySet<string>) => void;
  /** Put the focus into the filter. */
  search: () => void;
}

export interface RowsShown {
  rows: Row[];
  favourites: string[];
  opened: string | null;
  opening: string | null;
  filter: string;
  /** Objects that are chosen for what is done with several. */
  chosen: ReadonlySet<string>;
  /** Objects that are being edited. */
  edited: ReadonlySet<string>;
}

export class ObjectRows {
  private readonly scroller: HTMLElement;
  private readonly list: VirtualList;
  private readonly id = `modos-objects-${crypto.randomUUID()}`;
  private actions!: RowActions;
  private shown: RowsShown = { rows: [], favourites: [], opened: null, opening: null, filter: "", chosen: new Set(), edited: new Set() };
  private active = 0;
  private readonly choice = new RowChoice({
    pathAt: (index) => this.pathAt(index),
    chosen: () => this.shown.chosen,
    choose: (paths) => this.actions.choose(paths),
  });

  constructor(scroller: HTMLElement, signal: AbortSignal) {
    this.scroller = scroller;
    scroller.addEventListener("keydown", (event) => this.key(event));
    scroller.addEventListener("click", (event) => this.click(event));
    scroller.addEventListener("mousedown", (event) => {
      if (event.shiftKey) event.preventDefault(); // or the text between is selected
    });
    scroller.addEventListener("focus", () => this.list.draw());
    this.list = new VirtualList({
      scroller,
      rowHeight: ROW,
      make: makeRow,
      fill: (row, index) => this.fill(row, index),
      signal,
    });
  }

  /** Use other actions. */
  take(actions: RowActions): void {
    this.actions = actions;
  }

  /** Show rows; the active one stays, except for another filter. */
  show(shown: RowsShown): void {
    const before = this.shown;
    this.shown = shown;
    if (shown.rows !== before.rows) {
      const key = keyOf(before.rows[this.active]);
      const isFiltered = shown.filter !== before.filter;
      const same = isFiltered ? -1 : shown.rows.findIndex((row) => keyOf(row) === key);
      this.active = same >= 0 ? same : Math.max(0, shown.rows.findIndex((row) => row.kind === "object"));
      this.list.count = shown.rows.length;
      if (isFiltered) this.list.moveToRow(0);
    }
    this.list.draw();
  }

  private fill(row: HTMLElement, index: number): void {
    const { chosen, edited, favourites, opened, opening, rows } = this.shown;
    const entry = rows[index];
    if (!entry) return;
    const [twist, tick, name, note, star] = [...row.children] as HTMLElement[];
    if (!twist || !tick || !name || !note || !star) return;
    row.dataset["index"] = String(index);
    row.id = `${this.id}-${index}`;
    const heading = entry.kind === "heading";
    row.classList.toggle("modos-heading", heading);
    row.classList.toggle("modos-active", index === this.active);
    if (index === this.active) this.scroller.setAttribute("aria-activedescendant", row.id);
    twist.classList.toggle("modos-is-closed", heading && entry.closed);
    twist.hidden = !heading;
    row.setAttribute("role", "option");
    star.hidden = heading;
    tick.hidden = heading;
    if (entry.kind === "heading") {
      row.setAttribute("aria-selected", "false");
      row.setAttribute("aria-label", `${sentence(entry.text)}, ${counted(entry.count, "object")}${entry.closed ? ", collapsed" : ""}`);
      row.classList.remove("modos-is-selected", "modos-is-chosen");
      row.removeAttribute("aria-checked");
      row.title = visible(entry.text);
      name.textContent = visible(entry.text);
      note.textContent = entry.closed ? count(entry.count) : "";
      return;
    }
    const selected = entry.path === opened;
    const favourite = favourites.includes(entry.path);
    row.setAttribute("aria-selected", String(selected));
    row.dataset["path"] = entry.path;
    row.classList.toggle("modos-is-selected", selected);
    row.title = visible(entry.id ? `${entry.id}\n${entry.path}` : entry.path);
    name.textContent = visible(entry.name);
    const isChosen = chosen.has(entry.path);
    row.setAttribute("aria-checked", String(isChosen));
    row.classList.toggle("modos-is-chosen", isChosen);
    tick.title = isChosen ? "Remove from selection (Space)" : "Add to selection (Space)";
    const state = opening === entry.path ? "opening…" : edited.has(entry.path) ? "editing" : "";
    note.textContent = state || (entry.elements === null ? "" : count(entry.elements));
    const elements = entry.elements !== null && counted(entry.elements, "element");
    row.setAttribute("aria-label", sentence([entry.name, state || elements, favourite && "favourite"].filter(Boolean).join(", ")));
    star.classList.toggle("modos-is-on", favourite);
    star.title = favourite ? "Remove from favourites (F)" : "Add to favourites (F)";
  }

  private click(event: MouseEvent): void {
    const target = event.target as HTMLElement;
    const row = target.closest<HTMLElement>("[data-index]");
    if (!row) return;
    const index = Number(row.dataset["index"]);
    const isTick = target.closest(".modos-tick") !== null;
    this.activate(index);
    if (target.closest(".modos-star")) this.favour(index);
    else if (event.shiftKey) this.choice.extend(index);
    else if (isTick || event.ctrlKey || event.metaKey) this.choice.toggle(index);
    else this.press(index);
  }

  private pathAt(index: number): string | null {
    const entry = this.shown.rows[index];
    return entry?.kind === "object" ? entry.path : null;
  }

  private chooseAll(): void {
    const paths = this.shown.rows.flatMap((row) => (row.kind === "object" ? [row.path] : []));
    this.actions.choose(new Set(paths));
  }

  private press(index: number): void {
    const entry = this.shown.rows[index];
    if (entry?.kind === "heading") this.actions.close(entry.key);
    else if (entry) this.actions.open(entry.path);
  }

  private favour(index: number): void {
    const entry = this.shown.rows[index];
    if (entry?.kind === "object") this.actions.favour(entry.path, !this.shown.favourites.includes(entry.path));
  }

  private activate(index: number): void {
    const { length } = this.shown.rows;
    if (!length) return;
    this.active = Math.max(0, Math.min(length - 1, index));
    this.list.reveal(this.active);
    this.list.draw();
  }

  private key(event: KeyboardEvent): void {
    const { rows } = this.shown;
    const moves: Record<string, number> = {
      ArrowDown: this.active + 1,
      ArrowUp: this.active - 1,
      Home: 0,
      End: rows.length - 1,
      PageDown: this.active + this.list.page,
      PageUp: this.active - this.list.page,
    };
    const to = moves[event.key];
    if (to !== undefined) {
      event.preventDefault();
      if (!event.shiftKey) this.choice.begin(to);
      this.activate(to);
      if (event.shiftKey) this.choice.extend(this.active);
    } else if (event.key === "Enter" || (event.key === " " && rows[this.active]?.kind === "heading")) {
      event.preventDefault();
      this.press(this.active);
    } else if (event.key === " ") {
      event.preventDefault();
      this.choice.toggle(this.active);
    } else if ((event.ctrlKey || event.metaKey) && event.key === "a") {
      event.preventDefault();
      this.chooseAll();
    } else if (event.key === "Escape" && this.shown.chosen.size) {
      event.preventDefault();
      this.actions.choose(new Set());
    } else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      const entry = rows[this.active];
      if (entry?.kind === "heading" && entry.closed === (event.key === "ArrowRight")) this.press(this.active);
    } else if (event.key === "f" || event.key === "F") this.favour(this.active);
    else if (event.key === "/") {
      event.preventDefault();
      this.actions.search();
    }
  }
}

function keyOf(row: Row | undefined): string {
  if (!row) return "";
  return row.kind === "heading" ? row.key : `${row.key}\n${row.path}`;
}

function makeRow(): HTMLElement {
  const twist = element("span", { class: "modos-twist", attributes: { "aria-hidden": "true" } });
  twist.append(icon(TWIST));
  const tick = element("span", { class: "modos-tick", attributes: { "aria-hidden": "true" } });
  tick.append(icon(TICK));
  const star = element("span", { class: "modos-star", attributes: { "aria-hidden": "true" } });
  star.append(icon(STAR));
  return element(
    "div",
    { class: "modos-row" },
    twist,
    tick,
    element("span", { class: "modos-name" }),
    " ", // not drawn; between the words for what reads the row
    element("span", { class: "modos-note" }),
    star,
  );
}
