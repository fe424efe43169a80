// Requests to Python and events from it, over custom messages that carry ids.
//
// Two views of one model receive each other's messages, so every request carries its view.
import type { AnyModel } from "@anywidget/types";

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

interface Waiting {
  resolve: (answer: Answer<never>) => void;
  reject: (problem: unknown) => void;
  part?: ((payload: never, buffers: DataView[]) => void) | undefined;
}

interface Incoming {
  kind?: string;
  id?: number;
  view?: string;
  name?: string;
  payload?: unknown;
  message?: string;
  hint?: string;
}

export interface RequestOptions<P> {
  /** Aborting it tells Python to stop and rejects the promise with an AbortError. */
  signal?: AbortSignal;
  /** Called for each partial answer that Python streams before the last one. */
  part?: (payload: P, buffers: DataView[]) => void;
  /** Binary parts; a secret goes here, as kernels log the payload at DEBUG. */
  buffers?: ArrayBuffer[];
}

export interface Channel {
  readonly view: string;
  request<T, P = T>(name: string, payload?: object, options?: RequestOptions<P>): Promise<Answer<T>>;
  on<T>(event: string, handler: (payload: T, buffers: DataView[]) => void): void;
}

/** Open the view's channel to its Python half; it closes with `signal`. */
export function connect(model: AnyModel, signal: AbortSignal): Channel {
  const view = crypto.randomUUID();
  const waiting = new Map<number, Waiting>();
  const handlers = new Map<string, ((payload: never, buffers: DataView[]) => void)[]>();
  let next = 1;

  const receive = (message: Incoming, buffers: DataView[]): void => {
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
    else request.reject(new Problem(message.message ?? "It did not work.", message.hint));
  };
  model.on("msg:custom", receive);
  signal.addEventListener("abort", () => {
    model.off("msg:custom", receive);
    for (const { reject } of waiting.values()) reject(new DOMException("closed", "AbortError"));
    waiting.clear();
  });

  return {
    view,
    request<T, P = T>(name: string, payload: object = {}, options: RequestOptions<P> = {}) {
      return new Promise<Answer<T>>((resolve, reject) => {
        if (options.signal?.aborted || signal.aborted) {
          reject(new DOMException("aborted", "AbortError"));
          return;
        }
        const id = next++;
        waiting.set(id, { resolve, reject, part: options.part } as Waiting);
        options.signal?.addEventListener("abort", () => {
          if (!waiting.delete(id)) return;
          reject(new DOMException("aborted", "AbortError"));
          model.send({ kind: "cancel", id, view });
        });
        try {
          model.send({ kind: "request", id, view, name, payload }, undefined, options.buffers);
        } catch {
          waiting.delete(id); // JupyterLab throws where the comm's kernel has gone
          reject(new Problem("The kernel that held this has ended.", "Run the cell again to go on."));
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
