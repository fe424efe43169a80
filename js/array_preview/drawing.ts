// A picture of an array: heat map, line, colours or histogram, with axes, marks and a colour bar.
import { count, middle, visible } from "../shared/format.ts";
import { INFINITE, SIZE } from "./colour_map.ts";
import type { Pen } from "./pen.ts";
import { evenMarks, marksOf, numberText, placing, timeText, valueText, type Mark, type Scale } from "./scale.ts";
import type { Labels, Picture } from "./wire.ts";

type Numbers = Float32Array | Float64Array | Uint8Array;
export type Range = [start: number, stop: number];

/** Values of a part of an array, at most as many as a picture has pixels. */
export interface Tile {
  picture: Picture;
  numbers: Numbers;
  /** Largest value of each block of a line. */
  upper: Numbers | null;
  /** The window that was asked for. */
  window: Record<string, Range>;
}

export interface Colours {
  text: string;
  muted: string;
  line: string;
  surface: string;
  raised: string;
  accent: string;
}

export interface Scene {
  tile: Tile;
  /** A larger part, which is seen where the tile does not reach. */
  under: Tile | null;
  /** What is seen, by displayed axis. */
  view: Range[];
  colours: Colours;
  map: Uint8ClampedArray;
  scale: Scale;
  /** Whether the cells of a heat map are drawn as squares. */
  isSquare: boolean;
  /** By number of the axis. */
  labels: Record<string, Labels>;
  /** The marked cell, point or bar. */
  cursor: number[] | null;
}

/** Where the values are drawn, in CSS pixels. */
export interface Frame {
  left: number;
  top: number;
  width: number;
  height: number;
}

const BAR = 12; // width of the colour bar
const GAP = 8;
const LINE = 14; // height of a line of text
const HATCH = 6; // distance of the lines that mark missing values
const WIDEST_LABEL = 120;
const TALLEST = 36; // height of the bar of a text

/** Return the values of a message, which are binary parts of it. */
export function tileOf(picture: Picture, buffers: DataView[], window: Record<string, Range>): Tile {
  const [numbers, upper] = buffers.map((part) => {
    const bytes = part.buffer.slice(part.byteOffset, part.byteOffset + part.byteLength) as ArrayBuffer;
    if (picture.type === "uint8") return new Uint8Array(bytes);
    return picture.type === "float32" ? new Float32Array(bytes) : new Float64Array(bytes);
  });
  return { picture, numbers: numbers ?? new Float32Array(), upper: upper ?? null, window };
}

function isImage(kind: string): boolean {
  return kind === "RGB" || kind === "channels";
}

export function isMap({ kind }: Picture): boolean {
  return kind === "heat map" || isImage(kind);
}

/** Return the number of elements on the two sides of a map that one number stands for. */
function blockOf({ block }: Picture): [rows: number, columns: number] {
  return [block[0] ?? 1, block[1] ?? 1];
}

/** Return the ranges of a tile's axes; those of a single row or column are completed. */
export function rangesOf({ start, stop }: Picture): Range[] {
  return start.map((first, at) => [first, stop[at] ?? first + 1]);
}

// -- layout ---------------------------------------------------------------------------------

interface Layout {
  frame: Frame;
  across: Mark[];
  down: Mark[];
  bar: Mark[];
}

function layoutOf(pen: Pen, width: number, height: number, scene: Scene): Layout {
  const { picture } = scene.tile;
  const most = Math.min(WIDEST_LABEL, width / 4);
  const top = 8;
  const bottom = LINE + 8 + (acrossName(picture) ? LINE : 0);
  const tall = Math.max(20, height - top - bottom);
  const down = downMarks(scene, tall);
  const widest = (marks: Mark[]): number => Math.min(most, Math.max(0, ...marks.map(({ text }) => pen.widthOf(text))));
  const left = (downName(picture) ? LINE + 4 : 0) + widest(down) + GAP;
  const bar = picture.kind === "heat map" ? barMarks(scene, tall) : [];
  const right = picture.kind === "heat map" ? GAP + BAR + 6 + widest(bar) : GAP;
  const frame = { left: Math.ceil(left), top, width: Math.max(20, Math.floor(width - left - right)), height: tall };
  if (!isImage(picture.kind) && !(scene.isSquare && isMap(picture))) return { frame, down, bar, across: acrossMarks(pen, scene, frame.width) };
  squared(frame, scene.view);
  return {
    frame,
    down: downMarks(scene, frame.height),
    bar: bar.length ? barMarks(scene, frame.height) : bar,
    across: acrossMarks(pen, scene, frame.width),
  };
}

