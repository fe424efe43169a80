// The style of the table, room by room.
import bars from "./bars.css";
import dialog from "./dialog.css";
import editor from "./editor.css";
import form from "../../element_form/style.css";
import grid from "./grid.css";
import popover from "./popover.css";

export const css = [bars, grid, editor, popover, form, dialog].join("\n");
