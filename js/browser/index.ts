// Browser: one line on top, then objects, tree, and what is selected.
import type { AnyModel, RenderProps } from "@anywidget/types";
import { button, element } from "../shared/dom.ts";
import { visible } from "../shared/format.ts";
import { connect, Problem, type Channel } from "../shared/messages.ts";
import { codeButton, codePieces, type Piece } from "../shared/show_code.ts";
import { furnish } from "../shared/style.ts";
import { FilesPanel } from "./files.ts";
import { MetadataPanel } from "./metadata.ts";
import { ObjectList } from "./objects.ts";
import type { Listed } from "./order.ts";
import { splitter } from "./splitter.ts";
import { css } from "./style/index.ts";
import { TABS, Tabs, type Tab } from "./tabs.ts";

const NARROW = 700; // pixels below which the panes stack

interface Shown {
  place: string;
  folder: boolean;
  can_list: boolean;
  listing: boolean;
  listed: boolean;
  opening: string | null;
  object: string | null;
  selected: string | null;
  objects: number;
  marks: [string[], string[]];
  signed_in: boolean;
  signing_in: boolean;
  asked_above: boolean;
  problem: { message: string; hint: string; about: string; credentials: boolean } | null;
}

class BrowserView {
  private readonly props: RenderProps;
  private readonly el: HTMLElement;
  private readonly model: AnyModel;
  private readonly channel: Channel;
  private readonly list: ObjectList;
  private readonly metadata: MetadataPanel;
  private readonly files: FilesPanel;
  private readonly tabs: Tabs;
  private readonly picker = element("div", { class: "modos-top-picker", attributes: { "data-mode": "compact" } });
  private readonly login = element("div", { class: "modos-top-login", attributes: { "data-mode": "compact" } });
  private readonly loginPanel = element("div", { attributes: { "data-mode": "panel", hidden: true } });
  private readonly problem = element("div", { class: "modos-problem", attributes: { role: "alert", hidden: true } });
  private readonly panes = element("div", { class: "modos-panes" });
  private readonly empty = element("div", { class: "modos-empty" });
  private readonly work = element("div", { class: "modos-work" });
  private readonly wait = element("div", { class: "modos-empty modos-wait" });
  private readonly code = element("div", { class: "modos-codes", attributes: { tabindex: 0, role: "region", "aria-label": "Code" } });
  private listedAs = 0;
  private loaded = { metadata: "", files: "", code: "" };
  private opened = 0; // counts openings, so that the same object opened again is read again
  private before: string | null = null;

  constructor(props: RenderProps) {
    const { model, el, signal } = props;
    this.props = props;
    this.el = el;
    this.model = model;
    this.channel = connect(model, signal);
    furnish(el, "browser", css);
    const ask = (name: string, payload = {}): void => {
      this.channel.request(name, payload).catch((problem: unknown) => {
        if (problem instanceof Problem) this.tellProblem(problem.message, problem.hint, false);
      });
    };
    this.list = new ObjectList(
      {
        open: (path) => ask("open", { path }),
        favour: (path, favourite) => ask("favour", { path, favourite }),
        refresh: () => ask("refresh"),
      },
      signal,
    );
    this.metadata = new MetadataPanel(this.channel);
    this.files = new FilesPanel(this.channel);
    const tree = element("section", { class: "modos-pane modos-tree-pane", attributes: { "aria-label": "Tree" } });
    const preview = element("div", { class: "modos-preview-holder" });
    const transfer = element("div", { class: "modos-transfer-holder" });
    this.tabs = new Tabs(
      { metadata: this.metadata.el, files: this.files.el, preview, code: this.code, transfer },
      (tab) => {
        model.set("tab", tab);
        model.save_changes();
      },
    );
    const treeLine = splitter({ name: "Width of the tree", pane: tree, least: 160, spare: 280, set: (width) => this.width("tree", width) });
    const listLine = splitter({ name: "Width of the list of objects", pane: this.list.el, least: 140, spare: 460, set: (width) => this.width("list", width) });
    this.work.append(tree, treeLine, this.tabs.el);
    this.panes.append(this.list.el, listLine, this.work, this.wait);
    el.append(
      element("div", { class: "modos-top" }, this.picker, this.login, codeButton(el, this.channel)),
      this.loginPanel,
      this.problem,
      this.panes,
      this.empty,
    );
    el.addEventListener("modos-ask-token", () => this.loginPanel.dispatchEvent(new CustomEvent("modos-paste")));
    el.addEventListener("modos-focus-lost", ({ target }) => {
      const other = target === this.loginPanel ? this.login : this.loginPanel;
      other.dispatchEvent(new CustomEvent("modos-take-focus"));
    });
    model.on("change:_shown", () => this.draw());
    model.on("change:tab", () => this.showTab());
    model.on("change:height", () => this.setHeight());
    this.setHeight();
    this.watchWidth(signal);
    this.draw();
    this.showTab();
    void this.hold("_picker", this.picker);
    void this.hold("_login", this.login);
    void this.hold("_login", this.loginPanel);
    void this.hold("_tree", tree);
    void this.hold("_preview", preview);
    void this.hold("_transfer", transfer);
    void this.hold("_table", this.metadata.table);
  }

