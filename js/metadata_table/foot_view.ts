// A view of the table that is only its commit bar, for a widget that shows it below several panes.
import type { RenderProps } from "@anywidget/types";
import { focusedBeside } from "../shared/dom.ts";
import { whenGone } from "../shared/kernel.ts";
import { initRoot } from "../shared/style.ts";
import { requestChange } from "./change.ts";
import { CommitBar } from "./commit_bar.tsx";
import { CommitDialogs } from "./commit_dialogs.tsx";
import { TableContext, type Change } from "./context.ts";
import { css } from "./style/index.ts";
import type { State } from "./wire.ts";

export class FootView {
  private readonly table: TableContext;
  private readonly bar: CommitBar;
  /** The button that was pressed last, where the focus returns to. */
  private pressed: HTMLElement | null = null;

  constructor(props: RenderProps<State>) {
    initRoot(props.el, "metadata_table", css);
    props.el.classList.add("modos-foot-view");
    this.table = new TableContext(props, {
      tell: (text) => this.bar.tell(text),
      searched: () => {},
      outdated: () => {},
      focusGrid: () => this.focus(),
    });
    const { table } = this;
    const change: Change = (name, payload) => requestChange(table, name, payload);
    const dialogs = new CommitDialogs(table, change);
    this.bar = new CommitBar(table, change, dialogs);
    this.bar.bar.addEventListener("click", () => {
      const active = focusedBeside(this.bar.bar);
      if (active instanceof HTMLElement && this.bar.bar.contains(active)) this.pressed = active;
    });
    table.el.append(table.problem, this.bar.bar, table.announcement);
    this.bar.draw();
    for (const name of ["_status", "editable", "_head"] as const) {
      const changed = (): void => {
        table.head = table.model.get("_head");
        this.bar.draw();
      };
      table.model.on(`change:${name}`, changed);
      table.signal.addEventListener("abort", () => table.model.off(`change:${name}`, changed));
    }
    whenGone(table.model, table.signal, () => {
      dialogs.gone();
      this.bar.gone();
    });
  }

  /** Put the focus back to where it was before a dialog, or to what can be pressed now. */
  private focus(): void {
    const buttons = [...this.bar.bar.querySelectorAll<HTMLButtonElement>("button:enabled")];
    const next = buttons.find((each) => each === this.pressed) ?? buttons.at(-1) ?? this.bar.bar;
    next.focus();
  }
}
