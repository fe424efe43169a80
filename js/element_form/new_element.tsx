// The form of one new element: its fields, its id, and what is wrong, while a person types.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { Button, ProblemLine } from "../shared/controls.tsx";
import { counted, sentence, visible } from "../shared/format.ts";
import { problemOf, type Problem } from "../shared/messages.ts";
import { useForm } from "./context.ts";
import { entry, isBlank, NOTHING, textsOf, type Entries, type Typed } from "./entries.ts";
import { FieldView, Labelled, ProblemsOfField } from "./field.tsx";
import { nextPrefix } from "./ids.ts";
import { forgetInput, keepInput, keptInput, type KeptInput } from "./kept_input.ts";
import { Several } from "./several.tsx";
import type { ClassChoice } from "../shared/wire.ts";
import type { CheckAnswer, Field, FieldProblem, FormAnswer } from "./wire.ts";

const PAUSE = 200; // ms after a key, before the values are checked
const EMPTY: Checked = { id: "", problems: {}, entries: {} };

interface Checked extends CheckAnswer {
  /** What was typed when it was checked. */
  entries: Entries;
}

export interface NewElementProps {
  className: string;
  object: string;
  /** Names to begin with; of several lines for several elements. */
  names?: string;
  /** A form within another: what it adds is linked to. */
  isNested?: boolean;
  /** The form stays after an element is added. */
  stays?: boolean;
  /** An element was added, or `total` of them, of which it is the first. */
  added: (element: string, total?: number) => void;
  /** An element was added, and no other is to follow. */
  done: () => void;
  /** Nothing more is to be added. */
  close: () => void;
  create: (choice: ClassChoice, object: string, linked: (element: string) => void) => void;
}

export function NewElement(props: NewElementProps) {
  const { channel } = useForm();
  const [className, setClassName] = useState(props.className);
  const [form, setForm] = useState<FormAnswer | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => setClassName(props.className), [props.className]);
  useEffect(() => {
    const stopped = new AbortController();
    channel.request("element form", { class_name: className }, { signal: stopped.signal }).then(
      ({ payload }) => setForm(payload),
      (error: unknown) => setProblem(problemOf(error)),
    );
    return () => stopped.abort();
  }, [channel, className]);
  if (problem) return <ProblemLine message={problem.message} hint={problem.hint}><Button label="Close" press={props.close} /></ProblemLine>;
  if (!form) return <div class="modos-muted modos-form-wait" role="status">Loading the form…</div>;
  return <Fields {...props} key={props.object} form={form} choose={setClassName} />;
}

interface FieldsProps extends NewElementProps {
  form: FormAnswer;
  choose: (className: string) => void;
}

