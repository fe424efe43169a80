// What the removal of elements would change, and the buttons that remove them.
import { useEffect, useRef, useState } from "preact/hooks";
import { Button, Checkbox, ProblemLine } from "../shared/controls.tsx";
import { count, counted, sentence, visible } from "../shared/format.ts";
import { problemOf, type Problem } from "../shared/messages.ts";
import { useForm } from "./context.ts";
import type { RemovedElement } from "./wire.ts";

const SHOWN = 8;

interface RemoveProps {
  /** Object and id of each element. */
  elements: [string, string][];
  removed: (count: number, notes: string[]) => void;
  close: () => void;
}

export function Remove({ elements, removed, close }: RemoveProps) {
  const { channel } = useForm();
  const [found, setFound] = useState<RemovedElement[] | null>(null);
  const [failure, setFailure] = useState<Problem | null>(null);
  const [withFiles, setWithFiles] = useState(false);
  const [isWorking, setWorking] = useState(false);
  const cancel = useRef<HTMLDivElement>(null);
  useEffect(() => {
    channel.request("removal", { elements }).then(
      ({ payload }) => setFound(payload.elements),
      (error: unknown) => setFailure(problemOf(error)),
    );
  }, [channel]);
  useEffect(() => {
    cancel.current?.querySelector<HTMLElement>("[data-name=remove]")?.focus({ preventScroll: true });
  }, [found === null]);
  const [only] = elements;
  const title = elements.length === 1 && only ? `Remove ${visible(only[1])}` : `Remove ${counted(elements.length, "element")}`;
  const remove = (): void => {
    setWorking(true);
    setFailure(null);
    channel.request("remove elements", { elements, with_files: withFiles }).then(
      ({ payload }) => removed(payload.removed, payload.notes),
      (error: unknown) => {
        setWorking(false);
        setFailure(problemOf(error));
      },
    );
  };
  const links = (found ?? []).flatMap(({ element, links: each }) => each.map(([user, slot]) => ({ element, user, slot })));
  const files = (found ?? []).filter(({ file }) => file);
  const arrays = (found ?? []).reduce((sum, each) => sum + each.arrays, 0);
  return (
    <div class="modos-form" role="form" aria-label={title}>
      <div class="modos-form-head"><h2>{title}</h2></div>
      <div class="modos-form-body">
        {found === null && !failure && <div class="modos-muted" role="status">Checking links…</div>}
        {failure && <ProblemLine message={failure.message} hint={failure.hint} />}
        {found && (
          <>
            {links.length === 0 ? (
              <p class="modos-form-fact">No element links to {elements.length === 1 ? "it" : "them"}.</p>
            ) : (
              <div>
                <p class="modos-form-fact">{`${counted(links.length, "link")} ${links.length === 1 ? "is" : "are"} removed too:`}</p>
                <ul class="modos-form-links">
                  {links.slice(0, SHOWN).map(({ element, user, slot }) => (
                    <li key={`${element} ${user} ${slot}`}>
                      <span>{visible(user)}</span> <span class="modos-muted">{visible(slot)}</span>
                      {elements.length > 1 && <span class="modos-muted">{` → ${visible(element)}`}</span>}
                    </li>
                  ))}
                </ul>
                {links.length > SHOWN && <p class="modos-muted">{`and ${count(links.length - SHOWN)} more`}</p>}
              </div>
            )}
            {arrays > 0 && <p class="modos-form-fact">{`${counted(arrays, "array or group", "arrays and groups")} below ${elements.length === 1 ? "it" : "them"} ${arrays === 1 ? "is" : "are"} removed too.`}</p>}
            {files.length > 0 && (
              <fieldset class="modos-form-files">
                <legend>{files.length === 1 ? "File" : "Files"}</legend>
                <ul class="modos-form-links">
                  {files.slice(0, SHOWN).map(({ element, file, file_users: users }) => (
                    <li key={element}>
                      <span class="modos-form-mono">{visible(file)}</span>
                      {users.length > 0 && <span class="modos-muted">{sentence(` kept: ${users.slice(0, 3).join(", ")} ${users.length === 1 ? "uses" : "use"} it`)}</span>}
                    </li>
                  ))}
                </ul>
                {files.length > SHOWN && <p class="modos-muted">{`and ${count(files.length - SHOWN)} more`}</p>}
                <Checkbox class="modos-form-check" name="files" isChecked={withFiles} check={setWithFiles}>
                  <span>{files.length === 1 ? "Remove the file too" : "Remove the files too"}</span>
                </Checkbox>
                <div class="modos-muted modos-form-help">
                  {withFiles ? "Removed with the commit, with its index file. Undo restores up to 16 MiB." : "Kept in the object."}
                </div>
              </fieldset>
            )}
            <p class="modos-muted">Nothing is written before you commit.</p>
          </>
        )}
      </div>
      <div class="modos-form-foot">
        <div class="modos-form-buttons" ref={cancel}>
          <Button label={elements.length === 1 ? "Remove" : title} primary disabled={!found || isWorking} press={remove} data-name="remove" />
          <span class="modos-form-spring" />
          <Button label="Cancel" press={close} />
        </div>
      </div>
    </div>
  );
}
