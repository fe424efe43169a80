// Login: every state of a sign-in. In a browser's head it is one line ("compact"), and below the
// head it says the rest ("panel") while there is something to do.
import type { AnyModel, RenderProps } from "@anywidget/types";
import { copyText } from "../shared/clipboard.ts";
import { button, element, link } from "../shared/dom.ts";
import { counted, visible } from "../shared/format.ts";
import { connect, Problem, type Channel } from "../shared/messages.ts";
import { codeButton } from "../shared/show_code.ts";
import { furnish } from "../shared/style.ts";
import { Focus } from "./focus.ts";
import css from "./style.css";
import { asksBelow, clock, remaining, rightsInWords, type Shown } from "./words.ts";

const NEEDS_PERSON = new Set(["starting", "waiting", "failed", "expired"]);

class LoginView {
  private readonly el: HTMLElement;
  private readonly model: AnyModel;
  private readonly channel: Channel;
  private readonly body = element("div", { class: "modos-rows" });
  private readonly said = element("div", {
    class: "modos-visually-hidden",
    attributes: { role: "status", "aria-live": "polite" },
  });
  private readonly mode: string;
  private readonly focus: Focus;
  private pasting = false;
  private working = "";
  private failure: Problem | null = null;
  private timer = 0;
  private ticking: (() => void) | null = null;
  private told = "";

  constructor({ model, el, signal }: RenderProps) {
    this.el = el;
    this.model = model;
    this.channel = connect(model, signal);
    this.mode = el.dataset["mode"] ?? "full";
    furnish(el, "login", css);
    this.focus = new Focus(el, this.body);
    if (this.mode !== "full") el.classList.add(`modos-${this.mode}`);
    if (this.mode === "full") {
      el.setAttribute("role", "group");
      el.setAttribute("aria-label", "Sign-in");
    }
    if (this.mode === "full") el.append(element("div", { class: "modos-login-line" }, this.body, codeButton(el, this.channel)), this.said);
    else el.append(this.body, this.said);
    model.on("change:_shown", () => {
      this.failure = null;
      if (this.shown.state === "signed in") this.pasting = false;
      this.draw();
    });
    el.addEventListener("modos-paste", () => this.openPaste());
    this.draw();
    this.timer = window.setInterval(() => this.ticking?.(), 1000);
    signal.addEventListener("abort", () => window.clearInterval(this.timer));
  }

  private get shown(): Shown {
    return this.model.get("_shown") as Shown;
  }

  private draw(): void {
    const shown = this.shown;
    const held = this.focus.held();
    this.ticking = null;
    this.el.dataset["state"] = shown.state;
    const parts = this.mode === "compact" ? this.compact(shown) : this.full(shown);
    this.body.replaceChildren(...parts);
    if (this.mode === "panel") {
      const quiet = shown.problem?.about === "checking"; // the browser tells that nobody answers
      const needed = NEEDS_PERSON.has(shown.state) || shown.problem;
      this.el.hidden = !((needed && !quiet) || this.pasting || this.failure);
      this.el.dispatchEvent(new CustomEvent("modos-resized", { bubbles: true }));
    }
    this.focus.restore(held);
    const words = this.inWords(shown);
    if (this.mode !== "compact" && words !== this.told) {
      this.told = words;
      this.said.textContent = words;
    }
  }

  private inWords({ state, code, account }: Shown): string {
    if (state === "waiting" && code) return `Waiting for your confirmation of the code ${code.user_code}.`;
    if (state === "signed in" && account) return `Signed in as ${account.name}.`;
    return "";
  }

  // -- one line -------------------------------------------------------------------------------

