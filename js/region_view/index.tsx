// RegionView: a locus, a ruler, and one track for each genome file.
import type { RenderProps } from "@anywidget/types";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Button, KernelGone, onEnter, ProblemLine, ProblemRetry } from "../shared/controls.tsx";
import { visible } from "../shared/format.ts";
import { problemOf, type Problem } from "../shared/messages.ts";
import { CodeButton } from "../shared/show_code.tsx";
import { isDark, watchTheme } from "../shared/style.ts";
import { mountView } from "../shared/view.tsx";
import { drawRuler, paletteOf } from "./drawing.ts";
import { useTrait, useView } from "./hooks.ts";
import { fitted, locusText, moved, zoomed } from "./locus.ts";
import css from "./style.css";
import { TrackView } from "./track.tsx";
import type { FileAnswer, LocusAnswer } from "./wire.ts";

const STORED = 300; // ms without a move before the trait is set
const STEP = 0.25; // part of the view that an arrow key moves

type Facts = FileAnswer | Problem | null;

function RegionView() {
  const { el, model, channel, signal } = useView();
  const names = useTrait("files");
  const locus = useTrait("locus");
  const height = useTrait("height");
  const [files, setFiles] = useState<Facts[]>([]);
  const [view, setView] = useState<LocusAnswer | null>(null);
  const [failure, setFailure] = useState<Problem | null>(null);
  const [palette, setPalette] = useState(() => paletteOf(el, isDark(el)));
  const [width, setWidth] = useState(0);
  const [words, say] = useState("");
  const own = useRef(""); // the locus that this view has set itself
  const ruler = useRef<HTMLCanvasElement>(null);
  const area = useRef<HTMLDivElement>(null);
  const timer = useRef(0);
  useLayoutEffect(() => el.style.setProperty("--modos-region-height", height), [el, height]);
  useLayoutEffect(() => watchTheme(el, signal, () => setPalette(paletteOf(el, isDark(el)))), [el]);
  useEffect(() => {
    setFiles(names.map(() => null));
    names.forEach((_, number) => {
      const put = (facts: Facts): void => setFiles((before) => before.map((each, at) => (at === number ? facts : each)));
      channel.request("file", { file: number }).then(
        ({ payload }) => put(payload),
        (error: unknown) => put(problemOf(error)),
      );
    });
  }, [channel, names]);
  const first = files.find((each) => each && "contigs" in each) as FileAnswer | undefined;
  const firstNumber = first ? files.indexOf(first) : -1;
  useEffect(() => {
    if (firstNumber < 0 || (locus && locus === own.current)) return;
    channel.request("locus", { file: firstNumber, text: locus }).then(
      ({ payload }) => {
        setView(fitted(payload, lengthOf(payload.contig)));
        setFailure(null);
      },
      (error: unknown) => setFailure(problemOf(error)),
    );
  }, [channel, locus, firstNumber]);
  const lengthOf = (contig: string): number => first?.contigs.find(([name]) => name === contig)?.[1] ?? 0;
  const go = (next: LocusAnswer): void => {
    setFailure(null);
    setView(fitted(next, lengthOf(next.contig)));
  };
  useEffect(() => {
    if (!view) return undefined;
    timer.current = window.setTimeout(() => {
      own.current = locusText(view);
      if (model.get("locus") === own.current) return;
      model.set("locus", own.current);
      model.save_changes();
    }, STORED);
    return () => clearTimeout(timer.current);
  }, [model, view]);
  useLayoutEffect(() => {
    const size = new ResizeObserver(() => setWidth(area.current?.clientWidth ?? 0));
    if (area.current) size.observe(area.current);
    return () => size.disconnect();
  }, []);
  useLayoutEffect(() => {
    if (ruler.current && view) drawRuler(ruler.current, view, palette);
  }, [view, palette, width]);
  const press = (event: KeyboardEvent): void => {
    const act = view && !event.ctrlKey && !event.metaKey && !event.altKey && KEYS[event.key];
    if (!act) return;
    event.preventDefault();
    go(act(view));
  };
  return (
    <>
      <KernelGone />
      <div class="modos-region-bar">
        <label>
          <span>Region</span>
          <LocusField text={view ? locusText(view) : locus} choose={(text) => {
            own.current = "";
            model.set("locus", text);
            model.save_changes();
          }} />
        </label>
        <label>
          <span>Contig</span>
          <select class="modos-input" value={view?.contig ?? ""} onChange={({ currentTarget }) => {
            const contig = currentTarget.value;
            go({ contig, start: 0, end: view ? view.end - view.start : 0 });
          }}>
            {(first?.contigs ?? []).map(([name]) => <option key={name} value={name}>{visible(name)}</option>)}
          </select>
        </label>
        <span class="modos-region-steps">
          <Button label="←" aria-label="Move left" disabled={!view} press={() => view && go(moved(view, -2 * STEP))} />
          <Button label="→" aria-label="Move right" disabled={!view} press={() => view && go(moved(view, 2 * STEP))} />
          <Button label="−" aria-label="Zoom out" disabled={!view} press={() => view && go(zoomed(view, 2))} />
          <Button label="+" aria-label="Zoom in" disabled={!view} press={() => view && go(zoomed(view, 0.5))} />
        </span>
        <span class="modos-grow" />
        <CodeButton of={["locus"]} />
      </div>
      {failure && <ProblemLine message={failure.message} hint={failure.hint} />}
      <div
        ref={area}
        class="modos-region-tracks"
        role="group"
        aria-label="Tracks: move with the arrow keys, zoom with plus and minus"
        tabIndex={0}
        onKeyDown={press}
        onPointerDown={(event) => view && startDrag(event, view, width, go)}
      >
        <canvas ref={ruler} aria-hidden="true" />
        {files.map((facts, number) => {
          if (facts && "contigs" in facts) {
            return view && <TrackView key={number} number={number} facts={facts} view={view} palette={palette} width={width} say={say} />;
          }
          return facts ? <ProblemRetry key={number} problem={facts} /> : <p key={number} class="modos-muted">{`Reading ${visible(names[number] ?? "")}…`}</p>;
        })}
      </div>
      <div class="modos-region-words modos-muted">{words || "\u00a0"}</div>
      <span class="modos-visually-hidden" role="status">{view ? visible(locusText(view)) : ""}</span>
    </>
  );
}

