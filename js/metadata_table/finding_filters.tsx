// The numbers of findings and changes, as buttons that show only their rows.
import { counted } from "../shared/format.ts";
import type { TableContext } from "./context.ts";
import type { DraftActions } from "./draft_actions.ts";
import { openFixes } from "./fixes.tsx";

export function FindingFilters({ table, draft }: { table: TableContext; draft: DraftActions }) {
  const { editable, query, status } = table;
  const { errors = 0, warnings = 0, notes = 0 } = table.ofClass?.state ?? status; // what the tab shows
  const { changes = 0, fixable = 0 } = status;
  const pill = (mark: string, words: string, number: number, look: string) => {
    const isOn = query.marked === mark;
    if (!number && !isOn) return null;
    const toggle = (): void => {
      table.setQuery({ ...query, marked: isOn ? "" : mark });
      if (!isOn && mark !== "changed") void draft.next(false, true);
    };
    return (
      <button
        key={mark}
        type="button"
        class={`modos-pill modos-press ${look}`}
        title={isOn ? "Show all rows" : `Show only rows with ${words}`}
        aria-pressed={isOn}
        onClick={toggle}
      >
        {words}
      </button>
    );
  };
  return (
    <>
      {pill("error", counted(errors, "error"), errors, "modos-is-error")}
      {pill("warning", counted(warnings, "warning"), warnings, "modos-is-warning")}
      {pill("note", counted(notes, "note"), notes, "")}
      {editable && pill("changed", counted(changes, "change"), changes, "modos-is-changed")}
      {editable && fixable > 0 && (
        <button
          type="button"
          class="modos-pill modos-press"
          title="Choose which problems to fix"
          onClick={() => void openFixes(table, (name, payload) => draft.change(name, payload))}
        >
          {`Fix ${counted(fixable, "problem")}…`}
        </button>
      )}
    </>
  );
}
