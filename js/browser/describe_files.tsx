// Describing a folder: which folder, and which object its files are added to. The draft is shown in the table.
import { useEffect, useRef, useState } from "preact/hooks";
import { Button, onEnter } from "../shared/controls.tsx";
import { Dialog } from "../shared/dialog.tsx";
import { sentence, visible } from "../shared/format.ts";
import { Problem } from "../shared/messages.ts";
import { PickList } from "./attach/pick_list.tsx";
import { useTrait, useView } from "./hooks.ts";
import type { FolderAnswer } from "./wire.ts";

type Target = "open" | "new" | "itself";

interface DescribeFilesProps {
  /** Path and id of the open object; null if none is open. */
  object: string | null;
  id: string;
  close: () => void;
}

export function DescribeFiles({ object, id, close }: DescribeFilesProps) {
  const { channel, model } = useView();
  const hasServer = useTrait("server_files");
  const [source, setSource] = useState("");
  const [target, setTarget] = useState<Target>(object === null ? "new" : "open");
  const [path, setPath] = useState("");
  const [isPathTyped, setPathTyped] = useState(false);
  const [places, setPlaces] = useState<string[]>([]);
  const [folder, setFolder] = useState<FolderAnswer | null>(null);
  const [problems, setProblems] = useState<Record<string, string>>({});
  const [isBusy, setBusy] = useState(false);
  const listing = useRef(new AbortController());
  const body = useRef<HTMLDivElement>(null);
  const choose = (text: string): void => {
    setSource(text);
    setProblems({});
  };
  const list = (place: string): void => {
    listing.current.abort();
    const { signal } = (listing.current = new AbortController());
    channel.request("server folder", { folder: place, hidden: false }, { signal }).then(
      ({ payload }) => {
        setFolder(payload);
        choose(payload.path);
      },
      (error: unknown) => error instanceof Problem && setProblems({ source: `${error.message} ${error.hint}`.trim() }),
    );
  };
  useEffect(() => {
    channel.request("places").then(
      ({ payload }) => {
        setPlaces(payload.places);
        const [first = ""] = payload.places;
        if (hasServer && !first.startsWith("s3://")) list(first);
        else setSource((before) => before || first);
      },
      () => undefined,
    );
    return () => listing.current.abort();
  }, []);
  const suggested = suggestion(source, places);
  const newPath = isPathTyped ? path : suggested;
  const describe = (): void => {
    if (isBusy) return;
    if (target === "new" && !newPath.trim()) {
      setProblems({ object: "Enter the path of the new object." });
      return;
    }
    setBusy(true);
    setProblems({});
    const to = { open: object ?? "", new: newPath, itself: "" }[target];
    channel.request("describe", { source, object: to }).then(
      ({ payload }) => {
        setBusy(false);
        const [wrong] = Object.keys(payload.problems);
        if (!wrong) {
          model.set("tab", "metadata");
          model.save_changes();
          close();
          return;
        }
        setProblems(payload.problems);
        body.current?.querySelector<HTMLElement>(`[data-name=${wrong}]`)?.focus();
      },
      (error: unknown) => {
        setBusy(false);
        if (error instanceof Problem) setProblems({ source: `${error.message} ${error.hint}`.trim() });
      },
    );
  };
  const enter = onEnter(describe);
  const isLocal = hasServer && !source.startsWith("s3://");
  const folders = (folder?.rows ?? []).filter(([, isFolder]) => isFolder);
  const files = (folder?.rows.length ?? 0) - folders.length;
  const parent = folder?.parent;
  return (
    <Dialog title="Describe files" close={close} class="modos-is-small">
      <div class="modos-dialog-body modos-object-form" ref={body}>
        <p>Drafts metadata from what the files say: headers, names and sheets. Nothing is written before you commit.</p>
        <div class="modos-field">
          <label class="modos-field-label" for="modos-describe-source">Folder of the files</label>
          <span class="modos-attach-line">
            <input
              id="modos-describe-source"
              class="modos-input modos-grow"
              type="text"
              data-name="source"
              data-first
              autocomplete="off"
              spellcheck={false}
              placeholder={hasServer ? "/data/run7 or s3://bucket/run7" : "s3://bucket/run7"}
              aria-invalid={problems["source"] ? "true" : undefined}
              aria-describedby="modos-describe-problem"
              list="modos-describe-places"
              value={source}
              onInput={({ currentTarget }) => choose(currentTarget.value)}
              onKeyDown={onEnter(() => (isLocal && source !== folder?.path ? list(source) : describe()))}
            />
            {isLocal && <Button label="Up" title="Folder above" disabled={!parent} press={() => parent && list(parent)} />}
          </span>
          <datalist id="modos-describe-places">{places.map((each) => <option key={each} value={each} />)}</datalist>
          {isLocal && folder && (
            <PickList
              label="Folders on the notebook server"
              place={folder.path}
              empty={files ? "No folders here." : "This folder is empty."}
              leave={parent ? () => list(parent) : undefined}
              items={folders.map(([name, isFolder, bytes]) => ({
                name,
                isFolder,
                size: bytes,
                isAdded: false,
                press: () => list(`${folder.path.replace(/\/$/, "")}/${name}`),
              }))}
            />
          )}
          <span id="modos-describe-problem" class={problems["source"] ? "modos-field-problem" : "modos-muted"} role={problems["source"] ? "alert" : undefined}>
            {sentence(problems["source"] ?? "Its subfolders are included.")}
          </span>
        </div>
        <label class="modos-field">
          <span class="modos-field-label">Add the files to</span>
          <select class="modos-input" data-name="target" value={target} onChange={({ currentTarget }) => setTarget(currentTarget.value as Target)}>
            {object !== null && <option value="open">{`This object: ${visible(id)}`}</option>}
            <option value="new">Another or a new object</option>
            <option value="itself">The folder itself, which becomes an object</option>
          </select>
          <span class="modos-muted">
            {target === "itself" ? "The files stay where they are." : "The commit copies the files into the object."}
          </span>
        </label>
        {target === "new" && (
          <label class="modos-field">
            <span class="modos-field-label">Path of the object</span>
            <input
              class="modos-input"
              type="text"
              data-name="object"
              autocomplete="off"
              spellcheck={false}
              aria-invalid={problems["object"] ? "true" : undefined}
              value={newPath}
              onInput={({ currentTarget }) => {
                setPath(currentTarget.value);
                setPathTyped(true);
              }}
              onKeyDown={enter}
            />
            <span class={problems["object"] ? "modos-field-problem" : "modos-muted"} role={problems["object"] ? "alert" : undefined}>
              {sentence(problems["object"] ?? "The commit creates it if it does not exist.")}
            </span>
          </label>
        )}
      </div>
      <div class="modos-dialog-foot">
        <span class="modos-muted modos-grow" role="status">{isBusy ? "Reading files…" : ""}</span>
        <Button label="Cancel" press={close} />
        <Button label="Describe files" primary disabled={isBusy || !source.trim()} press={describe} />
      </div>
    </Dialog>
  );
}

/** A path of a new object: where objects are, with the name of the folder. */
function suggestion(source: string, places: string[]): string {
  const name = source.replace(/\/+$/, "").split("/").pop() ?? "";
  const place = places.find((each) => each.startsWith("s3://") === source.startsWith("s3://"));
  if (!name || place === undefined) return "";
  const path = `${place.replace(/\/+$/, "")}/${name}`;
  return path === source.replace(/\/+$/, "") ? `${path}-object` : path;
}
