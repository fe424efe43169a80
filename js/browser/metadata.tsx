// The metadata of the opened object: the table of all elements, and the selected one in full.
import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import { Cards } from "../shared/cards.tsx";
import { Button } from "../shared/controls.tsx";
import { sentence, visible } from "../shared/format.ts";
import { Problem } from "../shared/messages.ts";
import { Value, type ValueChips } from "../shared/value.tsx";
import { CopyButton } from "../shared/show_code.tsx";
import { useLoad, useView } from "./hooks.ts";
import { Splitter } from "./splitter.tsx";
import type { ElementAnswer, ElementRow } from "./wire.ts";

const STATES = { "": "", new: "New", removed: "Removed" };

interface MetadataProps {
  isFront: boolean;
  /** Names the selected element of the opened object. */
  shown: string;
  /** Number of changes of the draft so far. */
  revision: number;
  /** Change the element; null while nothing is edited. */
  structure: ((action: StructureAction, element: string) => void) | null;
  /** The table. */
  children: ComponentChildren;
}

export type StructureAction = "duplicate" | "rename" | "remove";
const ACTIONS: [StructureAction, string][] = [["duplicate", "Duplicate"], ["rename", "Rename…"], ["remove", "Remove…"]];

export function MetadataPanel({ isFront, shown, revision, structure, children }: MetadataProps) {
  const { el, channel } = useView();
  const [answer, setAnswer] = useState<ElementAnswer | null>(null);
  const [problem, setProblem] = useState("");
  const section = useRef<HTMLElement>(null);
  const table = useRef<HTMLDivElement>(null);
  const loaded = useRef("");
  useLoad(isFront, shown && `${shown} ${revision}`, (signal) => {
    channel.request("element", {}, { signal }).then(
      ({ payload }) => {
        setAnswer(payload);
        setProblem("");
        if (loaded.current !== shown) section.current!.scrollTop = 0;
        loaded.current = shown;
      },
      (error: unknown) => {
        if (error instanceof Problem) setProblem(sentence(`${error.message} ${error.hint}`));
      },
    );
  });
  const follow = (path: string): void => void channel.request("select", { path });
  const state = answer?.state ?? "";
  return (
    <div class="modos-metadata">
      <div class="modos-table-place" ref={table}>{children}</div>
      <Splitter
        name="Height of the table"
        isBelow
        pane={table}
        least={160}
        spare={64}
        set={(height) => el.style.setProperty("--modos-browser-table-height", `${height}px`)}
      />
      <section class="modos-element" aria-label="Selected element" tabIndex={0} ref={section}>
        <div class="modos-element-line">
          <strong class={state === "removed" ? "modos-is-removed" : ""}>{problem || visible(answer?.element ?? "")}</strong>
          {state && <span class={`modos-pill modos-state-${state}`}>{STATES[state]}</span>}
          <span class="modos-grow" />
          {structure && state !== "removed" && answer?.element.includes("/") &&
            ACTIONS.map(([action, label]) => (
              <Button key={action} label={label} class="modos-quiet" press={() => structure(action, answer.element)} />
            ))}
          <CopyButton label="Copy as CSV" text={() => channel.request("csv").then(({ payload }) => payload.text)} />
        </div>
        <dl>
          <Cards channel={channel} follow={follow}>
            {answer?.rows.map((row) => <Attribute key={row[0]} row={row} chips={answer.chips} />)}
          </Cards>
          {answer?.rows.length === 0 && <dd class="modos-muted">No metadata.</dd>}
        </dl>
      </section>
    </div>
  );
}

/** A changed value stands behind the one before. */
function Attribute({ row: [slot, value, before, isChanged, source], chips }: { row: ElementRow; chips: ValueChips }) {
  const shown = (text: string, tag: "del" | "ins" | "span") => <Value text={text || "(empty)"} chips={chips} tag={tag} />;
  return (
    <>
      <dt>{visible(slot)}</dt>
      <dd>
        {isChanged && before !== null && shown(before, "del")}
        {isChanged && before !== null && value !== null && " → "}
        {value !== null && shown(value, isChanged ? "ins" : "span")}
        {isChanged && before !== null && value === null && " → (empty)"}
        {source && <span class="modos-muted modos-known-from">{` known from ${visible(source)}`}</span>}
      </dd>
    </>
  );
}
