// What the columns of a sheet mean, to confirm or to change.
import { Button } from "../shared/controls.tsx";
import { count, counted, visible } from "../shared/format.ts";
import type { ReadSheetAnswer } from "./wire.ts";

interface SheetColumnsProps {
  read: ReadSheetAnswer;
  mapping: Record<string, string>;
  change: (mapping: Record<string, string>) => void;
  save: () => void;
}

export function SheetColumns({ read: { columns, meanings }, mapping, change, save }: SheetColumnsProps) {
  const unknown = columns.filter(([header, meaning]) => !meaning && !mapping[header]).length;
  return (
    <details class="modos-sheet-part" open={columns.some(([, meaning]) => !meaning)}>
      <summary>{unknown ? `Columns: ${count(unknown)} of ${counted(columns.length, "column")} left out` : `Columns: all ${count(columns.length)} recognised`}</summary>
      <div class="modos-sheet-columns">
        {columns.map(([header]) => (
          <div key={header}>
            <span class="modos-named" title={visible(header)}>{visible(header)}</span>
            <select
              class="modos-input"
              aria-label={visible(header)}
              value={mapping[header] ?? ""}
              onChange={({ currentTarget }) => change({ ...mapping, [header]: currentTarget.value })}
            >
              <option value="">(leave out)</option>
              {(meanings.includes(mapping[header] ?? "") || !mapping[header] ? meanings : [...meanings, mapping[header]]).map((meaning) => (
                <option key={meaning} value={meaning}>{visible(meaning)}</option>
              ))}
            </select>
          </div>
        ))}
      </div>
      <Button label="Save mapping" title="Save what the columns mean. Choose the file together with the next sheet of this form." press={save} />
    </details>
  );
}
