// Drawing on canvases: a ruler, reads with coverage, variants, bases. Text only, never markup.
import { markDistance, prepared, themeColours, type Surface } from "../shared/canvas.ts";
import { count, visible } from "../shared/format.ts";
import type { LocusAnswer, TrackAnswer } from "./wire.ts";

export const RULER_HEIGHT = 24;
export const COVERAGE_HEIGHT = 44;
export const READ_HEIGHT = 8;
export const MOST_PILE_ROWS = 400; // more are not drawn: a canvas has a largest height
const VARIANT_HEIGHT = 22;
const SAMPLE_HEIGHT = 14;
const SEQUENCE_HEIGHT = 24;
const READABLE = 9; // CSS pixels of a base from which on its letter is drawn
const BASES = "ACGTN";
const GENOTYPES = ["genotype not known", "reference alleles only", "1 alternative allele", "2 or more alternative alleles"];
const DELETION = 0;
const INSERTION = 2;
const REVERSE = 1;
const UNMAPPED = 2;

/** The colours of a theme. Those of bases are told apart also by colour-blind people (Okabe and Ito). */
export interface Palette {
  text: string;
  muted: string;
  line: string;
  surface: string;
  forward: string;
  reverse: string;
  coverage: string;
  bases: string[];
  alleles: string[];
}

/** What is drawn of a region: its answer with the binary parts. */
export interface Track {
  answer: TrackAnswer;
  /** The region that was read. */
  locus: LocusAnswer;
  reads: Int32Array;
  gaps: Int32Array;
  mismatches: Int32Array;
  coverage: Int32Array;
}

/** Return the colours of the theme that a widget has now. */
export function paletteOf(el: HTMLElement, dark: boolean): Palette {
  return {
    ...themeColours(el, ["text", "muted", "line", "surface"]),
    forward: dark ? "#5b7fa8" : "#b4c7e0",
    reverse: dark ? "#9a7a96" : "#dcbfd6",
    coverage: dark ? "#7d8896" : "#a9b4c2",
    bases: dark ? ["#2fc79a", "#63b8ef", "#f0b33c", "#ff8247", "#b0b7c1"] : ["#00795a", "#0063a6", "#a86d00", "#c24a00", "#5f6772"],
    alleles: dark ? ["#39424f", "#63b8ef", "#ff8247"] : ["#dfe4ea", "#4a94d0", "#c24a00"],
  };
}

export function drawRuler(canvas: HTMLCanvasElement, view: LocusAnswer, palette: Palette): void {
  const surface = prepared(canvas, RULER_HEIGHT);
  if (!surface) return;
  const { context, width, height } = surface;
  const scale = width / (view.end - view.start);
  const step = markDistance(view.end - view.start, width / 120);
  context.font = "11px sans-serif";
  context.textAlign = "center";
  context.fillStyle = palette.muted;
  for (let mark = Math.ceil((view.start + 1) / step) * step; mark <= view.end; mark += step) {
    const x = (mark - 0.5 - view.start) * scale;
    context.fillRect(x, height - 6, 1, 6);
    const text = count(mark);
    const half = context.measureText(text).width / 2;
    if (x - half > 0 && x + half < width) context.fillText(text, x, 9);
  }
  context.fillStyle = palette.line;
  context.fillRect(0, height - 1, width, 1);
}

/** Return the height of a track in CSS pixels. */
export function trackHeight(kind: string, track: Track | null): number {
  if (kind === "FASTA") return SEQUENCE_HEIGHT;
  if (!track) return COVERAGE_HEIGHT;
  if (track.answer.variants) return VARIANT_HEIGHT + SAMPLE_HEIGHT * (track.answer.samples ?? []).length + 4;
  return COVERAGE_HEIGHT + READ_HEIGHT * Math.min(track.answer.pile_rows ?? 0, MOST_PILE_ROWS) + 4;
}

export function drawTrack(canvas: HTMLCanvasElement, kind: string, track: Track | null, view: LocusAnswer, palette: Palette): void {
  const surface = prepared(canvas, trackHeight(kind, track));
  if (!surface || !track || track.locus.contig !== view.contig) return;
  if (kind === "FASTA") drawBases(surface, track, view, palette);
  else if (track.answer.variants) drawVariants(surface, track, view, palette);
  else drawReads(surface, track, view, palette);
}

