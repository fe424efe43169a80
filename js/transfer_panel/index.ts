// TransferPanel: two ends, a dry run, progress, and what became of each file.
import type { AnyModel, RenderProps } from "@anywidget/types";
import { button, element } from "../shared/dom.ts";
import { count, counted, middle, size, visible } from "../shared/format.ts";
import { connect, Problem, type Channel } from "../shared/messages.ts";
import { codeButton } from "../shared/show_code.ts";
import { furnish } from "../shared/style.ts";
import css from "./style.css";

interface Progress {
  files: number;
  files_done: number;
  files_failed: number;
  bytes: number;
  bytes_done: number;
  rate: number;
  seconds_left: number | null;
  classes: Record<string, [number, number]>;
}

type Row = [path: string, bytes: number, word: string, detail: string];

interface Shown {
  plan?: { actions: Record<string, [number, number]>; rows: Row[]; files: number };
  progress?: Progress;
  rows?: Row[];
  problem?: { message: string; hint: string };
}

const BUSY = ["comparing", "copying", "paused"];

/** Seconds -> "1:22", "2:05:09". */
function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number): string => String(value).padStart(2, "0");
  const minutes = Math.floor(whole / 60) % 60;
  const hours = Math.floor(whole / 3600);
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

class Panel {
  private readonly model: AnyModel;
  private readonly channel: Channel;
  private readonly source = element("textarea", {
    class: "modos-input",
    attributes: { rows: 1, "aria-label": "From", spellcheck: "false", placeholder: "s3://bucket/object or a folder; one a line" },
  });
  private readonly target = element("input", {
    class: "modos-input",
    attributes: { type: "text", "aria-label": "To", spellcheck: "false", placeholder: "s3://bucket/object or a folder" },
  });
  private readonly overwrite = element("input", { attributes: { type: "checkbox" } });
  private readonly actions = element("div", { class: "modos-actions" });
  private readonly summary = element("p", { class: "modos-summary", attributes: { role: "status" } });
  private readonly problem = element("div");
  private readonly bars = element("div", { class: "modos-bars" });
  private readonly files = element("div", {
    class: "modos-files",
    attributes: { role: "region", "aria-label": "Files", tabindex: 0 },
  });

  constructor({ model, el, signal }: RenderProps) {
    this.model = model;
    this.channel = connect(model, signal);
    furnish(el, "transfer_panel", css);
    const check = element("label", { class: "modos-check" }, this.overwrite, "Replace files that differ");
    el.append(
      element("div", { class: "modos-ends" },
        element("span", { class: "modos-muted", text: "From", attributes: { "aria-hidden": "true" } }), this.source,
        element("span", { class: "modos-muted", text: "To", attributes: { "aria-hidden": "true" } }), this.target),
      element("div", { class: "modos-do" }, check, this.actions, codeButton(el, this.channel)),
      this.problem,
      element("div", { class: "modos-state" }, this.summary, this.bars),
      this.files,
    );
    this.source.addEventListener("input", () => this.grow());
    this.overwrite.addEventListener("change", () => this.stale());
    for (const field of [this.source, this.target]) field.addEventListener("input", () => this.stale());
    for (const name of ["source", "target", "overwrite"]) model.on(`change:${name}`, () => this.fields());
    for (const name of ["phase", "_shown"]) model.on(`change:${name}`, () => this.draw());
    this.fields();
    this.draw();
  }

  private get phase(): string {
    return this.model.get("phase") as string;
  }

  private get shown(): Shown {
    return this.model.get("_shown") as Shown;
  }

  private fields(): void {
    this.source.value = this.model.get("source") as string;
    this.target.value = this.model.get("target") as string;
    this.overwrite.checked = this.model.get("overwrite") as boolean;
    this.grow();
  }

  private grow(): void {
    this.source.rows = Math.min(5, Math.max(1, this.source.value.split("\n").length));
  }

  /** What was compared is no longer what stands in the fields. */
  private stale(): void {
    if (this.phase === "compared") this.draw(true);
  }

  private async ask(name: string): Promise<void> {
    this.problem.replaceChildren();
    const payload = { source: this.source.value, target: this.target.value, overwrite: this.overwrite.checked };
    try {
      await this.channel.request(name, payload);
    } catch (error) {
      if (error instanceof Problem) this.complain(error.message, error.hint);
      else if (!(error instanceof DOMException)) throw error;
    }
  }

  private complain(message: string, hint: string): void {
    const line = element("div", { class: "modos-problem", attributes: { role: "alert" } });
    line.append(element("span", { text: `${message} ${hint}`.trim() }));
    this.problem.replaceChildren(line);
  }

  private buttons(changed: boolean): HTMLButtonElement[] {
    const one = (label: string, name: string, primary = false): HTMLButtonElement =>
      button({ label, primary, press: () => void this.ask(name), attributes: { "data-do": name } });
    switch (this.phase) {
      case "comparing":
        return [one("Cancel", "cancel")];
      case "copying":
        return [one("Pause", "pause"), one("Cancel", "cancel")];
      case "paused":
        return [one("Cancel", "cancel"), one("Go on", "resume", true)];
      case "compared": {
        if (changed) return [one("Compare", "compare", true)];
        const actions = this.shown.plan?.actions ?? {};
        const blocked = Boolean(actions["overwrite"]) && !this.overwrite.checked;
        const begin = one("Copy", "start", true);
        begin.disabled = blocked || !(actions["copy"] || actions["overwrite"] || actions["unknown"]);
        return [one("Compare again", "compare"), begin];
      }
      case "failed":
      case "cancelled":
        return [one("Compare", "compare"), one(this.shown.rows ? "Retry what is missing" : "Try again", this.shown.rows ? "start" : "compare", true)];
      default:
        return [one("Compare", "compare", true)];
    }
  }

