// What can be done with a node: the menu of a row, and copying its path.
import { copyText } from "../shared/clipboard.ts";
import type { MenuItem } from "../shared/menu.ts";
import type { Place } from "./outline.ts";

export interface NodeActions {
  select: () => void;
  toggle: () => void;
  openBelow: () => void;
  again: () => void;
  refresh: () => void;
  copyPath: () => void;
  openAs: () => void;
  structure: (action: StructureAction) => void;
}

/** What a widget around the tree lets a person do with elements; `StructureAction` says what was chosen. */
export type Structure = "edit" | "offer" | "";
export type StructureAction = "add" | "duplicate" | "rename" | "remove" | "edit";

export interface NodeState {
  filtered: boolean;
  structure: Structure;
  /** Whether a draft removes the node. */
  isRemoved: boolean;
}

/** The id of the element that a node is, or is in; '' for the root and its groups. */
export function elementAt(path: string): string {
  const parts = path.split("/");
  return parts.length > 1 ? parts.slice(0, 2).join("/") : "";
}

/** The items that change elements. */
function structureItems(path: string, { structure, isRemoved }: NodeState, choose: (action: StructureAction) => void): MenuItem[] {
  if (structure === "offer") return [{ label: "Edit", apart: true, press: () => choose("edit") }];
  if (structure !== "edit") return [];
  const isElement = elementAt(path) !== "" && !isRemoved;
  return [
    { label: "Add…", hint: "Insert", apart: true, press: () => choose("add") },
    { label: "Duplicate", disabled: !isElement, press: () => choose("duplicate") },
    { label: "Rename…", hint: "F2", disabled: !isElement, press: () => choose("rename") },
    { label: "Remove…", hint: "Delete", disabled: !isElement, press: () => choose("remove") },
  ];
}

/** The items for a node; `filtered` rows are not opened or closed. */
export function nodeItems(place: Place, act: NodeActions, state: NodeState): MenuItem[] {
  const { filtered } = state;
  const kind = place.row?.kind;
  const closed = place.expanded === undefined;
  const items: MenuItem[] = [{ label: "Select", hint: "Enter", press: act.select }];
  if (kind === "broken") items.push({ label: "Retry", press: act.again });
  if (kind === "group" && !filtered) {
    const open = Boolean(place.group);
    items.push(
      { label: open ? "Close" : "Open", hint: open ? "←" : "→", disabled: closed, press: act.toggle },
      { label: "Open all below", disabled: closed, press: act.openBelow },
    );
  }
  items.push(...structureItems(place.path ?? "", state, act.structure));
  items.push({ label: "Copy path", apart: true, press: act.copyPath });
  items.push({ label: "Open as…", press: act.openAs });
  items.push({ label: "Refresh", apart: true, press: act.refresh });
  return items;
}

/** Copy text, and return the message about it. */
export async function copied(text: string, what: string): Promise<string> {
  const done = await copyText(text);
  return done ? `Copied the ${what}.` : "The browser blocked copying.";
}