function drawReads(surface: Surface, track: Track, view: LocusAnswer, palette: Palette): void {
  const { context, width } = surface;
  const { reads, gaps, mismatches } = track;
  const scale = width / (view.end - view.start);
  const x = (base: number): number => (base - view.start) * scale;
  drawCoverage(surface, track, view, palette);
  const top = (number: number): number => COVERAGE_HEIGHT + READ_HEIGHT * (reads[number * 4 + 2] ?? 0);
  const thickness = READ_HEIGHT - 2;
  for (const strand of [0, REVERSE]) {
    context.fillStyle = strand ? palette.reverse : palette.forward;
    for (let at = 0; at < reads.length; at += 4) {
      const [start, end, row, style] = [reads[at]!, reads[at + 1]!, reads[at + 2]!, reads[at + 3]!];
      if (end <= view.start || start >= view.end || row >= MOST_PILE_ROWS || (style & REVERSE) !== strand) continue;
      const thin = style & UNMAPPED ? 2 : 0;
      context.fillRect(x(start), COVERAGE_HEIGHT + READ_HEIGHT * row + thin, Math.max(1, (end - start) * scale - 0.5), thickness - 2 * thin);
    }
  }
  for (let at = 0; at < gaps.length; at += 4) {
    const [number, start, end, kind] = [gaps[at]!, gaps[at + 1]!, gaps[at + 2]!, gaps[at + 3]!];
    if (end < view.start || start > view.end) continue;
    const y = top(number);
    if (kind === INSERTION) {
      context.fillStyle = palette.text;
      context.fillRect(x(start) - 0.75, y - 1, 1.5, thickness + 2);
      continue;
    }
    context.fillStyle = palette.surface;
    context.fillRect(x(start), y, (end - start) * scale, thickness);
    context.fillStyle = kind === DELETION ? palette.text : palette.muted;
    context.fillRect(x(start), y + thickness / 2 - 0.5, (end - start) * scale, 1);
  }
  const size = Math.max(1, scale);
  BASES.split("").forEach((letter, code) => {
    context.fillStyle = palette.bases[code] ?? palette.text;
    context.font = "bold 8px monospace";
    context.textAlign = "center";
    for (let at = 0; at < mismatches.length; at += 3) {
      const [number, place] = [mismatches[at]!, mismatches[at + 1]!];
      if (mismatches[at + 2] !== code || place < view.start - 1 || place > view.end) continue;
      if (scale >= READABLE) context.fillText(letter, x(place + 0.5), top(number) + thickness / 2);
      else context.fillRect(x(place), top(number), size, thickness);
    }
  });
}

function drawCoverage({ context, width }: Surface, track: Track, view: LocusAnswer, palette: Palette): void {
  const bin = track.answer.bin_size ?? 1;
  const scale = width / (view.end - view.start);
  const first = Math.max(0, Math.floor((view.start - track.locus.start) / bin));
  const last = Math.min(track.coverage.length, Math.ceil((view.end - track.locus.start) / bin));
  let most = 1;
  for (let at = first; at < last; at += 1) most = Math.max(most, track.coverage[at]!);
  const room = COVERAGE_HEIGHT - 6;
  context.fillStyle = palette.coverage;
  for (let at = first; at < last; at += 1) {
    const height = (track.coverage[at]! / most) * (room - 12);
    const begin = Math.floor((track.locus.start + at * bin - view.start) * scale);
    const end = Math.floor((track.locus.start + (at + 1) * bin - view.start) * scale);
    context.fillRect(begin, room - height, Math.max(end - begin, 1), height);
  }
  context.fillStyle = palette.muted;
  context.font = "11px sans-serif";
  context.textAlign = "left";
  context.fillText(`0–${count(most)}`, 2, 7);
}

