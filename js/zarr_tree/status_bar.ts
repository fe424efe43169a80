// The line below the rows: the active row, and messages.
import { element } from "../shared/dom.ts";
import { facts as inParts, sentence, visible } from "../shared/format.ts";
import type { Place } from "./outline.ts";

const MESSAGE_SHOWN = 4000; // ms

export class StatusBar {
  private readonly path = element("bdi", { class: "modos-path" });
  private readonly facts = element("span", { class: "modos-foot-facts" });
  private readonly text = element("span", { class: "modos-foot-text" }, this.path, this.facts);
  private readonly note = element("span", { class: "modos-note", attributes: { role: "status" } });
  readonly el = element("div", { class: "modos-foot" }, this.text, this.note);

  /** One sentence in place of a node. */
  say(sentence: string): void {
    this.path.textContent = "";
    this.facts.textContent = sentence;
    this.text.title = sentence;
  }

  show(place: Place | null): void {
    const row = place?.row;
    if (!row || place.kind === "problem") {
      this.say(row ? sentence(`${row.name} ${row.hint ?? ""}`.trim()) : "");
      return;
    }
    const path = visible(place.path || row.name);
    const facts = row.kind === "broken" ? sentence(`${row.problem ?? ""} ${row.hint ?? ""}`.trim()) : inParts(row.facts ?? "");
    this.path.textContent = path;
    this.facts.textContent = facts ? `  ${facts}` : "";
    this.text.title = `${path}\n${facts}`;
  }

  /** Show a message for a moment; one with an action, or about work under way, stays. */
  tell(text: string, action?: HTMLElement, stays = false): void {
    this.note.replaceChildren(element("span", { class: "modos-word", text, title: text }), ...(action ? [action] : []));
    if (!text || action || stays) return;
    setTimeout(() => (this.note.textContent === text ? this.note.replaceChildren() : null), MESSAGE_SHOWN);
  }
}
