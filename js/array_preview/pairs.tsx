// Names with values as a list.
import type { ComponentChildren } from "preact";
import { visible } from "../shared/format.ts";
import { Value, type ValueChips } from "../shared/value.tsx";
import type { Pair } from "./wire.ts";

export function Pairs({ rows, chips, children }: { rows: Pair[]; chips?: ValueChips; children?: ComponentChildren }) {
  return (
    <dl class="modos-pairs">
      {rows.map(([name, value]) => [<dt>{visible(name)}</dt>, <dd><Value text={value} chips={chips} /></dd>])}
      {children}
    </dl>
  );
}
