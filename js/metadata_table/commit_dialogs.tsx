// The dialogs of a commit: review, message, conflicts, report.
import { useState } from "preact/hooks";
import { Button, Checkbox } from "../shared/controls.tsx";
import { DiffTable, Named, ObjectName, Side } from "../shared/diff_table.tsx";
import { count, counted, sentence } from "../shared/format.ts";
import type { Channel } from "../shared/messages.ts";
import type { Requests as ProposalRequests } from "../proposal/wire.ts";
import { saveText } from "../shared/save_blob.ts";
import { ConflictForm } from "./conflict_form.tsx";
import type { Change, TableContext } from "./context.ts";
import { DialogBody, DialogFoot, openDialog } from "./dialog.tsx";
import type { CommitAnswer, CommitProgress, CommitRequest, ReviewAnswer } from "./wire.ts";

const CHANGED = "Nothing was written. The draft changed since your review. Check the changes again.";

/** The tables whose commit is being written, whichever of their views started it. */
const writing = new WeakSet<object>();

export function isCommitting(model: object): boolean {
  return writing.has(model);
}

export class CommitDialogs {
  private readonly table: TableContext;
  private readonly change: Change;
  /** The commit message; it survives conflicts and cancelled commits. */
  private message = "";

  /** Closes the dialog in which a commit can be written. */
  private dismiss: (() => void) | null = null;

  constructor(table: TableContext, change: Change) {
    this.table = table;
    this.change = change;
  }

  /** The kernel has ended: nothing can be written from here. */
  gone(): void {
    this.dismiss?.();
  }

  /** Show the changes; with `commit`, also the form that commits them. */
  async review(commit: boolean, notice = ""): Promise<void> {
    const review = await this.table.ask("review");
    if (!review) return;
    const changes = `${counted(review.total, "change")} in ${counted(review.objects, "object")}`;
    this.dismiss = openDialog(this.table, commit ? `Commit ${changes}` : changes, (close) => (
      <>
        <DialogBody>
          {notice && <div class="modos-problem" role="alert">{notice}</div>}
          <Review review={review} />
        </DialogBody>
        {commit ? (
          <CommitForm
            review={review}
            message={this.message}
            typed={(message) => {
              this.message = message;
            }}
            write={(request, progress) => this.write(request, progress)}
            download={() => this.download()}
            written={(answer) => {
              close();
              this.written(answer);
            }}
            close={close}
          />
        ) : (
          <DialogFoot>
            <Button label="Close" press={close} />
            {review.total > 0 && this.table.el.dataset["page"] === "offer" && (
              <Button
                label="Save as page…"
                press={() => {
                  close();
                  this.table.el.dispatchEvent(new CustomEvent("modos-save-page", { bubbles: true }));
                }}
              />
            )}
            {review.total > 0 && (
              <Button
                label="Commit…"
                primary
                press={() => {
                  close();
                  void this.review(true);
                }}
              />
            )}
          </DialogFoot>
        )}
      </>
    ));
  }

  private async write(request: CommitRequest, progress: (now: CommitProgress) => void): Promise<CommitAnswer> {
    const { model } = this.table;
    writing.add(model);
    try {
      const { payload } = await this.table.channel.request("commit", request, { part: progress });
      writing.delete(model);
      return payload;
    } catch (error) {
      // where the kernel has ended, `gone` comes next and says that the commit was under way
      if (!(error instanceof DOMException)) window.setTimeout(() => writing.delete(model), 1000);
      throw error;
    }
  }

  /** Save the changes as a file for someone who may write them. */
  private async download(): Promise<void> {
    const answer = await (this.table.channel as unknown as Channel<ProposalRequests>).request("proposal");
    saveText(answer.payload.name, answer.payload.text);
  }

  private written(answer: CommitAnswer): void {
    const { changed, conflicts, conflict_count, chips, errors } = answer;
    if (changed) void this.review(true, CHANGED);
    else if (conflicts) {
      const total = conflict_count ?? conflicts.length;
      const title = counted(total, "conflict");
      openDialog(this.table, title, (close) => (
        <ConflictForm
          conflicts={conflicts}
          total={total}
          chips={chips}
          isSeveral={this.table.head.columns.some(({ kind }) => kind === "object")}
          resolve={(keep) => {
            close();
            void this.change("resolve", { keep }).then(() => this.review(true));
          }}
          close={close}
        />
      ));
    } else if (errors) void this.review(true);
    else this.done(answer);
  }

  private done({ report, summary = "" }: CommitAnswer): void {
    const name = this.table.el.dataset["mode"] === "foot" ? "browser.table" : "table";
    openDialog(this.table, "Committed", (close) => (
      <>
        <DialogBody>
          <p data-about>{sentence(report?.summary ?? summary)}</p>
          {report && report.counts.length > 0 && (
            <DiffTable
              head={["Severity", "Finding", "Before", "After"]}
              rows={report.counts.map(([severity, title, before, after]) => [severity, title, count(before), count(after)])}
            />
          )}
          <p class="modos-muted">{`To keep this report in the notebook, run ${name}.report in a cell.`}</p>
        </DialogBody>
        <DialogFoot>
          <Button
            label="Undo commit"
            press={() => {
              close();
              void this.undo();
            }}
          />
          <Button label="Done" primary data-first press={close} />
        </DialogFoot>
      </>
    ));
  }

