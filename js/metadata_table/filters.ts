// The filter of one column: what its cells have to be, or a choice of its values.
import { button, element } from "../shared/dom.ts";
import { count, counted, visible } from "../shared/format.ts";
import { Problem, type Channel } from "../shared/messages.ts";
import { reading } from "./cells.ts";
import { openPopover } from "./popover.ts";
import type { Column, Condition } from "./types.ts";

const TEXT: [string, string][] = [
  ["contains", "contains"],
  ["not_contains", "does not contain"],
  ["equals", "is"],
  ["not_equals", "is not"],
  ["starts", "begins with"],
  ["empty", "is empty"],
  ["filled", "is not empty"],
];
const ORDERED: [string, string][] = [
  ["between", "between"],
  ["greater", "at least"],
  ["less", "at most"],
  ...TEXT.slice(2, 4),
  ...TEXT.slice(5),
];

const MOMENTS: [string, string][] = [
  ["between", "between"],
  ["greater", "from"],
  ["less", "until"],
  ["starts", "on"],
  ...TEXT.slice(5),
];
const DAY = /^\d{4}-\d{2}-\d{2}$/;

interface Values {
  values: [string, number][];
  count: number;
  labels: Record<string, string>;
}

/** Say a condition in few words. */
export function inWords(condition: Condition, kind = ""): string {
  const parts: string[] = [];
  const operator = [...(kind === "moment" ? MOMENTS : []), ...ORDERED, ...TEXT].find(([key]) => key === condition.operator)?.[1];
  if (condition.operator !== "any" && operator) {
    parts.push([operator, condition.text, condition.to && `and ${condition.to}`].filter(Boolean).join(" "));
  }
  if (condition.values) parts.push(counted(condition.values.length, "value"));
  return parts.join(", ");
}

export function openFilter(
  root: HTMLElement,
  channel: Channel,
  column: Column,
  now: Condition | undefined,
  at: DOMRect,
  apply: (condition: Condition | null) => void,
  closed: () => void,
): void {
  const moment = column.kind === "moment";
  const choices = moment ? MOMENTS : column.kind === "number" ? ORDERED : TEXT;
  openPopover(root, {
    name: `Filter ${column.name}`,
    at,
    class: "modos-filter-box",
    closed,
    content: (box, close) => {
      const operator = element("select", { class: "modos-input", attributes: { "aria-label": "Condition" } });
      for (const [value, label] of choices) {
        operator.append(element("option", { text: label, attributes: { value } }));
      }
      operator.value = now && now.operator !== "any" ? now.operator : (choices[0]?.[0] ?? "contains");
      // a day is chosen; a moment that was asked for in Python stays as it is
      const days = moment && [now?.text, now?.to].every((text) => !text || DAY.test(text));
      const type = days ? "date" : "text";
      const text = element("input", {
        class: "modos-input",
        attributes: { "aria-label": "Value", "data-first": true, type, value: now?.text ?? "" },
      });
      const to = element("input", {
        class: "modos-input",
        attributes: { "aria-label": "Up to", placeholder: "up to", type, value: now?.to ?? "" },
      });
      const fit = (): void => {
        text.hidden = ["empty", "filled"].includes(operator.value);
        to.hidden = operator.value !== "between";
      };
      operator.addEventListener("change", fit);
      fit();

      const chosen = new Set(now?.values ?? []);
      const list = element("div", {
        class: "modos-values",
        attributes: { role: "group", "aria-label": "Values", tabindex: "0" },
      });
      const foot = element("div", { class: "modos-muted", text: "Counting values…" });
      void channel
        .request<Values>("values", { column: column.id })
        .then(({ payload }) => {
          const labels = new Map(Object.entries(payload.labels));
          for (const [value, times] of payload.values) {
            const tick = element("input", { attributes: { type: "checkbox" } });
            tick.checked = chosen.has(value);
            tick.addEventListener("change", () => {
              if (tick.checked) chosen.add(value);
              else chosen.delete(value);
            });
            list.append(
              element(
                "label",
                { class: "modos-value" },
                tick,
                element("span", {
                  class: value ? "modos-value-text" : "modos-value-text modos-muted",
                  text: value ? reading(value, column, labels) : "(empty)",
                  title: visible(value),
                }),
                element("span", { class: "modos-muted", text: count(times) }),
              ),
            );
          }
          const left = payload.count - payload.values.length;
          foot.textContent = left > 0 ? `and ${counted(left, "rarer value")}` : counted(payload.count, "value");
        })
        .catch((error: unknown) => {
          foot.textContent = error instanceof Problem ? error.message : "";
        });

      const done = (): void => {
        const bare = ["empty", "filled"].includes(operator.value);
        const says = bare || text.value !== "" || (operator.value === "between" && to.value !== "");
        const condition: Condition = { operator: says ? operator.value : "any" };
        if (says && !bare) condition.text = text.value;
        if (says && operator.value === "between") condition.to = to.value;
        if (chosen.size) condition.values = [...chosen];
        close();
        apply(says || chosen.size ? condition : null);
      };
      box.addEventListener("keydown", (event) => {
        if (event.key === "Enter" && !(event.target instanceof HTMLButtonElement)) {
          event.preventDefault();
          done();
        }
      });
      box.append(
        element("strong", { text: visible(column.name) }),
        operator,
        text,
        to,
        list,
        foot,
        element(
          "div",
          { class: "modos-row-end" },
          button({
            label: "Clear",
            press: () => {
              close();
              apply(null);
            },
          }),
          button({ label: "Apply", primary: true, press: done }),
        ),
      );
    },
  });
}
