// The files of the opened object: size, the element that names them, download, code; attach and detach in a draft.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Button } from "../shared/controls.tsx";
import { counted, sentence, size, visible } from "../shared/format.ts";
import { openMenu, type MenuItem } from "../shared/menu.ts";
import { Problem, problemOf } from "../shared/messages.ts";
import { CopyButton } from "../shared/show_code.tsx";
import { DetachDialog } from "./attach/detach.tsx";
import { AttachDialog } from "./attach/dialog.tsx";
import { droppedFiles, holdsFiles } from "./attach/drop.tsx";
import { FileView } from "./file_view.tsx";
import { useLoad, useTrait, useView } from "./hooks.ts";
import { LARGEST, saveFile } from "./save_file.ts";
import type { CheckedFileRow, FileCheckAnswer, FileProblem, FileRow, FilesAnswer } from "./wire.ts";

const NONE: FilesAnswer = { rows: [], count: 0, total: 0 };

export interface FilesPanelProps {
  isFront: boolean;
  /** Names the opened object, and counts the changes of its files. */
  shown: string;
  /** Path of the opened object. */
  object: string | null;
  /** Ask for a folder to describe. */
  describe: () => void;
}

export function FilesPanel({ isFront, shown, object, describe }: FilesPanelProps) {
  const { channel } = useView();
  const { editing, paths } = useTrait("_edit");
  const [{ rows }, setFiles] = useState(NONE);
  const [selected, setSelected] = useState(-1);
  const [note, setNote] = useState("");
  const [code, setCode] = useState("");
  const [viewed, setViewed] = useState("");
  const [isDownloading, setDownloading] = useState(false);
  const [check, setCheck] = useState<FileCheckAnswer | null>(null);
  const [attaching, setAttaching] = useState<{ files: File[]; target: string } | null>(null);
  const [detached, setDetached] = useState<FileRow | null>(null);
  const [isOver, setOver] = useState(false);
  const downloading = useRef<AbortController | null>(null);
  const said = useRef("");
  const body = useRef<HTMLTableSectionElement>(null);
  const holder = useRef<HTMLDivElement>(null);
  const codeText = useRef<HTMLPreElement>(null);
  const canChange = editing && object !== null && paths.includes(object);
  const choose = (index: number): void => {
    setSelected(index);
    setCode("");
  };
  /** Select a file and show what it contains. */
  const view = (index: number): void => {
    choose(index);
    const each = rows[index];
    if (!each) return;
    if (each[4] === "new") setNote("This file can be shown after the commit.");
    else setViewed(each[0]);
  };
  const list = (files: FilesAnswer): void => {
    const path = rows[selected]?.[0];
    const again = files.rows.findIndex((each) => each[0] === path);
    setFiles(files);
    choose(files.rows.length ? Math.max(0, again) : -1);
  };
  const tell = (problem: Problem): void => setNote(`${problem.message} ${problem.hint}`.trim());
  const last = useRef(object);
  useLoad(isFront, shown, (signal) => {
    if (last.current !== object) {
      last.current = object;
      list(NONE);
      setCheck(null);
      setViewed("");
      setNote("Listing files…");
    }
    channel.request("files", {}, { signal }).then(
      ({ payload }) => {
        list(payload);
        setNote(said.current || summary(payload));
        said.current = "";
      },
      (error: unknown) => error instanceof Problem && tell(error),
    );
  });
  useLayoutEffect(() => {
    if (code) codeText.current?.focus();
  }, [code]);
  const row = rows[selected];
  const [path = "", all = 0, namedBy = "", whole = "", state = ""] = row ?? [];
  const isStored = row !== undefined && state !== "new";

  const key = (event: KeyboardEvent): void => {
    if (event.key === "Enter" && event.target === event.currentTarget) {
      event.preventDefault();
      view(selected);
      return;
    }
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const next = Math.max(0, Math.min(rows.length - 1, selected + by));
    choose(next);
    body.current?.children[next]?.scrollIntoView({ block: "nearest" });
  };
  const transfer = async (verb: string, work: (signal: AbortSignal, progress: (done: number) => void) => Promise<string>): Promise<void> => {
    const { signal } = (downloading.current = new AbortController());
    setDownloading(true);
    setNote(`${verb} ${path}…`);
    try {
      setNote(await work(signal, (done) => setNote(`${verb} ${path}: ${size(done)} of ${size(all)}`)));
    } catch (error) {
      const problem = problemOf(error);
      if (problem) tell(problem);
      else setNote(`${verb} cancelled.`);
    }
    downloading.current = null;
    setDownloading(false);
  };
  const checkFiles = async (): Promise<void> => {
    const { signal } = (downloading.current = new AbortController());
    setDownloading(true);
    setNote("Checking files…");
    try {
      const part = ({ done, total }: { done: number; total: number }): void => setNote(`Checking files: ${done.toLocaleString("en")} of ${total.toLocaleString("en")}`);
      const { payload } = await channel.request("check files", { path: object ?? "" }, { signal, part });
      setCheck(payload);
      setNote(`Checked ${counted(payload.rows.length, "file")}: ${payload.text.toLowerCase()}`);
    } catch (error) {
      const problem = problemOf(error);
      if (problem) tell(problem);
      else setNote("Check cancelled.");
    }
    downloading.current = null;
    setDownloading(false);
  };
  const contents = checkedRows(check?.rows ?? [], rows.map((each) => each[0]));
  const saveHere = (): Promise<void> =>
    transfer("Downloading", async (signal, progress) => {
      await saveFile(channel, path, all, { signal, progress });
      return `Downloaded ${path} to this computer.`;
    });
  const saveBeside = (): Promise<void> =>
    transfer("Saving", async (signal, progress) => {
      const { payload } = await channel.request("download", { path }, { signal, part: ({ done }) => progress(done) });
      return `Saved as ${payload.path} in the notebook's folder.`;
    });
  const showCode = (of = row): void => {
    if (!of || of[4] === "new") return;
    channel.request("file code", { path: of[0] }).then(({ payload }) => setCode(payload.code), () => undefined);
  };
  const attach = (files: File[], target = ""): void => {
    if (canChange) setAttaching({ files, target });
    else setNote("Choose Edit to attach files.");
  };
  const ended = (text: string): void => {
    setAttaching(null);
    setDetached(null);
    if (!text) return;
    said.current = text; // until the files are listed again
    setNote(text);
  };
  return (
    <div
      class={`modos-metadata modos-files-panel${isOver ? " modos-is-over" : ""}`}
      onDragOver={(event) => {
        if (!holdsFiles(event)) return;
        event.preventDefault();
        setOver(canChange);
      }}
      onDragLeave={({ currentTarget, relatedTarget }) => {
        if (!currentTarget.contains(relatedTarget as Node | null)) setOver(false);
      }}
      onDrop={(event) => {
        setOver(false);
        if (!holdsFiles(event)) return;
        const files = droppedFiles(event, setNote);
        if (files.length) attach(files);
      }}
    >
      <div class="modos-toolbar">
        <span class="modos-muted modos-grow" role="status">{sentence(note)}</span>
        <div class="modos-file-actions">
          {canChange && <Button label="Attach files…" primary press={() => attach([])} />}
          <Button label="Describe files…" press={describe} />
          <Button label="Check files" disabled={isDownloading || !rows.length} press={() => void checkFiles()} />
          {isDownloading ? (
            <Button label="Cancel" press={() => downloading.current?.abort()} />
          ) : (
            <MenuButton
              label="Download"
              name={`Download ${visible(path)}`}
              isDisabled={!isStored}
              items={() => [
                { label: "Download to this computer", hint: all > LARGEST ? "up to 2 GiB" : "", disabled: all > LARGEST, press: () => void saveHere() },
                { label: "Save in the notebook's folder", press: () => void saveBeside() },
              ]}
            />
          )}
          {canChange && (
            <MenuButton
              label="Change"
              name={`Change ${visible(path)}`}
              isDisabled={!row || !namedBy || state === "removed"}
              items={() => [
                { label: "Replace…", disabled: namedBy.includes(", "), press: () => attach([], namedBy) },
                { label: "Detach…", press: () => row && setDetached(row) },
              ]}
            />
          )}
          <CopyButton label={whole.startsWith("s3://") ? "Copy S3 URI" : "Copy path"} text={() => whole} disabled={!row} />
          <Button label="Show code" disabled={!isStored} press={() => showCode()} />
        </div>
      </div>
      <div class="modos-listing-holder" tabIndex={0} role="region" aria-label="Files; arrow keys select a file, Enter shows it" ref={holder} onKeyDown={key}>
        <table class="modos-listing modos-files">
          <thead>
            <tr>
              <th scope="col">File</th>
              <th scope="col" class="modos-number">Size</th>
              <th scope="col">Named by</th>
              {check && <th scope="col">Content</th>}
            </tr>
          </thead>
          <tbody ref={body}>
            {rows.map((each, index) => (
              <File
                key={`${each[4]} ${each[0]}`}
                row={each}
                content={check ? (contents.get(each[0]) ?? null) : undefined}
                isSelected={index === selected}
                view={() => view(index)}
                showCode={() => showCode(each)}
              />
            ))}
          </tbody>
        </table>
        {check && check.others.length > 0 && <Problems problems={check.others} />}
        {canChange && <div class="modos-drop-hint modos-muted">Drop files here to attach them.</div>}
      </div>
      {viewed && (
        <FileView
          path={viewed}
          close={() => {
            setViewed("");
            holder.current?.focus();
          }}
        />
      )}
      <pre class="modos-code modos-piece-text" tabIndex={0} hidden={!code} ref={codeText}>{code}</pre>
      {attaching && <AttachDialog files={attaching.files} target={attaching.target} rows={rows} close={ended} />}
      {detached && <DetachDialog row={detached} close={ended} />}
    </div>
  );
}

