// The result as a table or as cards: the header, the rows in sight, and why there are none.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Button } from "../shared/controls.tsx";
import { visible } from "../shared/format.ts";
import { columnsOf, type ColumnShown } from "./columns.ts";
import { useTrait, useView } from "./hooks.ts";
import type { Result } from "./result.ts";
import { ResultRows } from "./rows.ts";
import type { Kind, ListView } from "./wire.ts";

const LEAST = 56; // pixels of a column
const WIDEST = 900;
const STEP = 16;

export interface Sort {
  column: string;
  down: boolean;
}

interface ResultPaneProps {
  result: Result;
  kind: Kind;
  layout: ListView;
  sort: Sort;
  /** Changes when the rows are those of another question. */
  question: string;
  chosen: ReadonlySet<string>;
  setSort: (sort: Sort) => void;
  open: (path: string, element: string) => void;
  /** Announce a text to screen readers. */
  say: (text: string) => void;
  choose: (paths: ReadonlySet<string>) => void;
  clear: () => void;
  focusSearch: () => void;
}

export function ResultPane(props: ResultPaneProps) {
  const { result, layout } = props;
  const kind = result.wanted?.kind ?? props.kind; // the rows are those of the last answer
  const isTall = layout === "table" && Boolean(result.answer?.words);
  // rows of another height are another list
  return <Rows key={`${layout} ${isTall} ${kind}`} {...props} kind={kind} isTall={isTall} />;
}

function Rows({ result, kind, layout, sort, question, chosen, isTall, setSort, open, say, choose, clear, focusSearch }: ResultPaneProps & { isTall: boolean }) {
  const { channel, signal } = useView();
  const status = useTrait("_status");
  const value = useTrait("value");
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useRef<ResultRows | null>(null);
  const [widths, setWidths] = useState<Record<string, number>>({});
  const { answer } = result;
  const columns = columnsOf(kind, typeof answer?.totals.bytes === "number" || status.measured !== null);
  const actions = useRef({ open, choose, focusSearch });
  actions.current = { open, choose, focusSearch };
  useLayoutEffect(() => {
    const stop = new AbortController();
    signal.addEventListener("abort", () => stop.abort());
    rows.current = new ResultRows({
      scroller: scroller.current!,
      layout,
      isTall,
      at: (index) => result.at(index),
      need: (first, last) => result.need(first, last),
      open: (path, element) => actions.current.open(path, element),
      choose: (paths) => actions.current.choose(paths),
      search: () => actions.current.focusSearch(),
      favour: (path, favourite) => {
        const words = favourite ? "Added to favourites" : "Removed from favourites";
        channel.request("favour", { path, favourite }).then(() => say(words), () => undefined);
      },
      signal: stop.signal,
    });
    return () => stop.abort();
  }, []);
  useLayoutEffect(() => {
    rows.current?.show({
      kind,
      total: result.total,
      columns,
      chosen,
      favourites: new Set(status.favourites),
      opening: status.opening,
      value,
      question,
    });
  });
  const widthOf = ({ id, width }: ColumnShown): number => widths[id] ?? width;
  const total = columns.reduce((sum, column) => sum + widthOf(column), 0);
  const [first] = columns;
  const template = columns
    .map((column) => (column === first && !Object.hasOwn(widths, column.id) ? `minmax(${column.width}px, 1fr)` : `${widthOf(column)}px`))
    .join(" ");
  const isNone = answer !== null && !answer.total && !result.isWaiting;
  const isTable = layout === "table";
  return (
    <>
      <div
        ref={scroller}
        class={`modos-scroller modos-result modos-found-${layout}${isTall ? " modos-is-tall" : ""}`}
        role={isTable ? "grid" : "listbox"}
        tabIndex={0}
        aria-label={kind === "objects" ? "Objects" : "Elements"}
        aria-description="Enter opens, Space selects."
        aria-multiselectable
        aria-rowcount={isTable ? result.total + 1 : undefined}
        aria-colcount={isTable ? columns.length : undefined}
        aria-busy={result.isWaiting}
        hidden={isNone}
        style={{ "--modos-found-columns": template, "--modos-found-width": `${total}px` }}
      >
        {isTable && (
          <Header
            columns={columns}
            sort={sort}
            setSort={setSort}
            widthOf={widthOf}
            setWidth={(id, width) => setWidths({ ...widths, [id]: Math.round(Math.max(LEAST, Math.min(WIDEST, width))) })}
          />
        )}
      </div>
      {isNone && (
        <div class="modos-empty">
          {result.wanted?.query === "" && status.loading ? (
            <span>{status.listed ? "Reading metadata…" : "Listing objects…"}</span>
          ) : (
            <>
              <strong>{status.loading ? "No matches so far" : "No matches"}</strong>
              <span>{status.loading ? "More metadata are being read." : "Check the spelling, or use fewer words and filters."}</span>
              <Button label="Clear search" press={clear} />
            </>
          )}
        </div>
      )}
    </>
  );
}

