import cards from "./theme/cards.css";
import colours from "./theme/colours.css";
import dialog from "./theme/dialog.css";
import diff from "./theme/diff.css";
import fields from "./theme/fields.css";
import floating from "./theme/floating.css";
import parts from "./theme/parts.css";
import forced from "./theme/forced.css";
import rows from "./theme/rows.css";
import tabs from "./theme/tabs.css";

const theme = [colours, parts, rows, tabs, floating, cards, fields, dialog, diff, forced].join("\n");

/** Put style text once into the document (or shadow root) that holds `node`. */
export function adopt(node: Node, id: string, css: string): void {
  const root = node.getRootNode();
  const holder = root instanceof ShadowRoot ? root : document.head;
  const key = `modos-style-${id}`;
  const known = holder.querySelector(`style[data-modos="${key}"]`);
  if (known) {
    if (known.textContent !== css) known.textContent = css;
    return;
  }
  const style = document.createElement("style");
  style.dataset["modos"] = key;
  style.textContent = css;
  holder.append(style);
}

/**
 * Make `el` the root of a widget: theme variables, base type, keys kept from the host.
 * Call it first in every widget's render; `css` is the widget's own style text.
 */
export function initRoot(el: HTMLElement, name: string, css: string): void {
  adopt(el, "theme", theme);
  adopt(el, name, css);
  el.classList.add("modos", `modos-${name.replaceAll("_", "-")}`);
  // JupyterLab's shortcuts (a, b, dd, ...) act on a focused widget unless it says otherwise.
  el.dataset["lmSuppressShortcuts"] = "true";
  el.addEventListener("keydown", (event) => event.stopPropagation());
}

/** Whether a widget is drawn dark, by its own theme, the page's, or the system's where the page follows it. */
export function isDark(el: HTMLElement): boolean {
  const probe = document.createElement("span");
  probe.style.color = "light-dark(rgb(0 0 0), rgb(255 255 255))";
  probe.style.setProperty("forced-color-adjust", "none");
  el.append(probe);
  const dark = getComputedStyle(probe).color === "rgb(255, 255, 255)";
  probe.remove();
  return dark;
}

/** Call `changed` whenever the widget turns dark or light. */
export function watchTheme(el: HTMLElement, signal: AbortSignal, changed: () => void): void {
  let dark = isDark(el);
  const look = (): void => {
    if (isDark(el) === dark) return;
    dark = !dark;
    changed();
  };
  // a page changes its theme by an attribute of the document or the body, or with the system
  const theme = new MutationObserver(() => requestAnimationFrame(look));
  for (const root of [document.documentElement, document.body]) theme.observe(root, { attributes: true });
  const system = matchMedia("(prefers-color-scheme: dark)");
  system.addEventListener("change", look);
  signal.addEventListener("abort", () => {
    theme.disconnect();
    system.removeEventListener("change", look);
  });
}
