// TransferPanel: source and target, comparison, progress, and the outcome of each file.
import type { RenderProps } from "@anywidget/types";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Button, Checkbox, ProblemLine } from "../shared/controls.tsx";
import { count, counted, middle, size, visible } from "../shared/format.ts";
import { GONE } from "../shared/kernel.ts";
import { Problem } from "../shared/messages.ts";
import { CodeButton } from "../shared/show_code.tsx";
import { hooksOf, mountView, useKernelGone, useNextFocus } from "../shared/view.tsx";
import type { ProblemText } from "../shared/wire.ts";
import { BUSY, statusText } from "./status_text.ts";
import css from "./style.css";
import type { Fields, FileRow, ProgressShown, Requests, Shown, State } from "./wire.ts";

const { useTrait, useView } = hooksOf<State, Requests>();

function Panel() {
  const { el, channel } = useView();
  const phase = useTrait("phase");
  const shown = useTrait("_shown");
  const source = useTrait("source");
  const target = useTrait("target");
  const overwrite = useTrait("overwrite");
  const force = useTrait("force");
  const isGone = useKernelGone();
  const [fields, setFields] = useState<Required<Fields>>({ source, target, overwrite, force });
  const [failure, setFailure] = useState<ProblemText | null>(null);
  /** The fields were edited since the comparison. */
  const [isStale, setStale] = useState(false);
  const actions = useRef<HTMLDivElement>(null);
  const targetField = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => setFields({ source, target, overwrite, force }), [source, target, overwrite, force]);
  useLayoutEffect(() => {
    setStale(false);
    setFailure(null);
  }, [phase, shown]);
  useNextFocus(actions, () => actions.current?.querySelector<HTMLElement>("button:enabled") ?? targetField.current);

  const edit = (change: Partial<Fields>): void => {
    setFields({ ...fields, ...change });
    if (phase === "compared" || phase === "done") setStale(true);
  };
  const ask = (name: Action["name"]): void => {
    setFailure(null);
    channel.request(name, name === "compare" || name === "start" ? fields : {}).catch((error: unknown) => {
      if (error instanceof Problem) setFailure(error);
      else if (!(error instanceof DOMException)) throw error;
    });
  };
  const isBusy = isGone || BUSY.includes(phase);
  const isWithin = Boolean(el.parentElement?.closest(".modos")); // the Browser says that the kernel has ended
  const problem = isGone ? farewell(phase, isWithin) : (failure ?? shown.problem);
  const { plan, progress } = shown;
  const rows = plan?.rows ?? shown.rows ?? [];
  return (
    <>
      <div class="modos-ends">
        <span class="modos-muted" aria-hidden="true">From</span>
        <textarea
          class="modos-input"
          aria-label="From"
          spellcheck={false}
          placeholder="s3://bucket/object or a folder; one per line"
          rows={Math.min(5, Math.max(1, fields.source.split("\n").length))}
          readOnly={isBusy}
          value={fields.source}
          onInput={({ currentTarget }) => edit({ source: currentTarget.value })}
        />
        <span class="modos-muted" aria-hidden="true">To</span>
        <input
          ref={targetField}
          class="modos-input"
          type="text"
          aria-label="To"
          spellcheck={false}
          placeholder="s3://bucket/object or a folder"
          readOnly={isBusy}
          value={fields.target}
          onInput={({ currentTarget }) => edit({ target: currentTarget.value })}
        />
      </div>
      <div class="modos-do">
        <Checkbox
          class="modos-check"
          isDisabled={isBusy}
          isChecked={fields.overwrite}
          check={(isChecked) => edit({ overwrite: isChecked })}
        >
          Replace files that differ
        </Checkbox>
        {(shown.refused || fields.force) && (
          <Checkbox
            class="modos-check"
            isDisabled={isBusy}
            isChecked={fields.force}
            check={(isChecked) => edit({ force: isChecked })}
          >
            Copy despite errors
          </Checkbox>
        )}
        <div class="modos-actions" ref={actions}>
          {(isGone ? [] : buttons(phase, shown, fields, isStale)).map(({ name, ...rest }) => (
            <Button key={rest.label} data-do={name} press={() => ask(name)} {...rest} />
          ))}
        </div>
        <CodeButton />
      </div>
      <div>{problem && <ProblemLine message={problem.message} hint={problem.hint} />}</div>
      <div class="modos-state">
        <p class="modos-summary" role="status">{statusText(phase, shown, fields.overwrite, isGone)}</p>
        <div class="modos-bars">{progress && <Bars progress={progress} />}</div>
      </div>
      <Files rows={rows} all={plan?.files ?? progress?.files ?? rows.length} />
    </>
  );
}

