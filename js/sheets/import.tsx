// Import a sheet: choose it, confirm its columns, and see what it changes before it becomes a draft.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Button, Checkbox, ProblemLine } from "../shared/controls.tsx";
import { Dialog } from "../shared/dialog.tsx";
import { counted, size, visible } from "../shared/format.ts";
import { Problem, problemOf, type Channel } from "../shared/messages.ts";
import { saveBlob } from "../shared/save_blob.ts";
import { adopt } from "../shared/style.ts";
import { sendFile } from "../uploading/upload.ts";
import type { Requests as UploadRequests } from "../uploading/wire.ts";
import { SheetColumns } from "./columns.tsx";
import { SheetPreview } from "./preview.tsx";
import css from "./style.css";
import type { ImportAnswer, ReadSheetAnswer, Requests } from "./wire.ts";

const SHEET = /\.(xlsx|xlsm|csv|tsv|txt)$/i;

type Mapping = Record<string, string>;

interface Sheet {
  file: File;
  upload: string;
  read: ReadSheetAnswer;
}

interface ImportSheetProps {
  /** The channel of a widget with a `SheetExchange` and an `Uploading`. */
  channel: Channel<Requests>;
  signal: AbortSignal;
  /** Files that were dropped to open the dialog. */
  dropped: File[];
  close: () => void;
  /** Called with the number of changes once they are in the draft. */
  done: (changes: number) => void;
}

export function ImportSheet({ channel, signal, dropped, close, done }: ImportSheetProps) {
  const body = useRef<HTMLDivElement>(null);
  const [sheet, setSheet] = useState<Sheet | null>(null);
  const [mapping, setMapping] = useState<Mapping>({});
  const [creates, setCreates] = useState(false);
  const [removes, setRemoves] = useState(false);
  const [preview, setPreview] = useState<ImportAnswer | null>(null);
  const [wait, setWait] = useState("");
  const [failure, setFailure] = useState<Problem | null>(null);
  useLayoutEffect(() => adopt(body.current!, "sheets", css), []);
  const fail = (error: unknown): void => {
    setWait("");
    setFailure(problemOf(error));
  };
  const choose = async (files: File[]): Promise<void> => {
    setFailure(null);
    setPreview(null);
    try {
      const file = files.find(({ name }) => SHEET.test(name));
      const saved = files.find(({ name }) => name.toLowerCase().endsWith(".json"));
      const own = saved ? await readMapping(saved) : {};
      if (!file) {
        if (!saved || !sheet) throw new Problem("This is not a sheet.", "Choose an .xlsx, .csv or .tsv file.");
        setMapping({ ...mapping, ...own });
        return;
      }
      setWait("Uploading…");
      const progress = (sent: number): void => setWait(`Uploading ${size(sent)} of ${size(file.size)}…`);
      const upload = await sendFile(channel as unknown as Channel<UploadRequests>, file, { signal, progress });
      setWait("Reading…");
      const { payload: read } = await channel.request("read sheet", { upload });
      setMapping({ ...Object.fromEntries(read.columns), ...own });
      setSheet({ file, upload, read });
    } catch (error) {
      fail(error);
    }
  };
  useEffect(() => void (dropped.length && choose(dropped)), []);
  useEffect(() => {
    if (!sheet) return undefined;
    const stop = new AbortController();
    setWait("Comparing with what is stored…");
    setFailure(null);
    channel
      .request("import sheet", { upload: sheet.upload, mapping, create: creates, remove_missing: removes }, { signal: stop.signal })
      .then(({ payload }) => {
        setWait("");
        setPreview(payload);
      }, (error: unknown) => {
        if (stop.signal.aborted) return;
        setPreview(null);
        fail(error);
      });
    return () => stop.abort();
  }, [sheet, mapping, creates, removes]);
  const apply = (): void => {
    setWait("Importing…");
    channel.request("apply sheet").then(({ payload }) => {
      done(payload.changes);
      close();
    }, fail);
  };
  const save = (): void => {
    const text = `${JSON.stringify(mapping, null, 2)}\n`;
    saveBlob(`${sheet!.file.name}.mapping.json`, new Blob([text], { type: "application/json" }));
  };
  const total = preview?.proposed.total ?? 0;
  return (
    <Dialog title="Import sheet" close={close} class="modos-sheet-import">
      <div class="modos-dialog-body modos-sheet-form" tabIndex={0} ref={body}>
        <Choice file={sheet?.file ?? null} choose={(files) => void choose(files)} fail={(words) => setFailure(new Problem(words))} />
        {failure && <ProblemLine message={failure.message} hint={failure.hint} />}
        {sheet && (
          <>
            <SheetColumns read={sheet.read} mapping={mapping} change={setMapping} save={save} />
            <div class="modos-sheet-boxes">
              <Checkbox class="modos-sheet-box" isChecked={removes} check={setRemoves}>Remove elements whose rows are missing</Checkbox>
              <Checkbox class="modos-sheet-box" isChecked={creates} check={setCreates}>Create objects that do not exist</Checkbox>
            </div>
          </>
        )}
        {preview && <SheetPreview answer={preview} />}
      </div>
      <div class="modos-dialog-foot">
        <span class="modos-muted modos-grow" role="status">{wait || (sheet ? "" : "Nothing is written before you commit.")}</span>
        <Button label="Cancel" press={close} />
        <Button
          label={total ? `Import ${counted(total, "change")}` : "Import"}
          primary
          disabled={total === 0 || wait !== "" || failure !== null}
          press={apply}
        />
      </div>
    </Dialog>
  );
}

interface ChoiceProps {
  file: File | null;
  choose: (files: File[]) => void;
  fail: (words: string) => void;
}

/** The sheet, dropped or chosen. */
function Choice({ file, choose, fail }: ChoiceProps) {
  const [isOver, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  return (
    <div
      class={["modos-sheet-drop", isOver && "modos-is-over", file && "modos-is-chosen"].filter(Boolean).join(" ")}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        event.stopPropagation();
        setOver(false);
        const files = [...(event.dataTransfer?.files ?? [])];
        if (files.length) choose(files);
        else fail("Drop a file.");
      }}
    >
      {file ? (
        <span class="modos-grow">
          <strong>{visible(file.name)}</strong>
          <span class="modos-muted">{` ${size(file.size)}`}</span>
        </span>
      ) : (
        <span>Drop a sheet here: .xlsx, .csv or .tsv</span>
      )}
      <Button label={file ? "Choose another…" : "Choose sheet…"} data-first press={() => input.current?.click()} />
      <input
        ref={input}
        type="file"
        accept=".xlsx,.xlsm,.csv,.tsv,.txt,.json"
        multiple
        hidden
        aria-label="Sheet on this computer"
        onChange={({ currentTarget }) => {
          choose([...(currentTarget.files ?? [])]);
          currentTarget.value = "";
        }}
      />
    </div>
  );
}

/** Read a mapping that was saved beside a sheet. */
async function readMapping(file: File): Promise<Mapping> {
  let found: unknown = null;
  try {
    if (file.size < 2 ** 20) found = JSON.parse(await file.text());
  } catch {
    // said below
  }
  const pairs = Object.entries(found ?? {});
  if (!pairs.length || !pairs.every(([, meaning]) => typeof meaning === "string")) {
    throw new Problem(`${file.name} is not a mapping of columns.`, "Choose a file that was saved with “Save mapping”.");
  }
  return Object.fromEntries(pairs) as Mapping;
}
