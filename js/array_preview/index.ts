// ArrayPreview: facts, position, statistics, picture and values of one array.
import type { AnyModel, RenderProps } from "@anywidget/types";
import { copyText } from "../shared/clipboard.ts";
import { button, element } from "../shared/dom.ts";
import { count, visible } from "../shared/format.ts";
import { openMenu } from "../shared/menu.ts";
import { connect, Problem, type Channel } from "../shared/messages.ts";
import { problemLine } from "../shared/problem.ts";
import { codeButton } from "../shared/show_code.ts";
import { furnish } from "../shared/style.ts";
import { pairs, type Facts, type Pairs, type Part } from "./facts.ts";
import { positions } from "./position.ts";
import css from "./style.css";
import { valueTable } from "./table.ts";

const WIDEST = 760;
const SLOW = 300; // ms before waiting is shown
const MOVING = 200; // ms after a slider moved

class Preview {
  private readonly model: AnyModel;
  private readonly channel: Channel;
  private readonly el: HTMLElement;
  private readonly body = element("div");
  private readonly said = element("span", { class: "modos-visually-hidden", attributes: { role: "status" } });
  private node = new AbortController(); // ends all work for the node that is shown
  private laid: string | null = null; // path of the array whose parts are on the page
  private reading: AbortController | null = null;
  private computing: AbortController | null = null;
  private at: Record<number, number> = {};
  private kind: string | undefined;
  private timer = 0;
  private wide = 560;
  private drawnAt = 560;
  private picture: string | null = null;
  // the parts of the page that change while it stands
  private readonly shown = element("p", { class: "modos-shown modos-muted" });
  private readonly where = element("div");
  private readonly statistics = element("div");
  private readonly asking = button({ label: "Whole array…", title: "Statistics of the whole array", press: () => void this.compute() });
  private readonly exact = element("div", { class: "modos-exact" });
  private readonly kinds = element("div", { class: "modos-kinds", attributes: { role: "group", "aria-label": "Picture" } });
  private readonly drawn = element("div", { class: "modos-picture" });
  private readonly values = element("div", { attributes: { tabindex: -1 } });
  private readonly stored = element("span", { attributes: { tabindex: -1 } });

  constructor({ model, el, signal }: RenderProps) {
    this.model = model;
    this.el = el;
    this.channel = connect(model, signal);
    furnish(el, "array_preview", css);
    el.append(this.body, this.said);
    this.setHeight();
    model.on("change:height", () => this.setHeight());
    model.on("change:path", () => void this.show());
    model.on("change:budget", () => void this.show());
    this.channel.on("refresh", () => void this.show());
    const theme = new MutationObserver(() => void this.read());
    theme.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
    const size = new ResizeObserver(() => {
      if (!this.picture || Math.abs(this.width - this.drawnAt) < 48) return;
      clearTimeout(this.timer);
      this.timer = window.setTimeout(() => void this.read(), MOVING);
    });
    size.observe(this.drawn);
    signal.addEventListener("abort", () => {
      size.disconnect();
      theme.disconnect();
      this.leave();
      if (this.picture) URL.revokeObjectURL(this.picture);
    });
    void this.show();
  }

  private get path(): string | null {
    return this.model.get("path") as string | null;
  }

  private setHeight(): void {
    this.el.style.setProperty("--modos-preview-height", this.model.get("height") as string);
  }

  private get dark(): boolean {
    const theme = document.body.dataset["jpThemeLight"];
    if (theme !== undefined) return theme === "false";
    return matchMedia("(prefers-color-scheme: dark)").matches;
  }

  /** CSS pixels of the picture; while JupyterLab changes its theme the page has no width. */
  private get width(): number {
    const now = Math.min(WIDEST, Math.floor(this.drawn.clientWidth));
    if (now > 0) this.wide = now;
    return this.wide;
  }

  private fail(error: unknown, place: HTMLElement, again?: () => void): void {
    if (error instanceof DOMException && error.name === "AbortError") return;
    const problem = error instanceof Problem ? error : new Problem(String(error));
    place.replaceChildren(problemLine(problem, again));
  }

  // -- what is shown ------------------------------------------------------------------------

  /** End what is under way for a node: nothing of it may come onto the next one's page. */
  private leave(): void {
    clearTimeout(this.timer);
    this.node.abort();
    this.reading?.abort();
    this.computing?.abort();
    this.laid = null;
    this.at = {};
    this.kind = undefined;
  }

