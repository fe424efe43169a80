// The kernel that holds the data can end; JupyterLab says at the widget's model that its comm changed.
import type { AnyModel } from "@anywidget/types";
import { element } from "./dom.ts";

/** Message of a view whose kernel has ended. */
export const GONE = { message: "The kernel of this widget has ended.", hint: "Run the cell again to continue." };

/** Call `gone` once the widget has lost its kernel; hosts that do not say so never call. */
export function whenGone(model: AnyModel, signal: AbortSignal, gone: () => void): void {
  let isTold = false;
  const look = (): void => {
    window.setTimeout(() => {
      if (isTold || signal.aborted) return;
      try {
        model.send({ kind: "cancel", id: 0, view: "" }); // asks for nothing; without a kernel it throws
      } catch {
        isTold = true;
        gone();
      }
    }, 0);
  };
  model.on("comm_live_update", look);
  signal.addEventListener("abort", () => model.off("comm_live_update", look));
}

/** Show in a view that its kernel has ended; a view within another leaves it to that one. */
export function showWhenGone(model: AnyModel, el: HTMLElement, signal: AbortSignal): void {
  whenGone(model, signal, () => {
    if (el.parentElement?.closest(".modos")) return;
    el.setAttribute("aria-busy", "false");
    el.prepend(element("div", { class: "modos-problem", attributes: { role: "alert" } },
      element("span", { text: `${GONE.message} ${GONE.hint}` })));
  });
}
