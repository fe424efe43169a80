// Commits in words.
import { count, counted } from "../shared/format.ts";
import type { CommitShown } from "./wire.ts";

/** "3 cells in 2 elements, 1 file" */
export function countsText({ cells, elements, files }: CommitShown): string {
  const parts = cells > 0 || files === 0 ? [`${counted(cells, "cell")} in ${counted(elements, "element")}`] : [];
  if (files > 0) parts.push(counted(files, "file"));
  return parts.join(", ");
}

/** A stored time in the time zone of the browser: "2026-11-30 23:48". */
export function timeText(stored: string): string {
  const time = new Date(stored);
  if (Number.isNaN(time.getTime())) return stored;
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}`;
}

/** What an undo cannot restore. */
export function lackingText(lacking: string[]): string {
  const named = lacking.slice(0, 3).join(", ");
  const more = lacking.length > 3 ? ` and ${count(lacking.length - 3)} more` : "";
  return `Not restored, because the journal did not keep ${lacking.length === 1 ? "it" : "them"}: ${named}${more}.`;
}
