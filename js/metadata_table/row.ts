// A row as the grid holds it.
import type { Block, Cell, Mark } from "./wire.ts";

export interface Row {
  position: number;
  /** Version of the table since which positions refer to the same rows. */
  shape: number;
  cells: Cell[];
  band: boolean;
  marks: Record<string, Mark> | undefined;
  /** How many of the required and expected attributes are filled, and their number. */
  filled: [number, number] | null;
}

export function rowsOf(block: Block, shape: number): Row[] {
  return block.positions.map((position, index) => ({
    position,
    shape,
    cells: block.cells[index] ?? [],
    band: block.bands?.[index] === 1,
    marks: block.marks?.[String(position)],
    filled: block.filled?.[index] ?? null,
  }));
}
