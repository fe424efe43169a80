// Requests that change the draft, and what is told of their results.
import { counted, visible } from "../shared/format.ts";
import type { AnswerOf, Arguments, PayloadOf } from "../shared/messages.ts";
import type { ChangeName, TableContext } from "./context.ts";
import type { EditAnswer, Requests, UndoAnswer } from "./wire.ts";

/** Request a change of the draft, and show its result. */
export async function requestChange<N extends ChangeName>(
  table: TableContext,
  name: N,
  payload: Omit<PayloadOf<Requests, N>, "shape">,
): Promise<AnswerOf<Requests, N> | null> {
  const request = { ...payload, shape: table.head.shape };
  const answer = await table.ask(name, ...([request] as unknown as Arguments<Requests, N>));
  if (!answer) return null;
  const words = resultWords(answer);
  if (words) table.tell(words);
  return answer;
}

function resultWords(answer: Partial<EditAnswer> | Partial<UndoAnswer & Omit<EditAnswer, "done">>): string {
  const { done, refused = 0, lost = 0, foreign = {}, header } = answer;
  const words = [];
  if (typeof done === "number") words.push(`${counted(done, "cell")} changed`);
  if (header) words.push("the first row, with the column names, was not pasted");
  if (refused) words.push(`${counted(refused, "id cell")} cannot be edited`);
  for (const [name, cells] of Object.entries(foreign)) {
    words.push(`${counted(cells, "cell does", "cells do")} not apply to ${visible(name)}`);
  }
  if (lost) words.push(`${counted(lost, "cell")} did not fit and ${lost === 1 ? "was" : "were"} left out`);
  return words.join("; ");
}
