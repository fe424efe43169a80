// The metadata of the opened object: a table of all elements, and the selected one in full.
import { copyText } from "../shared/clipboard.ts";
import { button, element } from "../shared/dom.ts";
import { counted, visible } from "../shared/format.ts";
import { Problem, type Channel } from "../shared/messages.ts";

interface Answer {
  columns: string[];
  rows: string[][]; // path of the node, element, then a text a column
  count: number;
}

const LONGEST = 60; // letters of a cell; the rest is below and in its title

export class MetadataPanel {
  readonly el: HTMLElement;
  private readonly channel: Channel;
  private readonly table = element("table", { class: "modos-listing" });
  private readonly holder: HTMLElement;
  private readonly facts = element("div", { class: "modos-element", attributes: { tabindex: 0 } });
  private readonly told = element("span", { class: "modos-muted modos-grow" });
  private answer: Answer | null = null;
  private selected: string | null = null;
  private readonly select: (path: string) => void;
  private asked: AbortController | null = null;

  constructor(channel: Channel, select: (path: string) => void) {
    this.channel = channel;
    this.select = select;
    this.holder = element(
      "div",
      {
        class: "modos-listing-holder",
        attributes: { tabindex: 0, role: "region", "aria-label": "Metadata of all elements" },
        on: { keydown: (event) => this.key(event) },
      },
      this.table,
    );
    this.el = element(
      "div",
      { class: "modos-metadata" },
      element(
        "div",
        { class: "modos-toolbar" },
        this.told,
        this.copier("Copy element as CSV", () => this.element),
        this.copier("Copy all as CSV", () => null),
      ),
      this.holder,
      this.facts,
    );
  }

  /** Read the metadata of the object that is open now. */
  load(): void {
    this.asked?.abort();
    this.asked = new AbortController();
    this.channel.request<Answer>("metadata", {}, { signal: this.asked.signal }).then(
      ({ payload }) => {
        this.answer = payload;
        this.draw();
      },
      (problem: unknown) => {
        if (problem instanceof Problem) this.told.textContent = visible(`${problem.message} ${problem.hint}`);
      },
    );
  }

  mark(selected: string | null): void {
    this.selected = selected;
    this.drawSelection();
  }

  /** The selected element's path, '' for the object itself; arrays belong to their element. */
  private get element(): string {
    let path = this.selected ?? "";
    while (path && !this.answer?.rows.some((row) => row[0] === path)) {
      path = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
    }
    return path;
  }

  private draw(): void {
    const answer = this.answer;
    if (!answer) return;
    const head = element("tr");
    for (const name of ["element", ...answer.columns]) {
      head.append(element("th", { text: visible(name), attributes: { scope: "col" } }));
    }
    const body = element("tbody");
    for (const [path, ...cells] of answer.rows) {
      const row = element("tr", { attributes: { "data-path": path } });
      cells.forEach((text, place) => {
        const shown = visible(text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text);
        row.append(
          element(place ? "td" : "th", {
            text: shown,
            title: text.length > LONGEST ? visible(text) : "",
            attributes: place ? {} : { scope: "row" },
          }),
        );
      });
      row.addEventListener("click", () => this.select(path ?? ""));
      body.append(row);
    }
    this.table.replaceChildren(element("thead", {}, head), body);
    const more = answer.count - answer.rows.length;
    this.told.textContent = `${counted(answer.count, "row")}${more > 0 ? `, the first ${counted(answer.rows.length, "row")} shown` : ""}`;
    this.drawSelection();
  }

  private drawSelection(): void {
    const answer = this.answer;
    if (!answer) return;
    const path = this.element;
    for (const row of this.table.querySelectorAll<HTMLElement>("tbody tr")) {
      const here = row.dataset["path"] === path;
      row.classList.toggle("modos-is-selected", here);
      if (here) {
        row.setAttribute("aria-current", "true");
        row.scrollIntoView?.({ block: "nearest", inline: "nearest" });
      } else row.removeAttribute("aria-current");
    }
    const cells = answer.rows.find((row) => row[0] === path);
    const pairs = element("dl");
    answer.columns.forEach((name, place) => {
      const text = cells?.[place + 2];
      if (!text) return;
      pairs.append(element("dt", { text: visible(name) }), element("dd", { text: visible(text) }));
    });
    this.facts.setAttribute("aria-label", `Metadata of ${visible(cells?.[1] ?? "")}`);
    this.facts.setAttribute("role", "region");
    this.facts.replaceChildren(element("strong", { text: visible(cells?.[1] ?? "") }), pairs);
  }

  private key(event: KeyboardEvent): void {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by === undefined || !this.answer) return;
    event.preventDefault();
    const paths = this.answer.rows.map((row) => row[0] ?? "");
    const next = paths[paths.indexOf(this.element) + by];
    if (next !== undefined) this.select(next);
  }

  private copier(label: string, which: () => string | null): HTMLElement {
    const made = button({
      label,
      press: () => {
        void this.channel
          .request<{ text: string }>("csv", { element: which() })
          .then(({ payload }) => copyText(payload.text))
          .catch(() => false)
          .then((done) => {
            made.textContent = done ? "Copied" : "Not copied";
            window.setTimeout(() => (made.textContent = label), 1500);
          });
      },
    });
    return made;
  }
}
