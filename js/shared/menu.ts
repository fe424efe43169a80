// A menu for mouse and keyboard, beside what it belongs to.
import { folded } from "./fold.ts";
import { element, focusedBeside } from "./dom.ts";
import { float, type Anchor, type FloatOptions } from "./floating.ts";

export interface MenuItem {
  label: string;
  /** The key that does the same, in words. */
  hint?: string;
  disabled?: boolean;
  /** A line above it. */
  apart?: boolean;
  press: () => void;
}

/** Open a menu; it closes after a choice, on Escape, Tab, or when the focus leaves it. */
export function openMenu(
  root: HTMLElement,
  name: string,
  anchor: Anchor,
  items: MenuItem[],
  closed: () => void,
  options: FloatOptions = { gap: 0, flips: false },
): void {
  const menu = element("div", {
    class: "modos-floating modos-menu",
    attributes: { role: "menu", "aria-label": name, popover: "manual", tabindex: -1 },
  });
  let open = true;
  const close = (): void => {
    if (!open) return;
    open = false;
    hide();
    menu.remove();
    closed();
  };
  const entries = items.map((item) => {
    const entry = element("div", {
      class: `modos-menu-item${item.apart ? " modos-apart" : ""}`,
      attributes: { role: "menuitem", tabindex: -1, "aria-disabled": item.disabled ? "true" : undefined },
    });
    entry.append(element("span", { text: item.label }));
    if (item.hint) entry.append(element("span", { class: "modos-muted", text: item.hint }));
    const choose = (): void => {
      if (item.disabled) return;
      close();
      item.press();
    };
    entry.addEventListener("click", choose);
    entry.addEventListener("pointermove", () => entry.focus({ preventScroll: true }));
    entry.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      choose();
    });
    return entry;
  });
  menu.append(...entries);
  menu.addEventListener("keydown", (event) => {
    const now = entries.indexOf(focusedBeside(menu) as HTMLDivElement);
    const focus = (place: number): void => {
      event.preventDefault();
      entries[(place + entries.length) % entries.length]?.focus({ preventScroll: true });
    };
    if (event.key === "ArrowDown") focus(now + 1);
    else if (event.key === "ArrowUp") focus(now <= 0 ? entries.length - 1 : now - 1);
    else if (event.key === "Home") focus(0);
    else if (event.key === "End") focus(entries.length - 1);
    else if (event.key === "Escape" || event.key === "Tab") {
      event.preventDefault();
      close();
    } else if (event.key.length === 1 && event.key !== " ") {
      const letter = folded(event.key);
      const order = [...entries.slice(now + 1), ...entries.slice(0, now + 1)];
      order.find((each) => folded(each.textContent ?? "").startsWith(letter))?.focus();
    }
    event.stopPropagation();
  });
  menu.addEventListener("contextmenu", (event) => event.preventDefault());
  menu.addEventListener("focusout", (event) => {
    if (!menu.contains(event.relatedTarget as Node | null)) close();
  });
  root.append(menu);
  const hide = float(menu, anchor, options);
  entries[0]?.focus({ preventScroll: true });
}
