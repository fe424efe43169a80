// The columns of the result, and what their cells show.
import { element } from "../shared/dom.ts";
import { count, counted, facts, lastPart, sentence, size, visible } from "../shared/format.ts";
import type { Row } from "./result.ts";
import type { ElementRow, Kind, ObjectRow, Snippet } from "./wire.ts";

export interface ColumnShown {
  id: string;
  label: string;
  title?: string;
  /** CSS pixels; the first column takes what is left. */
  width: number;
  isNumber?: boolean;
  /** Whether the result can be sorted by it. */
  sorts: boolean;
}

const OBJECT_COLUMNS: ColumnShown[] = [
  { id: "title", label: "Object", width: 300, sorts: true },
  { id: "metadata", label: "Metadata", title: "Required and expected values that are filled, and findings", width: 164, sorts: true },
  { id: "samples", label: "Samples", width: 76, isNumber: true, sorts: true },
  { id: "omics", label: "Omics", title: "Omics types of the assays", width: 128, sorts: true },
  { id: "formats", label: "Formats", title: "Formats of the data files", width: 112, sorts: true },
  { id: "changed", label: "Changed", title: "Last change", width: 88, sorts: true },
  { id: "size", label: "Size", title: "Size of the files", width: 76, isNumber: true, sorts: true },
  { id: "contains", label: "Contains", title: "Elements by class", width: 240, sorts: true },
];
const ELEMENT_COLUMNS: ColumnShown[] = [
  { id: "title", label: "Element", width: 260, sorts: true },
  { id: "class", label: "Class", width: 120, sorts: true },
  { id: "object", label: "Object", width: 160, sorts: true },
  { id: "values", label: "Metadata", width: 360, sorts: false },
];

/** The columns; those that no object fills are left out. */
export function columnsOf(kind: Kind, hasSizes: boolean): ColumnShown[] {
  if (kind === "elements") return ELEMENT_COLUMNS;
  return OBJECT_COLUMNS.filter(({ id }) => id !== "size" || hasSizes);
}

export interface ObjectFacts {
  path: string;
  title: string;
  id: string;
  counts: [string, number][];
  samples: number;
  omics: string[];
  formats: string[];
  size: number | null;
  changed: string;
  errors: number;
  warnings: number;
  filled: number;
  wanted: number;
  state: ObjectRow[13];
  reason: string;
  snippet: Snippet | null;
}

export function factsOf(row: ObjectRow): ObjectFacts {
  const [path, title, id, counts, samples, omics, formats, bytes, changed, errors, warnings, filled, wanted, state, reason, snippet] = row;
  return { path, title, id, counts, samples, omics, formats, size: bytes, changed, errors, warnings, filled, wanted, state, reason, snippet };
}

/** The path of the object of a row, the element in it, and the text by which the row is chosen. */
export function placeOf(row: Row, kind: Kind): { path: string; element: string; key: string } {
  const [path] = row;
  const element = kind === "elements" ? (row as ElementRow)[2] : "";
  return { path, element, key: element ? `${path}${BETWEEN}${element}` : path };
}

const BETWEEN = "\0"; // in no path

/** The object and the element of a chosen row. */
export function keyOf(key: string): { path: string; element: string } {
  const [path = "", element = ""] = key.split(BETWEEN);
  return { path, element };
}

/** Draw the snippet: what matches is marked; text nodes only. */
export function drawSnippet(holder: HTMLElement, snippet: Snippet | null, otherwise: string): void {
  if (!snippet) {
    holder.textContent = otherwise;
    return;
  }
  const [place, fragments] = snippet;
  const words = fragments.map(([text, isHit]) => (isHit ? element("mark", { text: visible(text) }) : visible(text)));
  holder.replaceChildren(element("span", { class: "modos-snippet-text" }, ...words), element("span", { class: "modos-snippet-place", text: ` ${visible(place)}` }));
}

const NAMES: Record<string, string> = { TRANSCRIPTOMICS: "RNA", GENOMICS: "DNA" };

/** Omics types in few letters: "Genomics, transcriptomics". */
export function omicsText(omics: string[]): string {
  const words = omics.map((each) => each.toLowerCase()).join(", ");
  return visible(words.charAt(0).toUpperCase() + words.slice(1));
}

/** What people call an omics type besides its name. */
export function omicsHint(omics: string[]): string {
  return omics.map((each) => (NAMES[each] ? `${each} (${NAMES[each]})` : each)).join(", ");
}

export function countsText(counts: [string, number][]): string {
  return facts(counts.map(([name, number]) => `${count(number)} ${name}`).join(" · "));
}

