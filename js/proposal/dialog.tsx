// Proposed changes: accept or reject each, those of an element, or all; then apply the decisions in one step.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Cards } from "../shared/cards.tsx";
import { Button, ProblemLine } from "../shared/controls.tsx";
import { DiffTable, Named, ObjectName, Side } from "../shared/diff_table.tsx";
import { Dialog } from "../shared/dialog.tsx";
import { count, counted, visible } from "../shared/format.ts";
import { problemOf, type Channel, type Problem } from "../shared/messages.ts";
import { adopt } from "../shared/style.ts";
import css from "./style.css";
import type { ProposedAnswer, ProposedShown } from "../shared/wire.ts";
import type { Requests } from "./wire.ts";

type Decision = "accept" | "reject" | "";

interface ProposalDialogProps {
  /** The channel of a widget with a `ProposalReview`. */
  channel: Channel<Requests>;
  close: () => void;
  /** Called with the number of undecided changes once decisions were applied. */
  decided: (undecided: number) => void;
}

const CHANGED = "The changes are not those that you reviewed. Check them again.";

export function ProposalDialog({ channel, close, decided }: ProposalDialogProps) {
  const box = useRef<HTMLDivElement>(null);
  const [answer, setAnswer] = useState<ProposedAnswer | null>(null);
  const [choices, setChoices] = useState<Decision[]>([]);
  const [failure, setFailure] = useState<Problem | null>(null);
  const [notice, setNotice] = useState("");
  const [isWaiting, setWaiting] = useState(false);
  useLayoutEffect(() => adopt(box.current!, "proposal", css), []);
  const fail = (error: unknown): void => {
    setWaiting(false);
    setFailure(problemOf(error));
  };
  const load = (refresh: boolean): void => {
    channel.request("proposed changes", { refresh }).then(({ payload }) => {
      setAnswer(payload);
      setChoices(payload.changes.map(() => ""));
    }, fail);
  };
  useEffect(() => load(true), [channel]);
  const changes = answer?.changes ?? [];
  const choose = (decision: Decision, isMeant: (change: ProposedShown) => boolean): void =>
    setChoices(choices.map((choice, place) => (isMeant(changes[place]!) ? decision : choice)));
  const cells = (decision: Decision) => changes.filter((_, place) => choices[place] === decision).map(({ cell }) => cell);
  const chosen = choices.filter(Boolean).length;
  const apply = (): void => {
    setWaiting(true);
    setFailure(null);
    channel.request("decide", { revision: answer!.revision, accept: cells("accept"), reject: cells("reject") }).then(({ payload }) => {
      setWaiting(false);
      if (payload.changed) {
        setNotice(CHANGED);
        load(false);
        return;
      }
      decided(payload.undecided);
      close();
    }, fail);
  };
  const stale = changes.filter((change) => change.stale).length;
  return (
    <Dialog title={answer ? `Review ${counted(answer.total, "proposed change")}` : "Review proposed changes"} close={close} class="modos-is-wide">
      <div class="modos-dialog-body" tabIndex={0} ref={box}>
        {failure && <ProblemLine message={failure.message} hint={failure.hint} />}
        {notice && <div class="modos-problem" role="alert">{notice}</div>}
        {stale > 0 && (
          <p class="modos-proposal-stale">
            {`${counted(stale, "cell has", "cells have")} changed since the proposal was made. Accepting such a change replaces the stored value.`}
          </p>
        )}
        {!answer && !failure && <p class="modos-muted">Reading what is stored…</p>}
        {answer?.total === 0 && <p>Every proposed change is decided.</p>}
        {answer && answer.total > 0 && (
          <Cards channel={channel}><Changes answer={answer} choices={choices} choose={choose} /></Cards>
        )}
        {answer && answer.total > changes.length && (
          <p class="modos-muted">{`and ${count(answer.total - changes.length)} more, shown once these are decided`}</p>
        )}
      </div>
      <div class="modos-dialog-foot">
        <Button label="Accept all" disabled={!changes.length} press={() => choose("accept", () => true)} />
        <Button label="Reject all" disabled={!changes.length} press={() => choose("reject", () => true)} />
        <span class="modos-proposal-count" role="status">{chosen ? `${count(chosen)} of ${count(changes.length)} decided` : ""}</span>
        <Button label="Cancel" data-first press={close} />
        <Button label={isWaiting ? "Applying…" : chosen ? `Apply ${counted(chosen, "decision")}` : "Apply"} primary disabled={chosen === 0 || isWaiting} press={apply} />
      </div>
    </Dialog>
  );
}

