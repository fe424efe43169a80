// Boxes that float above a widget: in the top layer, beside an anchor, within the window.
import { autoUpdate, computePosition, flip, offset, shift, type Placement } from "@floating-ui/dom";
import { render, type ComponentChild } from "preact";
import { element, focusedBeside } from "./dom.ts";

/** What a box stands beside; a rectangle stays where it is, an element is followed. */
export type Anchor = Element | DOMRect;

export interface FloatOptions {
  placement?: Placement;
  /** CSS pixels between the anchor and the box. */
  gap?: number;
  /** CSS pixels along the anchor's edge. */
  along?: number;
  /** CSS pixels that stay free at the edge of the window. */
  edge?: number;
  /** Whether the box may go to the other side of the anchor; it lies over the anchor else. */
  flips?: boolean;
}

/** Show a popover beside its anchor, and keep it there until the returned function hides it. */
export function float(
  box: HTMLElement,
  anchor: Anchor,
  { placement = "bottom-start", gap = 4, along = 0, edge = 4, flips = true }: FloatOptions = {},
): () => void {
  box.showPopover?.();
  const reference = anchor instanceof Element ? anchor : { getBoundingClientRect: () => anchor };
  const middleware = [
    offset({ mainAxis: gap, crossAxis: along }),
    flips && flip({ padding: edge, crossAxis: false, fallbackStrategy: "initialPlacement" }),
    shift({ padding: edge, crossAxis: true }),
  ];
  const stop = autoUpdate(reference, box, () => {
    void computePosition(reference, box, { strategy: "fixed", placement, middleware }).then(({ x, y }) => {
      box.style.left = `${x}px`;
      box.style.top = `${y}px`;
    });
  });
  return () => {
    stop();
    if (box.matches(":popover-open")) box.hidePopover();
  };
}

export interface Popover {
  readonly box: HTMLElement;
  close: () => void;
}

export interface PopoverParts extends FloatOptions {
  name: string;
  /** A button shows that its popover is open, closes it, and gets the focus back. */
  anchor: Anchor;
  class?: string;
  content: (popover: Popover) => ComponentChild;
  closed?: () => void;
  /** Tab leaves the popover and closes it; it goes round within else. */
  leaves?: boolean;
}

let opened: (Popover & { anchor: Anchor }) | null = null;

/** Open a popover, or close it where its button opened it; one at a time. The focus goes to its first control. */
export function openPopover(root: HTMLElement, parts: PopoverParts): Popover | null {
  const { anchor, name, closed, leaves = false } = parts;
  const own = opened?.anchor === anchor;
  opened?.close();
  if (own) return null;
  const button = anchor instanceof HTMLButtonElement ? anchor : null;
  const box = element("div", {
    class: `modos-floating ${parts.class ?? "modos-popover"}`,
    attributes: { role: "dialog", "aria-label": name, popover: "manual", tabindex: -1 },
  });
  const outside = (event: Event): void => {
    const path = event.composedPath();
    if (!path.includes(box) && !(button && path.includes(button))) close(false);
  };
  const close = (refocus = true): void => {
    if (opened !== popover) return;
    opened = null;
    document.removeEventListener("pointerdown", outside, true);
    hide();
    render(null, box);
    box.remove();
    button?.setAttribute("aria-expanded", "false");
    if (refocus) button?.focus({ preventScroll: true });
    closed?.();
  };
  const popover = { box, anchor, close: () => close() };
  opened = popover;
  button?.setAttribute("aria-expanded", "true");
  render(parts.content(popover), box);
  box.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Escape") {
      event.preventDefault();
      close();
    } else if (event.key === "Tab" && !leaves) keepWithin(box, event);
  });
  box.addEventListener("focusout", ({ relatedTarget }) => {
    const next = relatedTarget as Node | null;
    if (leaves && next && !box.contains(next) && next !== anchor) close(false);
  });
  root.append(box);
  const hide = float(box, anchor, parts);
  document.addEventListener("pointerdown", outside, true);
  (box.querySelector<HTMLElement>("[data-first]") ?? controls(box)[0] ?? box).focus({ preventScroll: true });
  return popover;
}

function controls(box: HTMLElement): HTMLElement[] {
  return [
    ...box.querySelectorAll<HTMLElement>("button, input, select, textarea, a[href], [tabindex='0']"),
  ].filter((each) => !each.hasAttribute("disabled") && each.offsetParent !== null);
}

function keepWithin(box: HTMLElement, event: KeyboardEvent): void {
  const all = controls(box);
  const edge = event.shiftKey ? all[0] : all[all.length - 1];
  const other = event.shiftKey ? all[all.length - 1] : all[0];
  const active = focusedBeside(box);
  if (active !== edge && active !== box) return;
  event.preventDefault();
  other?.focus();
}