  private draw(changed = false): void {
    const busy = BUSY.includes(this.phase);
    for (const field of [this.source, this.target]) field.readOnly = busy;
    this.overwrite.disabled = busy;
    const focused = this.actions.contains(document.activeElement);
    const names = this.buttons(changed);
    const same = names.map((each) => `${each.textContent}${each.disabled}`).join() ===
      Array.from(this.actions.children, (each) => `${each.textContent}${(each as HTMLButtonElement).disabled}`).join();
    if (!same) {
      this.actions.replaceChildren(...names);
      if (focused) (names.find((each) => !each.disabled) ?? this.target).focus();
    }
    const { plan, progress, problem, rows } = this.shown;
    this.problem.replaceChildren();
    if (problem) this.complain(problem.message, problem.hint);
    this.summary.textContent = this.words(plan, progress);
    this.drawBars(progress);
    const list = plan?.rows ?? rows ?? [];
    this.drawFiles(list, plan?.files ?? progress?.files ?? list.length);
  }

  private words(plan: Shown["plan"], progress: Progress | undefined): string {
    if (this.phase === "idle") return "Compare first: nothing is written before you say so.";
    if (this.phase === "comparing") return "Comparing source and target…";
    if (plan) return this.planWords(plan.actions);
    if (!progress) return this.phase === "copying" ? "Comparing source and target…" : "";
    const parts = [
      `${count(progress.files_done)} of ${counted(progress.files, "file")}`,
      `${size(progress.bytes_done)} of ${size(progress.bytes)}`,
    ];
    if (progress.files_failed) parts.push(`${count(progress.files_failed)} failed`);
    if (this.phase === "copying" && progress.rate) parts.push(`${size(progress.rate)}/s`);
    if (this.phase === "copying" && progress.seconds_left !== null) parts.push(`${clock(progress.seconds_left)} left`);
    const state: Record<string, string> = { paused: "Paused", done: "Done", failed: "Not complete", cancelled: "Cancelled" };
    const word = state[this.phase];
    return (word ? [word, ...parts] : parts).join(" · ");
  }

  private planWords(actions: Record<string, [number, number]>): string {
    const [files, bytes] = actions["copy"] ?? [0, 0];
    const [over] = actions["overwrite"] ?? [0, 0];
    const [there] = actions["same"] ?? [0, 0];
    const parts = [files ? `${counted(files, "file")} to copy, ${size(bytes)}` : "Nothing to copy"];
    if (there) parts.push(`${count(there)} there already`);
    const [unknown] = actions["unknown"] ?? [0, 0];
    if (unknown) {
      parts.push(`${count(unknown)} of the same size, of which the server tells no more: ` +
        (this.overwrite.checked ? "they will be replaced" : "they will be read and compared"));
    }
    if (over) {
      parts.push(this.overwrite.checked
        ? `${count(over)} will be replaced`
        : `${count(over)} differ at the target: allow to replace them, or choose another target`);
    }
    return parts.join(" · ");
  }

  private drawBars(progress: Progress | undefined): void {
    if (!progress) {
      this.bars.replaceChildren();
      return;
    }
    const share = progress.bytes ? progress.bytes_done / progress.bytes : progress.files ? progress.files_done / progress.files : 1;
    const rows = [bar("All files", share, "", true)];
    for (const [name, [all, done]] of Object.entries(progress.classes)) {
      rows.push(bar(name, all ? done / all : 1, `${count(done)} of ${count(all)}`, false));
    }
    this.bars.replaceChildren(...rows);
  }

  private drawFiles(rows: Row[], all: number): void {
    this.files.hidden = !rows.length;
    if (!rows.length) {
      this.files.replaceChildren();
      return;
    }
    const table = element("table", {},
      element("thead", {}, element("tr", {}, ...["File", "Size", "State"].map((text) => element("th", { text, attributes: { scope: "col" } })))));
    const body = element("tbody");
    for (const [path, bytes, word, detail] of rows) {
      const state = element("td", { class: `modos-word modos-is-${word.replace(" ", "-")}`, text: STATES[word] ?? word });
      if (detail) state.append(element("span", { class: "modos-muted", text: ` ${detail}` }));
      body.append(element("tr", {},
        element("td", { text: middle(visible(path), 96), title: visible(path) }),
        element("td", { class: "modos-number", text: size(bytes) }), state));
    }
    table.append(body);
    const parts: HTMLElement[] = [table];
    if (all > rows.length) {
      parts.push(element("p", { class: "modos-muted", text: `The first ${count(rows.length)} of ${counted(all, "file")}; TransferPanel.report has them all.` }));
    }
    this.files.replaceChildren(...parts);
  }
}

const STATES: Record<string, string> = {
  copy: "to copy",
  overwrite: "differs",
  unknown: "same size, not known more",
  same: "there already",
  copied: "copied",
  failed: "failed",
  "not begun": "not begun",
  "not copied": "not copied",
};

function bar(name: string, share: number, words: string, total: boolean): HTMLElement {
  const percent = Math.round(Math.min(1, Math.max(0, share)) * 100);
  const fill = element("div", { class: "modos-fill" });
  fill.style.width = `${percent}%`;
  const track = element("div", {
    class: "modos-track",
    attributes: { role: "progressbar", "aria-label": name, "aria-valuenow": percent, "aria-valuemin": 0, "aria-valuemax": 100 },
  }, fill);
  return element("div", { class: total ? "modos-bar modos-total" : "modos-bar" },
    element("span", { text: visible(name) }), track,
    element("span", { class: "modos-number modos-muted", text: words || `${percent} %` }));
}

export { clock };

export default {
  render(props: RenderProps): void {
    new Panel(props);
  },
};
