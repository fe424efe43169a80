// Above tree and details: the open object, whether it is edited, and what can be done with it.
import { useRef, useState } from "preact/hooks";
import { Button, Icon } from "../shared/controls.tsx";
import { sentence, visible } from "../shared/format.ts";
import { openMenu, type MenuItem } from "../shared/menu.ts";
import type { Drawer, Drawers } from "./drawers.ts";
import { useTrait, useView } from "./hooks.ts";
import type { Shown } from "./wire.ts";

const LIST = "M2.500 4h11M2.500 8h11M2.500 12h11";
const TREE = "M3 3.500h5M5.500 8h5M5.500 12.500h5M3.500 3.500v9h2M3.500 8h2";
const BACK = "M9.500 3.500L5 8l4.500 4.500";
const MORE = "M3.500 8h.01M8 8h.01M12.500 8h.01";

export interface ObjectBarProps {
  shown: Shown;
  drawers: Drawers;
  /** Show all objects; null if they are not listed. */
  overview: (() => void) | null;
  edit: () => void;
  stop: () => void;
  /** What else can be done with the object. */
  items: MenuItem[];
}

export function ObjectBar({ shown, drawers, overview, edit, stop, items }: ObjectBarProps) {
  const { editing, proposing, paths } = useTrait("_edit");
  const title = visible(shown.name);
  return (
    <div class="modos-object-bar">
      {overview && (
        <button type="button" class="modos-button modos-back-button" title="Show all objects" onClick={overview}>
          <Icon path={BACK} />
          <span>Overview</span>
        </button>
      )}
      <DrawerButton drawer="objects" label="Objects" icon={LIST} drawers={drawers} />
      <DrawerButton drawer="tree" label="Tree" icon={TREE} drawers={drawers} />
      <div class="modos-object-name modos-grow" title={visible(shown.object ?? "")}>
        <strong>{visible(shown.id)}</strong>
        {title && title !== visible(shown.id) && <span class="modos-muted">{sentence(title)}</span>}
      </div>
      {editing && (
        <span class="modos-pill modos-is-editing" role="status">
          {proposing ? "Proposing changes" : paths.length > 1 ? `Editing ${paths.length} objects` : "Editing"}
        </span>
      )}
      {editing ? (
        <Button label="Done" title="Stop editing" press={stop} />
      ) : (
        <Button label={shown.preparing ? "Opening…" : "Edit"} primary disabled={shown.preparing} press={edit} />
      )}
      <More items={items} />
    </div>
  );
}

interface DrawerButtonProps {
  drawer: Drawer;
  label: string;
  icon: string;
  drawers: Drawers;
}

function DrawerButton({ drawer, label, icon, drawers }: DrawerButtonProps) {
  return (
    <button
      type="button"
      class="modos-button modos-drawer-button"
      aria-expanded={drawers.opened === drawer}
      onClick={({ currentTarget }) => drawers.toggle(drawer, currentTarget)}
    >
      <Icon path={icon} />
      <span>{label}</span>
    </button>
  );
}

function More({ items }: { items: MenuItem[] }) {
  const { el } = useView();
  const button = useRef<HTMLButtonElement>(null);
  const [isOpen, setOpen] = useState(false);
  const open = (): void => {
    setOpen(true);
    openMenu(
      el,
      "Actions for the object",
      button.current!,
      items,
      () => {
        setOpen(false);
        button.current?.focus({ preventScroll: true });
      },
      { placement: "bottom-end", gap: 4 },
    );
  };
  return (
    <button
      ref={button}
      type="button"
      class="modos-tool"
      title="More actions for the object"
      aria-label="More actions for the object"
      aria-haspopup="menu"
      aria-expanded={isOpen}
      onClick={open}
    >
      <Icon path={MORE} />
    </button>
  );
}
