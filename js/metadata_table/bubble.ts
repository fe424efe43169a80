// What is wrong with a cell, beside it: the message, and what mends it.
import { element } from "../shared/dom.ts";
import { counted, visible } from "../shared/format.ts";
import { place } from "./popover.ts";
import type { TableView } from "./view.ts";

interface Told {
  severity: string;
  title: string;
  message: string;
  fix: string | null;
  alike: number;
  clears: boolean;
}

export class Bubble {
  private readonly view: TableView;
  private readonly box = element("div", {
    class: "modos-floating modos-bubble",
    attributes: { popover: "manual", role: "group", "aria-label": "What is wrong with this cell" },
  });
  private turn = 0;
  private leaving = 0;

  constructor(view: TableView) {
    this.view = view;
    view.el.append(this.box);
    this.box.addEventListener("pointerenter", () => clearTimeout(this.leaving));
    this.box.addEventListener("pointerleave", () => this.hideSoon());
    this.box.addEventListener("keydown", (event) => {
      const buttons = [...this.box.querySelectorAll<HTMLElement>("button")];
      const now = buttons.indexOf(document.activeElement as HTMLElement);
      const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
      if (step) buttons[(now + step + buttons.length) % buttons.length]?.focus();
      else if (event.key === "Escape" || event.key === "Tab") {
        this.hide();
        view.focus.grid();
      } else return;
      event.preventDefault();
    });
    view.el.addEventListener("focusin", ({ target }) => {
      const beside = target instanceof Element && !target.closest(".ag-root, .modos-bubble");
      if (beside) this.hide();
    });
    view.signal.addEventListener("abort", () => this.hide());
  }

  get open(): boolean {
    return this.box.matches(":popover-open");
  }

  /** Show the findings of a cell; `enter` moves the focus to the first fix. */
  async show(position: number, column: string, cell: HTMLElement, enter = false): Promise<void> {
    clearTimeout(this.leaving);
    const turn = (this.turn += 1);
    const answer = await this.view.ask<{ findings: Told[] }>("findings", { position, column });
    if (turn !== this.turn || !answer || !cell.isConnected || this.view.api.getEditingCells().length) return;
    if (this.view.el.querySelector(".modos-popover, .modos-menu, dialog[open]")) return; // it would lie over them
    this.box.textContent = "";
    if (!answer.findings.length) {
      this.hide();
      return;
    }
    answer.findings.forEach((told, index) => {
      const fixes = element("div", { class: "modos-fixes" });
      if (told.fix !== null) {
        fixes.append(this.action(told.fix, { position, column, index, scope: "one" }));
        if (told.alike > 1) {
          const words = told.clears ? "Clear" : "Fix";
          fixes.append(this.action(`${words} all ${counted(told.alike, "like it", "like it")}`, { position, column, index, scope: "kind" }));
        }
      }
      this.box.append(
        element(
          "div",
          { class: `modos-told modos-told-${told.severity}` },
          element("strong", { text: visible(told.title) }),
          element("div", { text: visible(told.message) }),
          ...(fixes.children.length ? [fixes] : []),
        ),
      );
    });
    this.box.showPopover?.();
    place(this.box, cell.getBoundingClientRect());
    if (enter) this.box.querySelector<HTMLElement>("button")?.focus();
  }

  private action(label: string, payload: object): HTMLButtonElement {
    return element("button", {
      class: "modos-link modos-fix",
      text: visible(label),
      attributes: { type: "button" },
      on: {
        click: () => {
          this.hide();
          void this.view.curating.change("fix", payload).then(() => this.view.focus.grid());
        },
      },
    });
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
    if (this.open) this.box.hidePopover();
  }
}
