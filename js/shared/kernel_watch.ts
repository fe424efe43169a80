// A kernel that does not answer: the message of a widget until the kernel answers again.
import type { AnyModel } from "@anywidget/types";
import { element } from "./dom.ts";

const CHECK = 2500; // ms without a sign of the kernel after which it is asked whether it answers
const PATIENCE = 2500; // ms that this answer may take before the view shows a message
const LOOK = 1000; // ms between checks of the connection while the message is shown
const LONGEST = 30_000; // ms between two checks of a kernel that works for long

/** What JupyterLab's widget manager knows of its kernel; other hosts may know nothing. */
interface Connection {
  status?: string;
  connectionStatus?: string;
}

const WORDS = {
  busy: "The kernel is busy. This continues when the running cell ends.",
  lost: "No answer from the kernel. The connection is lost: choose Kernel > Reconnect to Kernel.",
  connecting: "No answer from the kernel. The connection is being restored…",
  unknown: "No answer from the kernel. Check the connection; if it is lost, choose Kernel > Reconnect.",
};

/** One line for a whole widget, however many of its parts wait. */
const lines = new WeakMap<HTMLElement, { line: HTMLElement; waiting: Set<KernelWatch> }>();

function outermost(el: HTMLElement): HTMLElement {
  let root = el;
  for (let up: HTMLElement | null | undefined = el; up; up = up.parentElement?.closest<HTMLElement>(".modos")) root = up;
  return root;
}

export class KernelWatch {
  private readonly model: AnyModel;
  private readonly el: HTMLElement;
  private readonly ask: () => void;
  private readonly waits: () => boolean;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private root: HTMLElement | null = null;
  private changed = false;
  private ended = false;
  private wasBusy = false; // its status turns to idle with messages that need no shell
  private due = 0;
  private asked = 0;
  private pause = CHECK;

  /** `ask` sends a question that the kernel answers at once; `waits`: whether a request waits. */
  constructor(model: AnyModel, el: HTMLElement, signal: AbortSignal, ask: () => void, waits: () => boolean) {
    this.model = model;
    this.el = el;
    this.ask = ask;
    this.waits = waits;
    const changed = (): void => {
      this.changed = true;
      this.expect();
    };
    model.on("change", changed);
    signal.addEventListener("abort", () => {
      model.off("change", changed);
      this.end();
    });
  }

  /** Something was sent, so the kernel must be heard of. */
  expect(): void {
    if (this.ended) return;
    this.pause = CHECK;
    this.wasBusy ||= this.connection?.status === "busy";
    // a check that is due sooner stays, so that typing on does not delay the message
    if (this.timer === undefined || (!this.asked && this.due > performance.now() + CHECK)) this.arm(CHECK);
  }

  /** A message came from the kernel. */
  heard(): void {
    this.changed = false;
    this.wasBusy = false;
    if (this.asked) this.pause = Math.min(LONGEST, 2 * this.pause);
    this.asked = 0;
    this.withdraw();
    if (this.timer !== undefined) this.arm(this.pause);
  }

  /** The kernel has ended: nothing will be heard of it. */
  end(): void {
    this.ended = true;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.withdraw();
  }

  private arm(milliseconds: number): void {
    clearTimeout(this.timer);
    this.due = performance.now() + milliseconds;
    this.timer = setTimeout(() => this.look(), milliseconds);
  }

  private look(): void {
    this.timer = undefined;
    if (this.ended) return;
    if (!this.waits() && !this.changed) {
      this.asked = 0;
      this.withdraw();
      return;
    }
    const now = performance.now();
    if (!this.asked) {
      this.asked = now;
      this.ask();
      this.arm(this.isConnected ? PATIENCE : 0);
      return;
    }
    this.tell();
    if (now - this.asked > LONGEST && this.isConnected && !this.wasBusy) {
      this.asked = now; // the question may have been lost on its way
      this.ask();
    }
    this.arm(LOOK);
  }

  private get connection(): Connection | null {
    const { widget_manager: manager } = this.model as { widget_manager?: { kernel?: Connection | null } };
    return manager?.kernel ?? null;
  }

  private get isConnected(): boolean {
    return (this.connection?.connectionStatus ?? "connected") === "connected";
  }

  private get words(): string {
    const { status, connectionStatus } = this.connection ?? {};
    if (connectionStatus === "disconnected") return WORDS.lost;
    if (connectionStatus === "connecting") return WORDS.connecting;
    return this.wasBusy || status === "busy" ? WORDS.busy : WORDS.unknown;
  }

  private tell(): void {
    const root = outermost(this.el);
    if (this.root !== root) this.withdraw();
    this.root = root;
    let known = lines.get(root);
    if (!known) {
      known = { line: element("div", { class: "modos-silence", attributes: { role: "status" } }), waiting: new Set() };
      lines.set(root, known);
    }
    known.waiting.add(this);
    const { line } = known;
    // what lies outside of an open dialog is neither reached nor read aloud
    const place = root.querySelector<HTMLElement>("dialog[open]") ?? root;
    if (line.parentElement !== place) {
      line.textContent = "";
      place.append(line);
      line.classList.toggle("modos-is-low", place === root && root.clientHeight < 240);
    }
    const { words } = this;
    // a screen reader reads what changes in a line that stands there already
    setTimeout(() => {
      if (known.waiting.size && line.textContent !== words) line.textContent = words;
    }, 50);
  }

  private withdraw(): void {
    const known = this.root && lines.get(this.root);
    this.root = null;
    if (!known) return;
    known.waiting.delete(this);
    if (!known.waiting.size) known.line.remove();
  }
}
