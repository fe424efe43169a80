// The rows of the result, of which those in sight are in the document; mouse and keyboard.
import { element, icon } from "../shared/dom.ts";
import { lastPart, sentence, visible } from "../shared/format.ts";
import { RowChoice } from "../shared/row_choice.ts";
import { VirtualList } from "../shared/virtual_list.ts";
import {
  countsText,
  drawHealth,
  drawSnippet,
  elementWords,
  factsOf,
  fillElement,
  fillObject,
  lineUnder,
  objectWords,
  omicsText,
  placeOf,
  type ColumnShown,
  type ObjectFacts,
} from "./columns.ts";
import type { Row } from "./result.ts";
import type { ElementRow, Kind, ListView, ObjectRow } from "./wire.ts";

const STAR = "M8 1.800l1.900 4 4.300.500-3.200 3 .900 4.300L8 11.500l-3.900 2.100.900-4.300-3.200-3 4.300-.500z";
const TICK = "M4 8.500l2.700 2.700L12 5.500";
const HEAD = 28; // pixels of the header
const ROW = 28;
const TALL_ROW = 44; // with a snippet
const CARD = 112;
const CARD_WIDTH = 260;

export interface RowsParts {
  scroller: HTMLElement;
  layout: ListView;
  /** Whether rows have two lines. */
  isTall: boolean;
  at: (index: number) => Row | undefined;
  /** Rows that come into sight. */
  need: (first: number, last: number) => void;
  open: (path: string, element: string) => void;
  favour: (path: string, favourite: boolean) => void;
  choose: (paths: ReadonlySet<string>) => void;
  search: () => void;
  signal: AbortSignal;
}

export interface RowsShown {
  kind: Kind;
  total: number;
  columns: ColumnShown[];
  chosen: ReadonlySet<string>;
  favourites: ReadonlySet<string>;
  opening: string;
  value: string | null;
  /** Changes when the rows are those of another question. */
  question: string;
}

const NONE: RowsShown = { kind: "objects", total: 0, columns: [], chosen: new Set(), favourites: new Set(), opening: "", value: null, question: "" };

export class ResultRows {
  private readonly parts: RowsParts;
  private readonly list: VirtualList;
  private readonly id = `modos-found-${crypto.randomUUID()}`;
  private shown = NONE;
  private active = 0;
  private readonly choice = new RowChoice({
    pathAt: (index) => this.keyAt(index),
    chosen: () => this.shown.chosen,
    choose: (paths) => this.parts.choose(paths),
  });
  private readonly observer: ResizeObserver;
  private perRow = 1;

  constructor(parts: RowsParts) {
    this.parts = parts;
    const { scroller, layout, isTall, signal } = parts;
    const isTable = layout === "table";
    this.list = new VirtualList({
      scroller,
      rowHeight: isTable ? (isTall ? TALL_ROW : ROW) : CARD,
      above: isTable ? HEAD : 0,
      make: () => element("div", { class: isTable ? "modos-row modos-found-row" : "modos-row modos-card-row", attributes: { role: isTable ? "row" : "presentation" } }),
      fill: (row, index) => (isTable ? this.fillRow(row, index) : this.fillCards(row, index)),
      seen: ({ first, last }) => parts.need(first * this.perRow, last * this.perRow),
      signal,
    });
    this.observer = new ResizeObserver(() => this.layOut());
    this.observer.observe(scroller);
    signal.addEventListener("abort", () => this.observer.disconnect());
    scroller.addEventListener("keydown", (event) => this.key(event), { signal });
    scroller.addEventListener("click", (event) => this.click(event), { signal });
    scroller.addEventListener("focus", () => this.list.draw(), { signal });
    scroller.addEventListener(
      "mousedown",
      (event) => {
        if (event.shiftKey) event.preventDefault(); // or the text between is selected
      },
      { signal },
    );
  }

  /** Show what is known now; the rows in sight stay, except for another question. */
  show(shown: RowsShown): void {
    const isOther = shown.question !== this.shown.question;
    this.shown = shown;
    if (isOther) {
      this.active = 0;
      this.choice.begin(0);
    }
    this.active = Math.max(0, Math.min(this.active, shown.total - 1));
    this.perRow = this.fitting;
    this.list.count = Math.ceil(shown.total / this.perRow);
    if (isOther) this.list.moveToRow(0);
    else this.list.draw();
    if (!shown.total) this.parts.scroller.removeAttribute("aria-activedescendant");
  }

  private get fitting(): number {
    const { layout, scroller } = this.parts;
    return layout === "table" ? 1 : Math.max(1, Math.floor(scroller.clientWidth / CARD_WIDTH));
  }

  /** Put another number of cards into each row where the width changed. */
  private layOut(): void {
    if (this.fitting === this.perRow) return;
    this.perRow = this.fitting;
    this.list.count = Math.ceil(this.shown.total / this.perRow);
    this.list.draw();
  }

  // -- the table ----------------------------------------------------------------------------

