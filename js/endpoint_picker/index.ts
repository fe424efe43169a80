// EndpointPicker: the chosen place, what else there is, and how the services are.
import type { AnyModel, RenderProps } from "@anywidget/types";
import { button, element, icon } from "../shared/dom.ts";
import { counted, visible } from "../shared/format.ts";
import { connect, Problem, type Channel } from "../shared/messages.ts";
import { codeButton } from "../shared/show_code.ts";
import { furnish } from "../shared/style.ts";
import { dot, hint, servicesTable } from "./services.ts";
import { openSheet, type Sheet } from "./sheet.ts";
import css from "./style.css";
import { health, short, state, type Service } from "./words.ts";

const DOWN = "M3 6l5 5 5-5";
const FOLDER = "M1.5 3.5h4l1.5 2h7.5v7.5h-13z";
const TYPING = 200; // ms after a key

interface Offered {
  url: string;
  label: string;
  why: string;
}

interface Folders {
  path: string;
  parent: string | null;
  folders: [string, boolean][];
  more: number;
}

class PickerView {
  private readonly el: HTMLElement;
  private readonly model: AnyModel;
  private readonly channel: Channel;
  private readonly compact: boolean;
  private readonly choice: HTMLButtonElement;
  private readonly named = element("span");
  private readonly dots: HTMLButtonElement;
  private readonly table = element("div", { class: "modos-table" });
  private sheet: Sheet | null = null;
  private inSheet: (() => void) | null = null;
  private asked = 0;
  private readonly again = button({ label: "Check again", press: () => this.check() });

  constructor({ model, el, signal }: RenderProps) {
    this.el = el;
    this.model = model;
    this.channel = connect(model, signal);
    this.compact = el.dataset["mode"] === "compact";
    furnish(el, "endpoint_picker", css);
    el.classList.toggle("modos-compact", this.compact);
    this.choice = element(
      "button",
      {
        class: "modos-button modos-choice",
        attributes: { type: "button", "aria-haspopup": "dialog", "aria-expanded": "false" },
        on: { click: () => this.choose() },
      },
      this.named,
      icon(DOWN),
    );
    this.dots = element("button", {
      class: "modos-dots",
      attributes: { type: "button", "aria-haspopup": "dialog", "aria-expanded": "false" },
      on: { click: () => this.details() },
    });
    const line = element("div", { class: "modos-line" }, this.choice);
    if (this.compact) line.append(this.dots);
    else line.append(this.again, codeButton(el, this.channel));
    el.append(line);
    if (!this.compact) el.append(this.table);
    for (const name of ["value", "_given", "_offered"]) model.on(`change:${name}`, () => this.drawChoice());
    for (const name of ["_services", "checking"]) model.on(`change:${name}`, () => this.drawHealth());
    signal.addEventListener("abort", () => this.sheet?.close());
    this.drawChoice();
    this.drawHealth();
  }

  private get value(): string | null {
    return this.model.get("value") as string | null;
  }

  private get services(): Service[] {
    return this.model.get("_services") as Service[];
  }

  private get checking(): boolean {
    return this.model.get("checking") as boolean;
  }

  private get offered(): Offered[] {
    return this.model.get("_offered") as Offered[];
  }

  // -- what is shown --------------------------------------------------------------------------

  private drawChoice(): void {
    const value = this.value ?? (this.model.get("_given") as string);
    const known = this.offered.find((each) => each.url === value);
    const text = known?.label ? `${known.label} · ${value}` : value;
    this.named.replaceChildren(element("bdi", { text: text ? visible(text) : "Choose an endpoint or a folder" }));
    this.named.classList.toggle("modos-muted", !text);
    this.named.classList.toggle("modos-path-end", this.isFolder);
    this.choice.title = visible(value);
    this.choice.setAttribute("aria-label", text ? `Endpoint: ${visible(text)}` : "Choose an endpoint or a folder");
    this.drawHealth();
  }

  private get isFolder(): boolean {
    return this.value !== null && !this.value.includes("://");
  }

