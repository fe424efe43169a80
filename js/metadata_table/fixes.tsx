// The choice of fixes: those that keep the value are selected at first, those that assume or delete are not.
import { useState } from "preact/hooks";
import { Button } from "../shared/controls.tsx";
import { count, counted, visible } from "../shared/format.ts";
import type { Change, TableContext } from "./context.ts";
import { DialogBody, DialogFoot, openDialog } from "./dialog.tsx";
import type { FixGroup, Label } from "./wire.ts";

const EFFECT = {
  keeps: "Keeps the value",
  assumes: "Assumes a value",
  deletes: "Deletes a value",
};

function totalOf(groups: FixGroup[]): number {
  return groups.reduce((sum, group) => sum + group.count, 0);
}

/** Let a person choose fixes by kind of problem, and apply them as one step. */
export async function openFixes(table: TableContext, change: Change): Promise<void> {
  const answer = await table.ask("fixes");
  if (!answer?.groups.length) return;
  const { groups } = answer;
  openDialog(table, `Fix ${counted(totalOf(groups), "problem")}`, (close) => (
    <FixForm
      groups={groups}
      apply={(chosen) => {
        close();
        const codes = chosen.map(({ code, effect }): Label => [code, effect]);
        void change("fix", { scope: "groups", groups: codes }).then(() => table.focusGrid());
      }}
      close={close}
    />
  ));
}

interface FixFormProps {
  groups: FixGroup[];
  apply: (chosen: FixGroup[]) => void;
  close: () => void;
}

function FixForm({ groups, apply, close }: FixFormProps) {
  const [ticks, setTicks] = useState(groups.map(({ effect }) => effect === "keeps"));
  const chosen = groups.filter((_, place) => ticks[place]);
  const total = totalOf(chosen);
  const [first] = useState(Math.max(0, ticks.indexOf(true)));
  return (
    <>
      <DialogBody>
        <p class="modos-muted">Fixes change the draft only. Nothing is written until you commit.</p>
        <div class="modos-fix-groups">
          {groups.map((group, place) => (
            <label class="modos-fix-group" key={place}>
              <input
                type="checkbox"
                checked={ticks[place] ?? false}
                data-first={place === first || undefined}
                onChange={({ currentTarget }) => setTicks(ticks.map((each, at) => (at === place ? currentTarget.checked : each)))}
              />
              <Group group={group} />
            </label>
          ))}
        </div>
      </DialogBody>
      <DialogFoot>
        <Button label="Cancel" press={close} />
        <Button label={`Apply ${counted(total, "fix", "fixes")}`} primary disabled={total === 0} press={() => apply(chosen)} />
      </DialogFoot>
    </>
  );
}

function Group({ group: { count: cells, effect, examples, objects, slots, title } }: { group: FixGroup }) {
  const places = [slots.map(visible).join(", "), counted(cells, "cell"), objects > 1 && counted(objects, "object")];
  const more = cells - examples.length;
  return (
    <>
      <span class="modos-fix-kind">
        <span>{visible(title)}</span>
        <span class="modos-muted">{places.filter(Boolean).join(" · ")}</span>
      </span>
      <span class={`modos-pill modos-fix-effect modos-fix-${effect}`}>{EFFECT[effect]}</span>
      <span class="modos-fix-examples">
        {examples.map(([name, before, after]) => (
          <span key={name} title={visible(name)}>
            <bdi class="modos-muted">{visible(name)}</bdi> <Value text={before} tag="del" /> → <Value text={after} tag="ins" />
          </span>
        ))}
        {more > 0 && <span class="modos-muted">{`and ${count(more)} more`}</span>}
      </span>
    </>
  );
}

function Value({ text, tag: Tag }: { text: string | null; tag: "del" | "ins" }) {
  return text === null ? <span class="modos-muted">(empty)</span> : <Tag>{visible(text)}</Tag>;
}