function Fields({ form, choose, object: given, names = "", isNested = false, stays = false, added, done, close, create }: FieldsProps) {
  const { channel } = useForm();
  const prefix = useMemo(nextPrefix, []);
  const body = useRef<HTMLFormElement>(null);
  const [object, setObject] = useState(given || (form.objects.length === 1 ? (form.objects[0]?.path ?? "") : ""));
  const [typed, setTyped] = useState<Typed>(() => (names && !names.includes("\n") ? { ...NOTHING, entries: { name: [entry(names)] } } : NOTHING));
  const [isSeveral, setSeveral] = useState(names.includes("\n"));
  const [checked, setChecked] = useState(EMPTY);
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const [isTried, setTried] = useState(false);
  const [isWorking, setWorking] = useState(false);
  const [failure, setFailure] = useState<Problem | null>(null);
  const [said, say] = useState("");
  const [kept, setKept] = useState<KeptInput | null>(null);
  const turn = useRef(0);
  const addSeveral = useRef<(() => void) | null>(null);
  const group = typed.group || (form.groups[0] ?? "");
  const request = { object, class_name: form.name, group, id: typed.id ?? "", texts: textsOf(typed.entries) };
  const isReady = object !== "";

  // before the first key, or what it types would be offered as well
  useLayoutEffect(() => {
    const found = object ? keptInput(object, form.name) : null;
    setKept(found && isBlank(typed) ? found : null);
  }, [object, form.name]);

  // the answer to the latest check counts
  useEffect(() => {
    if (!isReady || isSeveral) return;
    const own = (turn.current += 1);
    const timer = window.setTimeout(() => {
      channel.request("check element", request).then(
        ({ payload }) => {
          if (own !== turn.current) return;
          setChecked({ ...payload, entries: typed.entries });
          note(payload);
        },
        () => undefined, // the kernel has ended, or adding says what is wrong
      );
    }, PAUSE);
    return () => clearTimeout(timer);
  }, [channel, object, form.name, group, typed, isSeveral]);

  /** A widget on its own shows the errors as a trait. */
  const note = (answer: CheckAnswer): void => {
    body.current?.dispatchEvent(new CustomEvent("modos-checked", { bubbles: true, detail: answer }));
  };

  const focusFirst = (): void => {
    (body.current?.querySelector<HTMLElement>("[data-field] :is(input, textarea, select)"))?.focus({ preventScroll: true });
  };
  useLayoutEffect(() => {
    if (!stays) focusFirst();
  }, []);

  const change = (next: Typed, field: string): void => {
    setTyped(next);
    setTouched(new Set([...touched, field]));
    setFailure(null);
    if (object) keepInput(object, form.name, next);
  };
  const setEntries = (field: string, entries: Entries[string]): void =>
    change({ ...typed, entries: { ...typed.entries, [field]: entries } }, field);

  const shownProblems = (field: string): FieldProblem[] => {
    if (checked.entries[field] !== typed.entries[field]) return []; // said of what stood there before
    const found = checked.problems[field] ?? [];
    return isTried || touched.has(field) || (field === "id" && touched.has("name") && typed.id !== null) ? found : [];
  };
  const errors = Object.entries(checked.problems).filter(([, found]) => found.some(({ severity }) => severity === "error"));

  const add = async (isNext: boolean, force = false): Promise<void> => {
    if (isWorking) return;
    setWorking(true);
    setTried(true);
    turn.current += 1;
    try {
      const { payload } = await channel.request("add element", { ...request, force });
      setChecked({ id: payload.id, problems: payload.problems, entries: typed.entries });
      note(payload);
      if (payload.element) {
        forgetInput(object, form.name);
        say(`Added ${payload.element}`);
        added(payload.element);
        if (isNext || stays) reset();
        else done();
      } else {
        const wrong = Object.keys(payload.problems);
        say("");
        requestAnimationFrame(() => focusField(wrong));
      }
    } catch (error) {
      setFailure(problemOf(error));
    } finally {
      setWorking(false);
    }
  };

  const reset = (): void => {
    setTyped({ ...NOTHING, group: typed.group });
    setTouched(new Set());
    setTried(false);
    setChecked(EMPTY);
    setFailure(null);
    requestAnimationFrame(focusFirst);
  };

  /** The first field, as they are shown, that has an error. */
  const focusField = (wrong: string[]): void => {
    const fields = [...(body.current?.querySelectorAll<HTMLElement>("[data-field]") ?? [])];
    const first = fields.find((each) => wrong.includes(each.dataset["field"] ?? ""));
    first?.querySelector<HTMLElement>("input, textarea, select")?.focus();
  };

  const leave = (isKept: boolean): void => {
    if (!isKept && object) forgetInput(object, form.name);
    if (stays) reset();
    else close();
  };

  const key = (event: KeyboardEvent): void => {
    const isControl = event.target instanceof HTMLButtonElement || event.target instanceof HTMLSelectElement;
    if (event.key === "Escape") {
      if (stays) return;
      event.preventDefault();
      event.stopPropagation();
      leave(true);
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !isSeveral) {
      event.preventDefault();
      void add(true);
    } else if (event.key === "Enter" && !isControl && !(event.target instanceof HTMLTextAreaElement)) {
      event.preventDefault();
      if (isSeveral) addSeveral.current?.();
      else void add(false);
    }
  };

  const named = form.fields[0]?.name === "name" ? 1 : 0;
  const view = (field: Field) => (
    <FieldView
      key={field.name}
      field={field}
      prefix={prefix}
      object={object}
      className={form.name}
      entries={typed.entries[field.name] ?? []}
      problems={shownProblems(field.name)}
      change={(entries) => setEntries(field.name, entries)}
      create={isReady ? (choice) => create(choice, object, (element) => setTyped((now) => linked(now, field.name, element, field.many))) : undefined}
    />
  );
  const title = visible(form.title);
  const idField = `${prefix}-id`;
  const idProblems = shownProblems("id");
  return (
    <form class="modos-form" ref={body} noValidate onSubmit={(event) => event.preventDefault()} onKeyDown={key} aria-label={`New ${isSeveral ? visible(form.plural) : title}`}>
      <div class="modos-form-head">
        <h2>{`New ${isSeveral ? visible(form.plural) : title}`}</h2>
        {!isNested && (
          <button type="button" class="modos-form-link" onClick={() => setSeveral(!isSeveral)}>
            {isSeveral ? "Add one…" : "Add several…"}
          </button>
        )}
      </div>
      <div class="modos-form-body">
        {kept && <Offer kept={kept} restore={() => { setTyped(kept.typed); setKept(null); requestAnimationFrame(focusFirst); }} discard={() => { forgetInput(object, form.name); setKept(null); requestAnimationFrame(focusFirst); }} />}
        {form.objects.length > 1 && !isNested && (
          <Choice id={`${prefix}-object`} label="object" value={object} options={[{ value: "", label: "Choose an object" }, ...form.objects.map(({ path, name }) => ({ value: path, label: name }))]} choose={setObject} isRequired />
        )}
        {form.classes.length > 1 && (
          <Choice id={`${prefix}-class`} label="class" value={form.name} options={form.classes.map(({ name, title: words }) => ({ value: name, label: words }))} choose={choose} help={form.description} />
        )}
        {form.groups.length > 1 && (
          <Choice id={`${prefix}-group`} label="group" value={group} options={form.groups.map((name) => ({ value: name, label: name }))} choose={(next) => change({ ...typed, group: next }, "group")} />
        )}
        {isSeveral && (
          <Several
            prefix={prefix}
            form={form}
            names={names.includes("\n") ? names : ""}
            request={{ object, class_name: form.name, group, texts: textsOf(typed.entries) }}
            submit={addSeveral}
            added={(element, total) => {
              added(element, total);
              if (stays) setSeveral(false);
              else done();
            }}
            close={() => leave(true)}
          >
            {(problems) => form.fields.filter(({ name }) => name !== "name").map((field) => (
              <FieldView key={field.name} field={field} prefix={prefix} object={object} className={form.name} entries={typed.entries[field.name] ?? []} problems={problems[field.name] ?? []} change={(entries) => setEntries(field.name, entries)} />
            ))}
          </Several>
        )}
        {!isSeveral && form.fields.slice(0, named).map(view)}
        {!isSeveral && (
          <div class="modos-form-field" data-field="id">
            <Labelled id={idField} label="id" />
            <div class="modos-form-id">
              <span class="modos-muted modos-form-mono" aria-hidden="true">{`${group}/`}</span>
              <input
                id={idField}
                class="modos-input modos-form-mono"
                aria-describedby={`${idField}-problem ${idField}-help`}
                aria-invalid={idProblems.some(({ severity }) => severity === "error")}
                autocomplete="off"
                spellcheck={false}
                value={typed.id ?? (isBlank(typed) ? "" : checked.id)}
                onInput={({ currentTarget }) => change({ ...typed, id: currentTarget.value || null }, "id")}
              />
            </div>
            <ProblemsOfField id={idField} problems={idProblems} />
            <div class="modos-muted modos-form-help" id={`${idField}-help`}>
              {typed.id === null ? "From the name. Change it if you need another." : "Clear it to use one from the name."}
            </div>
          </div>
        )}
        {!isSeveral && form.fields.slice(named).map(view)}
      </div>
      {!isSeveral && (
        <div class="modos-form-foot">
          {failure && <ProblemLine message={failure.message} hint={failure.hint} />}
          {isTried && errors.length > 0 && (
            <div class="modos-form-tried" role="alert">
              <span>{sentence(`${counted(errors.length, "field")} with errors: ${errors.map(([field]) => field).join(", ")}.`)}</span>
              {!checked.problems["id"] && (
                <button type="button" class="modos-form-link" disabled={isWorking} onClick={() => void add(false, true)}>Add anyway</button>
              )}
            </div>
          )}
          <div class="modos-form-buttons">
            <Button label={isNested ? "Add and link" : "Add"} primary disabled={!isReady || isWorking} press={() => void add(false)} title="Enter" />
            {!isNested && !stays && <Button label="Add and next" disabled={!isReady || isWorking} press={() => void add(true)} title="Ctrl+Enter" />}
            <span class="modos-form-spring" />
            <Button label={stays ? "Clear" : "Cancel"} press={() => leave(false)} />
          </div>
        </div>
      )}
      <div class="modos-visually-hidden" role="status">{visible(said)}</div>
    </form>
  );
}

