// What travels with every widget: it fetches the widget's bundle once a page and hands over to it.
//
// The bundle comes as a gzip buffer in a custom message, either pushed by Python when the first
// widget of its kind is made, or asked for here. It is never part of the widget's state, so it is
// never saved into a notebook. Where no kernel sends it, the saved output is shown.
import type { AnyModel, InitializeProps, RenderProps } from "@anywidget/types";
import { showFace } from "./face.ts";

interface Bundle {
  default: { render: (props: RenderProps) => unknown };
}

interface Slot {
  promise: Promise<Bundle>;
  accept: (compressed: DataView) => void;
  asked: boolean;
}

const PUSH_GRACE = 250; // ms a pushed bundle may take before we ask for it
const SILENCE = 1500; // ms without an answer before the saved output is shown

const page = globalThis as unknown as Record<symbol, Map<string, Slot> | undefined>;
const slots = (page[Symbol.for("modos_widgets.bundles")] ??= new Map<string, Slot>());

async function unpack(compressed: DataView): Promise<Bundle> {
  const stream = new Blob([compressed as unknown as BlobPart])
    .stream()
    .pipeThrough(new DecompressionStream("gzip"));
  const source = await new Response(stream).text();
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  try {
    return (await import(/* @vite-ignore */ url)) as Bundle;
  } finally {
    URL.revokeObjectURL(url);
  }
}

function slot(id: string): Slot {
  let known = slots.get(id);
  if (!known) {
    let accept: (compressed: DataView) => void = () => undefined;
    const promise = new Promise<Bundle>((resolve, reject) => {
      let taken = false;
      accept = (compressed) => {
        if (taken) return;
        taken = true;
        unpack(compressed).then(resolve, reject);
      };
    });
    known = { promise, accept, asked: false };
    slots.set(id, known);
  }
  return known;
}

function wait(milliseconds: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds, undefined));
}

async function arrive(model: AnyModel, el: HTMLElement): Promise<Bundle> {
  const id = model.get("_bundle") as string;
  const mine = slot(id);
  const pushed = await Promise.race([mine.promise, wait(mine.asked ? 0 : PUSH_GRACE)]);
  if (pushed) return pushed;
  mine.asked = true;
  try {
    model.send({ kind: "bundle", id });
  } catch {
    // no kernel
  }
  const answered = await Promise.race([mine.promise, wait(SILENCE)]);
  if (answered) return answered;
  showFace(el, (model.get("_face") as string | undefined) ?? "");
  const late = await mine.promise;
  el.replaceChildren();
  return late;
}

export default {
  initialize({ model }: InitializeProps): () => void {
    const receive = (message: { kind?: string; id?: string }, buffers: DataView[]): void => {
      if (message?.kind === "bundle" && message.id && buffers[0]) {
        slot(message.id).accept(buffers[0]);
      }
    };
    model.on("msg:custom", receive);
    return () => model.off("msg:custom", receive);
  },
  async render(props: RenderProps): Promise<unknown> {
    const bundle = await arrive(props.model, props.el);
    if (props.signal.aborted) return undefined;
    return bundle.default.render(props);
  },
};
