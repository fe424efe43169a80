// Typed values on their way to Python: a value that does not arrive is shown until it is dropped.
import { render, type ComponentChild, type ComponentChildren } from "preact";
import { copyText } from "../shared/clipboard.ts";
import { Button } from "../shared/controls.tsx";
import { element } from "../shared/dom.ts";
import { counted, sentence, visible } from "../shared/format.ts";
import { Problem } from "../shared/messages.ts";
import { isCommitting } from "./commit_dialogs.tsx";
import type { Row } from "./row.ts";
import type { Cell, Column, EditRequest } from "./wire.ts";
import type { Rows } from "./rows.ts";
import type { TableContext } from "./context.ts";

const SLOW = 1500;
const MOST_SHOWN = 3;
const LONGEST = 60; // characters of a value in a message

interface Sent {
  payload: EditRequest;
  where: string;
  state: "sent" | "slow" | "failed" | "outdated";
  why: string;
}

export class PendingEdits {
  readonly bar = element("div", { class: "modos-pending", attributes: { role: "alert" } });
  private readonly table: TableContext;
  private readonly rows: Rows;
  private readonly changes = new Map<number, Sent>();
  private turn = 0;
  private isGone = false;
  private interruptedCommit = false;

  constructor(table: TableContext, rows: Rows) {
    this.table = table;
    this.rows = rows;
  }

  /** Send a typed value; it stays visible until Python has it. `before` is what the cell showed when its editing began. */
  store(data: Row, column: Column, text: string, before: Cell): void {
    const { api, head } = this.table;
    const id = (this.turn += 1);
    const [first, second] = data.cells;
    const label = head.several ? [first, second] : first;
    const name = String((head.several ? second : first) ?? "");
    data.cells[Number(column.id)] = text === "" ? null : text;
    api.refreshCells({ columns: [column.id] });
    this.changes.set(id, {
      payload: { position: data.position, shape: data.shape, label, column: column.id, text, before },
      where: `${name} ${column.name}`,
      state: "sent",
      why: "",
    });
    void this.send(id);
  }

  private async send(id: number): Promise<void> {
    const change = this.changes.get(id);
    if (!change) return;
    const { table } = this;
    if (this.isGone) {
      this.fail(change, "");
      return;
    }
    change.state = "sent";
    const slow = window.setTimeout(() => {
      change.state = "slow";
      this.draw();
    }, SLOW);
    try {
      const { payload } = await table.request("edit", change.payload);
      if (payload.theirs === undefined) this.changes.delete(id);
      else this.overtaken(change, payload.theirs);
    } catch (error) {
      this.fail(change, error instanceof Problem ? `${error.message} ${error.hint}` : "");
      if (error instanceof Problem) this.rows.refresh();
    } finally {
      clearTimeout(slow);
      this.draw();
    }
  }

  /** The cell was changed after its editing began: the person chooses. */
  private overtaken(change: Sent, theirs: string): void {
    change.state = "outdated";
    change.payload.before = theirs;
    change.why = theirs ? `The cell was changed to “${visible(short(theirs))}” in the meantime.` : "The cell was cleared in the meantime.";
    this.rows.refresh();
  }

  private fail(change: Sent, why: string): void {
    change.state = "failed";
    change.why = why;
    this.draw();
  }

  /** The kernel has ended: values on their way will not arrive. */
  gone(): void {
    this.isGone = true;
    this.interruptedCommit = isCommitting(this.table.model);
    for (const change of this.changes.values()) this.fail(change, "");
    this.draw();
  }

  /** A commit that was interrupted comes first: what the table shows may be half of it. */
  private get interrupted(): ComponentChild {
    const { interrupted = 0, readonly } = this.table.status;
    if (!interrupted || this.isGone) return null;
    const words = `A commit to ${counted(interrupted, "object")} was interrupted. The values shown may be incomplete.`;
    return (
      <Line isProblem words={words}>
        {this.table.editable && !readonly && <Button label="Repair" press={() => void this.repair()} />}
      </Line>
    );
  }

  private async repair(): Promise<void> {
    const answer = await this.table.ask("repair");
    if (answer) this.table.tell(`${counted(answer.repaired, "object")} repaired`);
    this.table.focusGrid();
  }

  private get farewell(): ComponentChild {
    if (!this.isGone) return null;
    const { changes = 0 } = this.table.status;
    const unsaved = this.table.editable && changes > 0;
    const lost = this.interruptedCommit
      ? " A commit was interrupted and may be incomplete; the table will offer to repair it."
      : unsaved
        ? ` ${counted(changes, "unsaved change")} ${changes === 1 ? "was" : "were"} lost.`
        : "";
    const words = `The kernel of this table has ended.${lost} Run the cell again to continue.`;
    return <div class="modos-problem">{words}</div>;
  }

  draw(): void {
    const open = [...this.changes].filter(([, each]) => each.state !== "sent");
    const left = open.length - MOST_SHOWN;
    render(
      <>
        {this.farewell}
        {this.interrupted}
        {open.slice(0, MOST_SHOWN).map(([id, change]) => this.line(id, change))}
        {left > 0 && <div class="modos-muted">{`and ${counted(left, "more value")}`}</div>}
      </>,
      this.bar,
    );
  }

  private line(id: number, change: Sent): ComponentChild {
    const { text } = change.payload;
    const isOutdated = change.state === "outdated";
    const isProblem = isOutdated || change.state === "failed";
    const mine = text ? `“${short(text)}”` : "the empty value";
    const words = isProblem
      ? `Not saved: ${mine} for ${change.where}. ${change.why}`
      : `Waiting for the kernel: ${mine} for ${change.where}.`;
    const discard = (): void => {
      this.changes.delete(id);
      this.draw();
      this.rows.refresh();
      this.table.focusGrid();
    };
    const send = (): void => {
      void this.send(id);
      this.table.focusGrid();
    };
    return (
      <Line key={id} isProblem={isProblem} words={sentence(words)}>
        {!this.isGone && <Button label={isOutdated ? "Use mine" : "Retry"} press={send} />}
        <Button label="Copy" press={() => void copyText(text)} />
        <Button label={isOutdated ? "Keep theirs" : "Discard"} press={discard} />
      </Line>
    );
  }
}

function short(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}

function Line({ isProblem, words, children }: { isProblem: boolean; words: string; children: ComponentChildren }) {
  return (
    <div class={isProblem ? "modos-problem" : "modos-waiting"}>
      <span class="modos-waiting-text">{words}</span>
      <span class="modos-spring" />
      {children}
    </div>
  );
}
