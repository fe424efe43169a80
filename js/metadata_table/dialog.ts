// A modal window of the house.
import { element } from "../shared/dom.ts";

export interface Opened {
  body: HTMLElement;
  foot: HTMLElement;
  close: () => void;
}

/** Open a modal dialog; Escape closes it. */
export function openDialog(root: HTMLElement, title: string, closed: () => void): Opened {
  const body = element("div", { class: "modos-dialog-body", attributes: { tabindex: "0" } });
  const foot = element("div", { class: "modos-row-end modos-dialog-foot" });
  const box = element(
    "dialog",
    { class: "modos-dialog", attributes: { "aria-label": title } },
    element("h2", { text: title }),
    body,
    foot,
  );
  let open = true;
  const close = (): void => {
    if (!open) return;
    open = false;
    box.close();
    box.remove();
    closed();
  };
  box.addEventListener("cancel", (event) => {
    event.preventDefault();
    close();
  });
  box.addEventListener("keydown", (event) => event.stopPropagation());
  root.append(box);
  box.showModal();
  return { body, foot, close };
}
