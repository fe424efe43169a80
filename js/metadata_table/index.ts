import type { RenderProps } from "@anywidget/types";
import { TableView } from "./view.ts";

export default {
  render(props: RenderProps): void {
    new TableView(props);
  },
};
