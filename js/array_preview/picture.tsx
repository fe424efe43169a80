// The picture of an array: what is drawn, and how a person moves in it and changes it.
import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { prepared, themeColours } from "../shared/canvas.ts";
import { Button, Checkbox } from "../shared/controls.tsx";
import { count, sentence, visible } from "../shared/format.ts";
import { watchTheme } from "../shared/style.ts";
import { coloursOf, INFINITE, MAPS, type MapName } from "./colour_map.ts";
import { boxOf, drawScene, placeAt, rangesOf, tellOf, type Colours, type Frame, type Range, type Scene, type Told } from "./drawing.ts";
import { useView } from "./hooks.ts";
import { HEIGHT, type PartReading } from "./part.ts";
import { CanvasPen } from "./pen.ts";
import { SaveButton } from "./saving.tsx";
import { chosenLimits, numberText, SCALES, scaleOf, type LimitsKind, type ScaleKind } from "./scale.ts";
import { covered, fitted, including, isWithin, moved, zoomed } from "./view_range.ts";
import type { Channel, FactsAnswer, Picture } from "./wire.ts";

const NARROW = 500; // CSS pixels below which the picture is lower
const RESTED = 120; // ms without a move before the exact value is read
const SPOKEN = 250; // ms without a key before a value is read aloud
const CLICK = 3; // CSS pixels that a click may move
const STEP = 0.25; // part of the view that a key moves
const BARS_WIDTH = 140; // CSS pixels of the histogram beside the limits
const BARS_HEIGHT = 24;
const MOST_CHANNELS = 8; // as many as `MOST_CHANNELS` of modos_widgets.explore
const RESIZED = 48; // CSS pixels of another width that need other values
const THEME = ["text", "muted", "line", "surface", "raised", "accent"] as const;

interface Settings {
  map: MapName;
  isInverted: boolean;
  scale: ScaleKind;
  limits: LimitsKind;
  typed: [low: number, high: number];
  isSquare: boolean;
}

interface Tip {
  x: number;
  y: number;
  told: Told;
}

interface PictureProps {
  path: string;
  facts: FactsAnswer;
  reading: PartReading;
  drawn: RefObject<HTMLDivElement | null>;
  say: (text: string) => void;
}