  private get shown(): Shown {
    return this.model.get("_shown") as Shown;
  }

  /** Put a widget of its own into a place of ours. */
  private async hold(name: string, el: HTMLElement): Promise<void> {
    const { host, signal } = this.props;
    const child = await host.getWidget(this.model.get(name) as string);
    if (signal.aborted) return;
    await child.render({ el, signal });
  }

  private setHeight(): void {
    this.el.style.setProperty("--modos-browser-height", this.model.get("height") as string);
  }

  private width(which: string, pixels: number): void {
    this.el.style.setProperty(`--modos-${which}-width`, `${pixels}px`);
  }

  private watchWidth(signal: AbortSignal): void {
    const observer = new ResizeObserver(([entry]) => {
      if (entry) this.el.classList.toggle("modos-narrow", entry.contentRect.width < NARROW);
    });
    observer.observe(this.el);
    signal.addEventListener("abort", () => observer.disconnect());
  }

  // -- what is shown --------------------------------------------------------------------------

  private draw(): void {
    const shown = this.shown;
    this.list.setMarks(...shown.marks);
    this.list.setState(shown.object, shown.opening, shown.listing);
    if (shown.objects !== this.listedAs) {
      this.listedAs = shown.objects;
      this.channel
        .request<Listed>("objects")
        .then(({ payload }) => this.list.setListed(payload))
        .catch(() => undefined);
    }
    if (shown.object !== this.before) {
      this.before = shown.object;
      this.opened += 1;
    }
    const { problem } = shown;
    const said = this.asksForSignIn(shown); // by the empty state below
    this.tellProblem(said ? "" : (problem?.message ?? ""), said ? "" : (problem?.hint ?? ""), true);
    this.drawEmpty(shown);
    const isOpen = shown.object !== null;
    this.work.hidden = !isOpen;
    this.wait.hidden = isOpen;
    this.drawWait(shown);
    if (isOpen) {
      this.load();
    }
  }

  /** Read what the tab in front shows, when it is another object's or another node's. */
  private load(): void {
    const { object, selected } = this.shown;
    if (object === null) return;
    const tab = this.model.get("tab") as Tab;
    const now = `${this.opened} ${object}`;
    if (tab === "metadata" && this.loaded.metadata !== `${now} ${selected}`) {
      this.loaded.metadata = `${now} ${selected}`;
      this.metadata.load();
    } else if (tab === "files" && this.loaded.files !== now) {
      this.loaded.files = now;
      this.files.load();
    } else if (tab === "code" && this.loaded.code !== `${now} ${selected}`) {
      this.loaded.code = `${now} ${selected}`;
      this.loadCode();
    }
  }

  private showTab(): void {
    this.tabs.show(this.model.get("tab") as Tab);
    this.load();
  }