  private drawHealth(): void {
    const services = this.services;
    if (this.compact) {
      const nothing = !services.length && !this.checking;
      this.dots.hidden = nothing;
      const shown = services.filter((each) => each.name !== "modos" || health(each) !== "good");
      const words = (service: Service): string => `${service.word}: ${state(service)}`;
      this.dots.replaceChildren(...shown.flatMap((each) => [dot(each, short(each), words(each)), " "]));
      if (this.checking) this.dots.append(element("span", { text: "checking…" }));
      const seen = [...shown.map(short), ...(this.checking ? ["checking"] : [])];
      this.dots.setAttribute("aria-label", visible(`Services: ${seen.join(", ") || "good"}`));
      this.dots.setAttribute("aria-description", visible(services.map(words).join(", ")));
    } else {
      this.again.hidden = !services.length && !this.checking;
      this.table.replaceChildren(...this.healthTable());
    }
    this.inSheet?.();
  }

  private healthTable(): HTMLElement[] {
    if (this.isFolder) return [hint("A folder of this computer needs no services.")];
    return servicesTable(this.services, this.checking);
  }

  private check(): void {
    void this.channel.request("check").catch(() => undefined);
  }

  // -- sheets ---------------------------------------------------------------------------------

  private details(): void {
    const table = element("div", { class: "modos-table" });
    const foot = element("div", { class: "modos-foot" });
    this.openSheet(this.dots, "Services", true, [table, foot]);
    const draw = (): void => {
      table.replaceChildren(...this.healthTable());
    };
    foot.append(
      element("span", { class: "modos-muted", text: visible(this.value ?? (this.model.get("_given") as string)) }),
      button({ label: "Check again", press: () => this.check() }),
    );
    this.inSheet = draw;
    draw();
    foot.querySelector("button")?.focus();
  }

  private choose(): void {
    const said = element("div", { class: "modos-said", attributes: { role: "alert" } });
    const tell = (message: string, hint = ""): void => {
      said.textContent = visible(`${message} ${hint}`.trim());
    };
    let going = false;
    const pick = (text: string): void => {
      if (going) return; // a second press while the kernel is busy with the first
      going = true;
      entry.stop();
      const asked = this.sheet;
      asked?.el.setAttribute("aria-busy", "true");
      this.channel.request("choose", { text }).then(
        () => asked?.close(),
        (problem: unknown) => {
          going = false;
          asked?.el.removeAttribute("aria-busy");
          if (problem instanceof Problem) tell(problem.message, problem.hint);
        },
      );
    };
    const entry = this.urlEntry(tell, pick);
    const options = this.offered.map((each) => this.option(each, pick));
    const parts: HTMLElement[] = [];
    if (options.length) parts.push(element("h4", { text: "Used or given" }), ...options);
    parts.push(element("h4", { text: "Another endpoint" }), entry.el, said);
    const local = element("button", {
      class: "modos-option",
      attributes: { type: "button", "aria-expanded": "false" },
    });
    local.append(icon(FOLDER), element("span", { text: "This computer…" }));
    const folders = element("div", { attributes: { hidden: true } });
    local.addEventListener("click", () => {
      folders.hidden = !folders.hidden;
      local.setAttribute("aria-expanded", String(!folders.hidden));
      if (!folders.hidden) this.folders(folders, this.isFolder ? (this.value ?? "") : "", tell, pick);
    });
    parts.push(local, folders);
    this.openSheet(this.choice, "Choose where to look", false, parts);
    (options.find((each) => each.ariaCurrent === "true") ?? options[0] ?? this.sheet?.el.querySelector("input"))?.focus();
  }

  private option({ url, label, why }: Offered, pick: (url: string) => void): HTMLElement {
    const current = url === this.value;
    const made = element(
      "button",
      {
        class: "modos-option",
        title: visible(url),
        attributes: { type: "button", "aria-current": current ? "true" : undefined },
        on: {
          click: () => pick(url),
          keydown: (event) => {
            if (event.key !== "Delete" || why !== "used before") return;
            void this.channel.request("forget", { url }).catch(() => undefined);
            const rows = [...(this.sheet?.el.querySelectorAll<HTMLElement>(".modos-option, input") ?? [])];
            const at = rows.indexOf(made);
            (rows[at + 1] ?? rows[at - 1])?.focus();
            made.remove();
          },
        },
      },
      element("span", { class: url.includes("://") ? "" : "modos-path-end" }, element("bdi", { text: visible(label || url) })),
      element("span", { class: "modos-muted", text: visible(label ? url : why) }),
    );
    return made;
  }