export function PictureView({ path, facts, reading, drawn, say }: PictureProps) {
  const { el, channel, signal } = useView();
  const { tile, under, labels, part, asked, wish, isSlow, failure, want } = reading;
  const [settings, setSettings] = useState<Settings>({ map: "viridis", isInverted: false, scale: "linear", limits: "robust", typed: [0, 1], isSquare: false });
  const [colours, setColours] = useState<Colours>(() => themeColours(el, THEME));
  const [width, setWidth] = useState(0);
  const [tip, setTip] = useState<Tip | null>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const view = useRef<Range[]>([]);
  const cursor = useRef<number[] | null>(null);
  const frame = useRef<Frame>({ left: 0, top: 0, width: 1, height: 1 });
  const box = useRef<[x: number, y: number, x2: number, y2: number] | null>(null);
  const drawing = useRef(0);
  const resting = useRef({ timer: 0, stop: new AbortController() });
  const speaking = useRef(0);
  const readWidth = useRef(0);

  const map = useMemo(() => coloursOf(settings.map, settings.isInverted), [settings.map, settings.isInverted]);
  const limits = (under ?? tile)?.picture.limits;
  const words = tile?.picture.words.length ?? 0;
  const isTyped = settings.limits === "typed" && !words;
  const [low, high] = limits && !isTyped ? (words ? [0, words - 1] : chosenLimits(settings.limits, limits, settings.map === "diverging")) as Range : settings.typed;
  const scale = limits ? scaleOf(words ? "linear" : settings.scale, low, high, limits) : null;
  const height = width && width < NARROW ? 260 : HEIGHT;
  const scene: Scene | null = tile && scale && { tile, under, view: view.current, colours, map, scale, isSquare: settings.isSquare, labels, cursor: cursor.current };

  const draw = (): void => {
    drawing.current = 0;
    const surface = canvas.current && prepared(canvas.current, height);
    if (!surface || !scene) return;
    const pen = new CanvasPen(surface.context);
    frame.current = drawScene(pen, surface.width, surface.height, { ...scene, view: view.current, cursor: cursor.current });
    if (box.current) {
      const [x, y, x2, y2] = box.current;
      pen.path([x, y, x2, y, x2, y2, x, y2, x, y], colours.surface, 3);
      pen.path([x, y, x2, y, x2, y2, x, y2, x, y], colours.accent, 1.5);
    }
  };
  const latest = useRef(draw);
  latest.current = draw;
  const drawSoon = (): void => {
    drawing.current ||= requestAnimationFrame(() => latest.current());
  };

  useLayoutEffect(() => watchTheme(el, signal, () => setColours(themeColours(el, THEME))), [el]);
  useLayoutEffect(() => {
    const size = new ResizeObserver(() => {
      const now = drawn.current?.clientWidth ?? 0;
      if (!now) return; // while JupyterLab changes its theme the page has no width
      setWidth(now);
      setTip(null); // it stood beside the value
      const isCoarse = (block: number[]): boolean => block.some((each) => each > 1);
      if (!facts.fixed && readWidth.current && Math.abs(now - readWidth.current) >= RESIZED && isCoarse(latestTile.current?.picture.block ?? [])) {
        readWidth.current = now;
        want({}, true);
      }
      readWidth.current ||= now;
    });
    if (drawn.current) size.observe(drawn.current);
    return () => size.disconnect();
  }, []);
  const latestTile = useRef(tile);
  latestTile.current = tile;
  const seenTile = useRef<typeof tile>(null);
  if (tile && tile !== seenTile.current) {
    const before = seenTile.current?.picture;
    seenTile.current = tile;
    const ranges = rangesOf(tile.picture);
    const isSame = before && String(before.axes) === String(tile.picture.axes) && before.kind === tile.picture.kind;
    const isNewer = tile.window !== wish.window; // the person has moved on
    const fits = view.current.length === ranges.length && view.current.every((range, at) => isWithin(range, ranges[at]!));
    if (!isSame || (!fits && !isNewer)) view.current = ranges;
    if (!isSame) cursor.current = null;
  }
  useLayoutEffect(() => draw());
  useEffect(
    () => () => {
      cancelAnimationFrame(drawing.current);
      clearTimeout(resting.current.timer);
      clearTimeout(speaking.current);
      resting.current.stop.abort();
    },
    [],
  );

  if (!tile || !scene) {
    const isWaiting = !failure && (part === null || (!part.over && !part.table));
    return <div class={`modos-viewer${isWaiting ? "" : " modos-none"}`} ref={drawn} />;
  }
  const { picture } = tile;
  const lengths = picture.of;
  const isZoomable = picture.kind !== "histogram";

  const see = (next: Range[]): void => {
    view.current = next.map((range, at) => fitted(range, lengths[at]!));
    setTip(null);
    drawSoon();
    if (facts.fixed) return; // there are no other values
    const seen = { ...wish.window };
    const at = { ...wish.at };
    view.current.forEach((range, place) => {
      const axis = picture.axes[place]!;
      seen[axis] = covered(range);
      at[axis] = seen[axis]![0];
    });
    want({ window: seen, at }, true);
  };
  const zoom = (factor: number, parts: number[] = []): void => {
    see(view.current.map((range, at) => zoomed(range, lengths[at]! > 1 ? factor : 1, parts[at] ?? 0.5)));
  };
  const pan = (axis: number, part: number): void => {
    see(view.current.map((range, at) => (at === axis ? moved(range, part) : range)));
  };
  const whole = (): void => see(lengths.map((length) => [0, length]));

  const tell = (place: number[] | null, isSpoken = false): void => {
    clearTimeout(resting.current.timer);
    clearTimeout(speaking.current);
    resting.current.stop.abort();
    const now = { ...scene, view: view.current };
    const told = place && tellOf(now, place);
    if (!place || !told) return setTip(null);
    const show = (words: Told): void => {
      setTip({ ...boxOf(frame.current, now, place), told: words });
      clearTimeout(speaking.current);
      if (isSpoken) speaking.current = window.setTimeout(() => say(`${words.places.join(", ")}: ${words.value}`), SPOKEN);
    };
    show(told);
    if (!told.isRough || !asked) return;
    const stop = new AbortController();
    const timer = window.setTimeout(() => {
      const cell = Object.fromEntries(place.map((position, number) => [String(picture.axes[number]), position]));
      channel.request("cell", { ...asked, cell }, { signal: stop.signal }).then(
        ({ payload }) => {
          const places = told.places.map((words, number) => {
            const label = payload.labels[number];
            return label && labels[String(picture.axes[number])]?.texts[place[number]! - labels[String(picture.axes[number])]!.first] === undefined
              ? `${visible(labels[String(picture.axes[number])]?.name || (picture.names[number] ?? ""))} ${visible(label)} (${count(place[number]!)})`
              : words;
          });
          if (payload.text) show({ places, value: visible(payload.text) + (picture.value_unit && ` ${visible(picture.value_unit)}`), isRough: false });
        },
        () => undefined, // what is shown stays
      );
    }, RESTED);
    resting.current = { timer, stop };
  };

  const pointAt = (event: MouseEvent): [number, number] => {
    const { left, top } = canvas.current!.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  };
  const partsAt = ([x, y]: [number, number]): number[] => {
    const across = (x - frame.current.left) / frame.current.width;
    const down = (y - frame.current.top) / frame.current.height;
    return view.current.length > 1 ? [down, across] : [across];
  };
  const startDrag = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    const first = pointAt(event);
    const before = view.current;
    const isBox = event.shiftKey && isZoomable;
    let isDragged = false;
    const stop = new AbortController();
    canvas.current!.setPointerCapture(event.pointerId);
    const move = (next: PointerEvent): void => {
      const now = pointAt(next);
      isDragged ||= Math.hypot(now[0] - first[0], now[1] - first[1]) > CLICK;
      if (!isDragged || !isZoomable) return;
      if (isBox) {
        box.current = [...first, ...now];
        drawSoon();
      } else {
        const [from, to] = [partsAt(first), partsAt(now)];
        see(before.map((range, at) => moved(range, from[at]! - to[at]!)));
      }
    };
    const end = (next: PointerEvent): void => {
      stop.abort();
      if (isBox && isDragged) {
        box.current = null;
        const [from, to] = [partsAt(first), partsAt(pointAt(next))];
        see(before.map(([start, end], at) => {
          const [one, other] = [from[at]!, to[at]!].map((each) => start + Math.min(1, Math.max(0, each)) * (end - start)) as Range;
          return [Math.min(one, other), Math.max(one, other)];
        }));
      } else if (!isDragged) {
        cursor.current = placeAt(frame.current, { ...scene, view: view.current }, ...first);
        drawSoon();
      }
    };
    canvas.current!.addEventListener("pointermove", move, { signal: stop.signal });
    canvas.current!.addEventListener("pointerup", end, { signal: stop.signal });
    canvas.current!.addEventListener("pointercancel", () => stop.abort(), { signal: stop.signal });
  };
  const wheel = (event: WheelEvent): void => {
    const isFocused = (el.getRootNode() as Document | ShadowRoot).activeElement === canvas.current;
    if (!isZoomable || !(event.ctrlKey || event.metaKey || isFocused)) return; // the page scrolls
    event.preventDefault();
    zoom(Math.exp(Math.max(-1, Math.min(1, event.deltaY / 240))), partsAt(pointAt(event)));
  };
  const moveCursor = (axis: number, by: number): void => {
    const block = picture.block[axis] ?? 1;
    const middleOf = view.current.map(([start, stop]) => Math.floor((start + stop) / 2));
    const most = picture.kind === "histogram" ? [picture.histogram.counts.length] : lengths;
    const from = cursor.current ?? (picture.kind === "histogram" ? [0] : middleOf);
    const next = from.map((position, at) => Math.max(0, Math.min(most[at]! - 1, at === axis ? position + by * (picture.kind === "histogram" ? 1 : block) : position)));
    cursor.current = cursor.current || by === 0 ? next : from;
    if (isZoomable && !view.current.every((range, at) => isWithin([next[at]!, next[at]! + 1], range))) {
      see(view.current.map((range, at) => including(range, next[at]!)));
    }
    drawSoon();
    tell(cursor.current, true);
  };
  const press = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const across = view.current.length - 1;
    const isWords = picture.kind === "histogram";
    const keys: Record<string, () => void> = {
      ArrowLeft: () => (event.shiftKey && isZoomable ? pan(across, -STEP) : moveCursor(isWords ? 0 : across, -1)),
      ArrowRight: () => (event.shiftKey && isZoomable ? pan(across, STEP) : moveCursor(isWords ? 0 : across, 1)),
      ArrowUp: () => (event.shiftKey && isZoomable ? pan(0, -STEP) : moveCursor(0, -1)),
      ArrowDown: () => (event.shiftKey && isZoomable ? pan(0, STEP) : moveCursor(0, 1)),
      PageUp: () => isZoomable && pan(0, -1),
      PageDown: () => isZoomable && pan(0, 1),
      "+": () => isZoomable && zoom(0.5, cursorParts(view.current, cursor.current)),
      "=": () => isZoomable && zoom(0.5, cursorParts(view.current, cursor.current)),
      "-": () => isZoomable && zoom(2, cursorParts(view.current, cursor.current)),
      "0": () => isZoomable && whole(),
      Home: () => isZoomable && whole(),
      Escape: () => {
        cursor.current = null;
        setTip(null);
        drawSoon();
      },
    };
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };

  return (
    <div class="modos-viewer" ref={drawn}>
      <div class="modos-viewer-bar">
        <Kinds kinds={part?.kinds ?? []} kind={picture.kind} choose={(kind) => want({ kind })} />
        <span class="modos-grow" />
        {isZoomable && (
          <div class="modos-kinds" role="group" aria-label="Zoom">
            <Button label="−" aria-label="Zoom out" press={() => zoom(2)} />
            <Button label="+" aria-label="Zoom in" press={() => zoom(0.5)} />
            <Button label="Reset" aria-label="Reset zoom" press={whole} />
          </div>
        )}
        <SaveButton path={path} asked={asked} scene={() => ({ ...scene, view: view.current, cursor: null })} width={width} height={height} say={say} />
      </div>
      <div class={`modos-picture${isSlow ? " modos-busy" : ""}`} style={{ height: `${height}px` }}>
        <canvas
          ref={canvas}
          tabIndex={0}
          role="application"
          aria-roledescription={picture.kind === "line" ? "line plot" : picture.kind}
          aria-label={`${sentence(picture.alt)} ${keysOf(picture)}`}
          onKeyDown={press}
          onPointerDown={startDrag}
          onPointerMove={(event) => !event.buttons && tell(placeAt(frame.current, { ...scene, view: view.current }, ...pointAt(event)))}
          onPointerLeave={() => tell(null)}
          onBlur={() => tell(null)}
          onWheel={wheel}
          onDblClick={() => isZoomable && whole()}
        />
        {tip && <TipBox tip={tip} width={width} />}
      </div>
      <Legend picture={picture} />
      <SettingsBar
        facts={facts}
        picture={picture}
        axes={wish.axes}
        settings={settings}
        low={low}
        high={high}
        change={(change) => setSettings({ ...settings, ...change })}
        chooseAxes={(axes) => want({ axes, window: {} })}
        chooseComponent={(component) => want({ component })}
        channels={wish.channels}
        chooseChannels={(channels) => want({ channels })}
        colours={colours}
      />
    </div>
  );
}

