// Someone else changed what the draft changes or builds on: keep mine, keep theirs, or cancel.
import { useState } from "preact/hooks";
import { Button } from "../shared/controls.tsx";
import { DiffTable, Named, Side } from "../shared/diff_table.tsx";
import { counted, lastPart, visible } from "../shared/format.ts";
import type { ValueChips } from "../shared/value.tsx";
import { DialogBody, DialogFoot } from "./dialog.tsx";
import type { Conflict, ResolveRequest } from "./wire.ts";

type Keep = ResolveRequest["keep"][number];

interface ConflictFormProps {
  conflicts: Conflict[];
  /** With those that are not shown. */
  total: number;
  chips: ValueChips | undefined;
  /** Whether the table has several objects. */
  isSeveral: boolean;
  resolve: (keep: Keep[]) => void;
  close: () => void;
}

export function ConflictForm({ conflicts, total, chips, isSeveral, resolve, close }: ConflictFormProps) {
  const left = total - conflicts.length;
  const [keep, setKeep] = useState<(Keep | "")[]>(Array(conflicts.length + Number(left > 0)).fill(""));
  const all = (value: Keep): void => setKeep(keep.map(() => value));
  const choose = (place: number, value: Keep | ""): void => setKeep(keep.map((each, at) => (at === place ? value : each)));
  const ask = (name: string, place: number) => (
    <select
      class="modos-input"
      aria-label={`Value to keep for ${name}`}
      value={keep[place] ?? ""}
      onChange={({ currentTarget }) => choose(place, currentTarget.value as Keep | "")}
    >
      <option value="">Choose…</option>
      <option value="mine">Keep mine</option>
      <option value="theirs">Keep theirs</option>
    </select>
  );
  const rows = conflicts.map(({ object, element, slot, base, mine, theirs }, place) => {
    const name = [isSeveral ? lastPart(object) : "", element, slot].filter(Boolean).join(" ");
    return [
      <Named text={name} />,
      <Side text={base} tag="del" chips={chips} object={isSeveral ? object : ""} />,
      <Side text={mine} tag="ins" chips={chips} object={isSeveral ? object : ""} />,
      <Side text={theirs} tag="ins" chips={chips} object={isSeveral ? object : ""} />,
      ask(visible(name), place),
    ];
  });
  const others = left > 0 ? [[`and ${counted(left, "more cell")}`, "", "", "", ask("all others", conflicts.length)]] : [];
  return (
    <>
      <DialogBody>
        <p>Nothing was written: someone else has changed the same data. Choose what to keep in each row, or cancel and keep your changes as a draft.</p>
        <DiffTable head={["Cell", "Before", "Mine", "Theirs", "Keep"]} rows={[...rows, ...others]} />
      </DialogBody>
      <DialogFoot>
        <Button label="Keep all mine" press={() => all("mine")} />
        <Button label="Keep all theirs" press={() => all("theirs")} />
        <Button label="Cancel" press={close} />
        <Button label="Continue" primary disabled={keep.includes("")} press={() => resolve(keep.filter((each) => each !== ""))} />
      </DialogFoot>
    </>
  );
}
