// A field: its label, editor, help, and what is wrong in it.
import { useRef, useState } from "preact/hooks";
import type { ComponentChildren } from "preact";
import { sentence, visible } from "../shared/format.ts";
import { Editor } from "./editors.tsx";
import type { Entry } from "./entries.ts";
import type { ClassChoice } from "../shared/wire.ts";
import type { Field, FieldProblem } from "./wire.ts";

const OBVIOUS = new Set(["name", "description"]); // their help is read aloud, and takes no room
const TYPING = 600; // ms after a key, before a field is said to be wrong
const LEAVING = 200; // ms after the focus has left it: a click that moves the focus ends where it began

export interface FieldViewProps {
  field: Field;
  prefix: string;
  object: string;
  className: string;
  entries: Entry[];
  problems: FieldProblem[];
  change: (entries: Entry[]) => void;
  /** Add an element to link to. */
  create?: ((choice: ClassChoice, name: string) => void) | undefined;
}

export function FieldView({ field, prefix, object, className, entries, problems, change, create }: FieldViewProps) {
  const [isTyping, setTyping] = useState(false);
  const timer = useRef(0);
  const id = `${prefix}-${field.name.replaceAll(/\W/g, "-")}`;
  const shown = isTyping ? [] : problems;
  const endTypingAfter = (wait: number): void => {
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => setTyping(false), wait);
  };
  const typed = (next: Entry[]): void => {
    setTyping(true);
    endTypingAfter(TYPING);
    change(next);
  };
  return (
    <div class="modos-form-field" data-field={field.name} onFocusOut={() => endTypingAfter(LEAVING)}>
      <Labelled id={id} label={field.name} isRequired={field.required}>
        {create && field.creates[0] && (
          <NewTarget choices={field.creates} create={(choice) => create(choice, "")} />
        )}
      </Labelled>
      <Editor
        field={field}
        object={object}
        className={className}
        entries={entries}
        change={typed}
        id={id}
        describedBy={`${id}-problem ${id}-help`}
        isWrong={shown.some(({ severity }) => severity === "error")}
      />
      <ProblemsOfField id={id} problems={shown} />
      <div class={OBVIOUS.has(field.name) ? "modos-visually-hidden" : "modos-muted modos-form-help"} id={`${id}-help`}>{field.help}</div>
    </div>
  );
}

export function Labelled({ id, label, isRequired = false, children }: { id: string; label: string; isRequired?: boolean; children?: ComponentChildren }) {
  return (
    <div class="modos-form-label">
      <label for={id}>
        {visible(label)}
        {isRequired && <span class="modos-form-star" title="Required"> *</span>}
      </label>
      {children}
    </div>
  );
}

export function ProblemsOfField({ id, problems }: { id: string; problems: FieldProblem[] }) {
  return (
    <div id={`${id}-problem`}>
      {problems.map(({ severity, message }) => (
        <div key={message} class={`modos-form-problem modos-is-${severity}`}>{sentence(message)}</div>
      ))}
    </div>
  );
}

function NewTarget({ choices, create }: { choices: ClassChoice[]; create: (choice: ClassChoice) => void }) {
  const [first] = choices;
  if (!first) return null;
  return (
    <button type="button" class="modos-form-link" onClick={() => create(first)}>
      {`New ${visible(first.title)}…`}
    </button>
  );
}
