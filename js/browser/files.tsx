// The files of the opened object: size, the element that names them, path, download, code.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Button } from "../shared/controls.tsx";
import { counted, sentence, size, visible } from "../shared/format.ts";
import { Problem } from "../shared/messages.ts";
import { CopyButton } from "../shared/show_code.tsx";
import { useLoad, useView } from "./hooks.ts";
import type { FileRow, FilesAnswer } from "./wire.ts";

const NONE: FilesAnswer = { rows: [], count: 0, total: 0 };

/** `shown` names the opened object, and counts the changes of its files. */
export function FilesPanel({ isFront, shown }: { isFront: boolean; shown: string }) {
  const { channel } = useView();
  const [{ rows }, setFiles] = useState(NONE);
  const [selected, setSelected] = useState(-1);
  const [note, setNote] = useState("");
  const [code, setCode] = useState("");
  const [isDownloading, setDownloading] = useState(false);
  const downloading = useRef<AbortController | null>(null);
  const body = useRef<HTMLTableSectionElement>(null);
  const codeText = useRef<HTMLPreElement>(null);
  const choose = (index: number): void => {
    setSelected(index);
    setCode("");
  };
  const list = (files: FilesAnswer): void => {
    setFiles(files);
    choose(files.rows.length ? 0 : -1);
  };
  const tell = (problem: Problem): void => setNote(`${problem.message} ${problem.hint}`.trim());
  useLoad(isFront, shown, (signal) => {
    list(NONE);
    setNote("Listing files…");
    channel.request("files", {}, { signal }).then(
      ({ payload }) => {
        list(payload);
        setNote(summary(payload));
      },
      (error: unknown) => error instanceof Problem && tell(error),
    );
  });
  useLayoutEffect(() => {
    if (code) codeText.current?.focus();
  }, [code]);
  const row = rows[selected];
  const whole = row?.[3] ?? "";

  const key = (event: KeyboardEvent): void => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const next = Math.max(0, Math.min(rows.length - 1, selected + by));
    choose(next);
    body.current?.children[next]?.scrollIntoView({ block: "nearest" });
  };
  const download = async (): Promise<void> => {
    if (downloading.current) {
      downloading.current.abort();
      return;
    }
    if (!row) return;
    const [path, all] = row;
    const { signal } = (downloading.current = new AbortController());
    setDownloading(true);
    setNote(`Downloading ${path}…`);
    try {
      const { payload } = await channel.request(
        "download",
        { path },
        { signal, part: ({ done }) => setNote(`Downloading ${path}: ${size(done)} of ${size(all)}`) },
      );
      setNote(`Saved as ${payload.path} next to the notebook.`);
    } catch (error) {
      if (error instanceof Problem) tell(error);
      else setNote("Download cancelled.");
    }
    downloading.current = null;
    setDownloading(false);
  };
  const showCode = (of = row): void => {
    if (!of) return;
    channel.request("file code", { path: of[0] }).then(({ payload }) => setCode(payload.code), () => undefined);
  };
  return (
    <div class="modos-metadata">
      <div class="modos-toolbar">
        <span class="modos-muted modos-grow" role="status">{sentence(note)}</span>
        <CopyButton label={whole.startsWith("s3://") ? "Copy S3 URI" : "Copy path"} text={() => whole} disabled={!row} />
        <Button label={isDownloading ? "Cancel" : "Download"} disabled={!row || row[4] === "new"} press={() => void download()} />
        <Button label="Show code" disabled={!row || row[4] === "new"} press={() => showCode()} />
      </div>
      <div class="modos-listing-holder" tabIndex={0} role="region" aria-label="Files; arrow keys select a file" onKeyDown={key}>
        <table class="modos-listing modos-files">
          <thead>
            <tr>
              <th scope="col">File</th>
              <th scope="col" class="modos-number">Size</th>
              <th scope="col">Named by</th>
            </tr>
          </thead>
          <tbody ref={body}>
            {rows.map((each, index) => (
              <File
                key={each[0]}
                row={each}
                isSelected={index === selected}
                choose={() => choose(index)}
                showCode={() => showCode(each)}
              />
            ))}
          </tbody>
        </table>
      </div>
      <pre class="modos-code modos-piece-text" tabIndex={0} hidden={!code} ref={codeText}>{code}</pre>
    </div>
  );
}

interface FileProps {
  row: FileRow;
  isSelected: boolean;
  choose: () => void;
  showCode: () => void;
}

function File({ row: [path, bytes, namedBy, whole, state], isSelected, choose, showCode }: FileProps) {
  return (
    <tr
      class={[isSelected && "modos-is-selected", state && `modos-is-${state}`].filter(Boolean).join(" ")}
      aria-current={isSelected ? "true" : undefined}
      title={visible(whole)}
      onClick={choose}
      onDblClick={showCode}
    >
      <th scope="row">
        <span class="modos-file-name">{visible(path)}</span>
        {state && <span class={`modos-pill modos-state-${state}`}>{state}</span>}
      </th>
      <td class="modos-number" title={`${bytes.toLocaleString("en")} bytes`}>{size(bytes)}</td>
      <td class="modos-muted">{visible(namedBy)}</td>
    </tr>
  );
}

function summary({ rows, count, total }: FilesAnswer): string {
  if (!count) return "This object has no data files.";
  const left = count > rows.length ? `, first ${counted(rows.length, "file")} shown` : "";
  return `${counted(count, "file")}, ${size(total)}${left}`;
}
