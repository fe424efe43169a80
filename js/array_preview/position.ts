// Where in the array to look: a slider and a number for each axis.
import { element } from "../shared/dom.ts";
import { count, visible } from "../shared/format.ts";

export interface Axis {
  name: string;
  length: number;
  /** Whether it is one of the axes of the table and the picture. */
  shown: boolean;
}

/** Controls for every axis that has something to choose, or null. */
export function positions(axes: Axis[], move: (axis: number, position: number) => void): HTMLElement | null {
  const rows = axes.flatMap((axis, number) => {
    if (axis.length < 2) return [];
    const name = visible(axis.name);
    const label = axis.shown ? `${name} from` : name;
    const most = axis.length - 1;
    const common = { min: 0, max: most, step: 1, value: 0, "aria-label": `${label}, 0 to ${count(most)}` };
    const slider = element("input", { attributes: { type: "range", ...common } });
    const exact = element("input", { class: "modos-input", attributes: { type: "number", ...common } });
    const go = (from: HTMLInputElement, to: HTMLInputElement): void => {
      const position = Math.max(0, Math.min(most, Math.round(Number(from.value) || 0)));
      to.value = String(position);
      move(number, position);
    };
    slider.addEventListener("input", () => go(slider, exact));
    exact.addEventListener("change", () => go(exact, slider));
    return [element("div", { class: "modos-axis" }, element("span", { text: label, title: label }), slider, exact)];
  });
  return rows.length ? element("div", { class: "modos-axes" }, ...rows) : null;
}
