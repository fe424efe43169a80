// The style of the browser: the frame of its panes, what stands in them, and the narrow form.
import detail from "./detail.css";
import frame from "./frame.css";
import narrow from "./narrow.css";
import objects from "./objects.css";

export const css = [frame, objects, detail, narrow].join("\n");
