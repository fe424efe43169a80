// A widget of its own in a place of the browser.
import { ChildWidget, type ChildWidgetProps } from "../shared/child_widget.tsx";
import { useView } from "./hooks.ts";
import type { State } from "./wire.ts";

interface WidgetProps extends Omit<ChildWidgetProps, "reference" | "name"> {
  /** The trait that refers to it. */
  name: Exclude<keyof State, "_shown" | "_edit" | "height" | "tab" | "view" | "server_files">;
}

export function Widget({ name, ...attributes }: WidgetProps) {
  const { model } = useView();
  return <ChildWidget reference={model.get(name)} {...attributes} />;
}
