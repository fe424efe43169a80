// Facets: how many elements have which value; a click narrows the result to it.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../shared/controls.tsx";
import { focusedBeside } from "../shared/dom.ts";
import { openPopover } from "../shared/floating.ts";
import { count, sentence, visible } from "../shared/format.ts";
import { Bars } from "./bars.tsx";
import { useView } from "./hooks.ts";
import type { Facet, FacetGroup, FacetValue } from "./wire.ts";

const TWIST = "M4 6l4 4 4-4";
const EXCLUDE = "M4 8h8";
const SHOWN = 6; // values of a facet before "more"
const OPEN = 4; // facets of a class that are open at first
const PAUSE = 120; // ms after a key

export type Toggle = (term: string, excluded: boolean) => void;

interface FacetsProps {
  groups: FacetGroup[];
  query: string;
  toggle: Toggle;
}

export function Facets({ groups, query, toggle }: FacetsProps) {
  const { el } = useView();
  const [switched, setSwitched] = useState<ReadonlySet<string>>(new Set());
  const focus = focusedBeside(el);
  const hadFocus = focus?.closest(".modos-facets") ? focus : null;
  useLayoutEffect(() => {
    if (!hadFocus || hadFocus.isConnected) return; // the value that was chosen is gone
    el.querySelector<HTMLElement>(".modos-facet-value[tabindex='0'], [data-name=search]")?.focus();
  }, [groups]);
  const change = (key: string): void => {
    const next = new Set(switched);
    if (!next.delete(key)) next.add(key);
    setSwitched(next);
  };
  if (!groups.length) return <p class="modos-muted modos-no-facets">Filters appear as metadata are read.</p>;
  return (
    <>
      {groups.map((group) => (
        <section class="modos-facet-group" key={group.class_name} aria-label={visible(group.title)}>
          <h3>
            <span>{visible(group.title)}</span>
            <span class="modos-facet-number">{count(group.count)}</span>
          </h3>
          {group.facets.map((facet, place) => {
            const isUsed = facet.values.some(([, , , state]) => state !== 0);
            return (
              <FacetView
                key={facet.key}
                facet={facet}
                query={query}
                isOpen={isUsed || place < OPEN !== switched.has(facet.key)}
                change={() => change(facet.key)}
                toggle={toggle}
              />
            );
          })}
        </section>
      ))}
    </>
  );
}

interface FacetViewProps {
  facet: Facet;
  query: string;
  isOpen: boolean;
  change: () => void;
  toggle: Toggle;
}

function FacetView({ facet, query, isOpen, change, toggle }: FacetViewProps) {
  const { el } = useView();
  const holder = useRef<HTMLElement>(null);
  const title = visible(facet.title);
  const values = useSteady(facet.values, holder);
  const shown = facet.kind === "terms" ? values.slice(0, SHOWN) : values;
  const more = facet.distinct - shown.length;
  const name = `${title}${facet.class_name ? ` of ${facet.class_name}` : ""}`;
  return (
    <section class="modos-facet" ref={holder} aria-label={name}>
      <button type="button" class="modos-facet-head" aria-expanded={isOpen} onClick={change} title={visible(facet.attribute)}>
        <Icon path={TWIST} />
        <span>{title}</span>
      </button>
      {isOpen && facet.kind === "terms" && (
        <>
          <Values name={name} values={shown} toggle={toggle} />
          {more > 0 && (
            <button
              type="button"
              class="modos-button modos-quiet modos-more-values"
              aria-haspopup="dialog"
              aria-expanded={false}
              onClick={({ currentTarget }) =>
                openPopover(el, {
                  name: title,
                  anchor: currentTarget,
                  class: "modos-popover modos-all-values",
                  placement: "right-start",
                  content: () => <AllValues facet={facet} query={query} toggle={toggle} />,
                })
              }
            >
              {`${count(more)} more…`}
            </button>
          )}
        </>
      )}
      {isOpen && facet.kind !== "terms" && (
        <Bars
          name={name}
          unit="element"
          toggle={toggle}
          bars={shown.map(([label, term, number, state]) => ({ label, term, all: 0, hits: number, state }))}
        />
      )}
    </section>
  );
}

/** Keep the order of values while the pointer or the focus is among them, so that none moves away. */
function useSteady(values: FacetValue[], holder: { current: HTMLElement | null }): FacetValue[] {
  const before = useRef<string[]>([]);
  const isBusy = holder.current?.matches(":hover, :focus-within") ?? false;
  const places = new Map(before.current.map((term, place) => [term, place]));
  const placeOf = ([, term]: FacetValue): number => places.get(term) ?? places.size;
  const sorted = isBusy ? [...values].sort((one, other) => placeOf(one) - placeOf(other)) : values;
  before.current = sorted.map(([, term]) => term);
  return sorted;
}

