// A form on its own: adds elements to a draft, and commits it.
import type { RenderProps } from "@anywidget/types";
import { useEffect, useState } from "preact/hooks";
import { Button, Checkbox, KernelGone, ProblemLine } from "../shared/controls.tsx";
import { openPopover } from "../shared/floating.ts";
import { counted, sentence, visible } from "../shared/format.ts";
import { problemOf, type Problem } from "../shared/messages.ts";
import { CodeButton } from "../shared/show_code.tsx";
import { mountView } from "../shared/view.tsx";
import { addedText } from "./added_text.ts";
import { FormParts } from "./context.ts";
import { useTrait, useView } from "./hooks.ts";
import { FormStack } from "./stack.tsx";
import css from "./style.css";
import type { CheckAnswer } from "./wire.ts";

function ElementForm() {
  const { el, channel } = useView();
  const className = useTrait("class_name");
  const [words, setWords] = useState("");
  useEffect(() => {
    const note = (event: Event): void => {
      void channel.request("note errors", (event as CustomEvent<CheckAnswer>).detail).catch(() => undefined);
    };
    el.addEventListener("modos-checked", note);
    return () => el.removeEventListener("modos-checked", note);
  }, [el, channel]);
  return (
    <>
      <KernelGone />
      <FormParts.Provider value={{ channel, root: el }}>
        <FormStack
          className={className}
          object=""
          stays
          added={(element, total) => setWords(addedText(element, total))}
          done={() => undefined}
          close={() => undefined}
        />
      </FormParts.Provider>
      <Foot words={words} tell={setWords} />
    </>
  );
}

function Foot({ words, tell }: { words: string; tell: (words: string) => void }) {
  const { el, channel } = useView();
  const { changes, objects, errors, undo, readonly } = useTrait("_status");
  const [failure, setFailure] = useState<Problem | null>(null);
  const fail = (error: unknown): void => setFailure(problemOf(error));
  const undoStep = (): void => {
    setFailure(null);
    channel.request("undo").then(({ payload }) => tell(payload.done ? "Undone." : "Nothing to undo."), fail);
  };
  const commit = (message: string, force: boolean): void => {
    setFailure(null);
    tell("Committing…");
    channel.request("commit", { message, force }).then(
      ({ payload }) => tell(sentence(payload.summary)),
      (error: unknown) => {
        tell("");
        fail(error);
      },
    );
  };
  return (
    <>
      {failure && <ProblemLine message={failure.message} hint={failure.hint} />}
      <div class="modos-form-draft" role="region" aria-label="Changes">
        <strong>{changes ? `${counted(changes, "change")} in ${counted(objects, "object")}` : "No changes"}</strong>
        {errors > 0 && <span class="modos-pill modos-is-error">{counted(errors, "error")}</span>}
        <span class="modos-muted modos-form-said" role="status">{words || visible(readonly)}</span>
        <Button label="Undo" disabled={!undo} press={undoStep} />
        <button
          type="button"
          class="modos-button modos-primary"
          aria-haspopup="dialog"
          disabled={!changes || readonly !== ""}
          onClick={({ currentTarget }) =>
            openPopover(el, {
              name: "Commit",
              anchor: currentTarget,
              placement: "top-end",
              class: "modos-form-commit",
              content: ({ close }) => (
                <Commit
                  changes={changes}
                  errors={errors}
                  commit={(message, force) => {
                    close();
                    commit(message, force);
                  }}
                  close={close}
                />
              ),
            })
          }
        >
          Commit…
        </button>
        <CodeButton />
      </div>
    </>
  );
}

interface CommitProps {
  changes: number;
  errors: number;
  commit: (message: string, force: boolean) => void;
  close: () => void;
}

function Commit({ changes, errors, commit, close }: CommitProps) {
  const [message, setMessage] = useState("");
  const [isForced, setForced] = useState(false);
  const isOff = errors > 0 && !isForced;
  return (
    <>
      <label class="modos-form-message">
        <span>Commit message</span>
        <input
          class="modos-input"
          data-first
          maxLength={500}
          value={message}
          onInput={({ currentTarget }) => setMessage(currentTarget.value)}
          onKeyDown={({ key }) => {
            if (key === "Enter" && !isOff) commit(message, isForced);
          }}
        />
      </label>
      {errors > 0 && (
        <Checkbox class="modos-form-check" isChecked={isForced} check={setForced}>
          <span>{`Commit anyway, with ${counted(errors, "error")}`}</span>
        </Checkbox>
      )}
      <div class="modos-form-buttons">
        <Button label={`Commit ${counted(changes, "change")}`} primary disabled={isOff} press={() => commit(message, isForced)} />
        <span class="modos-form-spring" />
        <Button label="Cancel" press={close} />
      </div>
    </>
  );
}

export default {
  render(props: RenderProps): void {
    props.el.setAttribute("role", "group");
    props.el.setAttribute("aria-label", "New element");
    mountView(props, "element_form", css, <ElementForm />);
  },
};