interface MenuButtonProps {
  label: string;
  /** What the menu is called. */
  name: string;
  isDisabled: boolean;
  items: () => MenuItem[];
}

function MenuButton({ label, name, isDisabled, items }: MenuButtonProps) {
  const { el } = useView();
  const button = useRef<HTMLButtonElement>(null);
  const [isOpen, setOpen] = useState(false);
  const open = (): void => {
    setOpen(true);
    const closed = (): void => {
      setOpen(false);
      button.current?.focus({ preventScroll: true });
    };
    openMenu(el, name, button.current!, items(), closed, { placement: "bottom-end", gap: 4 });
  };
  return (
    <button ref={button} type="button" class="modos-button modos-menu-button" disabled={isDisabled} aria-haspopup="menu" aria-expanded={isOpen} onClick={open}>
      {label}
    </button>
  );
}

function Problems({ problems }: { problems: FileProblem[] }) {
  return (
    <ul class="modos-file-problems">
      {problems.map(([severity, text]) => <li key={text} class={`modos-is-${severity}`}>{visible(text)}</li>)}
    </ul>
  );
}

interface FileProps {
  row: FileRow;
  /** What a check has read of it: null if it was not read, undefined before a check. */
  content: CheckedFileRow | null | undefined;
  isSelected: boolean;
  view: () => void;
  showCode: () => void;
}