const KEYS: Record<string, (view: LocusAnswer) => LocusAnswer> = {
  ArrowLeft: (view) => moved(view, -STEP),
  ArrowRight: (view) => moved(view, STEP),
  PageUp: (view) => moved(view, -1),
  PageDown: (view) => moved(view, 1),
  Home: (view) => ({ ...view, start: 0, end: view.end - view.start }),
  "+": (view) => zoomed(view, 0.5),
  "=": (view) => zoomed(view, 0.5),
  "-": (view) => zoomed(view, 2),
};

/** Move the view with the pointer until it is released. */
function startDrag(event: PointerEvent, view: LocusAnswer, width: number, go: (view: LocusAnswer) => void): void {
  if (event.button !== 0 || !width || !(event.target instanceof HTMLCanvasElement)) return;
  const stop = new AbortController();
  const scale = (view.end - view.start) / width;
  window.addEventListener(
    "pointermove",
    ({ clientX, buttons }) => {
      if (!buttons) return stop.abort();
      const by = (event.clientX - clientX) * scale;
      go({ ...view, start: view.start + by, end: view.end + by });
    },
    { signal: stop.signal },
  );
  window.addEventListener("pointerup", () => stop.abort(), { signal: stop.signal });
}

/** The text box of the locus: it shows where the view is, and keeps what is being typed. */
function LocusField({ text, choose }: { text: string; choose: (text: string) => void }) {
  const [typed, setTyped] = useState<string | null>(null);
  const enter = (): void => {
    if (typed !== null && typed.trim()) choose(typed.trim());
    setTyped(null);
  };
  return (
    <input
      class="modos-input modos-region-locus"
      type="text"
      spellcheck={false}
      placeholder="chr1:10,000-12,000, or a gene"
      value={typed ?? text}
      onInput={({ currentTarget }) => setTyped(currentTarget.value)}
      onKeyDown={onEnter(enter)}
      onBlur={() => setTyped(null)}
    />
  );
}

export default {
  render(props: RenderProps): void {
    props.el.setAttribute("role", "group");
    props.el.setAttribute("aria-label", "Region view");
    mountView(props, "region_view", css, <RegionView />);
  },
};