function keysOf({ kind }: Picture): string {
  if (kind === "histogram") return "Arrow keys move from bar to bar.";
  return "Arrow keys move from value to value; with Shift they move the picture. Plus and minus zoom, 0 resets the zoom.";
}

/** Where the cursor is in the view, between 0 and 1. */
function cursorParts(view: Range[], cursor: number[] | null): number[] {
  return cursor ? view.map(([start, stop], at) => ((cursor[at] ?? 0) + 0.5 - start) / (stop - start)) : [];
}

/** The value at the pointer or the cursor. */
function TipBox({ tip: { x, y, told }, width }: { tip: Tip; width: number }) {
  const isLeft = x > width / 2;
  const place = { top: `${Math.max(0, y - 8)}px`, ...(isLeft ? { right: `${width - x + 12}px` } : { left: `${x + 12}px` }) };
  return (
    <div class="modos-tip" aria-hidden="true" style={place}>
      <strong>{told.value}</strong>
      {told.places.map((words, at) => <span key={at}>{words}</span>)}
    </div>
  );
}

/** The kinds of picture, where there are several. */
function Kinds({ kinds, kind, choose }: { kinds: string[]; kind: string; choose: (kind: string) => void }) {
  return (
    <div class="modos-kinds" role="group" aria-label="Picture">
      {kinds.length > 1 && kinds.map((each) => (
        <Button key={each} label={each.charAt(0).toUpperCase() + each.slice(1)} aria-pressed={each === kind} press={() => choose(each)} />
      ))}
    </div>
  );
}

