// One file of the view: its header, its canvas, its records as a table.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { ProblemRetry } from "../shared/controls.tsx";
import { count, counted, visible } from "../shared/format.ts";
import { problemOf, type Problem } from "../shared/messages.ts";
import { drawTrack, wordsAt, type Palette, type Track } from "./drawing.ts";
import { useView } from "./hooks.ts";
import { fitted, locusText } from "./locus.ts";
import type { FileAnswer, LocusAnswer } from "./wire.ts";

const SETTLED = 150; // ms without a move before more is read
const COARSE = 8; // times the size of the view: then it is read again, with finer bins
const RECORDS: Record<string, string> = { BAM: "read", CRAM: "read", VCF: "variant", BCF: "variant", FASTA: "sequence" };

interface TrackProps {
  number: number;
  facts: FileAnswer;
  view: LocusAnswer;
  palette: Palette;
  /** Width of the canvases; it is drawn again when it changes. */
  width: number;
  say: (words: string) => void;
}

function partsOf(buffers: DataView[]): Pick<Track, "reads" | "gaps" | "mismatches" | "coverage"> {
  const [reads, gaps, mismatches, coverage] = [0, 1, 2, 3].map((at) => {
    const part = buffers[at];
    return part ? new Int32Array(part.buffer.slice(part.byteOffset, part.byteOffset + part.byteLength) as ArrayBuffer) : new Int32Array();
  });
  return { reads: reads!, gaps: gaps!, mismatches: mismatches!, coverage: coverage! };
}

/** Whether a view is within what was read, and not much smaller. */
function holds(read: LocusAnswer, view: LocusAnswer): boolean {
  const size = view.end - view.start;
  return read.contig === view.contig && read.start <= view.start && read.end >= view.end && read.end - read.start < COARSE * size + 1000;
}

export function TrackView({ number, facts, view, palette, width, say }: TrackProps) {
  const { channel } = useView();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [track, setTrack] = useState<Track | null>(null);
  const [failure, setFailure] = useState<Problem | null>(null);
  const [turn, setTurn] = useState(0);
  const length = facts.contigs.find(([name]) => name === view.contig)?.[1] ?? 0;
  const isHeld = track !== null && holds(track.locus, fitted(view, length));
  useEffect(() => {
    if (isHeld && !failure) return undefined;
    const stop = new AbortController();
    const timer = window.setTimeout(() => {
      const size = view.end - view.start;
      const { contig, start, end } = fitted({ ...view, start: view.start - size, end: view.end + size }, length);
      const asked = { contig, start: Math.floor(start), end: Math.ceil(end) };
      channel.request("track", { file: number, ...asked }, { signal: stop.signal }).then(
        ({ payload, buffers }) => {
          setTrack({ answer: payload, locus: asked, ...partsOf(buffers) });
          setFailure(null);
        },
        (error: unknown) => {
          if (stop.signal.aborted) return;
          setTrack(null);
          setFailure(problemOf(error));
        },
      );
    }, track || failure ? SETTLED : 0);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [channel, number, view.contig, view.start, view.end, isHeld, turn]);
  useLayoutEffect(() => {
    if (canvas.current) drawTrack(canvas.current, facts.kind, track, view, palette);
  }, [track, view, palette, width]);
  const noun = RECORDS[facts.kind] ?? "record";
  const words = track ? counted(track.answer.count, noun) : "Nothing";
  return (
    <section class="modos-region-track" aria-label={visible(facts.name)}>
      <div class="modos-region-head">
        <strong>{visible(facts.name)}</strong>
        <span class="modos-muted">{visible(facts.summary)}</span>
        {!track && !failure && <span class="modos-muted modos-region-count">Reading…</span>}
      </div>
      {failure && <ProblemRetry problem={failure} again={() => setTurn(turn + 1)} />}
      {track?.answer.note && <p class="modos-muted modos-region-note">{visible(track.answer.note)}</p>}
      <div class="modos-region-canvas" tabIndex={0} role="group" aria-label={`Picture of ${visible(facts.name)}`}>
        <canvas
          ref={canvas}
          role="img"
          aria-label={`${words} of ${visible(facts.name)} around ${visible(locusText(view))}`}
          onPointerMove={(event) => {
            if (track) say(wordsAt(track, view, width, event.offsetX, event.offsetY));
          }}
          onPointerLeave={() => say("")}
        />
      </div>
      {track && track.answer.rows.length > 0 && <Records track={track} />}
    </section>
  );
}

function Records({ track: { answer, locus } }: { track: Track }) {
  const [isOpen, setOpen] = useState(false);
  const shown = answer.rows.length;
  const title = shown < answer.count ? `First ${count(shown)} of ${counted(answer.count, "record")}` : counted(shown, "record");
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>{`${title} in ${visible(locusText(locus))}`}</summary>
      {isOpen && (
        <div class="modos-region-records" tabIndex={0} role="region" aria-label="Records">
          <table>
            <thead>
              <tr>{answer.columns.map((column) => <th scope="col" key={column}>{visible(column)}</th>)}</tr>
            </thead>
            <tbody>
              {answer.rows.map((row, at) => <tr key={at}>{row.map((cell, place) => <td key={place}>{visible(cell)}</td>)}</tr>)}
            </tbody>
          </table>
        </div>
      )}
    </details>
  );
}
