// Detach a file from its element: it stays in the object, or the commit removes it.
import { useState } from "preact/hooks";
import { Button } from "../../shared/controls.tsx";
import { Dialog } from "../../shared/dialog.tsx";
import { sentence, visible } from "../../shared/format.ts";
import { problemOf } from "../../shared/messages.ts";
import { useView } from "../hooks.ts";
import type { FileRow } from "../wire.ts";

interface DetachDialogProps {
  row: FileRow;
  close: (note: string) => void;
}

export function DetachDialog({ row: [path, , namedBy, , state], close }: DetachDialogProps) {
  const { channel } = useView();
  const elements = namedBy.split(", ");
  const [element, setElement] = useState(elements[0] ?? "");
  const [problem, setProblem] = useState("");
  const isNew = state === "new";
  const detach = (remove: boolean): void => {
    channel.request("detach file", { element, remove }).then(
      () => close(remove ? `The commit removes ${path}.` : `Detached ${path} from ${element}.`),
      (error: unknown) => {
        const found = problemOf(error);
        if (found) setProblem(`${found.message} ${found.hint}`.trim());
      },
    );
  };
  return (
    <Dialog title={`Detach ${visible(path)}?`} close={() => close("")} class="modos-is-small">
      <div class="modos-dialog-body">
        {elements.length > 1 && (
          <label class="modos-attach-line">
            <span>Detach from</span>
            <select class="modos-input" value={element} onChange={({ currentTarget }) => setElement(currentTarget.value)}>
              {elements.map((each) => <option key={each} value={each}>{visible(each)}</option>)}
            </select>
          </label>
        )}
        <p>
          {sentence(
            isNew
              ? `${element} no longer names the file, and the commit does not add it.`
              : `${element} no longer names the file. Keep it in the object, or remove it with its index files. The commit does this.`,
          )}
        </p>
        {!isNew && elements.length > 1 && <p>A file that another element names is always kept.</p>}
      </div>
      {problem && <div class="modos-problem" role="alert">{sentence(problem)}</div>}
      <div class="modos-dialog-foot">
        <Button label="Cancel" press={() => close("")} />
        {!isNew && <Button label="Remove file" press={() => detach(true)} />}
        <Button label={isNew ? "Detach file" : "Detach, keep file"} primary data-first press={() => detach(false)} />
      </div>
    </Dialog>
  );
}
