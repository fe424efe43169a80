// Bars side by side that narrow the result: a timeline, or a histogram.
import { useRef } from "preact/hooks";
import { count, sentence } from "../shared/format.ts";

export interface BarShown {
  label: string;
  term: string;
  /** Number of all, drawn pale behind; 0 if it is not shown. */
  all: number;
  hits: number;
  state: number;
}

interface BarsProps {
  /** Accessible name. */
  name: string;
  /** What is counted: "object". */
  unit: string;
  bars: BarShown[];
  toggle: (term: string, excluded: boolean) => void;
}

export function Bars({ name, unit, bars, toggle }: BarsProps) {
  const holder = useRef<HTMLDivElement>(null);
  const last = useRef(0);
  const most = Math.max(1, ...bars.map(({ all, hits }) => Math.max(all, hits)));
  const height = (value: number): string => (value ? `${Math.max(6, Math.round((100 * value) / most))}%` : "0");
  const isEmpty = ({ all, hits, state }: BarShown): boolean => !all && !hits && !state;
  const before = Math.min(last.current, bars.length - 1);
  const current = bars[before] && !isEmpty(bars[before]) ? before : bars.findIndex((bar) => !isEmpty(bar));
  const move = (event: KeyboardEvent, place: number): void => {
    const by = { ArrowLeft: -1, ArrowRight: 1, Home: 1, End: -1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const buttons = [...(holder.current?.children ?? [])] as HTMLButtonElement[];
    let next = { Home: 0, End: bars.length - 1 }[event.key] ?? place + by;
    while (buttons[next]?.disabled) next += by;
    buttons[next]?.focus();
  };
  const first = bars[0]?.label ?? "";
  const end = bars.at(-1)?.label ?? "";
  return (
    <div class="modos-bars" role="group" aria-label={name}>
      <div class="modos-bars-row" ref={holder}>
        {bars.map((bar, place) => {
          const { label, term, all, hits, state } = bar;
          const number = `${count(hits)}${all > hits ? ` of ${count(all)}` : ""} ${unit}${(all > hits ? all : hits) === 1 ? "" : "s"}`;
          const words = `${sentence(label)}: ${number}`;
          return (
            <button
              key={term}
              type="button"
              class={`modos-bar-button${state < 0 ? " modos-is-excluded" : ""}`}
              aria-pressed={state > 0}
              aria-label={state < 0 ? `${words}, excluded` : words}
              title={words}
              disabled={isEmpty(bar)}
              aria-hidden={isEmpty(bar)}
              tabIndex={place === current ? 0 : -1}
              onFocus={({ currentTarget }) => {
                last.current = place;
                for (const each of holder.current?.children ?? []) (each as HTMLElement).tabIndex = each === currentTarget ? 0 : -1;
              }}
              onKeyDown={(event) => move(event, place)}
              onClick={({ shiftKey }) => toggle(term, shiftKey)}
            >
              <span class="modos-bar-all" style={{ height: height(all) }} />
              <span class="modos-bar-hits" style={{ height: height(hits) }} />
            </button>
          );
        })}
      </div>
      <div class="modos-bars-ends modos-muted" aria-hidden="true">
        <span>{sentence(first)}</span>
        {bars.length > 1 && <span>{sentence(end)}</span>}
      </div>
    </div>
  );
}
