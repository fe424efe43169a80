// The metadata of the opened object: the table of all elements, and the selected one in full.
import { copyText } from "../shared/clipboard.ts";
import { button, element } from "../shared/dom.ts";
import { visible } from "../shared/format.ts";
import { Problem, type Channel } from "../shared/messages.ts";

interface Answer {
  element: string;
  rows: [slot: string, value: string][];
}

export class MetadataPanel {
  readonly el: HTMLElement;
  /** Where the table goes. */
  readonly table = element("div", { class: "modos-table-holder" });
  private readonly channel: Channel;
  private readonly name = element("strong", { class: "modos-grow" });
  private readonly pairs = element("dl");
  private readonly section: HTMLElement;
  private asked: AbortController | null = null;

  constructor(channel: Channel) {
    this.channel = channel;
    const label = "Copy as CSV";
    const copy = button({
      label,
      press: () => {
        void this.channel
          .request<{ text: string }>("csv")
          .then(({ payload }) => copyText(payload.text))
          .catch(() => false)
          .then((done) => {
            copy.textContent = done ? "Copied" : "Not copied";
            window.setTimeout(() => (copy.textContent = label), 1500);
          });
      },
    });
    this.section = element(
      "section",
      { class: "modos-element", attributes: { "aria-label": "The selected element", tabindex: 0 } },
      element("div", { class: "modos-element-line" }, this.name, copy),
      this.pairs,
    );
    this.el = element("div", { class: "modos-metadata" }, this.table, this.section);
  }

  /** Read the metadata of the element that is selected now. */
  load(): void {
    this.asked?.abort();
    this.asked = new AbortController();
    this.channel.request<Answer>("element", {}, { signal: this.asked.signal }).then(
      ({ payload }) => {
        this.name.textContent = visible(payload.element);
        this.pairs.replaceChildren(
          ...payload.rows.flatMap(([slot, value]) => [
            element("dt", { text: visible(slot) }),
            element("dd", { text: visible(value) }),
          ]),
        );
        if (!payload.rows.length) this.pairs.append(element("dd", { text: "No metadata.", class: "modos-muted" }));
        this.section.scrollTop = 0;
      },
      (problem: unknown) => {
        if (problem instanceof Problem) this.name.textContent = visible(`${problem.message} ${problem.hint}`);
      },
    );
  }
}