  private tellProblem(message: string, hint: string, fromPython: boolean): void {
    const words = visible(`${message} ${hint}`.trim());
    if (words === this.problem.dataset["words"]) return;
    this.problem.dataset["words"] = words;
    if (!words && this.problem.contains(document.activeElement)) this.focusMain();
    this.problem.hidden = !words;
    this.problem.replaceChildren(
      element("span", { class: "modos-grow", text: words }),
      button({
        label: "Dismiss",
        class: "modos-quiet",
        press: () => {
          if (fromPython) void this.channel.request("dismiss").catch(() => undefined);
          else this.tellProblem("", "", false);
        },
      }),
    );
  }

  private asksForSignIn({ problem, signed_in, objects, object }: Shown): boolean {
    return Boolean(problem?.credentials) && problem?.about === "listing" && !signed_in && !objects && object === null;
  }

  private drawEmpty(shown: Shown): void {
    const some = shown.objects !== 0 || shown.object !== null || shown.opening !== null;
    const nothing = !some && !shown.listing && (shown.listed || !shown.can_list || shown.problem !== null);
    const held = [this.empty, this.panes].find((each) => each.contains(document.activeElement));
    this.panes.hidden = nothing;
    this.empty.hidden = !nothing;
    if (nothing) {
      const [title, words, ...buttons] = this.emptiness(shown);
      const row = element("div", { class: "modos-empty-line" }, element("span", { text: words }), ...buttons);
      this.empty.replaceChildren(element("strong", { text: title }), row);
    }
    if (held && (held === this.empty || nothing)) this.focusMain();
  }

  /** Where the keyboard goes on when what had the focus is gone. */
  private focusMain(): void {
    const first = this.empty.querySelector("button");
    if (this.empty.hidden) this.list.focus();
    else if (first) first.focus();
    else this.loginPanel.dispatchEvent(new CustomEvent("modos-take-focus"));
  }

  private emptiness(shown: Shown): [string, string, ...HTMLElement[]] {
    const choose = (label: string): HTMLElement =>
      button({ label, primary: true, press: () => this.picker.querySelector("button")?.click() });
    const again = button({ label: "Try again", press: () => void this.channel.request("refresh").catch(() => undefined) });
    if (!shown.place) {
      return ["Where are your objects?", "Choose an endpoint, or a folder of this computer.", choose("Choose…")];
    }
    if (!shown.can_list) {
      return ["Nothing is open", "Without a modos server, name a bucket or an object, as browse('s3://bucket', services=…)."];
    }
    if (this.asksForSignIn(shown)) {
      if (shown.asked_above) return ["No objects here that you may see", "They are listed when you have signed in, above."];
      if (shown.signing_in) return ["No objects here that you may see", "They are listed when you have confirmed the code above."];
      const begin = button({
        label: "Sign in",
        primary: true,
        press: () => void this.channel.request("sign in").catch(() => undefined),
      });
      return ["No objects here that you may see", "This endpoint lists objects only after sign-in.", begin];
    }
    if (shown.problem?.about === "listing") {
      return ["The objects cannot be listed", "What went wrong stands above.", again, choose("Choose another…")];
    }
    if (shown.folder) {
      return ["No objects in this folder", "An object is a folder with data.zarr in it.", choose("Choose another…")];
    }
    return ["No objects here", shown.signed_in ? "None that this login may see." : "This endpoint lists none; some are listed only after sign-in.", again];
  }

  private drawWait({ opening, listing, objects }: Shown): void {
    if (opening !== null) {
      const name = opening.replace(/\/+$/, "").split("/").pop() ?? opening;
      this.wait.replaceChildren(element("span", { text: `Opening ${visible(name)}…` }));
    } else if (listing && !objects) {
      this.wait.replaceChildren(element("span", { text: "Listing the objects…" }));
    } else {
      this.wait.replaceChildren(
        element("strong", { text: "Choose an object" }),
        element("span", { text: "Its tree, metadata and files are shown here." }),
      );
    }
  }

  private loadCode(): void {
    this.channel.request<{ pieces: Piece[] }>("show code").then(
      ({ payload }) => this.code.replaceChildren(...codePieces(payload.pieces)),
      () => undefined,
    );
  }
}

export { TABS };

export default {
  render(props: RenderProps): void {
    new BrowserView(props);
  },
};
