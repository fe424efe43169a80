// ArrayPreview: facts, position, statistics, picture and values of one array.
import type { RenderProps } from "@anywidget/types";
import { useLayoutEffect, useReducer, useState } from "preact/hooks";
import { KernelGone, ProblemRetry } from "../shared/controls.tsx";
import { visible } from "../shared/format.ts";
import { problemOf, type Problem } from "../shared/messages.ts";
import { CodeButton } from "../shared/show_code.tsx";
import { mountView } from "../shared/view.tsx";
import { ArrayView, Attributes } from "./array.tsx";
import { useTrait, useView } from "./hooks.ts";
import { SLOW } from "./part.ts";
import css from "./style.css";
import type { FactsAnswer } from "./wire.ts";

/** A node, and the signal that it is no longer shown. */
interface Node {
  path: string;
  facts: FactsAnswer;
  left: AbortSignal;
  turn: number;
  raw: boolean;
}

function Preview() {
  const { el, channel } = useView();
  const path = useTrait("path");
  const budget = useTrait("budget");
  const height = useTrait("height");
  const raw = useTrait("raw");
  const [turn, showAgain] = useReducer((turns: number) => turns + 1, 0);
  const [said, say] = useState("");
  const [node, setNode] = useState<Node | Problem | "reading" | null>(null);
  const show = (): void => showAgain(undefined);
  useLayoutEffect(() => el.style.setProperty("--modos-preview-height", height), [el, height]);
  useLayoutEffect(() => channel.on("refresh", show), [channel]);
  useLayoutEffect(() => {
    if (path === null) {
      setNode(null);
      return undefined;
    }
    const left = new AbortController(); // ends all work for the node: nothing of it may come onto the next one's page
    const slow = window.setTimeout(() => setNode("reading"), SLOW);
    channel
      .request("facts", { path, raw }, { signal: left.signal })
      .then(
        ({ payload }) => setNode({ path, facts: payload, left: left.signal, turn, raw }),
        (error: unknown) => !left.signal.aborted && setNode(problemOf(error)),
      )
      .finally(() => clearTimeout(slow));
    return () => {
      clearTimeout(slow);
      left.abort();
    };
  }, [channel, path, budget, raw, turn]);
  return (
    <>
      <KernelGone />
      <div>
        {node === null && (
          <div class="modos-empty">
            <strong>No array selected</strong>
            <span>Select an array in the tree to see its values.</span>
          </div>
        )}
        {node === "reading" && <p class="modos-muted">Reading…</p>}
        {node instanceof Error && <ProblemRetry problem={node} again={show} />}
        {node && typeof node === "object" && "facts" in node && <NodeView key={`${node.turn} ${node.raw} ${node.path}`} node={node} say={say} />}
      </div>
      <span class="modos-visually-hidden" role="status">{said}</span>
    </>
  );
}

function NodeView({ node: { path, facts, left }, say }: { node: Node; say: (text: string) => void }) {
  return (
    <>
      <div class="modos-title-line">
        <h3 class="modos-title">{visible(facts.title)}</h3>
        <CodeButton of={["path", "raw"]} />
      </div>
      {facts.kind === "array" || facts.whole !== undefined ? (
        <ArrayView path={path} facts={facts} left={left} say={say} />
      ) : (
        <>
          {facts.kind === "broken" && <ProblemRetry problem={{ message: facts.problem, hint: facts.hint }} />}
          {facts.kind === "group" && !facts.attributes.length && <p class="modos-muted">This group has no attributes.</p>}
          <Attributes facts={facts} isOpen />
        </>
      )}
    </>
  );
}

export default { render: (props: RenderProps): void => mountView(props, "array_preview", css, <Preview />) };