  /** The field; `stop` ends its checks, so that their word does not replace what comes after. */
  private urlEntry(
    tell: (message: string, hint?: string) => void,
    pick: (url: string) => void,
  ): { el: HTMLElement; stop: () => void } {
    let timer = 0;
    let typed = 0;
    const stop = (): void => {
      typed += 1;
      window.clearTimeout(timer);
    };
    const input = element("input", {
      class: "modos-input",
      attributes: {
        type: "text",
        inputmode: "url",
        placeholder: "https://modos.example.org",
        "aria-label": "URL of another endpoint, or a folder",
        autocomplete: "off",
        spellcheck: "false",
      },
      on: {
        input: () => {
          stop();
          const mine = typed;
          timer = window.setTimeout(() => {
            const text = input.value;
            void this.channel
              .request<{ problem: string; hint: string }>("validate", { text })
              .then(({ payload }) => {
                if (mine !== typed) return;
                input.setAttribute("aria-invalid", String(Boolean(payload.problem)));
                tell(payload.problem, payload.hint);
              })
              .catch(() => undefined);
          }, TYPING);
        },
        keydown: (event) => {
          if (event.key === "Enter" && input.value.trim()) pick(input.value);
        },
      },
    });
    const use = button({ label: "Use", press: () => (input.value.trim() ? pick(input.value) : input.focus()) });
    return { el: element("div", { class: "modos-entry" }, input, use), stop };
  }

  private folders(
    holder: HTMLElement,
    path: string,
    tell: (message: string, hint?: string) => void,
    pick: (path: string) => void,
  ): void {
    const mine = String(++this.asked);
    holder.dataset["asked"] = mine;
    this.channel.request<Folders>("folders", { path }).then(
      ({ payload }) => {
        if (holder.dataset["asked"] !== mine || !holder.isConnected) return; // another one was asked for since
        const typed = this.sheet?.el.querySelector('[aria-invalid="true"]');
        if (!typed) tell(""); // what is wrong with a typed address stays said
        const list = element("div", { class: "modos-folders", attributes: { role: "group", "aria-label": "Folders" } });
        const go = (name: string, to: string, note = "", at = FOLDER): HTMLElement => {
          const row = element("button", {
            class: "modos-option",
            attributes: { type: "button" },
            on: { click: () => (note ? pick(to) : this.folders(holder, to, tell, pick)) },
          });
          row.append(icon(at), element("span", { text: visible(name) }));
          if (note) row.append(element("span", { class: "modos-muted", text: note }));
          return row;
        };
        if (payload.parent !== null) list.append(go("..", payload.parent));
        const below = (name: string): string => `${payload.path.replace(/\/$/, "")}/${name}`;
        for (const [name, isObject] of payload.folders) {
          list.append(go(name, below(name), isObject ? "object" : ""));
        }
        if (payload.more) list.append(element("div", { class: "modos-muted", text: `and ${counted(payload.more, "folder")} more` }));
        const foot = element(
          "div",
          { class: "modos-foot" },
          element("span", { class: "modos-muted modos-path-end", title: visible(payload.path) }, element("bdi", { text: visible(payload.path) })),
          button({ label: "Use this folder", primary: true, press: () => pick(payload.path) }),
        );
        const now = document.activeElement;
        const elsewhere = now instanceof HTMLInputElement; // somebody types meanwhile
        holder.replaceChildren(list, foot);
        this.sheet?.place();
        if (!elsewhere) list.querySelector("button")?.focus();
      },
      (problem: unknown) => {
        if (problem instanceof Problem) tell(problem.message, problem.hint);
      },
    );
  }

  private openSheet(anchor: HTMLElement, name: string, wide: boolean, parts: HTMLElement[]): void {
    if (this.sheet) {
      const same = this.sheet.anchor === anchor;
      this.sheet.close();
      if (same) return;
    }
    anchor.setAttribute("aria-expanded", "true");
    this.sheet = openSheet(this.el, anchor, name, parts, () => {
      anchor.setAttribute("aria-expanded", "false");
      this.sheet = null;
      this.inSheet = null;
    });
    this.sheet.el.classList.toggle("modos-wide", wide);
    this.sheet.place();
  }
}

export default {
  render(props: RenderProps): void {
    new PickerView(props);
  },
};
