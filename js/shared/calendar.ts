// Date, time and zone beside a text field: what is chosen becomes text, what is typed is shown.
import { button, element } from "./dom.ts";
import { inZone, parseDateTime, offsetAt, formatDateTime, type DateTime } from "./date_time.ts";

export interface CalendarParts {
  /** Name of the field. */
  name: string;
  /** A day alone is to be stored with a time. */
  timed: boolean;
  /** Another moment was chosen. */
  chosen: (text: string) => void;
}

export class Calendar {
  readonly box: HTMLElement;
  readonly day = element("input", { class: "modos-input", attributes: { type: "date", "aria-label": "Date", max: "9999-12-31" } });
  private readonly time = element("input", { class: "modos-input", attributes: { type: "time", step: 1, "aria-label": "Time" } });
  private readonly zone = element("select", { class: "modos-input", attributes: { "aria-label": "Time zone" } });
  private readonly parts: CalendarParts;
  private timed: boolean;

  constructor(parts: CalendarParts) {
    this.parts = parts;
    this.timed = parts.timed;
    const now = button({ label: "Now", press: () => this.take(inZone(new Date(), this.zone.value || "+00:00")) });
    this.box = element(
      "div",
      { class: "modos-calendar", attributes: { role: "group", "aria-label": `${parts.name}: date, time, zone` } },
      this.day,
      this.time,
      this.zone,
      now,
    );
    for (const each of [this.day, this.time, this.zone]) each.addEventListener("input", () => this.changed());
  }

  /** Show the date of a text; a text that is not a date leaves the fields empty. */
  show(text: string): void {
    const found = parseDateTime(text);
    this.timed = this.parts.timed || Boolean(found?.time);
    const here = offsetAt(found ? new Date(`${found.day}T${found.time || "00:00"}`) : new Date());
    const zones = new Map([["+00:00", "UTC"]]);
    zones.set(here, here === "+00:00" ? "UTC (local)" : `${here} (local)`);
    if (found?.zone && !zones.has(found.zone)) zones.set(found.zone, found.zone);
    if (found?.time && !found.zone) zones.set("", "no time zone");
    this.zone.replaceChildren(
      ...[...zones].map(([value, words]) => element("option", { text: words, attributes: { value } })),
    );
    this.day.value = found?.day ?? "";
    this.time.value = found?.time ?? "";
    this.zone.value = found?.time ? found.zone : "+00:00";
  }

  private take(dateTime: DateTime): void {
    const text = formatDateTime(dateTime, true);
    this.show(text);
    this.parts.chosen(text);
  }

  private changed(): void {
    const text = formatDateTime({ day: this.day.value, time: this.time.value, zone: this.zone.value }, this.timed);
    if (text) this.parts.chosen(text);
  }
}
