// Confirms the undo of a commit.
import { useState } from "preact/hooks";
import { Button, ProblemLine } from "../shared/controls.tsx";
import { Dialog } from "../shared/dialog.tsx";
import { sentence } from "../shared/format.ts";
import { problemOf, type Problem } from "../shared/messages.ts";
import { useView } from "./hooks.ts";
import type { CommitShown } from "./wire.ts";
import { countsText, lackingText } from "./words.ts";

interface UndoDialogProps {
  commit: CommitShown;
  /** Files that cannot be restored. */
  lacking: string[];
  close: () => void;
  /** Called with the id of the new commit. */
  undone: (id: string) => void;
}

export function UndoDialog({ commit, lacking, close, undone }: UndoDialogProps) {
  const { channel } = useView();
  const [message, setMessage] = useState("");
  const [isWriting, setWriting] = useState(false);
  const [failure, setFailure] = useState<Problem | null>(null);
  const undo = (): void => {
    setWriting(true);
    setFailure(null);
    channel.request("undo", { id: commit.id, message }).then(
      ({ payload }) => undone(payload.id),
      (error: unknown) => {
        setWriting(false);
        setFailure(problemOf(error));
      },
    );
  };
  return (
    <Dialog title="Undo commit" close={close} class="modos-is-small">
      <div class="modos-dialog-body">
        <p>{sentence(`${commit.message ? `“${commit.message}”` : "This commit"} changed ${countsText(commit)}. A new commit restores what was stored before it.`)}</p>
        {lacking.length > 0 && <p class="modos-problem">{sentence(lackingText(lacking))}</p>}
        {failure && <ProblemLine message={failure.message} hint={failure.hint} />}
      </div>
      <div class="modos-dialog-foot">
        <input
          class="modos-input modos-message"
          placeholder="Commit message"
          aria-label="Commit message"
          maxLength={500}
          value={message}
          onInput={({ currentTarget }) => setMessage(currentTarget.value)}
          onKeyDown={({ key }) => {
            if (key === "Enter" && !isWriting) undo();
          }}
        />
        <Button label="Cancel" data-first press={close} />
        <Button label={isWriting ? "Undoing…" : "Undo commit"} primary disabled={isWriting} press={undo} />
      </div>
    </Dialog>
  );
}
