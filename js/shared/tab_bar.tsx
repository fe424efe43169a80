// A row of tabs as ARIA has them; those that do not fit are in a menu beside the row.
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { openMenu } from "./menu.ts";

export interface TabEntry {
  name: string;
  /** Text in the menu. */
  label: string;
  /** What the tab shows and is called by screen readers; by default its label. */
  content?: ComponentChildren;
  title?: string;
}

interface TabBarProps {
  /** Where the menu opens. */
  root: HTMLElement;
  /** Accessible name of the row. */
  label: string;
  tabs: TabEntry[];
  front: string;
  choose: (name: string) => void;
  /** Returns the id of the panel that a tab shows. */
  panelOf: (name: string) => string;
  /** Returns the id of a tab. */
  idOf?: (name: string) => string;
}

const MORE_WIDTH = 64; // pixels of the button that opens the menu

export function TabBar({ root, label, tabs, front, choose, panelOf, idOf }: TabBarProps) {
  const bar = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const widths = useRef(new Map<string, number>());
  const [room, setRoom] = useState(0);
  useLayoutEffect(() => {
    const watcher = new ResizeObserver(([entry]) => setRoom(entry?.contentRect.width ?? 0));
    watcher.observe(bar.current!);
    return () => watcher.disconnect();
  }, []);
  const [, measured] = useState(0);
  useLayoutEffect(() => {
    let isNew = false;
    for (const each of list.current?.children ?? []) {
      const { dataset, offsetWidth } = each as HTMLElement;
      const key = dataset["name"] ?? "";
      if (!offsetWidth || widths.current.get(key) === offsetWidth) continue;
      widths.current.set(key, offsetWidth);
      isNew = true;
    }
    if (isNew) measured((times) => times + 1);
  });
  const widthOf = ({ name }: TabEntry): number => widths.current.get(name) ?? 0;
  const shown = fitting(tabs, front, room, widthOf);
  const hidden = tabs.filter((tab) => !shown.includes(tab));
  const focusTab = (name: string): void => {
    requestAnimationFrame(() => {
      const tab = [...(list.current?.children ?? [])].find((each) => (each as HTMLElement).dataset["name"] === name);
      (tab as HTMLElement | undefined)?.focus();
    });
  };
  const move = (event: KeyboardEvent, place: number): void => {
    const next = { ArrowLeft: place - 1, ArrowRight: place + 1, Home: 0, End: shown.length - 1 }[event.key];
    const tab = next === undefined ? undefined : shown[(next + shown.length) % shown.length];
    if (!tab) return;
    event.preventDefault();
    choose(tab.name);
    focusTab(tab.name);
  };
  return (
    <div class="modos-tab-bar" ref={bar}>
      <div class="modos-tabs" role="tablist" aria-label={label} ref={list}>
        {tabs.map((tab) => (
          <button
            key={tab.name}
            type="button"
            class="modos-tab"
            role="tab"
            data-name={tab.name}
            title={tab.title}
            id={idOf?.(tab.name)}
            aria-controls={panelOf(tab.name)}
            aria-selected={tab.name === front}
            tabIndex={tab.name === front ? 0 : -1}
            hidden={!shown.includes(tab)}
            onClick={() => choose(tab.name)}
            onKeyDown={(event) => move(event, shown.indexOf(tab))}
          >
            {tab.content ?? tab.label}
          </button>
        ))}
      </div>
      {hidden.length > 0 && (
        <button
          type="button"
          class="modos-tab modos-tabs-more"
          aria-haspopup="menu"
          onClick={({ currentTarget }) => {
            const chosen = (tab: TabEntry) => (): void => {
              choose(tab.name);
              focusTab(tab.name);
            };
            const items = hidden.map((tab) => ({ label: tab.label, press: chosen(tab) }));
            openMenu(root, `More ${label.toLowerCase()}`, currentTarget, items, () => currentTarget.focus());
          }}
        >
          {`+${hidden.length} ▾`}
          <span class="modos-visually-hidden"> more tabs</span>
        </button>
      )}
    </div>
  );
}

/** The tabs that fit into a row, always with the one in front; all before the row was measured. */
function fitting(tabs: TabEntry[], front: string, room: number, widthOf: (tab: TabEntry) => number): TabEntry[] {
  const total = tabs.reduce((sum, tab) => sum + widthOf(tab), 0);
  if (!room || total <= room) return tabs;
  const chosen = tabs.find(({ name }) => name === front);
  let left = room - MORE_WIDTH - (chosen ? widthOf(chosen) : 0);
  const fits = new Set(chosen ? [chosen] : []);
  for (const tab of tabs) {
    if (tab === chosen) continue;
    left -= widthOf(tab);
    if (left < 0) break;
    fits.add(tab);
  }
  return tabs.filter((tab) => fits.has(tab));
}
