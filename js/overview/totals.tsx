// On top: how much there is, how much of it is complete, when it changed, and when it was read.
import type { ComponentChildren } from "preact";
import { Icon } from "../shared/controls.tsx";
import { count, counted, size } from "../shared/format.ts";
import { Bars } from "./bars.tsx";
import { useTrait } from "./hooks.ts";
import type { ResultAnswer } from "./wire.ts";

const REFRESH = "M13.5 8a5.500 5.500 0 1 1-1.700-4M13.500 1.500v3h-3";

interface TotalsProps {
  answer: ResultAnswer | null;
  toggle: (term: string, excluded: boolean) => void;
  refresh: () => void;
  /** Further buttons. */
  children?: ComponentChildren;
}

export function Totals({ answer, toggle, refresh, children }: TotalsProps) {
  const status = useTrait("_status");
  const totals = answer?.totals;
  return (
    <div class="modos-totals">
      <div class="modos-stats" role="group" aria-label="Totals">
        <Stat value={totals ? count(totals.objects) : "…"} label={totals?.objects === 1 ? "object" : "objects"} />
        <Stat value={totals ? count(totals.samples) : "…"} label={totals?.samples === 1 ? "sample" : "samples"} />
        {typeof totals?.bytes === "number" && <Stat value={size(totals.bytes)} label={sizeLabel(totals)} />}
        {totals && <Stat value={count(totals.complete)} label="complete" press={() => toggle("is:complete", false)} />}
        {totals && totals.errors > 0 && (
          <Stat value={count(totals.errors)} label="with errors" kind="error" press={() => toggle("has:error", false)} />
        )}
        {totals && totals.failed > 0 && (
          <Stat value={count(totals.failed)} label="not readable" kind="warning" press={() => toggle("is:failed", false)} />
        )}
      </div>
      {answer && answer.timeline.length > 1 && (
        <div class="modos-timeline">
          <Bars
            name="Last changes; a period narrows the result"
            unit="object"
            toggle={toggle}
            bars={answer.timeline.map(([label, term, all, hits, state]) => ({ label, term, all, hits, state }))}
          />
        </div>
      )}
      <div class="modos-read">
        <span class="modos-muted modos-read-text" title={timeText(status.read_at)}><span role="status">{readText(status)}</span></span>
        <button type="button" class="modos-tool" title="Refresh" aria-label="Refresh" onClick={refresh}>
          <Icon path={REFRESH} />
        </button>
        {children}
      </div>
      {status.measured === null ? (
        <Progress done={status.done + status.failed} total={status.total} isShown={status.loading} />
      ) : (
        <Progress done={status.measured} total={status.measured + status.unmeasured} isShown />
      )}
    </div>
  );
}

interface StatProps {
  value: string;
  label: string;
  kind?: "error" | "warning";
  /** Narrow the result to it. */
  press?: () => void;
}

function Stat({ value, label, kind, press }: StatProps) {
  const content = [<span class="modos-stat-value">{value}</span>, " ", <span class="modos-stat-label">{label}</span>];
  const look = `modos-stat${kind ? ` modos-is-${kind}` : ""}`;
  if (!press) return <span class={look}>{content}</span>;
  return <button type="button" class={look} title={`Show only objects: ${label}`} onClick={press}>{content}</button>;
}

function Progress({ done, total, isShown }: { done: number; total: number; isShown: boolean }) {
  const part = total ? Math.min(1, done / total) : 0;
  return (
    <div class="modos-read-track" hidden={!isShown} aria-hidden="true">
      <div class="modos-read-fill" style={{ width: `${(100 * part).toFixed(1)}%` }} />
    </div>
  );
}

/** What the size of the files is of: of some objects, while others are not measured. */
function sizeLabel({ measured, objects, failed }: ResultAnswer["totals"]): string {
  return measured >= objects - failed ? "in files" : `in files of ${counted(measured, "object")}`;
}

/** How far reading is, or when everything was read: the time today, else the day. */
export function readText({ loading, listed, done, failed, total, measured, unmeasured, read_at }: ReturnType<typeof useTrait<"_status">>): string {
  if (loading && !listed && !total) return "Listing objects…";
  if (loading) return `${count(done + failed)} of ${count(total)} read`;
  if (measured !== null) return `${count(measured)} of ${counted(measured + unmeasured, "size")} read`;
  if (!read_at) return "";
  const read = new Date(read_at);
  const isToday = read.toDateString() === new Date().toDateString();
  const text = isToday
    ? read.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" })
    : read.toLocaleDateString("en-CA");
  return `Read ${text}`;
}

/** Day and time, here; "" for none. */
function timeText(time: string): string {
  const read = new Date(time);
  return time && `${read.toLocaleDateString("en-CA")} ${read.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" })}`;
}

/** "12 of 1,204 objects". */
export function foundText(answer: ResultAnswer | null, one: string): string {
  if (!answer) return "";
  const { total, all } = answer;
  return total === all ? counted(all, one) : `${count(total)} of ${counted(all, one)}`;
}