function drawVariants({ context, width }: Surface, { answer }: Track, view: LocusAnswer, palette: Palette): void {
  const scale = width / (view.end - view.start);
  const samples = answer.samples ?? [];
  for (const [start, end, , genotypes] of answer.variants ?? []) {
    if (end <= view.start || start >= view.end) continue;
    const x = (start - view.start) * scale;
    const size = Math.max(2, (end - start) * scale - 0.5);
    context.fillStyle = palette.text;
    context.fillRect(x, 4, size, VARIANT_HEIGHT - 8);
    genotypes.forEach((alternatives, row) => {
      if (alternatives < 0) return;
      context.fillStyle = palette.alleles[Math.min(alternatives, 2)] ?? palette.text;
      context.fillRect(x, VARIANT_HEIGHT + row * SAMPLE_HEIGHT + 1, size, SAMPLE_HEIGHT - 2);
    });
  }
  context.font = "11px sans-serif";
  context.textAlign = "left";
  samples.forEach((sample, row) => {
    const text = visible(sample).slice(0, 40);
    const y = VARIANT_HEIGHT + row * SAMPLE_HEIGHT;
    context.fillStyle = palette.surface;
    context.fillRect(0, y, context.measureText(text).width + 6, SAMPLE_HEIGHT);
    context.fillStyle = palette.text;
    context.fillText(text, 2, y + SAMPLE_HEIGHT / 2);
  });
}

function drawBases({ context, width, height }: Surface, { answer, locus }: Track, view: LocusAnswer, palette: Palette): void {
  const scale = width / (view.end - view.start);
  const sequence = answer.sequence ?? "";
  const first = Math.max(0, Math.floor(view.start - locus.start));
  const last = Math.min(sequence.length, Math.ceil(view.end - locus.start));
  context.font = "bold 12px monospace";
  context.textAlign = "center";
  const step = Math.max(1, Math.floor(0.5 / scale)); // half a pixel
  for (let at = first; at < last; at += step) {
    const letter = sequence[at]!;
    const code = BASES.indexOf(letter.toUpperCase());
    context.fillStyle = palette.bases[code < 0 ? 4 : code]!;
    const x = (locus.start + at - view.start) * scale;
    if (scale >= READABLE) context.fillText(letter, x + scale / 2, height / 2);
    else context.fillRect(x, 4, Math.max(scale, 0.5), height - 8);
  }
}

/** Return what is at a point of a track, in words; empty where nothing is. */
export function wordsAt(track: Track, view: LocusAnswer, width: number, px: number, py: number): string {
  const base = view.start + (px / width) * (view.end - view.start);
  const { answer, reads, coverage, locus } = track;
  const place = `${visible(view.contig)}:${count(Math.floor(base) + 1)}`;
  if (answer.variants) {
    const slack = ((view.end - view.start) / width) * 3;
    const found = answer.variants.find(([start, end]) => base >= start - slack && base < end + slack);
    if (!found) return "";
    const row = Math.floor((py - VARIANT_HEIGHT) / SAMPLE_HEIGHT);
    const sample = answer.samples?.[row];
    const genotype = sample === undefined ? "" : `  ${visible(sample)}: ${GENOTYPES[Math.min(found[3][row] ?? -1, 2) + 1]!}`;
    return `${visible(view.contig)}:${count(found[0] + 1)}  ${visible(found[2])}${genotype}`;
  }
  if (answer.sequence) return `${place}  ${visible(answer.sequence[Math.floor(base - locus.start)] ?? "")}`;
  if (py < COVERAGE_HEIGHT) {
    const depth = coverage[Math.floor((base - locus.start) / (answer.bin_size ?? 1))];
    return depth === undefined ? "" : `${place}  depth ${count(depth)}`;
  }
  const row = Math.floor((py - COVERAGE_HEIGHT) / READ_HEIGHT);
  for (let at = 0; at < reads.length; at += 4) {
    if (reads[at + 2] === row && base >= reads[at]! && base < reads[at + 1]!) {
      const strand = reads[at + 3]! & REVERSE ? "reverse" : "forward";
      return `${visible(answer.names?.[at / 4] ?? "")}  ${count(reads[at]! + 1)}–${count(reads[at + 1]!)}, ${strand}`;
    }
  }
  return "";
}
