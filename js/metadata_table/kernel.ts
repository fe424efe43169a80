// The kernel that holds the data can end; JupyterLab says so at the widget's model.
import type { AnyModel } from "@anywidget/types";

const DISCONNECTED = ".jupyter-widgets-disconnected";

/** Call `gone` once the widget has lost its kernel; hosts that do not say so never call. */
export function whenGone(model: AnyModel, el: HTMLElement, signal: AbortSignal, gone: () => void): void {
  let told = false;
  const look = (): void => {
    // the class is put on after the event
    queueMicrotask(() => {
      if (told || signal.aborted || !el.closest(DISCONNECTED)) return;
      told = true;
      gone();
    });
  };
  model.on("comm_live_update", look);
  signal.addEventListener("abort", () => model.off("comm_live_update", look));
}
