// The state of a transfer in words; without a document, so that it can be tested alone.
import { count, counted, duration, size } from "../shared/format.ts";
import type { PlanShown, Shown } from "./wire.ts";

type Actions = PlanShown["actions"];

export const BUSY = ["comparing", "copying", "paused"];

/** Seconds -> "1:22", "2:05:09". */
function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number): string => String(value).padStart(2, "0");
  const minutes = Math.floor(whole / 60) % 60;
  const hours = Math.floor(whole / 3600);
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

const STATES: Record<string, string> = { paused: "Paused", done: "Done", failed: "Incomplete", cancelled: "Cancelled" };

/** Return the status line of a transfer. */
export function statusText(phase: string, { plan, progress, seconds }: Shown, overwrite: boolean, isGone: boolean): string {
  const isInterrupted = isGone && BUSY.includes(phase);
  if (phase === "idle") return "Compare first. Nothing is copied until you confirm.";
  if (isInterrupted && !progress) return "Interrupted";
  if (phase === "comparing") return "Comparing source and target…";
  if (plan) return planText(plan.actions, overwrite);
  if (!progress) return phase === "copying" ? "Comparing source and target…" : "";
  const parts = [
    `${count(progress.files_done)} of ${counted(progress.files, "file")}${phase === "done" ? " verified" : ""}`,
    `${size(progress.bytes_done)} of ${size(progress.bytes)}`,
  ];
  if (progress.files_failed) parts.push(`${counted(progress.files_failed, "file")} failed`);
  if (progress.omitted) parts.push(`${counted(progress.omitted, "file")} not copied`);
  if (isInterrupted) return ["Interrupted", ...parts].join(" · ");
  if (phase === "copying" && progress.rate) parts.push(`${size(progress.rate)}/s`);
  if (phase === "copying" && progress.seconds_left !== null) parts.push(`${clock(progress.seconds_left)} left`);
  if (phase === "done" && seconds !== undefined) parts.push(`in ${duration(seconds)}`);
  const state = STATES[phase];
  return (state ? [state, ...parts] : parts).join(" · ");
}

function planText(actions: Actions, overwrite: boolean): string {
  const [files, bytes] = actions["copy"] ?? [0, 0];
  const [over] = actions["overwrite"] ?? [0, 0];
  const [same] = actions["same"] ?? [0, 0];
  const parts = [files ? `${counted(files, "file")} to copy, ${size(bytes)}` : "Nothing to copy"];
  if (same) parts.push(`${counted(same, "file")} up to date`);
  const [omitted] = actions["not copied"] ?? [0, 0];
  if (omitted) parts.push(`${counted(omitted, "key")} not copied: empty folders, or keys that are not valid file names`);
  const [unknown] = actions["unknown"] ?? [0, 0];
  if (unknown) {
    parts.push(`${counted(unknown, "file")} of the same size without a checksum: ` +
      (overwrite ? "will be replaced" : "will be read and compared"));
  }
  if (over) {
    parts.push(overwrite
      ? `${counted(over, "file")} will be replaced`
      : `${counted(over, "file differs", "files differ")} at the target: select “Replace files that differ”, or choose another target`);
  }
  return parts.join(" · ");
}
