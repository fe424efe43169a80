// What was found and changed, as buttons that narrow the table to it.
import { element } from "../shared/dom.ts";
import { count, counted } from "../shared/format.ts";
import type { TableView } from "./view.ts";

export function findingPills(view: TableView): HTMLElement[] {
  const { curating, query, status } = view;
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
            view.setQuery({ ...query, marked: on ? "" : mark });
            if (!on && mark !== "changed") void curating.next(false, true);
          },
        },
      }),
    ];
  };
  const fix = element("button", {
    class: "modos-pill modos-press",
    text: `Fix all ${count(fixable)}`,
    title: "Apply every fix that is offered, as one step",
    attributes: { type: "button" },
    on: { click: () => void curating.change("fix", { scope: "all" }).then(() => view.focus.grid()) }, // the button goes
  });
  return [
    ...pill("error", counted(errors, "error"), errors, "modos-is-error"),
    ...pill("warning", counted(warnings, "warning"), warnings, "modos-is-warning"),
    ...pill("note", counted(notes, "note"), notes, ""),
    ...(view.editable ? pill("changed", `${count(changes)} changed`, changes, "modos-is-changed") : []),
    ...(view.editable && fixable ? [fix] : []),
  ];
}
