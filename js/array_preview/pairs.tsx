// Names with values as a list.
import type { ComponentChildren } from "preact";
import { visible } from "../shared/format.ts";
import type { Pair } from "./wire.ts";

export function Pairs({ rows, children }: { rows: Pair[]; children?: ComponentChildren }) {
  return (
    <dl class="modos-pairs">
      {rows.map(([name, value]) => [<dt>{visible(name)}</dt>, <dd>{visible(value)}</dd>])}
      {children}
    </dl>
  );
}
