// A sheet below a button, in the top layer; closes on Escape and when the focus leaves it.
import { element } from "../shared/dom.ts";

export interface Sheet {
  el: HTMLElement;
  anchor: HTMLElement;
  place: () => void;
  close: () => void;
}

export function openSheet(
  root: HTMLElement,
  anchor: HTMLElement,
  name: string,
  parts: HTMLElement[],
  closed: () => void,
): Sheet {
  const el = element(
    "div",
    { class: "modos-sheet", attributes: { role: "dialog", "aria-label": name, popover: "manual", tabindex: -1 } },
    ...parts,
  );
  let open = true;
  const outside = (event: Event): void => {
    const path = event.composedPath();
    if (!path.includes(el) && !path.includes(anchor)) close(false);
  };
  const close = (refocus = true): void => {
    if (!open) return;
    open = false;
    document.removeEventListener("pointerdown", outside, true);
    window.removeEventListener("resize", place);
    el.remove();
    if (refocus) anchor.focus();
    closed();
  };
  const place = (): void => {
    const at = anchor.getBoundingClientRect();
    const box = el.getBoundingClientRect();
    const below = at.bottom + 4;
    const top = below + box.height > window.innerHeight - 8 ? Math.max(8, window.innerHeight - box.height - 8) : below;
    el.style.left = `${Math.max(8, Math.min(at.left, window.innerWidth - box.width - 8))}px`;
    el.style.top = `${top}px`;
  };
  el.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      close();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const rows = [...el.querySelectorAll<HTMLElement>(".modos-option")].filter((row) => row.offsetParent !== null);
      const now = rows.indexOf(document.activeElement as HTMLElement);
      if (now < 0) return;
      event.preventDefault();
      rows[Math.max(0, Math.min(rows.length - 1, now + (event.key === "ArrowDown" ? 1 : -1)))]?.focus();
    }
  });
  el.addEventListener("focusout", (event) => {
    const next = event.relatedTarget as Node | null;
    if (next && !el.contains(next) && next !== anchor) close(false);
  });
  document.addEventListener("pointerdown", outside, true);
  window.addEventListener("resize", place);
  root.append(el);
  el.showPopover?.();
  place();
  return { el, anchor, place, close: () => close() };
}
