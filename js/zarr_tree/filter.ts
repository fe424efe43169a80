// The filter: its text, its matches, and the progress of the search.
import { button, element } from "../shared/dom.ts";
import { count, counted } from "../shared/format.ts";
import { Problem, type Channel } from "../shared/messages.ts";
import { Matches } from "./outline.ts";
import type { FilterAnswer, Match, Requests } from "./wire.ts";

const PAUSE = 60; // ms after a key
const SLOW = 300; // ms before it is said how far the search is
const MOST_SHOWN = 1000;

export interface FilterEvents {
  /** Other matches, and the row of the first one; null when the filter is gone. */
  shown: (matches: Matches | null, first: number) => void;
  problem: (problem: Problem) => void;
  /** Show a message in the status bar, with a button. */
  tell: (text: string, action?: HTMLElement) => void;
  /** Show the progress of the search, until the next message. */
  far: (text: string) => void;
  /** Enter: go to what was typed. */
  enter: (text: string) => void;
  /** Arrow down: to the rows. */
  leave: () => void;
}

/** The result of a search in words, short and in full. */
export function foundWords(answer: FilterAnswer, last: boolean): { short: string; whole: string } {
  const of = `of ${count(answer.searched)}${answer.complete ? "" : "+"}`;
  const { matches, read } = answer;
  const values = answer.attributes
    ? "names and attribute values"
    : read
      ? `names, and values of ${counted(read, "node")}`
      : "names only";
  const shown = matches > MOST_SHOWN ? `, first ${count(MOST_SHOWN)} shown` : "";
  return {
    short: `${count(matches)} ${of}${last ? "" : "…"}`,
    whole: `${counted(matches, "match", "matches")} ${of} nodes, ${values}${shown}`,
  };
}

/** The progress of a long search in words. */
export function progress(answer: FilterAnswer | null): string {
  if (!answer?.searched) return "Searching… Esc cancels.";
  if (!answer.complete && !answer.read) return `Reading names… ${counted(answer.searched, "node")}. Esc cancels.`;
  return `Searching values… ${count(answer.read)} of ${counted(answer.searched, "node")}. Esc cancels.`;
}

export class Filter {
  readonly input: HTMLInputElement;
  readonly found = element("span", { class: "modos-found" });
  readonly said = element("span", { class: "modos-visually-hidden", attributes: { role: "status" } });
  matches: Matches | null = null;
  /** Whether more may be found. */
  searching = false;
  private readonly channel: Channel<Requests>;
  private readonly events: FilterEvents;
  private running: AbortController | null = null;
  private timer = 0;

  constructor(channel: Channel<Requests>, events: FilterEvents) {
    this.channel = channel;
    this.events = events;
    this.input = element("input", {
      class: "modos-input",
      attributes: {
        type: "text",
        placeholder: "Filter nodes",
        title: "Searches names and attribute values. Enter opens a path, Esc clears the filter.",
        "aria-label": "Filter names and values",
        autocomplete: "off",
        spellcheck: "false",
      },
      on: { input: () => this.soon(), keydown: (event) => this.key(event) },
    });
  }

  private soon(): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.search(), PAUSE);
  }

  private key(event: KeyboardEvent): void {
    if (event.key === "Escape") {
      this.clear();
    } else if (event.key === "ArrowDown") {
      event.preventDefault();
      this.events.leave();
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.events.enter(this.input.value.trim().replace(/^\/+|\/+$/g, ""));
    }
  }

  /** End the search and show the tree again; tells whether there was a filter. */
  clear(): boolean {
    clearTimeout(this.timer);
    this.running?.abort();
    if (!this.matches && !this.input.value) return false;
    this.input.value = "";
    this.found.textContent = this.said.textContent = "";
    this.matches = null;
    this.events.tell("");
    this.events.shown(null, 0);
    return true;
  }

  /** Search for what is typed; `everything` also reads values that cost many requests. */
  async search(everything = false): Promise<void> {
    const text = this.input.value;
    if (!text) {
      this.clear();
      return;
    }
    this.running?.abort();
    const { signal } = (this.running = new AbortController());
    this.searching = true;
    let slow = false;
    let latest: FilterAnswer | null = null;
    let fresh = true; // the first rows take the active row to the first match, later ones let it be
    let drawn = false; // while nothing is found, what was shown before stays for a moment
    const show = (rows: Match[]): void => {
      drawn = true;
      this.matches = new Matches(rows);
      this.events.shown(this.matches, fresh ? rows.findIndex((row) => row.hit) : -1);
      fresh = !rows.length;
    };
    const take = (answer: FilterAnswer, last: boolean): void => {
      if (last) this.searching = false;
      if (answer.rows && (answer.rows.length || last || slow)) show(answer.rows);
      else if (last && !drawn) show([]);
      else if (last && this.matches) this.events.shown(this.matches, -1);
      const words = foundWords(answer, last);
      this.found.textContent = words.short;
      this.found.title = words.whole;
      latest = answer;
      if (last) {
        this.said.textContent = words.whole;
        this.end(answer);
      } else if (slow) this.events.far(progress(answer));
    };
    const waiting = setTimeout(() => {
      slow = true;
      if (!drawn) show([]);
      this.events.far(progress(latest));
    }, SLOW);
    signal.addEventListener("abort", () => clearTimeout(waiting));
    try {
      const { payload } = await this.channel.request(
        "filter",
        { text, everything },
        { signal, part: (part) => take(part, false) },
      );
      if ("matches" in payload) take(payload as FilterAnswer, true);
    } catch (error) {
      if (error instanceof Problem) {
        this.events.tell("");
        this.events.problem(error);
      }
    } finally {
      clearTimeout(waiting);
    }
  }

  private end(answer: FilterAnswer): void {
    if (!answer.attributes) {
      const rest = button({
        label: "Search all values",
        class: "modos-quiet",
        press: () => {
          this.input.focus(); // the button goes
          void this.search(true);
        },
      });
      this.events.tell(`Values of ${count(answer.read)} of ${count(answer.searched)} nodes searched.`, rest);
    } else this.events.tell("");
  }
}