/** Marks of the colour bar: words of categories, where they fit, else numbers. */
function barMarks({ scale, tile: { picture: { unit, words } } }: Scene, height: number): Mark[] {
  if (!words.length) return marksOf(scale, height / 40, unit, false);
  const marks = evenMarks(scale.low, scale.high, height / LINE, "", true);
  return marks.map(({ value, text }) => ({ value, text: middle(visible(words[value] ?? text), 18) }));
}

/** Make a frame smaller, so that the pixels of an image are squares. */
function squared(frame: Frame, [rows, columns]: Range[]): void {
  const shape = (columns![1] - columns![0]) / (rows![1] - rows![0]);
  const wide = Math.max(20, frame.height * shape);
  if (wide < frame.width) frame.width = wide;
  else frame.height = Math.max(20, frame.width / shape);
}

function downName(picture: Picture): string {
  return isMap(picture) ? axisName(picture, 0) : "";
}

/** The name of an axis, with the unit of its positions. */
function axisName({ names, units }: Picture, at: number): string {
  const unit = units[at];
  return unit ? `${names[at] ?? ""} (${unit})` : (names[at] ?? "");
}

function acrossName(picture: Picture): string {
  const { kind, names, histogram, value_unit } = picture;
  if (kind !== "histogram") return axisName(picture, names.length - 1);
  return histogram.words.length ? "number" : value_unit ? `value (${value_unit})` : "value";
}

/** Marks of an axis of positions: labels where they are known, else physical positions or numbers. */
function positionMarks([start, stop]: Range, { axes, scales }: Picture, at: number, labels: Scene["labels"], most: number): Mark[] {
  const axis = axes[at];
  const scaling = scales[at];
  if (scaling && !labels[String(axis)]) {
    const [step, offset] = scaling;
    const ends = [start, stop].map((each) => offset + step * (each - 0.5)).sort((a, b) => a - b) as Range;
    return evenMarks(...ends, most).map(({ value, text }) => ({ value: (value - offset) / step + 0.5, text }));
  }
  const held = labels[String(axis)];
  const marks = evenMarks(Math.ceil(start - 0.5), Math.floor(stop - 0.5), most, "", true);
  const known = held && marks.every(({ value }) => held.texts[value - held.first] !== undefined) ? held : null;
  return marks.map(({ value, text }) => ({
    value: value + 0.5,
    text: known ? middle(visible(known.texts[value - known.first]!), 18) : text,
  }));
}

function downMarks(scene: Scene, height: number): Mark[] {
  const { tile: { picture }, view, labels } = scene;
  if (isMap(picture)) return positionMarks(view[0]!, picture, 0, labels, height / 18);
  if (picture.kind === "line") return marksOf(lineScale(scene), height / 36, picture.unit, false);
  if (picture.histogram.words.length) {
    return picture.histogram.words.map((word, at) => ({ value: at, text: middle(visible(word) || "(empty)", 24) }));
  }
  return marksOf(countScale(scene), height / 36, "", true);
}

function acrossMarks(pen: Pen, scene: Scene, width: number): Mark[] {
  const { tile: { picture }, view, labels } = scene;
  if (picture.kind === "histogram") {
    const { edges, words } = picture.histogram;
    if (words.length) return marksOf(countScale(scene), width / 60, "", true);
    return evenMarks(edges[0] ?? 0, edges[edges.length - 1] ?? 1, width / 80, picture.unit, picture.whole_numbers);
  }
  const at = picture.axes.length - 1;
  const range = view[view.length - 1]!;
  for (const distance of [40, 64, 96, 140]) {
    const marks = positionMarks(range, picture, at, labels, width / distance);
    const room = marks.length > 1 ? ((marks[1]!.value - marks[0]!.value) / (range[1] - range[0])) * width : width;
    if (marks.every(({ text }) => pen.widthOf(text) < room - 8)) return marks;
  }
  return positionMarks(range, picture, at, {}, width / 80);
}

