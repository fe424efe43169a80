// A text field with suggestions: listed values, elements to link to, terms of ontologies.
import { element } from "./dom.ts";
import { float } from "./floating.ts";
import { folded } from "./fold.ts";
import { counted, visible } from "./format.ts";
import type { Suggestion } from "./wire.ts";

const PAUSE = 120;
const SAID_PAUSE = 300; // ms without another key after which the number of suggestions is announced
const OFFERS = new Set(["choice", "link", "term", "class"]);
const CLOSED = new Set(["choice", "link", "class"]); // a term may be any URI
const ENDS = new Set(["Enter", "Tab", "F8"]);
let combos = 0;

/** What the field is for. */
export interface ComboSubject {
  name: string;
  title?: string;
  /** Kind of the slot or column. */
  kind: string;
  many?: boolean;
  /** The values of a closed list. */
  terms?: { value: string; description: string }[];
}

export interface ComboParts {
  root: HTMLElement;
  column: ComboSubject;
  /** Values that fit a text; not used for a closed list. */
  suggest: (text: string) => Promise<Suggestion[]>;
  /** A value was picked and the field is complete. */
  picked: () => void;
  /** Use a field of several lines: one of a single line drops line ends. */
  lines?: boolean;
  /** Put a picked suggestion into a field whose text has other parts too. */
  insert?: (option: Suggestion) => void;
}

/** The field, and its list in the top layer. */
export class Combo {
  readonly input: HTMLInputElement | HTMLTextAreaElement;
  private readonly parts: ComboParts;
  private readonly list: HTMLElement;
  /** How many values are offered, for screen readers. */
  private readonly said = element("span", { class: "modos-visually-hidden", attributes: { role: "status" } });
  private readonly id = `modos-combo-${(combos += 1)}`;
  private options: Suggestion[] = [];
  private active = -1;
  private timer = 0;
  private saying = 0;
  private asked = 0;
  private hide: (() => void) | null = null;
  /** Texts that were picked, and what they stand for. */
  private readonly values = new Map<string, string>();

  constructor(parts: ComboParts) {
    this.parts = parts;
    const { column } = parts;
    const name = column.title ?? column.name;
    this.input = element(parts.lines ? "textarea" : "input", { class: "modos-editor-input" });
    this.list = element("div", {
      class: "modos-floating modos-options",
      attributes: { role: "listbox", id: this.id, popover: "manual", "aria-label": `Values for ${name}` },
    });
    const offers = OFFERS.has(column.kind);
    const hints: Record<string, string> = {
      moment: "2026-11-22T09:30:00+01:00",
      link: "Search elements",
      term: "Search terms, or paste a URI",
    };
    const attributes = {
      "aria-label": `${name}${column.many ? ", separate values with commas" : ""}`,
      placeholder: hints[column.kind] ?? "",
      autocomplete: "off",
      spellcheck: "false",
      ...(offers
        ? { role: "combobox", "aria-expanded": "false", "aria-controls": this.id, "aria-autocomplete": "list" }
        : {}),
    };
    for (const [key, value] of Object.entries(attributes)) this.input.setAttribute(key, value);
    if (!offers) return;
    parts.root.append(this.list, this.said);
    this.input.addEventListener("input", () => this.offerSoon());
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
  }

  /** The text to store. */
  get text(): string {
    const { value } = this.input;
    if (!this.values.size) return value;
    if (!this.parts.column.many) return this.values.get(value.trim()) ?? value;
    return value
      .split(",")
      .map((part) => this.values.get(part.trim()) ?? part.trim())
      .filter(Boolean)
      .join(", ");
  }

  /** Let texts stand for what is stored: labels for their URIs. */
  know(label: string, value: string): void {
    if (label !== value) this.values.set(label, value);
  }

  /** Offer values; every one where the field has not been typed into. */
  offer(every = false): void {
    if (OFFERS.has(this.parts.column.kind)) void this.ask(every);
  }

  private offerSoon(): void {
    clearTimeout(this.timer);
    this.narrow();
    const pause = this.parts.column.kind === "choice" ? 0 : PAUSE;
    if (pause) this.timer = window.setTimeout(() => void this.ask(), pause);
    else void this.ask();
  }

  /** Remove suggestions that no longer fit, until the answer for the new text arrives. */
  private narrow(): void {
    if (this.parts.insert) this.close();
    else if (this.options.length && this.parts.column.kind !== "choice") this.show(this.fitting(this.options));
  }

  private fitting(options: Suggestion[]): Suggestion[] {
    const words = folded(this.word).split(/\s+/);
    return options.filter(({ label, value, hint }) => {
      const text = folded(`${label} ${value} ${hint}`);
      return words.every((word) => text.includes(word));
    });
  }

  private get word(): string {
    const { value } = this.input;
    return (this.parts.column.many ? (value.split(",").pop() ?? "") : value).trim();
  }

