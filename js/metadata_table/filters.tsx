// The filter of one column: a condition, or a choice of its values.
import { useEffect, useState } from "preact/hooks";
import { Button, Checkbox, onEnter } from "../shared/controls.tsx";
import { openPopover } from "../shared/floating.ts";
import { count, counted, visible } from "../shared/format.ts";
import { Problem } from "../shared/messages.ts";
import { reading } from "./cells.ts";
import type { TableContext } from "./context.ts";
import { choicesFor, isBare } from "./conditions.ts";
import type { Column, Condition, ValuesAnswer } from "./wire.ts";

const DAY = /^\d{4}-\d{2}-\d{2}$/;

export function openFilter(table: TableContext, column: Column, anchor: DOMRect): void {
  openPopover(table.el, {
    name: `Filter ${column.name}`,
    anchor,
    class: "modos-popover modos-filter-box",
    closed: () => table.focusGrid(),
    content: ({ close }) => (
      <FilterForm
        table={table}
        column={column}
        now={table.query.filters?.[column.id]}
        apply={(condition) => {
          close();
          table.setFilter(column, condition);
        }}
      />
    ),
  });
}

interface FilterFormProps {
  table: TableContext;
  column: Column;
  now: Condition | undefined;
  apply: (condition: Condition | null) => void;
}

function FilterForm({ table, column, now, apply }: FilterFormProps) {
  const choices = choicesFor(column.kind);
  const [operator, setOperator] = useState(now && now.operator !== "any" ? now.operator : (choices[0]?.[0] ?? "contains"));
  const [text, setText] = useState(now?.text ?? "");
  const [to, setTo] = useState(now?.to ?? "");
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set(now?.values));
  // a day is chosen; a moment that was asked for in Python stays as it is
  const [isDay] = useState(column.kind === "moment" && [text, to].every((each) => !each || DAY.test(each)));
  const type = isDay ? { type: "date" as const } : { type: "text" as const };
  const done = (): void => {
    const says = isBare(operator) || text !== "" || (operator === "between" && to !== "");
    const condition: Condition = { operator: says ? operator : "any" };
    if (says && !isBare(operator)) condition.text = text;
    if (says && operator === "between") condition.to = to;
    if (chosen.size) condition.values = [...chosen];
    apply(says || chosen.size ? condition : null);
  };
  const enter = onEnter(done);
  return (
    <>
      <strong>{visible(column.name)}</strong>
      <select
        class="modos-input"
        aria-label="Condition"
        value={operator}
        onChange={({ currentTarget }) => setOperator(currentTarget.value)}
        onKeyDown={enter}
      >
        {choices.map(([value, label]) => <option key={value} value={value}>{label}</option>)}
      </select>
      <input
        class="modos-input"
        aria-label="Value"
        data-first
        {...type}
        hidden={isBare(operator)}
        value={text}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
        onKeyDown={enter}
      />
      <input
        class="modos-input"
        aria-label="Up to"
        placeholder="up to"
        {...type}
        hidden={operator !== "between"}
        value={to}
        onInput={({ currentTarget }) => setTo(currentTarget.value)}
        onKeyDown={enter}
      />
      <Values
        table={table}
        column={column}
        chosen={chosen}
        choose={(value, isChosen) => {
          const values = new Set(chosen);
          if (isChosen) values.add(value);
          else values.delete(value);
          setChosen(values);
        }}
        enter={enter}
      />
      <div class="modos-row-end">
        <Button label="Clear" press={() => apply(null)} />
        <Button label="Apply" primary press={done} />
      </div>
    </>
  );
}

interface ValuesProps {
  table: TableContext;
  column: Column;
  chosen: ReadonlySet<string>;
  choose: (value: string, isChosen: boolean) => void;
  enter: (event: KeyboardEvent) => void;
}

/** The most frequent values, to tick. */
function Values({ table: { channel }, column, chosen, choose, enter }: ValuesProps) {
  const [answer, setAnswer] = useState<ValuesAnswer | null>(null);
  const [note, setNote] = useState("Counting values…");
  useEffect(() => {
    channel.request("values", { column: column.id }).then(
      ({ payload }) => {
        const left = payload.count - payload.values.length;
        setAnswer(payload);
        setNote(left > 0 ? `and ${counted(left, "rarer value")}` : counted(payload.count, "value"));
      },
      (error: unknown) => setNote(error instanceof Problem ? error.message : ""),
    );
  }, [channel, column]);
  const labels = new Map(Object.entries(answer?.labels ?? {}));
  return (
    <>
      <div class="modos-values" role="group" aria-label="Values" tabIndex={0} onKeyDown={enter}>
        {answer?.values.map(([value, times]) => (
          <Checkbox
            class="modos-value"
            key={value}
            isChecked={chosen.has(value)}
            check={(isChosen) => choose(value, isChosen)}
          >
            <span class={value ? "modos-value-text" : "modos-value-text modos-muted"} title={visible(value)}>
              {value ? reading(value, column, labels) : "(empty)"}
            </span>
            <span class="modos-muted">{count(times)}</span>
          </Checkbox>
        ))}
      </div>
      <div class="modos-muted">{note}</div>
    </>
  );
}
