// Typed values on their way to Python: nothing typed is lost without a word.
import { copyText } from "../shared/clipboard.ts";
import { button, element } from "../shared/dom.ts";
import { count, counted, visible } from "../shared/format.ts";
import { Problem } from "../shared/messages.ts";
import type { Column, Row } from "./types.ts";
import type { TableView } from "./view.ts";

const SLOW = 1500;
const MOST_SHOWN = 3;

interface Sent {
  payload: { position: number; column: string; text: string };
  where: string;
  state: "sent" | "slow" | "failed";
  why: string;
}

export class Pending {
  readonly bar = element("div", { class: "modos-pending", attributes: { role: "alert" } });
  private readonly view: TableView;
  private readonly changes = new Map<number, Sent>();
  private turn = 0;
  private isGone = false;

  constructor(view: TableView) {
    this.view = view;
  }

  /** Send a typed value; it stays in sight until Python has it. */
  store(data: Row, column: Column, text: string): void {
    const { api, head } = this.view;
    const id = (this.turn += 1);
    const name = head.several ? `${String(data.cells[1])}` : String(data.cells[0] ?? "");
    data.cells[Number(column.id)] = text === "" ? null : text;
    api.refreshCells({ columns: [column.id] });
    this.changes.set(id, {
      payload: { position: data.position, column: column.id, text },
      where: `${name} ${column.name}`,
      state: "sent",
      why: "",
    });
    void this.send(id);
  }

  private async send(id: number): Promise<void> {
    const change = this.changes.get(id);
    if (!change) return;
    const { view } = this;
    if (this.isGone) {
      this.give(change, "");
      return;
    }
    change.state = "sent";
    const slow = window.setTimeout(() => {
      change.state = "slow";
      this.draw();
    }, SLOW);
    try {
      await view.channel.request("edit", { ...change.payload, shape: view.head.shape });
      this.changes.delete(id);
    } catch (error) {
      this.give(change, error instanceof Problem ? `${error.message} ${error.hint}` : "");
      if (error instanceof Problem) view.rows.refresh();
    } finally {
      clearTimeout(slow);
      this.draw();
    }
  }

  private give(change: Sent, why: string): void {
    change.state = "failed";
    change.why = why;
    this.draw();
  }

  /** The kernel has ended: what was on its way will not arrive. */
  gone(): void {
    this.isGone = true;
    for (const change of this.changes.values()) this.give(change, "");
    this.draw();
  }

  private get farewell(): HTMLElement[] {
    if (!this.isGone) return [];
    const { changes = 0 } = this.view.status;
    const lost = this.view.editable && changes ? ` ${counted(changes, "change")} went with it, not committed.` : "";
    const words = `The kernel that held this table has ended.${lost} Run the cell again to go on.`;
    return [element("div", { class: "modos-problem", text: words })];
  }

  private draw(): void {
    const open = [...this.changes].filter(([, each]) => each.state !== "sent");
    const left = open.length - MOST_SHOWN;
    this.bar.replaceChildren(
      ...this.farewell,
      ...open.slice(0, MOST_SHOWN).map(([id, change]) => this.line(id, change)),
      ...(left > 0 ? [element("div", { class: "modos-muted", text: `and ${count(left)} more` })] : []),
    );
  }

  private line(id: number, change: Sent): HTMLElement {
    const { text } = change.payload;
    const shown = text.length > 60 ? `${text.slice(0, 59)}…` : text;
    const failed = change.state === "failed";
    const words = failed
      ? `Not taken: “${visible(shown)}” for ${visible(change.where)}. ${visible(change.why)}`
      : `The kernel does not answer yet: “${visible(shown)}” for ${visible(change.where)} waits.`;
    const drop = (): void => {
      this.changes.delete(id);
      this.draw();
      this.view.rows.refresh();
    };
    return element(
      "div",
      { class: failed ? "modos-problem" : "modos-waiting" },
      element("span", { class: "modos-waiting-text", text: words }),
      element("span", { class: "modos-spring" }),
      ...(this.isGone ? [] : [button({ label: "Try again", press: () => void this.send(id) })]),
      button({ label: "Copy", press: () => void copyText(text) }),
      button({ label: "Drop", press: drop }),
    );
  }
}
