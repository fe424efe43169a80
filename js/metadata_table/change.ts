// Requests that change the draft, and what is told of their results.
import { counted, visible } from "../shared/format.ts";
import type { AnswerOf, Arguments } from "../shared/messages.ts";
import type { Asked, AskedRequests, ChangeName, MessageAction, TableContext } from "./context.ts";
import type { EditAnswer, Requests, UndoAnswer } from "./wire.ts";

/** Request a change of the draft, and show its result. */
export async function requestChange<N extends ChangeName>(
  table: TableContext,
  name: N,
  payload: Omit<Asked<N>, "shape">,
  offer?: (answer: AnswerOf<Requests, N>) => MessageAction | null,
): Promise<AnswerOf<Requests, N> | null> {
  const request = { ...payload, shape: table.head.shape };
  const answer = await table.ask(name, ...([request] as unknown as Arguments<AskedRequests, N>));
  if (!answer) {
    table.outdated();
    return null;
  }
  const words = resultWords(answer);
  if (words) table.tell(words, offer?.(answer) ?? null);
  return answer;
}

function resultWords(answer: Partial<EditAnswer> | Partial<UndoAnswer & Omit<EditAnswer, "done">>): string {
  const { done, refused = 0, lost = 0, foreign = {}, header } = answer;
  const { added = 0, ignored = [], matched, missing = [], missing_count = 0 } = answer;
  const words = [];
  if (added) words.push(`${counted(added, "row")} added`);
  if (matched !== undefined) words.push(`${counted(matched, "row")} found by id`);
  if (typeof done === "number") words.push(`${counted(done, "cell")} changed`);
  if (missing_count) {
    const names = missing.map(visible).join(", ") + (missing_count > missing.length ? ", …" : "");
    words.push(`${counted(missing_count, "id is", "ids are")} not in this table: ${names}`);
  }
  if (ignored.length) words.push(`no column ${ignored.map(visible).join(", ")}`);
  if (header) words.push("the first row, with the column names, was not pasted");
  if (refused) words.push(`${counted(refused, "id cell")} cannot be edited`);
  for (const [name, cells] of Object.entries(foreign)) {
    words.push(`${counted(cells, "cell does", "cells do")} not apply to ${visible(name)}`);
  }
  if (lost) words.push(`${counted(lost, "cell")} did not fit and ${lost === 1 ? "was" : "were"} left out`);
  return words.join("; ");
}