/** A transfer ends with its kernel; run again, it copies only missing files. */
function farewell(phase: string, isWithin: boolean): ProblemText | null {
  if (phase !== "copying" && phase !== "paused") return isWithin ? null : GONE;
  return {
    message: "The kernel has ended, and so has the transfer.",
    hint: "Run the cell again, then choose Compare and Copy. The transfer resumes, and copied files are kept.",
  };
}

interface Action {
  label: string;
  name: "compare" | "start" | "pause" | "resume" | "cancel" | "open copy";
  primary?: boolean;
  disabled?: boolean;
}

function buttons(phase: string, { plan, rows, copy }: Shown, { overwrite }: Required<Fields>, isStale: boolean): Action[] {
  const cancel: Action = { label: "Cancel", name: "cancel" };
  const compare: Action = { label: "Compare", name: "compare" };
  switch (phase) {
    case "comparing":
      return [cancel];
    case "copying":
      return [{ label: "Pause", name: "pause" }, cancel];
    case "paused":
      return [cancel, { label: "Resume", name: "resume", primary: true }];
    case "compared": {
      if (isStale) return [{ ...compare, primary: true }];
      const actions = plan?.actions ?? {};
      const isBlocked = Boolean(actions["overwrite"]) && !overwrite;
      const disabled = isBlocked || !(actions["copy"] || actions["overwrite"] || actions["unknown"]);
      return [{ ...compare, label: "Compare again" }, { label: "Copy", name: "start", primary: true, disabled }];
    }
    case "failed":
    case "cancelled":
      if (rows) return [compare, { label: "Retry missing files", name: "start", primary: true }];
      return [compare, { label: "Retry", name: "compare", primary: true }];
    default:
      if (copy && !isStale) return [compare, { label: "Open the copy", name: "open copy", primary: true }];
      return [{ ...compare, primary: true }];
  }
}

function Bars({ progress }: { progress: ProgressShown }) {
  const { bytes, bytes_done, files, files_done, classes } = progress;
  const share = bytes ? bytes_done / bytes : files ? files_done / files : 1;
  return (
    <>
      <Bar name="All files" share={share} isTotal />
      {Object.entries(classes).map(([name, [all, done]]) => (
        <Bar key={name} name={name} share={all ? done / all : 1} text={`${count(done)} of ${count(all)}`} />
      ))}
    </>
  );
}

function Bar({ name, share, text = "", isTotal = false }: { name: string; share: number; text?: string; isTotal?: boolean }) {
  const percent = Math.round(Math.min(1, Math.max(0, share)) * 100);
  return (
    <div class={isTotal ? "modos-bar modos-total" : "modos-bar"}>
      <span>{visible(name)}</span>
      <div class="modos-track" role="progressbar" aria-label={name} aria-valuenow={percent} aria-valuemin={0} aria-valuemax={100}>
        <div class="modos-fill" style={{ width: `${percent}%` }} />
      </div>
      <span class="modos-number modos-muted">{text || `${percent} %`}</span>
    </div>
  );
}

const STATES: Record<string, string> = {
  copy: "to copy",
  overwrite: "differs",
  unknown: "same size",
  same: "up to date",
};

function Files({ rows, all }: { rows: FileRow[]; all: number }) {
  return (
    <div class="modos-files" role="region" aria-label="Files" tabIndex={0} hidden={!rows.length}>
      {rows.length > 0 && (
        <table>
          <thead>
            <tr>
              {["File", "Size", "State"].map((text) => <th key={text} scope="col">{text}</th>)}
            </tr>
          </thead>
          <tbody>
            {rows.map(([path, bytes, state, detail]) => (
              <tr>
                <td title={visible(path)}>{middle(visible(path), 96)}</td>
                <td class="modos-number">{size(bytes)}</td>
                <td class={`modos-word modos-is-${state.replace(" ", "-")}`}>
                  {STATES[state] ?? state}
                  {detail && <span class="modos-muted">{` ${detail}`}</span>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {all > rows.length && rows.length > 0 && (
        <p class="modos-muted">
          {`First ${count(rows.length)} of ${counted(all, "file")}. TransferPanel.report lists all.`}
        </p>
      )}
    </div>
  );
}

export default { render: (props: RenderProps): void => mountView(props, "transfer_panel", css, <Panel />) };
