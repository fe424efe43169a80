// Another widget in a place of a view.
import type { HTMLAttributes, RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { useView } from "./view.tsx";

export interface ChildWidgetProps extends Omit<HTMLAttributes<HTMLDivElement>, "class"> {
  /** What the trait of the widget around it holds; another one needs another `key`. */
  reference: string;
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
export function ChildWidget({ reference, tag = "div", pane, ...attributes }: ChildWidgetProps) {
  const { host, signal } = useView();
  const own = useRef<HTMLElement>(null);
  const place = (pane ?? own) as RefObject<HTMLDivElement>;
  const Tag = tag as "div";
  useLayoutEffect(() => {
    const stop = new AbortController(); // its view ends with this one, or with this place
    const ended = AbortSignal.any([signal, stop.signal]);
    host.getWidget(reference).then(
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
