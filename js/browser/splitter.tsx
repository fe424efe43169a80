// The line between two panes: dragged, or moved by the arrow keys.
import type { RefObject } from "preact";
import { useState } from "preact/hooks";

const STEP = 16;

export interface SplitterProps {
  name: string;
  /** The pane before it, whose width it sets. */
  pane: RefObject<HTMLElement | null>;
  least: number;
  /** Pixels that the panes behind need at least. */
  spare: number;
  set: (width: number) => void;
}

export function Splitter({ name, pane, least, spare, set }: SplitterProps) {
  const [{ now, most }, tell] = useState({ now: least, most: least });
  const measure = (): { width: number; most: number } => {
    const { offsetLeft = 0, offsetWidth = 0, parentElement } = pane.current ?? {};
    return { width: offsetWidth, most: Math.max(least, (parentElement?.clientWidth ?? 0) - offsetLeft - spare) };
  };
  const move = (width: number): void => {
    const { most: limit } = measure();
    const kept = Math.round(Math.max(least, Math.min(limit, width)));
    set(kept);
    tell({ now: kept, most: limit });
  };
  const focus = (): void => {
    const { width, most: limit } = measure();
    tell({ now: width, most: limit });
  };
  const key = (event: KeyboardEvent): void => {
    const by = { ArrowLeft: -STEP, ArrowRight: STEP, Home: -9999, End: 9999 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    move(measure().width + by);
  };
  const drag = (event: PointerEvent): void => {
    event.preventDefault();
    const line = event.currentTarget as HTMLElement;
    line.setPointerCapture(event.pointerId);
    const from = event.clientX - measure().width;
    const follow = (to: PointerEvent): void => move(to.clientX - from);
    line.addEventListener("pointermove", follow);
    const end = (): void => line.removeEventListener("pointermove", follow);
    line.addEventListener("pointerup", end, { once: true });
    line.addEventListener("pointercancel", end, { once: true });
  };
  return (
    <div
      class="modos-splitter"
      role="separator"
      tabIndex={0}
      aria-orientation="vertical"
      aria-label={name}
      aria-valuenow={Math.round(now)}
      aria-valuemin={least}
      aria-valuemax={Math.round(most)}
      onFocus={focus}
      onKeyDown={key}
      onPointerDown={drag}
    />
  );
}
