// Changing many cells at once: one value for all rows shown, find and replace.
import { button, element } from "../shared/dom.ts";
import { counted, visible } from "../shared/format.ts";
import { Calendar } from "./calendar.ts";
import { Combo } from "./combo.ts";
import { openPopover } from "./popover.ts";
import type { Column } from "./types.ts";
import type { TableView } from "./view.ts";

export function openSetAll(view: TableView, column: Column, set: (text: string) => void): void {
  const head = view.el.querySelector(`.ag-header-cell[col-id="${CSS.escape(column.id)}"]`) ?? view.el;
  const rows = counted(view.api.getDisplayedRowCount(), "row");
  const combo = new Combo({
    root: view.el,
    channel: view.channel,
    column,
    position: view.rows.at(0)?.position ?? 0,
    picked: () => combo.input.focus(),
  });
  openPopover(view.el, {
    name: `Set ${column.name} for ${rows}`,
    at: head.getBoundingClientRect(),
    closed: () => {
      combo.destroy();
      view.focus.grid();
    },
    content: (box, close) => {
      const { input } = combo;
      input.classList.add("modos-input");
      input.dataset["first"] = "";
      const chosen = (text: string): void => {
        input.value = text;
      };
      const name = column.title ?? column.name;
      const calendar = column.kind === "moment" ? new Calendar({ name, timed: Boolean(column.title), chosen }) : null;
      calendar?.show("");
      input.addEventListener("input", () => calendar?.show(input.value));
      const done = (): void => {
        const { text } = combo;
        close();
        set(text);
      };
      const field: HTMLElement = input;
      field.addEventListener("keydown", (event) => {
        const picks = combo.picking && event.key === "Enter"; // the next Enter sets it
        if (combo.key(event) || picks) {
          event.preventDefault();
          event.stopPropagation();
        } else if (event.key === "Enter") {
          event.preventDefault();
          done();
        }
      });
      box.append(
        element("strong", { text: `${visible(column.name)} of ${rows}` }),
        input,
        ...(calendar ? [calendar.box] : []),
        element("div", { class: "modos-muted", text: "Empty clears it. Ctrl+Z takes it back." }),
        element(
          "div",
          { class: "modos-row-end" },
          button({ label: "Cancel", press: close }),
          button({ label: `Set ${rows}`, primary: true, press: done }),
        ),
      );
    },
  });
}

export function openReplace(
  view: TableView,
  change: (payload: object) => Promise<{ done?: number } | null>,
): void {
  const at = view.bar.box;
  openPopover(view.el, {
    name: "Find and replace",
    at,
    class: "modos-replace",
    closed: () => view.focus.grid(),
    content: (box, close) => {
      const find = element("input", { class: "modos-input", attributes: { "aria-label": "Find", placeholder: "Find", "data-first": true } });
      const replace = element("input", { class: "modos-input", attributes: { "aria-label": "Replace with", placeholder: "Replace with" } });
      const where = element("select", { class: "modos-input", attributes: { "aria-label": "Where" } });
      const here = view.focus.at?.column;
      if (here?.editable) where.append(element("option", { text: `In ${visible(here.name)}`, attributes: { value: here.id } }));
      where.append(element("option", { text: "In all columns shown", attributes: { value: "" } }));
      const tick = (label: string): [HTMLElement, HTMLInputElement] => {
        const made = element("input", { attributes: { type: "checkbox" } });
        return [element("label", { class: "modos-value" }, made, element("span", { text: label })), made];
      };
      const [wholeLabel, whole] = tick("Whole cell only");
      const [caseLabel, sameCase] = tick("Same case");
      const said = element("div", { class: "modos-muted", text: "In the rows shown.", attributes: { role: "status" } });
      const payload = (): object => ({
        find: find.value,
        replace: replace.value,
        whole: whole.checked,
        case: sameCase.checked,
        columns: where.value
          ? [where.value]
          : view.selection.columns.map((each) => each.getColId()).filter((id) => view.column(id)?.editable),
      });
      let timer = 0;
      let asked = 0; // a count that comes late says nothing about what was asked since
      const counting = (): void => {
        clearTimeout(timer);
        const mine = ++asked;
        timer = window.setTimeout(() => {
          if (!find.value) return;
          void view.channel
            .request<{ done: number }>("replace", { ...payload(), count: true })
            .then(({ payload: answer }) => {
              if (mine === asked) said.textContent = `${counted(answer.done, "cell")} in the rows shown`;
            })
            .catch(() => undefined);
        }, 200);
      };
      for (const each of [find, where, whole, sameCase]) each.addEventListener("input", counting);
      const go = (): void => {
        if (!find.value) return;
        clearTimeout(timer);
        asked += 1;
        void change(payload()).then((answer) => {
          if (answer?.done !== undefined) said.textContent = `${counted(answer.done, "cell")} changed`;
        });
      };
      box.addEventListener("keydown", (event) => {
        if (event.key === "Enter" && event.target instanceof HTMLInputElement) {
          event.preventDefault();
          go();
        }
      });
      box.append(
        element("strong", { text: "Find and replace" }),
        find,
        replace,
        where,
        element("div", {}, wholeLabel, caseLabel),
        said,
        element("div", { class: "modos-row-end" }, button({ label: "Close", press: close }), button({ label: "Replace all", primary: true, press: go })),
      );
    },
  });
}
