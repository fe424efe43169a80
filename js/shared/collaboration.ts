// A notebook that several people edit together: JupyterLab gives all of them the same kernel and widgets.
import type { AnyModel } from "@anywidget/types";

/** Id of this page; in a notebook that is shared, other pages show the same widgets. */
export const PAGE = crypto.randomUUID();

/** What JupyterLab's widget manager knows of its notebook; other hosts may know nothing. */
interface SharedNotebook {
  collaborative?: boolean;
  sharedModel?: {
    awareness?: { clientID?: number; getLocalState?: () => { user?: { username?: unknown } } | null };
  };
}

function notebookOf(model: AnyModel): SharedNotebook | undefined {
  const { widget_manager: manager } = model as { widget_manager?: { context?: { model?: SharedNotebook } } };
  return manager?.context?.model;
}

/** Return whether others can see and use this widget too. */
export function isShared(model: AnyModel): boolean {
  return notebookOf(model)?.collaborative === true;
}

/** Return the name of the person in front of this page, "" where the notebook is not shared. */
export function personOf(model: AnyModel): string {
  if (!isShared(model)) return "";
  const awareness = notebookOf(model)?.sharedModel?.awareness;
  const name = awareness?.getLocalState?.()?.user?.username;
  return typeof name === "string" && name ? name : String(awareness?.clientID ?? "");
}
