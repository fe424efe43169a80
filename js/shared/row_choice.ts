// The choice of rows for what is done with several: one at a time, or a range.

interface Parts {
  /** Path of what a row shows; null if it cannot be chosen. */
  pathAt: (index: number) => string | null;
  chosen: () => ReadonlySet<string>;
  choose: (paths: ReadonlySet<string>) => void;
}

export class RowChoice {
  private readonly parts: Parts;
  private from = 0;

  constructor(parts: Parts) {
    this.parts = parts;
  }

  /** Begin the next range at a row. */
  begin(index: number): void {
    this.from = index;
  }

  /** Choose a row, or no longer. */
  toggle(index: number): void {
    this.from = index;
    const path = this.parts.pathAt(index);
    if (path === null) return;
    const chosen = new Set(this.parts.chosen());
    if (!chosen.delete(path)) chosen.add(path);
    this.parts.choose(chosen);
  }

  /** Choose all rows from the begin of the range to this one. */
  extend(index: number): void {
    const chosen = new Set(this.parts.chosen());
    for (let each = Math.min(this.from, index); each <= Math.max(this.from, index); each += 1) {
      const path = this.parts.pathAt(each);
      if (path !== null) chosen.add(path);
    }
    this.parts.choose(chosen);
  }
}