interface HeaderProps {
  columns: ColumnShown[];
  sort: Sort;
  setSort: (sort: Sort) => void;
  widthOf: (column: ColumnShown) => number;
  setWidth: (id: string, width: number) => void;
}

/** The header: a press sorts; arrow keys move within it, and with Shift change the width. */
function Header({ columns, sort, setSort, widthOf, setWidth }: HeaderProps) {
  const head = useRef<HTMLDivElement>(null);
  const last = useRef(0);
  const press = ({ id, isNumber = false }: ColumnShown): void => {
    const isFirstDown = isNumber || id === "changed";
    if (sort.column !== id) setSort({ column: id, down: isFirstDown });
    else if (sort.down === isFirstDown) setSort({ column: id, down: !isFirstDown });
    else setSort({ column: "", down: false });
  };
  const key = (event: KeyboardEvent, place: number): void => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const column = columns[place]!;
    const cell = head.current!.children[place] as HTMLElement;
    if (event.shiftKey) setWidth(column.id, cell.offsetWidth + by * STEP);
    else (head.current!.children[Math.max(0, Math.min(columns.length - 1, place + by))]?.querySelector("button") as HTMLElement | null)?.focus();
  };
  const drag = (event: PointerEvent, column: ColumnShown): void => {
    event.preventDefault();
    const grip = event.currentTarget as HTMLElement;
    grip.setPointerCapture(event.pointerId);
    const from = event.clientX - (grip.parentElement?.offsetWidth ?? widthOf(column));
    const follow = (to: PointerEvent): void => setWidth(column.id, to.clientX - from);
    grip.addEventListener("pointermove", follow);
    const end = (): void => grip.removeEventListener("pointermove", follow);
    grip.addEventListener("pointerup", end, { once: true });
    grip.addEventListener("pointercancel", end, { once: true });
  };
  return (
    <div class="modos-found-head" role="row" aria-rowindex={1} ref={head}>
      {columns.map((column, place) => {
        const { id, label, title, isNumber, sorts } = column;
        const direction = sort.column === id ? (sort.down ? "descending" : "ascending") : "none";
        return (
          <div
            key={id}
            role="columnheader"
            class={`modos-found-column${isNumber ? " modos-number" : ""}`}
            aria-sort={sorts ? direction : undefined}
          >
            <button
              type="button"
              title={`${title ?? label}. Shift with left or right changes the width.`}
              aria-disabled={!sorts}
              tabIndex={place === Math.min(last.current, columns.length - 1) ? 0 : -1}
              onFocus={({ currentTarget }) => {
                last.current = place;
                for (const each of head.current!.querySelectorAll("button")) each.tabIndex = each === currentTarget ? 0 : -1;
              }}
              onClick={() => sorts && press(column)}
              onKeyDown={(event) => key(event, place)}
            >
              <span class="modos-found-label">{visible(label)}</span>
              {direction !== "none" && <span aria-hidden="true">{direction === "ascending" ? "↑" : "↓"}</span>}
            </button>
            <span class="modos-found-grip" aria-hidden="true" onPointerDown={(event) => drag(event, column)} />
          </div>
        );
      })}
    </div>
  );
}
