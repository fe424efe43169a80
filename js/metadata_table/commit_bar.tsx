// The bar below the grid: the number of changes, and buttons to discard, review and commit them.
import { render } from "preact";
import { Button } from "../shared/controls.tsx";
import { element } from "../shared/dom.ts";
import { openPopover } from "../shared/floating.ts";
import { counted } from "../shared/format.ts";
import type { CommitDialogs } from "./commit_dialogs.tsx";
import type { Change, TableContext } from "./context.ts";

export class CommitBar {
  readonly bar = element("div", { class: "modos-table-foot", attributes: { role: "region", "aria-label": "Changes" } });
  private readonly table: TableContext;
  private readonly change: Change;
  private readonly commitDialogs: CommitDialogs;
  private isGone = false;

  constructor(table: TableContext, change: Change, commitDialogs: CommitDialogs) {
    this.table = table;
    this.change = change;
    this.commitDialogs = commitDialogs;
  }

  /** Without a kernel nothing can be written. */
  gone(): void {
    this.isGone = true;
    this.draw();
  }

  draw(): void {
    const { commitDialogs } = this;
    const { changes = 0, objects = 0, errors = 0, readonly, committed } = this.table.status;
    const isOff = changes === 0 || this.isGone;
    const canUndo = committed && !changes && !this.isGone;
    render(
      <>
        <strong role="status">{changes ? `${counted(changes, "change")} in ${counted(objects, "object")}` : "No changes"}</strong>
        {errors > 0 && <span class="modos-pill modos-is-error">{counted(errors, "error")}</span>}
        {readonly && <span class="modos-muted modos-foot-note" title={readonly}>{readonly}</span>}
        <span class="modos-table-tools">
          {canUndo && <Button label="Undo commit" press={() => void commitDialogs.undo()} />}
          <Button label="Discard" disabled={isOff} press={() => this.discard()} />
          <Button label="Review" disabled={isOff} press={() => void commitDialogs.review(false)} />
          <Button label="Commit…" primary disabled={isOff || Boolean(readonly)} press={() => void commitDialogs.review(true)} />
        </span>
      </>,
      this.bar,
    );
  }

  private discard(): void {
    const { table } = this;
    const { changes = 0 } = table.status;
    openPopover(table.el, {
      name: "Discard changes",
      anchor: this.bar,
      placement: "top-end",
      along: -20,
      closed: () => table.focusGrid(),
      content: ({ close }) => (
        <>
          <div>{`Discard ${counted(changes, "unsaved change")}?`}</div>
          <div class="modos-row-end">
            <Button label="Cancel" press={close} />
            <Button
              label="Discard changes"
              primary
              press={() => {
                close();
                void this.change("discard", {});
              }}
            />
          </div>
        </>
      ),
    });
  }
}
