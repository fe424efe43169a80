// The list of objects: filter, groups that close, favourites.
import type { RefObject } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { Button, Icon } from "../shared/controls.tsx";
import { count, counted } from "../shared/format.ts";
import { useTrait, useView } from "./hooks.ts";
import { ObjectRows } from "./object_rows.ts";
import { arrange } from "./order.ts";
import type { ObjectsAnswer, Shown } from "./wire.ts";

const FILTER_PAUSE = 60; // ms after a key
const PLUS = "M8 3v10M3 8h10";
const DESCRIBE = "M1.500 12.500v-9h4.500l1.500 1.500h6v2M8.500 9h6M8.500 11.500h6M8.500 14h4M1.500 12.500h4.500";
const REFRESH = "M13.5 8a5.500 5.500 0 1 1-1.700-4M13.500 1.500v3h-3";

export interface ObjectListProps {
  shown: Shown;
  pane: RefObject<HTMLElement | null>;
  open: (path: string) => void;
  favour: (path: string, favourite: boolean) => void;
  refresh: () => void;
  /** Edit several objects. */
  curate: (paths: string[]) => void;
  /** Ask for a new object. */
  create: () => void;
  /** Ask for a folder to describe. */
  describe: () => void;
}

export function ObjectList({ shown, pane, open, favour, refresh, curate, create, describe }: ObjectListProps) {
  const { signal } = useView();
  const edit = useTrait("_edit");
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const listed = useListed(shown.objects);
  const [text, setText] = useState("");
  const [filter, setFilter] = useState("");
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [recent, favourites] = shown.marks;
  const marks = JSON.stringify(shown.marks);
  const { rows, found } = useMemo(
    () => arrange(listed, { recent, favourites }, filter, closed),
    [listed, marks, filter, closed],
  );
  const input = useRef<HTMLInputElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const list = useRef<ObjectRows | null>(null);
  const timer = useRef(0);
  const type = (typed: string, pause = FILTER_PAUSE): void => {
    setText(typed);
    clearTimeout(timer.current);
    if (pause) timer.current = window.setTimeout(() => setFilter(typed), pause);
    else setFilter(typed);
  };
  const clear = (): void => {
    type("", 0);
    input.current?.focus();
  };
  useLayoutEffect(() => {
    list.current = new ObjectRows(scroller.current!, signal);
  }, []);
  useLayoutEffect(() => {
    const close = (key: string): void => {
      const keys = new Set(closed);
      if (!keys.delete(key)) keys.add(key);
      setClosed(keys);
    };
    list.current?.take({ open, favour, close, choose: setChosen, search: () => input.current?.focus() });
    const edited = new Set(edit.paths);
    list.current?.show({ rows, favourites, opened: shown.object, opening: shown.opening, filter, chosen, edited });
  });
  useLayoutEffect(() => setChosen(new Set()), [shown.place]);
  const all = listed.rows.length;
  const hits = filter.trim() ? `${count(found)} of ${counted(all, "object")}` : "";
  const note = shown.listing && !all ? "Listing objects…" : hits;
  const isNone = hits !== "" && !found;
  return (
    <section class="modos-pane modos-objects" aria-label="Objects" ref={pane}>
      <div class="modos-bar">
        <input
          ref={input}
          class="modos-input"
          type="text"
          placeholder={all ? `Filter ${counted(all, "object")}` : "Filter objects"}
          aria-label="Filter objects"
          autocomplete="off"
          spellcheck={false}
          value={text}
          onInput={({ currentTarget }) => type(currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Escape" && text) clear();
            else if (event.key === "ArrowDown" || event.key === "Enter") {
              event.preventDefault();
              if (rows.length) scroller.current?.focus();
            }
          }}
        />
        <button type="button" class="modos-tool" title="Refresh" aria-label="Refresh the list of objects" onClick={refresh}>
          <Icon path={REFRESH} />
        </button>
        <button type="button" class="modos-tool" title="New object…" aria-label="New object…" onClick={create}>
          <Icon path={PLUS} />
        </button>
        <button type="button" class="modos-tool" title="Describe files…" aria-label="Describe files…" onClick={describe}>
          <Icon path={DESCRIBE} />
        </button>
      </div>
      <div class="modos-list-note" role="status" hidden={!note}>{note}</div>
      <div class="modos-empty modos-no-hit" hidden={!isNone}>
        <strong>No matches</strong>
        <span>The filter searches names, folders and ids.</span>
        <Button label="Clear filter" press={clear} />
      </div>
      <div
        class="modos-scroller"
        role="listbox"
        tabIndex={0}
        aria-label="Objects"
        aria-description="Enter opens, Space selects."
        aria-multiselectable
        hidden={isNone}
        ref={scroller}
      />
      <div class="modos-chosen" role="region" aria-label="Selected objects" hidden={!chosen.size}>
        <span class="modos-grow modos-muted" role="status">{`${counted(chosen.size, "object")} selected`}</span>
        <Button
          label="Clear"
          class="modos-quiet"
          press={() => {
            setChosen(new Set());
            scroller.current?.focus();
          }}
        />
        <Button
          label={`Curate ${counted(chosen.size, "object")}`}
          primary
          disabled={shown.preparing}
          press={() => curate([...chosen])}
        />
      </div>
    </section>
  );
}

/** The list of objects; it is asked for again when its identity changes. */
function useListed(identity: number): ObjectsAnswer {
  const { channel } = useView();
  const [listed, setListed] = useState<ObjectsAnswer>({ prefixes: [], rows: [] });
  const before = useRef(0);
  useLayoutEffect(() => {
    if (identity === before.current) return;
    before.current = identity;
    channel.request("objects").then(({ payload }) => setListed(payload), () => undefined);
  }, [channel, identity]);
  return listed;
}