/** The scale of a line's values. */
function lineScale({ tile, under, scale }: Scene): Scale {
  const { limits } = (under ?? tile).picture;
  const [low, high] = [limits.minimum ?? 0, limits.maximum ?? 1];
  if (scale.kind === "log") {
    const least = limits.positive ?? 1;
    return { kind: "log", low: low > 0 ? low : least, high: Math.max(high, least * 2) };
  }
  const margin = (high - low || Math.abs(high) || 1) * 0.04;
  return { kind: scale.kind, low: low - margin, high: high + margin };
}

/** The scale of the numbers of a histogram. */
function countScale({ tile: { picture }, scale }: Scene): Scale {
  const most = Math.max(1, ...picture.histogram.counts);
  return scale.kind === "linear" ? { kind: "linear", low: 0, high: most * 1.04 } : { kind: "log", low: 0.5, high: most * 1.5 };
}

// -- drawing --------------------------------------------------------------------------------

/** Draw a scene and return where its values are. */
export function drawScene(pen: Pen, width: number, height: number, scene: Scene): Frame {
  const layout = layoutOf(pen, width, height, scene);
  const { frame } = layout;
  const { kind } = scene.tile.picture;
  pen.within(frame.left, frame.top, frame.width, frame.height, () => {
    if (kind === "histogram") drawHistogram(pen, frame, scene);
    else if (kind === "line") drawLine(pen, frame, scene, layout);
    else drawMap(pen, frame, scene);
  });
  drawAxes(pen, height, scene, layout);
  if (kind === "heat map") drawBar(pen, scene, layout);
  return frame;
}

/** Return the pixel of a position on an axis. */
function pixel(frame: Frame, scene: Scene, axis: "across" | "down", position: number): number {
  const { view } = scene;
  const [start, stop] = axis === "across" ? view[view.length - 1]! : view[0]!;
  const part = (position - start) / (stop - start);
  return axis === "across" ? frame.left + part * frame.width : frame.top + part * frame.height;
}

function drawMap(pen: Pen, frame: Frame, scene: Scene): void {
  pen.rect(frame.left, frame.top, frame.width, frame.height, scene.colours.raised);
  for (const tile of new Set([scene.under, scene.tile])) {
    if (!tile || tile.picture.kind !== scene.tile.picture.kind) continue;
    const { picture } = tile;
    const [rows, columns] = rangesOf(picture);
    if (!rows || !columns) continue;
    const [across, down] = blockOf(picture).reverse() as Range;
    const left = pixel(frame, scene, "across", columns[0]);
    const top = pixel(frame, scene, "down", rows[0]);
    const right = pixel(frame, scene, "across", columns[1]);
    const bottom = pixel(frame, scene, "down", rows[1]);
    const [x, y] = [Math.max(left, frame.left), Math.max(top, frame.top)];
    const [w, h] = [Math.min(right, frame.left + frame.width) - x, Math.min(bottom, frame.top + frame.height) - y];
    if (w <= 0 || h <= 0) continue;
    pen.within(x, y, w, h, () => {
      if (picture.missing) hatch(pen, { left: x, top: y, width: w, height: h }, scene.colours);
      const image = rasterOf(tile, scene);
      if (!image) return;
      const wide = pixel(frame, scene, "across", columns[0] + image.width * across) - left;
      const tall = pixel(frame, scene, "down", rows[0] + image.height * down) - top;
      pen.image(image, left, top, wide, tall);
    });
  }
  const { cursor } = scene;
  if (!cursor) return;
  const [row = 0, column = 0] = cursor;
  const [left, right] = [column, column + 1].map((at) => pixel(frame, scene, "across", at)) as Range;
  const [top, bottom] = [row, row + 1].map((at) => pixel(frame, scene, "down", at)) as Range;
  const [grownX, grownY] = [Math.max(0, (7 - (right - left)) / 2), Math.max(0, (7 - (bottom - top)) / 2)];
  const [x1, y1, x2, y2] = [left - grownX, top - grownY, right + grownX, bottom + grownY];
  const around = [x1, y1, x2, y1, x2, y2, x1, y2, x1, y1];
  pen.path(around, "#000", 4);
  pen.path(around, "#fff", 2);
}

