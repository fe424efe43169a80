// Three hints on first use: one line above the panes, and a frame around what it is about.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Button } from "../shared/controls.tsx";
import { useNextFocus } from "../shared/view.tsx";
import { useView } from "./hooks.ts";

/** What a hint is about, which the style frames, and its text. */
const HINTS = [
  ["objects", "Search or narrow the objects, and choose one to see its tree, metadata and files."],
  ["edit", "To change metadata, choose Edit. Errors of a kind are fixed in one step. Nothing is written before you commit."],
  ["code", "Everything that you see or do here is also Python: this button shows the code."],
] as const;

interface HintsProps {
  isOpen: boolean;
  isEditing: boolean;
  /** Where the focus goes when the hints are hidden. */
  next: () => HTMLElement | null | undefined;
}

export function Hints({ isOpen, isEditing, next }: HintsProps) {
  const { el, channel } = useView();
  const [step, setStep] = useState<number | null>(null);
  const line = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    channel.request("hints").then(({ payload }) => payload.show && setStep(0), () => undefined);
  }, [channel]);
  // what a hint asks for is done: the next one
  useLayoutEffect(() => setStep((now) => (now === 0 && isOpen ? 1 : now)), [isOpen, step]);
  useLayoutEffect(() => setStep((now) => (now === 1 && isEditing ? 2 : now)), [isEditing, step]);
  const about = step === null ? undefined : HINTS[step]?.[0];
  useLayoutEffect(() => {
    if (!about) return;
    el.dataset["hint"] = about;
    return () => delete el.dataset["hint"];
  }, [el, about]);
  useNextFocus(line, next);
  const hide = (): void => {
    setStep(null);
    channel.request("hide hints").catch(() => undefined); // then they are shown again next time
  };
  const isLast = step === HINTS.length - 1;
  return (
    <div class="modos-hints-holder" ref={line}>
      {step !== null && (
        <section class="modos-hints" aria-label="Hints">
          <span class="modos-muted">{`Hint ${step + 1} of ${HINTS.length}`}</span>
          <span class="modos-grow" role="status">{HINTS[step]?.[1]}</span>
          {!isLast && <Button label="Next hint" class="modos-quiet" press={() => setStep(step + 1)} />}
          <Button label={isLast ? "Got it" : "Hide hints"} class="modos-quiet" press={hide} />
        </section>
      )}
    </div>
  );
}
