// Unsaved changes: what would lose them asks first, also closing the page where the host allows that.
import { useLayoutEffect } from "preact/hooks";
import { Button } from "../shared/controls.tsx";
import { Dialog } from "../shared/dialog.tsx";
import { counted, sentence } from "../shared/format.ts";
import { useTrait, useView } from "./hooks.ts";

interface LeavingProps {
  /** The action that would lose them; '' for none. */
  question: string;
  keep: () => void;
  discard: () => void;
}

export function Leaving({ question, keep, discard }: LeavingProps) {
  const { signal } = useView();
  const { changes, changed_objects: objects } = useTrait("_edit");
  const isUnsaved = changes > 0;
  useLayoutEffect(() => {
    if (!isUnsaved) return;
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
    const stop = (): void => window.removeEventListener("beforeunload", ask);
    window.addEventListener("beforeunload", ask);
    signal.addEventListener("abort", stop);
    return stop;
  }, [isUnsaved, signal]);
  if (!question) return null;
  return (
    <Dialog title={`Discard ${counted(changes, "unsaved change")}?`} close={keep} class="modos-is-small">
      <div class="modos-dialog-body">
        <p>{sentence(`${counted(changes, "change")} in ${counted(objects, "object")} ${changes === 1 ? "is" : "are"} not committed. “${question}” ends editing and discards ${changes === 1 ? "it" : "them"}.`)}</p>
      </div>
      <div class="modos-dialog-foot">
        <Button label="Discard changes" press={discard} />
        <Button label="Keep editing" primary data-first press={keep} />
      </div>
    </Dialog>
  );
}