/** Draw the part of the metadata that is filled, and the findings. */
export function drawHealth(cell: HTMLElement, shown: ObjectFacts): void {
  const { errors, warnings, filled, wanted } = shown;
  const parts: Node[] = [];
  if (wanted) {
    const bar = element("span", { class: "modos-meter", attributes: { "aria-hidden": "true" } }, element("span", { class: "modos-meter-fill" }));
    (bar.firstElementChild as HTMLElement).style.width = `${(100 * filled) / wanted}%`;
    parts.push(bar, element("span", { class: "modos-meter-text", text: `${Math.floor((100 * filled) / wanted)} %` }));
  }
  if (errors || warnings) {
    const words = errors ? counted(errors, "error") : counted(warnings, "warning");
    parts.push(element("span", { class: errors ? "modos-has-errors" : "modos-has-warnings", text: words }));
  }
  cell.replaceChildren(...parts);
  cell.title = wanted ? `${count(filled)} of ${counted(wanted, "required or expected value")} filled, ${counted(errors, "error")}, ${counted(warnings, "warning")}` : "";
}

/** A row or card of an object as a screen reader says it: what the columns show, with units. */
export function objectWords(shown: ObjectFacts, under: string, isFavourite: boolean): string {
  const { title, id, path, errors, warnings, filled, wanted, samples, omics, formats, changed, size: bytes, snippet, state } = shown;
  const isKnown = state === "" || state === "removed";
  const found = snippet && state === "" ? snippet[1].map(([text]) => text).join("") : "";
  const match = found && found !== title ? `${found} ${snippet![0]}` : "";
  const parts = [
    title || id || lastPart(path),
    match || under,
    isFavourite && "favourite",
    ...(isKnown
      ? [
          wanted > 0 && `${Math.floor((100 * filled) / wanted)} % filled`,
          errors > 0 && counted(errors, "error"),
          warnings > 0 && counted(warnings, "warning"),
          counted(samples, "sample"),
          omicsText(omics),
          formats.join(", "),
          changed && `changed ${changed.slice(0, 10)}`,
          bytes !== null && size(bytes),
        ]
      : []),
  ];
  return sentence(parts.filter(Boolean).join(", "));
}

/** A row or card of an element as a screen reader says it. */
export function elementWords([path, objectTitle, id, className, name, values]: ElementRow): string {
  const own = values.map(([attribute, value]) => `${attribute}: ${value}`);
  return sentence([name || id, name && id, `${className} in ${objectTitle || lastPart(path)}`, ...own].filter(Boolean).join(", "));
}

/** Fill the cell of a column with what it shows of an object. */
export function fillObject(cell: HTMLElement, column: string, shown: ObjectFacts): void {
  const { state } = shown;
  const isKnown = state === "" || state === "removed";
  if (column === "metadata") {
    if (isKnown) drawHealth(cell, shown);
    else {
      cell.textContent = "";
      cell.title = "";
    }
    return;
  }
  const text = isKnown ? textOf(column, shown) : "";
  cell.textContent = text;
  cell.title = column === "omics" ? omicsHint(shown.omics) : column === "size" && shown.size !== null ? `${count(shown.size)} bytes` : text;
}

function textOf(column: string, shown: ObjectFacts): string {
  if (column === "omics") return omicsText(shown.omics);
  if (column === "formats") return visible(shown.formats.join(", "));
  if (column === "samples") return count(shown.samples);
  if (column === "changed") return visible(shown.changed.slice(0, 10));
  if (column === "size") return shown.size === null ? "" : size(shown.size);
  if (column === "contains") return countsText(shown.counts);
  return "";
}

/** Fill the cell of a column with what it shows of an element. */
export function fillElement(cell: HTMLElement, column: string, row: ElementRow): void {
  const [path, objectTitle, , className, , values] = row;
  const text =
    column === "class"
      ? visible(className)
      : column === "object"
        ? sentence(objectTitle || lastPart(path))
        : facts(values.map(([name, value]) => `${name}: ${value}`).join(" · "));
  cell.textContent = text;
  cell.title = column === "object" ? visible(path) : text;
}

/** Words under the title: why an object has no metadata, what matches, or its id. */
export function lineUnder(shown: ObjectFacts): string {
  if (shown.state === "failed") return sentence(`Cannot be read: ${shown.reason}`);
  if (shown.state === "removed") return "Removed since the list was read";
  return sentence(shown.title && shown.title !== shown.id ? shown.id : lastPart(shown.path));
}
