// What was typed and not added, kept in this page's session: a form offers it again after the kernel restarted.
import { isBlank, type Entry, type Typed } from "./entries.ts";

const PREFIX = "modos-form:";
const MOST_FORMS = 20;
const LONGEST = 64 * 1024; // characters of one form

export interface KeptInput {
  at: number;
  typed: Typed;
}

function storage(): Storage | null {
  try {
    return window.sessionStorage;
  } catch {
    return null; // the host lets no frame store anything
  }
}

function key(object: string, className: string): string {
  return `${PREFIX}${className}:${object}`;
}

/** Keep what is typed; nothing where it is blank or very long. */
export function keepInput(object: string, className: string, typed: Typed): void {
  const place = storage();
  if (!place) return;
  const text = JSON.stringify({ at: Date.now(), typed } satisfies KeptInput);
  if (isBlank(typed) || text.length > LONGEST) {
    forgetInput(object, className);
    return;
  }
  try {
    place.setItem(key(object, className), text);
    prune(place);
  } catch {
    // the store is full: what is typed stays in the form only
  }
}

export function forgetInput(object: string, className: string): void {
  storage()?.removeItem(key(object, className));
}

/** Return what was typed before, or null. */
export function keptInput(object: string, className: string): KeptInput | null {
  return read(storage()?.getItem(key(object, className)) ?? "");
}

function prune(place: Storage): void {
  const keys = Object.keys(place).filter((name) => name.startsWith(PREFIX));
  if (keys.length <= MOST_FORMS) return;
  const ages = keys.map((name) => ({ name, at: read(place.getItem(name) ?? "")?.at ?? 0 }));
  ages.sort((one, other) => other.at - one.at);
  for (const { name } of ages.slice(MOST_FORMS)) place.removeItem(name);
}

/** Read a stored form; anything else that is stored under its name counts as nothing. */
function read(text: string): KeptInput | null {
  try {
    const found = JSON.parse(text) as Partial<KeptInput>;
    const { id = null, group = "", entries = {} } = found.typed ?? {};
    if (typeof found.at !== "number" || !(id === null || typeof id === "string") || typeof group !== "string") return null;
    const listed = Object.entries(entries).map(([field, each]) => [field, (Array.isArray(each) ? each : []).filter(isEntry)]);
    return { at: found.at, typed: { id, group, entries: Object.fromEntries(listed) as Typed["entries"] } };
  } catch {
    return null;
  }
}

function isEntry(found: unknown): found is Entry {
  const { value, label } = (found ?? {}) as Partial<Entry>;
  return typeof value === "string" && typeof label === "string";
}