/** Mark a box by slanted lines: its values are missing. */
function hatch(pen: Pen, { left, top, width, height }: Frame, { surface, muted }: Colours): void {
  pen.rect(left, top, width, height, surface);
  const points: number[] = [];
  const first = Math.floor((left + top) / HATCH) * HATCH;
  for (let sum = first; sum < left + top + width + height; sum += HATCH) {
    points.push(sum - top, top, sum - top - height, top + height, NaN, NaN);
  }
  pen.path(points, muted, 1);
}

const rasters = new WeakMap<Tile, { image: HTMLCanvasElement; map: Uint8ClampedArray; scale: string }>();

/** Return a tile as an image with one pixel for each number; kept until the colours change. */
export function rasterOf(tile: Tile, { map, scale }: Scene): HTMLCanvasElement | null {
  const key = JSON.stringify(scale);
  const held = rasters.get(tile);
  if (held && held.map === map && held.scale === key) return held.image;
  const [rows = 0, columns = 0] = tile.picture.shape;
  if (!rows || !columns) return null;
  const image = held?.image ?? document.createElement("canvas");
  [image.width, image.height] = [columns, rows];
  const context = image.getContext("2d");
  if (!context) return null;
  const pixels = isImage(tile.picture.kind) ? rgbPixels(tile.numbers) : mapPixels(tile.numbers, map, scale);
  context.putImageData(new ImageData(pixels as Uint8ClampedArray<ArrayBuffer>, columns, rows), 0, 0);
  rasters.set(tile, { image, map, scale: key });
  return image;
}

function rgbPixels(numbers: Numbers): Uint8ClampedArray {
  const pixels = new Uint8ClampedArray((numbers.length / 3) * 4).fill(255);
  for (let at = 0, to = 0; at < numbers.length; at += 3, to += 4) {
    pixels[to] = numbers[at]!;
    pixels[to + 1] = numbers[at + 1]!;
    pixels[to + 2] = numbers[at + 2]!;
  }
  return pixels;
}

/** Return the colours of numbers; a missing one is transparent. */
export function mapPixels(numbers: Numbers, map: Uint8ClampedArray, scale: Scale): Uint8ClampedArray {
  const pixels = new Uint8ClampedArray(numbers.length * 4);
  const [out, words] = [new Uint32Array(pixels.buffer), new Uint32Array(map.slice().buffer)];
  const place = placing(scale);
  const [above, below] = [packed(INFINITE.above), packed(INFINITE.below)];
  for (let at = 0; at < numbers.length; at += 1) {
    const value = numbers[at]!;
    if (value === Infinity) out[at] = above;
    else if (value === -Infinity) out[at] = below;
    else if (value === value) {
      const step = place(value) * (SIZE - 1) + 0.5;
      out[at] = words[step <= 0 ? 0 : step >= SIZE - 1 ? SIZE - 1 : step | 0]!;
    }
  }
  return pixels;
}

/** A colour as a pixel of four bytes. */
function packed(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16)) as [number, number, number];
  return new Uint32Array(new Uint8Array([red, green, blue, 255]).buffer)[0]!;
}

function drawLine(pen: Pen, frame: Frame, scene: Scene, layout: Layout): void {
  const { tile, colours, cursor } = scene;
  const place = placing(lineScale(scene));
  const y = (value: number): number => {
    const part = place(value);
    return Number.isFinite(value) ? frame.top + (1 - Math.max(-1, Math.min(2, part))) * frame.height : NaN;
  };
  for (const { value } of layout.down) {
    const at = Math.round(y(value)) + 0.5;
    pen.path([frame.left, at, frame.left + frame.width, at], colours.line);
  }
  const points = linePoints(frame, scene, y);
  pen.path(points, colours.accent, 1.5);
  const size = tile.picture.block[0] ?? 1;
  const gap = frame.width / Math.max(1, tile.numbers.length);
  if (size === 1 && gap > 6) {
    for (let at = 0; at < points.length; at += 2) {
      if (!Number.isNaN(points[at + 1]!)) pen.rect(points[at]! - 2, points[at + 1]! - 2, 4, 4, colours.accent);
    }
  }
  if (cursor) {
    const x = pixel(frame, scene, "across", cursor[0]! + 0.5);
    pen.path([x, frame.top, x, frame.top + frame.height], colours.text);
    const value = numberAt(tile, cursor);
    if (value !== null && Number.isFinite(value)) pen.rect(x - 3, y(value) - 3, 6, 6, colours.text);
  }
}

