// How the services of an endpoint are, as dots and as a table.
import { element } from "../shared/dom.ts";
import { visible } from "../shared/format.ts";
import { health, latency, login, state, type Service } from "./words.ts";

// name, width and class of the columns; the last is left out where it is narrow
const COLUMNS = [
  ["Service", "72px", ""],
  ["State", "", ""],
  ["Answer", "72px", "modos-number"],
  ["Login", "88px", ""],
  ["Version", "132px", "modos-extra"],
] as const;

export function hint(text: string): HTMLElement {
  return element("div", { class: "modos-muted", text });
}

/** A mark in the colour of a service's health, and words beside it. */
export function dot(service: Service, words: string, title = ""): HTMLElement {
  return element(
    "span",
    { class: "modos-dot", title: visible(title) },
    element("span", { class: `modos-mark modos-is-${health(service)}`, attributes: { "aria-hidden": "true" } }),
    element("span", { text: visible(words) }),
  );
}

/** The table, or what stands there without one. */
export function servicesTable(services: Service[], checking: boolean): HTMLElement[] {
  if (!services.length) return [hint(checking ? "Asking the services how they are…" : "No endpoint is chosen.")];
  const widths = COLUMNS.map(([, width, name]) =>
    element("col", { class: name, attributes: { style: width && `width:${width}` } }),
  );
  const heads = COLUMNS.map(([text, , name]) => element("th", { text, class: name, attributes: { scope: "col" } }));
  const table = element(
    "table",
    { class: "modos-health", attributes: { "aria-label": "Services" } },
    element("colgroup", {}, ...widths),
    element("thead", {}, element("tr", {}, ...heads)),
    element("tbody", {}, ...services.map(row)),
  );
  return checking ? [table, hint("Waiting for the others…")] : [table];
}

function row(service: Service): HTMLElement {
  const name = element("th", { text: visible(service.word), attributes: { scope: "row" } });
  return element("tr", { title: visible(service.url) }, name, ...cells(service));
}

function cells(service: Service): HTMLElement[] {
  const words = state(service);
  const mark = dot(service, words);
  if (health(service) === "bad") { // its reason takes the whole row
    const attributes = { colspan: COLUMNS.length - 1 };
    return [element("td", { class: "modos-whole", title: visible(words), attributes }, mark)];
  }
  const others = [latency(service.milliseconds), login(service), service.version ?? ""].map((text, place) =>
    element("td", { text: visible(text), class: COLUMNS[place + 2]?.[2] ?? "", title: visible(text) }),
  );
  return [element("td", { title: visible(words) }, mark), ...others];
}
