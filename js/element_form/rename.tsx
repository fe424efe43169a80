// The form that renames an element.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { Button, onEnter } from "../shared/controls.tsx";
import { sentence, visible } from "../shared/format.ts";
import { problemOf } from "../shared/messages.ts";
import { useForm } from "./context.ts";
import { Labelled } from "./field.tsx";
import { nextPrefix } from "./ids.ts";

const PAUSE = 200;

interface RenameProps {
  object: string;
  element: string;
  renamed: (element: string) => void;
  close: () => void;
}

export function Rename({ object, element, renamed, close }: RenameProps) {
  const { channel } = useForm();
  const prefix = useMemo(nextPrefix, []);
  const [group = "", name = ""] = split(element);
  const [typed, setTyped] = useState(name);
  const [problem, setProblem] = useState("");
  const field = useRef<HTMLInputElement>(null);
  const turn = useRef(0);
  useLayoutEffect(() => {
    field.current?.focus({ preventScroll: true });
    field.current?.select();
  }, []);
  useEffect(() => {
    const own = (turn.current += 1);
    if (typed === name) {
      setProblem("");
      return;
    }
    const timer = window.setTimeout(() => {
      channel.request("check rename", { object, id: element, new: typed }).then(
        ({ payload }) => own === turn.current && setProblem(payload.problem),
        () => undefined, // renaming says what is wrong
      );
    }, PAUSE);
    return () => clearTimeout(timer);
  }, [channel, object, element, typed]);
  const rename = (): void => {
    turn.current += 1;
    if (typed === name) {
      close();
      return;
    }
    channel.request("rename element", { object, id: element, new: typed }).then(
      ({ payload }) => renamed(payload.element),
      (error: unknown) => {
        const found = problemOf(error);
        if (found) setProblem(`${found.message} ${found.hint}`);
      },
    );
  };
  return (
    <div class="modos-form" role="form" aria-label={`Rename ${visible(element)}`}>
      <div class="modos-form-head"><h2>Rename element</h2></div>
      <div class="modos-form-body">
        <div class="modos-form-field">
          <Labelled id={`${prefix}-id`} label="id" />
          <div class="modos-form-id">
            <span class="modos-muted modos-form-mono" aria-hidden="true">{visible(`${group}/`)}</span>
            <input
              ref={field}
              id={`${prefix}-id`}
              class="modos-input modos-form-mono"
              aria-describedby={`${prefix}-problem ${prefix}-help`}
              aria-invalid={problem !== ""}
              autocomplete="off"
              spellcheck={false}
              value={typed}
              onInput={({ currentTarget }) => setTyped(currentTarget.value)}
              onKeyDown={onEnter(rename)}
            />
          </div>
          <div id={`${prefix}-problem`} role="alert">
            {problem && <div class="modos-form-problem modos-is-error">{sentence(problem)}</div>}
          </div>
          <div class="modos-muted modos-form-help" id={`${prefix}-help`}>Links to the element follow.</div>
        </div>
      </div>
      <div class="modos-form-foot">
        <div class="modos-form-buttons">
          <Button label="Rename" primary disabled={typed === "" || problem !== ""} press={rename} />
          <span class="modos-form-spring" />
          <Button label="Cancel" press={close} />
        </div>
      </div>
    </div>
  );
}

function split(element: string): [string, string] {
  const at = element.indexOf("/");
  return [element.slice(0, at), element.slice(at + 1)];
}
