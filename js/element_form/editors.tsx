// The editors of fields: text, number, date and time, permitted values, terms, links, and several of each.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { Calendar } from "../shared/calendar.ts";
import { Combo } from "../shared/combo.ts";
import { Held } from "../shared/controls.tsx";
import { visible } from "../shared/format.ts";
import { useForm } from "./context.ts";
import { entry, type Entry } from "./entries.ts";
import type { Field } from "./wire.ts";

const OFFERED = new Set(["choice", "link", "term", "users", "yes_no"]);
const YES_NO = [
  { value: "yes", description: "true" },
  { value: "no", description: "false" },
];

export interface EditorProps {
  field: Field;
  object: string;
  className: string;
  entries: Entry[];
  change: (entries: Entry[]) => void;
  /** Ids of the control, and of what describes it. */
  id: string;
  describedBy: string;
  isWrong: boolean;
}

export function Editor(props: EditorProps) {
  const { field } = props;
  if (field.many) return <SeveralEditor {...props} />;
  if (OFFERED.has(field.kind)) return <ComboEditor {...props} />;
  if (field.kind === "moment") return <MomentEditor {...props} />;
  return <TextEditor {...props} />;
}

function TextEditor({ field, entries, change, id, describedBy, isWrong }: EditorProps) {
  const shared = {
    id,
    class: "modos-input",
    "aria-describedby": describedBy,
    "aria-invalid": isWrong,
    "aria-required": field.required,
    autocomplete: "off",
    value: entries[0]?.value ?? "",
    onInput: ({ currentTarget }: { currentTarget: { value: string } }) =>
      change(currentTarget.value ? [entry(currentTarget.value)] : []),
  };
  if (field.name === "description") return <textarea rows={3} {...shared} />;
  return <input spellcheck={field.kind === "text"} inputMode={field.kind === "number" ? "decimal" : "text"} {...shared} />;
}

/** A text with fields for date, time and zone below it. */
function MomentEditor(props: EditorProps) {
  const { field, entries, change } = props;
  const latest = useRef(change);
  latest.current = change;
  const calendar = useMemo(
    () => new Calendar({ name: field.name, timed: true, chosen: (text) => latest.current([entry(text)]) }),
    [field.name],
  );
  const text = entries[0]?.value ?? "";
  useLayoutEffect(() => calendar.show(text), [calendar, text]);
  return (
    <>
      <TextEditor {...props} />
      <Held element={calendar.box} />
    </>
  );
}

/** A field with suggestions; `picked` is called where one of them is chosen. */
function useCombo(props: EditorProps, typed: (combo: Combo) => void, picked: (combo: Combo) => void): Combo {
  const { channel, root } = useForm();
  const { field } = props;
  const latest = useRef({ props, typed, picked });
  latest.current = { props, typed, picked };
  const combo = useMemo(() => {
    const made: Combo = new Combo({
      root,
      column: {
        name: field.name,
        title: field.title,
        kind: field.kind === "users" ? "link" : field.kind === "yes_no" ? "choice" : field.kind,
        terms: field.kind === "yes_no" ? YES_NO : field.permitted,
      },
      suggest: async (text) => {
        const { object, className } = latest.current.props;
        const { payload } = await channel.request("element values", { object, class_name: className, field: field.name, text });
        return payload.options;
      },
      picked: () => latest.current.picked(made),
    });
    const input: HTMLElement = made.input;
    input.classList.add("modos-input");
    input.removeAttribute("aria-label"); // it has a visible label
    input.addEventListener("input", () => latest.current.typed(made));
    input.addEventListener("click", () => made.offer(true));
    input.addEventListener("blur", () => made.close());
    return made;
  }, [root, channel, field]);
  useEffect(() => () => combo.destroy(), [combo]);
  useLayoutEffect(() => {
    const { input } = combo;
    input.id = props.id;
    input.setAttribute("aria-describedby", props.describedBy);
    input.setAttribute("aria-invalid", String(props.isWrong));
    input.setAttribute("aria-required", String(field.required));
  });
  return combo;
}

function ComboEditor(props: EditorProps) {
  const { entries, change } = props;
  const store = (combo: Combo): void => change(combo.input.value ? [entry(combo.text, combo.input.value)] : []);
  const combo = useCombo(props, store, store);
  const { value = "", label = "" } = entries[0] ?? {};
  useLayoutEffect(() => {
    if (combo.input.value === label) return;
    combo.know(label, value);
    combo.input.value = label;
  }, [combo, label, value]);
  return (
    <div class="modos-form-combo" onKeyDown={(event) => takeKey(combo, event)}>
      <Held element={combo.input} />
    </div>
  );
}

/** Let a list of suggestions take a key first; Enter that picks adds nothing yet. */
function takeKey(combo: Combo, event: KeyboardEvent): boolean {
  const picks = event.key === "Enter" && !event.ctrlKey && combo.picking && combo.input.getAttribute("aria-expanded") === "true";
  if (!combo.key(event) && !picks) return false;
  event.preventDefault();
  event.stopPropagation();
  return true;
}

/** Entries as chips, and a field for the next one. */
function SeveralEditor(props: EditorProps) {
  const { field, entries, change } = props;
  const [said, say] = useState("");
  const chips = useRef<HTMLDivElement>(null);
  const take = (combo: Combo): void => {
    const { input, text } = combo;
    const label = input.value.trim();
    input.value = "";
    combo.close();
    if (!label || entries.some(({ value }) => value === text)) return;
    change([...entries, entry(text.trim(), label)]);
    say(`${label} added`);
  };
  const combo = useCombo(props, () => undefined, take);
  const offered = OFFERED.has(field.kind);
  useLayoutEffect(() => {
    combo.input.placeholder = offered ? (field.kind === "term" ? "Search terms, or paste a URI" : "Search") : "Type, then press Enter";
  }, [combo, field.kind, offered]);
  const remove = (place: number): void => {
    say(`${entries[place]?.label ?? ""} removed`);
    change(entries.filter((_, at) => at !== place));
    combo.input.focus();
  };
  const key = (event: KeyboardEvent): void => {
    if (event.target !== combo.input || takeKey(combo, event)) return;
    const isFilled = combo.input.value.trim() !== "";
    if (event.key === "Enter" && !event.ctrlKey && isFilled) {
      event.preventDefault();
      event.stopPropagation();
      take(combo);
    } else if (event.key === "Backspace" && !combo.input.value && entries.length) {
      event.preventDefault();
      remove(entries.length - 1);
    }
  };
  return (
    <div
      class="modos-form-several"
      ref={chips}
      onKeyDown={key}
      onFocusOut={({ relatedTarget }) => {
        if (!chips.current?.contains(relatedTarget as Node | null)) take(combo); // what is typed is not lost
      }}
    >
      {entries.map(({ label }, place) => (
        <span class="modos-form-chip" key={label}>
          <span class="modos-form-chip-text">{visible(label)}</span>
          <button type="button" class="modos-form-chip-remove" aria-label={`Remove ${visible(label)}`} onClick={() => remove(place)}>
            <span aria-hidden="true">×</span>
          </button>
        </span>
      ))}
      <Held element={combo.input} />
      <span class="modos-visually-hidden" role="status">{visible(said)}</span>
    </div>
  );
}