function File({ row: [path, bytes, namedBy, whole, state], content, isSelected, view, showCode }: FileProps) {
  return (
    <tr
      class={[isSelected && "modos-is-selected", state && `modos-is-${state}`].filter(Boolean).join(" ")}
      aria-current={isSelected ? "true" : undefined}
      title={visible(whole)}
      onClick={view}
      onDblClick={showCode}
    >
      <th scope="row">
        <span class="modos-file-name">{visible(path)}</span>
        {state && <span class={`modos-pill modos-state-${state}`}>{state}</span>}
      </th>
      <td class="modos-number" title={`${bytes.toLocaleString("en")} bytes`}>{size(bytes)}</td>
      <td class="modos-muted">{visible(namedBy)}</td>
      {content !== undefined && (
        <td class="modos-file-content">
          {content && (
            <>
              <span>{visible(content[1])}</span>
              <Problems problems={content[2]} />
            </>
          )}
        </td>
      )}
    </tr>
  );
}

/** Each checked file by its path; a folder with a zarr archive is shown beside its first file. */
function checkedRows(checked: CheckedFileRow[], paths: string[]): Map<string, CheckedFileRow> {
  const known = new Set(paths);
  return new Map(
    checked.map((each) => {
      const path = known.has(each[0]) ? each[0] : paths.find((name) => name.startsWith(`${each[0]}/`));
      return [path ?? each[0], each];
    }),
  );
}

function summary({ rows, count, total }: FilesAnswer): string {
  if (!count) return "This object has no data files.";
  const left = count > rows.length ? `, first ${counted(rows.length, "file")} shown` : "";
  return `${counted(count, "file")}, ${size(total)}${left}`;
}
