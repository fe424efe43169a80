// One line that says what went wrong and what to do next.
import { button, element } from "./dom.ts";
import { visible } from "./format.ts";
import type { Problem } from "./messages.ts";

/** The line of a problem, with a button that tries again where that may help. */
export function problemLine({ message, hint }: Problem, again?: () => void): HTMLElement {
  const line = element(
    "div",
    { class: "modos-problem", attributes: { role: "alert" } },
    element("span", {}, element("strong", { text: visible(message) }), ` ${visible(hint)}`),
  );
  if (again) line.append(button({ label: "Try again", press: again }));
  return line;
}
