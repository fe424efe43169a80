// Tabs as ARIA has them: arrow keys move, one panel is in front.
import { element } from "../shared/dom.ts";

export const TABS = { metadata: "Metadata", files: "Files", preview: "Preview", code: "Code", transfer: "Transfer" };
export type Tab = keyof typeof TABS;

export class Tabs {
  readonly el: HTMLElement;
  private readonly buttons = new Map<Tab, HTMLButtonElement>();
  private readonly panels = new Map<Tab, HTMLElement>();

  constructor(contents: Record<Tab, HTMLElement>, chosen: (tab: Tab) => void) {
    const id = crypto.randomUUID();
    const names = Object.keys(TABS) as Tab[];
    const bar = element("div", { class: "modos-tabs", attributes: { role: "tablist", "aria-label": "What is selected" } });
    this.el = element("section", { class: "modos-pane modos-detail", attributes: { "aria-label": "What is selected" } }, bar);
    names.forEach((tab, place) => {
      const made = element("button", {
        class: "modos-tab",
        text: TABS[tab],
        attributes: { type: "button", role: "tab", id: `${id}-${tab}`, "aria-controls": `${id}-${tab}-panel` },
        on: {
          click: () => chosen(tab),
          keydown: (event) => {
            const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
            if (by === undefined) return;
            event.preventDefault();
            const next = names[(place + by + names.length) % names.length];
            if (!next) return;
            chosen(next);
            this.buttons.get(next)?.focus();
          },
        },
      });
      const panel = element(
        "div",
        {
          class: "modos-tabpanel",
          attributes: { role: "tabpanel", id: `${id}-${tab}-panel`, "aria-labelledby": `${id}-${tab}` },
        },
        contents[tab],
      );
      this.buttons.set(tab, made);
      this.panels.set(tab, panel);
      bar.append(made);
      this.el.append(panel);
    });
  }

  show(tab: Tab): void {
    for (const [name, made] of this.buttons) {
      made.setAttribute("aria-selected", String(name === tab));
      made.tabIndex = name === tab ? 0 : -1;
    }
    for (const [name, panel] of this.panels) panel.hidden = name !== tab;
  }
}
