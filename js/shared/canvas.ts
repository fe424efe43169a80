// Canvases: their size on the device, colours of the theme, distances between marks.

/** A canvas that is ready to be drawn on, in CSS pixels. */
export interface Surface {
  context: CanvasRenderingContext2D;
  width: number;
  height: number;
}

/** Size a canvas for the device and the width of its parent, clear it, and return its context. */
export function prepared(canvas: HTMLCanvasElement, height: number): Surface | null {
  const width = canvas.parentElement?.clientWidth ?? 0;
  const context = canvas.getContext("2d");
  if (!width || !context) return null;
  const ratio = window.devicePixelRatio || 1;
  const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== across || canvas.height !== down) {
    canvas.width = across;
    canvas.height = down;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.textBaseline = "middle";
  return { context, width, height };
}

const FORCED: Record<string, string> = { surface: "Canvas", raised: "Canvas", accent: "Highlight" };

/** Return colours of the theme that a widget has now, by the names of their variables. */
export function themeColours<N extends string>(el: HTMLElement, names: readonly N[]): Record<N, string> {
  if (matchMedia("(forced-colors: active)").matches) {
    return Object.fromEntries(names.map((name) => [name, FORCED[name] ?? "CanvasText"])) as Record<N, string>;
  }
  const styles = getComputedStyle(el);
  const probe = document.createElement("span");
  el.append(probe);
  const colours = names.map((name) => {
    probe.style.color = styles.getPropertyValue(`--modos-${name}`);
    return [name, getComputedStyle(probe).color] as const;
  });
  probe.remove();
  return Object.fromEntries(colours) as Record<N, string>;
}

/** Return the distance between marks of whole numbers: 1, 2 or 5 times a power of ten. */
export function markDistance(span: number, marks: number): number {
  const least = Math.max(1, span / Math.max(1, marks));
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((each) => each * power).find((each) => each >= least) ?? least;
}
