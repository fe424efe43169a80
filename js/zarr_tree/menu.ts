// What can be done with a node: the menu of a row, and copying its path and code.
import { copyText } from "../shared/clipboard.ts";
import type { MenuItem } from "../shared/menu.ts";
import { Problem, type Channel } from "../shared/messages.ts";
import type { Place } from "./outline.ts";
import type { Requests } from "./wire.ts";

export interface NodeActions {
  select: () => void;
  toggle: () => void;
  openBelow: () => void;
  again: () => void;
  refresh: () => void;
  copyPath: () => void;
  copyCode: (kind: string) => void;
  structure: (action: StructureAction) => void;
}

/** What a widget around the tree lets a person do with elements; `StructureAction` says what was chosen. */
export type Structure = "edit" | "offer" | "";
export type StructureAction = "add" | "duplicate" | "rename" | "remove" | "edit";

export interface NodeState {
  filtered: boolean;
  isModo: boolean;
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
  const { filtered, isModo } = state;
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
  const fitting = ["zarr", ...(kind === "array" ? ["numpy", "dask", "xarray"] : []), ...(isModo ? ["modos_widgets"] : [])];
  for (const each of fitting) items.push({ label: `Copy code: ${each}`, press: () => act.copyCode(each) });
  items.push({ label: "Refresh", apart: true, press: act.refresh });
  return items;
}

/** Copy text, and return the message about it. */
export async function copied(text: string, what: string): Promise<string> {
  const done = await copyText(text);
  return done ? `Copied the ${what}.` : "The browser blocked copying.";
}

/** Request the code that opens a node and copy it; return the message about it. */
export async function copiedCode(channel: Channel<Requests>, path: string, kind: string): Promise<string | Problem> {
  try {
    const { payload } = await channel.request("code", { path });
    const text = payload.code[kind];
    return text === undefined ? `There is no ${kind} code for this node.` : await copied(text, `${kind} code`);
  } catch (error) {
    if (error instanceof Problem) return error;
    return "";
  }
}
