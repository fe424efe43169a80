// A widget's model without a kernel: its requests are answered in the page.
import type { AnyModel } from "@anywidget/types";
import { Problem, type Traits } from "../shared/messages.ts";

/** Answer a request from what the page holds; undefined if it cannot. */
export type Answers = (name: string, payload: never) => object | undefined;

/** An answer after a partial one with binary parts. */
export class StreamedAnswer {
  readonly payload: object;
  readonly part: object;
  readonly buffers: DataView[];

  constructor(payload: object, part: object, buffers: DataView[]) {
    this.payload = payload;
    this.part = part;
    this.buffers = buffers;
  }
}

type Listener = (...values: never[]) => void;

const SAVED = { message: "This page is a saved copy.", hint: "Open the object in Jupyter for this." };

interface Message {
  kind?: string;
  id?: number;
  view?: string;
  name?: string;
  payload?: object;
}

export class RecordedModel<S extends Traits> {
  private readonly state: S;
  private readonly listeners = new Map<string, Set<Listener>>();
  private readonly answers: Answers;

  constructor(state: S, answers: Answers) {
    this.state = state;
    this.answers = answers;
  }

  /** The model as a widget's front-end gets it. */
  get asModel(): AnyModel<S> {
    return this as unknown as AnyModel<S>;
  }

  get<K extends keyof S & string>(name: K): S[K] {
    return this.state[name];
  }

  set<K extends keyof S & string>(name: K, value: S[K]): void {
    if (this.state[name] === value) return;
    this.state[name] = value;
    this.tell(`change:${name}`);
    this.tell("change");
  }

  save_changes(): void {
    // nobody else holds the state
  }

  on(name: string, listener: Listener): void {
    const known = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, known.add(listener));
  }

  off(name: string, listener: Listener): void {
    this.listeners.get(name)?.delete(listener);
  }

  /** Send an event as the Python half does. */
  emit(name: string, payload: object): void {
    this.reply({ kind: "event", name, payload });
  }

  send(message: Message): void {
    const { id, kind, view } = message;
    if (kind === "ping") this.reply({ kind: "pong", view, lost: [] });
    if (kind !== "request") return;
    // a reply comes after the request has returned, as that of a kernel does
    queueMicrotask(() => {
      try {
        const answer = this.answers(message.name ?? "", (message.payload ?? {}) as never);
        if (!answer) throw new Problem(SAVED.message, SAVED.hint);
        if (answer instanceof StreamedAnswer) this.reply({ kind: "part", id, view, payload: answer.part }, answer.buffers);
        this.reply({ kind: "reply", id, view, payload: answer instanceof StreamedAnswer ? answer.payload : answer });
      } catch (error) {
        const { hint, message: words } = error instanceof Problem ? error : new Problem(String(error));
        this.reply({ kind: "problem", id, view, message: words, hint });
      }
    });
  }

  private reply(message: object, buffers: DataView[] = []): void {
    this.tell("msg:custom", message, buffers);
  }

  private tell(name: string, ...values: unknown[]): void {
    for (const listener of [...(this.listeners.get(name) ?? [])]) listener(...(values as never[]));
  }
}
