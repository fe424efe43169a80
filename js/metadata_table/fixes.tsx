// The choice of fixes: each with the values before and after. Those that keep the value are selected at first, those that assume
// or delete are not.
import { useState } from "preact/hooks";
import { Button } from "../shared/controls.tsx";
import { Side } from "../shared/diff_table.tsx";
import { count, counted, visible } from "../shared/format.ts";
import type { ValueChips } from "../shared/value.tsx";
import type { Change, TableContext } from "./context.ts";
import { DialogBody, DialogFoot, openDialog } from "./dialog.tsx";
import type { FixGroup, FixRequest } from "./wire.ts";

const SHOWN_AT_FIRST = 3;

function totalOf(groups: FixGroup[]): number {
  return groups.reduce((sum, group) => sum + group.count, 0);
}

/** A finding of a cell. */
export interface CellFinding {
  position: number;
  column: string;
  index: number;
}

/** Let a person choose fixes by kind of problem, and apply them as one step; of one cell: of those alike. */
export async function openFixes(table: TableContext, change: Change, of?: CellFinding): Promise<void> {
  const answer = await table.ask("fixes", of ?? {});
  if (!answer?.groups.length) return;
  const { groups, chips } = answer;
  openDialog(table, `Fix ${counted(totalOf(groups), "problem")}`, (close) => (
    <FixForm
      groups={groups}
      chips={chips}
      apply={(chosen) => {
        close();
        const codes = chosen.map(({ code, effect }): [string, string] => [code, effect]);
        const request: FixRequest = of ? { scope: "kind", ...of } : { scope: "groups", groups: codes };
        void change("fix", request).then(() => table.focusGrid());
      }}
      close={close}
    />
  ));
}

interface FixFormProps {
  groups: FixGroup[];
  chips: ValueChips;
  apply: (chosen: FixGroup[]) => void;
  close: () => void;
}

function FixForm({ groups, chips, apply, close }: FixFormProps) {
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
            <div class="modos-fix-group" key={place}>
              <label class="modos-fix-choice">
                <input
                  type="checkbox"
                  checked={ticks[place] ?? false}
                  data-first={place === first || undefined}
                  onChange={({ currentTarget }) => setTicks(ticks.map((each, at) => (at === place ? currentTarget.checked : each)))}
                />
                <Kind group={group} />
              </label>
              <Examples group={group} chips={chips} />
            </div>
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

function Kind({ group: { count: cells, effect, objects, slots, title, words } }: { group: FixGroup }) {
  const places = [slots.map(visible).join(", "), counted(cells, "cell"), objects > 1 && counted(objects, "object")];
  return (
    <>
      <span class="modos-fix-kind">
        <span>{visible(title)}</span>
        <span class="modos-muted">{places.filter(Boolean).join(" · ")}</span>
      </span>
      <span class={`modos-pill modos-fix-effect modos-fix-${effect}`}>{visible(words)}</span>
    </>
  );
}

/** Values before and after; the first ones until all are asked for. */
function Examples({ group: { count: cells, examples, title }, chips }: { group: FixGroup; chips: ValueChips }) {
  const [isOpen, setOpen] = useState(false);
  const shown = isOpen ? examples : examples.slice(0, SHOWN_AT_FIRST);
  const more = examples.length - shown.length;
  const left = cells - examples.length;
  return (
    <div class="modos-fix-examples">
      {shown.map(([name, before, after], place) => (
        <span key={place} title={visible(name)}>
          <bdi class="modos-muted">{visible(name)}</bdi> <Side text={before} tag="del" chips={chips} /> → <Side text={after} tag="ins" chips={chips} />
        </span>
      ))}
      {more > 0 && (
        <button
          type="button"
          class="modos-link modos-fix"
          aria-label={`Show ${count(more)} more: ${visible(title)}`}
          onClick={() => setOpen(true)}
        >
          {`Show ${count(more)} more`}
        </button>
      )}
      {more === 0 && left > 0 && <span class="modos-muted">{`and ${count(left)} more`}</span>}
    </div>
  );
}

