// History: the commits of an object, what each changed, and undo.
import type { RenderProps } from "@anywidget/types";
import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import { Button, KernelGone, ProblemLine } from "../shared/controls.tsx";
import { counted, sentence } from "../shared/format.ts";
import { problemOf, type Problem } from "../shared/messages.ts";
import { CodeButton } from "../shared/show_code.tsx";
import { mountView } from "../shared/view.tsx";
import { CommitDetail } from "./detail.tsx";
import { useTrait, useView } from "./hooks.ts";
import { CommitList } from "./list.tsx";
import css from "./style.css";
import type { CommitsAnswer } from "./wire.ts";

function History() {
  const { el, model, channel } = useView();
  const selected = useTrait("selected");
  const height = useTrait("height");
  const [answer, setAnswer] = useState<CommitsAnswer | null>(null);
  const [failure, setFailure] = useState<Problem | null>(null);
  const [version, setVersion] = useState(0);
  const [words, setWords] = useState("");
  const refresh = (): void => setVersion((before) => before + 1);
  useLayoutEffect(() => el.style.setProperty("--modos-history-height", height), [el, height]);
  useEffect(() => channel.on("refreshed", refresh), [channel]);
  useEffect(() => {
    const stop = new AbortController();
    setFailure(null);
    channel.request("commits", {}, { signal: stop.signal }).then(
      ({ payload }) => setAnswer(payload),
      (error: unknown) => setFailure(problemOf(error)),
    );
    return () => stop.abort();
  }, [channel, version]);
  const select = (id: string): void => {
    model.set("selected", id);
    model.save_changes();
  };
  const commits = answer?.commits ?? [];
  const commit = commits.find(({ id }) => id === selected) ?? commits[0];
  return (
    <>
      <KernelGone />
      <div class="modos-history-bar">
        <span class="modos-grow modos-muted">
          {answer && answer.total > 0 ? `${counted(answer.total, "commit")} that you made on this computer` : ""}
        </span>
        <Button label="Refresh" data-name="refresh" press={refresh} />
        <CodeButton of={["selected"]} />
      </div>
      {failure && <ProblemLine message={failure.message} hint={failure.hint} />}
      {!answer && !failure && <p class="modos-muted modos-history-wait">Reading commits…</p>}
      {answer && !commit && <Empty name={answer.name} />}
      {answer && commit && (
        <div class="modos-history-panes">
          <CommitList commits={commits} selected={commit.id} select={select} />
          <CommitDetail
            commit={commit}
            version={version}
            commits={commits}
            select={select}
            undone={(id) => {
              setWords("Commit undone.");
              select(id);
              refresh();
              // its button is disabled while the undo of the new commit is checked
              requestAnimationFrame(() => el.querySelector<HTMLElement>(".modos-commits [tabindex='0']")?.focus());
            }}
          />
        </div>
      )}
      <div class="modos-visually-hidden" role="status" aria-live="polite">{words}</div>
    </>
  );
}

function Empty({ name }: { name: string }) {
  if (!name) return <div class="modos-empty"><strong>No object is open.</strong><span>Choose an object to see its commits.</span></div>;
  return (
    <div class="modos-empty">
      <strong>No commits yet</strong>
      <span>{sentence(`Commits to ${name} that you make on this computer appear here. Those of others are in their own history.`)}</span>
    </div>
  );
}

export default {
  render(props: RenderProps): void {
    props.el.setAttribute("role", "group");
    props.el.setAttribute("aria-label", "History");
    mountView(props, "history", css, <History />);
  },
};
