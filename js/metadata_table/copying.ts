// Cells and tables for the clipboard: Python has the data, so it writes the text.
import { copyText } from "../shared/clipboard.ts";
import { counted } from "../shared/format.ts";
import type { TableView } from "./view.ts";

interface Copied {
  text: string;
  rows: number;
}

export async function copyRange(view: TableView): Promise<void> {
  const { range } = view.selection;
  if (range) await copy(view, range, "");
}

export async function copyCsv(view: TableView): Promise<void> {
  const columns = view.api.getAllDisplayedColumns().map((each) => each.getColId());
  await copy(view, { columns, form: "csv" }, " as CSV");
}

async function copy(view: TableView, payload: object, as: string): Promise<void> {
  const answer = await view.ask<Copied>("copy", payload);
  if (!answer) return;
  const done = await copyText(answer.text);
  view.tell(done ? `Copied ${counted(answer.rows, "row")}${as}.` : "The browser does not let this page copy.");
}