  private async show(): Promise<void> {
    this.leave();
    const { signal } = (this.node = new AbortController());
    const { path } = this;
    if (path === null) {
      this.body.replaceChildren(
        element(
          "div",
          { class: "modos-empty" },
          element("strong", { text: "No array is chosen" }),
          element("span", { text: "Choose an array in the tree to see its values." }),
        ),
      );
      return;
    }
    const slow = setTimeout(() => this.body.replaceChildren(element("p", { class: "modos-muted", text: "Reading…" })), SLOW);
    try {
      const { payload } = await this.channel.request<Facts>("facts", { path }, { signal });
      clearTimeout(slow);
      this.lay(payload);
      if (payload.kind !== "array") return;
      this.laid = path;
      await this.read();
    } catch (error) {
      clearTimeout(slow);
      this.fail(error, this.body, () => void this.show());
    }
  }

  private lay(facts: Facts): void {
    for (const part of [this.where, this.statistics, this.exact, this.kinds, this.drawn, this.values]) {
      part.replaceChildren();
    }
    this.stored.replaceChildren();
    this.shown.textContent = "";
    if (this.picture) URL.revokeObjectURL(this.picture);
    this.picture = null;
    const named = element("h3", { class: "modos-title", text: visible(facts.title) });
    const title = element("div", { class: "modos-title-line" }, named, codeButton(this.el, this.channel));
    if (facts.kind === "broken") {
      const problem = element("div");
      this.fail(new Problem(facts.problem, facts.hint), problem);
      this.body.replaceChildren(title, problem, this.attributes(facts, true));
      return;
    }
    if (facts.kind === "group") {
      const none = facts.attributes.length ? [] : [element("p", { class: "modos-muted", text: "A group without attributes." })];
      this.body.replaceChildren(title, ...none, this.attributes(facts, true));
      return;
    }
    const list = pairs(facts.facts);
    if (facts.stored) this.stored.textContent = facts.stored;
    else this.stored.append(button({ label: "Add up", class: "modos-quiet", press: () => void this.addUp() }));
    list.append(element("dt", { text: "Stored size" }), element("dd", {}, this.stored));
    const wanted = positions(facts.axes, (axis, position) => this.move(axis, position));
    if (wanted) this.where.append(wanted);
    const tools = element("div", { class: "modos-actions" });
    const code = button({ label: "Open as…", attributes: { "aria-haspopup": "menu" }, press: () => void this.codeMenu(code) });
    this.asking.hidden = Boolean(facts.whole);
    tools.append(code, this.asking);
    this.body.replaceChildren(
      title,
      element(
        "div",
        { class: "modos-sides" },
        element("div", {}, list, this.shown, this.where, this.statistics, tools, this.exact, this.attributes(facts, false)),
        element("div", {}, this.kinds, this.drawn, this.values),
      ),
    );
  }

  private attributes(facts: Facts, open: boolean): HTMLElement {
    if (!facts.attributes.length) return element("span");
    const held = element("details", { attributes: { open } });
    held.append(
      element("summary", { text: `Attributes (${count(facts.attributes.length)})` }),
      pairs(facts.attributes),
    );
    return held;
  }

  // -- values -------------------------------------------------------------------------------

