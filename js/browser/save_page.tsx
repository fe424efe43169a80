// Saving objects as a page: one HTML file that opens without a kernel.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Button, Checkbox, onEnter, ProblemLine } from "../shared/controls.tsx";
import { Dialog } from "../shared/dialog.tsx";
import { count, counted, sentence, size, visible } from "../shared/format.ts";
import { problemOf, type Problem } from "../shared/messages.ts";
import { blobOfPieces, saveBlob } from "../shared/save_blob.ts";
import { useView } from "./hooks.ts";
import type { PageOffer, PageSaved } from "./wire.ts";

interface SavePageProps {
  /** The objects; what is open, with its changes, if there are none. */
  paths: string[];
  close: () => void;
}

type Place = "folder" | "download";

export function SavePage({ paths, close }: SavePageProps) {
  const { channel, signal } = useView();
  const [offer, setOffer] = useState<PageOffer | null>(null);
  const [name, setName] = useState("");
  const [place, setPlace] = useState<Place>("folder");
  const [withFindings, setFindings] = useState(true);
  const [withPreviews, setPreviews] = useState(false);
  const [note, setNote] = useState("");
  const [failure, setFailure] = useState<Problem | null>(null);
  const [existing, setExisting] = useState("");
  const [saved, setSaved] = useState<PageSaved | null>(null);
  const [running] = useState<{ stop: AbortController | null }>(() => ({ stop: null }));
  const input = useRef<HTMLInputElement>(null);
  const done = useRef<HTMLDivElement>(null);
  const isTyped = useRef(false);
  const isBusy = note !== "";
  useEffect(() => {
    channel.request("page offer", { paths }, { signal }).then(
      ({ payload }) => {
        setOffer(payload);
        if (!payload.server_files) setPlace("download");
        if (isTyped.current) return;
        setName(payload.name);
        requestAnimationFrame(() => input.current?.setSelectionRange(0, payload.name.lastIndexOf(".")));
      },
      (error: unknown) => setFailure(problemOf(error)),
    );
    return () => running.stop?.abort();
  }, []);
  useLayoutEffect(() => {
    if (saved) done.current?.querySelector("button")?.focus();
  }, [saved]);
  const save = async (): Promise<void> => {
    if (isBusy || !name.trim()) return;
    const stop = (running.stop = new AbortController());
    setNote("Saving…");
    setFailure(null);
    const part = ({ done: read, total }: { done: number; total: number }): void => {
      if (total > 1) setNote(`Reading objects: ${count(read)} of ${count(total)}`);
    };
    const download = place === "download";
    try {
      const request = { paths, name, findings: withFindings, previews: withPreviews, download, overwrite: existing === name };
      const { payload } = await channel.request("save page", request, { signal: stop.signal, part });
      if (download) {
        const content = await blobOfPieces(payload.size, payload.piece, async (offset) => {
          const { buffers } = await channel.request("page piece", { offset }, { signal: stop.signal });
          return buffers[0] as DataView<ArrayBuffer>;
        });
        saveBlob(payload.place, content);
      }
      if (payload.exists) setExisting(name);
      else setSaved(payload);
    } catch (error) {
      if (!stop.signal.aborted) setFailure(problemOf(error));
    }
    running.stop = null;
    setNote("");
  };
  const isReplacing = existing !== "" && existing === name;
  const enter = onEnter(() => void save());
  if (saved) {
    return (
      <Dialog title="Page saved" close={close} class="modos-is-small">
        <div class="modos-dialog-body modos-object-form" role="status">
          <p>{sentence(savedWords(saved, place))}</p>
          {saved.failed > 0 && <p>{`${counted(saved.failed, "object")} could not be read. The page names ${saved.failed === 1 ? "it" : "them"}.`}</p>}
          <p class="modos-muted">The file opens in a browser, without a kernel or a network. It is as confidential as the metadata in it.</p>
        </div>
        <div class="modos-dialog-foot" ref={done}>
          <Button label="Done" primary data-first press={close} />
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog title="Save as page" close={close} class="modos-is-small">
      <div class="modos-dialog-body modos-object-form">
        <p>{offer ? contentWords(offer) : "One HTML file that opens without a kernel or a network."}</p>
        <label class="modos-field">
          <span class="modos-field-label">File name</span>
          <input
            ref={input}
            class="modos-input"
            type="text"
            data-first
            autocomplete="off"
            spellcheck={false}
            required
            value={name}
            onInput={({ currentTarget }) => {
              isTyped.current = true;
              setName(currentTarget.value);
            }}
            onKeyDown={enter}
          />
        </label>
        <fieldset class="modos-choices">
          <legend class="modos-field-label">Save to</legend>
          {offer?.server_files !== false && (
            <label>
              <input type="radio" name="place" checked={place === "folder"} onChange={() => setPlace("folder")} />
              The notebook’s folder
            </label>
          )}
          <label>
            <input type="radio" name="place" checked={place === "download"} onChange={() => setPlace("download")} />
            This computer, as a download
          </label>
        </fieldset>
        <fieldset class="modos-choices">
          <legend class="modos-field-label">Include</legend>
          <Checkbox isChecked={withFindings} check={setFindings}>Findings: errors, warnings and notes</Checkbox>
          <Checkbox isChecked={withPreviews} check={setPreviews}>Previews of arrays, at most 6 MiB of their values</Checkbox>
        </fieldset>
        {failure && <ProblemLine message={failure.message} hint={failure.hint} />}
        {isReplacing && <div class="modos-problem" role="alert">{sentence(`${visible(name)} already exists. Replace it, or enter another name.`)}</div>}
      </div>
      <div class="modos-dialog-foot">
        <span class="modos-grow modos-muted" role="status">{note}</span>
        <Button label="Cancel" press={close} />
        <Button label={isBusy ? "Saving…" : isReplacing ? "Replace file" : "Save page"} primary disabled={isBusy || !name.trim()} press={() => void save()} />
      </div>
    </Dialog>
  );
}

function contentWords({ objects, changes }: PageOffer): string {
  const content = objects === 1 ? "the metadata, the tree" : `the metadata and trees of ${counted(objects, "object")}`;
  if (changes) return `One HTML file with ${content} and ${counted(changes, "uncommitted change")}, for a review. It opens without a kernel or a network.`;
  return `One HTML file with ${content.replace(",", " and")}. It opens without a kernel or a network.`;
}

function savedWords({ place: where, size: bytes }: PageSaved, place: Place): string {
  return place === "download" ? `Downloaded ${where}, ${size(bytes)}.` : `Saved to ${where}, ${size(bytes)}.`;
}
