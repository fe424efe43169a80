// Where in the array to look: a slider and a number for each axis.
import { useEffect, useState } from "preact/hooks";
import { count, visible } from "../shared/format.ts";
import type { Axis } from "./wire.ts";

type Move = (axis: number, position: number) => void;

interface PositionsProps {
  axes: Axis[];
  /** The axes of the picture and the table. */
  shown: number[];
  /** Position by axis. */
  at: Record<number, number>;
  move: Move;
}

/** Controls for every axis that has something to choose. */
export function Positions({ axes, shown, at, move }: PositionsProps) {
  if (!axes.some(({ length }) => length > 1)) return null;
  return (
    <div class="modos-axes">
      {axes.map((axis, number) => axis.length > 1 && (
        <Position key={number} axis={axis} isShown={shown.includes(number)} at={at[number] ?? 0} move={(to) => move(number, to)} />
      ))}
    </div>
  );
}

interface PositionProps {
  axis: Axis;
  isShown: boolean;
  at: number;
  move: (position: number) => void;
}

function Position({ axis, isShown, at, move }: PositionProps) {
  const [text, setText] = useState(String(at));
  useEffect(() => setText(String(at)), [at]);
  const name = visible(axis.name);
  const label = isShown ? `${name} from` : name;
  const most = axis.length - 1;
  const common = { min: 0, max: most, step: 1, "aria-label": `${label}, 0 to ${count(most)}` };
  const go = (value: string): void => {
    const next = Math.max(0, Math.min(most, Math.round(Number(value) || 0)));
    setText(String(next));
    if (next !== at) move(next);
  };
  return (
    <div class="modos-axis">
      <span title={label}>{label}</span>
      <input type="range" {...common} value={at} onInput={({ currentTarget }) => go(currentTarget.value)} />
      <input
        class="modos-input"
        type="number"
        {...common}
        value={text}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
        onChange={({ currentTarget }) => go(currentTarget.value)}
      />
    </div>
  );
}