function Legend({ picture: { kind, missing, infinite } }: { picture: Picture }) {
  if (!missing && !infinite) return null;
  const hasColours = kind === "heat map";
  return (
    <div class="modos-legend modos-muted">
      {missing > 0 && <span>{hasColours && <i class="modos-hatched" />}{`Missing: ${count(missing)}`}</span>}
      {infinite > 0 && (
        <span>
          {hasColours && <i style={{ background: INFINITE.above }} />}
          {hasColours && "∞ "}
          {hasColours && <i style={{ background: INFINITE.below }} />}
          {hasColours ? "−∞ · " : ""}
          {`Infinite: ${count(infinite)}`}
        </span>
      )}
    </div>
  );
}

interface ChoiceProps<T extends string> {
  label: string;
  value: T;
  options: [value: T, label: string][];
  choose: (value: T) => void;
}

function Choice<T extends string>({ label, value, options, choose }: ChoiceProps<T>) {
  return (
    <label class="modos-choice">
      <span>{label}</span>
      <select class="modos-input" value={value} onChange={({ currentTarget }) => choose(currentTarget.value as T)}>
        {options.map(([each, words]) => <option key={each} value={each}>{words}</option>)}
      </select>
    </label>
  );
}

const LIMITS: [LimitsKind, string][] = [
  ["robust", "1–99 %"],
  ["all", "Min–max"],
  ["typed", "Custom"],
];

