// The keys of the table, to be looked up.
import { Button } from "../shared/controls.tsx";
import { openPopover } from "../shared/floating.ts";
import type { TableContext } from "./context.ts";

type Keys = [string, string][];

const LOOK: Keys = [
  ["Tab", "From the bar into the grid, and on"],
  ["Ctrl+F", "Search"],
  ["Alt+↓", "Menu of the column: sort, filter, hide"],
  ["Shift+F10", "Menu of the cell"],
  ["Ctrl+Enter", "Follow the link, or show the whole value"],
  ["Shift+arrows", "Select cells; with Ctrl to the edge"],
  ["Ctrl+A", "Select all"],
  ["Ctrl+C", "Copy"],
  ["F8", "Next finding; with Shift the one before"],
  ["Alt+Enter", "What is wrong with the cell, and its fixes"],
];
const CHANGE: Keys = [
  ["F2", "Change the cell; or type over it"],
  ["Enter, Tab", "Take what is typed or marked, and go down, or right"],
  ["Comma", "Where several values may stand: take the marked one, and choose another"],
  ["Alt+Enter", "In a text of several lines: begin a line"],
  ["Esc", "Leave the cell as it was"],
  ["Ctrl+V", "Paste a block from a spreadsheet"],
  ["Ctrl+D", "Fill down"],
  ["Del", "Clear"],
  ["Ctrl+H", "Find and replace"],
  ["Ctrl+Z, Ctrl+Y", "Undo, redo"],
];

export function openHelp(table: TableContext, anchor: DOMRect): void {
  const keys = [...LOOK, ...(table.editable ? CHANGE : [])];
  openPopover(table.el, {
    name: "Keys",
    anchor,
    class: "modos-popover modos-help",
    closed: () => table.focusGrid(),
    content: ({ close }) => (
      <>
        <strong>Keys</strong>
        <dl class="modos-keys">{keys.map(([key, what]) => [<dt><kbd>{key}</kbd></dt>, <dd>{what}</dd>])}</dl>
        <div class="modos-row-end"><Button label="Close" press={close} /></div>
      </>
    ),
  });
}
