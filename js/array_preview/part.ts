// The part of the array that is read: its picture first, then its labels and the table.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { problemOf, type Problem } from "../shared/messages.ts";
import { rangesOf, tileOf, type Range, type Tile } from "./drawing.ts";
import { useView } from "./hooks.ts";
import type { FactsAnswer, Labels, PartAnswer, PartRequest } from "./wire.ts";

export const SLOW = 300; // ms before waiting is shown
const MOVING = 150; // ms between two reads while one moves
export const HEIGHT = 340; // CSS pixels of the picture, at most

/** What is asked of an array. */
export interface Wish {
  kind: string;
  /** Rows and columns. */
  axes: number[];
  component: string;
  /** Channels of an image; empty for those that it shows at first. */
  channels: number[];
  /** Position by axis. */
  at: Record<number, number>;
  /** What is seen, by axis; empty for the first view. */
  window: Record<string, Range>;
}

export interface PartShown {
  part: PartAnswer | null;
  /** The request that was answered, for others about the same part; null before. */
  asked: PartRequest | null;
  tile: Tile | null;
  /** The largest part that was read in the same way. */
  under: Tile | null;
  labels: Record<string, Labels>;
  wish: Wish;
  isSlow: boolean;
  failure: Problem | null;
}

export interface PartReading extends PartShown {
  /** Move to a position on an axis. */
  move: (axis: number, position: number) => void;
  /** Ask for something else; `isMoving`: when the pointer rests. */
  want: (change: Partial<Wish>, isMoving?: boolean) => void;
  /** Read it again; `anyway`: also a chunk that is larger than the budget. */
  read: (anyway?: boolean) => void;
}

/** Read parts of an array until `left` is aborted; `drawn` holds the picture. */
export function usePart(path: string, facts: FactsAnswer, left: AbortSignal, drawn: { current: HTMLElement | null }): PartReading {
  const { channel, model } = useView();
  const [shown, setShown] = useState<PartShown>(() => {
    const axes = facts.axes.flatMap(({ shown: isShown }, axis) => (isShown ? [axis] : []));
    const wish: Wish = { kind: "", axes, component: "", channels: [], at: {}, window: {} };
    return { part: null, asked: null, tile: null, under: null, labels: {}, wish, isSlow: false, failure: null };
  });
  const wish = useRef(shown.wish);
  const isAnyway = useRef(false);
  const reading = useRef<AbortController | null>(null);
  const timer = useRef(0);
  const largest = useRef<{ subject: string; tile: Tile } | null>(null);

  const show = (change: Partial<PartShown>): void => setShown((before) => ({ ...before, ...change }));
  const paint = (answer: PartAnswer, buffers: DataView[], painted: Wish, asked: PartRequest): void => {
    const { picture, ...part } = answer;
    if (!picture) {
      if (answer.over) show({ part, tile: null, under: null, failure: null });
      else if (answer.table) setShown((now) => ({ ...now, part, asked, labels: part.labels ?? {}, tile: part.kinds?.length ? now.tile : null, failure: null }));
      return;
    }
    const tile = tileOf(picture, buffers, painted.window);
    const subject = subjectOf(painted, tile);
    if (subject !== largest.current?.subject || area(tile) > area(largest.current.tile)) largest.current = { subject, tile };
    const under = largest.current.tile;
    setShown((now) => ({ ...now, part: { ...now.part, ...part }, asked, tile, under, failure: null }));
  };
  const read = (anyway = false): void => {
    if (left.aborted) return;
    clearTimeout(timer.current);
    timer.current = 0;
    reading.current?.abort();
    const controller = (reading.current = new AbortController());
    const isCurrent = (): boolean => reading.current === controller;
    const slow = window.setTimeout(() => show({ isSlow: true }), SLOW);
    const wanted = wish.current;
    const { kind, axes, component, channels, at } = wanted;
    const asked: PartRequest = { path, raw: Boolean(model.get("raw")), at, anyway, axes, component, channels, window: wanted.window, ...(kind && { kind }) };
    const room: [number, number] = [HEIGHT, drawn.current?.clientWidth || 560];
    channel
      .request(
        "part",
        { ...asked, room },
        { signal: controller.signal, part: (answer, buffers) => isCurrent() && paint(answer, buffers, wanted, asked) },
      )
      .then(({ payload, buffers }) => isCurrent() && paint(payload, buffers, wanted, asked))
      .catch((error: unknown) => {
        isAnyway.current = anyway;
        if (isCurrent()) show({ failure: problemOf(error) });
      })
      .finally(() => {
        clearTimeout(slow);
        if (isCurrent()) show({ isSlow: false });
      });
  };
  const want = (change: Partial<Wish>, isMoving = false): void => {
    wish.current = { ...wish.current, ...change };
    show({ wish: wish.current });
    if (!isMoving) read();
    else timer.current ||= window.setTimeout(() => read(), MOVING); // while one moves, it is read again and again

  };
  useLayoutEffect(() => {
    read();
    const end = (): void => {
      clearTimeout(timer.current);
      reading.current?.abort();
    };
    left.addEventListener("abort", end);
    return end;
  }, []);
  return {
    ...shown,
    want,
    move: (axis, position) => {
      const { at } = wish.current;
      const { axes = [] } = shown.tile?.picture ?? {};
      const first = shown.tile ? Object.fromEntries(rangesOf(shown.tile.picture).map((range, place) => [axes[place], range])) : {};
      const seen: Wish["window"] = axes.every((axis) => wish.current.window[axis]) ? wish.current.window : first;
      const change: Partial<Wish> = { at: { ...at, [axis]: position } };
      const range = seen[axis];
      if (range && (position < range[0] || position >= range[1])) {
        const size = range[1] - range[0];
        const begin = Math.min(position, Math.max(0, (facts.axes[axis]?.length ?? 0) - size));
        change.window = { ...seen, [axis]: [begin, begin + size] };
      } else if (range) change.window = seen;
      want(change, true);
    },
    read: (anyway) => read(anyway ?? isAnyway.current),
  };
}

/** What a tile is a picture of, as text that can be compared: all but the window. */
function subjectOf({ component, channels, at }: Wish, { picture: { kind, axes } }: Tile): string {
  const hidden = Object.entries(at).filter(([axis, position]) => position && !axes.includes(Number(axis)));
  return JSON.stringify([component, channels, kind, axes, hidden]);
}

function area({ picture }: Tile): number {
  return rangesOf(picture).reduce((all, [start, stop]) => all * (stop - start), 1);
}
