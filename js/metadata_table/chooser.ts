// Which columns are seen: a list to search, tick and move in.
import { button, element } from "../shared/dom.ts";
import { visible } from "../shared/format.ts";
import { openPopover } from "./popover.ts";

export interface Choice {
  id: string;
  name: string;
  shown: boolean;
  fixed: boolean;
  pinned: boolean;
}

export interface ChooserActions {
  show: (ids: string[], shown: boolean) => void;
  pin: (id: string, pinned: boolean) => void;
  move: (id: string, by: number) => void;
  reset: () => void;
  list: () => Choice[];
  closed: () => void;
}

export function openChooser(root: HTMLElement, at: DOMRect, actions: ChooserActions): void {
  openPopover(root, {
    name: "Columns",
    at,
    class: "modos-chooser",
    closed: actions.closed,
    content: (box, close) => {
      const filter = element("input", {
        class: "modos-input",
        attributes: { type: "search", placeholder: "Find a column", "aria-label": "Find a column", "data-first": true },
      });
      const list = element("div", { class: "modos-values", attributes: { role: "group", "aria-label": "Columns" } });
      const draw = (focus?: string): void => {
        list.textContent = "";
        const wanted = filter.value.trim().toLowerCase();
        for (const choice of actions.list()) {
          if (wanted && !choice.name.toLowerCase().includes(wanted)) continue;
          list.append(row(choice, draw, actions));
        }
        if (focus) list.querySelector<HTMLElement>(`[data-key="${CSS.escape(focus)}"]`)?.focus();
      };
      filter.addEventListener("input", () => draw());
      draw();
      const every = (shown: boolean): void => {
        const wanted = filter.value.trim().toLowerCase();
        const ids = actions
          .list()
          .filter((each) => !each.fixed && each.name.toLowerCase().includes(wanted))
          .map((each) => each.id);
        actions.show(ids, shown);
        draw();
      };
      box.append(
        filter,
        list,
        element(
          "div",
          { class: "modos-row-end" },
          button({ label: "Reset", press: () => { actions.reset(); draw(); } }),
          button({ label: "None", press: () => every(false) }),
          button({ label: "All", press: () => every(true) }),
          button({ label: "Done", primary: true, press: close }),
        ),
      );
    },
  });
}

function row(choice: Choice, draw: (focus?: string) => void, actions: ChooserActions): HTMLElement {
  const name = visible(choice.name) || "(no name)";
  const tick = element("input", {
    attributes: { type: "checkbox", disabled: choice.fixed, "data-key": `tick-${choice.id}` },
  });
  tick.checked = choice.shown;
  tick.addEventListener("change", () => actions.show([choice.id], tick.checked));
  const tool = (text: string, label: string, key: string, pressed: boolean | undefined, press: () => void) =>
    element("button", {
      class: "modos-tiny",
      text,
      title: label,
      attributes: {
        type: "button",
        "aria-label": `${label}: ${name}`,
        "aria-pressed": pressed === undefined ? undefined : String(pressed),
        "data-key": `${key}-${choice.id}`,
      },
      on: {
        click: () => {
          press();
          draw(`${key}-${choice.id}`);
        },
      },
    });
  const label = element("label", { class: "modos-value" }, tick, element("span", { class: "modos-value-text", text: name, title: name }));
  return element(
    "div",
    { class: "modos-choice" },
    label,
    ...(choice.fixed
      ? []
      : [
          tool("↑", "Move left", "up", undefined, () => actions.move(choice.id, -1)),
          tool("↓", "Move right", "down", undefined, () => actions.move(choice.id, 1)),
          tool("Pin", "Pin to the left", "pin", choice.pinned, () => actions.pin(choice.id, !choice.pinned)),
        ]),
  );
}