  private async ask(every = false): Promise<void> {
    const turn = (this.asked += 1);
    const { column, suggest } = this.parts;
    const typed = this.word;
    const word = every || this.values.has(this.word) ? "" : this.word;
    const listed = column.terms ?? [];
    if (column.kind === "choice") {
      const search = folded(word);
      const full = listed.some((term) => folded(term.value) === search);
      this.show(
        listed
          .filter((term) => full || folded(term.value).includes(search))
          .map((term) => ({ value: term.value, label: term.value, hint: term.description })),
      );
      return;
    }
    try {
      const options = await suggest(word);
      if (turn !== this.asked || !this.input.isConnected) return;
      this.show(typed === this.word || this.parts.insert ? options : this.fitting(options));
    } catch {
      this.close(); // what is typed is accepted without suggestions
    }
  }

  private show(options: Suggestion[]): void {
    const marked = this.options[this.active]?.value; // stays marked when a later answer has it too
    this.options = options;
    this.active = -1;
    this.list.textContent = "";
    this.input.removeAttribute("aria-activedescendant");
    options.forEach((option, place) => {
      const line = element(
        "div",
        {
          class: "modos-option",
          attributes: { role: "option", id: `${this.id}-${place}`, "aria-selected": "false" },
          on: { click: () => this.pick(place, this.parts.column.many) },
        },
        element("span", { class: "modos-option-label", text: visible(option.label) }),
        element("span", { class: "modos-muted modos-option-hint", text: visible(option.hint) }),
      );
      this.list.append(line);
    });
    const open = options.length > 0;
    // a search needs no suggestion, a value does
    this.say(open ? counted(options.length, "suggestion") : this.parts.insert ? "" : "No suggestions");
    this.input.setAttribute("aria-expanded", String(open));
    if (!open) {
      this.hideList();
      return;
    }
    const place = options.findIndex((each) => each.value === marked);
    if (place >= 0) this.move(place + 1);
    this.hide ??= float(this.list, this.input, { gap: 2, along: -8 });
  }

  private say(text: string): void {
    clearTimeout(this.saying);
    this.saying = window.setTimeout(() => {
      this.said.textContent = text;
    }, SAID_PAUSE);
  }

  private move(by: number): void {
    const { length } = this.options;
    if (!length) return;
    this.list.children[this.active]?.setAttribute("aria-selected", "false");
    this.active = (this.active + by + length + (this.active < 0 && by < 0 ? 1 : 0)) % length;
    const line = this.list.children[this.active];
    line?.setAttribute("aria-selected", "true");
    line?.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", `${this.id}-${this.active}`);
  }

  /** Take an offered value; with `more`, others may follow. */
  private pick(place: number, more = false): void {
    const option = this.options[place];
    if (!option) return;
    if (this.parts.insert) {
      this.close();
      this.parts.insert(option);
      return;
    }
    this.know(option.label, option.value);
    if (this.parts.column.many) {
      const parts = this.input.value.split(",").slice(0, -1).map((part) => part.trim());
      this.input.value = [...parts, option.label].filter(Boolean).join(", ");
    } else {
      this.input.value = option.label;
    }
    this.close();
    if (!more) this.parts.picked();
    else this.input.focus();
  }

  /** Whether a suggestion is marked, so that Enter accepts it. */
  get picking(): boolean {
    return this.active >= 0 || this.only;
  }

  /** Whether what is typed fits only one of the allowed values. */
  private get only(): boolean {
    return CLOSED.has(this.parts.column.kind) && this.options.length === 1 && this.word !== "";
  }

  /** Handle a key of the list; return whether it was one. */
  key(event: KeyboardEvent): boolean {
    const open = this.input.getAttribute("aria-expanded") === "true";
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!OFFERS.has(this.parts.column.kind)) return false;
      if (open) this.move(event.key === "ArrowDown" ? 1 : -1);
      else this.offer();
      return true;
    }
    if (!open) return false;
    if (ENDS.has(event.key) && this.active < 0 && this.only) this.active = 0;
    if (ENDS.has(event.key) && this.active >= 0) {
      this.pick(this.active);
      return false;
    }
    if (event.key === "," && this.parts.column.many && this.picking) {
      this.pick(Math.max(this.active, 0), true);
      this.input.value += ", ";
      this.offer();
      return true;
    }
    if (event.key === "Escape") {
      this.close();
      return true;
    }
    return false;
  }

  close(): void {
    clearTimeout(this.timer);
    this.asked += 1;
    this.options = [];
    this.active = -1;
    clearTimeout(this.saying);
    this.said.textContent = "";
    this.hideList();
    this.input.setAttribute("aria-expanded", "false");
  }

  private hideList(): void {
    this.hide?.();
    this.hide = null;
  }

  destroy(): void {
    this.close();
    this.list.remove();
    this.said.remove();
  }
}