  private fillRow(holder: HTMLElement, index: number): void {
    const { kind, columns } = this.shown;
    const row = this.parts.at(index);
    if (holder.childElementCount !== columns.length) {
      holder.replaceChildren(...columns.map(({ id, isNumber }, place) => (place === 0 ? titleCell() : cellOf(id, isNumber))));
    }
    holder.setAttribute("aria-rowindex", String(index + 2));
    this.mark(holder, index, row);
    const [first, ...others] = [...holder.children] as HTMLElement[];
    if (!first) return;
    if (!row) {
      this.fillTitle(first, "", "", "…", "");
      for (const cell of others) cell.textContent = "";
      return;
    }
    if (kind === "objects") {
      const facts = factsOf(row as ObjectRow);
      this.fillObjectTitle(first, facts);
      others.forEach((cell, place) => fillObject(cell, columns[place + 1]!.id, facts));
    } else {
      this.fillElementTitle(first, row as ElementRow);
      others.forEach((cell, place) => fillElement(cell, columns[place + 1]!.id, row as ElementRow));
    }
  }

  /** What a row or card shows of its state, for eyes and for screen readers. */
  private mark(holder: HTMLElement, index: number, row: Row | undefined): void {
    const { kind, chosen, value } = this.shown;
    holder.dataset["index"] = String(index);
    holder.id = `${this.id}-${index}`;
    const isActive = index === this.active;
    holder.classList.toggle("modos-active", isActive);
    if (isActive) this.parts.scroller.setAttribute("aria-activedescendant", holder.id);
    const { path, key } = row ? placeOf(row, kind) : { path: "", key: "" };
    if (path) holder.dataset["path"] = path;
    else delete holder.dataset["path"];
    const isChosen = chosen.has(key);
    holder.classList.toggle("modos-is-chosen", isChosen);
    holder.classList.toggle("modos-is-selected", path !== "" && path === value && kind === "objects");
    holder.setAttribute("aria-selected", String(isChosen));
    if (row) holder.setAttribute("aria-label", this.wordsOf(row));
    else holder.removeAttribute("aria-label");
    const state = row && kind === "objects" ? (row as ObjectRow)[13] : "";
    for (const each of ["unread", "failed", "removed"]) holder.classList.toggle(`modos-is-${each}`, each === state);
  }

  private wordsOf(row: Row): string {
    if (this.shown.kind === "elements") return elementWords(row as ElementRow);
    const facts = factsOf(row as ObjectRow);
    return objectWords(facts, this.under(facts), this.shown.favourites.has(facts.path));
  }

  private under(facts: ObjectFacts): string {
    return this.shown.opening === facts.path ? "Opening…" : lineUnder(facts);
  }

  private fillObjectTitle(cell: HTMLElement, facts: ObjectFacts): void {
    const { title, id, path, snippet, state } = facts;
    const { opening } = this.shown;
    const name = sentence(title || id || lastPart(path));
    const under = this.under(facts);
    this.fillTitle(cell, path, path, name, under, () => {
      const line = cell.querySelector<HTMLElement>(".modos-found-under")!;
      if (snippet && state === "" && opening !== path) drawSnippet(line, snippet, under);
    });
    cell.title = visible([title || id, path, state === "failed" ? facts.reason : ""].filter(Boolean).join("\n"));
  }

  private fillElementTitle(cell: HTMLElement, row: ElementRow): void {
    const [path, , id, , name, , snippet] = row;
    this.fillTitle(cell, path, placeOf(row, "elements").key, sentence(name || id), sentence(id), () => {
      drawSnippet(cell.querySelector<HTMLElement>(".modos-found-under")!, snippet, sentence(id));
    });
    cell.title = visible(`${id}\n${path}`);
  }

  private fillTitle(cell: HTMLElement, path: string, key: string, name: string, under: string, draw?: () => void): void {
    const { chosen, favourites, kind } = this.shown;
    const [tick, words, star] = [...cell.children] as HTMLElement[];
    if (!tick || !words || !star) return;
    const [title, line] = [...words.children] as HTMLElement[];
    tick.title = chosen.has(key) ? "Remove from selection (Space)" : "Add to selection (Space)";
    tick.style.visibility = path ? "" : "hidden";
    star.hidden = kind !== "objects" || !path;
    const isFavourite = favourites.has(path);
    star.classList.toggle("modos-is-on", isFavourite);
    star.title = isFavourite ? "Remove from favourites (F)" : "Add to favourites (F)";
    title!.textContent = name;
    line!.textContent = under;
    draw?.();
  }

  // -- cards --------------------------------------------------------------------------------

  private fillCards(holder: HTMLElement, index: number): void {
    const { total, kind } = this.shown;
    const number = Math.max(0, Math.min(this.perRow, total - index * this.perRow));
    holder.style.setProperty("--modos-cards-in-row", String(this.perRow));
    while (holder.childElementCount > number) holder.lastElementChild!.remove();
    while (holder.childElementCount < number) holder.append(makeCard());
    [...holder.children].forEach((each, place) => {
      const card = each as HTMLElement;
      const at = index * this.perRow + place;
      const row = this.parts.at(at);
      card.setAttribute("aria-setsize", String(total));
      card.setAttribute("aria-posinset", String(at + 1));
      this.mark(card, at, row);
      const [title, line, health] = [...card.children] as HTMLElement[];
      if (!title || !line || !health) return;
      if (!row) {
        this.fillTitle(title, "", "", "…", "");
        line.textContent = "";
        health.replaceChildren();
      } else if (kind === "objects") this.fillObjectCard(title, line, health, factsOf(row as ObjectRow));
      else {
        this.fillElementTitle(title, row as ElementRow);
        fillElement(line, "values", row as ElementRow);
        const [path, objectTitle, , className] = row as ElementRow;
        health.textContent = `${visible(className)} in ${sentence(objectTitle || lastPart(path))}`;
      }
    });
  }

