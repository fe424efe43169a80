// Attach files: choose them, upload what is on the person's own computer, and say which element gets each.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Button } from "../../shared/controls.tsx";
import { Dialog } from "../../shared/dialog.tsx";
import { counted } from "../../shared/format.ts";
import { Problem, problemOf, type Channel } from "../../shared/messages.ts";
import { sendFile } from "../../uploading/upload.ts";
import type { Requests as UploadRequests } from "../../uploading/wire.ts";
import { useTrait, useView } from "../hooks.ts";
import type { FileRow, FileSource, OfferAnswer } from "../wire.ts";
import { droppedFiles, DropZone } from "./drop.tsx";
import { isIndex, isSamePlace, newEntry, obstacle, toAttach, type Entry } from "./entries.ts";
import { EntryForm } from "./entry_form.tsx";
import { PickList } from "./pick_list.tsx";
import { ServerFiles } from "./server_files.tsx";

const MOST = 100; // files at once
const SENDING = 2; // uploads at the same time
const REDRAW = 100; // ms between two drawings of how far uploads are
const RATE = 3000; // ms over which the rate is counted

type Source = "own" | "server" | "object";
const SOURCES: Record<Source, string> = { own: "This computer", server: "Notebook server", object: "This object" };

export interface AttachDialogProps {
  /** Files that were dropped. */
  files: File[];
  /** The element whose file is replaced; '' for none. */
  target: string;
  /** The files of the object. */
  rows: FileRow[];
  close: (note: string) => void;
}

