// The list of objects: filter, groups that close, favourites; mouse and keyboard.
import { button, element, icon } from "../shared/dom.ts";
import { count, counted, visible } from "../shared/format.ts";
import { VirtualList } from "../shared/virtual_list.ts";
import { arrange, type Listed, type Row } from "./order.ts";

const ROW = 26;
const FILTER_PAUSE = 60; // ms after a key
const STAR = "M8 1.800l1.900 4 4.300.500-3.200 3 .900 4.300L8 11.500l-3.900 2.100.900-4.300-3.200-3 4.300-.500z";
const TWIST = "M4 6l4 4 4-4";
const REFRESH = "M13.5 8a5.500 5.500 0 1 1-1.700-4M13.500 1.500v3h-3";

export interface ObjectActions {
  open: (path: string) => void;
  favour: (path: string, favourite: boolean) => void;
  refresh: () => void;
}

export class ObjectList {
  readonly el: HTMLElement;
  private readonly actions: ObjectActions;
  private readonly input: HTMLInputElement;
  private readonly scroller: HTMLElement;
  private readonly note = element("div", { class: "modos-list-note", attributes: { role: "status" } });
  private readonly none = element("div", { class: "modos-empty modos-no-hit", attributes: { hidden: true } });
  private readonly list: VirtualList;
  private readonly closed = new Set<string>();
  private listed: Listed = { prefixes: [], rows: [] };
  private marks = { recent: [] as string[], favourites: [] as string[] };
  private rows: Row[] = [];
  private opened: string | null = null;
  private opening: string | null = null;
  private listing = false;
  private active = 0;
  private timer = 0;

  constructor(actions: ObjectActions, signal: AbortSignal) {
    this.actions = actions;
    this.input = element("input", {
      class: "modos-input",
      attributes: {
        type: "text",
        placeholder: "Filter objects",
        "aria-label": "Filter objects",
        autocomplete: "off",
        spellcheck: "false",
      },
      on: {
        input: () => {
          window.clearTimeout(this.timer);
          this.timer = window.setTimeout(() => this.arrange(true), FILTER_PAUSE);
        },
        keydown: (event) => {
          if (event.key === "Escape" && this.input.value) this.clear();
          else if (event.key === "ArrowDown" || event.key === "Enter") {
            event.preventDefault();
            if (this.rows.length) this.scroller.focus();
          }
        },
      },
    });
    this.scroller = element("div", {
      class: "modos-scroller",
      attributes: { role: "listbox", tabindex: 0, "aria-label": "Objects" },
      on: {
        keydown: (event) => this.key(event),
        click: (event) => this.click(event),
        focus: () => this.list.draw(),
      },
    });
    const again = element("button", {
      class: "modos-tool",
      title: "List again",
      attributes: { type: "button", "aria-label": "List the objects again" },
      on: { click: () => this.actions.refresh() },
    });
    again.append(icon(REFRESH));
    this.el = element(
      "section",
      { class: "modos-pane modos-objects", attributes: { "aria-label": "Objects" } },
      element("div", { class: "modos-bar" }, this.input, again),
      this.note,
      this.none,
      this.scroller,
    );
    this.none.append(
      element("strong", { text: "No match" }),
      element("span", { text: "Names, folders and ids are searched." }),
      button({ label: "Clear the filter", press: () => this.clear() }),
    );
    this.list = new VirtualList({
      scroller: this.scroller,
      rowHeight: ROW,
      make: makeRow,
      fill: (row, index) => this.fill(row, index),
      signal,
    });
  }

  focus(): void {
    this.input.focus();
  }

  setListed(listed: Listed): void {
    this.listed = listed;
    this.arrange(false);
  }

  setMarks(recent: string[], favourites: string[]): void {
    if (JSON.stringify([recent, favourites]) === JSON.stringify([this.marks.recent, this.marks.favourites])) return;
    this.marks = { recent, favourites };
    this.arrange(false);
  }

  setState(opened: string | null, opening: string | null, listing: boolean): void {
    this.opened = opened;
    this.opening = opening;
    this.listing = listing;
    this.say();
    this.list.draw();
  }

  private arrange(filtered: boolean): void {
    const key = this.keyOf(this.rows[this.active]);
    const { rows, found } = arrange(this.listed, this.marks, this.input.value, this.closed);
    this.rows = rows;
    const same = rows.findIndex((row) => this.keyOf(row) === key);
    this.active = same >= 0 && !filtered ? same : Math.max(0, rows.findIndex((row) => row.kind === "object"));
    const all = this.listed.rows.length;
    this.input.placeholder = all ? `Filter ${counted(all, "object")}` : "Filter objects";
    this.found = this.input.value.trim() ? `${count(found)} of ${counted(all, "object")}` : "";
    this.say();
    this.none.hidden = Boolean(found) || !this.found;
    this.scroller.hidden = !this.none.hidden;
    this.list.count = rows.length;
    if (filtered) this.list.moveToRow(0);
    this.list.draw();
  }

