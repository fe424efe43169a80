// Opening proposed changes: a file of the person's own computer, or of the notebook's.
import { useRef, useState } from "preact/hooks";
import { Button, onEnter } from "../shared/controls.tsx";
import { Dialog } from "../shared/dialog.tsx";
import { sentence, size, visible } from "../shared/format.ts";
import { Problem, type Channel } from "../shared/messages.ts";
import { sendFile } from "../uploading/upload.ts";
import type { Requests as UploadRequests } from "../uploading/wire.ts";
import { useView } from "./hooks.ts";

const LARGEST = 20 * 2 ** 20;

export function OpenProposal({ close }: { close: () => void }) {
  const { channel, signal } = useView();
  const [file, setFile] = useState<File | null>(null);
  const [path, setPath] = useState("");
  const [filesFrom, setFilesFrom] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState("");
  const input = useRef<HTMLInputElement>(null);
  const isReady = file !== null || path.trim() !== "";
  const open = async (): Promise<void> => {
    if (!isReady || isBusy) return;
    setBusy(true);
    setFailure("");
    const more = filesFrom.trim() ? { files_from: filesFrom.trim() } : {};
    try {
      if (file && file.size > LARGEST) throw new Problem("The file is larger than 20 MiB.", "Choose another file.");
      const source = file ? { upload: await sendFile(channel as unknown as Channel<UploadRequests>, file, { signal, progress: () => undefined }) } : { path: path.trim() };
      await channel.request("open proposal", { ...source, ...more });
      close();
    } catch (error) {
      setBusy(false);
      const problem = error instanceof Problem ? error : new Problem("The file cannot be read.", "Choose it again.");
      setFailure(sentence(`${problem.message} ${problem.hint}`));
    }
  };
  const enter = onEnter(() => void open());
  return (
    <Dialog title="Open proposed changes" close={close} class="modos-is-small">
      <div class="modos-dialog-body modos-object-form">
        <p>Opens the changes as a draft. Nothing is written before you commit.</p>
        <div class="modos-field">
          <span class="modos-field-label">File on your computer</span>
          <span class="modos-file-choice">
            <Button label="Choose file…" data-first press={() => input.current?.click()} />
            <span class="modos-muted">{file ? `${visible(file.name)}, ${size(file.size)}` : "No file chosen"}</span>
          </span>
          <input
            ref={input}
            type="file"
            accept=".json,application/json"
            hidden
            aria-label="File with proposed changes"
            onChange={({ currentTarget }) => {
              setFile(currentTarget.files?.[0] ?? null);
              setPath("");
            }}
          />
        </div>
        <label class="modos-field">
          <span class="modos-field-label">Or a file on the notebook’s computer</span>
          <input
            class="modos-input"
            type="text"
            autocomplete="off"
            spellcheck={false}
            placeholder="/home/me/P-0003.changes.json"
            value={path}
            onInput={({ currentTarget }) => {
              setPath(currentTarget.value);
              setFile(null);
            }}
            onKeyDown={enter}
          />
        </label>
        <label class="modos-field">
          <span class="modos-field-label">Folder with the files that the changes attach, if any</span>
          <input
            class="modos-input"
            type="text"
            autocomplete="off"
            spellcheck={false}
            value={filesFrom}
            onInput={({ currentTarget }) => setFilesFrom(currentTarget.value)}
            onKeyDown={enter}
          />
        </label>
        {failure && <div class="modos-problem" role="alert">{failure}</div>}
      </div>
      <div class="modos-dialog-foot">
        <Button label="Cancel" press={close} />
        <Button label={isBusy ? "Opening…" : "Open changes"} primary disabled={!isReady || isBusy} press={() => void open()} />
      </div>
    </Dialog>
  );
}
