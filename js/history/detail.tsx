// One commit: who made it, what it changed, and its undo.
import { useEffect, useState } from "preact/hooks";
import { Cards } from "../shared/cards.tsx";
import { Button, ProblemLine } from "../shared/controls.tsx";
import { DiffTable, Named, Side } from "../shared/diff_table.tsx";
import { count, counted, facts, sentence, visible } from "../shared/format.ts";
import { problemOf, type Problem } from "../shared/messages.ts";
import { useView } from "./hooks.ts";
import { UndoDialog } from "./undo_dialog.tsx";
import type { ChangesAnswer, CheckAnswer, CommitShown } from "./wire.ts";
import { countsText, lackingText, timeText } from "./words.ts";

interface CommitDetailProps {
  commit: CommitShown;
  /** Increases when the object may have changed. */
  version: number;
  /** All commits that are listed. */
  commits: CommitShown[];
  select: (id: string) => void;
  undone: (id: string) => void;
}

export function CommitDetail({ commit, version, commits, select, undone }: CommitDetailProps) {
  const { channel } = useView();
  const [changes, setChanges] = useState<ChangesAnswer | null>(null);
  const [check, setCheck] = useState<CheckAnswer | null>(null);
  const [failure, setFailure] = useState<Problem | null>(null);
  const [isAsking, setAsking] = useState(false);
  const { id } = commit;
  useEffect(() => {
    const stop = new AbortController();
    const options = { signal: stop.signal };
    setChanges(null);
    setCheck(null);
    setFailure(null);
    const fail = (error: unknown): void => setFailure(problemOf(error));
    channel.request("changes", { id }, options).then(({ payload }) => setChanges(payload), fail);
    channel.request("check", { id }, options).then(({ payload }) => setCheck(payload), fail);
    return () => stop.abort();
  }, [id, version, channel]);
  const undoes = commit.undoes ? ` · undo of ${commit.undoes}` : "";
  return (
    <section class="modos-commit" aria-label="Selected commit" tabIndex={0}>
      <div class="modos-commit-top">
        <h3>{sentence(commit.message) || "No message"}</h3>
        <Button
          label="Undo commit…"
          data-name="undo"
          disabled={!check?.possible}
          press={() => setAsking(true)}
        />
      </div>
      <p class="modos-muted">{facts(`${timeText(commit.when)} · ${commit.who} · ${countsText(commit)}${undoes}`)}</p>
      {failure && <ProblemLine message={failure.message} hint={failure.hint} />}
      <Cards channel={channel}>
        {!failure && <UndoState check={check} first={commits.find(({ id: each }) => each === check?.undo_first)} select={select} />}
        {changes && <Changes changes={changes} />}
      </Cards>
      {isAsking && check && (
        <UndoDialog
          commit={commit}
          lacking={check.lacking}
          close={() => setAsking(false)}
          undone={(undo) => {
            setAsking(false);
            undone(undo);
          }}
        />
      )}
    </section>
  );
}

interface UndoStateProps {
  check: CheckAnswer | null;
  /** The commit to undo first. */
  first: CommitShown | undefined;
  select: (id: string) => void;
}

/** Whether the commit can be undone, and if not, why and which cells. */
function UndoState({ check, first, select }: UndoStateProps) {
  if (!check) return <p class="modos-muted">Checking whether this commit can be undone…</p>;
  if (check.possible) {
    return check.lacking.length > 0 ? <p class="modos-problem modos-is-note">{sentence(lackingText(check.lacking))}</p> : null;
  }
  const left = check.conflict_count - check.conflicts.length;
  return (
    <>
      <div class="modos-problem modos-is-note">
        <span class="modos-grow">
          {sentence(`Cannot be undone. ${check.reason}${first ? ` Undo ${first.message ? `“${first.message}”` : "the later commit"} first.` : ""}`)}
        </span>
        {first && <Button label="Show later commit" press={() => select(first.id)} />}
      </div>
      {check.conflicts.length > 0 && <h4>Changed since</h4>}
      {check.conflicts.length > 0 && (
        <DiffTable
          head={["Element", "Attribute", "Committed", "Stored now"]}
          rows={check.conflicts.map(({ element, slot, committed, stored }) => [
            <Named text={element} />,
            <Named text={slot || "(the whole element)"} />,
            <Side text={committed} tag="del" chips={check.chips} />,
            <Side text={stored} tag="ins" chips={check.chips} />,
          ])}
        />
      )}
      {left > 0 && <p class="modos-muted">{`and ${counted(left, "more cell")}`}</p>}
    </>
  );
}

function Changes({ changes }: { changes: ChangesAnswer }) {
  const left = changes.total - changes.rows.length;
  if (changes.total === 0) return <p class="modos-muted">This commit changed nothing.</p>;
  return (
    <>
      <h4>Changes of this commit</h4>
      <DiffTable
        head={["Element", "Attribute", "Before", "After"]}
        rows={changes.rows.map(([element, slot, before, after]) => [
          <Named text={element} />,
          <Named text={visible(slot) || "(the whole element)"} />,
          <Side text={before} tag="del" chips={changes.chips} />,
          <Side text={after} tag="ins" chips={changes.chips} />,
        ])}
      />
      {left > 0 && <p class="modos-muted">{`and ${count(left)} more. Modo.find_commit(id).diff has all.`}</p>}
    </>
  );
}