interface SettingsBarProps {
  facts: FactsAnswer;
  picture: Picture;
  axes: number[];
  settings: Settings;
  low: number;
  high: number;
  change: (change: Partial<Settings>) => void;
  chooseAxes: (axes: number[]) => void;
  chooseComponent: (component: string) => void;
  channels: number[];
  chooseChannels: (channels: number[]) => void;
  colours: Colours;
}

function SettingsBar({ facts, picture, axes, settings, low, high, change, chooseAxes, chooseComponent, channels, chooseChannels, colours }: SettingsBarProps) {
  const { kind, components, component } = picture;
  const type = (place: 0 | 1, value: string): void => {
    const number = Number(value);
    if (value.trim() === "" || !Number.isFinite(number)) return;
    change({ limits: "typed", typed: place ? [low, number] : [number, high] });
  };
  const choices: [string, string][] = facts.axes.flatMap(({ name, length }, axis) => (length > 1 ? [[String(axis), visible(name)]] : []));
  const hasAxes = !facts.fixed && facts.axes.length > 1 && axes.length > 1 && choices.length > 1;
  const put = (place: number, axis: number): void => {
    const other = axes[1 - place]!;
    const next = axis === other ? [axes[1]!, axes[0]!] : place ? [other, axis] : [axis, other];
    chooseAxes(next);
  };
  const scales = kind === "histogram" ? SCALES.slice(0, 2) : SCALES;
  return (
    <div class="modos-viewer-bar modos-settings">
      {hasAxes && kind !== "line" && <Choice label="Rows" value={String(axes[0])} options={choices} choose={(axis) => put(0, Number(axis))} />}
      {hasAxes && <Choice label={kind === "line" ? "Along" : "Columns"} value={String(axes[1])} options={choices} choose={(axis) => put(1, Number(axis))} />}
      {components.length > 0 && !facts.fixed && <Choice label="Show" value={component} options={components.map((each) => [each, each])} choose={chooseComponent} />}
      {kind === "heat map" && (
        <>
          <Choice label="Colours" value={settings.map} options={MAPS} choose={(map) => change({ map })} />
          <Checkbox class="modos-choice" isChecked={settings.isInverted} check={(isInverted) => change({ isInverted })}>Invert</Checkbox>
          <Checkbox class="modos-choice" isChecked={settings.isSquare} check={(isSquare) => change({ isSquare })}>Square cells</Checkbox>
        </>
      )}
      {kind !== "RGB" && kind !== "channels" && picture.words.length === 0 && <Choice label="Scale" value={scales.some(([each]) => each === settings.scale) ? settings.scale : "log"} options={scales} choose={(scale) => change({ scale })} />}
      {kind === "heat map" && picture.words.length === 0 && (
        <div class="modos-limits">
          <Choice label="Limits" value={settings.limits} options={LIMITS} choose={(limits) => change({ limits, typed: [low, high] })} />
          {picture.unit !== "time" && (
            <>
              <LimitField label="Lower limit" value={low} type={(value) => type(0, value)} />
              <span aria-hidden="true">–</span>
              <LimitField label="Upper limit" value={high} type={(value) => type(1, value)} />
              <LimitsHistogram picture={picture} low={low} high={high} colours={colours} choose={(typed) => change({ limits: "typed", typed })} />
            </>
          )}
        </div>
      )}
      {kind === "channels" && <Channels all={facts.channels ?? []} chosen={channels} choose={chooseChannels} />}
    </div>
  );
}

