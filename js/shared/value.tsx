// How a value looks, wherever it is shown: a term by its label with its short address, a date in one format.
import { visible } from "./format.ts";

/** Text of a value -> label and short address, where it is a term. */
export type ValueLabels = Record<string, [string, string]>;

const MOMENT = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2}(?:\.\d+)?))?(Z|[+-]\d{2}:?\d{2})?)?$/;

/** 2026-11-22T09:30:00+01:00 -> "2026-11-22 09:30 +01:00"; midnight is left out where days are allowed. */
export function dateTimeText(text: string, timed = false, exact = false): string {
  const found = MOMENT.exec(text);
  if (!found) return text;
  const [, day = "", time, seconds = "", zone = ""] = found;
  if (time === undefined || (!timed && time === "00:00" && /^(Z|\+00:00)?$/.test(zone))) return day;
  const offset = zone === "Z" || zone === "+00:00" ? " UTC" : zone ? ` ${zone}` : "";
  const rest = exact && Number(seconds) ? `:${seconds}` : "";
  return `${day} ${time}${rest}${offset}`;
}

/** An OBO address without its beginning says the same in fewer letters. */
export function shortUri(text: string): string {
  return visible(text.replace(/^https?:\/\/purl\.obolibrary\.org\/obo\/([A-Za-z]+)_/, "$1:"));
}

interface ValueProps {
  text: string;
  labels?: ValueLabels | undefined;
  /** Element around the value, without its address. */
  tag?: "del" | "ins" | "span";
}

/** A value as people read it, with what is stored in its tip. */
export function Value({ text, labels = {}, tag: Tag = "span" }: ValueProps) {
  const [label, address] = Object.hasOwn(labels, text) ? (labels[text] ?? []) : [];
  if (label && address) {
    return (
      <span title={visible(text)}>
        <Tag>{visible(label)}</Tag> <span class="modos-muted modos-address">{visible(address)}</span>
      </span>
    );
  }
  const read = dateTimeText(text, true, true);
  return <Tag title={read === text ? undefined : visible(text)}>{visible(read)}</Tag>;
}
