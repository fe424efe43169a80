// Several new elements: names from a pasted column, or a number and a pattern, with a preview of their ids.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Button, ProblemLine } from "../shared/controls.tsx";
import { count, counted, sentence, visible } from "../shared/format.ts";
import { problemOf, type Problem } from "../shared/messages.ts";
import { useForm } from "./context.ts";
import { Labelled } from "./field.tsx";
import type { FormAnswer, NewElements, PreviewAnswer, Problems } from "./wire.ts";

const PAUSE = 200;
const LONGEST = 4_000_000; // characters; a larger message would vanish on its way
const NOTHING: PreviewAnswer = { first: [], total: 0, problem: "", problems: {} };

interface SeveralProps {
  prefix: string;
  form: FormAnswer;
  names: string;
  request: Pick<NewElements, "object" | "class_name" | "group" | "texts">;
  /** Set to what Enter does in a field of the form. */
  submit: { current: (() => void) | null };
  added: (element: string, total: number) => void;
  close: () => void;
  /** The fields whose values are for all of the new elements. */
  children: (problems: Problems) => ComponentChildren;
}

export function Several({ prefix, form, names: given, request, submit, added, close, children }: SeveralProps) {
  const { channel } = useForm();
  const [isPattern, setPattern] = useState(given === "");
  const [names, setNames] = useState(given);
  const [pattern, setText] = useState(`${form.title.charAt(0).toUpperCase()}${form.title.slice(1)} {n}`);
  const [numbers, setNumbers] = useState({ count: 24, start: 1, padding: 2 });
  const [preview, setPreview] = useState(NOTHING);
  const [isTried, setTried] = useState(false);
  const [isWorking, setWorking] = useState(false);
  const [failure, setFailure] = useState<Problem | null>(null);
  const turn = useRef(0);
  const first = useRef<HTMLElement>(null);
  const asked: NewElements = { ...request, names: isPattern ? "" : names.slice(0, LONGEST), pattern: isPattern ? pattern : "", ...numbers };
  const texts = JSON.stringify(request);
  useEffect(() => first.current?.focus(), [isPattern]);
  useEffect(() => {
    if (!request.object) return;
    const own = (turn.current += 1);
    const timer = window.setTimeout(() => {
      channel.request("preview elements", asked).then(
        ({ payload }) => {
          if (own === turn.current) setPreview(payload);
        },
        (error: unknown) => setFailure(problemOf(error)),
      );
    }, PAUSE);
    return () => clearTimeout(timer);
  }, [channel, texts, isPattern, names, pattern, numbers]);

  const add = async (force: boolean): Promise<void> => {
    setTried(true);
    setFailure(null);
    setWorking(true);
    try {
      const { payload } = await channel.request("add elements", { ...asked, force });
      setPreview((now) => ({ ...now, problem: payload.problem, problems: payload.problems }));
      if (payload.added) added(payload.element, payload.added);
    } catch (error) {
      setFailure(problemOf(error));
    } finally {
      setWorking(false);
    }
  };
  submit.current = () => {
    if (!isWorking && preview.total) void add(false);
  };
  const errors = Object.entries(preview.problems).filter(([, found]) => found.some(({ severity }) => severity === "error"));
  const total = counted(preview.total, visible(form.title), visible(form.plural));
  const number = (name: keyof typeof numbers, label: string, most: number) => (
    <div class="modos-form-number">
      <Labelled id={`${prefix}-${name}`} label={label} />
      <input
        id={`${prefix}-${name}`}
        class="modos-input"
        type="number"
        min={name === "start" ? 0 : 1}
        max={most}
        value={numbers[name]}
        onInput={({ currentTarget }) => setNumbers({ ...numbers, [name]: Math.trunc(Math.min(Number(currentTarget.value) || 0, most)) })}
      />
    </div>
  );
  return (
    <>
      <div class="modos-form-ways" role="group" aria-label="Names">
        <button type="button" aria-pressed={isPattern} onClick={() => setPattern(true)}>Number and pattern</button>
        <button type="button" aria-pressed={!isPattern} onClick={() => setPattern(false)}>Pasted names</button>
      </div>
      {isPattern ? (
        <div class="modos-form-field">
          <Labelled id={`${prefix}-pattern`} label="name" />
          <input
            ref={first as { current: HTMLInputElement | null }}
            id={`${prefix}-pattern`}
            class="modos-input"
            aria-describedby={`${prefix}-pattern-help`}
            value={pattern}
            onInput={({ currentTarget }) => setText(currentTarget.value)}
          />
          <div class="modos-muted modos-form-help" id={`${prefix}-pattern-help`}>{"{n} becomes the number."}</div>
          <div class="modos-form-numbers">
            {number("count", "count", 10_000)}
            {number("start", "first number", 1e9)}
            {number("padding", "digits", 12)}
          </div>
        </div>
      ) : (
        <div class="modos-form-field">
          <Labelled id={`${prefix}-names`} label="names" />
          <textarea
            ref={first as { current: HTMLTextAreaElement | null }}
            id={`${prefix}-names`}
            class="modos-input"
            rows={6}
            aria-describedby={`${prefix}-names-help`}
            value={names}
            onInput={({ currentTarget }) => setNames(currentTarget.value)}
          />
          <div class="modos-muted modos-form-help" id={`${prefix}-names-help`}>One name per line. Paste a column of a spreadsheet.</div>
        </div>
      )}
      <Preview preview={preview} />
      <h3 class="modos-form-common">{`For all ${preview.total > 1 ? total : visible(form.plural)}`}</h3>
      {children(isTried ? preview.problems : {})}
      <div class="modos-form-foot modos-is-inside">
        {failure && <ProblemLine message={failure.message} hint={failure.hint} />}
        {isTried && errors.length > 0 && (
          <div class="modos-form-tried" role="alert">
            <span>{sentence(`Errors in each of them: ${errors.map(([field]) => field).join(", ")}.`)}</span>
            <button type="button" class="modos-form-link" disabled={isWorking} onClick={() => void add(true)}>Add anyway</button>
          </div>
        )}
        <div class="modos-form-buttons">
          <Button label={isWorking ? "Adding…" : `Add ${total}`} primary disabled={isWorking || !preview.total} press={() => void add(false)} title="Enter" />
          <span class="modos-form-spring" />
          <Button label="Cancel" press={close} />
        </div>
      </div>
    </>
  );
}

function Preview({ preview: { first, total, problem } }: { preview: PreviewAnswer }) {
  if (problem) return <div class="modos-form-problem modos-is-error" role="alert">{sentence(problem)}</div>;
  if (!total) return <div class="modos-muted">No names yet.</div>;
  return (
    <div class="modos-form-preview" tabIndex={0} role="region" aria-label="Preview">
      <table>
        <thead><tr><th scope="col">name</th><th scope="col">id</th></tr></thead>
        <tbody>
          {first.map(({ name, id }) => <tr key={id}><td>{visible(name)}</td><td class="modos-form-mono">{visible(id)}</td></tr>)}
        </tbody>
      </table>
      {total > first.length && <div class="modos-muted">{`and ${count(total - first.length)} more`}</div>}
    </div>
  );
}
