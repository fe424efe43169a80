// What is seen of an axis: moved, zoomed, and kept within the array.
import type { Range } from "./drawing.ts";

const NARROWEST = 4; // elements

/** Return a range within an axis of a length; one that is too large becomes the whole axis. */
export function fitted([start, stop]: Range, length: number): Range {
  const size = Math.min(Math.max(stop - start, Math.min(NARROWEST, length)), length);
  const first = Math.min(Math.max(0, start), length - size);
  return [first, first + size];
}

/** Return a range moved by a part of its size. */
export function moved([start, stop]: Range, part: number): Range {
  const by = (stop - start) * part;
  return [start + by, stop + by];
}

/** Return a range with `factor` times the size, and the same element at a place between 0 and 1. */
export function zoomed([start, stop]: Range, factor: number, at = 0.5): Range {
  const size = stop - start;
  const first = start + size * (1 - factor) * at;
  return [first, first + size * factor];
}

/** Return the whole elements that a range covers. */
export function covered([start, stop]: Range): Range {
  return [Math.floor(start + 1e-9), Math.ceil(stop - 1e-9)];
}

/** Whether a range is within another, but for rounding. */
export function isWithin([start, stop]: Range, [first, last]: Range): boolean {
  return start >= first - 1e-6 && stop <= last + 1e-6;
}

/** Return a range that contains a position: moved as little as possible. */
export function including([start, stop]: Range, position: number): Range {
  const by = position < start ? position - start : position + 1 > stop ? position + 1 - stop : 0;
  return [start + by, stop + by];
}
