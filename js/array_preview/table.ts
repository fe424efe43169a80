// The first values as a table with labels.
import { element } from "../shared/dom.ts";
import { count, visible } from "../shared/format.ts";

export interface Table {
  corner: string;
  columns: string[];
  rows: string[];
  cells: string[][];
  numeric: boolean;
  of_rows: number;
  of_columns: number;
}

export function valueTable(table: Table): HTMLElement {
  if (!table.cells.length) return element("p", { class: "modos-muted", text: "There are no values: an axis has length 0." });
  const head = element(
    "tr",
    {},
    element("th", { text: visible(table.corner), attributes: { scope: "col" } }),
    ...table.columns.map((name) => element("th", { text: visible(name), title: visible(name), attributes: { scope: "col" } })),
  );
  const lines = table.cells.map((cells, place) => {
    const name = visible(table.rows[place] ?? "");
    return element(
      "tr",
      {},
      element("th", { text: name, title: name, attributes: { scope: "row" } }),
      ...cells.map((cell) => element("td", { text: visible(cell), title: cell.length > 24 ? visible(cell) : "" })),
    );
  });
  const grid = element(
    "table",
    { class: `modos-grid${table.numeric ? " modos-numeric" : ""}` },
    element("thead", {}, head),
    element("tbody", {}, ...lines),
  );
  const columns = table.cells[0]?.length ?? 0;
  const all = table.cells.length >= table.of_rows && columns >= table.of_columns;
  const words = all ? "" : `${count(table.cells.length)} of ${count(table.of_rows)} rows${
    table.of_columns > 1 ? `, ${count(columns)} of ${count(table.of_columns)} columns` : ""
  } of the part shown; the sliders move the table`;
  return element(
    "div",
    {},
    element("div", { class: "modos-values", attributes: { tabindex: 0, role: "region", "aria-label": "Values" } }, grid),
    element("span", { class: "modos-muted", text: words }),
  );
}
