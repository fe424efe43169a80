// Requests to Python and events from it, over custom messages that carry ids.
//
// Two views of one model receive each other's messages, so every request carries its view.
import type { AnyModel, RenderProps } from "@anywidget/types";
import { PAGE, personOf } from "./collaboration.ts";
import { GONE, whenGone } from "./kernel.ts";
import { KernelWatch } from "./kernel_watch.ts";
import type { Requests as SharedRequests } from "./wire.ts";

export interface Answer<T> {
  payload: T;
  buffers: DataView[];
}

/** What went wrong, in words made for people; thrown by `request`. */
export class Problem extends Error {
  readonly hint: string;
  constructor(message: string, hint = "") {
    super(message);
    this.name = "Problem";
    this.hint = hint;
  }
}

/** Return what went wrong, or null where a request was given up. */
export function problemOf(error: unknown): Problem | null {
  if (error instanceof DOMException && error.name === "AbortError") return null;
  return error instanceof Problem ? error : new Problem(String(error));
}

interface Waiting {
  resolve: (answer: Answer<never>) => void;
  reject: (problem: unknown) => void;
  part?: ((payload: never, buffers: DataView[]) => void) | undefined;
  /** Send it once more, where the connection lost it; not for what must not be kept in the page. */
  repeat?: (() => void) | undefined;
}

interface Incoming {
  kind?: string;
  id?: number;
  view?: string;
  name?: string;
  payload?: unknown;
  message?: string;
  hint?: string;
  /** Of what the page asked about, the requests that never reached the kernel. */
  lost?: number[];
}

export interface RequestOptions<P> {
  /** Aborting it tells Python to stop and rejects the promise with an AbortError. */
  signal?: AbortSignal;
  /** Called for each partial answer that Python streams before the last one. */
  part?: (payload: P, buffers: DataView[]) => void;
  /** Binary parts; a secret goes here, as kernels log the payload at DEBUG. */
  buffers?: ArrayBuffer[];
  /** The binary parts may be kept in the page, to send them again where the connection lost them. */
  keeps?: boolean;
}

/** Any traits of a widget. */
export type Traits = RenderProps extends RenderProps<infer T> ? T : never;
/** The name of a request. */
export type Name<R> = keyof R & string;
export type PayloadOf<R, N extends Name<R>> = R[N] extends { payload: infer P } ? P : never;
export type AnswerOf<R, N extends Name<R>> = R[N] extends { answer: infer A } ? A : never;
type PartOf<R, N extends Name<R>> = R[N] extends { part: infer P } ? P : never;
/** Payload and options; the payload may be left out where it has to hold nothing. */
export type Arguments<R, N extends Name<R>> = Record<never, never> extends PayloadOf<R, N>
  ? [payload?: PayloadOf<R, N>, options?: RequestOptions<PartOf<R, N>>]
  : [payload: PayloadOf<R, N>, options?: RequestOptions<PartOf<R, N>>];

/** Requests and events of a widget, typed by its `wire.ts`. */
export interface Channel<R = SharedRequests, E = object> {
  readonly view: string;
  request<N extends Name<R>>(name: N, ...rest: Arguments<R, N>): Promise<Answer<AnswerOf<R, N>>>;
  on<N extends keyof E & string>(event: N, handler: (payload: E[N], buffers: DataView[]) => void): void;
}

const LOST = { message: "The connection was lost before this reached the kernel.", hint: "Try again." };

/**
 * Open the view's channel to its Python half; it closes with `signal`.
 *
 * While the kernel does not answer, the view says so in `el`.
 */
export function connect<S extends Traits, R, E>(model: AnyModel<S>, signal: AbortSignal, el: HTMLElement): Channel<R, E> {
  const view = `${PAGE}/${crypto.randomUUID()}`;
  const waiting = new Map<number, Waiting>();
  const handlers = new Map<string, ((payload: never, buffers: DataView[]) => void)[]>();
  let next = 1;
  const silence = new KernelWatch(
    model,
    el,
    signal,
    () => {
      try {
        model.send({ kind: "ping", view, ids: [...waiting.keys()] });
      } catch {
        // the kernel has gone; `whenGone` says so
      }
    },
    () => waiting.size > 0,
  );

  const repeat = (id: number): void => {
    const request = waiting.get(id);
    if (request?.repeat) request.repeat();
    else if (waiting.delete(id)) request?.reject(new Problem(LOST.message, LOST.hint));
  };

  const receive = (message: Incoming, buffers: DataView[]): void => {
    silence.heard();
    if (message.kind === "pong") {
      if (message.view === view) message.lost?.forEach(repeat);
      return;
    }
    if (message.kind === "event" && message.name) {
      for (const handler of handlers.get(message.name) ?? []) handler(message.payload as never, buffers);
      return;
    }
    if (message.view !== view || message.id === undefined) return;
    const request = waiting.get(message.id);
    if (!request) return;
    if (message.kind === "part") {
      request.part?.(message.payload as never, buffers);
      return;
    }
    waiting.delete(message.id);
    if (message.kind === "reply") request.resolve({ payload: message.payload as never, buffers });
    else request.reject(new Problem(message.message ?? "The request failed.", message.hint));
  };
  model.on("msg:custom", receive);
  signal.addEventListener("abort", () => {
    model.off("msg:custom", receive);
    for (const { reject } of waiting.values()) reject(new DOMException("closed", "AbortError"));
    waiting.clear();
  });

  // nobody is left to answer what was asked
  whenGone(model, signal, () => {
    silence.end();
    for (const { reject } of waiting.values()) reject(new Problem(GONE.message, GONE.hint));
    waiting.clear();
  });

  return {
    view,
    request<N extends Name<R>>(name: N, ...rest: Arguments<R, N>) {
      const [payload = {}, options = {}] = rest as [object?, RequestOptions<never>?];
      return new Promise<Answer<AnswerOf<R, N>>>((resolve, reject) => {
        if (options.signal?.aborted || signal.aborted) {
          reject(new DOMException("aborted", "AbortError"));
          return;
        }
        const id = next++;
        const person = personOf(model);
        const message = { kind: "request", id, view, name, payload, ...(person ? { person } : {}) };
        const isKept = !options.buffers || options.keeps;
        const again = isKept ? (): void => model.send({ ...message, again: true }, undefined, options.buffers) : undefined;
        waiting.set(id, { resolve, reject, part: options.part, repeat: again } as Waiting);
        options.signal?.addEventListener("abort", () => {
          if (!waiting.delete(id)) return;
          reject(new DOMException("aborted", "AbortError"));
          model.send({ kind: "cancel", id, view });
        });
        try {
          model.send(message, undefined, options.buffers);
          silence.expect();
        } catch {
          waiting.delete(id); // JupyterLab throws where the comm's kernel has gone
          reject(new Problem(GONE.message, GONE.hint));
        }
      });
    },
    on(event, handler) {
      const known = handlers.get(event) ?? [];
      known.push(handler as (payload: never, buffers: DataView[]) => void);
      handlers.set(event, known);
    },
  };
}