function linePoints(frame: Frame, scene: Scene, y: (value: number) => number): number[] {
  const { tile: { picture, numbers, upper } } = scene;
  const size = picture.block[0] ?? 1;
  const first = picture.start[picture.start.length - 1] ?? 0;
  const points: number[] = [];
  for (let at = 0; at < numbers.length; at += 1) {
    const x = pixel(frame, scene, "across", first + at * size + size / 2);
    points.push(x, y(numbers[at]!));
    if (upper) points.push(x, y(upper[at]!));
  }
  return points;
}

function drawHistogram(pen: Pen, frame: Frame, scene: Scene): void {
  const { tile: { picture: { histogram: { counts, words } } }, colours, cursor } = scene;
  counts.forEach((_, at) => {
    const box = barBox(frame, scene, at);
    const isMarked = cursor?.[0] === at;
    pen.rect(box.left, box.top, box.width, box.height, isMarked ? colours.text : colours.accent);
  });
  if (!words.length) pen.rect(frame.left, frame.top + frame.height - 1, frame.width, 1, colours.line);
}

/** Height of the bar of a text, with the space around it. */
function wordHeight(frame: Frame, words: string[]): number {
  return Math.min(TALLEST, frame.height / words.length);
}

/** Return the box of a bar of a histogram. */
function barBox(frame: Frame, scene: Scene, at: number): Frame {
  const { histogram: { counts, edges, words } } = scene.tile.picture;
  const size = counts[at] ? Math.max(0, placing(countScale(scene))(counts[at])) : 0;
  if (words.length) {
    const tall = wordHeight(frame, words);
    const gap = Math.min(4, tall / 4);
    return { left: frame.left, top: frame.top + at * tall + gap, width: size * frame.width, height: tall - 2 * gap };
  }
  const [first, last] = [edges[0] ?? 0, edges[edges.length - 1] ?? 1];
  const x = (edge: number): number => frame.left + ((edge - first) / (last - first)) * frame.width;
  const [left, right] = [x(edges[at] ?? 0), x(edges[at + 1] ?? 1)];
  const gap = right - left > 4 ? 1 : 0;
  return { left, top: frame.top + (1 - size) * frame.height, width: right - left - gap, height: size * frame.height };
}

function drawAxes(pen: Pen, height: number, scene: Scene, { frame, across, down }: Layout): void {
  const { tile: { picture }, colours } = scene;
  const bottom = frame.top + frame.height;
  for (const { value, text } of across) {
    const x = acrossPixel(frame, scene, value);
    const half = pen.widthOf(text) / 2;
    if (x < frame.left - 1 || x > frame.left + frame.width + 1) continue;
    pen.rect(x - 0.5, bottom, 1, 4, colours.muted);
    const shift = Math.min(0, frame.left + frame.width + 40 - x - half);
    pen.text(text, x + shift, bottom + 5 + LINE / 2, { colour: colours.muted, align: "middle" });
  }
  for (const { value, text } of down) {
    const y = downPixel(frame, scene, value);
    if (y < frame.top - 1 || y > bottom + 1) continue;
    if (!picture.histogram.words.length || picture.kind !== "histogram") pen.rect(frame.left - 4, y - 0.5, 4, 1, colours.muted);
    pen.within(0, 0, frame.left - 5, height, () => pen.text(text, frame.left - 6, y, { colour: colours.muted, align: "end" }));
  }
  const name = middle(visible(acrossName(picture)), 60);
  if (name) pen.text(name, frame.left + frame.width / 2, bottom + 8 + LINE * 1.5, { colour: colours.text, align: "middle" });
  const side = middle(visible(downName(picture)), Math.max(8, Math.floor(frame.height / 7)));
  if (side) pen.text(side, LINE / 2, frame.top + frame.height / 2, { colour: colours.text, align: "middle", isUpward: true });
}

