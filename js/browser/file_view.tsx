// What a file contains: rows of a table, lines of a text, an image. Text only, never markup.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Button, ProblemRetry } from "../shared/controls.tsx";
import { count, counted, sentence, visible } from "../shared/format.ts";
import { problemOf, type Problem } from "../shared/messages.ts";
import { useView } from "./hooks.ts";
import { blobOf } from "./save_file.ts";
import type { FileView as Answer } from "./wire.ts";

const MOST_ROWS = 5000; // in the page at once

interface FileViewProps {
  path: string;
  close: () => void;
}

export function FileView({ path, close }: FileViewProps) {
  const { channel } = useView();
  const [view, setView] = useState<Answer | null>(null);
  const [failure, setFailure] = useState<Problem | null>(null);
  const [isReading, setReading] = useState(true);
  const [turn, setTurn] = useState(0);
  const head = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const stop = new AbortController();
    setView(null);
    setFailure(null);
    setReading(true);
    channel.request("view file", { path }, { signal: stop.signal }).then(
      ({ payload }) => {
        setView(payload);
        setReading(false);
      },
      (error: unknown) => {
        if (stop.signal.aborted) return;
        setFailure(problemOf(error));
        setReading(false);
      },
    );
    return () => stop.abort();
  }, [channel, path, turn]);
  useLayoutEffect(() => head.current?.scrollIntoView?.({ block: "nearest" }), [path]);
  const more = (): void => {
    if (!view) return;
    setReading(true);
    channel.request("view more", { view: view.view }).then(
      ({ payload }) => {
        setView({ ...payload, rows: [...view.rows, ...payload.rows], lines: [...view.lines, ...payload.lines] });
        setReading(false);
      },
      (error: unknown) => {
        setFailure(problemOf(error));
        setReading(false);
      },
    );
  };
  const shown = view ? view.rows.length + view.lines.length : 0;
  const noun = view?.kind === "text" ? "line" : "row";
  return (
    <section class="modos-file-view" aria-label={`Content of ${visible(path)}`} aria-busy={isReading}>
      <div class="modos-file-view-head" ref={head}>
        <strong title={visible(path)}>{visible(path.split("/").pop() ?? path)}</strong>
        <span class="modos-muted modos-grow">{view ? visible(view.summary) : isReading ? "Reading…" : ""}</span>
        {view?.has_regions && <Button label="Show region" press={() => void channel.request("show region", { path }).catch((error: unknown) => setFailure(problemOf(error)))} />}
        <Button label="Close" aria-label={`Close ${visible(path)}`} class="modos-quiet" press={close} />
      </div>
      {failure && <ProblemRetry problem={failure} again={() => setTurn(turn + 1)} />}
      {view && (
        <>
          {view.note && <p class="modos-file-view-note">{sentence(view.note)}</p>}
          <Content path={path} view={view} />
          {shown > 0 && view.kind !== "genome" && (
            <div class="modos-file-view-foot">
              <span class="modos-muted" role="status">
                {view.has_more ? `First ${counted(shown, noun)}` : counted(shown, noun)}
                {view.hidden_columns > 0 && `, ${count(view.hidden_columns)} more columns not shown`}
              </span>
              {view.has_more && shown < MOST_ROWS && <Button label={`Show more ${noun}s`} disabled={isReading} press={more} />}
              {view.has_more && shown >= MOST_ROWS && <span class="modos-muted">Download the file to see the rest.</span>}
            </div>
          )}
        </>
      )}
    </section>
  );
}

function Content({ path, view }: { path: string; view: Answer }) {
  if (view.media) return <Picture path={path} type={view.media} />;
  if (view.columns.length || view.comments.length) return <Table path={path} view={view} />;
  if (view.lines.length) {
    return (
      <pre class="modos-file-text" tabIndex={0} role="region" aria-label={`Text of ${visible(path)}`}>
        {view.lines.map((line, at) => (
          <div key={at}>{line.split("\t").map(visible).join("\t") || "\u00a0"}</div>
        ))}
      </pre>
    );
  }
  if (view.kind === "empty") return <p class="modos-file-view-note modos-muted">The file is empty.</p>;
  if (view.note || view.has_regions) return null;
  return <p class="modos-file-view-note modos-muted">Files of this format cannot be shown. Download the file to open it.</p>;
}

function Table({ path, view: { columns, comments, rows, kind } }: { path: string; view: Answer }) {
  const width = Math.max(columns.length, ...rows.slice(0, 200).map((row) => row.length));
  const numeric = Array.from({ length: width }, (_, at) => rows.length > 0 && rows.slice(0, 50).every((row) => isNumber(row[at] ?? "")));
  return (
    <div class="modos-file-table" tabIndex={0} role="region" aria-label={`Table of ${visible(path)}`}>
      {comments.length > 0 && (
        <details>
          <summary>{counted(comments.length, "line")} before the table</summary>
          <pre class="modos-file-comments">{comments.map((line) => line.split("\t").map(visible).join("\t")).join("\n")}</pre>
        </details>
      )}
      <table class="modos-listing">
        <thead>
          <tr>
            {kind === "table" && <td class="modos-number modos-file-row" />}
            {Array.from({ length: width }, (_, at) => <th key={at} scope="col" class={numeric[at] ? "modos-number" : ""}>{visible(columns[at] ?? "")}</th>)}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, number) => (
            <tr key={number}>
              {kind === "table" && <td class="modos-number modos-file-row">{count(number + 1)}</td>}
              {Array.from({ length: width }, (_, at) => <td key={at} class={numeric[at] ? "modos-number" : ""} title={(row[at] ?? "").length > 30 ? visible(row[at]!) : undefined}>{visible(row[at] ?? "")}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function isNumber(text: string): boolean {
  return text === "" || /^[-+]?[\d,]*\.?\d+(?:[eE][-+]?\d+)?$/.test(text);
}

/** Return a blob as a data: URL, which pages allow for pictures that allow no blob: (VS Code's policy). */
function dataUrl(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as string);
    reader.onerror = () => reject(reader.error ?? new Error("The image cannot be read."));
    reader.readAsDataURL(blob);
  });
}

/** An image as an <img>, in which no script runs and nothing is loaded from elsewhere. */
function Picture({ path, type }: { path: string; type: string }) {
  const { channel } = useView();
  const [url, setUrl] = useState("");
  const [failure, setFailure] = useState<Problem | null>(null);
  const [isBroken, setBroken] = useState(false);
  useEffect(() => {
    const stop = new AbortController();
    blobOf(channel, path, type, stop.signal).then(dataUrl).then(
      (read) => {
        if (!stop.signal.aborted) setUrl(read);
      },
      (error: unknown) => {
        if (!stop.signal.aborted) setFailure(problemOf(error));
      },
    );
    return () => stop.abort();
  }, [channel, path, type]);
  if (failure) return <ProblemRetry problem={failure} />;
  if (isBroken) return <p class="modos-file-view-note">The image cannot be drawn. Download the file to open it.</p>;
  return (
    <div class="modos-file-image" tabIndex={0} role="region" aria-label={`Image ${visible(path)}`}>
      {url ? <img src={url} alt={visible(path)} onError={() => setBroken(true)} /> : <span class="modos-muted">Reading the image…</span>}
    </div>
  );
}
