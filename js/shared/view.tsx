// A widget's view in preact: what its components know of the widget, and of the focus.
import type { AnyModel, Host, RenderProps } from "@anywidget/types";
import { createContext, render, type ComponentChild, type RefObject, type VNode } from "preact";
import { useContext, useLayoutEffect, useReducer, useState } from "preact/hooks";
import { whenGone } from "./kernel.ts";
import { connect, type Channel, type Traits } from "./messages.ts";
import { initRoot } from "./style.ts";
import type { Requests } from "./wire.ts";
import { focusedBeside } from "./dom.ts";

export interface View<S extends Traits = Traits, R = Requests, E = object> {
  model: AnyModel<S>;
  el: HTMLElement;
  signal: AbortSignal;
  host: Host;
  channel: Channel<R, E>;
}

const ViewContext = createContext<View | null>(null);

/** Render a widget's view; it goes with the signal of `props`. */
export function mountView({ model, el, signal, host }: RenderProps, name: string, css: string, content: ComponentChild): void {
  initRoot(el, name, css);
  const view = { model, el, signal, host, channel: connect(model, signal, el) };
  render(withView(view, content), el);
  signal.addEventListener("abort", () => render(null, el));
}

/** Let components know the view, also where they are rendered elsewhere, as in a popover. */
export function withView<S extends Traits, R, E>(view: View<S, R, E>, content: ComponentChild): VNode {
  return <ViewContext.Provider value={view as unknown as View}>{content}</ViewContext.Provider>;
}

/** Return the view that a component belongs to. */
export function useView(): View {
  const view = useContext(ViewContext);
  if (!view) throw new Error("This component is in no view.");
  return view;
}

/** Return the hooks of a widget, typed by its `wire.ts`. */
export function hooksOf<S extends Traits, R, E = object>() {
  return {
    useView: useView as unknown as () => View<S, R, E>,
    /** Return a trait of the widget; the component is drawn again when it changes. */
    useTrait<N extends keyof S & string>(name: N): S[N] {
      const model = useView().model as AnyModel<S>;
      const [, redraw] = useReducer((changes: number) => changes + 1, 0);
      useLayoutEffect(() => {
        const changed = (): void => redraw(undefined);
        model.on(`change:${name}`, changed);
        return () => model.off(`change:${name}`, changed);
      }, [model, name]);
      return model.get(name);
    },
  };
}

/** Return whether the widget's kernel has ended. */
export function useKernelGone(): boolean {
  const { model, signal } = useView();
  const [isGone, setGone] = useState(false);
  useLayoutEffect(() => whenGone(model, signal, () => setGone(true)), [model, signal]);
  return isGone;
}

/** Move the focus on when a redraw removes, hides or disables the control in `ref` that has it. */
export function useNextFocus(ref: RefObject<HTMLElement | null>, next: () => HTMLElement | null | undefined): void {
  const active = focusedBeside(ref.current);
  const held = ref.current?.contains(active) ? active : null;
  useLayoutEffect(() => {
    if (held && (!held.isConnected || held.matches(":disabled, [hidden] *"))) next()?.focus();
  });
}
