// Before and after writing: the diff, what stands against it, conflicts, the report.
import { button, element } from "../shared/dom.ts";
import { count, counted, visible } from "../shared/format.ts";
import { openDialog, type Opened } from "./dialog.ts";
import type { TableView } from "./view.ts";

/** Value as it is said -> label and short address, where it is a term. */
type Labels = Record<string, [string, string]>;

interface Told {
  object: string;
  element: string;
  slot: string;
  title: string;
  message: string;
}

interface Review {
  total: number;
  objects: number;
  several: boolean;
  rows: [string, string, string, string | null, string | null][];
  labels: Labels;
  errors: Told[];
  error_count: number;
}

interface Conflict {
  object: string;
  element: string;
  slot: string;
  base: string | null;
  mine: string | null;
  theirs: string | null;
}

interface CommitAnswer {
  id?: string;
  said?: string;
  report?: { said: string; counts: [string, string, number, number][] };
  errors?: Told[];
  error_count?: number;
  conflicts?: Conflict[];
  conflict_count?: number;
  labels?: Labels;
  unconditional?: string;
}

function short(path: string): string {
  return visible(path.replace(/\/+$/, "").split("/").pop() ?? path);
}

function table(head: string[], rows: (Node | string)[][]): HTMLElement {
  const line = (tag: "th" | "td", cells: (Node | string)[]): HTMLElement =>
    element("tr", {}, ...cells.map((cell) => element(tag, tag === "th" ? { attributes: { scope: "col" } } : {}, cell)));
  return element(
    "table",
    { class: "modos-diff" },
    element("thead", {}, line("th", head)),
    element("tbody", {}, ...rows.map((row) => line("td", row))),
  );
}

/** A name keeps its line, where the values beside it would press it into a strip. */
function named(text: string, title = ""): HTMLElement {
  return element("span", { class: "modos-named", text, ...(title ? { title } : {}) });
}

function objectNamed(path: string): HTMLElement {
  return named(short(path), visible(path));
}

/** One side of a change; a term bears its label, as in the table, and is told by its address besides. */
function side(text: string | null, tag: "del" | "ins", labels: Labels = {}): Node {
  if (text === null) return element("span", { class: "modos-muted", text: "nothing" });
  const [label, address] = Object.hasOwn(labels, text) ? (labels[text] ?? []) : [];
  if (!label || !address) return element(tag, { text: visible(text) });
  const muted = element("span", { class: "modos-muted modos-address", text: visible(address) });
  return element("span", { title: visible(text) }, element(tag, { text: visible(label) }), " ", muted);
}

export class Reviewing {
  private readonly view: TableView;
  /** Why: what was typed stays through conflicts and cancelled commits. */
  private message = "";

  constructor(view: TableView) {
    this.view = view;
  }

