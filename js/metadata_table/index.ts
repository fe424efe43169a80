import type { RenderProps } from "@anywidget/types";
import { FootView } from "./foot_view.ts";
import { TableView } from "./view.ts";
import type { State } from "./wire.ts";

export default {
  render(props: RenderProps<State>): void {
    if (props.el.dataset["mode"] === "foot") new FootView(props);
    else new TableView(props);
  },
};
