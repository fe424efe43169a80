// Scales of colours and axes: where a value lies between two limits, the marks between them, and numbers as text.
import { markDistance } from "../shared/canvas.ts";
import type { Limits } from "./wire.ts";

export type ScaleKind = "linear" | "log" | "symlog";
export const SCALES: [kind: ScaleKind, label: string][] = [
  ["linear", "Linear"],
  ["log", "Logarithmic"],
  ["symlog", "Symmetric log"],
];

/** Which limits a scale has: percentiles, all values, or typed ones. */
export type LimitsKind = "robust" | "all" | "typed";

export interface Scale {
  kind: ScaleKind;
  low: number;
  high: number;
}

export interface Mark {
  value: number;
  text: string;
}

const WIDER = 1e-9; // part of a value by which limits that are equal are moved apart

/** Return a scale whose limits are different, and above 0 where it is logarithmic. */
export function scaleOf(kind: ScaleKind, first: number, last: number, limits: Limits): Scale {
  const [low, high] = [Math.min(first, last), Math.max(first, last)];
  if (kind === "log") {
    const least = limits.positive ?? 1;
    const top = high > 0 ? high : least;
    const bottom = low > 0 ? low : Math.min(least, top);
    return bottom < top ? { kind, low: bottom, high: top } : { kind, low: top / 2, high: top * 2 };
  }
  if (high > low) return { kind, low, high };
  const by = Math.max(Math.abs(low) * WIDER, 0.5);
  return { kind, low: low - by, high: high + by };
}

/** Return the limits that a scale has by itself; `isCentred`: 0 is in the middle. */
export function chosenLimits(kind: LimitsKind, limits: Limits, isCentred: boolean): [low: number, high: number] {
  const { minimum, maximum } = limits;
  if (minimum === null || maximum === null) return [0, 1];
  let [low, high] = kind === "robust" ? [limits.low ?? minimum, limits.high ?? maximum] : [minimum, maximum];
  if (low >= high) [low, high] = [minimum, maximum];
  if (!isCentred) return [low, high];
  const far = Math.max(Math.abs(low), Math.abs(high));
  return [-far, far];
}

/** Below this distance from 0 a symmetric logarithmic scale is linear. */
function linearWithin({ low, high }: Scale): number {
  return Math.min(1, Math.max(Math.abs(low), Math.abs(high)) / 1000) || 1;
}

/** Return a function that gives the place of a value: 0 at the lower limit, 1 at the upper one. */
export function placing(scale: Scale): (value: number) => number {
  const { kind, low, high } = scale;
  if (kind === "log") {
    const [first, span] = [Math.log(low), Math.log(high) - Math.log(low)];
    return (value) => (value > 0 ? (Math.log(value) - first) / span : -1);
  }
  if (kind === "symlog") {
    const bent = bending(linearWithin(scale));
    const first = bent(low);
    const span = bent(high) - first;
    return (value) => (bent(value) - first) / span;
  }
  const span = high - low;
  return (value) => (value - low) / span;
}

function bending(within: number): (value: number) => number {
  return (value) => Math.sign(value) * Math.log1p(Math.abs(value) / within);
}

/** Return about `most` marks of a scale. */
export function marksOf(scale: Scale, most: number, unit = "", isWhole = false): Mark[] {
  if (scale.kind === "log") return powers(scale, most, unit);
  if (scale.kind === "symlog") return bothPowers(scale, most, unit);
  return evenMarks(scale.low, scale.high, most, unit, isWhole);
}

/** Return marks at multiples of 1, 2 or 5 times a power of ten, or of a unit of time. */
export function evenMarks(low: number, high: number, most: number, unit = "", isWhole = false): Mark[] {
  const step = stepOf(high - low, most, unit, isWhole);
  const marks: Mark[] = [];
  const tellable = Math.max(Math.abs(low), Math.abs(high)) * 1e-14; // floats hold no more
  if (!(step > tellable)) return marks;
  const first = Math.ceil(low / step - 1e-9);
  for (let at = 0; at <= 2 * most + 2; at += 1) {
    const value = (first + at) * step || 0;
    if (value > high + step * 1e-9) break;
    marks.push({ value, text: markText(value, step, unit) });
  }
  return marks;
}

