// Letters typed one after the other find the next name that begins with them.
import { folded } from "../shared/fold.ts";

const PAUSE = 800; // ms between letters that belong together
const MOST = 5000; // rows looked at

export class Typeahead {
  private typed = "";
  private at = Number.NEGATIVE_INFINITY;

  /** Take a letter; give the row that it leads to from the active one, or null. */
  next(letter: string, now: number, active: number, count: number, name: (row: number) => string | undefined): number | null {
    const goes = now - this.at < PAUSE;
    this.typed = (goes ? this.typed : "") + folded(letter);
    this.at = now;
    const from = this.typed.length > 1 ? 0 : 1; // a second letter narrows, it does not move on
    for (let step = from; step <= Math.min(count, MOST); step += 1) {
      const row = (active + step) % count;
      if (folded(name(row) ?? "").startsWith(this.typed)) return row;
    }
    return null;
  }
}
