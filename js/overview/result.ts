// The rows of a result, requested in blocks as they come into sight.
import { Problem, type Channel } from "../shared/messages.ts";
import type { ElementRow, Kind, ObjectRow, Requests, ResultAnswer } from "./wire.ts";

const BLOCK = 60; // rows of a request
const MOST = 40; // blocks that are kept

/** What to find, and in which order. */
export interface Wanted {
  query: string;
  kind: Kind;
  sort: string;
  down: boolean;
}

export type Row = ObjectRow | ElementRow;

/** The latest result; `changed` is called when more of it is known. */
export class Result {
  answer: ResultAnswer | null = null;
  problem: Problem | null = null;
  /** What the answer is for. */
  wanted: Wanted | null = null;
  isWaiting = false;
  private readonly channel: Channel<Requests>;
  private readonly changed: () => void;
  private stop = new AbortController();
  private readonly blocks = new Map<number, Row[]>();
  /** Blocks of an earlier version, shown until they are read again. */
  private readonly stale = new Set<number>();
  private readonly asked = new Set<number>();

  constructor(channel: Channel<Requests>, changed: () => void) {
    this.channel = channel;
    this.changed = changed;
  }

  /** Find; `settled`: rows keep their place, as more metadata have arrived for the same question. */
  find(wanted: Wanted, settled: boolean): void {
    this.stop.abort();
    const { signal } = (this.stop = new AbortController());
    this.isWaiting = true;
    this.changed();
    this.channel.request("result", { ...wanted, settled, rows: BLOCK }, { signal }).then(
      ({ payload }) => {
        if (signal.aborted) return;
        this.isWaiting = false;
        this.problem = null;
        this.answer = payload;
        this.wanted = wanted;
        this.asked.clear();
        if (settled) for (const block of this.blocks.keys()) this.stale.add(block);
        else this.blocks.clear();
        this.keep(0, payload.objects, payload.elements);
        this.changed();
      },
      (error: unknown) => {
        if (signal.aborted || !(error instanceof Problem)) return;
        this.isWaiting = false;
        this.problem = error;
        this.changed();
      },
    );
  }

  get total(): number {
    return this.answer?.total ?? 0;
  }

  at(index: number): Row | undefined {
    return this.blocks.get(Math.floor(index / BLOCK))?.[index % BLOCK];
  }

  /** Request the rows from `first` up to `last`, where they are not known. */
  need(first: number, last: number): void {
    const { answer } = this;
    if (!answer) return;
    const end = Math.min(last, answer.total);
    for (let block = Math.floor(first / BLOCK); block * BLOCK < end; block += 1) {
      const isKnown = this.blocks.has(block) && !this.stale.has(block);
      if (!isKnown && !this.asked.has(block)) this.ask(block, answer.result);
    }
  }

  private ask(block: number, result: number): void {
    this.asked.add(block);
    const { signal } = this.stop;
    const range = { result, start: block * BLOCK, end: (block + 1) * BLOCK };
    this.channel.request("rows", range, { signal }).then(
      ({ payload }) => {
        if (signal.aborted || this.answer?.result !== result) return;
        this.asked.delete(block);
        if (!payload.current) {
          if (this.wanted) this.find(this.wanted, true);
          return;
        }
        this.keep(block, payload.objects, payload.elements);
        this.changed();
      },
      (error: unknown) => {
        this.asked.delete(block);
        if (signal.aborted || !(error instanceof Problem)) return;
        this.problem = error;
        this.changed();
      },
    );
  }

  private keep(block: number, objects: ObjectRow[], elements: ElementRow[]): void {
    this.blocks.delete(block); // the latest is last
    this.blocks.set(block, this.wanted?.kind === "elements" ? elements : objects);
    this.stale.delete(block);
    for (const oldest of this.blocks.keys()) {
      if (this.blocks.size <= MOST) break;
      if (oldest !== block) this.blocks.delete(oldest);
    }
  }

  close(): void {
    this.stop.abort();
  }
}
