// A widget of its own in a place of the browser.
import type { HTMLAttributes, RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { useView } from "./hooks.ts";
import type { State } from "./wire.ts";

interface WidgetProps extends Omit<HTMLAttributes<HTMLDivElement>, "name" | "class"> {
  /** The trait that refers to it. */
  name: Exclude<keyof State, "_shown" | "_edit" | "height" | "tab" | "view" | "server_files">;
  class?: string;
  "data-mode"?: string;
  "data-foot"?: string;
  "data-page"?: string;
  "data-structure"?: string;
  tag?: "div" | "section";
  /** Holds the element. */
  pane?: RefObject<HTMLElement | null>;
}

/** The widget draws into the element, and may hide it: both are its own from then on. */
export function Widget({ name, tag = "div", pane, ...attributes }: WidgetProps) {
  const { model, host, signal } = useView();
  const own = useRef<HTMLElement>(null);
  const place = (pane ?? own) as RefObject<HTMLDivElement>;
  const Tag = tag as "div";
  useLayoutEffect(() => {
    const stop = new AbortController(); // its view ends with this one, or with this place
    const ended = AbortSignal.any([signal, stop.signal]);
    host.getWidget(model.get(name)).then(
      (child) => {
        if (!ended.aborted && place.current) void child.render({ el: place.current, signal: ended });
      },
      (error: unknown) => {
        if (!ended.aborted) throw error; // else it was closed before it was shown
      },
    );
    return () => stop.abort();
  }, []);
  return <Tag ref={place} {...attributes} />;
}