function acrossPixel(frame: Frame, scene: Scene, value: number): number {
  const { picture } = scene.tile;
  if (picture.kind !== "histogram") return pixel(frame, scene, "across", value);
  const { edges, words } = picture.histogram;
  if (words.length) return frame.left + placing(countScale(scene))(value) * frame.width;
  const [first, last] = [edges[0] ?? 0, edges[edges.length - 1] ?? 1];
  return frame.left + ((value - first) / (last - first)) * frame.width;
}

function downPixel(frame: Frame, scene: Scene, value: number): number {
  const { picture } = scene.tile;
  if (isMap(picture)) return pixel(frame, scene, "down", value);
  if (picture.kind === "line") return frame.top + (1 - placing(lineScale(scene))(value)) * frame.height;
  const { words } = picture.histogram;
  if (words.length) return frame.top + (value + 0.5) * wordHeight(frame, words);
  return frame.top + (1 - placing(countScale(scene))(value)) * frame.height;
}

const bars = new WeakMap<Uint8ClampedArray, HTMLCanvasElement>();

/** Return a map as an image, with its first colour at the bottom. */
function barOf(map: Uint8ClampedArray): HTMLCanvasElement | null {
  const held = bars.get(map);
  if (held) return held;
  const image = document.createElement("canvas");
  [image.width, image.height] = [1, SIZE];
  const context = image.getContext("2d");
  if (!context) return null;
  const pixels = new Uint32Array(map.slice().buffer).reverse();
  context.putImageData(new ImageData(new Uint8ClampedArray(pixels.buffer), 1, SIZE), 0, 0);
  bars.set(map, image);
  return image;
}

function drawBar(pen: Pen, { map, scale, colours, tile: { picture } }: Scene, { frame, bar }: Layout): void {
  const left = frame.left + frame.width + GAP;
  const image = barOf(map);
  if (image) pen.image(image, left, frame.top, BAR, frame.height);
  const place = placing(scale);
  for (const { value, text } of bar) {
    const y = frame.top + (1 - place(value)) * frame.height;
    if (y < frame.top - 1 || y > frame.top + frame.height + 1) continue;
    pen.rect(left + BAR, y - 0.5, 3, 1, colours.muted);
    const inside = Math.min(Math.max(y, frame.top + 5), frame.top + frame.height - 5);
    pen.text(text, left + BAR + 6, inside, { colour: colours.muted });
  }
  const unit = picture.unit === "duration" ? "s" : middle(visible(picture.value_unit), 12);
  if (unit) pen.text(unit, left, frame.top + frame.height + LINE / 2 + 4, { colour: colours.muted });
}

// -- what is where --------------------------------------------------------------------------

/** Return the cell, point or bar at a pixel, or null where there is none. */
export function placeAt(frame: Frame, scene: Scene, x: number, y: number): number[] | null {
  const [across, down] = [(x - frame.left) / frame.width, (y - frame.top) / frame.height];
  if (across < 0 || across >= 1 || down < 0 || down >= 1) return null;
  const { tile: { picture }, view } = scene;
  if (picture.kind === "histogram") {
    const { counts, words } = picture.histogram;
    if (words.length) return y - frame.top < words.length * wordHeight(frame, words) ? [Math.floor((y - frame.top) / wordHeight(frame, words))] : null;
    return counts.length ? [Math.floor(across * counts.length)] : null;
  }
  const parts = view.length > 1 ? [down, across] : [across];
  return view.map(([start, stop], at) => Math.floor(start + parts[at]! * (stop - start)));
}

/** Return the number that a tile has for a cell, or null where it has none. */
export function numberAt({ picture, numbers }: Tile, cell: number[]): number | null {
  const places = cell.map((position, at) => Math.floor((position - (picture.start[at] ?? 0)) / (picture.block[at] ?? 1)));
  if (cell.some((position, at) => position < picture.start[at]! || position >= picture.stop[at]!)) return null;
  if (!isMap(picture)) return numbers[places[0]!] ?? null;
  return numbers[places[0]! * (picture.shape[1] ?? 1) + places[1]!] ?? null;
}