/** The channels of an image; at least one is shown. */
function Channels({ all, chosen, choose }: { all: Channel[]; chosen: number[]; choose: (places: number[]) => void }) {
  const shown = chosen.length ? chosen : all.flatMap(([, , isActive], place) => (isActive ? [place] : []));
  const put = (place: number, isShown: boolean): void => {
    const next = isShown ? [...shown, place].sort((a, b) => a - b) : shown.filter((each) => each !== place);
    if (next.length) choose(next);
  };
  return (
    <div class="modos-channels" role="group" aria-label="Channels">
      {all.map(([name, colour], place) => (
        <Checkbox
          key={place}
          class="modos-choice"
          isChecked={shown.includes(place)}
          isDisabled={shown.includes(place) ? shown.length === 1 : shown.length >= MOST_CHANNELS}
          check={(isShown) => put(place, isShown)}
        >
          <i class="modos-swatch" style={{ background: colour }} />
          {visible(name)}
        </Checkbox>
      ))}
    </div>
  );
}

/** How often values occur, with the limits: a drag moves the nearer one. The two fields do the same by keyboard. */
function LimitsHistogram({ picture: { histogram: { edges, counts } }, low, high, colours, choose }: {
  picture: Picture;
  low: number;
  high: number;
  colours: Colours;
  choose: (limits: Range) => void;
}) {
  const held = useRef<0 | 1>(0);
  if (counts.length < 2) return null;
  const [first, last] = [edges[0]!, edges[edges.length - 1]!];
  const x = (value: number): number => Math.min(1, Math.max(0, (value - first) / (last - first))) * BARS_WIDTH;
  const most = Math.log1p(Math.max(...counts));
  const put = (event: PointerEvent, isFirst: boolean): void => {
    const { left, width } = (event.currentTarget as Element).getBoundingClientRect();
    const value = first + Math.min(1, Math.max(0, (event.clientX - left) / width)) * (last - first);
    if (isFirst) held.current = Math.abs(value - low) <= Math.abs(value - high) ? 0 : 1;
    const rounded = Number(value.toPrecision(4));
    choose(held.current ? [low, Math.max(low, rounded)] : [Math.min(high, rounded), high]);
  };
  return (
    <svg
      class="modos-limits-bars"
      width={BARS_WIDTH}
      height={BARS_HEIGHT}
      aria-hidden="true"
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        put(event, true);
      }}
      onPointerMove={(event) => event.buttons && put(event, false)}
    >
      {counts.map((number, at) => {
        const height = (Math.log1p(number) / (most || 1)) * BARS_HEIGHT;
        const left = x(edges[at]!);
        const isInside = edges[at + 1]! > low && edges[at]! < high;
        return <rect key={at} x={left} y={BARS_HEIGHT - height} width={Math.max(1, x(edges[at + 1]!) - left - 0.5)} height={height} fill={isInside ? colours.accent : colours.line} />;
      })}
      {[low, high].map((value, at) => <rect key={`limit ${at}`} x={Math.min(BARS_WIDTH - 2, Math.max(0, x(value) - 1))} y={0} width={2} height={BARS_HEIGHT} fill={colours.text} />)}
    </svg>
  );
}

function LimitField({ label, value, type }: { label: string; value: number; type: (value: string) => void }) {
  const written = numberText(value).replaceAll(",", "").replaceAll("−", "-");
  return (
    <input
      key={written}
      class="modos-input"
      type="text"
      inputMode="decimal"
      aria-label={label}
      defaultValue={written}
      onChange={({ currentTarget }) => type(currentTarget.value)}
    />
  );
}
