// "Show code": what was clicked, as text to copy. One button in every widget's toolbar.
import { copyText } from "./clipboard.ts";
import { button, element, icon } from "./dom.ts";
import { visible } from "./format.ts";
import { Problem, type Channel } from "./messages.ts";

const CODE = "M5.500 4.500L2 8l3.500 3.500M10.500 4.500L14 8l-3.500 3.500";
const COPIED = 1500; // ms that a button says so
const EDGE = 8; // CSS pixels that stay free at the edge of the window

/** A piece of code: its title, its text, and whether it is "python" or "shell". */
export type Piece = [title: string, text: string, language: string];

function copier(title: string, text: string): HTMLButtonElement {
  const copy = button({
    label: "Copy",
    attributes: { "aria-label": `Copy: ${visible(title)}` },
    press: () => {
      void copyText(text).then((done) => {
        copy.textContent = done ? "Copied" : "Not copied";
        window.setTimeout(() => (copy.textContent = "Copy"), COPIED);
      });
    },
  });
  return copy;
}

/** Each piece with its title and a button that copies it. */
export function codePieces(pieces: Piece[]): HTMLElement[] {
  return pieces.map(([title, text, language]) =>
    element(
      "section",
      { class: "modos-piece" },
      element(
        "div",
        { class: "modos-piece-head" },
        element("span", { class: "modos-piece-title", text: visible(title) }),
        copier(title, text),
      ),
      element("pre", {
        class: "modos-piece-text",
        text,
        attributes: { tabindex: 0, role: "region", "aria-label": visible(title), "data-language": language },
      }),
    ),
  );
}

/** The button that shows the code of a widget; it comes last in the widget's toolbar. */
export function codeButton(root: HTMLElement, channel: Channel): HTMLButtonElement {
  const anchor = element(
    "button",
    {
      class: "modos-tool modos-code-button",
      title: "Show code",
      attributes: { type: "button", "aria-label": "Show code", "aria-haspopup": "dialog", "aria-expanded": "false" },
    },
    icon(CODE),
  );
  let close: ((refocus?: boolean) => void) | null = null;
  anchor.addEventListener("click", () => {
    if (close) close();
    else close = open(root, anchor, channel, () => (close = null));
  });
  return anchor;
}

function open(root: HTMLElement, anchor: HTMLElement, channel: Channel, closed: () => void): (refocus?: boolean) => void {
  const body = element("div", { class: "modos-pieces", text: "Writing it down…", attributes: { "aria-live": "polite" } });
  const shut = button({ label: "Close", press: () => close() });
  const box = element(
    "div",
    { class: "modos-floating modos-code-box", attributes: { role: "dialog", "aria-label": "Code", popover: "manual", tabindex: -1 } },
    element("div", { class: "modos-piece-head" }, element("strong", { class: "modos-piece-title", text: "The same in code" }), shut),
    body,
  );
  const stopped = new AbortController();
  const outside = (event: Event): void => {
    const path = event.composedPath();
    if (!path.includes(box) && !path.includes(anchor)) close(false);
  };
  const close = (refocus = true): void => {
    if (stopped.signal.aborted) return;
    stopped.abort();
    document.removeEventListener("pointerdown", outside, true);
    window.removeEventListener("resize", place);
    box.remove();
    anchor.setAttribute("aria-expanded", "false");
    if (refocus) anchor.focus();
    closed();
  };
  const place = (): void => {
    const at = anchor.getBoundingClientRect();
    const size = box.getBoundingClientRect();
    const most = window.innerHeight - EDGE - size.height;
    box.style.left = `${Math.max(EDGE, Math.min(at.right - size.width, window.innerWidth - EDGE - size.width))}px`;
    box.style.top = `${Math.max(EDGE, Math.min(at.bottom + 4, most))}px`;
  };
  box.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Escape") {
      event.preventDefault();
      close();
    } else if (event.key === "Tab") keepInside(box, event);
  });
  anchor.setAttribute("aria-expanded", "true");
  root.append(box);
  box.showPopover?.();
  place();
  shut.focus({ preventScroll: true });
  document.addEventListener("pointerdown", outside, true);
  window.addEventListener("resize", place);
  channel
    .request<{ pieces: Piece[] }>("show code", {}, { signal: stopped.signal })
    .then(
      ({ payload }) => {
        const none = "There is nothing to write down yet: choose something first.";
        body.replaceChildren(...(payload.pieces.length ? codePieces(payload.pieces) : [none]));
        if (document.activeElement === shut) body.querySelector("button")?.focus({ preventScroll: true });
      },
      (problem: unknown) => {
        if (problem instanceof Problem) body.textContent = visible(`${problem.message} ${problem.hint}`.trim());
      },
    )
    .finally(() => place());
  return close;
}

/** The focus goes round within the box. */
function keepInside(box: HTMLElement, event: KeyboardEvent): void {
  const stops = [...box.querySelectorAll<HTMLElement>("button, [tabindex='0']")];
  const edge = event.shiftKey ? stops[0] : stops[stops.length - 1];
  const next = event.shiftKey ? stops[stops.length - 1] : stops[0];
  if (document.activeElement !== edge && document.activeElement !== box) return;
  event.preventDefault();
  next?.focus();
}
