// The style of the browser: the frame of its panes, their content, and the forms for less width.
import attach from "./attach.css";
import detail from "./detail.css";
import fileView from "./file_view.css";
import hints from "./hints.css";
import frame from "./frame.css";
import medium from "./medium.css";
import narrow from "./narrow.css";
import objects from "./objects.css";

export const css = [frame, hints, objects, detail, attach, fileView, medium, narrow].join("\n");
