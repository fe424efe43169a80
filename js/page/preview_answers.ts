// Answers of a saved preview to its front-end.
import type { CellAnswer, CellRequest, NodeRequest, PartRequest, State } from "../array_preview/wire.ts";
import type { Card, CardsAnswer, CardsRequest } from "../shared/wire.ts";
import { RecordedModel, StreamedAnswer } from "./model.ts";
import type { PreviewRecord } from "./wire.ts";

export class SavedPreview {
  readonly model: RecordedModel<State>;
  private previews: Record<string, PreviewRecord> = {};

  constructor() {
    const state: State = { path: null, budget: 0, height: "auto", raw: false };
    this.model = new RecordedModel(state, (name, payload) => this.answer(name, payload));
  }

  /** Show previews of another object. */
  show(previews: Record<string, PreviewRecord>): void {
    this.previews = previews;
    this.model.set("path", null);
  }

  /** Show an array; null if it has no preview. */
  select(path: string | null): boolean {
    const isSaved = path !== null && Object.hasOwn(this.previews, path);
    this.model.set("path", isSaved ? path : null);
    return isSaved;
  }

  private answer(name: string, payload: never): object | undefined {
    const answers: Record<string, (payload: never) => object | undefined> = {
      facts: ({ path }: NodeRequest) => this.saved(path)?.facts,
      part: ({ path }: PartRequest) => {
        const saved = this.saved(path);
        if (!saved?.drawn) return saved?.part;
        return new StreamedAnswer(saved.part, saved.drawn, saved.buffers.map(bytesOf));
      },
      cell: ({ path, cell }: CellRequest): CellAnswer => cellOf(this.saved(path), cell),
      cards: ({ values }: CardsRequest): CardsAnswer => ({
        cards: values.map((value): Card => ({ title: value, about: "", value, exists: true, rows: [], chips: {} })),
      }),
    };
    return Object.hasOwn(answers, name) ? answers[name]?.(payload) : undefined;
  }

  private saved(path: string): PreviewRecord | undefined {
    return Object.hasOwn(this.previews, path) ? this.previews[path] : undefined;
  }
}

function bytesOf(text: string): DataView {
  return new DataView(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
}

/** A cell of the saved table; empty elsewhere. */
function cellOf(saved: PreviewRecord | undefined, at: CellRequest["cell"]): CellAnswer {
  const table = saved?.part.table;
  const { axes = [], start = [] } = saved?.drawn?.picture ?? {};
  const [row = 0, column = 0] = axes.map((axis, place) => (at[String(axis)] ?? 0) - (start[place] ?? 0));
  const text = table?.cells[row - (table.first[0] ?? 0)]?.[column - (table.first[1] ?? 0)] ?? "";
  return { text, labels: [] };
}