  private fillObjectCard(title: HTMLElement, line: HTMLElement, health: HTMLElement, facts: ObjectFacts): void {
    this.fillObjectTitle(title, facts);
    const isKnown = facts.state === "" || facts.state === "removed";
    line.textContent = isKnown ? countsText(facts.counts) : "";
    line.title = line.textContent;
    if (!isKnown) {
      health.replaceChildren();
      return;
    }
    drawHealth(health, facts);
    const words = [facts.changed.slice(0, 10), omicsText(facts.omics), facts.formats.join(", ")].filter(Boolean).join(" · ");
    health.append(element("span", { class: "modos-card-facts", text: visible(words), title: visible(words) }));
  }

  // -- mouse and keyboard -------------------------------------------------------------------

  private click(event: MouseEvent): void {
    const target = event.target as HTMLElement;
    const row = target.closest<HTMLElement>("[data-index]");
    if (!row || !this.parts.scroller.contains(row)) return;
    const index = Number(row.dataset["index"]);
    this.activate(index);
    if (target.closest(".modos-star")) this.favour(index);
    else if (event.shiftKey) this.choice.extend(index);
    else if (target.closest(".modos-tick") || event.ctrlKey || event.metaKey) this.choice.toggle(index);
    else this.press(index);
  }

  private keyAt(index: number): string | null {
    const row = this.parts.at(index);
    return row ? placeOf(row, this.shown.kind).key : null;
  }

  private press(index: number): void {
    const row = this.parts.at(index);
    if (!row) return;
    const { path, element: id } = placeOf(row, this.shown.kind);
    this.parts.open(path, id);
  }

  private favour(index: number): void {
    const path = this.keyAt(index);
    if (path !== null && this.shown.kind === "objects") this.parts.favour(path, !this.shown.favourites.has(path));
  }

  private activate(index: number): void {
    const { total } = this.shown;
    if (!total) return;
    this.active = Math.max(0, Math.min(total - 1, index));
    this.list.reveal(Math.floor(this.active / this.perRow));
    this.list.draw();
  }

  private key(event: KeyboardEvent): void {
    if (event.target !== this.parts.scroller) return; // a button of the header
    const { active, perRow } = this;
    const isCards = this.parts.layout === "cards";
    const moves: Record<string, number> = {
      ArrowDown: active + perRow,
      ArrowUp: active - perRow,
      Home: 0,
      End: this.shown.total - 1,
      PageDown: active + this.list.page * perRow,
      PageUp: active - this.list.page * perRow,
      ...(isCards ? { ArrowRight: active + 1, ArrowLeft: active - 1 } : {}),
    };
    const to = moves[event.key];
    if (to !== undefined) {
      event.preventDefault();
      if (!event.shiftKey) this.choice.begin(to);
      this.activate(to);
      if (event.shiftKey) this.choice.extend(this.active);
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.press(active);
    } else if (event.key === " ") {
      event.preventDefault();
      this.choice.toggle(active);
    } else if (event.key === "Escape" && this.shown.chosen.size) {
      event.preventDefault();
      this.parts.choose(new Set());
    } else if (event.key === "f" || event.key === "F") this.favour(active);
    else if (event.key === "/") {
      event.preventDefault();
      this.parts.search();
    }
  }
}

function titleCell(): HTMLElement {
  const cell = element("div", { class: "modos-found-cell modos-found-title", attributes: { role: "gridcell" } });
  cell.append(...titleParts());
  return cell;
}

function titleParts(): HTMLElement[] {
  return [
    element("span", { class: "modos-tick", attributes: { "aria-hidden": "true" } }, icon(TICK)),
    element(
      "span",
      { class: "modos-found-words" },
      element("span", { class: "modos-found-name" }),
      element("span", { class: "modos-found-under" }),
    ),
    element("span", { class: "modos-star", attributes: { "aria-hidden": "true" } }, icon(STAR)),
  ];
}

function cellOf(id: string, isNumber = false): HTMLElement {
  return element("div", {
    class: `modos-found-cell modos-found-${id}${isNumber ? " modos-number" : ""}`,
    attributes: { role: "gridcell" },
  });
}

function makeCard(): HTMLElement {
  const title = element("div", { class: "modos-found-title" });
  title.append(...titleParts());
  return element(
    "div",
    { class: "modos-found-card", attributes: { role: "option" } },
    title,
    element("div", { class: "modos-card-counts" }),
    element("div", { class: "modos-card-health" }),
  );
}
