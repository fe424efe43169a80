// The findings of a cell, beside it: the message, and buttons that fix it.
import { render } from "preact";
import { element, focusedBeside } from "../shared/dom.ts";
import { counted, sentence, visible } from "../shared/format.ts";
import { float } from "../shared/floating.ts";
import type { Change, TableContext } from "./context.ts";
import { openFixes } from "./fixes.tsx";
import type { FindingOfCell, FixRequest } from "./wire.ts";

export class FindingPopover {
  private readonly table: TableContext;
  private readonly change: Change;
  private readonly box = element("div", {
    class: "modos-floating modos-bubble",
    attributes: { popover: "manual", role: "group", "aria-label": "Findings of this cell" },
  });
  private turn = 0;
  private leaving = 0;
  private close: (() => void) | null = null;

  constructor(table: TableContext, change: Change) {
    this.table = table;
    this.change = change;
    table.el.append(this.box);
    this.box.addEventListener("pointerenter", () => clearTimeout(this.leaving));
    this.box.addEventListener("pointerleave", () => this.hideSoon());
    this.box.addEventListener("keydown", (event) => {
      const buttons = [...this.box.querySelectorAll<HTMLElement>("button")];
      const now = buttons.indexOf(focusedBeside(this.box) as HTMLElement);
      const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
      if (step) buttons[(now + step + buttons.length) % buttons.length]?.focus();
      else if (event.key === "Escape" || event.key === "Tab") {
        this.hide();
        table.focusGrid();
      } else return;
      event.preventDefault();
    });
    table.el.addEventListener("focusin", ({ target }) => {
      const beside = target instanceof Element && !target.closest(".ag-root, .modos-bubble");
      if (beside) this.hide();
    });
    table.signal.addEventListener("abort", () => this.hide());
  }

  /** Show the findings of a cell, as it is drawn when they arrive; `enter` moves the focus to the first fix. */
  async show(position: number, column: string, cellNow: () => HTMLElement | null, enter = false): Promise<void> {
    clearTimeout(this.leaving);
    const turn = (this.turn += 1);
    const answer = await this.table.ask("findings", { position, column });
    const cell = cellNow();
    if (turn !== this.turn || !answer || !cell?.isConnected || this.table.api.getEditingCells().length) return;
    if (this.table.el.querySelector(".modos-popover, .modos-menu, dialog[open]")) return; // it would lie over them
    if (!answer.findings.length) {
      this.hide();
      return;
    }
    const fix = (request: FixRequest): void => {
      this.hide();
      void this.change("fix", request).then(() => this.table.focusGrid());
    };
    render(
      answer.findings.map((finding, index) => (
        <Finding
          key={`${position} ${column} ${index}`}
          finding={finding}
          fix={() => fix({ position, column, index, scope: "one" })}
          alike={() => {
            this.hide();
            void openFixes(this.table, this.change, { position, column, index });
          }}
        />
      )),
      this.box,
    );
    this.close?.();
    this.close = float(this.box, cell.getBoundingClientRect());
    if (enter) this.box.querySelector<HTMLElement>("button")?.focus();
  }

  hideSoon(): void {
    clearTimeout(this.leaving);
    this.leaving = window.setTimeout(() => {
      if (!this.box.matches(":focus-within")) this.hide();
    }, 250);
  }

  hide(): void {
    this.turn += 1;
    clearTimeout(this.leaving);
    this.close?.();
    this.close = null;
  }
}

interface FindingProps {
  finding: FindingOfCell;
  fix: () => void;
  /** Choose the fix of all similar cells. */
  alike: () => void;
}

function Finding({ finding: { severity, title, message, fix: words, clears, alike: cells }, fix, alike }: FindingProps) {
  return (
    <div class={`modos-finding modos-finding-${severity}`}>
      <strong>{visible(title)}</strong>
      <div>{sentence(message)}</div>
      {words !== null && (
        <div class="modos-fixes">
          <FixButton label={words} press={fix} />
          {cells > 1 && <FixButton label={`${clears ? "Clear" : "Fix"} ${counted(cells, "similar cell")}…`} press={alike} />}
        </div>
      )}
    </div>
  );
}

function FixButton({ label, press }: { label: string; press: () => void }) {
  return <button type="button" class="modos-link modos-fix" onClick={press}>{visible(label)}</button>;
}
