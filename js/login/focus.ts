// The focus when the button that held it goes away: another one, or the other half of the head.

const LATE = 15_000; // ms after which the person may be elsewhere

/** Nothing on the page has the focus: what had it is gone. */
function isFree(): boolean {
  return document.activeElement === null || document.activeElement === document.body;
}

export class Focus {
  private readonly el: HTMLElement;
  private readonly body: HTMLElement;
  private until = 0; // until when the focus is taken over
  private handed = false; // it was taken over, and not chosen by the person

  constructor(el: HTMLElement, body: HTMLElement) {
    this.el = el;
    this.body = body;
    el.addEventListener("modos-take-focus", () => {
      this.until = performance.now() + LATE;
      this.take();
    });
  }

  /** Name of what has the focus, "" where it has none; null while the focus is elsewhere. */
  held(): string | null {
    const now = document.activeElement;
    return now instanceof HTMLElement && this.body.contains(now) ? (now.dataset["name"] ?? "") : null;
  }

  /** After a redraw the focus stays where it was, goes to what comes next, or is handed on. */
  restore(held: string | null): void {
    if (held === null) {
      this.take();
      return;
    }
    const main = this.handed ? this.button(".modos-primary") : null;
    const next = main ?? this.button(`[data-name="${CSS.escape(held)}"]`) ?? this.button("button");
    if (main) this.handed = false;
    if (next && !this.el.hidden) next.focus();
    else this.el.dispatchEvent(new CustomEvent("modos-focus-lost", { bubbles: true }));
  }

  private take(): void {
    if (performance.now() > this.until || this.el.hidden || !isFree()) return;
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
