// The files of the opened object: sizes, who names them, copy the path, download, code.
import { copyText } from "../shared/clipboard.ts";
import { button, element } from "../shared/dom.ts";
import { counted, size, visible } from "../shared/format.ts";
import { Problem, type Channel } from "../shared/messages.ts";

type FileRow = [path: string, size: number, namedBy: string, whole: string];

interface Answer {
  rows: FileRow[];
  count: number;
  total: number;
}

export class FilesPanel {
  readonly el: HTMLElement;
  private readonly channel: Channel;
  private readonly told = element("span", { class: "modos-muted modos-grow", attributes: { role: "status" } });
  private readonly body = element("tbody");
  private readonly holder: HTMLElement;
  private readonly code = element("pre", { class: "modos-code modos-piece-text", attributes: { hidden: true, tabindex: 0 } });
  private readonly actions: HTMLButtonElement[];
  private rows: FileRow[] = [];
  private selected = -1;
  private summary = "";
  private asked: AbortController | null = null;
  private downloading: AbortController | null = null;

  constructor(channel: Channel) {
    this.channel = channel;
    const copy = button({ label: "Copy path", press: () => void this.copy(copy) });
    const download = button({ label: "Download", press: () => this.download(download) });
    const code = button({ label: "Code", press: () => this.showCode() });
    this.actions = [copy, download, code];
    const head = element(
      "tr",
      {},
      element("th", { text: "file", attributes: { scope: "col" } }),
      element("th", { text: "size", class: "modos-number", attributes: { scope: "col" } }),
      element("th", { text: "named by", attributes: { scope: "col" } }),
    );
    this.holder = element(
      "div",
      {
        class: "modos-listing-holder",
        attributes: { tabindex: 0, role: "region", "aria-label": "Files; arrow keys choose one" },
        on: { keydown: (event) => this.key(event) },
      },
      element("table", { class: "modos-listing modos-files" }, element("thead", {}, head), this.body),
    );
    this.el = element(
      "div",
      { class: "modos-metadata" },
      element("div", { class: "modos-toolbar" }, this.told, ...this.actions),
      this.holder,
      this.code,
    );
    this.choose(-1);
  }

  load(): void {
    this.asked?.abort();
    this.asked = new AbortController();
    this.rows = [];
    this.body.replaceChildren();
    this.choose(-1);
    this.told.textContent = "Listing the files…";
    this.channel.request<Answer>("files", {}, { signal: this.asked.signal }).then(
      ({ payload }) => this.draw(payload),
      (problem: unknown) => {
        if (problem instanceof Problem) this.tell(`${problem.message} ${problem.hint}`);
      },
    );
  }

  private draw({ rows, count, total }: Answer): void {
    this.rows = rows;
    this.summary = count ? `${counted(count, "file")}, ${size(total)}` : "This object has no files beside its archive.";
    if (count > rows.length) this.summary += `, the first ${counted(rows.length, "file")} shown`;
    this.tell(this.summary);
    this.body.replaceChildren(
      ...rows.map(([path, bytes, namedBy, whole], index) =>
        element(
          "tr",
          { title: visible(whole), on: { click: () => this.choose(index), dblclick: () => this.showCode() } },
          element("th", { text: visible(path), attributes: { scope: "row" } }),
          element("td", { text: size(bytes), class: "modos-number", title: `${bytes.toLocaleString("en")} bytes` }),
          element("td", { text: visible(namedBy), class: "modos-muted" }),
        ),
      ),
    );
    this.choose(rows.length ? 0 : -1);
  }

  private tell(words: string): void {
    this.told.textContent = visible(words.trim());
  }

  private choose(index: number): void {
    this.selected = index;
    this.code.hidden = true;
    [...this.body.children].forEach((row, place) => {
      row.classList.toggle("modos-is-selected", place === index);
      if (place === index) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    });
    for (const action of this.actions) action.disabled = index < 0;
    const whole = this.rows[index]?.[3] ?? "";
    if (this.actions[0]) this.actions[0].textContent = whole.startsWith("s3://") ? "Copy S3 URI" : "Copy path";
  }

  private key(event: KeyboardEvent): void {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    this.choose(Math.max(0, Math.min(this.rows.length - 1, this.selected + by)));
    this.body.children[this.selected]?.scrollIntoView({ block: "nearest" });
  }

  private async copy(pressed: HTMLButtonElement): Promise<void> {
    const label = pressed.textContent;
    const done = await copyText(this.rows[this.selected]?.[3] ?? "");
    pressed.textContent = done ? "Copied" : "Not copied";
    window.setTimeout(() => (pressed.textContent = label), 1500);
  }

  private download(pressed: HTMLButtonElement): void {
    if (this.downloading) {
      this.downloading.abort();
      return;
    }
    const row = this.rows[this.selected];
    if (!row) return;
    const [path, all] = row;
    this.downloading = new AbortController();
    pressed.textContent = "Cancel";
    this.tell(`Downloading ${path}…`);
    this.channel
      .request<{ path: string }, { done: number }>(
        "download",
        { path },
        {
          signal: this.downloading.signal,
          part: ({ done }) => this.tell(`Downloading ${path}: ${size(done)} of ${size(all)}`),
        },
      )
      .then(
        ({ payload }) => this.tell(`Saved as ${payload.path}, beside the notebook.`),
        (problem: unknown) =>
          this.tell(problem instanceof Problem ? `${problem.message} ${problem.hint}` : "The download was cancelled."),
      )
      .finally(() => {
        this.downloading = null;
        pressed.textContent = "Download";
      });
  }

  private showCode(): void {
    const path = this.rows[this.selected]?.[0];
    if (path === undefined) return;
    void this.channel
      .request<{ code: string }>("file code", { path })
      .then(({ payload }) => {
        this.code.textContent = payload.code;
        this.code.hidden = false;
        this.code.focus();
      })
      .catch(() => undefined);
  }
}