/** Return the box of a cell or bar, at which a tip is shown. */
export function boxOf(frame: Frame, scene: Scene, place: number[]): { x: number; y: number } {
  const { picture } = scene.tile;
  if (picture.kind === "histogram") {
    const { left, top, width } = barBox(frame, scene, place[0]!);
    return { x: left + width / 2, y: top };
  }
  const x = pixel(frame, scene, "across", place[place.length - 1]! + 0.5);
  if (place.length < 2) return { x, y: frame.top + 12 };
  return { x, y: pixel(frame, scene, "down", place[0]! + 0.5) };
}

/** What is told of a cell, point or bar. */
export interface Told {
  /** Names of the axes with the label or position. */
  places: string[];
  value: string;
  /** Whether the value is that of several elements, or a label is not known yet. */
  isRough: boolean;
}

export function tellOf({ tile, under, labels }: Scene, place: number[]): Told | null {
  const { picture } = tile;
  if (picture.kind === "histogram") return tellBar(picture, place[0]!);
  const held = numberAt(tile, place) === null && under ? under : tile;
  const value = numberAt(held, place);
  if (value === null) return null;
  let isRough = held.picture.block.some((each) => each > 1);
  const places = place.map((position, at) => {
    const known = labels[String(picture.axes[at])];
    const label = known?.texts[position - known.first];
    if (known && label === undefined) isRough = true;
    const name = visible(known?.name || (picture.names[at] ?? ""));
    return label === undefined ? `${name} ${count(position)}${physical(picture, at, position)}` : `${name} ${visible(label)} (${count(position)})`;
  });
  if (isImage(picture.kind)) return { places, value: rgbText(held, place), isRough: false };
  return { places, value: heldText(held, place, value), isRough };
}

/** The physical position of an element, in brackets. */
function physical({ scales, units }: Picture, at: number, position: number): string {
  const scaling = scales[at];
  return scaling ? ` (${numberText(scaling[1] + scaling[0] * position)}${units[at] ? ` ${visible(units[at])}` : ""})` : "";
}

function heldText(tile: Tile, place: number[], value: number): string {
  const { picture, upper } = tile;
  if (picture.words.length) return Number.isNaN(value) ? "missing" : visible(picture.words[value] ?? String(value));
  const text = withUnit(valueText(value, picture.unit), picture);
  if (!picture.block.some((each) => each > 1)) return text;
  if (upper) {
    const at = Math.floor((place[0]! - picture.start[0]!) / picture.block[0]!);
    return `${valueText(value, picture.unit)} to ${withUnit(valueText(upper[at] ?? value, picture.unit), picture)}`;
  }
  return `about ${text}`;
}

function withUnit(text: string, { value_unit }: Picture): string {
  return value_unit ? `${text} ${visible(value_unit)}` : text;
}

function rgbText({ picture, numbers }: Tile, [row = 0, column = 0]: number[]): string {
  const [down, across] = blockOf(picture);
  const place = Math.floor((row - picture.start[0]!) / down) * picture.shape[1]! + Math.floor((column - picture.start[1]!) / across);
  const [red, green, blue] = numbers.slice(3 * place, 3 * place + 3);
  return `red ${red}, green ${green}, blue ${blue}`;
}

function tellBar({ histogram: { counts, edges, words }, unit, whole_numbers }: Picture, at: number): Told | null {
  const held = counts[at];
  if (held === undefined) return null;
  const value = held === 1 ? "1 value" : `${count(held)} values`;
  if (words.length) return { places: [visible(words[at] ?? "") || "(empty)"], value, isRough: false };
  const [low, high] = [edges[at] ?? 0, edges[at + 1] ?? 0];
  const [first, last] = [Math.ceil(low), Math.ceil(high) - 1];
  const text = unit === "time" ? (edge: number): string => timeText(edge) : (edge: number): string => numberText(edge);
  if (whole_numbers && last - first < 1e12 && Math.abs(last) < 2 ** 52) {
    return { places: [first === last ? numberText(first) : `${numberText(first)} to ${numberText(last)}`], value, isRough: false };
  }
  return { places: [`${text(low)} to ${text(high)}`], value, isRough: false };
}
