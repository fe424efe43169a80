// A small window beside what it belongs to; in the top layer, closed by Escape or a click elsewhere.
import { element } from "../shared/dom.ts";

export interface Popover {
  readonly box: HTMLElement;
  close(): void;
}

export interface PopoverParts {
  name: string;
  at: DOMRect;
  content: (box: HTMLElement, close: () => void) => void;
  closed?: () => void;
  class?: string;
}

let opened: Popover | null = null;

/** Open a popover; one at a time. The focus goes to its first control. */
export function openPopover(root: HTMLElement, parts: PopoverParts): Popover {
  opened?.close();
  const box = element("div", {
    class: `modos-floating modos-popover ${parts.class ?? ""}`.trim(),
    attributes: { role: "dialog", "aria-label": parts.name, popover: "manual", tabindex: -1 },
  });
  const outside = (event: Event): void => {
    if (!event.composedPath().includes(box)) close();
  };
  let open = true;
  const close = (): void => {
    if (!open) return;
    open = false;
    if (opened === popover) opened = null;
    document.removeEventListener("pointerdown", outside, true);
    box.remove();
    parts.closed?.();
  };
  const popover: Popover = { box, close };
  opened = popover;
  parts.content(box, close);
  box.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Escape") {
      event.preventDefault();
      close();
    }
    if (event.key === "Tab") keepWithin(box, event);
  });
  root.append(box);
  box.showPopover?.();
  place(box, parts.at);
  document.addEventListener("pointerdown", outside, true);
  (box.querySelector<HTMLElement>("[data-first]") ?? controls(box)[0] ?? box).focus({ preventScroll: true });
  return popover;
}

export function place(box: HTMLElement, at: DOMRect): void {
  const size = box.getBoundingClientRect();
  const below = at.bottom + size.height + 8 <= window.innerHeight || at.top < size.height + 8;
  const top = below ? at.bottom + 4 : at.top - size.height - 4;
  box.style.left = `${Math.max(4, Math.min(at.left, window.innerWidth - size.width - 4))}px`;
  box.style.top = `${Math.max(4, Math.min(top, window.innerHeight - size.height - 4))}px`;
}

export function controls(box: HTMLElement): HTMLElement[] {
  return [
    ...box.querySelectorAll<HTMLElement>("button, input, select, textarea, a[href], [tabindex='0']"),
  ].filter((each) => !each.hasAttribute("disabled") && each.offsetParent !== null);
}

export function keepWithin(box: HTMLElement, event: KeyboardEvent): void {
  const all = controls(box);
  const edge = event.shiftKey ? all[0] : all[all.length - 1];
  const other = event.shiftKey ? all[all.length - 1] : all[0];
  if (document.activeElement === edge || document.activeElement === box) {
    event.preventDefault();
    other?.focus();
  }
}