function Values({ name, values, toggle }: { name: string; values: FacetValue[]; toggle: Toggle }) {
  const holder = useRef<HTMLDivElement>(null);
  const last = useRef(0);
  const most = Math.max(1, ...values.map(([, , number]) => number));
  const current = Math.min(last.current, values.length - 1);
  const press = (event: KeyboardEvent, place: number, term: string): void => {
    const next = { ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: values.length - 1 }[event.key];
    if (next !== undefined) {
      event.preventDefault();
      const buttons = holder.current!.querySelectorAll<HTMLElement>(".modos-facet-value");
      buttons[Math.max(0, Math.min(values.length - 1, next))]?.focus();
    } else if (event.key === "-" || event.key === "Delete") {
      event.preventDefault();
      toggle(term, true);
    }
  };
  return (
    <div class="modos-facet-values" role="group" aria-label={name} aria-description="Minus excludes a value." ref={holder}>
      {values.map(([label, term, number, state, hint], place) => (
        <div
          class={`modos-facet-line${state < 0 ? " modos-is-excluded" : ""}`}
          key={term}
          title={`${visible(hint || label)}: ${count(number)}${state ? "" : ". Shift+click or minus excludes it."}`}
        >
          <button
            type="button"
            class="modos-facet-value"
            aria-pressed={state > 0}
            tabIndex={place === current ? 0 : -1}
            onFocus={({ currentTarget }) => {
              last.current = place;
              for (const each of holder.current!.querySelectorAll<HTMLElement>(".modos-facet-value")) each.tabIndex = each === currentTarget ? 0 : -1;
            }}
            onKeyDown={(event) => press(event, place, term)}
            onClick={({ shiftKey }) => toggle(term, shiftKey)}
          >
            <span class="modos-facet-bar" style={{ width: `${(100 * number) / most}%` }} />
            <span class="modos-facet-label">
              {state < 0 && <><em>not</em>{" "}</>}
              {sentence(label)}
            </span>
            <span class="modos-facet-number">{count(number)}</span>
          </button>
          <button
            type="button"
            class="modos-facet-exclude"
            tabIndex={-1}
            title={state < 0 ? "Include again" : "Exclude"}
            aria-label={`${state < 0 ? "Include again" : "Exclude"}: ${visible(label)}`}
            aria-pressed={state < 0}
            onClick={() => toggle(term, true)}
          >
            <Icon path={EXCLUDE} />
          </button>
        </div>
      ))}
    </div>
  );
}

/** Every value of a facet that contains what is typed, up to a number. */
function AllValues({ facet, query, toggle }: { facet: Facet; query: string; toggle: Toggle }) {
  const { channel } = useView();
  const [text, setText] = useState("");
  const [found, setFound] = useState<{ values: FacetValue[]; matching: number } | null>(null);
  const [states, setStates] = useState<ReadonlyMap<string, number>>(new Map());
  useEffect(() => {
    const stop = new AbortController();
    const request = { query, class_name: facet.class_name, attribute: facet.attribute, text };
    const timer = window.setTimeout(() => {
      channel.request("values", request, { signal: stop.signal }).then(({ payload }) => setFound(payload), () => undefined);
    }, text ? PAUSE : 0);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [text]);
  const values = (found?.values ?? []).map(
    ([label, term, number, state, hint]): FacetValue => [label, term, number, states.get(term) ?? state, hint],
  );
  const left = (found?.matching ?? 0) - values.length;
  const switchTo = (term: string, excluded: boolean): void => {
    const now = values.find((each) => each[1] === term)?.[3] ?? 0;
    const next = excluded ? (now < 0 ? 0 : -1) : now > 0 ? 0 : 1;
    setStates(new Map([...states, [term, next]]));
    toggle(term, excluded);
  };
  return (
    <>
      <input
        class="modos-input"
        type="text"
        placeholder={`Filter ${count(facet.distinct)} values`}
        aria-label={`Filter values of ${visible(facet.title)}`}
        autocomplete="off"
        spellcheck={false}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
      />
      <div class="modos-all-values-list" role="status">
        {!found && <span class="modos-muted">Counting…</span>}
        {found && !values.length && <span class="modos-muted">No matching values</span>}
      </div>
      {values.length > 0 && <Values name={visible(facet.title)} values={values} toggle={switchTo} />}
      {left > 0 && <div class="modos-muted modos-values-left">{`${count(left)} more. Type to find them.`}</div>}
    </>
  );
}
