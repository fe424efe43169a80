// Changing many cells at once: one value for all filtered rows, find and replace.
import { useEffect, useRef, useState } from "preact/hooks";
import { Calendar } from "../shared/calendar.ts";
import { Combo } from "../shared/combo.ts";
import { Button, Checkbox, Held, onEnter } from "../shared/controls.tsx";
import { openPopover } from "../shared/floating.ts";
import { counted, sentence } from "../shared/format.ts";
import type { Asked, TableContext } from "./context.ts";
import type { Column, EditAnswer } from "./wire.ts";

const TYPING = 200; // ms after a key

type ReplaceRequest = Asked<"replace">;

export function openSetAll(table: TableContext, column: Column, position: number, set: (text: string) => void): void {
  const head = table.el.querySelector(`.ag-header-cell[col-id="${CSS.escape(column.id)}"]`) ?? table.el;
  const rows = counted(table.api.getDisplayedRowCount(), "row");
  const combo = new Combo({
    root: table.el,
    column,
    suggest: (text) => table.suggest(column, position, text),
    picked: () => combo.input.focus(),
  });
  const { input } = combo;
  const name = column.title ?? column.name;
  const chosen = (text: string): void => {
    input.value = text;
  };
  const calendar = column.kind === "moment" ? new Calendar({ name, timed: Boolean(column.title), chosen }) : null;
  input.classList.add("modos-input");
  input.dataset["first"] = "";
  calendar?.show("");
  input.addEventListener("input", () => calendar?.show(input.value));
  openPopover(table.el, {
    name: `Set ${column.name} in ${rows}`,
    anchor: head.getBoundingClientRect(),
    closed: () => {
      combo.destroy();
      table.focusGrid();
    },
    content: ({ close }) => {
      const done = (): void => {
        const { text } = combo;
        close();
        set(text);
      };
      const field: HTMLElement = input;
      field.addEventListener("keydown", (event) => {
        const picks = combo.picking && event.key === "Enter"; // the next Enter sets it
        if (combo.key(event) || picks) {
          event.preventDefault();
          event.stopPropagation();
        } else if (event.key === "Enter") {
          event.preventDefault();
          done();
        }
      });
      return (
        <>
          <strong>{sentence(`Set ${column.name} in ${rows}`)}</strong>
          <Held element={input} />
          {calendar && <Held element={calendar.box} />}
          <div class="modos-muted">Leave empty to clear the cells. Ctrl+Z undoes it.</div>
          <div class="modos-row-end">
            <Button label="Cancel" press={close} />
            <Button label={`Set ${rows}`} primary press={done} />
          </div>
        </>
      );
    },
  });
}

export function openReplace(
  table: TableContext,
  anchor: Element,
  here: Column | undefined,
  columns: string[],
  replace: (request: ReplaceRequest) => Promise<EditAnswer | null>,
): void {
  openPopover(table.el, {
    name: "Find and replace",
    anchor,
    class: "modos-popover modos-replace",
    closed: () => table.focusGrid(),
    content: ({ close }) => (
      <ReplaceForm
        here={here?.editable ? here : undefined}
        columns={columns}
        count={(request) => table.request("replace", { ...request, count: true }).then(({ payload }) => payload)}
        replace={replace}
        close={close}
      />
    ),
  });
}

interface ReplaceFormProps {
  /** The column of the focused cell. */
  here: Column | undefined;
  columns: string[];
  count: (request: ReplaceRequest) => Promise<EditAnswer>;
  replace: (request: ReplaceRequest) => Promise<EditAnswer | null>;
  close: () => void;
}

function ReplaceForm({ here, columns, count, replace, close }: ReplaceFormProps) {
  const [find, setFind] = useState("");
  const [by, setBy] = useState("");
  const [where, setWhere] = useState(here?.id ?? "");
  const [isWhole, setWhole] = useState(false);
  const [isSameCase, setSameCase] = useState(false);
  const [found, setFound] = useState("Searches the filtered rows.");
  const stop = useRef(() => {});
  const request: ReplaceRequest = {
    find,
    replace: by,
    whole: isWhole,
    case: isSameCase,
    columns: where ? [where] : columns,
  };
  useEffect(() => {
    if (!find) return undefined;
    let isCurrent = true; // a count that arrives late belongs to an earlier request
    const timer = window.setTimeout(() => {
      count(request).then(
        ({ done }) => isCurrent && setFound(`${counted(done, "cell")} in the filtered rows`),
        () => undefined,
      );
    }, TYPING);
    stop.current = () => {
      isCurrent = false;
      window.clearTimeout(timer);
    };
    return () => stop.current();
  }, [find, where, isWhole, isSameCase]);
  const go = (): void => {
    if (!find) return;
    stop.current();
    void replace(request).then((answer) => answer && setFound(`${counted(answer.done, "cell")} changed`));
  };
  const enter = onEnter(go);
  return (
    <>
      <strong>Find and replace</strong>
      <input
        class="modos-input"
        aria-label="Find"
        placeholder="Find"
        data-first
        value={find}
        onInput={({ currentTarget }) => setFind(currentTarget.value)}
        onKeyDown={enter}
      />
      <input
        class="modos-input"
        aria-label="Replace with"
        placeholder="Replace with"
        value={by}
        onInput={({ currentTarget }) => setBy(currentTarget.value)}
        onKeyDown={enter}
      />
      <select class="modos-input" aria-label="Columns to search" value={where} onChange={({ currentTarget }) => setWhere(currentTarget.value)}>
        {here && <option value={here.id}>{sentence(`In ${here.name}`)}</option>}
        <option value="">In all visible columns</option>
      </select>
      <div onKeyDown={enter}>
        <Checkbox class="modos-value" isChecked={isWhole} check={setWhole}><span>Match whole cell</span></Checkbox>
        <Checkbox class="modos-value" isChecked={isSameCase} check={setSameCase}><span>Match case</span></Checkbox>
      </div>
      <div class="modos-muted" role="status">{found}</div>
      <div class="modos-row-end">
        <Button label="Close" press={close} />
        <Button label="Replace all" primary press={go} />
      </div>
    </>
  );
}
