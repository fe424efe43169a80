// The first values as a table with labels.
import { count, visible } from "../shared/format.ts";
import { dateTimeText } from "../shared/value.tsx";
import type { Table } from "./wire.ts";

const LONG = 24; // characters of a cell after which its text is a tip too

interface ValueTableProps {
  table: Table;
  /** Whether other values cannot be shown. */
  isFixed: boolean;
}

export function ValueTable({ table, isFixed }: ValueTableProps) {
  const { cells, columns, corner, numeric, of_columns, of_rows, rows } = table;
  if (!cells.length) return <p class="modos-muted">No values: an axis has length 0.</p>;
  return (
    <div>
      <div class="modos-values" tabIndex={0} role="region" aria-label="Values">
        <table class={numeric ? "modos-grid modos-numeric" : "modos-grid"}>
          <thead>
            <tr>
              <th scope="col">{visible(corner)}</th>
              {columns.map((name, place) => <th key={place} scope="col" title={visible(name)}>{visible(name)}</th>)}
            </tr>
          </thead>
          <tbody>
            {cells.map((line, place) => {
              const name = visible(rows[place] ?? "");
              return (
                <tr key={place}>
                  <th scope="row" title={name}>{name}</th>
                  {line.map((cell, at) => (
                    <td key={at} title={cell.length > LONG ? visible(cell) : undefined}>{visible(numeric ? dateTimeText(cell, true) : cell)}</td>
                  ))}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <span class="modos-muted">{extent(cells.length, cells[0]?.length ?? 0, of_rows, of_columns, isFixed)}</span>
    </div>
  );
}

function extent(rows: number, columns: number, ofRows: number, ofColumns: number, isFixed: boolean): string {
  if (rows >= ofRows && columns >= ofColumns) return "";
  const across = ofColumns > 1 ? `, ${count(columns)} of ${count(ofColumns)} columns` : "";
  return `${count(rows)} of ${count(ofRows)} rows${across} of the part shown.${isFixed ? "" : " Move the sliders to see others."}`;
}