interface ChangesProps {
  answer: ProposedAnswer;
  choices: Decision[];
  choose: (decision: Decision, isMeant: (change: ProposedShown) => boolean) => void;
}

function Changes({ answer: { changes, several, chips }, choices, choose }: ChangesProps) {
  const stored = changes.some(({ stale }) => stale);
  const head = [...(several ? ["Object"] : []), "Element", "Attribute", "Before", "Proposed", ...(stored ? ["Stored now"] : []), "Decision"];
  const rows = changes.map((change, place) => {
    const [path, element, slot] = change.cell;
    const before = changes[place - 1]?.cell;
    const isFirst = before?.[0] !== path || before[1] !== element;
    const siblings = changes.filter(({ cell }) => cell[0] === path && cell[1] === element).length;
    return [
      ...(several ? [<ObjectName path={path} />] : []),
      <div class="modos-proposal-element">
        <Named text={element} />
        {isFirst && siblings > 1 && (
          <Choice
            name={`all ${count(siblings)} changes of ${visible(element)}`}
            amount={` all ${count(siblings)}`}
            choice={together(changes, choices, path, element)}
            choose={(decision) => choose(decision, ({ cell }) => cell[0] === path && cell[1] === element)}
          />
        )}
      </div>,
      <Named text={slot || (change.kind === "removed" ? "(remove element)" : "(the whole element)")} />,
      <Side text={change.base} tag="del" chips={chips} object={several ? path : ""} />,
      <Side text={change.proposed} tag="ins" chips={chips} object={several ? path : ""} />,
      ...(stored ? [change.stale ? <Side text={change.stored} tag="ins" chips={chips} object={several ? path : ""} /> : <span class="modos-muted">unchanged</span>] : []),
      <Choice
        name={`${visible(element)} ${visible(slot)}`.trim()}
        choice={choices[place] ?? ""}
        choose={(decision) => choose(decision, (each) => each === change)}
      />,
    ];
  });
  return <DiffTable head={head} rows={rows} />;
}

/** The decision that all changes of an element share. */
function together(changes: ProposedShown[], choices: Decision[], path: string, element: string): Decision {
  const own = choices.filter((_, place) => changes[place]?.cell[0] === path && changes[place]?.cell[1] === element);
  return own.every((choice) => choice === own[0]) ? (own[0] ?? "") : "";
}

interface ChoiceProps {
  /** What is decided, for screen readers. */
  name: string;
  choice: Decision;
  choose: (decision: Decision) => void;
  /** How many changes, where they are several. */
  amount?: string;
}

/** Two buttons of which one can be pressed; pressing it again leaves the change undecided. */
function Choice({ name, choice, choose, amount = "" }: ChoiceProps) {
  const button = (decision: "accept" | "reject", label: string, sign: string) => (
    <Button
      label={`${sign} ${label}${amount}`}
      class={`modos-quiet modos-choice-${decision}`}
      aria-pressed={choice === decision}
      aria-label={`${label}: ${name}`}
      press={() => choose(choice === decision ? "" : decision)}
    />
  );
  return (
    <span class="modos-proposal-choice">
      {button("accept", "Accept", "✓")}
      {button("reject", "Reject", "✕")}
    </span>
  );
}
