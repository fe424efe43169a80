// One array: its properties, the part that is shown, and what is read on demand.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Cards } from "../shared/cards.tsx";
import { Button, Checkbox, ProblemRetry } from "../shared/controls.tsx";
import { count, counted, sentence } from "../shared/format.ts";
import { openNodeCode } from "../shared/show_code.tsx";
import { Problem, problemOf } from "../shared/messages.ts";
import { useNextFocus } from "../shared/view.tsx";
import { useTrait, useView } from "./hooks.ts";
import { Pairs } from "./pairs.tsx";
import { usePart } from "./part.ts";
import { PictureView } from "./picture.tsx";
import { Positions } from "./position.tsx";
import { ValueTable } from "./table.tsx";
import type { FactsAnswer, Pair, PartAnswer } from "./wire.ts";
import { focusedBeside } from "../shared/dom.ts";

interface ArrayProps {
  path: string;
  facts: FactsAnswer;
  /** Another node is shown. */
  left: AbortSignal;
  /** Read aloud. */
  say: (text: string) => void;
}

export function ArrayView({ path, facts, left, say }: ArrayProps) {
  const drawn = useRef<HTMLDivElement>(null);
  const values = useRef<HTMLDivElement>(null);
  const reading = usePart(path, facts, left, drawn);
  const { part, tile, wish, isSlow, failure, move, read } = reading;
  const words = part?.table ? partText(part) : "";
  const shownWords = failure ? "" : isSlow && !part ? "Reading…" : words;
  const busy = isSlow ? " modos-busy" : "";
  const shown = tile?.picture.axes ?? wish.axes;
  useLayoutEffect(() => {
    if (words) say(words);
  }, [words]);
  return (
    <div class="modos-sides">
      <div>
        <Pairs rows={facts.facts}>
          {facts.kind === "array" && (!facts.fixed || facts.stored) && [
            <dt>Stored size</dt>,
            <dd><StoredSize path={path} known={facts.stored ?? ""} left={left} /></dd>,
          ]}
        </Pairs>
        <Meaning facts={facts} notes={part?.notes ?? []} />
        <p class="modos-shown modos-muted">{shownWords}</p>
        <div>{!facts.fixed && <Positions axes={facts.axes} shown={shown} at={wish.at} move={move} />}</div>
        <div>{part?.statistics && <Pairs rows={part.statistics} />}</div>
        {!facts.fixed && <OnDemand path={path} isWhole={facts.kind !== "array" || Boolean(part?.table ? part.whole : facts.whole)} left={left} />}
        <Attributes facts={facts} />
      </div>
      <div>
        <PictureView path={path} facts={facts} reading={reading} drawn={drawn} say={say} />
        <div class={busy.trim()} tabIndex={-1} ref={values}>
          {failure ? (
            <ProblemRetry problem={failure} again={() => read()} />
          ) : (
            part && (
              <Values
                part={part}
                isFixed={facts.fixed ?? false}
                readAnyway={() => {
                  values.current?.focus(); // the button goes
                  read(true);
                }}
              />
            )
          )}
        </div>
      </div>
    </div>
  );
}

function partText({ words = "", chunks = 0, size = "" }: PartAnswer): string {
  return sentence(`Shown: ${words} (${counted(chunks, "chunk")}, ${size})`);
}

/** What is done because of a convention, and the switch that turns it off. */
function Meaning({ facts: { sentence: words = "", conventions = [], fixed: isFixed = false }, notes }: { facts: FactsAnswer; notes: string[] }) {
  const { model } = useView();
  const isRaw = useTrait("raw");
  if (!isRaw && !conventions.length && !words) return null;
  return (
    <div class="modos-meaning">
      {!isFixed && (
        <Checkbox
          class="modos-choice"
          isChecked={isRaw}
          check={(isChecked) => {
            model.set("raw", isChecked);
            model.save_changes();
          }}
        >
          Raw values
        </Checkbox>
      )}
      {words && <p class="modos-muted">{sentence(words)}</p>}
      {notes.map((note) => <p class="modos-muted" key={note}>{sentence(note)}</p>)}
    </div>
  );
}

/** The attributes of a node; a link leads to another group. */
export function Attributes({ facts: { attributes: rows, chips }, isOpen = false }: { facts: FactsAnswer; isOpen?: boolean }) {
  const { channel, model } = useView();
  if (!rows.length) return <span />;
  const follow = (path: string): void => {
    model.set("path", path);
    model.save_changes();
  };
  return (
    <details open={isOpen}>
      <summary>{`Attributes (${count(rows.length)})`}</summary>
      <Cards channel={channel} follow={follow}><Pairs rows={rows} chips={chips} /></Cards>
    </details>
  );
}

