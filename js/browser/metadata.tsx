// The metadata of the opened object: the table of all elements, and the selected one in full.
import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import { sentence, visible } from "../shared/format.ts";
import { Problem } from "../shared/messages.ts";
import { CopyButton } from "../shared/show_code.tsx";
import { useLoad, useView } from "./hooks.ts";
import type { ElementAnswer } from "./wire.ts";

/** `shown` names the selected element of the opened object; `children` is the table. */
export function MetadataPanel({ isFront, shown, children }: { isFront: boolean; shown: string; children: ComponentChildren }) {
  const { channel } = useView();
  const [answer, setAnswer] = useState<ElementAnswer | null>(null);
  const [problem, setProblem] = useState("");
  const section = useRef<HTMLElement>(null);
  useLoad(isFront, shown, (signal) => {
    channel.request("element", {}, { signal }).then(
      ({ payload }) => {
        setAnswer(payload);
        setProblem("");
        section.current!.scrollTop = 0;
      },
      (error: unknown) => {
        if (error instanceof Problem) setProblem(sentence(`${error.message} ${error.hint}`));
      },
    );
  });
  return (
    <div class="modos-metadata">
      {children}
      <section class="modos-element" aria-label="Selected element" tabIndex={0} ref={section}>
        <div class="modos-element-line">
          <strong class="modos-grow">{problem || visible(answer?.element ?? "")}</strong>
          <CopyButton label="Copy as CSV" text={() => channel.request("csv").then(({ payload }) => payload.text)} />
        </div>
        <dl>
          {answer?.rows.map(([slot, value]) => [<dt>{visible(slot)}</dt>, <dd>{visible(value)}</dd>])}
          {answer?.rows.length === 0 && <dd class="modos-muted">No metadata.</dd>}
        </dl>
      </section>
    </div>
  );
}
