// The line between two panes: dragged, or moved by the arrow keys.
import { element } from "../shared/dom.ts";

const STEP = 16;

export interface SplitterParts {
  name: string;
  /** The pane before it, whose width it sets. */
  pane: HTMLElement;
  least: number;
  /** Pixels that the panes behind need at least. */
  spare: number;
  set: (width: number) => void;
}

export function splitter({ name, pane, least, spare, set }: SplitterParts): HTMLElement {
  const line = element("div", {
    class: "modos-splitter",
    attributes: { role: "separator", tabindex: 0, "aria-orientation": "vertical", "aria-label": name },
  });
  const most = (): number => {
    const all = pane.parentElement?.clientWidth ?? 0;
    return Math.max(least, all - pane.offsetLeft - spare);
  };
  const move = (width: number): void => {
    const kept = Math.round(Math.max(least, Math.min(most(), width)));
    set(kept);
    tell(kept);
  };
  const tell = (width: number): void => {
    line.setAttribute("aria-valuenow", String(Math.round(width)));
    line.setAttribute("aria-valuemin", String(least));
    line.setAttribute("aria-valuemax", String(Math.round(most())));
  };
  tell(least);
  line.addEventListener("focus", () => tell(pane.offsetWidth));
  line.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -STEP, ArrowRight: STEP, Home: -9999, End: 9999 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    move(pane.offsetWidth + by);
  });
  line.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    line.setPointerCapture(event.pointerId);
    const from = event.clientX - pane.offsetWidth;
    const follow = (now: PointerEvent): void => move(now.clientX - from);
    line.addEventListener("pointermove", follow);
    const end = (): void => line.removeEventListener("pointermove", follow);
    line.addEventListener("pointerup", end, { once: true });
    line.addEventListener("pointercancel", end, { once: true });
  });
  return line;
}
