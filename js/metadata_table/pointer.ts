// The mouse in the grid: ranges by dragging, tips, cards of chips.
import type { GridOptions } from "ag-grid-community";
import { visible } from "../shared/format.ts";
import type { DraftActions } from "./draft_actions.ts";
import type { CellCards } from "./cell_cards.ts";
import type { Rows } from "./rows.ts";
import type { Selection } from "./selection.ts";
import type { Row } from "./row.ts";

type TargetOf = (event: Event | null | undefined) => Element | null;

export interface PointerParts {
  /** Of `targetsIn` the element that holds the grid. */
  targetOf: TargetOf;
  draft: DraftActions;
  cards: CellCards;
  rows: Rows;
  selection: Selection;
}

/**
 * Return the lookup of an event's target in `holder`. The grid reports events after they were dispatched, and
 * outside of a shadow root their target is then only its host.
 */
export function targetsIn(holder: HTMLElement): TargetOf {
  const targets = new WeakMap<Event, Element>();
  for (const kind of ["mouseover", "click"]) {
    const note = (event: Event): void => {
      if (event.target instanceof Element) targets.set(event, event.target);
    };
    holder.addEventListener(kind, note, { capture: true });
  }
  return (event) => (event && targets.get(event)) ?? null;
}

export function pointerEvents({ targetOf, cards, draft, rows, selection }: PointerParts): Partial<GridOptions<Row>> {
  return {
    onCellMouseDown: ({ event, rowIndex, column }) => {
      if (rowIndex === null || !(event instanceof MouseEvent) || event.button !== 0) return;
      const corner = { row: rowIndex, column: column.getColId() };
      if (event.shiftKey) selection.extend(corner);
      else selection.begin(corner);
    },
    onCellMouseOver: ({ event, rowIndex, column }) => {
      if (!(event instanceof MouseEvent) || rowIndex === null) return;
      const id = column.getColId();
      const cell = targetOf(event)?.closest<HTMLElement>(".ag-cell");
      const whole = rows.at(rowIndex)?.cells[Number(id)];
      const cut = cell && (cell.scrollWidth > cell.clientWidth || cell.textContent !== whole);
      if (cell && cut && typeof whole === "string") cell.title = visible(whole);
      if (cell) draft.hovered(rowIndex, id, cell);
      if (event.buttons === 1 && selection.anchor) selection.extend({ row: rowIndex, column: id });
    },
    onCellClicked: ({ event, rowIndex }) => {
      const chip = targetOf(event)?.closest<HTMLElement>("[data-chip]");
      const position = rowIndex === null ? undefined : rows.at(rowIndex)?.position;
      if (chip && position !== undefined) cards.clicked(chip, position, event as MouseEvent);
    },
  };
}
