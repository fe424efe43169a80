// Export the objects of a table as a sheet, which the browser saves on the person's own computer.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Button, Checkbox, ProblemLine } from "../shared/controls.tsx";
import { Dialog } from "../shared/dialog.tsx";
import { counted, visible } from "../shared/format.ts";
import { problemOf, type Channel, type Problem } from "../shared/messages.ts";
import { blobOfPieces, saveBlob } from "../shared/save_blob.ts";
import { adopt } from "../shared/style.ts";
import css from "./style.css";
import type { ExportAnswer, ExportRequest, Requests } from "./wire.ts";

type Kind = ExportRequest["kind"];

const KINDS: [Kind, string, string][] = [
  ["xlsx", "Excel workbook (.xlsx)", "Drop-down lists, and a stamp by which changes are merged when the sheet comes back."],
  ["csv", "CSV", "One table. The import compares it with what is stored then."],
  ["tsv", "TSV", "As CSV, with tabs between the cells."],
];

interface ExportSheetProps {
  /** The channel of a widget with a `SheetExchange`. */
  channel: Channel<Requests>;
  /** The tab that is shown, and its name; "" where rows of all classes are. */
  tab: string;
  title: string;
  close: () => void;
  /** Called with a sentence once the sheet is saved. */
  done: (words: string) => void;
}

export function ExportSheet({ channel, tab, title, close, done }: ExportSheetProps) {
  const body = useRef<HTMLDivElement>(null);
  const [kind, setKind] = useState<Kind>("xlsx");
  const [isTab, setTab] = useState(false);
  const [isTemplate, setTemplate] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Problem | null>(null);
  const [notes, setNotes] = useState<string[]>([]);
  useLayoutEffect(() => adopt(body.current!, "sheets", css), []);
  const save = async (): Promise<void> => {
    setBusy(true);
    setFailure(null);
    try {
      const { payload } = await channel.request("export sheet", { kind, tab: isTab ? tab : "", template: isTemplate });
      saveBlob(payload.name, await content(channel, payload));
      const words = isTemplate ? `Exported an empty sheet, ${payload.name}.` : `Exported ${counted(payload.rows, "row")} to ${payload.name}.`;
      done(words);
      if (payload.notes.length) setNotes(payload.notes);
      else close();
    } catch (error) {
      setFailure(problemOf(error));
    }
    setBusy(false);
  };
  return (
    <Dialog title="Export sheet" close={close} class="modos-is-small">
      <div class="modos-dialog-body modos-sheet-form" ref={body}>
        {failure && <ProblemLine message={failure.message} hint={failure.hint} />}
        <fieldset class="modos-sheet-kinds">
          <legend>Format</legend>
          {KINDS.map(([name, label, about]) => (
            <label key={name}>
              <input
                type="radio"
                name="kind"
                checked={kind === name}
                data-first={name === kind ? true : undefined}
                onChange={() => setKind(name)}
              />
              <span>
                {label}
                <span class="modos-muted">{about}</span>
              </span>
            </label>
          ))}
        </fieldset>
        {tab && <Checkbox class="modos-sheet-box" isChecked={isTab} check={setTab}>{`Only ${visible(title)}`}</Checkbox>}
        <Checkbox class="modos-sheet-box" isChecked={isTemplate} check={setTemplate}>Empty sheet, to collect new elements</Checkbox>
        {notes.map((note) => <p key={note} class="modos-sheet-note" role="status">{visible(note)}</p>)}
      </div>
      <div class="modos-dialog-foot">
        <Button label={notes.length ? "Close" : "Cancel"} press={close} />
        <Button label={isBusy ? "Exporting…" : "Export sheet"} primary disabled={isBusy} press={() => void save()} />
      </div>
    </Dialog>
  );
}

function content(channel: Channel<Requests>, { size, piece }: ExportAnswer): Promise<Blob> {
  return blobOfPieces(size, piece, async (offset) => {
    const { buffers } = await channel.request("sheet piece", { offset });
    return buffers[0] as DataView<ArrayBuffer>;
  });
}
