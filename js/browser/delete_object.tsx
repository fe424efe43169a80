// Deleting an object: its id is typed to confirm; afterwards a line says where its files are.
import { useState } from "preact/hooks";
import { Button } from "../shared/controls.tsx";
import { Dialog } from "../shared/dialog.tsx";
import { counted, sentence, visible } from "../shared/format.ts";
import { Problem } from "../shared/messages.ts";
import { useView } from "./hooks.ts";
import type { DeletedShown } from "./wire.ts";

export function DeleteObject({ id, close }: { id: string; close: () => void }) {
  const { channel } = useView();
  const [typed, setTyped] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState("");
  const isSame = typed.trim() === id.trim();
  const remove = (): void => {
    if (!isSame || isBusy) return;
    setBusy(true);
    channel.request("delete", { typed }).then(close, (error: unknown) => {
      setBusy(false);
      if (error instanceof Problem) setFailure(sentence(`${error.message} ${error.hint}`));
    });
  };
  return (
    <Dialog title={`Delete ${visible(id)}?`} close={close} class="modos-is-small">
      <div class="modos-dialog-body modos-object-form">
        <p>
          Its files are moved to the folder .modos-deleted beside it, where no list of objects finds them. You can restore
          it from there.
        </p>
        <label class="modos-field">
          <span class="modos-field-label">Enter its id to confirm: <strong>{visible(id)}</strong></span>
          <input
            class="modos-input"
            type="text"
            data-first
            autocomplete="off"
            spellcheck={false}
            value={typed}
            onInput={({ currentTarget }) => setTyped(currentTarget.value)}
            onKeyDown={({ key }) => key === "Enter" && remove()}
          />
        </label>
        {failure && <div class="modos-problem" role="alert">{failure}</div>}
      </div>
      <div class="modos-dialog-foot">
        <Button label="Cancel" press={close} />
        <Button label={isBusy ? "Deleting…" : "Delete object"} primary disabled={!isSame || isBusy} press={remove} />
      </div>
    </Dialog>
  );
}

interface DeletedProps {
  deleted: DeletedShown;
  restore: () => void;
  dismiss: () => void;
}

export function Deleted({ deleted: { id, path, left }, restore, dismiss }: DeletedProps) {
  const more = left ? ` ${counted(left, "file")} that someone else wrote in the meantime stayed at its place.` : "";
  return (
    <div class="modos-notice" role="status">
      <span class="modos-grow" title={visible(path)}>{sentence(`${id} was deleted. Its files are in ${path}.${more}`)}</span>
      <Button label="Undo" press={restore} />
      <Button label="Dismiss" class="modos-quiet" press={dismiss} />
    </div>
  );
}
