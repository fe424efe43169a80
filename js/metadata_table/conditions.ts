// The conditions of a filter, in words.
import { counted } from "../shared/format.ts";
import type { Condition } from "./wire.ts";

type Choices = [operator: string, words: string][];

const TEXT: Choices = [
  ["contains", "contains"],
  ["not_contains", "does not contain"],
  ["equals", "is"],
  ["not_equals", "is not"],
  ["starts", "begins with"],
  ["empty", "is empty"],
  ["filled", "is not empty"],
];
const ORDERED: Choices = [
  ["between", "between"],
  ["greater", "at least"],
  ["less", "at most"],
  ...TEXT.slice(2, 4),
  ...TEXT.slice(5),
];

const MOMENTS: Choices = [
  ["between", "between"],
  ["greater", "from"],
  ["less", "until"],
  ["starts", "on"],
  ...TEXT.slice(5),
];

/** Return the operators for a kind of column. */
export function choicesFor(kind: string): Choices {
  return kind === "moment" ? MOMENTS : kind === "number" ? ORDERED : TEXT;
}

/** Whether an operator needs no value. */
export function isBare(operator: string): boolean {
  return operator === "empty" || operator === "filled";
}

/** Return a condition in few words. */
export function inWords(condition: Condition, kind = ""): string {
  const parts: string[] = [];
  const operator = [...(kind === "moment" ? MOMENTS : []), ...ORDERED, ...TEXT].find(([key]) => key === condition.operator)?.[1];
  if (condition.operator !== "any" && operator) {
    parts.push([operator, condition.text, condition.to && `and ${condition.to}`].filter(Boolean).join(" "));
  }
  if (condition.values) parts.push(counted(condition.values.length, "value"));
  return parts.join(", ");
}
