// Folders and files to choose from, by mouse and keyboard: arrow keys move, letters find, Enter chooses.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../../shared/controls.tsx";
import { focusedBeside } from "../../shared/dom.ts";
import { size, visible } from "../../shared/format.ts";

const FOLDER = "M1.500 4h4.500l1.500 1.500h7v7.500h-13z";
const FILE = "M3.500 1.500h6l3 3v10h-9zM9.500 1.500v3h3";
const MOVES: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity };

export interface PickItem {
  name: string;
  isFolder: boolean;
  size: number;
  isAdded: boolean;
  press: () => void;
}

interface PickListProps {
  label: string;
  items: PickItem[];
  /** What is said if there is nothing. */
  empty: string;
  /** Changes when another folder is shown. */
  place: string;
  /** Goes to the folder above. */
  leave?: (() => void) | undefined;
}

export function PickList({ label, items, empty, place, leave }: PickListProps) {
  const [active, setActive] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const shown = useRef(place);
  const hadFocus = list.current?.contains(focusedBeside(list.current)) ?? false;
  useLayoutEffect(() => {
    if (shown.current === place) return;
    shown.current = place;
    setActive(0);
    if (hadFocus) buttons()[0]?.focus();
  }, [place]);
  const buttons = (): HTMLButtonElement[] => [...(list.current?.querySelectorAll("button") ?? [])];
  const move = (next: number): void => {
    setActive(next);
    buttons()[next]?.focus();
  };
  const key = (event: KeyboardEvent): void => {
    const by = MOVES[event.key];
    if (by !== undefined) {
      event.preventDefault();
      move(Math.max(0, Math.min(items.length - 1, active + by)));
    } else if (event.key === "Backspace" && leave) {
      event.preventDefault();
      leave();
    } else if (event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const after = [...items.keys()].map((each) => (each + active + 1) % items.length);
      const found = after.find((each) => items[each]!.name.toLowerCase().startsWith(event.key.toLowerCase()));
      if (found !== undefined) move(found);
    }
  };
  if (!items.length) return <div class="modos-pick-list modos-empty">{empty}</div>;
  return (
    <ul class="modos-pick-list" ref={list} aria-label={label} onKeyDown={key}>
      {items.map((item, index) => (
        <li key={item.name}>
          <button
            type="button"
            class="modos-pick"
            tabIndex={index === Math.min(active, items.length - 1) ? 0 : -1}
            aria-pressed={item.isFolder ? undefined : item.isAdded}
            onClick={() => {
              setActive(index);
              item.press();
            }}
          >
            <Icon path={item.isFolder ? FOLDER : FILE} />
            <span class="modos-pick-name">{visible(item.name)}</span>
            {item.isAdded && <span class="modos-pick-added">Added</span>}
            <span class="modos-muted modos-number">{item.isFolder ? "" : size(item.size)}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
