// What is shown of the open object and the selected node: a tab for each panel.
import type { ComponentChildren, RefObject } from "preact";
import { useState } from "preact/hooks";
import { TabBar } from "../shared/tab_bar.tsx";
import { useTrait, useView } from "./hooks.ts";
import type { Tab } from "./wire.ts";

const LABELS: Record<Tab, string> = { metadata: "Metadata", files: "Files", preview: "Preview", region: "Region", history: "History", code: "Code", transfer: "Transfer" };
const NAMES = Object.keys(LABELS) as Tab[];

interface DetailsProps {
  pane: RefObject<HTMLElement | null>;
  panels: Record<Tab, ComponentChildren>;
}

export function Details({ pane, panels }: DetailsProps) {
  const { el, model } = useView();
  const front = useTrait("tab");
  const { region } = useTrait("_shown");
  const names = NAMES.filter((name) => name !== "region" || region || front === "region");
  const [id] = useState(() => crypto.randomUUID());
  const idOf = (name: string): string => `${id}-${name}`;
  const panelOf = (name: string): string => `${id}-${name}-panel`;
  const choose = (tab: string): void => {
    model.set("tab", tab as Tab);
    model.save_changes();
  };
  return (
    <section class="modos-pane modos-detail" aria-label="Details" ref={pane}>
      <TabBar root={el} label="Details" tabs={names.map((name) => ({ name, label: LABELS[name] }))} front={front} choose={choose} idOf={idOf} panelOf={panelOf} />
      {names.map((name) => (
        <div
          key={name}
          class="modos-tabpanel"
          role="tabpanel"
          id={panelOf(name)}
          aria-labelledby={idOf(name)}
          hidden={name !== front}
        >
          {panels[name]}
        </div>
      ))}
    </section>
  );
}
