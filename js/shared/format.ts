// Numbers and names as people read them.

const COUNT = new Intl.NumberFormat("en");

/** 12345 -> "12,345". */
export function count(value: number): string {
  return COUNT.format(value);
}

/** 1 -> "1 object", 2 -> "2 objects". */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** Bytes -> "310 KiB"; binary units, three significant figures. */
export function size(bytes: number): string {
  if (bytes < 1024) return `${count(bytes)} B`;
  const units = ["KiB", "MiB", "GiB", "TiB", "PiB"];
  let value = bytes;
  let unit = "B";
  for (const next of units) {
    if (value < 1024) break;
    value /= 1024;
    unit = next;
  }
  return `${value >= 10 ? value.toFixed(0) : value.toPrecision(2)} ${unit}`;
}

/** Seconds -> "54 min", "2 h 5 min", "40 s". */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.round(whole / 60)} min`;
  const hours = Math.floor(whole / 3600);
  const minutes = Math.round((whole % 3600) / 60);
  return minutes ? `${hours} h ${minutes} min` : `${hours} h`;
}

/** Cut a long name in the middle: the end often tells names apart. */
export function middle(name: string, most: number): string {
  const letters = Array.from(name);
  if (letters.length <= most) return name;
  const head = Math.ceil((most - 1) / 2);
  const tail = Math.floor((most - 1) / 2);
  return `${letters.slice(0, head).join("")}…${letters.slice(letters.length - tail).join("")}`;
}

/** s3://bucket/smoc/P-0003 -> "P-0003"; the whole path is in the cell's tip. */
export function lastPart(path: string): string {
  return path.replace(/\/+$/, "").split("/").pop() || path;
}

const INVISIBLE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g; // eslint-disable-line no-control-regex

/** Make control and direction characters visible, so that a name cannot pose as another. */
export function visible(name: string): string {
  return name.replace(INVISIBLE, (character) =>
    character === "\n" ? "⏎" : character === "\t" ? "⇥" : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

const FROM_THE_RIGHT = "[\\p{Script=Hebrew}\\p{Script=Arabic}\\p{Script=Syriac}\\p{Script=Thaana}\\p{Script=Nko}\\p{Script=Adlam}]";
const LETTER = "[^\\s“”\"'(),;·]";
const WORD = `${LETTER}*${FROM_THE_RIGHT}(?:${LETTER}*[^\\s“”"'(),;·.:!?…])?`;
const NAMES = new RegExp(`${WORD}(?: +${WORD})*`, "gu");

/** A sentence of ours with names in it: those written from the right are kept from turning the rest around. */
export function sentence(text: string): string {
  return visible(text).replace(NAMES, isolated);
}

/** Facts with a dot between them, each kept from turning the others around. */
export function facts(text: string): string {
  return visible(text)
    .split(" · ")
    .map((each) => (new RegExp(FROM_THE_RIGHT, "u").test(each) ? isolated(each) : each))
    .join(" · ");
}

function isolated(name: string): string {
  return `\u2068${name}\u2069`;
}
