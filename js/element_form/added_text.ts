// What was added, in words.
import { counted, sentence } from "../shared/format.ts";

/** "Added sample/s1." or "Added 24 elements: sample/s01 and 23 more." */
export function addedText(element: string, total = 1): string {
  if (total === 1) return sentence(`Added ${element}.`);
  return sentence(`Added ${counted(total, "element")}: ${element} and ${total - 1} more.`);
}
