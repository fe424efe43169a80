// Elements created from text only: nothing that comes from metadata is ever parsed as HTML.

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
  const created = document.createElement(tag);
  if (parts.class) created.className = parts.class;
  if (parts.text !== undefined) created.textContent = parts.text;
  if (parts.title) created.title = parts.title;
  for (const [name, value] of Object.entries(parts.attributes ?? {})) {
    if (value === false || value === undefined) continue;
    created.setAttribute(name, value === true ? "" : String(value));
  }
  for (const [name, handler] of Object.entries(parts.on ?? {})) {
    created.addEventListener(name, handler as EventListener);
  }
  created.append(...children);
  return created;
}

export interface ButtonParts extends Parts {
  label: string;
  primary?: boolean;
  press: () => void;
}

/** A button with a text label; `primary` marks the main action. */
export function button({ label, primary, press, ...parts }: ButtonParts): HTMLButtonElement {
  const created = element("button", {
    ...parts,
    class: `modos-button${primary ? " modos-primary" : ""}${parts.class ? ` ${parts.class}` : ""}`,
    text: label,
    attributes: { type: "button", ...parts.attributes },
  });
  created.addEventListener("click", () => press());
  return created;
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

/** Whether an address from a server or from metadata may be a link: https, or http on this machine. */
export function isSafeLink(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname, username, password } = new URL(url);
  if (username || password) return false; // a name before an @ looks like the host
  if (protocol === "https:") return true;
  return protocol === "http:" && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}

/** A link, or the text where the address should not be one; `checked`: the kernel allowed it. */
export function link(url: string, label: string, checked = false): HTMLElement {
  const web = URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
  if (!web || !(checked || isSafeLink(url))) {
    const title = web ? "Not a link because it is not secure (https). Check it before you open it." : "";
    return element("span", { text: label, title });
  }
  return element("a", {
    text: label,
    class: "modos-link",
    attributes: { href: url, target: "_blank", rel: "noopener noreferrer" },
  });
}

/**
 * Return what has the focus in the document or shadow root that holds `node`.
 * `document.activeElement` is the host where the widget is in a shadow root.
 */
export function focusedBeside(node: Node | null | undefined): Element | null {
  const root = node?.getRootNode();
  return (root instanceof ShadowRoot ? root : document).activeElement;
}
