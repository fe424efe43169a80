// The kernel that holds the data can end; JupyterLab says at the widget's model that its comm changed.
import type { AnyModel } from "@anywidget/types";

/** Call `gone` once the widget has lost its kernel; hosts that do not say so never call. */
export function whenGone(model: AnyModel, signal: AbortSignal, gone: () => void): void {
  let told = false;
  const look = (): void => {
    window.setTimeout(() => {
      if (told || signal.aborted) return;
      try {
        model.send({ kind: "cancel", id: 0, view: "" }); // asks for nothing; without a kernel it throws
      } catch {
        told = true;
        gone();
      }
    }, 0);
  };
  model.on("comm_live_update", look);
  signal.addEventListener("abort", () => model.off("comm_live_update", look));
}
