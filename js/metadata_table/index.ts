import type { RenderProps } from "@anywidget/types";
import { TableView } from "./view.ts";
import type { State } from "./wire.ts";

export default {
  render(props: RenderProps<State>): void {
    new TableView(props);
  },
};
