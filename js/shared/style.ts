import colours from "./theme/colours.css";
import floating from "./theme/floating.css";
import parts from "./theme/parts.css";
import rows from "./theme/rows.css";

const theme = [colours, parts, rows, floating].join("\n");

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
 * Make `el` a root of the house: theme variables, base type, keys kept from the host.
 * Call it first in every widget's render; `css` is the widget's own style text.
 */
export function furnish(el: HTMLElement, name: string, css: string): void {
  adopt(el, "theme", theme);
  adopt(el, name, css);
  el.classList.add("modos", `modos-${name.replaceAll("_", "-")}`);
  // JupyterLab's shortcuts (a, b, dd, ...) act on a focused widget unless it says otherwise.
  el.dataset["lmSuppressShortcuts"] = "true";
  el.addEventListener("keydown", (event) => event.stopPropagation());
}
