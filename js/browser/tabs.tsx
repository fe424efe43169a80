// Tabs as ARIA has them: arrow keys move, one panel is in front. Those without room are in a menu.
import type { ComponentChildren, RefObject } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { openMenu } from "../shared/menu.ts";
import { useTrait, useView } from "./hooks.ts";
import type { Tab } from "./wire.ts";

const TABS: Record<Tab, string> = { metadata: "Metadata", files: "Files", preview: "Preview", history: "History", code: "Code", transfer: "Transfer" };
const NAMES = Object.keys(TABS) as Tab[];
const MORE = 76; // pixels of the button for the others

interface TabsProps {
  pane: RefObject<HTMLElement | null>;
  panels: Record<Tab, ComponentChildren>;
}

export function Tabs({ pane, panels }: TabsProps) {
  const { el, model } = useView();
  const front = useTrait("tab");
  const [id] = useState(() => crypto.randomUUID());
  const bar = useRef<HTMLDivElement>(null);
  const more = useRef<HTMLButtonElement>(null);
  const room = useRoom(bar);
  const shown = fitting(room, front);
  const others = NAMES.filter((tab) => !shown.includes(tab));
  const choose = (tab: Tab): void => {
    model.set("tab", tab);
    model.save_changes();
  };
  const focus = (tab: Tab): void => bar.current?.querySelector<HTMLElement>(`[data-tab=${tab}]`)?.focus();
  const move = (event: KeyboardEvent, tab: Tab): void => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const to = { Home: shown[0], End: shown[shown.length - 1] }[event.key];
    const next = by === undefined ? to : shown[(shown.indexOf(tab) + by + shown.length) % shown.length];
    if (!next) return;
    event.preventDefault();
    choose(next);
    focus(next);
  };
  const menu = (button: HTMLElement): void => {
    button.setAttribute("aria-expanded", "true");
    const items = others.map((tab) => ({
      label: TABS[tab],
      press: () => {
        choose(tab);
        requestAnimationFrame(() => focus(tab));
      },
    }));
    openMenu(el, "More tabs", button, items, () => {
      button.setAttribute("aria-expanded", "false");
      button.focus({ preventScroll: true });
    });
  };
  return (
    <section class="modos-pane modos-detail" aria-label="Details" ref={pane}>
      <div class="modos-tabs" ref={bar}>
        <div class="modos-tablist" role="tablist" aria-label="Details">
          {NAMES.map((tab) => (
            <button
              key={tab}
              type="button"
              class="modos-tab"
              role="tab"
              id={`${id}-${tab}`}
              data-tab={tab}
              hidden={!shown.includes(tab)}
              aria-controls={`${id}-${tab}-panel`}
              aria-selected={tab === front}
              tabIndex={tab === front ? 0 : -1}
              onClick={() => choose(tab)}
              onKeyDown={(event) => move(event, tab)}
            >
              {TABS[tab]}
            </button>
          ))}
        </div>
        <button
          ref={more}
          type="button"
          class="modos-tab modos-tab-more"
          hidden={!others.length}
          aria-label="More tabs"
          aria-haspopup="menu"
          aria-expanded={false}
          onClick={({ currentTarget }) => menu(currentTarget)}
        >
          More
        </button>
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

/** Widths of the bar and of each tab. */
interface Room {
  bar: number;
  tabs: Partial<Record<Tab, number>>;
}

/** Measure the bar whenever it changes; a hidden tab keeps the width that it had. */
function useRoom(bar: { current: HTMLElement | null }): Room {
  const [room, setRoom] = useState<Room>({ bar: 0, tabs: {} });
  useLayoutEffect(() => {
    const measure = (): void => {
      const holder = bar.current;
      if (!holder?.clientWidth) return;
      setRoom((before) => {
        const tabs = { ...before.tabs };
        for (const each of holder.querySelectorAll<HTMLElement>("[data-tab]")) {
          if (each.offsetWidth) tabs[each.dataset["tab"] as Tab] = each.offsetWidth;
        }
        return { bar: holder.clientWidth, tabs };
      });
    };
    const observer = new ResizeObserver(measure);
    observer.observe(bar.current!);
    return () => observer.disconnect();
  }, []);
  return room;
}

/** The tabs that fit; the one in front is always among them. */
function fitting({ bar, tabs }: Room, front: Tab): Tab[] {
  if (!bar) return NAMES;
  const width = (names: Tab[]): number => names.reduce((sum, tab) => sum + (tabs[tab] ?? 0), 16);
  if (width(NAMES) <= bar) return NAMES;
  let kept = NAMES;
  while (kept.length > 1 && width(kept) + MORE > bar) {
    const last = [...kept].reverse().find((tab) => tab !== front);
    kept = kept.filter((tab) => tab !== last);
  }
  return kept;
}
