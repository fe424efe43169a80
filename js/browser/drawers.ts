// Which drawer is open where the browser is too narrow for three panes, and how it opens and closes.
import type { RefObject } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

export type Drawer = "objects" | "tree";
/** From wide to narrow: three panes, drawers, one below the other. */
export type Form = "wide" | "medium" | "narrow";

const MEDIUM = 1000; // pixels below which list and tree are drawers
const NARROW = 640; // pixels below which the panes stack

/** The form for the width that the browser has in its page. */
export function useForm(el: HTMLElement, signal: AbortSignal): Form {
  const [form, setForm] = useState<Form>(() => formFor(el.clientWidth));
  useLayoutEffect(() => {
    const observer = new ResizeObserver(([entry]) => entry && setForm(formFor(entry.contentRect.width)));
    observer.observe(el);
    signal.addEventListener("abort", () => observer.disconnect());
  }, [el, signal]);
  useLayoutEffect(() => {
    for (const each of ["wide", "medium", "narrow"]) el.classList.toggle(`modos-${each}`, each === form);
  }, [el, form]);
  return form;
}

function formFor(width: number): Form {
  if (!width || width >= MEDIUM) return "wide"; // not shown yet
  return width < NARROW ? "narrow" : "medium";
}

export interface Drawers {
  opened: Drawer | null;
  toggle: (drawer: Drawer, button: HTMLElement) => void;
  /** Close the open drawer; the focus returns to its button. */
  close: (refocus?: boolean) => void;
}

/** Drawers open one at a time; Escape, a press outside and Tab out of them close them. */
export function useDrawers(isOn: boolean, panes: Record<Drawer, RefObject<HTMLElement | null>>): Drawers {
  const [opened, setOpened] = useState<Drawer | null>(null);
  const button = useRef<HTMLElement | null>(null);
  const close = (refocus = true): void => {
    setOpened(null);
    if (refocus) button.current?.focus({ preventScroll: true });
  };
  useLayoutEffect(() => {
    if (!isOn) setOpened(null);
  }, [isOn]);
  useLayoutEffect(() => {
    const pane = opened && panes[opened].current;
    if (!pane) return;
    pane.querySelector<HTMLElement>("input")?.focus({ preventScroll: true });
    const isInside = (target: EventTarget | null | undefined, path: EventTarget[] = []): boolean =>
      path.includes(pane) || (target instanceof Node && pane.contains(target));
    const outside = (event: Event): void => {
      const path = event.composedPath();
      if (!isInside(event.target, path) && !(button.current && path.includes(button.current))) close(false);
    };
    const key = (event: KeyboardEvent): void => {
      if (event.key !== "Escape" || event.defaultPrevented) return;
      event.preventDefault();
      close();
    };
    const left = ({ relatedTarget }: FocusEvent): void => {
      if (relatedTarget && !isInside(relatedTarget)) close(false);
    };
    document.addEventListener("pointerdown", outside, true);
    pane.addEventListener("keydown", key);
    pane.addEventListener("focusout", left);
    return () => {
      document.removeEventListener("pointerdown", outside, true);
      pane.removeEventListener("keydown", key);
      pane.removeEventListener("focusout", left);
    };
  }, [opened]);
  return {
    opened,
    close,
    toggle: (drawer, pressed) => {
      button.current = pressed;
      if (opened === drawer) close();
      else setOpened(drawer);
    },
  };
}