  private compact(shown: Shown): HTMLElement[] {
    const { state, account } = shown;
    const line = element("div", { class: "modos-line" });
    if (state === "signed in" && account) {
      const rights = rightsInWords(account.permissions);
      const time = element("span", { class: "modos-muted" });
      const tick = (): void => {
        const left = remaining(account);
        time.textContent = left.words;
        time.title = left.long;
        if (left.over) this.lapse();
      };
      this.ticking = tick;
      tick();
      line.append(
        element("span", { class: "modos-who", text: visible(account.name), title: visible(account.subject) }),
        element("span", { class: "modos-muted modos-what", text: visible(rights), title: visible(rights) }),
        time,
        this.act("Sign out", "sign out"),
      );
    } else if (state === "checking") {
      line.append(element("span", { class: "modos-muted", text: "Looking who is signed in…" }));
    } else if (asksBelow(shown)) {
      line.append(this.muted(state === "expired" ? "Login expired" : "Not signed in"));
    } else if (state === "signed out" || state === "failed") {
      if (shown.can_begin) line.append(this.begin("Sign in"));
      if (shown.problem?.about !== "checking") line.append(this.pasteButton(shown.can_begin ? "Token…" : "Use a token…"));
    } else if (state === "starting" || state === "waiting") {
      line.append(element("span", { class: "modos-muted", text: "Signing in…" }));
    } else if (state === "not needed") {
      line.append(element("span", { class: "modos-muted", text: "No sign-in needed" }));
    }
    return [line];
  }

  // -- in full --------------------------------------------------------------------------------

  private full(shown: Shown): HTMLElement[] {
    const parts: HTMLElement[] = [];
    const whole = this.mode === "full";
    const at = visible(shown.endpoint);
    switch (shown.state) {
      case "no endpoint":
        parts.push(this.line(this.text("No endpoint is chosen."), this.muted("Choose one to sign in.")));
        break;
      case "checking":
        parts.push(this.line(this.muted(`Looking who is signed in at ${at}…`)));
        break;
      case "not needed":
        if (whole || this.pasting) {
          parts.push(
            this.line(this.text("No sign-in is needed here."), this.muted(at), this.grow(), this.pasteButton("Use a token…")),
          );
        }
        break;
      case "signed out":
        if (whole) parts.push(this.invitation(shown, `You are not signed in at ${at}.`));
        break;
      case "expired":
        parts.push(this.invitation(shown, shown.account ? "Your login has expired." : "The code has run out."));
        break;
      case "starting":
        parts.push(this.line(this.muted("Asking the provider for a code…"), this.grow(), this.act("Cancel", "cancel")));
        break;
      case "waiting":
        parts.push(...this.waiting(shown));
        break;
      case "signed in":
        if (whole) parts.push(...this.signedIn(shown));
        break;
      case "failed":
        parts.push(this.invitation(shown, shown.problem?.about === "checking" ? "The endpoint does not answer." : "Signing in did not work.", "Try again"));
        break;
    }
    const problem = this.failure ?? shown.problem;
    if (problem) {
      const note = shown.state === "signed out" || shown.state === "signed in";
      parts.push(
        element(
          "div",
          { class: `modos-problem${note && !this.failure ? " modos-is-note" : ""}`, attributes: { role: "alert" } },
          element("span", { text: visible(`${problem.message} ${problem.hint}`.trim()) }),
        ),
      );
    }
    if (this.pasting) parts.push(this.pasteField());
    return parts;
  }

  private invitation(shown: Shown, words: string, again = "Sign in"): HTMLElement {
    const line = this.line(this.text(words), this.grow());
    if (shown.can_begin) line.append(this.begin(again));
    else if (shown.state === "failed") line.append(this.act(again, "check", true));
    line.append(this.pasteButton("Use a token…"));
    return line;
  }

  private waiting({ code }: Shown): HTMLElement[] {
    if (!code) return [];
    const open = element("div", {}, "Open ");
    const address = code.link ?? code.address;
    open.append(link(code.link ? address : "", visible(code.address)), " and confirm this code");
    const left = element("span");
    const tick = (): void => {
      left.textContent = `${clock(code.expires_at - Date.now() / 1000)} left`;
    };
    this.ticking = tick;
    tick();
    const buttons = element("div", { class: "modos-line" });
    if (code.link && URL.canParse(code.link) && /^https?:$/.test(new URL(code.link).protocol)) {
      buttons.append(
        button({
          label: "Open sign-in page",
          primary: true,
          attributes: { "data-name": "open" },
          press: () => window.open(code.link ?? "", "_blank", "noopener,noreferrer"),
        }),
      );
    }
    const copy = button({
      label: "Copy code",
      attributes: { "data-name": "copy" },
      press: () => {
        void copyText(code.user_code).then((done) => {
          copy.textContent = done ? "Copied" : "Not copied";
          window.setTimeout(() => (copy.textContent = "Copy code"), 1500);
        });
      },
    });
    buttons.append(copy, this.act("Cancel", "cancel"));
    return [
      open,
      element(
        "div",
        { class: "modos-line" },
        element("span", {
          class: "modos-user-code modos-grow",
          text: visible(code.user_code),
          attributes: { "aria-label": `Code ${code.user_code}` },
        }),
        buttons,
      ),
      element(
        "div",
        { class: "modos-muted" },
        "Waiting for your confirmation · ",
        left,
        " · the notebook stays usable",
      ),
    ];
  }

