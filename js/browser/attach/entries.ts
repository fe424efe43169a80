// The files that are chosen to be attached, and what becomes of each.
import type { FileOffer, FileSource } from "../wire.ts";

export interface Choice {
  /** Id of the element. */
  element: string;
  /** Class of a new element; '' for an existing one. */
  className: string;
  /** Name in the object. */
  name: string;
}

export interface Entry {
  readonly key: number;
  readonly title: string;
  readonly size: number;
  /** A file of the person's own computer. */
  readonly file?: File;
  /** Where the file is; null while it is being uploaded. */
  source: FileSource | null;
  done: number;
  /** Bytes a second; 0 if not known. */
  rate: number;
  isChecking: boolean;
  stop: AbortController | null;
  problem: string;
  offer: FileOffer | null;
  /** The data file that it is the index of. */
  indexOf: Entry | null;
  choice: Choice | null;
  /** What to do if the object has a file of this name; '' until the person has chosen. */
  answer: "" | "both" | "replace" | "skip";
  /** Whether the person has changed the choice, so that a new offer keeps it. */
  isChosen: boolean;
}

let last = 0;

export function newEntry(title: string, size: number, more: { file?: File; source?: FileSource }): Entry {
  return {
    key: ++last,
    title,
    size,
    ...(more.file ? { file: more.file } : {}),
    source: more.source ?? null,
    done: 0,
    rate: 0,
    isChecking: false,
    stop: null,
    problem: "",
    offer: null,
    indexOf: null,
    choice: null,
    answer: "",
    isChosen: false,
  };
}

export function isSamePlace(entry: Entry, source: FileSource): boolean {
  return entry.source?.kind === source.kind && entry.source.place === source.place;
}

/** Whether an entry is attached with its data file, and not on its own. */
export function isIndex({ indexOf }: Entry): boolean {
  return indexOf !== null;
}

/** The entries that are attached on their own. */
export function toAttach(entries: Entry[]): Entry[] {
  return entries.filter((entry) => !isIndex(entry) && entry.answer !== "skip");
}

/** Why the files cannot be attached yet, or ''. */
export function obstacle(entries: Entry[]): string {
  if (!entries.length) return "No file is chosen.";
  if (entries.some(({ source, problem }) => !source && !problem)) return "Waiting for uploads…";
  if (entries.some(({ problem, offer, answer }) => answer !== "skip" && (problem || offer?.problem))) return "Remove the files with a problem, or retry.";
  if (entries.some(({ offer }) => !offer)) return "Checking the files…";
  if (entries.some(({ offer, answer }) => offer?.taken && !answer)) return "Choose what to do with files of the same name.";
  const chosen = toAttach(entries);
  if (!chosen.length) return "No file is left to attach.";
  if (chosen.some(({ choice }) => !choice?.element.trim())) return "Choose an element for each file.";
  const elements = chosen.map(({ choice }) => choice?.element.trim() ?? "");
  const twice = elements.find((element, place) => elements.indexOf(element) !== place);
  return twice ? `${twice} can have one file only.` : "";
}
