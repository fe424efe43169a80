// The focus when the button that held it goes away: another one, or the other half of the head.

import { focusedBeside } from "../shared/dom.ts";

const LATE = 15_000; // ms after which the person may be elsewhere

/** Nothing beside the widget has the focus: what had it is gone. */
function isFree(el: HTMLElement): boolean {
  const now = focusedBeside(el);
  if (now !== null) return now === document.body;
  const root = el.getRootNode();
  return !(root instanceof ShadowRoot) || [null, document.body, root.host].includes(document.activeElement as HTMLElement | null);
}

export class Focus {
  private readonly el: HTMLElement;
  private readonly body: HTMLElement;
  private until = 0; // until when the focus is taken over
  private handed = false; // where it is was not chosen by the person

  constructor(el: HTMLElement, body: HTMLElement) {
    this.el = el;
    this.body = body;
    body.addEventListener("keydown", () => (this.handed = false));
    el.addEventListener("modos-take-focus", () => {
      this.until = performance.now() + LATE;
      this.take();
    });
  }

  /** Name of what has the focus, "" where it has none; null while the focus is elsewhere. */
  held(): string | null {
    const now = focusedBeside(this.body);
    return now instanceof HTMLElement && this.body.contains(now) ? (now.dataset["name"] ?? "") : null;
  }

  /** After a redraw the focus stays where it was, goes to what comes next, or is handed on. */
  restore(held: string | null): void {
    if (held === null) {
      this.take();
      return;
    }
    const same = this.button(`[data-name="${CSS.escape(held)}"]`);
    const main = this.handed || !same ? this.button(".modos-primary") : null;
    const next = main ?? same ?? this.button("button");
    if (main) this.handed = false;
    else if (!same) this.handed = next !== null; // what is mainly to do may yet come
    if (next && !this.el.hidden) {
      next.focus();
      return;
    }
    this.until = performance.now() + LATE; // whoever has a button first
    this.el.dispatchEvent(new CustomEvent("modos-focus-lost", { bubbles: true }));
  }

  private take(): void {
    if (performance.now() > this.until || this.el.hidden || !isFree(this.el)) return;
    const first = this.button(".modos-primary") ?? this.button("button");
    if (!first) return;
    this.handed = !first.matches(".modos-primary");
    this.until = 0;
    first.focus();
  }

  private button(which: string): HTMLElement | null {
    return this.body.querySelector<HTMLElement>(`${which}:not(:disabled)`);
  }
}