const SECOND = 1000;
const DAY = 86_400_000;
const TIMES = [1, 2, 5, 10, 20, 50, 100, 200, 500]
  .concat([1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200].map((each) => each * SECOND))
  .concat([1, 2, 7, 14, 30, 90, 182, 365.25, 730.5, 1826.25, 3652.5, 18_262.5, 36_525].map((each) => each * DAY));

function stepOf(span: number, most: number, unit: string, isWhole: boolean): number {
  const least = span / Math.max(1, most);
  if (unit === "time" && least <= TIMES[TIMES.length - 1]!) return TIMES.find((each) => each >= least) ?? least;
  return isWhole ? markDistance(span, most) : niceStep(least);
}

function niceStep(least: number): number {
  if (!(least > 0) || !Number.isFinite(least)) return 0;
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((each) => each * power).find((each) => each >= least * (1 - 1e-9)) ?? least;
}

function powers({ low, high }: Scale, most: number, unit: string): Mark[] {
  const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
  if (last - first < 1) return evenMarks(low, high, most, unit);
  const every = Math.max(1, Math.ceil((last - first + 1) / Math.max(1, most)));
  const marks: Mark[] = [];
  for (let power = first; power <= last; power += every) marks.push({ value: 10 ** power, text: numberText(10 ** power, 4) });
  return marks;
}

function bothPowers(scale: Scale, most: number, unit: string): Mark[] {
  const { low, high } = scale;
  const place = placing(scale);
  const least = linearWithin(scale);
  const ends = [low, high].map((each) => Math.abs(each)).filter((each) => each > least);
  const top = Math.floor(Math.log10(Math.max(...ends, least)) + 1e-9);
  const bottom = Math.ceil(Math.log10(least) - 1e-9);
  const values = [0];
  for (let power = bottom; power <= top; power += 1) values.push(10 ** power, -(10 ** power));
  const inside = values.filter((each) => each >= low && each <= high).sort((a, b) => Math.abs(b) - Math.abs(a));
  if (inside.length < 2) return evenMarks(low, high, most, unit);
  const marks: Mark[] = [];
  const taken: number[] = [];
  for (const value of inside.includes(0) ? [0, ...inside.filter((each) => each)] : inside) {
    const at = place(value);
    if (taken.some((each) => Math.abs(each - at) < 0.7 / most)) continue;
    taken.push(at);
    marks.push({ value, text: numberText(value, 4) });
  }
  return marks.sort((a, b) => a.value - b.value);
}

function markText(value: number, step: number, unit: string): string {
  if (unit === "time") return timeText(value, step);
  return numberText(Number(value.toPrecision(12)), Math.abs(value) >= 1e6 || step < 1e-4 ? 4 : 12);
}

const NUMBER = new Intl.NumberFormat("en", { maximumFractionDigits: 12 });

/** Return a number as text, with up to `digits` significant digits. */
export function numberText(value: number, digits = 6): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  if (Number.isInteger(value) && Math.abs(value) < 1e12 && (Math.abs(value) < 1e6 || digits >= 6)) return minus(NUMBER.format(value));
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-4) {
    const [front = "", power = ""] = value.toExponential(Math.min(digits, 6) - 1).split("e");
    return minus(`${front.includes(".") ? front.replace(/\.?0+$/, "") : front}e${power.replace("+", "")}`);
  }
  return minus(NUMBER.format(Number(value.toPrecision(Math.min(digits, 12)))));
}

function minus(text: string): string {
  return text.replaceAll("-", "−");
}

const FARTHEST = 8.64e15; // milliseconds that a Date holds

/** Return a time in milliseconds since 1970 as text, as fine as `step`. */
export function timeText(value: number, step = 1): string {
  if (Number.isNaN(value)) return "NaT";
  if (!(Math.abs(value) <= FARTHEST)) return `${numberText(1970 + value / (365.2425 * DAY), 4)} (year)`;
  const text = new Date(value).toISOString();
  const at = text.indexOf("T");
  if (step >= DAY) return text.slice(0, at);
  const clock = text.slice(at + 1, step >= 60_000 ? -8 : step >= SECOND ? -5 : -1);
  return step === 1 ? `${text.slice(0, at)} ${clock.replace(/\.000$/, "")}` : clock;
}

/** Return a value as text, as it is shown at the pointer. */
export function valueText(value: number, unit: string): string {
  if (unit === "time") return timeText(value);
  const text = numberText(value);
  return unit === "duration" && Number.isFinite(value) ? `${text} s` : text;
}
