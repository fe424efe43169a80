// The line between two panes, or below one: dragged, or moved by the arrow keys.
import type { RefObject } from "preact";
import { useState } from "preact/hooks";

const STEP = 16;

export interface SplitterProps {
  name: string;
  /** The pane before it, whose width it sets; with `isBelow` its height. */
  pane: RefObject<HTMLElement | null>;
  least: number;
  /** Pixels that the panes behind need at least. */
  spare?: number;
  isBelow?: boolean;
  set: (size: number) => void;
}

const TALLEST = 4000; // pixels of a pane that nothing else bounds

export function Splitter({ name, pane, least, spare = 0, isBelow = false, set }: SplitterProps) {
  const [{ now, most }, tell] = useState({ now: least, most: least });
  const measure = (): { size: number; most: number } => {
    const { offsetLeft = 0, offsetTop = 0, offsetWidth = 0, offsetHeight = 0, parentElement } = pane.current ?? {};
    if (!isBelow) {
      return { size: offsetWidth, most: Math.max(least, (parentElement?.clientWidth ?? 0) - offsetLeft - spare) };
    }
    const room = spare ? (parentElement?.clientHeight ?? 0) - (offsetTop - (parentElement?.offsetTop ?? 0)) - spare : TALLEST;
    return { size: offsetHeight, most: Math.max(least, room) };
  };
  const move = (size: number): void => {
    const { most: limit } = measure();
    const kept = Math.round(Math.max(least, Math.min(limit, size)));
    set(kept);
    tell({ now: kept, most: limit });
  };
  const focus = (): void => {
    const { size, most: limit } = measure();
    tell({ now: size, most: limit });
  };
  const key = (event: KeyboardEvent): void => {
    const [less, more] = isBelow ? ["ArrowUp", "ArrowDown"] : ["ArrowLeft", "ArrowRight"];
    const by = event.key === less ? -STEP : event.key === more ? STEP : { Home: -9999, End: 9999 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    move(measure().size + by);
  };
  const drag = (event: PointerEvent): void => {
    event.preventDefault();
    const line = event.currentTarget as HTMLElement;
    line.setPointerCapture(event.pointerId);
    const place = (at: PointerEvent): number => (isBelow ? at.clientY : at.clientX);
    const from = place(event) - measure().size;
    const follow = (to: PointerEvent): void => move(place(to) - from);
    line.addEventListener("pointermove", follow);
    const end = (): void => line.removeEventListener("pointermove", follow);
    line.addEventListener("pointerup", end, { once: true });
    line.addEventListener("pointercancel", end, { once: true });
  };
  return (
    <div
      class={`modos-splitter${isBelow ? " modos-is-below" : ""}`}
      role="separator"
      tabIndex={0}
      aria-orientation={isBelow ? "horizontal" : "vertical"}
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
