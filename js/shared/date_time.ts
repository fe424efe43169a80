// Dates and times as stored, split for date and time fields and joined again.

export interface DateTime {
  /** 2026-11-22 */
  day: string;
  /** 09:30 or 09:30:05; empty for a day alone. */
  time: string;
  /** +01:00; empty where there is none. */
  zone: string;
}

const STORED = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(?:\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/i;

/** Split a stored text; null where it is not a date. */
export function parseDateTime(text: string): DateTime | null {
  const found = STORED.exec(text.trim());
  if (!found) return null;
  const [, day = "", time = "", zone = ""] = found;
  if (Number.isNaN(Date.parse(`${day}T${time || "00:00"}`))) return null;
  return { day, time: time.replace(/:00$/, (end) => (time.length > 5 ? "" : end)), zone: zoneOf(zone) };
}

function zoneOf(text: string): string {
  if (/^z$/i.test(text)) return "+00:00";
  return text.length === 5 ? `${text.slice(0, 3)}:${text.slice(3)}` : text;
}

/** Join the parts as stored; with `timed`, a day alone starts at midnight. */
export function formatDateTime({ day, time, zone }: DateTime, timed: boolean): string {
  if (!day) return "";
  if (!time && !timed) return day;
  const clock = time || "00:00";
  return `${day}T${clock.length === 5 ? `${clock}:00` : clock}${zone}`;
}

/** The offset of this browser's zone at a time: +01:00. */
export function offsetAt(date: Date): string {
  const minutes = -date.getTimezoneOffset();
  const two = (value: number): string => String(Math.trunc(Math.abs(value))).padStart(2, "0");
  return `${minutes < 0 ? "-" : "+"}${two(minutes / 60)}:${two(minutes % 60)}`;
}

/** A time in a zone, to the second. */
export function inZone(date: Date, zone: string): DateTime {
  const [, sign = "+", hours = "0", minutes = "0"] = /^([+-])(\d{2}):(\d{2})$/.exec(zone) ?? [];
  const offset = (Number(hours) * 60 + Number(minutes)) * (sign === "-" ? -1 : 1);
  const [day = "", clock = ""] = new Date(date.getTime() + offset * 60_000).toISOString().split("T");
  return { day, time: clock.slice(0, 8), zone };
}
