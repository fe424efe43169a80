// The bar below the grid: the number of changes, and buttons to discard, review and commit them.
import { render, type ComponentProps } from "preact";
import { ProposalDialog } from "../proposal/dialog.tsx";
import { Button } from "../shared/controls.tsx";
import { element } from "../shared/dom.ts";
import { openPopover } from "../shared/floating.ts";
import { counted, sentence } from "../shared/format.ts";
import type { CommitDialogs } from "./commit_dialogs.tsx";
import type { Change, TableContext } from "./context.ts";

const MESSAGE_SHOWN = 4000; // ms

export class CommitBar {
  readonly bar = element("div", {
    class: "modos-table-foot",
    attributes: { role: "region", "aria-label": "Changes", tabindex: -1 },
  });
  private readonly table: TableContext;
  private readonly change: Change;
  private readonly commitDialogs: CommitDialogs;
  private isGone = false;
  /** The result of an action, in place of the number of changes. */
  private message = "";
  private clearing = 0;

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

  /** Show the result of an action for a moment. */
  tell(text: string): void {
    this.message = text;
    this.draw();
    clearTimeout(this.clearing);
    this.clearing = window.setTimeout(() => {
      this.message = "";
      this.draw();
    }, MESSAGE_SHOWN);
  }

  /** Draw the bar; it is hidden where the table cannot be edited. */
  draw(): void {
    this.bar.hidden = !this.table.editable;
    const { commitDialogs } = this;
    const { changes = 0, undecided = 0, objects = 0, errors = 0, readonly, committed } = this.table.status;
    const isOff = changes === 0 || this.isGone;
    const canUndo = committed && !changes && !this.isGone;
    render(
      <>
        <strong role="status">{this.message ? sentence(this.message) : changes ? `${counted(changes, "change")} in ${counted(objects, "object")}` : "No changes"}</strong>
        {errors > 0 && <span class="modos-pill modos-is-error" aria-hidden="true">{counted(errors, "error")}</span>}
        <span class="modos-visually-hidden" role="status">{errors > 0 ? counted(errors, "error") : changes > 0 ? "No errors" : ""}</span>
        {readonly && <span class="modos-muted modos-foot-note" title={readonly}>{readonly}</span>}
        <span class="modos-table-tools">
          {undecided > 0 && (
            <Button label={`Review ${counted(undecided, "proposed change")}…`} disabled={this.isGone} press={() => this.reviewProposal()} />
          )}
          {canUndo && <Button label="Undo commit" press={() => void commitDialogs.undo()} />}
          <Button label="Discard" disabled={isOff} press={() => this.discard()} />
          <Button label="Review" disabled={isOff} press={() => void commitDialogs.review(false)} />
          <Button label="Commit…" primary disabled={isOff || Boolean(readonly)} press={() => void commitDialogs.review(true)} />
        </span>
      </>,
      this.bar,
    );
  }

  /** Show the proposed changes that are not decided yet. */
  private reviewProposal(): void {
    const { table } = this;
    const box = element("div");
    const close = (): void => {
      render(null, box);
      box.remove();
      table.focusGrid();
    };
    table.el.append(box);
    render(
      <ProposalDialog
        channel={table.channel as unknown as ComponentProps<typeof ProposalDialog>["channel"]}
        close={close}
        decided={(left) => this.tell(left ? `${counted(left, "proposed change")} left to decide` : "Every proposed change is decided.")}
      />,
      box,
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