  private signedIn({ account, endpoint }: Shown): HTMLElement[] {
    if (!account) return [];
    const time = this.muted("");
    const tick = (): void => {
      const left = remaining(account);
      time.textContent = left.long;
      if (left.over) this.lapse();
    };
    this.ticking = tick;
    tick();
    const parts = [
      this.line(
        element("span", { class: "modos-who", text: visible(account.name) }),
        this.muted(`${visible(account.subject)} at ${visible(endpoint)}`),
        this.grow(),
        this.act("Sign out", "sign out"),
      ),
      time,
    ];
    if (account.permissions.length) {
      const rights = element("dl", { class: "modos-rights", attributes: { "aria-label": "What you may do" } });
      for (const [path, what] of account.permissions) {
        rights.append(element("dt", { text: visible(path) }), element("dd", { text: visible(what.replaceAll(",", ", ")) }));
      }
      parts.push(rights);
    }
    if (account.scopes.length) {
      parts.push(this.muted(`${counted(account.scopes.length, "scope")}: ${visible(account.scopes.join(", "))}`));
    }
    return parts;
  }

  // -- a token --------------------------------------------------------------------------------

  private openPaste(): void {
    this.pasting = !this.pasting;
    this.failure = null;
    this.draw();
    this.body.querySelector<HTMLElement>("[data-name=token]")?.focus();
  }

  private pasteButton(label: string): HTMLElement {
    return button({
      label,
      attributes: { "data-name": "paste", "aria-expanded": String(this.pasting) },
      press: () => {
        if (this.mode === "compact") {
          this.el.dispatchEvent(new CustomEvent("modos-ask-token", { bubbles: true }));
        } else this.openPaste();
      },
    });
  }

  private pasteField(): HTMLElement {
    const input = element("input", {
      class: "modos-input",
      attributes: {
        type: "password",
        "data-name": "token",
        "aria-label": "Access token",
        placeholder: "Paste an access token",
        autocomplete: "off",
        spellcheck: "false",
      },
    });
    const send = (): void => {
      const bytes = new TextEncoder().encode(input.value.trim());
      input.value = "";
      if (!bytes.length) return;
      this.do("paste", {}, [bytes.buffer as ArrayBuffer]);
    };
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") send();
      else if (event.key === "Escape") this.openPaste();
    });
    return element(
      "div",
      { class: "modos-paste" },
      input,
      button({ label: "Use this token", primary: true, press: send, attributes: { "data-name": "use" } }),
      button({ label: "Close", press: () => this.openPaste(), attributes: { "data-name": "close" } }),
    );
  }

  // -- doing ----------------------------------------------------------------------------------

  private begin(label: string): HTMLElement {
    return this.act(label, "begin", true);
  }

  private act(label: string, name: string, primary = false): HTMLElement {
    const busy = this.working === name;
    return button({
      label,
      primary,
      attributes: { "data-name": name, disabled: busy },
      press: () => this.do(name),
    });
  }

  private do(name: string, payload = {}, buffers?: ArrayBuffer[]): void {
    this.failure = null;
    this.working = name;
    if (name === "sign out" || name === "paste") this.draw();
    this.channel
      .request(name, payload, buffers ? { buffers } : {})
      .catch((problem: unknown) => {
        if (problem instanceof Problem) {
          this.failure = problem;
          this.told = "";
        }
      })
      .finally(() => {
        this.working = "";
        this.draw();
      });
  }

  private lapse(): void {
    this.ticking = null;
    void this.channel.request("lapse").catch(() => undefined);
  }

  private line(...parts: HTMLElement[]): HTMLElement {
    return element("div", { class: "modos-line" }, ...parts);
  }

  private text(words: string): HTMLElement {
    return element("span", { text: words });
  }

  private muted(words: string): HTMLElement {
    return element("span", { class: "modos-muted", text: words });
  }

  private grow(): HTMLElement {
    return element("span", { class: "modos-grow" });
  }
}

export default {
  render(props: RenderProps): void {
    new LoginView(props);
  },
};
