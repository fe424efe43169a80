// How the cells of each kind of column are drawn: text nodes only.
import type { ICellRendererParams } from "ag-grid-community";
import { element, link } from "../shared/dom.ts";
import { lastPart, visible } from "../shared/format.ts";
import { dateTimeText, shortUri } from "../shared/value.tsx";
import type { Row } from "./row.ts";
import type { Cell, Column } from "./wire.ts";

export type Labels = Map<string, string>;

/** A float in at most seven digits; the whole of it is in the cell's tip and when it is edited. */
export function number(text: string): string {
  if (!/^-?\d+\.\d{6,}(e[+-]?\d+)?$/i.test(text)) return visible(text);
  return String(Number(Number(text).toPrecision(7)));
}

/** A cell's text as people read it. */
export function reading(cell: Cell, column: Column, labels: Labels): string {
  if (cell === null || cell === undefined) return "";
  if (Array.isArray(cell)) return cell.map((each) => reading(each, column, labels)).join(", ");
  if (column.kind === "moment") return dateTimeText(cell, Boolean(column.title)); // the schema asks for date and time
  if (column.kind === "number") return number(cell);
  if (column.kind === "object") return visible(lastPart(cell));
  if (column.kind === "term") return labels.get(cell) ?? shortUri(cell);
  return visible(cell);
}

function chip(text: string, title: string): HTMLElement {
  return element("span", { class: "modos-chip", text, title });
}

/** Put the short address of a term behind its label, in small type. */
function addressed(holder: HTMLElement, text: string, labels: Labels): HTMLElement {
  if (labels.has(text)) holder.dataset["address"] = shortUri(text);
  return holder;
}

/** A chip that opens a card: plain text until it is opened. */
function cardChip(kind: "element" | "term", read: string, text: string): HTMLElement {
  const created = chip(read, read === text ? "" : visible(text));
  created.classList.add(`modos-chip-${kind}`);
  created.dataset["chip"] = kind;
  created.dataset["value"] = text;
  return created;
}

const MORE = /^\+[\d,]+$/;

/** A renderer for kinds that are more than text; undefined where text will do. */
export function renderer(
  column: Column,
  labels: Labels,
): ((params: ICellRendererParams<Row>) => HTMLElement) | undefined {
  const entry = (text: string): HTMLElement => {
    const read = reading(text, column, labels);
    if (column.many && MORE.test(text)) return chip(text, "");
    if (column.kind === "link") return cardChip("element", read, text);
    if (column.kind === "term") return addressed(cardChip("term", read, text), text, labels);
    if (column.many) return chip(read, visible(text));
    return column.kind === "uri" ? link(text, visible(text)) : element("span", { text: read });
  };
  if (!["link", "term", "uri"].includes(column.kind) && !column.many) return undefined;
  return ({ value }) => {
    const cell = value as Cell;
    const holder = element("span", { class: "modos-cell" });
    if (Array.isArray(cell)) {
      holder.classList.add("modos-several");
      holder.append(...cell.map(entry));
    } else if (cell !== null && cell !== undefined) {
      holder.append(entry(cell));
    }
    return holder;
  };
}
