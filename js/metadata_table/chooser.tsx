// The list of columns: search, show or hide, pin, move.
import { useLayoutEffect, useReducer, useRef, useState } from "preact/hooks";
import { Button, Checkbox } from "../shared/controls.tsx";
import { openPopover } from "../shared/floating.ts";
import { folded } from "../shared/fold.ts";
import { visible } from "../shared/format.ts";
import { focusedBeside } from "../shared/dom.ts";

export interface Choice {
  id: string;
  name: string;
  shown: boolean;
  fixed: boolean;
  pinned: boolean;
}

export interface ChooserActions {
  show: (ids: string[], shown: boolean) => void;
  pin: (id: string, pinned: boolean) => void;
  move: (id: string, by: number) => void;
  reset: () => void;
  list: () => Choice[];
}

export function openChooser(root: HTMLElement, anchor: HTMLElement, actions: ChooserActions): void {
  openPopover(root, {
    name: "Columns",
    anchor,
    class: "modos-popover modos-chooser",
    content: ({ close }) => <Chooser actions={actions} close={close} />,
  });
}

function Chooser({ actions, close }: { actions: ChooserActions; close: () => void }) {
  const [filter, setFilter] = useState("");
  const [, redraw] = useReducer((changes: number) => changes + 1, 0);
  const list = useRef<HTMLDivElement>(null);
  const held = focusedBeside(list.current);
  useLayoutEffect(() => {
    if (held instanceof HTMLElement && list.current?.contains(held)) held.focus(); // a line that moves loses it
  });
  const wanted = folded(filter.trim());
  const found = actions.list().filter(({ name }) => folded(name).includes(wanted));
  const act = (action: () => void): void => {
    action();
    redraw(undefined);
  };
  const every = (shown: boolean): void => act(() => actions.show(found.filter(({ fixed }) => !fixed).map(({ id }) => id), shown));
  return (
    <>
      <input
        class="modos-input"
        type="search"
        placeholder="Find a column"
        aria-label="Find a column"
        data-first
        value={filter}
        onInput={({ currentTarget }) => setFilter(currentTarget.value)}
      />
      <div class="modos-values" role="group" aria-label="Columns" ref={list}>
        {found.map((choice) => <Line key={choice.id} choice={choice} actions={actions} act={act} />)}
      </div>
      <div class="modos-row-end">
        <Button label="Reset" press={() => act(actions.reset)} />
        <Button label="Hide all" press={() => every(false)} />
        <Button label="Show all" press={() => every(true)} />
        <Button label="Done" primary press={close} />
      </div>
    </>
  );
}

interface LineProps {
  choice: Choice;
  actions: ChooserActions;
  act: (action: () => void) => void;
}

function Line({ choice: { id, name: column, shown, fixed, pinned }, actions, act }: LineProps) {
  const name = visible(column) || "(no name)";
  return (
    <div class="modos-choice">
      <Checkbox
        class="modos-value"
        isDisabled={fixed}
        isChecked={shown}
        check={(isShown) => act(() => actions.show([id], isShown))}
      >
        <span class="modos-value-text" title={name}>{name}</span>
      </Checkbox>
      {!fixed && (
        <>
          <Tiny text="↑" label="Move left" name={name} press={() => act(() => actions.move(id, -1))} />
          <Tiny text="↓" label="Move right" name={name} press={() => act(() => actions.move(id, 1))} />
          <Tiny text="Pin" label="Pin to the left" name={name} isPressed={pinned} press={() => act(() => actions.pin(id, !pinned))} />
        </>
      )}
    </div>
  );
}

interface TinyProps {
  text: string;
  label: string;
  name: string;
  isPressed?: boolean;
  press: () => void;
}

function Tiny({ text, label, name, isPressed, press }: TinyProps) {
  return (
    <button type="button" class="modos-tiny" title={label} aria-label={`${label}: ${name}`} aria-pressed={isPressed} onClick={press}>
      {text}
    </button>
  );
}
