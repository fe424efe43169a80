// Tabs as ARIA has them: arrow keys move, one panel is in front.
import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import { useTrait, useView } from "./hooks.ts";
import type { Tab } from "./wire.ts";

const TABS: Record<Tab, string> = { metadata: "Metadata", files: "Files", preview: "Preview", code: "Code", transfer: "Transfer" };
const NAMES = Object.keys(TABS) as Tab[];

export function Tabs({ panels }: { panels: Record<Tab, ComponentChildren> }) {
  const { model } = useView();
  const front = useTrait("tab");
  const [id] = useState(() => crypto.randomUUID());
  const bar = useRef<HTMLDivElement>(null);
  const choose = (tab: Tab): void => {
    model.set("tab", tab);
    model.save_changes();
  };
  const move = (event: KeyboardEvent, place: number): void => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const next = (place + by + NAMES.length) % NAMES.length;
    choose(NAMES[next] ?? front);
    (bar.current?.children[next] as HTMLElement | undefined)?.focus();
  };
  return (
    <section class="modos-pane modos-detail" aria-label="Details">
      <div class="modos-tabs" role="tablist" aria-label="Details" ref={bar}>
        {NAMES.map((tab, place) => (
          <button
            key={tab}
            type="button"
            class="modos-tab"
            role="tab"
            id={`${id}-${tab}`}
            aria-controls={`${id}-${tab}-panel`}
            aria-selected={tab === front}
            tabIndex={tab === front ? 0 : -1}
            onClick={() => choose(tab)}
            onKeyDown={(event) => move(event, place)}
          >
            {TABS[tab]}
          </button>
        ))}
      </div>
      {NAMES.map((tab) => (
        <div
          key={tab}
          class="modos-tabpanel"
          role="tabpanel"
          id={`${id}-${tab}-panel`}
          aria-labelledby={`${id}-${tab}`}
          hidden={tab !== front}
        >
          {panels[tab]}
        </div>
      ))}
    </section>
  );
}
