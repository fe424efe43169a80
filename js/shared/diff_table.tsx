// Changes as a table: names, and values before and after.
import type { ComponentChild } from "preact";
import { lastPart, visible } from "./format.ts";
import { Value, type ValueChips } from "./value.tsx";

/** The roles are explicit since a narrow dialog shows each row as a block. */
export function DiffTable({ head, rows }: { head: string[]; rows: ComponentChild[][] }) {
  return (
    <table class="modos-diff" role="table">
      <thead>
        <tr role="row">{head.map((text) => <th key={text} scope="col">{text}</th>)}</tr>
      </thead>
      <tbody>
        {rows.map((cells, row) => (
          <tr key={row} role="row">
            {cells.map((cell, place) => <td key={place} role="cell" data-label={head[place]}>{cell}</td>)}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A name that is not wrapped, however long the values beside it. */
export function Named({ text, title = "" }: { text: string; title?: string }) {
  return <span class="modos-named" title={title ? visible(title) : undefined}>{visible(text)}</span>;
}

export function ObjectName({ path }: { path: string }) {
  return <Named text={lastPart(path)} title={path} />;
}

/** One side of a change. */
export function Side({ text, ...value }: { text: string | null; tag: "del" | "ins"; chips?: ValueChips | undefined; object?: string }) {
  if (text === null) return <span class="modos-muted modos-nothing">(empty)</span>;
  return <Value text={text} {...value} />;
}
