// Elements made from text only: nothing that comes from metadata is ever parsed as HTML.

type Handlers = { [K in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[K]) => void };

export interface Parts {
  class?: string;
  text?: string;
  title?: string;
  /** Attributes; `false` and `undefined` leave the attribute out, `true` sets it empty. */
  attributes?: Record<string, string | number | boolean | undefined>;
  on?: Handlers;
}

/** Make an element; `text` becomes a text node, children are appended in order. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  parts: Parts = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (parts.class) made.className = parts.class;
  if (parts.text !== undefined) made.textContent = parts.text;
  if (parts.title) made.title = parts.title;
  for (const [name, value] of Object.entries(parts.attributes ?? {})) {
    if (value === false || value === undefined) continue;
    made.setAttribute(name, value === true ? "" : String(value));
  }
  for (const [name, handler] of Object.entries(parts.on ?? {})) {
    made.addEventListener(name, handler as EventListener);
  }
  made.append(...children);
  return made;
}

export interface ButtonParts extends Parts {
  label: string;
  primary?: boolean;
  press: () => void;
}

/** A button of the house: text label, `primary` for the one thing to do next. */
export function button({ label, primary, press, ...parts }: ButtonParts): HTMLButtonElement {
  const made = element("button", {
    ...parts,
    class: `modos-button${primary ? " modos-primary" : ""}${parts.class ? ` ${parts.class}` : ""}`,
    text: label,
    attributes: { type: "button", ...parts.attributes },
  });
  made.addEventListener("click", () => press());
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

/** A 16-pixel icon from path data of ours; decorative, so hidden from screen readers. */
export function icon(path: string, className = ""): SVGSVGElement {
  const drawn = document.createElementNS(SVG, "svg");
  drawn.setAttribute("viewBox", "0 0 16 16");
  drawn.setAttribute("width", "16");
  drawn.setAttribute("height", "16");
  drawn.setAttribute("aria-hidden", "true");
  drawn.setAttribute("class", `modos-icon ${className}`.trim());
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  drawn.append(line);
  return drawn;
}

/** Only http(s) links are links; anything else (javascript:, data:) is shown as text. */
export function link(url: string, label: string): HTMLElement {
  const protocol = URL.canParse(url) ? new URL(url).protocol : "";
  if (!["http:", "https:"].includes(protocol)) return element("span", { text: label });
  return element("a", {
    text: label,
    class: "modos-link",
    attributes: { href: url, target: "_blank", rel: "noopener noreferrer" },
  });
}
