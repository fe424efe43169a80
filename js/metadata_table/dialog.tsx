// A modal window of the table.
import { render, type ComponentChild, type ComponentChildren } from "preact";
import { Cards } from "../shared/cards.tsx";
import { element } from "../shared/dom.ts";
import type { TableContext } from "./context.ts";

/**
 * Open a modal dialog, which Escape closes; return what closes it.
 *
 * The focus goes to `data-first`; `data-about` is what screen readers say of the dialog besides its title.
 */
export function openDialog(table: TableContext, title: string, content: (close: () => void) => ComponentChild): () => void {
  const box = element("dialog", { class: "modos-dialog", attributes: { "aria-label": title } });
  const close = (): void => {
    if (!box.isConnected) return;
    box.close();
    render(null, box);
    box.remove();
    table.focusGrid();
  };
  box.addEventListener("cancel", (event) => {
    event.preventDefault();
    close();
  });
  box.addEventListener("keydown", (event) => event.stopPropagation());
  const follow = (id: string, object: string): void => {
    close();
    void table.follow(id, { object });
  };
  render(
    <>
      <h2>{title}</h2>
      <Cards channel={table.channel} follow={follow}>{content(close)}</Cards>
    </>,
    box,
  );
  const about = box.querySelector("[data-about]");
  if (about) {
    about.id = `modos-about-${crypto.randomUUID()}`;
    box.setAttribute("aria-describedby", about.id);
  }
  table.el.append(box);
  box.showModal();
  box.querySelector<HTMLElement>("[data-first]")?.focus();
  return close;
}

export function DialogBody({ children }: { children: ComponentChildren }) {
  return <div class="modos-dialog-body" tabIndex={0}>{children}</div>;
}

export function DialogFoot({ children }: { children: ComponentChildren }) {
  return <div class="modos-row-end modos-dialog-foot">{children}</div>;
}
