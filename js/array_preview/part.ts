// The part of the array that is read: its values first, then its picture.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Problem, problemOf } from "../shared/messages.ts";
import { isDark, watchTheme } from "../shared/style.ts";
import { useView } from "./hooks.ts";
import type { PartAnswer } from "./wire.ts";

export const SLOW = 300; // ms before waiting is shown
const MOVING = 200; // ms after a slider moved
const WIDEST = 760;
const RESIZED = 48; // CSS pixels of another width that make another picture

export interface Picture {
  kinds: string[];
  kind: string | undefined;
  alt: string;
  /** Address of the image; empty where there is none. */
  url: string;
}

export interface PartShown {
  part: PartAnswer | null;
  picture: Picture | null;
  isSlow: boolean;
  failure: Problem | null;
}

export interface PartReading extends PartShown {
  move: (axis: number, position: number) => void;
  draw: (kind: string) => void;
  /** Read it again; `anyway`: also a chunk that is larger than the budget. */
  read: (anyway?: boolean) => void;
}

const NOTHING: PartShown = { part: null, picture: null, isSlow: false, failure: null };

/** Read parts of an array until `left` is aborted; `drawn` holds the picture. */
export function usePart(path: string, left: AbortSignal, drawn: { current: HTMLElement | null }): PartReading {
  const { el, channel } = useView();
  const [shown, setShown] = useState(NOTHING);
  const asked = useRef({ at: {} as Record<number, number>, kind: "", anyway: false });
  const reading = useRef<AbortController | null>(null);
  const timer = useRef(0);
  const url = useRef("");
  const width = useRef({ now: 560, drawn: 560 });

  const show = (change: Partial<PartShown>): void => setShown((before) => ({ ...before, ...change }));
  /** CSS pixels of the picture; while JupyterLab changes its theme the page has no width. */
  const measure = (): number => {
    const now = Math.min(WIDEST, Math.floor(drawn.current?.clientWidth ?? 0));
    if (now > 0) width.current.now = now;
    return width.current.now;
  };
  const paint = ({ kinds = [], kind, alt = "" }: PartAnswer, png: DataView | undefined): void => {
    if (url.current) URL.revokeObjectURL(url.current);
    url.current = "";
    if (png) {
      const bytes = new Uint8Array(png.buffer as ArrayBuffer, png.byteOffset, png.byteLength);
      url.current = URL.createObjectURL(new Blob([bytes], { type: "image/png" }));
      width.current.drawn = width.current.now;
    }
    show({ picture: { kinds, kind, alt, url: url.current } });
  };
  const fill = (part: PartAnswer): void => {
    if (part.over || part.table) show({ part, failure: null });
  };
  const read = (anyway = false): void => {
    if (left.aborted) return;
    reading.current?.abort();
    const controller = (reading.current = new AbortController());
    const isCurrent = (): boolean => reading.current === controller;
    const slow = window.setTimeout(() => show({ isSlow: true }), SLOW);
    const { at, kind } = asked.current;
    channel
      .request(
        "part",
        {
          path,
          at,
          anyway,
          ...(kind && { kind }),
          dark: isDark(el),
          width: measure(),
          ratio: window.devicePixelRatio,
        },
        { signal: controller.signal, part: fill },
      )
      .then(({ payload, buffers }) => {
        fill(payload);
        if (payload.table) paint(payload, buffers[0]);
      })
      .catch((error: unknown) => {
        asked.current.anyway = anyway;
        if (isCurrent()) show({ failure: problemOf(error) });
      })
      .finally(() => {
        clearTimeout(slow);
        if (isCurrent()) show({ isSlow: false });
      });
  };
  const readSoon = (): void => {
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => read(), MOVING);
  };
  useLayoutEffect(() => {
    read();
    const end = (): void => {
      clearTimeout(timer.current);
      reading.current?.abort();
    };
    left.addEventListener("abort", end);
    watchTheme(el, left, () => read());
    const size = new ResizeObserver(() => {
      if (url.current && Math.abs(measure() - width.current.drawn) >= RESIZED) readSoon();
    });
    if (drawn.current) size.observe(drawn.current);
    return () => {
      end();
      size.disconnect();
      if (url.current) URL.revokeObjectURL(url.current);
    };
  }, []);
  return {
    ...shown,
    move: (axis, position) => {
      asked.current.at = { ...asked.current.at, [axis]: position };
      readSoon();
    },
    draw: (kind) => {
      asked.current.kind = kind;
      read();
    },
    read: (anyway) => read(anyway ?? asked.current.anyway),
  };
}