  async undo(): Promise<void> {
    const answer = await this.table.ask("undo_commit");
    if (answer) this.table.tell("Commit undone.");
  }
}

/** The changes, and the errors that they would add. */
function Review({ review }: { review: ReviewAnswer }) {
  const { error_count: errors, several, total } = review;
  const left = total - review.rows.length;
  const object = several ? ["Object"] : [];
  const isDescribed = review.rows.some(([, , , , , source]) => source);
  return (
    <>
      {errors > 0 && <div class="modos-problem">{`This commit adds ${counted(errors, "error")}:`}</div>}
      {errors > 0 && (
        <DiffTable
          head={[...object, "Element", "Attribute", "Problem"]}
          rows={review.errors.map((finding) => [
            ...(several ? [<ObjectName path={finding.object} />] : []),
            <Named text={finding.element} />,
            <Named text={finding.slot} />,
            sentence(`${finding.title}: ${finding.message}`),
          ])}
        />
      )}
      {total > 0 ? (
        <DiffTable
          head={[...object, "Element", "Attribute", "Before", "After", ...(isDescribed ? ["Known from"] : [])]}
          rows={review.rows.map(([path, name, slot, before, after, source]) => [
            ...(several ? [<ObjectName path={path} />] : []),
            <Named text={name} />,
            <Named text={slot || "(the whole element)"} />,
            <Side text={before} tag="del" chips={review.chips} object={several ? path : ""} />,
            <Side text={after} tag="ins" chips={review.chips} object={several ? path : ""} />,
            ...(isDescribed ? [<Named text={source} />] : []),
          ])}
        />
      ) : (
        <p>No changes.</p>
      )}
      {left > 0 && <p class="modos-muted">{`and ${count(left)} more`}</p>}
    </>
  );
}

interface CommitFormProps {
  review: ReviewAnswer;
  message: string;
  typed: (message: string) => void;
  write: (request: CommitRequest, progress: (now: CommitProgress) => void) => Promise<CommitAnswer>;
  download: () => Promise<void>;
  /** The commit was answered, if only by what prevented it. */
  written: (answer: CommitAnswer) => void;
  close: () => void;
}

function CommitForm({ review, message, typed, write, download, written, close }: CommitFormProps) {
  const [text, setText] = useState(message);
  const [isForced, setForced] = useState(false);
  const [progress, setProgress] = useState("");
  const [problem, setProblem] = useState("");
  /** The server does not check for other writers. */
  const [isUnguarded, setUnguarded] = useState(false);
  /** The keys in use have no write permission. */
  const [isRefused, setRefused] = useState(false);
  const { revision, total, error_count: errors } = review;
  const fail = ({ message: text, hint = "" }: { message: string; hint?: string }): void => {
    setProgress("");
    setProblem(`${text} ${hint}`);
  };
  const commit = (unconditional: boolean): void => {
    setProgress("Committing…");
    write({ revision, message: text, force: isForced, unconditional }, ({ done, of }) =>
      setProgress(`Committing… ${count(done)} of ${counted(of, "object")}`),
    ).then(
      (answer) => {
        setProgress("");
        setRefused(answer.refused !== undefined);
        setUnguarded(answer.unconditional !== undefined);
        if (answer.refused) fail(answer.refused);
        else if (answer.unconditional !== undefined) setProblem(answer.unconditional);
        else written(answer);
      },
      fail,
    );
  };
  const isOff = progress !== "" || isUnguarded || total === 0 || (errors > 0 && !isForced);
  return (
    <>
      <div class="modos-visually-hidden" role="status">{progress ? "Committing…" : ""}</div>
      <div role="alert">
        {problem && <div class="modos-problem">{sentence(problem)}</div>}
        {isRefused && (
          <p>
            Or download the changes as a file. Someone who may change the object opens the file and accepts or rejects each
            change. <Button label="Download changes" press={() => void download().catch(fail)} />
          </p>
        )}
        {isUnguarded && <Button label="Commit anyway" press={() => commit(true)} />}
      </div>
      <DialogFoot>
        <input
          class="modos-input modos-message"
          placeholder="Commit message"
          aria-label="Commit message"
          maxLength={500}
          data-first
          value={text}
          onInput={({ currentTarget }) => {
            setText(currentTarget.value);
            typed(currentTarget.value);
          }}
          onKeyDown={({ key }) => {
            if (key === "Enter" && !isOff) commit(false);
          }}
        />
        {errors > 0 && (
          <Checkbox class="modos-value modos-insist" isChecked={isForced} check={setForced}>
            <span>{`Commit anyway, with ${counted(errors, "new error")}`}</span>
          </Checkbox>
        )}
        <Button label="Cancel" press={close} />
        <Button label={progress || `Commit ${counted(total, "change")}`} primary disabled={isOff} press={() => commit(false)} />
      </DialogFoot>
    </>
  );
}
