// What was found and changed, as buttons that narrow the table to it.
import { element } from "../shared/dom.ts";
import { count, counted } from "../shared/format.ts";
import { openFixes } from "./fixes.tsx";
import type { DraftActions } from "./draft_actions.ts";
import type { TableContext } from "./context.ts";

export function findingFilters(table: TableContext, draft: DraftActions): HTMLElement[] {
  const { editable, query, status } = table;
  const { errors = 0, warnings = 0, notes = 0, changes = 0, fixable = 0 } = status;
  const pill = (mark: string, words: string, number: number, kind: string): HTMLElement[] => {
    const on = query.marked === mark;
    if (!number && !on) return [];
    return [
      element("button", {
        class: `modos-pill modos-press ${kind}`,
        text: words,
        title: on ? "Show all rows" : `Show only rows with ${words}`,
        attributes: { type: "button", "aria-pressed": String(on) },
        on: {
          click: () => {
            table.setQuery({ ...query, marked: on ? "" : mark });
            if (!on && mark !== "changed") void draft.next(false, true);
          },
        },
      }),
    ];
  };
  const fix = element("button", {
    class: "modos-pill modos-press",
    text: `Fix… ${count(fixable)}`,
    title: "Choose which problems to fix",
    attributes: { type: "button" },
    on: { click: () => void openFixes(table, (name, payload) => draft.change(name, payload)) },
  });
  return [
    ...pill("error", counted(errors, "error"), errors, "modos-is-error"),
    ...pill("warning", counted(warnings, "warning"), warnings, "modos-is-warning"),
    ...pill("note", counted(notes, "note"), notes, ""),
    ...(editable ? pill("changed", `${count(changes)} changed`, changes, "modos-is-changed") : []),
    ...(editable && fixable ? [fix] : []),
  ];
}
