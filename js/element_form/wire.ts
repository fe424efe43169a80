// Written by `make wire` from modos_widgets.widgets.element_form.wire; change it there.
import type { ClassChoice, Nothing, SuggestAnswer, Requests as SharedRequests } from "../shared/wire.ts";

export type Texts = Record<string, string[]>;

/** An object of the draft. */
export interface ObjectChoice {
  path: string;
  name: string;
}

/** A value that the schema permits. */
export interface Permitted {
  value: string;
  description: string;
}

/** A field of a form. */
export interface Field {
  name: string;
  title: string;
  help: string;
  /** Kind of the slot; 'users' for the elements that link to the new one. */
  kind: string;
  many: boolean;
  required: boolean;
  permitted: Permitted[];
  /** Classes of elements that can be added to link to them. */
  creates: ClassChoice[];
}

/** The class of the new element. */
export interface FormRequest {
  class_name: string;
}

/** What a form shows. */
export interface FormAnswer extends ClassChoice {
  /** Classes of the same group, itself among them. */
  classes: ClassChoice[];
  /** Groups to choose from, for a class that can be in any. */
  groups: string[];
  objects: ObjectChoice[];
  fields: Field[];
}

/** A new element as it is typed. */
export interface NewElement {
  object: string;
  class_name: string;
  group: string;
  /** Its id without the group; empty for one from its name. */
  id: string;
  texts: Texts;
}

/** What is wrong in a field. */
export interface FieldProblem {
  severity: "note" | "warning" | "error";
  message: string;
}

export type Problems = Record<string, FieldProblem[]>;

/** The id of a new element without its group, and what is wrong. */
export interface CheckAnswer {
  id: string;
  problems: Problems;
}

/** A new element; with errors only by `force`. */
export interface AddRequest extends NewElement {
  force: boolean;
}

/** The element that was added; an empty one where errors prevented it. */
export interface AddAnswer extends CheckAnswer {
  element: string;
}

/** Several new elements: names, or a number and a pattern; the texts are for all of them. */
export interface NewElements {
  object: string;
  class_name: string;
  group: string;
  texts: Texts;
  /** A column of names; empty for a pattern. */
  names: string;
  /** A name with {n} for the number. */
  pattern: string;
  start: number;
  count: number;
  /** Digits of the number, with zeros before it. */
  padding: number;
}

/** A name and its id without the group. */
export interface NamedId {
  name: string;
  id: string;
}

/** The first of several new elements, their number, and what is wrong. */
export interface PreviewAnswer {
  first: NamedId[];
  total: number;
  problem: string;
  problems: Problems;
}

/** Several new elements; with errors only by `force`. */
export interface AddSeveralRequest extends NewElements {
  force: boolean;
}

/** How many were added, the first of them, and what prevented it. */
export interface AddSeveralAnswer {
  added: number;
  element: string;
  problem: string;
  problems: Problems;
}

/** An element. */
export interface ElementRequest {
  object: string;
  id: string;
}

/** The id of an element, and a note about it or ''. */
export interface ElementAnswer {
  element: string;
  note: string;
}

/** An element and its new id without the group. */
export interface RenameRequest extends ElementRequest {
  new: string;
}

/** The id that an element would get, or why it cannot. */
export interface RenameCheck {
  element: string;
  problem: string;
}

/** Elements by the path of their object and their id. */
export interface ElementsRequest {
  elements: [string, string][];
}

/** What the removal of one element would change. */
export interface RemovedElement {
  element: string;
  /** Element and slot of each link that is removed too. */
  links: [string, string][];
  file: string;
  file_users: string[];
  arrays: number;
}

/** What the removal of elements would change. */
export interface RemovalAnswer {
  elements: RemovedElement[];
}

/** The elements to remove, and whether also their files. */
export interface RemoveRequest extends ElementsRequest {
  with_files: boolean;
}

/** How many elements were removed, and what a commit cannot undo. */
export interface RemoveAnswer {
  removed: number;
  notes: string[];
}

/** A field of a form and what is typed in it. */
export interface ValuesRequest {
  object: string;
  class_name: string;
  field: string;
  text: string;
}

/** The commit message, and whether to commit with errors. */
export interface CommitRequest {
  message: string;
  force: boolean;
}

/** A summary of the commit. */
export interface CommitAnswer {
  summary: string;
}

/** Whether there was a step to undo. */
export interface UndoneStep {
  done: boolean;
}

/** The counts of the draft. */
export interface Status {
  changes: number;
  objects: number;
  errors: number;
  undo: boolean;
  readonly: string;
}

/** The traits of the widget that are synchronized. */
export interface State {
  value: unknown;
  class_name: string;
  errors: Record<string, string>;
  _status: Status;
}

/** Payload, answer and partial answers of each request. */
export interface Requests extends SharedRequests {
  "element form": { payload: FormRequest; answer: FormAnswer };
  "element values": { payload: ValuesRequest; answer: SuggestAnswer };
  "check element": { payload: NewElement; answer: CheckAnswer };
  "add element": { payload: AddRequest; answer: AddAnswer };
  "preview elements": { payload: NewElements; answer: PreviewAnswer };
  "add elements": { payload: AddSeveralRequest; answer: AddSeveralAnswer };
  "duplicate element": { payload: ElementRequest; answer: ElementAnswer };
  "check rename": { payload: RenameRequest; answer: RenameCheck };
  "rename element": { payload: RenameRequest; answer: ElementAnswer };
  removal: { payload: ElementsRequest; answer: RemovalAnswer };
  "remove elements": { payload: RemoveRequest; answer: RemoveAnswer };
  "note errors": { payload: CheckAnswer; answer: Nothing };
  undo: { payload: Nothing; answer: UndoneStep };
  commit: { payload: CommitRequest; answer: CommitAnswer };
}
