// What a picture is drawn with: a canvas, or an SVG document with the same marks. Text only, never markup.
import { visible } from "../shared/format.ts";

export interface TextStyle {
  colour: string;
  align?: "start" | "middle" | "end";
  /** Written upwards. */
  isUpward?: boolean;
  isBold?: boolean;
}

export interface Pen {
  rect(x: number, y: number, width: number, height: number, colour: string): void;
  /** A line through points (x, y, x, y, …); it is broken where a number is NaN. */
  path(points: number[], colour: string, width?: number): void;
  text(words: string, x: number, y: number, style: TextStyle): void;
  image(image: HTMLCanvasElement, x: number, y: number, width: number, height: number): void;
  /** Draw only within a box. */
  within(x: number, y: number, width: number, height: number, draw: () => void): void;
  widthOf(words: string): number;
}

const SIZE = 11;
const FAMILY = 'system-ui, "Segoe UI", "DejaVu Sans", sans-serif';
const FONT = `${SIZE}px ${FAMILY}`;

export class CanvasPen implements Pen {
  constructor(private readonly context: CanvasRenderingContext2D) {
    context.font = FONT;
    context.textBaseline = "middle";
    context.imageSmoothingEnabled = false;
  }

  rect(x: number, y: number, width: number, height: number, colour: string): void {
    this.context.fillStyle = colour;
    this.context.fillRect(x, y, width, height);
  }

  path(points: number[], colour: string, width = 1): void {
    const { context } = this;
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.lineJoin = "round";
    context.beginPath();
    let isDown = false;
    for (let at = 0; at < points.length; at += 2) {
      const [x, y] = [points[at]!, points[at + 1]!];
      if (Number.isNaN(x) || Number.isNaN(y)) isDown = false;
      else if (isDown) context.lineTo(x, y);
      else {
        context.moveTo(x, y);
        isDown = true;
      }
    }
    context.stroke();
  }

  text(words: string, x: number, y: number, { colour, align = "start", isUpward = false, isBold = false }: TextStyle): void {
    const { context } = this;
    context.save();
    context.font = isBold ? `600 ${FONT}` : FONT;
    context.fillStyle = colour;
    context.textAlign = align === "middle" ? "center" : align === "end" ? "right" : "left";
    context.translate(x, y);
    if (isUpward) context.rotate(-Math.PI / 2);
    context.fillText(words, 0, 0);
    context.restore();
  }

  image(image: HTMLCanvasElement, x: number, y: number, width: number, height: number): void {
    this.context.imageSmoothingEnabled = false;
    this.context.drawImage(image, x, y, width, height);
  }

  within(x: number, y: number, width: number, height: number, draw: () => void): void {
    const { context } = this;
    context.save();
    context.beginPath();
    context.rect(x, y, width, height);
    context.clip();
    draw();
    context.restore();
  }

  widthOf(words: string): number {
    return this.context.measureText(words).width;
  }
}

const SVG = "http://www.w3.org/2000/svg";

/** Return a number as it is written into a document. */
function short(value: number): string {
  return String(Math.round(value * 100) / 100);
}

export class SvgPen implements Pen {
  private readonly root: SVGElement;
  private into: SVGElement;
  private clips = 0;

  constructor(width: number, height: number, title: string) {
    this.root = document.createElementNS(SVG, "svg");
    this.into = this.root;
    const size = { width: short(width), height: short(height) };
    this.set(this.root, { ...size, viewBox: `0 0 ${size.width} ${size.height}`, "font-family": FAMILY, "font-size": String(SIZE) });
    this.add("title", {}).textContent = written(title);
  }

  /** Return the document as text. */
  document(): string {
    return new XMLSerializer().serializeToString(this.root);
  }

  rect(x: number, y: number, width: number, height: number, colour: string): void {
    this.add("rect", { x: short(x), y: short(y), width: short(width), height: short(height), fill: colour });
  }

  path(points: number[], colour: string, width = 1): void {
    let way = "";
    let isDown = false;
    for (let at = 0; at < points.length; at += 2) {
      const [x, y] = [points[at]!, points[at + 1]!];
      const isGap = Number.isNaN(x) || Number.isNaN(y);
      if (!isGap) way += `${isDown ? "L" : "M"}${short(x)} ${short(y)}`;
      isDown = !isGap;
    }
    this.add("path", { d: way, fill: "none", stroke: colour, "stroke-width": short(width), "stroke-linejoin": "round" });
  }

  text(words: string, x: number, y: number, { colour, align = "start", isUpward = false, isBold = false }: TextStyle): void {
    const place = { x: short(x), y: short(y), fill: colour, "text-anchor": align, "dominant-baseline": "central" };
    const made = this.add("text", place);
    if (isUpward) made.setAttribute("transform", `rotate(-90 ${place.x} ${place.y})`);
    if (isBold) made.setAttribute("font-weight", "600");
    made.textContent = written(words);
  }

  image(image: HTMLCanvasElement, x: number, y: number, width: number, height: number): void {
    const place = { x: short(x), y: short(y), width: short(width), height: short(height) };
    this.add("image", { ...place, preserveAspectRatio: "none", style: "image-rendering:pixelated", href: image.toDataURL() });
  }

  within(x: number, y: number, width: number, height: number, draw: () => void): void {
    const id = `clip${(this.clips += 1)}`;
    const before = this.into;
    this.into = this.add("clipPath", { id });
    this.rect(x, y, width, height, "none");
    this.into = before;
    this.into = this.add("g", { "clip-path": `url(#${id})` });
    draw();
    this.into = before;
  }

  widthOf(words: string): number {
    const context = (measuring ??= document.createElement("canvas").getContext("2d"));
    if (!context) return words.length * 6;
    context.font = FONT;
    return context.measureText(words).width;
  }

  private add(name: string, attributes: Record<string, string>): SVGElement {
    const made = document.createElementNS(SVG, name);
    this.set(made, attributes);
    this.into.append(made);
    return made;
  }

  private set(target: SVGElement, attributes: Record<string, string>): void {
    for (const [name, value] of Object.entries(attributes)) target.setAttribute(name, value);
  }
}

let measuring: CanvasRenderingContext2D | null | undefined;

/** Text that an XML document may hold. */
function written(words: string): string {
  return visible(words).replace(/\p{Surrogate}|[\ufffe\uffff]/gu, "\ufffd");
}
