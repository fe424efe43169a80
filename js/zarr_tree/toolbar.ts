// Above the rows: the filter, what applies to the whole tree, what applies to the active node.
import { element, icon } from "../shared/dom.ts";
import type { Filter } from "./filter.ts";

const REFRESH = "M13.5 8a5.500 5.500 0 1 1-1.700-4M13.500 1.500v3h-3";
const PLUS = "M8 3v10M3 8h10";
const MORE = "M3.500 8h.01M8 8h.01M12.500 8h.01";

function tool(name: string, path: string, press: (tool: HTMLButtonElement) => void): HTMLButtonElement {
  const button: HTMLButtonElement = element(
    "button",
    { class: "modos-tool", title: name, attributes: { type: "button", "aria-label": name } },
    icon(path),
  );
  button.addEventListener("click", () => press(button));
  return button;
}

export function toolbar(
  filter: Filter,
  code: HTMLElement,
  act: { refresh: () => void; more: (tool: HTMLElement) => void; add: () => void },
): HTMLElement {
  const add = tool("Add an element…", PLUS, act.add);
  add.classList.add("modos-tree-add");
  return element(
    "div",
    { class: "modos-bar" },
    element("div", { class: "modos-filter" }, filter.input, filter.found),
    add,
    tool("Refresh", REFRESH, act.refresh),
    tool("More actions for the node", MORE, act.more),
    code,
  );
}
