// The form of a new object; what is wrong is said at its field.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Button } from "../shared/controls.tsx";
import { Dialog } from "../shared/dialog.tsx";
import { sentence, visible } from "../shared/format.ts";
import { Problem } from "../shared/messages.ts";
import { useView } from "./hooks.ts";
import type { NewObjectAnswer, NewObjectRequest, PlacesAnswer } from "./wire.ts";

const TYPING = 200; // ms after a key

type Field = "place" | "id" | "name" | "description";
const FIELDS: Record<Field, { label: string; help: string; isRequired?: boolean }> = {
  place: { label: "Place", help: "A folder on the notebook’s computer, or s3://bucket/prefix.", isRequired: true },
  id: { label: "Id", help: "Also the name of its folder. It cannot be changed later.", isRequired: true },
  name: { label: "Name", help: "" },
  description: { label: "Description", help: "" },
};

interface NewObjectProps {
  /** Path of an object whose structure is copied; '' for none. */
  like: string;
  close: () => void;
}

export function NewObject({ like, close }: NewObjectProps) {
  const { channel } = useView();
  const [known, setKnown] = useState<PlacesAnswer>({ places: [], objects: [] });
  const [form, setForm] = useState<NewObjectRequest>({ place: "", id: "", name: "", description: "", like });
  const [answer, setAnswer] = useState<NewObjectAnswer>({ path: "", problems: {}, notes: {} });
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState("");
  const body = useRef<HTMLFormElement>(null);
  /** The places, once they have arrived; a person can be quicker. */
  const places = useRef<Promise<string[]>>(Promise.resolve([]));
  useEffect(() => {
    places.current = channel.request("places").then(
      ({ payload }) => {
        setKnown(payload);
        setForm((before) => ({ ...before, place: before.place || (payload.places[0] ?? "") }));
        return payload.places;
      },
      () => [],
    );
  }, []);
  useEffect(() => {
    let isCurrent = true;
    const timer = window.setTimeout(() => {
      channel.request("check new object", form).then(({ payload }) => isCurrent && setAnswer(payload), () => undefined);
    }, TYPING);
    return () => {
      isCurrent = false;
      window.clearTimeout(timer);
    };
  }, [form]);
  useLayoutEffect(() => {
    body.current?.querySelector<HTMLElement>("[data-name=id]")?.focus();
  }, []);
  const set = (field: keyof NewObjectRequest, text: string): void => {
    setForm((before) => ({ ...before, [field]: text }));
    if (text) setTouched((before) => new Set([...before, field]));
  };
  const create = (): void => {
    setBusy(true);
    setFailure("");
    const request = places.current.then(([first = ""]) => channel.request("create", { ...form, place: form.place || first }));
    request.then(
      ({ payload }) => {
        setBusy(false);
        const wrong = Object.keys(payload.problems)[0];
        if (!wrong) {
          close();
          return;
        }
        setTouched(new Set(Object.keys(FIELDS)));
        setAnswer(payload);
        body.current?.querySelector<HTMLElement>(`[data-name=${wrong}]`)?.focus();
      },
      (error: unknown) => {
        setBusy(false);
        if (error instanceof Problem) setFailure(sentence(`${error.message} ${error.hint}`));
      },
    );
  };
  return (
    <Dialog title="New object" close={close} class="modos-is-small">
      <form
        ref={body}
        class="modos-dialog-body modos-object-form"
        novalidate
        onSubmit={(event) => {
          event.preventDefault();
          if (!isBusy) create();
        }}
      >
        {(Object.keys(FIELDS) as Field[]).map((field) => (
          <FormField
            key={field}
            name={field}
            {...FIELDS[field]}
            value={form[field]}
            problem={touched.has(field) ? (answer.problems[field] ?? "") : ""}
            note={answer.notes[field] ?? ""}
            suggestions={field === "place" ? known.places : []}
            type={(text) => set(field, text)}
          />
        ))}
        <label class="modos-field">
          <span class="modos-field-label">Structure</span>
          <select class="modos-input" value={form.like} onChange={({ currentTarget }) => set("like", currentTarget.value)}>
            <option value="">Empty object</option>
            {known.objects.map(([path, name]) => (
              <option key={path} value={path}>{`Like ${visible(name)}`}</option>
            ))}
          </select>
          {form.like && (
            <span class="modos-muted">
              Copies ids, classes and links of its elements into the draft. Other values and files are not copied.
            </span>
          )}
        </label>
        {answer.path && !Object.keys(answer.problems).length && <div class="modos-muted modos-new-path">{`Will be created at ${visible(answer.path)}`}</div>}
        {failure && <div class="modos-problem" role="alert">{failure}</div>}
        <button type="submit" hidden />
      </form>
      <div class="modos-dialog-foot">
        <Button label="Cancel" press={close} />
        <Button label={isBusy ? "Creating…" : "Create object"} primary disabled={isBusy} press={create} />
      </div>
    </Dialog>
  );
}

interface FormFieldProps {
  name: string;
  label: string;
  help: string;
  isRequired?: boolean;
  value: string;
  problem: string;
  note: string;
  suggestions: string[];
  type: (text: string) => void;
}

function FormField({ name, label, help, isRequired = false, value, problem, note, suggestions, type }: FormFieldProps) {
  const [id] = useState(() => crypto.randomUUID());
  const said = sentence(problem || note || help);
  return (
    <div class="modos-field">
      <label class="modos-field-label" for={id}>
        {label}
        {isRequired && <span class="modos-required" title="Required"> *</span>}
      </label>
      <input
        id={id}
        class="modos-input"
        type="text"
        data-name={name}
        autocomplete="off"
        spellcheck={false}
        required={isRequired}
        aria-invalid={problem ? "true" : undefined}
        aria-describedby={`${id}-said`}
        list={suggestions.length ? `${id}-list` : undefined}
        value={value}
        onInput={({ currentTarget }) => type(currentTarget.value)}
      />
      {suggestions.length > 0 && (
        <datalist id={`${id}-list`}>
          {suggestions.map((each) => <option key={each} value={each} />)}
        </datalist>
      )}
      <span id={`${id}-said`} class={problem ? "modos-field-problem" : "modos-muted"} role={problem ? "alert" : undefined}>
        {said}
      </span>
    </div>
  );
}
