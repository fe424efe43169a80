// Regions of a contig: `start` is counted from 0, `end` is the base after the last one.
import { count } from "../shared/format.ts";
import type { LocusAnswer } from "./wire.ts";

export const NARROWEST = 20; // bases

/** Return a locus as people write it. */
export function locusText({ contig, start, end }: LocusAnswer): string {
  return `${contig}:${count(Math.round(start) + 1)}-${count(Math.round(end))}`;
}

/** Return a region of the same contig that is within its `length` (0: not known). */
export function fitted({ contig, start, end }: LocusAnswer, length: number): LocusAnswer {
  const most = length || Number.MAX_SAFE_INTEGER;
  const size = Math.min(Math.max(end - start, NARROWEST), most);
  const first = Math.min(Math.max(0, start), most - size);
  return { contig, start: first, end: first + size };
}

/** Return a region moved by a part of its size. */
export function moved(view: LocusAnswer, part: number): LocusAnswer {
  const by = (view.end - view.start) * part;
  return { ...view, start: view.start + by, end: view.end + by };
}

/** Return a region with `factor` times the size, and the same base at a place between 0 and 1. */
export function zoomed(view: LocusAnswer, factor: number, at = 0.5): LocusAnswer {
  const size = view.end - view.start;
  const wanted = Math.max(size * factor, NARROWEST);
  const start = view.start + (size - wanted) * at;
  return { ...view, start, end: start + wanted };
}