  /** Show what would be written; with `commit`, the way to write it. */
  async review(commit: boolean): Promise<void> {
    const review = await this.view.ask<Review>("review");
    if (!review) return;
    const title = `${counted(review.total, "change")} in ${counted(review.objects, "object")}`;
    const dialog = openDialog(this.view.el, commit ? `Commit ${title}` : title, () => this.view.focus.grid());
    const problem = element("div", { attributes: { role: "alert" } });
    this.diff(dialog, review);
    if (!commit) {
      dialog.foot.append(button({ label: "Close", press: dialog.close }));
      if (review.total) {
        dialog.foot.append(
          button({ label: "Commit…", primary: true, press: () => { dialog.close(); void this.review(true); } }),
        );
      }
      return;
    }
    const message = element("input", {
      class: "modos-input modos-message",
      attributes: { placeholder: "Why? (for the journal)", "aria-label": "Message", maxlength: 500, value: this.message },
    });
    message.addEventListener("input", () => {
      this.message = message.value;
    });
    const force = element("input", { attributes: { type: "checkbox" } });
    const errors = review.error_count > 0;
    const write = button({
      label: `Write ${counted(review.total, "change")}`,
      primary: true,
      press: () => void this.write(dialog, problem, write, message.value, force.checked),
      attributes: { disabled: errors || review.total === 0 },
    });
    force.addEventListener("change", () => {
      write.disabled = !force.checked;
    });
    if (errors) {
      const words = `Write all the same, with ${counted(review.error_count, "new error")}`;
      dialog.foot.append(element("label", { class: "modos-value modos-insist" }, force, element("span", { text: words })));
    }
    message.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !write.disabled) write.click();
    });
    dialog.foot.before(problem);
    dialog.foot.prepend(message);
    dialog.foot.append(button({ label: "Cancel", press: dialog.close }), write);
    message.focus();
  }

  private diff(dialog: Opened, review: Review): void {
    if (review.error_count) {
      dialog.body.append(
        element("div", { class: "modos-problem", text: `${counted(review.error_count, "error")} would be brought in:` }),
        table(
          [...(review.several ? ["object"] : []), "element", "attribute", "what is wrong"],
          review.errors.map((told) => [
            ...(review.several ? [objectNamed(told.object)] : []),
            named(visible(told.element)),
            named(visible(told.slot)),
            `${told.title}: ${visible(told.message)}`,
          ]),
        ),
      );
    }
    if (!review.total) {
      dialog.body.append(element("p", { text: "Nothing is changed." }));
      return;
    }
    const head = [...(review.several ? ["object"] : []), "element", "attribute", "before", "after"];
    dialog.body.append(
      table(
        head,
        review.rows.map(([path, name, slot, before, after]) => [
          ...(review.several ? [objectNamed(path)] : []),
          named(visible(name)),
          named(visible(slot) || "(the whole element)"),
          side(before, "del", review.labels),
          side(after, "ins", review.labels),
        ]),
      ),
    );
    const left = review.total - review.rows.length;
    if (left > 0) dialog.body.append(element("p", { class: "modos-muted", text: `and ${count(left)} more` }));
  }

  private async write(
    dialog: Opened,
    problem: HTMLElement,
    write: HTMLButtonElement,
    message: string,
    force: boolean,
    unconditional = false,
  ): Promise<void> {
    const label = write.textContent ?? "";
    write.disabled = true;
    write.textContent = "Writing…";
    let answer: CommitAnswer;
    try {
      const options = {
        part: (part: { done?: number; of?: number }): void => {
          if (part.of) write.textContent = `Writing… ${count(part.done ?? 0)} of ${count(part.of)}`;
        },
      };
      answer = (
        await this.view.channel.request<CommitAnswer, { done?: number; of?: number }>(
          "commit",
          { message, force, unconditional },
          options,
        )
      ).payload;
    } catch (error) {
      const { message: said, hint } = error as { message: string; hint?: string };
      problem.replaceChildren(element("div", { class: "modos-problem", text: visible(`${said} ${hint ?? ""}`) }));
      write.disabled = false;
      write.textContent = label;
      return;
    }
    if (answer.unconditional) {
      problem.replaceChildren(
        element("div", { class: "modos-problem", text: visible(answer.unconditional) }),
        button({
          label: "Write all the same",
          press: () => void this.write(dialog, problem, write, message, force, true),
        }),
      );
      write.textContent = label;
      return;
    }
    dialog.close();
    if (answer.conflicts) {
      this.conflicts(answer.conflicts, answer.conflict_count ?? answer.conflicts.length, answer.labels);
    } else if (answer.errors) void this.review(true);
    else this.done(answer);
  }

  /** Somebody else changed the same cells: mine, theirs, or stop. */
  private conflicts(conflicts: Conflict[], total: number, labels?: Labels): void {
    const title = `${counted(total, "cell was", "cells were")} changed by somebody else`;
    const dialog = openDialog(this.view.el, title, () => this.view.focus.grid());
    const answers: HTMLSelectElement[] = [];
    const ask = (name: string): HTMLSelectElement => {
      const answer = element(
        "select",
        { class: "modos-input", attributes: { "aria-label": `Keep which value of ${name}` } },
        element("option", { text: "Choose…", attributes: { value: "" } }),
        element("option", { text: "Keep mine", attributes: { value: "mine" } }),
        element("option", { text: "Take theirs", attributes: { value: "theirs" } }),
      );
      answer.addEventListener("change", () => fit());
      answers.push(answer);
      return answer;
    };
    const several = this.view.head.columns.some(({ kind }) => kind === "object");
    const rows = conflicts.map((conflict) => {
      const name = [several ? short(conflict.object) : "", visible(conflict.element), visible(conflict.slot)].filter(Boolean).join(" ");
      const { base, mine, theirs } = conflict;
      return [name, side(base, "del", labels), side(mine, "ins", labels), side(theirs, "ins", labels), ask(name)];
    });
    const left = total - conflicts.length;
    if (left > 0) rows.push([`and ${count(left)} more`, "", "", "", ask("all others")]);
    dialog.body.append(
      element("p", { text: "Nothing was written. Say which value counts, cell by cell; or stop, and keep your changes as a draft." }),
      table(["cell", "before", "mine", "theirs", "keep"], rows),
    );
    const all = (value: string): void => {
      for (const answer of answers) answer.value = value;
      fit();
    };
    const go = button({
      label: "Go on",
      primary: true,
      press: () => {
        const keep = answers.map((answer) => answer.value);
        dialog.close();
        void this.view.curating.change("resolve", { keep }).then(() => this.review(true));
      },
    });
    const fit = (): void => {
      go.disabled = answers.some((answer) => !answer.value);
    };
    fit();
    dialog.foot.append(
      button({ label: "All mine", press: () => all("mine") }),
      button({ label: "All theirs", press: () => all("theirs") }),
      button({ label: "Stop", press: dialog.close }),
      go,
    );
  }

  private done(answer: CommitAnswer): void {
    const dialog = openDialog(this.view.el, "Committed", () => this.view.focus.grid());
    dialog.body.append(element("p", { text: visible(answer.report?.said ?? answer.said ?? "") }));
    const counts = answer.report?.counts ?? [];
    if (counts.length) {
      dialog.body.append(
        table(
          ["severity", "finding", "before", "after"],
          counts.map(([severity, title, before, after]) => [severity, title, count(before), count(after)]),
        ),
      );
    }
    dialog.body.append(
      element("p", { class: "modos-muted", text: "table.report in a cell keeps this in the notebook." }),
    );
    const back = button({
      label: "Undo the commit",
      press: () => {
        dialog.close();
        void this.takeBack();
      },
    });
    const close = button({ label: "Done", primary: true, press: dialog.close });
    dialog.foot.append(back, close);
    close.focus();
  }

  async takeBack(): Promise<void> {
    const answer = await this.view.ask<{ said: string }>("take_back");
    if (answer) this.view.tell("The commit was taken back.");
  }
}
