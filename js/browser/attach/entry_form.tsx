// One file that is to be attached: how far it is, and the element that gets it.
import { useState } from "preact/hooks";
import { Button } from "../../shared/controls.tsx";
import { duration, sentence, size, visible } from "../../shared/format.ts";
import type { ElementChoice } from "../wire.ts";
import { isIndex, type Choice, type Entry } from "./entries.ts";

const NEW = "";

export interface EntryFormProps {
  entry: Entry;
  /** The names of index files that are attached with it. */
  indexes: string[];
  elements: ElementChoice[];
  classes: string[];
  choose: (choice: Choice) => void;
  answer: (answer: Entry["answer"]) => void;
  retry: () => void;
  remove: () => void;
}

export function EntryForm({ entry, indexes, elements, classes, choose, answer, retry, remove }: EntryFormProps) {
  const { title, offer, problem } = entry;
  const shown = problem || offer?.problem;
  const notes = [
    ...(offer?.format ? [offer.format] : []),
    ...(indexes.length ? [`with ${indexes.map(visible).join(", ")}`] : []),
  ].join(" · ");
  return (
    <li class="modos-attach-entry">
      <div class="modos-attach-line">
        <strong class="modos-grow modos-attach-title">{visible(title)}</strong>
        <span class="modos-muted modos-attach-notes">{sentence(notes)}</span>
        <span class="modos-muted">{size(entry.size)}</span>
        {problem && entry.file && <Button label="Retry" press={retry} />}
        <button type="button" class="modos-tool" aria-label={`Remove ${visible(title)}`} title="Remove from the list" onClick={remove}>×</button>
      </div>
      {entry.file && !entry.source && !problem && <UploadProgress entry={entry} />}
      {shown && <div class="modos-problem" role="alert">{sentence(shown)}</div>}
      {offer?.notes.map((note) => <div key={note} class="modos-attach-note">{sentence(note)}</div>)}
      {offer && !shown && isIndex(entry) && <div class="modos-muted">Index file; attached with its data file.</div>}
      {offer && !shown && !isIndex(entry) && offer.taken && <SameName entry={entry} answer={answer} />}
      {offer && !shown && !isIndex(entry) && entry.choice && entry.answer !== "skip" && (!offer.taken || entry.answer) && (
        <Fields entry={entry} choice={entry.choice} elements={elements} classes={classes} choose={choose} />
      )}
    </li>
  );
}

function UploadProgress({ entry: { done, size: all, rate, isChecking, title } }: { entry: Entry }) {
  const left = rate > 0 && done < all ? `${size(rate)}/s, ${duration((all - done) / rate)} left` : "";
  const words = isChecking ? "Comparing with what has arrived…" : `${size(done)} of ${size(all)}`;
  return (
    <div class="modos-attach-line">
      <div
        class="modos-track modos-grow"
        role="progressbar"
        aria-label={`Upload of ${visible(title)}`}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={all ? Math.floor((100 * done) / all) : 100}
      >
        <div class="modos-fill" style={{ width: `${all ? (100 * done) / all : 100}%` }} />
      </div>
      <span class="modos-muted modos-attach-rate">{[words, left].filter(Boolean).join(" · ")}</span>
    </div>
  );
}

/** Two files of one name: nothing is replaced unless the person says so. */
function SameName({ entry: { key, offer, answer: chosen }, answer }: { entry: Entry; answer: EntryFormProps["answer"] }) {
  const { taken = "", owner = "", name = "" } = offer ?? {};
  const answers: [Entry["answer"], string][] = [
    ["both", `Keep both: add this one as ${name}`],
    ...(owner ? [["replace", `Replace: attach it to ${owner} as ${name}. The commit removes ${taken}`] as [Entry["answer"], string]] : []),
    ["skip", "Skip this file"],
  ];
  return (
    <fieldset class="modos-attach-question">
      <legend>{sentence(`The object already has a file ${taken}${owner ? ` (${owner})` : ""}.`)}</legend>
      {answers.map(([value, label]) => (
        <label key={value}>
          <input type="radio" name={`modos-same-name-${key}`} checked={chosen === value} onChange={() => answer(value)} />
          {sentence(label)}
        </label>
      ))}
    </fieldset>
  );
}

interface FieldsProps {
  entry: Entry;
  choice: Choice;
  elements: ElementChoice[];
  classes: string[];
  choose: (choice: Choice) => void;
}

function Fields({ entry, choice, elements, classes, choose }: FieldsProps) {
  const [isOpen, setOpen] = useState(false);
  const free = elements.filter(([, file]) => !file);
  const used = elements.filter(([, file]) => file);
  const target = choice.className ? NEW : choice.element;
  const old = used.find(([id]) => id === target)?.[1] ?? "";
  const pick = (id: string): void => {
    if (id === NEW) choose({ ...choice, className: entry.offer!.class_name, element: entry.offer!.element });
    else choose({ ...choice, className: "", element: id });
  };
  const isStored = entry.source?.kind === "stored";
  return (
    <div class="modos-attach-fields">
      <label>
        <span>Attach to</span>
        <select class="modos-input" value={target} onChange={({ currentTarget }) => pick(currentTarget.value)}>
          <option value={NEW}>New element</option>
          {free.length > 0 && (
            <optgroup label="Elements without a file">
              {free.map(([id]) => <option key={id} value={id}>{visible(id)}</option>)}
            </optgroup>
          )}
          {used.length > 0 && (
            <optgroup label="Replace the file of">
              {used.map(([id, file]) => <option key={id} value={id}>{visible(`${id} (${file})`)}</option>)}
            </optgroup>
          )}
        </select>
      </label>
      {choice.className && (
        <>
          <label>
            <span>Class</span>
            <select
              class="modos-input"
              value={choice.className}
              onChange={({ currentTarget }) => choose(withClass(choice, currentTarget.value, entry))}
            >
              {classes.map((name) => <option key={name} value={name}>{visible(name)}</option>)}
            </select>
          </label>
          <label>
            <span>Id</span>
            <input class="modos-input" value={choice.element} spellcheck={false} onInput={({ currentTarget }) => choose({ ...choice, element: currentTarget.value })} />
          </label>
        </>
      )}
      {!isStored && (isOpen || choice.name !== entry.title) && (
        <label>
          <span>File name</span>
          <input class="modos-input" value={choice.name} spellcheck={false} onInput={({ currentTarget }) => choose({ ...choice, name: currentTarget.value })} />
        </label>
      )}
      {!isStored && !isOpen && choice.name === entry.title && (
        <Button label="Change file name" class="modos-quiet" press={() => setOpen(true)} />
      )}
      {old && !isStored && <div class="modos-attach-note">{sentence(`The commit removes ${old}.`)}</div>}
    </div>
  );
}

/** The group of an id follows its class, as far as the page knows it. */
function withClass(choice: Choice, className: string, { offer }: Entry): Choice {
  const group = className === "ReferenceGenome" ? "reference" : "data";
  const known = offer && className === offer.class_name ? offer.element : choice.element;
  const name = known.split("/").pop() ?? "";
  const isKnown = /^(data|reference)\//.test(known);
  return { ...choice, className, element: isKnown ? `${group}/${name}` : known };
}
