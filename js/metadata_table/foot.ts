// The bar below the grid: what will be written, and the ways to drop, see and write it.
import { button, element } from "../shared/dom.ts";
import { counted } from "../shared/format.ts";
import { openPopover } from "./popover.ts";
import type { Reviewing } from "./review.ts";
import type { TableView } from "./view.ts";

export class Foot {
  readonly bar = element("div", { class: "modos-table-foot", attributes: { role: "region", "aria-label": "Changes" } });
  private readonly view: TableView;
  private readonly reviewing: Reviewing;
  private isGone = false;

  constructor(view: TableView, reviewing: Reviewing) {
    this.view = view;
    this.reviewing = reviewing;
  }

  /** Without a kernel nothing can be written. */
  gone(): void {
    this.isGone = true;
    this.draw();
  }

  draw(): void {
    const { changes = 0, objects = 0, errors = 0, readonly, committed } = this.view.status;
    const words = changes ? `${counted(changes, "change")} in ${counted(objects, "object")}` : "No changes";
    const off = changes === 0 || this.isGone;
    const active = document.activeElement;
    const focused = active && this.bar.contains(active) ? active.textContent : null;
    this.bar.replaceChildren(
      element("strong", { text: words, attributes: { role: "status" } }),
      ...(errors ? [element("span", { class: "modos-pill modos-is-error", text: counted(errors, "error") })] : []),
      ...(readonly ? [element("span", { class: "modos-muted modos-foot-note", text: readonly, title: readonly })] : []),
      element(
        "span",
        { class: "modos-table-tools" },
        ...(committed && !changes && !this.isGone ? [button({ label: "Undo the commit", press: () => void this.reviewing.takeBack() })] : []),
        button({ label: "Discard", press: () => this.discard(), attributes: { disabled: off } }),
        button({ label: "Review", press: () => void this.reviewing.review(false), attributes: { disabled: off } }),
        button({
          label: "Commit…",
          primary: true,
          press: () => void this.reviewing.review(true),
          attributes: { disabled: off || Boolean(readonly) },
        }),
      ),
    );
    if (focused) {
      [...this.bar.querySelectorAll<HTMLElement>("button")].find((each) => each.textContent === focused)?.focus();
    }
  }

  private discard(): void {
    const { view } = this;
    const at = this.bar.getBoundingClientRect();
    const { changes = 0 } = view.status;
    openPopover(view.el, {
      name: "Discard",
      at: new DOMRect(at.right - 300, at.top, 280, at.height),
      closed: () => view.focus.grid(),
      content: (box, close) => {
        const all = (): void => {
          close();
          void view.curating.change("discard");
        };
        box.append(
          element("div", { text: `Drop ${counted(changes, "change")}? What is stored stays as it is.` }),
          element(
            "div",
            { class: "modos-row-end" },
            button({ label: "Keep", press: close }),
            button({ label: "Discard all", primary: true, press: all }),
          ),
        );
      },
    });
  }
}