function linked(typed: Typed, field: string, element: string, isMany: boolean): Typed {
  const before = isMany ? (typed.entries[field] ?? []) : [];
  return { ...typed, entries: { ...typed.entries, [field]: [...before, entry(element)] } };
}

interface ChoiceProps {
  id: string;
  label: string;
  value: string;
  options: { value: string; label: string }[];
  choose: (value: string) => void;
  help?: string;
  isRequired?: boolean;
}

function Choice({ id, label, value, options, choose, help = "", isRequired = false }: ChoiceProps) {
  return (
    <div class="modos-form-field">
      <Labelled id={id} label={label} isRequired={isRequired} />
      <select id={id} class="modos-input" aria-describedby={`${id}-help`} value={value} onChange={({ currentTarget }) => choose(currentTarget.value)}>
        {options.map((option) => <option key={option.value} value={option.value}>{visible(option.label)}</option>)}
      </select>
      <div class="modos-muted modos-form-help" id={`${id}-help`}>{help}</div>
    </div>
  );
}

/** What was typed before the page lost its form, such as by a restart of the kernel. */
function Offer({ kept, restore, discard }: { kept: KeptInput; restore: () => void; discard: () => void }) {
  const { entries, id } = kept.typed;
  const name = entries["name"]?.[0]?.label ?? id ?? Object.values(entries).flat()[0]?.label ?? "";
  const time = new Date(kept.at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  return (
    <div class="modos-form-offer" role="status">
      <span>{sentence(`Not added yet: “${name.slice(0, 80)}”, typed at ${time}.`)}</span>
      <Button label="Restore" press={restore} />
      <Button label="Discard" class="modos-quiet" press={discard} />
    </div>
  );
}
