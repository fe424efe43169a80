// Cells and tables for the clipboard: Python has the data, so it writes the text.
import { copyText } from "../shared/clipboard.ts";
import { counted } from "../shared/format.ts";
import type { Selection } from "./selection.ts";
import type { Asked, TableContext } from "./context.ts";

export async function copyRange(table: TableContext, { range }: Selection): Promise<void> {
  if (range) await copy(table, range, "");
}

export async function copyCsv(table: TableContext): Promise<void> {
  const columns = table.shownColumns.map((each) => each.getColId());
  await copy(table, { columns, form: "csv" }, " as CSV");
}

async function copy(table: TableContext, payload: Asked<"copy">, as: string): Promise<void> {
  const answer = await table.ask("copy", payload);
  if (!answer) return;
  const done = await copyText(answer.text);
  table.tell(done ? `Copied ${counted(answer.rows, "row")}${as}.` : "The browser blocked copying.");
}