export function AttachDialog({ files, target, rows, close }: AttachDialogProps) {
  const { channel, signal } = useView();
  const uploading = channel as unknown as Channel<UploadRequests>;
  const hasServer = useTrait("server_files");
  const [from, setFrom] = useState<Source>("own");
  const entries = useRef<Entry[]>([]);
  const [, redraw] = useState(0);
  const [known, setKnown] = useState<Pick<OfferAnswer, "elements" | "classes">>({ elements: [], classes: [] });
  const [problem, setProblem] = useState("");
  const [isAttaching, setAttaching] = useState(false);
  const offering = useRef(new AbortController());
  const isClosed = useRef(false);
  const draw = (): void => {
    if (!isClosed.current) redraw((times) => times + 1);
  };

  const offer = (): void => {
    offering.current.abort();
    const { signal: ended } = (offering.current = new AbortController());
    const ready = entries.current.filter(({ source }) => source);
    draw();
    if (!ready.length) return;
    channel.request("offer files", { sources: ready.map(({ source }) => source!) }, { signal: ended }).then(
      ({ payload }) => {
        setKnown(payload);
        payload.files.forEach((each, place) => {
          const entry = ready[place]!;
          entry.offer = each;
          entry.indexOf = each.index_of === null ? null : (ready[each.index_of] ?? null);
          if (!entry.isChosen) entry.choice = { element: each.element, className: each.class_name, name: each.name };
        });
        if (target) preset(ready, target);
        draw();
      },
      (error: unknown) => {
        const found = problemOf(error);
        if (found) setProblem(words(found));
      },
    );
  };

  const start = (): void => {
    const waiting = entries.current.filter(({ file, source, problem: failed }) => file && !source && !failed);
    const running = waiting.filter(({ stop }) => stop).length;
    for (const entry of waiting.filter(({ stop }) => !stop).slice(0, SENDING - running)) void send(entry, entry.file!);
    draw();
  };
  const send = async (entry: Entry, file: File): Promise<void> => {
    const stop = (entry.stop = new AbortController());
    const times: [time: number, done: number][] = [];
    let drawn = 0;
    const progress = (done: number, isChecking: boolean): void => {
      const now = performance.now();
      if (isChecking !== entry.isChecking) times.length = 0;
      times.push([now, done]);
      while (times.length > 2 && now - times[0]![0] > RATE) times.shift();
      const [since, before] = times[0]!;
      entry.rate = now > since ? ((done - before) * 1000) / (now - since) : 0;
      entry.done = done;
      entry.isChecking = isChecking;
      if (now - drawn < REDRAW) return;
      drawn = now;
      draw();
    };
    try {
      const upload = await sendFile(uploading, file, { signal: stop.signal, progress });
      entry.source = { kind: "upload", place: upload };
    } catch (error) {
      stop.abort(); // the pieces that are still on their way
      const found = problemOf(error);
      if (found) entry.problem = words(found);
    }
    entry.stop = null;
    if (isClosed.current) return;
    start();
    offer();
  };

  const addFiles = (added: File[]): void => {
    setProblem("");
    for (const file of added) {
      if (entries.current.length >= MOST) {
        setProblem(`At most ${MOST} files can be attached at once.`);
        break;
      }
      const isKnown = entries.current.some(({ file: own }) => own && own.name === file.name && own.size === file.size && own.lastModified === file.lastModified);
      if (!isKnown) entries.current.push(newEntry(file.name, file.size, { file }));
    }
    start();
  };
  const toggle = (source: FileSource, title: string, size: number): void => {
    const found = entries.current.find((entry) => isSamePlace(entry, source));
    if (found) entries.current = entries.current.filter((entry) => entry !== found);
    else if (entries.current.length < MOST) entries.current.push(newEntry(title, size, { source }));
    offer();
  };
  const remove = (entry: Entry): void => {
    entry.stop?.abort();
    if (entry.source?.kind === "upload") uploading.request("cancel upload", { upload: entry.source.place }).catch(() => undefined);
    entries.current = entries.current.filter((each) => each !== entry);
    start();
    offer();
  };
  const end = (note: string): void => {
    isClosed.current = true;
    offering.current.abort();
    for (const { stop } of entries.current) stop?.abort();
    close(note);
  };
  const leave = (): void => {
    const left = entries.current.filter(({ file, source }) => file && !source).length;
    end(left ? `${counted(left, "upload")} paused. To continue, choose the same file again.` : "");
  };
  useLayoutEffect(() => {
    if (files.length) addFiles(files);
  }, [files]);
  useLayoutEffect(() => {
    signal.addEventListener("abort", () => {
      isClosed.current = true;
      for (const { stop } of entries.current) stop?.abort();
    });
  }, [signal]);

  const attach = async (): Promise<void> => {
    const chosen = toAttach(entries.current);
    setAttaching(true);
    setProblem("");
    try {
      const { payload } = await channel.request("attach files", {
        files: chosen.map((entry) => ({
          ...entry.source!,
          name: entry.choice!.name,
          element: entry.choice!.element.trim(),
          class_name: entry.choice!.className,
          format: entry.offer!.format,
          indexes: indexesOf(entry).flatMap(({ source }) => (source?.kind === "upload" ? [source.place] : [])),
        })),
      });
      if (payload.problems.every((each) => !each)) {
        end(`Attached ${counted(chosen.length, "file")}. Commit to write ${chosen.length === 1 ? "it" : "them"}.`);
        return;
      }
      payload.problems.forEach((each, place) => {
        if (each) setProblem(`${chosen[place]!.title}: ${each}`);
      });
    } catch (error) {
      const found = problemOf(error);
      if (found) setProblem(words(found));
    }
    setAttaching(false);
  };
  const indexesOf = (entry: Entry): Entry[] => entries.current.filter(({ indexOf }) => indexOf === entry);
  const isAdded = (source: FileSource): boolean => entries.current.some((entry) => isSamePlace(entry, source));
  const unnamed = rows.filter(([, , namedBy, , state]) => !namedBy && !state);
  const why = obstacle(entries.current);
  const number = toAttach(entries.current).length;
  const isEmpty = !entries.current.length;
  return (
    <Dialog title={target ? `Replace the file of ${target}` : "Attach files"} close={leave} class="modos-attach">
      <div class="modos-dialog-body" onDragOver={(event) => event.preventDefault()} onDrop={(event) => addFiles(droppedFiles(event, setProblem))}>
        <div class="modos-attach-sources" role="group" aria-label="Where the files are">
          {(Object.keys(SOURCES) as Source[]).filter((each) => each !== "server" || hasServer).map((each) => (
            <button key={each} type="button" class="modos-button" aria-pressed={from === each} onClick={() => setFrom(each)}>{SOURCES[each]}</button>
          ))}
        </div>
        {from === "own" && <DropZone add={addFiles} tell={setProblem} isSmall={!isEmpty} />}
        {from === "server" && <ServerFiles isAdded={isAdded} toggle={toggle} />}
        {from === "object" && (
          <PickList
            label="Files of this object that no element names"
            place=""
            empty="Every file of this object is named by an element."
            items={unnamed.map(([name, bytes]) => {
              const source: FileSource = { kind: "stored", place: name };
              return { name, isFolder: false, size: bytes, isAdded: isAdded(source), press: () => toggle(source, name, bytes) };
            })}
          />
        )}
        {!isEmpty && (
          <ul class="modos-attach-entries" aria-label="Chosen files">
            {entries.current.map((entry) => (
              <EntryForm
                key={entry.key}
                entry={entry}
                indexes={[...(entry.offer?.indexes ?? []), ...indexesOf(entry).map(({ title }) => title)].filter((each, place, all) => all.indexOf(each) === place)}
                elements={known.elements}
                classes={known.classes}
                choose={(choice) => {
                  entry.choice = choice;
                  entry.isChosen = true;
                  draw();
                }}
                answer={(answer) => {
                  entry.answer = answer;
                  const { offer: found, choice } = entry;
                  if (found && choice && answer === "replace") entry.choice = { ...choice, className: "", element: found.owner };
                  if (found && choice && answer === "both") entry.choice = { ...choice, className: found.class_name, element: found.element };
                  entry.isChosen = true;
                  draw();
                }}
                retry={() => {
                  entry.problem = "";
                  start();
                }}
                remove={() => remove(entry)}
              />
            ))}
          </ul>
        )}
      </div>
      {problem && <div class="modos-problem" role="alert">{problem}</div>}
      <div class="modos-dialog-foot">
        <span class="modos-muted modos-grow" role="status">{isEmpty ? "" : why}</span>
        <Button label="Cancel" press={leave} />
        <Button
          label={isAttaching ? "Attaching…" : number > 1 ? `Attach ${counted(number, "file")}` : "Attach file"}
          primary
          disabled={isAttaching || why !== ""}
          press={() => void attach()}
        />
      </div>
    </Dialog>
  );
}

/** The first file that is not an index replaces the file of the element. */
function preset(ready: Entry[], target: string): void {
  const first = ready.find((entry) => !isIndex(entry));
  if (!first?.choice || first.isChosen) return;
  first.choice = { ...first.choice, className: "", element: target };
  if (first.offer?.owner === target) first.answer = "replace";
}

function words({ message, hint }: Problem): string {
  return `${message} ${hint}`.trim();
}
