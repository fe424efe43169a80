// The list of keyboard shortcuts.
import { Button } from "../shared/controls.tsx";
import { openPopover } from "../shared/floating.ts";
import type { TableContext } from "./context.ts";

type Keys = [string, string][];

const LOOK: Keys = [
  ["Tab", "Move from the bar into the grid, and out of it"],
  ["Ctrl+F", "Search"],
  ["Alt+↓", "Column menu: sort, filter, hide"],
  ["Shift+F10", "Cell menu"],
  ["Ctrl+Enter", "Show what the terms and links of the cell are, or the full value"],
  ["Shift+arrows", "Select cells; with Ctrl, up to the edge"],
  ["Ctrl+A", "Select all"],
  ["Ctrl+C", "Copy"],
  ["F8", "Next finding; with Shift, the previous one"],
  ["Alt+Enter", "Findings of the cell, and their fixes"],
];
const CHANGE: Keys = [
  ["F2", "Edit the cell; typing replaces its value"],
  ["Enter, Tab", "Accept the value, and move down or right"],
  ["Comma", "In a list of values: accept the marked one, and add another"],
  ["Alt+Enter", "In a multi-line text: start a new line"],
  ["Esc", "Cancel the edit"],
  ["Ctrl+V", "Paste cells from a spreadsheet"],
  ["Ctrl+D", "Fill down"],
  ["Del", "Clear the cells"],
  ["Ctrl+H", "Find and replace"],
  ["Ctrl+Z, Ctrl+Y", "Undo, redo"],
];

export function openHelp(table: TableContext, anchor: DOMRect): void {
  const keys = [...LOOK, ...(table.editable ? CHANGE : [])];
  openPopover(table.el, {
    name: "Keyboard shortcuts",
    anchor,
    class: "modos-popover modos-help",
    closed: () => table.focusGrid(),
    content: ({ close }) => (
      <>
        <strong>Keyboard shortcuts</strong>
        <dl class="modos-keys">{keys.map(([key, what]) => [<dt><kbd>{key}</kbd></dt>, <dd>{what}</dd>])}</dl>
        <div class="modos-row-end"><Button label="Close" press={close} /></div>
      </>
    ),
  });
}