  private move(axis: number, position: number): void {
    this.at = { ...this.at, [axis]: position };
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.read(), MOVING);
  }

  private async read(anyway = false): Promise<void> {
    const path = this.laid; // not the model's: that may have moved on
    if (path === null) return;
    this.reading?.abort();
    const controller = (this.reading = new AbortController());
    const slow = setTimeout(() => {
      if (!this.values.firstChild) this.shown.textContent = "Reading…";
      this.values.classList.add("modos-busy");
      this.drawn.classList.add("modos-busy");
    }, SLOW);
    try {
      const { payload, buffers } = await this.channel.request<Part, Part>(
        "part",
        {
          path,
          at: this.at,
          anyway,
          kind: this.kind,
          dark: this.dark,
          width: this.width,
          ratio: window.devicePixelRatio,
        },
        { signal: controller.signal, part: (part) => this.fill(part) },
      );
      this.fill(payload);
      this.paint(payload, buffers[0]);
    } catch (error) {
      if (this.reading !== controller) return;
      this.shown.textContent = "";
      this.fail(error, this.values, () => void this.read(anyway));
    } finally {
      clearTimeout(slow);
      if (this.reading === controller) {
        this.values.classList.remove("modos-busy");
        this.drawn.classList.remove("modos-busy");
      }
    }
  }

  private fill(part: Part): void {
    if (part.over) {
      this.shown.textContent = "";
      this.values.replaceChildren(
        element(
          "div",
          { class: "modos-empty" },
          element("strong", { text: `One chunk is ${part.over}` }),
          element("span", { text: `That is more than the ${part.budget} that are read without asking.` }),
          button({
            label: `Read ${part.over}`,
            press: () => {
              this.values.focus(); // the button goes
              void this.read(true);
            },
          }),
        ),
      );
      this.drawn.classList.add("modos-none");
      return;
    }
    if (!part.table) return;
    this.shown.textContent = `Shown: ${part.words} (${part.chunks === 1 ? "1 chunk" : `${count(part.chunks)} chunks`}, ${part.size})`;
    this.said.textContent = this.shown.textContent;
    if (!part.whole || document.activeElement !== this.asking) this.asking.hidden = Boolean(part.whole);
    this.statistics.replaceChildren(pairs(part.statistics ?? []));
    const faults = element("div");
    if (part.unread) {
      const chunks = part.unread === 1 ? "1 chunk" : `${count(part.unread)} chunks`;
      this.fail(new Problem(`${chunks} could not be read.`, (part.faults ?? []).join(" ")), faults);
    }
    this.values.replaceChildren(faults, valueTable(part.table));
    this.drawn.classList.toggle("modos-none", !part.kinds?.length);
  }

  private paint(part: Part, png: DataView | undefined): void {
    if (!part.table) return;
    const all = part.kinds ?? [];
    const held = [...this.kinds.children].indexOf(document.activeElement as Element);
    this.kinds.replaceChildren(
      ...(all.length > 1 ? all : []).map((kind) =>
        button({
          label: kind.charAt(0).toUpperCase() + kind.slice(1),
          attributes: { "aria-pressed": String(kind === part.kind) },
          press: () => {
            this.kind = kind;
            void this.read();
          },
        }),
      ),
    );
    (this.kinds.children[held] as HTMLElement | undefined)?.focus();
    if (this.picture) URL.revokeObjectURL(this.picture);
    this.picture = null;
    this.drawn.replaceChildren();
    if (!png) return;
    const bytes = new Uint8Array(png.buffer as ArrayBuffer, png.byteOffset, png.byteLength);
    this.picture = URL.createObjectURL(new Blob([bytes], { type: "image/png" }));
    const image = element("img", { attributes: { src: this.picture, alt: visible(part.alt ?? "") } });
    this.drawn.append(image);
    this.drawnAt = this.wide;
  }

  // -- on demand ----------------------------------------------------------------------------

  private async addUp(): Promise<void> {
    const { signal } = this.node;
    const held = this.stored.contains(document.activeElement);
    this.stored.textContent = "adding up…";
    if (held) this.stored.focus();
    try {
      const { payload } = await this.channel.request<{ stored: string }>("stored", { path: this.laid }, { signal });
      this.stored.textContent = payload.stored;
      if (held) this.stored.focus();
    } catch (error) {
      if (error instanceof Problem) this.stored.textContent = visible(error.message);
    }
  }

  private async compute(): Promise<void> {
    this.computing?.abort();
    const controller = (this.computing = new AbortController());
    const bar = element("progress", { attributes: { "aria-label": "Progress", max: 1 } });
    const words = element("span", { class: "modos-muted", text: "Reading the whole array…" });
    const stop = button({ label: "Cancel", press: () => controller.abort() });
    const leave = (): void => {
      if (document.activeElement === stop) this.asking.focus();
    };
    this.exact.replaceChildren(words, bar, stop);
    try {
      const { payload } = await this.channel.request<{ statistics: Pairs }, { done: number; of: number }>(
        "exact",
        { path: this.laid },
        {
          signal: controller.signal,
          part: ({ done, of }) => {
            bar.max = of;
            bar.value = done;
            words.textContent = `${count(done)} of ${count(of)} blocks`;
          },
        },
      );
      leave();
      this.exact.replaceChildren(element("p", { class: "modos-shown modos-muted", text: "Whole array:" }), pairs(payload.statistics));
    } catch (error) {
      if (this.computing !== controller) return;
      leave();
      this.exact.replaceChildren();
      this.fail(error, this.exact);
    }
  }

  private async codeMenu(anchor: HTMLElement): Promise<void> {
    try {
      const { payload } = await this.channel.request<{ code: Record<string, string> }>("code", { path: this.laid }, { signal: this.node.signal });
      const box = anchor.getBoundingClientRect();
      const order = ["xarray", "dask", "numpy", "zarr", "modos_widgets"];
      const items = order
        .filter((kind) => payload.code[kind] !== undefined)
        .map((kind) => ({
          label: `Copy code: ${kind}`,
          press: () =>
            void copyText(payload.code[kind] ?? "").then((done) => {
              this.said.textContent = anchor.textContent = done ? `Copied ${kind} code` : "Not copied";
              setTimeout(() => (anchor.textContent = "Open as…"), 2000);
            }),
        }));
      openMenu(this.el, "Open as", { x: box.left, y: box.bottom }, items, () => anchor.focus());
    } catch (error) {
      this.fail(error, this.exact);
    }
  }
}

export default {
  render(props: RenderProps): void {
    new Preview(props);
  },
};