  private clear(): void {
    this.input.value = "";
    this.arrange(true);
    this.input.focus();
  }

  private found = "";

  private say(): void {
    const words = this.listing && !this.listed.rows.length ? "Listing the objects…" : this.found;
    if (this.note.textContent !== words) this.note.textContent = words;
    this.note.hidden = !words;
  }

  private keyOf(row: Row | undefined): string {
    if (!row) return "";
    return row.kind === "heading" ? row.key : `${row.key}\n${row.path}`;
  }

  private fill(row: HTMLElement, index: number): void {
    const entry = this.rows[index];
    if (!entry) return;
    const [twist, name, note, star] = [...row.children] as HTMLElement[];
    if (!twist || !name || !note || !star) return;
    row.dataset["index"] = String(index);
    row.id = `${this.id}-${index}`;
    const heading = entry.kind === "heading";
    row.classList.toggle("modos-heading", heading);
    row.classList.toggle("modos-active", index === this.active);
    if (index === this.active) this.scroller.setAttribute("aria-activedescendant", row.id);
    twist.classList.toggle("modos-is-closed", heading && entry.closed);
    twist.hidden = !heading;
    if (entry.kind === "heading") {
      row.setAttribute("role", "option");
      row.setAttribute("aria-selected", "false");
      row.setAttribute("aria-label", `${visible(entry.text)}, ${counted(entry.count, "object")}${entry.closed ? ", closed" : ""}`);
      row.classList.remove("modos-is-selected");
      row.title = visible(entry.text);
      name.textContent = visible(entry.text);
      note.textContent = entry.closed ? count(entry.count) : "";
      star.hidden = true;
      return;
    }
    const selected = entry.path === this.opened;
    const favourite = this.marks.favourites.includes(entry.path);
    row.setAttribute("role", "option");
    row.removeAttribute("aria-label");
    row.setAttribute("aria-selected", String(selected));
    row.dataset["path"] = entry.path;
    row.classList.toggle("modos-is-selected", selected);
    row.title = visible(entry.id ? `${entry.id}\n${entry.path}` : entry.path);
    name.textContent = visible(entry.name);
    const opening = this.opening !== null && this.opening === entry.path;
    note.textContent = opening ? "opening…" : entry.elements === null ? "" : count(entry.elements);
    star.hidden = false;
    star.classList.toggle("modos-is-on", favourite);
    star.title = favourite ? "No longer a favourite (F)" : "Make it a favourite (F)";
  }

  private readonly id = `modos-objects-${crypto.randomUUID()}`;

  private click(event: MouseEvent): void {
    const target = event.target as HTMLElement;
    const row = target.closest<HTMLElement>("[data-index]");
    if (!row) return;
    const index = Number(row.dataset["index"]);
    this.activate(index);
    if (target.closest(".modos-star")) this.favour(index);
    else this.press(index);
  }

  private press(index: number): void {
    const entry = this.rows[index];
    if (entry?.kind === "heading") {
      if (!this.closed.delete(entry.key)) this.closed.add(entry.key);
      this.arrange(false);
    } else if (entry) this.actions.open(entry.path);
  }

  private favour(index: number): void {
    const entry = this.rows[index];
    if (entry?.kind === "object") this.actions.favour(entry.path, !this.marks.favourites.includes(entry.path));
  }

  private activate(index: number): void {
    if (!this.rows.length) return;
    this.active = Math.max(0, Math.min(this.rows.length - 1, index));
    this.list.reveal(this.active);
    this.list.draw();
  }

  private key(event: KeyboardEvent): void {
    const last = this.rows.length - 1;
    const moves: Record<string, number> = {
      ArrowDown: this.active + 1,
      ArrowUp: this.active - 1,
      Home: 0,
      End: last,
      PageDown: this.active + this.list.page,
      PageUp: this.active - this.list.page,
    };
    const to = moves[event.key];
    if (to !== undefined) {
      event.preventDefault();
      this.activate(to);
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.press(this.active);
    } else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      const entry = this.rows[this.active];
      if (entry?.kind === "heading" && entry.closed === (event.key === "ArrowRight")) this.press(this.active);
    } else if (event.key === "f" || event.key === "F") this.favour(this.active);
    else if (event.key === "/") {
      event.preventDefault();
      this.input.focus();
    }
  }
}

function makeRow(): HTMLElement {
  const twist = element("span", { class: "modos-twist", attributes: { "aria-hidden": "true" } });
  twist.append(icon(TWIST));
  const star = element("span", { class: "modos-star", attributes: { "aria-hidden": "true" } });
  star.append(icon(STAR));
  return element(
    "div",
    { class: "modos-row" },
    twist,
    element("span", { class: "modos-name" }),
    element("span", { class: "modos-note" }),
    star,
  );
}