interface ValuesProps {
  part: PartAnswer;
  isFixed: boolean;
  readAnyway: () => void;
}

function Values({ part, isFixed, readAnyway }: ValuesProps) {
  if (part.over) {
    return (
      <div class="modos-empty">
        <strong>{`One chunk is ${part.over}`}</strong>
        <span>{`This is more than the limit of ${part.budget}.`}</span>
        <Button label={`Read ${part.over}`} press={readAnyway} />
      </div>
    );
  }
  const hint = (part.faults ?? []).join(" ");
  return (
    <>
      <div>
        {part.unread !== undefined && part.unread > 0 && (
          <ProblemRetry problem={{ message: `${counted(part.unread, "chunk")} could not be read.`, hint }} />
        )}
      </div>
      {part.table && <ValueTable table={part.table} isFixed={isFixed} />}
    </>
  );
}

/** The stored size; calculated on demand, because it takes many requests. */
function StoredSize({ path, known, left }: { path: string; known: string; left: AbortSignal }) {
  const { channel } = useView();
  const [text, setText] = useState(known);
  const place = useRef<HTMLSpanElement>(null);
  useNextFocus(place, () => place.current);
  const calculate = (): void => {
    setText("calculating…");
    channel.request("stored", { path }, { signal: left }).then(
      ({ payload }) => setText(payload.stored),
      (error: unknown) => {
        if (error instanceof Problem) setText(sentence(error.message));
      },
    );
  };
  return (
    <span tabIndex={-1} ref={place}>
      {text || <Button label="Calculate" class="modos-quiet" press={calculate} />}
    </span>
  );
}

/** The code that opens the array, and the statistics of all of it. */
function OnDemand({ path, isWhole, left }: { path: string; isWhole: boolean; left: AbortSignal }) {
  const { el, channel } = useView();
  const [statistics, setStatistics] = useState<Pair[] | null>(null);
  const [progress, setProgress] = useState<{ done: number; of: number } | null>(null);
  const [failure, setFailure] = useState<Problem | null>(null);
  const computing = useRef<AbortController | null>(null);
  const tools = useRef<HTMLDivElement>(null);
  const exact = useRef<HTMLDivElement>(null);
  const asking = (): HTMLElement | null | undefined => tools.current?.querySelector<HTMLElement>("[data-do=compute]");
  useNextFocus(exact, asking);
  const compute = (): void => {
    computing.current?.abort();
    const controller = (computing.current = new AbortController());
    left.addEventListener("abort", () => controller.abort());
    setStatistics(null);
    setFailure(null);
    setProgress({ done: 0, of: 0 });
    channel.request("exact", { path }, { signal: controller.signal, part: setProgress }).then(
      ({ payload }) => {
        setProgress(null);
        setStatistics(payload.statistics);
      },
      (error: unknown) => {
        if (computing.current !== controller) return;
        setProgress(null);
        setFailure(problemOf(error));
      },
    );
  };
  const openAs = (anchor: HTMLElement): void =>
    openNodeCode(el, anchor, `Open ${path || "the array"} as`, (signal: AbortSignal) =>
      channel.request("code", { path }, { signal }),
    );
  return (
    <>
      <div class="modos-actions" ref={tools}>
        <Button
          label="Open as…"
          title="Code that opens the array with other libraries"
          aria-haspopup="dialog"
          aria-expanded={false}
          data-do="code"
          press={() => openAs(tools.current!.querySelector<HTMLElement>("[data-do=code]")!)}
        />
        <Button
          label="Compute statistics"
          title="Compute the statistics of the whole array"
          data-do="compute"
          hidden={isWhole && focusedBeside(tools.current) !== asking()}
          press={compute}
        />
      </div>
      <div class="modos-exact" ref={exact}>
        {progress && (
          <>
            <span class="modos-muted">
              {progress.of ? `${count(progress.done)} of ${count(progress.of)} blocks` : "Reading the whole array…"}
            </span>
            <progress aria-label="Progress" max={progress.of || 1} value={progress.of ? progress.done : undefined} />
            <Button label="Cancel" press={() => computing.current?.abort()} />
          </>
        )}
        {statistics && (
          <>
            <p class="modos-shown modos-muted">Statistics of the whole array</p>
            <Pairs rows={statistics} />
          </>
        )}
        {failure && <ProblemRetry problem={failure} />}
      </div>
    </>
  );
}
