// One row of the tree: made once, filled again and again.
import { element, icon } from "../shared/dom.ts";
import { facts as inParts, middle, sentence, visible } from "../shared/format.ts";
import { iconOf } from "./icons.ts";
import type { Place } from "./outline.ts";
import type { Mark } from "./wire.ts";

export const ROW_HEIGHT = 26;
const INDENT = 16;
const TAIL = 10; // letters that stay when a name is cut in the middle
const LONGEST = 160;
const LEAST = 12; // letters of an array's shape that a long name leaves; of other words half as many

export function makeRow(): HTMLElement {
  const row = element("div", { class: "modos-row", attributes: { role: "treeitem" } });
  row.append(
    element("span", { class: "modos-twist" }),
    icon("", "modos-kind"),
    element("span", { class: "modos-head" }),
    element("span", { class: "modos-tail" }),
    " ", // not drawn; between the words for what reads the row
    element("span", { class: "modos-mark", attributes: { hidden: true } }),
    " ",
    element("span", { class: "modos-facts" }),
  );
  return row;
}

export interface RowState {
  id: string;
  active: boolean;
  selected: boolean;
  busy: boolean;
  /** What a draft does to the node. */
  mark: Mark | "";
}

function set(row: HTMLElement, name: string, value: string | number | undefined): void {
  if (value === undefined) row.removeAttribute(name);
  else if (row.getAttribute(name) !== String(value)) row.setAttribute(name, String(value));
}

function write(node: Element | undefined, text: string): void {
  if (node && node.textContent !== text) node.textContent = text;
}

export function fillRow(row: HTMLElement, place: Place | null, state: RowState): void {
  const [, kind, head, tail, mark, facts] = row.children;
  const known = place?.row;
  row.id = state.id;
  row.dataset["path"] = place?.path ?? "";
  row.style.paddingInlineStart = `${4 + (place?.depth ?? 0) * INDENT}px`;
  const name = visible(known?.name ?? "");
  const shown = place?.kind === "problem" ? name : middle(name, LONGEST);
  const cut = shown.length > 2 * TAIL && place?.kind !== "problem";
  write(head, known ? (cut ? shown.slice(0, -TAIL) : shown) : "…");
  write(tail, cut ? shown.slice(-TAIL) : "");
  write(mark, state.mark);
  (mark as HTMLElement).hidden = !state.mark;
  const muted = place?.kind === "problem" ? (known?.hint ?? "") : (known?.summary ?? "");
  const words = state.busy ? "reading…" : inParts(muted);
  write(facts, words);
  const least = known?.kind === "array" ? LEAST : LEAST / 2;
  (facts as HTMLElement).style.minWidth = words ? `calc(${Math.min(words.length, least)}ch + 8px)` : "0"; // and its padding
  kind?.firstElementChild?.setAttribute("d", iconOf(known?.kind, known?.element_class));
  set(row, "class", classes(place, state));
  set(row, "aria-level", (place?.depth ?? 0) + 1);
  set(row, "aria-setsize", place?.siblings ?? -1);
  set(row, "aria-posinset", (place?.index ?? 0) + 1);
  set(row, "aria-expanded", place?.expanded === undefined ? undefined : String(place.expanded));
  set(row, "aria-selected", String(state.selected));
  set(row, "aria-busy", state.busy ? "true" : undefined);
  const spoken = (known?.facts ?? "").split(" · ").find((each) => each.startsWith(`${words} `)) ?? words; // "4 children" for "4"
  set(row, "aria-label", known ? [sentence(shown), state.mark, spoken].filter(Boolean).join(", ") : "not loaded");
  set(row, "aria-description", description(place, spoken));
  set(row, "title", known ? `${name}${known.facts ? `\n${inParts(known.facts)}` : ""}${known.problem ? `\n${sentence(known.problem)}` : ""}` : undefined);
}

function classes(place: Place | null, { active, selected, mark }: RowState): string {
  const names = ["modos-row"];
  if (mark) names.push(`modos-mark-${mark}`);
  if (active) names.push("modos-active");
  if (selected) names.push("modos-is-selected");
  if (place?.kind === "problem") names.push("modos-problem-row");
  if (place?.row?.kind) names.push(`modos-is-${place.row.kind}`);
  if (place?.hit === false) names.push("modos-leads");
  return names.join(" ");
}

/** The facts that the row does not show. */
function description(place: Place | null, seen: string): string | undefined {
  const row = place?.row;
  if (!row) return undefined;
  const facts = row.kind === "broken" ? [row.problem, row.hint] : (row.facts ?? "").split(" · ");
  return facts.map((each) => sentence(each ?? "")).filter((each) => each && !seen.includes(each)).join(", ") || undefined;
}
