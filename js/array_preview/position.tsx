// Where in the array to look: a slider and a number for each axis.
import { useState } from "preact/hooks";
import { count, visible } from "../shared/format.ts";
import type { Axis } from "./wire.ts";

type Move = (axis: number, position: number) => void;

/** Controls for every axis that has something to choose. */
export function Positions({ axes, move }: { axes: Axis[]; move: Move }) {
  if (!axes.some(({ length }) => length > 1)) return null;
  return (
    <div class="modos-axes">
      {axes.map((axis, number) => axis.length > 1 && <Position key={number} axis={axis} move={(to) => move(number, to)} />)}
    </div>
  );
}

function Position({ axis, move }: { axis: Axis; move: (position: number) => void }) {
  const [text, setText] = useState("0");
  const [position, setPosition] = useState(0);
  const name = visible(axis.name);
  const label = axis.shown ? `${name} from` : name;
  const most = axis.length - 1;
  const common = { min: 0, max: most, step: 1, "aria-label": `${label}, 0 to ${count(most)}` };
  const go = (value: string): void => {
    const next = Math.max(0, Math.min(most, Math.round(Number(value) || 0)));
    setText(String(next));
    setPosition(next);
    move(next);
  };
  return (
    <div class="modos-axis">
      <span title={label}>{label}</span>
      <input type="range" {...common} value={position} onInput={({ currentTarget }) => go(currentTarget.value)} />
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
