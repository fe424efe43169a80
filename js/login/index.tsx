// Login: every state of a sign-in. In a browser's head it is one line ("compact"), and below the
// head a panel shows the rest while there is something to do.
import type { RenderProps } from "@anywidget/types";
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useReducer, useRef, useState } from "preact/hooks";
import { isShared } from "../shared/collaboration.ts";
import { Button, Checkbox, KernelGone, Link } from "../shared/controls.tsx";
import { counted, sentence, visible } from "../shared/format.ts";
import { Problem, type Arguments, type Name } from "../shared/messages.ts";
import { CodeButton, CopyButton } from "../shared/show_code.tsx";
import { hooksOf, mountView } from "../shared/view.tsx";
import { Focus } from "./focus.ts";
import { announcement, asksBelow, clock, forEveryone, remaining, rightsInWords } from "./status_text.ts";
import css from "./style.css";
import type { AccountShown, Requests, Shown, State } from "./wire.ts";

const { useTrait, useView } = hooksOf<State, Requests>();
const NEEDS_PERSON = new Set(["starting", "waiting", "failed", "expired"]);
const LONG = new Set<Action>(["sign out", "paste", "remove keys", "confirm service"]); // their buttons wait for the answer

type Action = Exclude<Name<Requests>, "show code" | "lapse">;

/** What a person can do, in every form of the view. */
interface Actions {
  isPasting: boolean;
  /** The action whose button waits. */
  working: Action | "";
  forCommandLine: boolean;
  run: (name: Action, payload?: object, buffers?: ArrayBuffer[]) => void;
  begin: () => void;
  /** Open or close the field for a token. */
  togglePaste: () => void;
  setForCommandLine: (isSet: boolean) => void;
}

function Login({ mode }: { mode: string }) {
  const { el, channel } = useView();
  const shown = useTrait("_shown");
  const [isPasting, setPasting] = useState(false);
  const [forCommandLine, setForCommandLine] = useState(false);
  const [working, setWorking] = useState<Action | "">("");
  const [failure, setFailure] = useState<Problem | null>(null);
  const body = useRef<HTMLDivElement>(null);
  const focus = useRef<Focus | null>(null);
  const isFull = mode === "full";
  const held = focus.current?.held() ?? null;
  const togglePaste = (): void => {
    setPasting((isOpen) => !isOpen);
    setFailure(null);
  };
  useLayoutEffect(() => {
    focus.current = new Focus(el, body.current!);
    el.addEventListener("modos-paste", togglePaste);
    return () => el.removeEventListener("modos-paste", togglePaste);
  }, [el]);
  useLayoutEffect(() => {
    setFailure(null);
    if (shown.state === "signed in") setPasting(false);
  }, [shown]);
  useLayoutEffect(() => {
    el.dataset["state"] = shown.state;
    if (mode === "panel") {
      const isQuiet = shown.problem?.about === "checking"; // the browser tells that nobody answers
      const isNeeded = NEEDS_PERSON.has(shown.state) || shown.problem !== null || shown.keys.length > 0;
      el.hidden = !((isNeeded && !isQuiet) || isPasting || failure);
    }
    focus.current?.restore(held);
  });
  useLayoutEffect(() => {
    if (isPasting) body.current?.querySelector<HTMLElement>("[data-name=token]")?.focus();
  }, [isPasting]);

  const run = (name: Action, payload: object = {}, buffers?: ArrayBuffer[]): void => {
    setFailure(null);
    if (LONG.has(name)) setWorking(name);
    channel
      .request(name, ...([payload, buffers ? { buffers } : {}] as Arguments<Requests, Action>))
      .catch((problem: unknown) => {
        if (problem instanceof Problem) setFailure(problem);
      })
      .finally(() => setWorking(""));
  };
  const actions: Actions = {
    isPasting,
    working,
    forCommandLine,
    run,
    begin: () => run("begin", { for_command_line: forCommandLine }),
    togglePaste: () => {
      if (mode === "compact") el.dispatchEvent(new CustomEvent("modos-ask-token", { bubbles: true }));
      else togglePaste();
    },
    setForCommandLine,
  };
  const rows = (
    <div class="modos-rows" ref={body}>
      {mode === "compact" ? (
        <Compact shown={shown} actions={actions} />
      ) : (
        <Full shown={shown} actions={actions} isFull={isFull} failure={failure} />
      )}
    </div>
  );
  return (
    <>
      <KernelGone />
      {isFull ? <div class="modos-login-line">{rows}<CodeButton /></div> : rows}
      <div class="modos-visually-hidden" role="status" aria-live="polite">
        {mode === "compact" ? "" : announcement(shown)}
      </div>
    </>
  );
}

interface PartProps {
  shown: Shown;
  actions: Actions;
}

// -- one line ---------------------------------------------------------------------------------

function Compact({ shown, actions }: PartProps) {
  const { model } = useView();
  const { state, account } = shown;
  if (state === "signed in" && account) {
    const rights = visible(rightsInWords(account.permissions));
    return (
      <Line>
        <span class="modos-who" title={visible(account.subject)}>{visible(account.name)}</span>
        {isShared(model) && <span class="modos-muted" title={forEveryone(account)}>for everyone here</span>}
        <span class="modos-muted modos-what" title={rights}>{rights}</span>
        <TimeLeft account={account} />
        <ActionButton label="Sign out" name="sign out" actions={actions} />
      </Line>
    );
  }
  if (state === "checking") return <Line><Muted text="Checking sign-in…" /></Line>;
  if (asksBelow(shown)) return <Line><Muted text={state === "expired" ? "Sign-in expired" : "Not signed in"} /></Line>;
  if (state === "signed out" || state === "failed") {
    return (
      <Line>
        {shown.can_begin && <BeginButton label="Sign in" actions={actions} />}
        {shown.problem?.about !== "checking" && (
          <PasteButton label="Use token…" actions={actions} />
        )}
      </Line>
    );
  }
  if (state === "starting" || state === "waiting") return <Line><Muted text="Signing in…" /></Line>;
  return <Line>{state === "not needed" && <Muted text="No sign-in required" />}</Line>;
}

// -- in full ----------------------------------------------------------------------------------

function Full({ shown, actions, isFull, failure }: PartProps & { isFull: boolean; failure: Problem | null }) {
  const problem = failure ?? shown.problem;
  const origin = failure ? "" : shown.problem?.origin;
  const isNote = !failure && (shown.state === "signed out" || shown.state === "signed in");
  const begins = isFull && shown.can_begin && ["signed out", "expired", "failed"].includes(shown.state);
  return (
    <>
      <State shown={shown} actions={actions} isFull={isFull} />
      {problem && (
        <div class={`modos-problem${isNote ? " modos-is-note" : ""}`} role="alert">
          <span>{sentence(`${problem.message} ${problem.hint}`.trim())}</span>
        </div>
      )}
      {origin && (
        <Line>
          <span class="modos-grow">{visible(origin)}</span>
          <Button
            label="Confirm address"
            data-name="confirm"
            disabled={actions.working === "confirm service"}
            press={() => actions.run("confirm service", { origin })}
          />
        </Line>
      )}
      {shown.state === "signed out" && shown.keys.length > 0 && <OtherKeys keys={shown.keys} actions={actions} />}
      {actions.isPasting && <PasteField actions={actions} />}
      {!shown.in_memory && (begins || actions.isPasting) && (
        <Checkbox
          class="modos-line"
          name="command-line"
          isChecked={actions.forCommandLine}
          check={actions.setForCommandLine}
        >
          <span>Use this sign-in for the modos command line too</span>
        </Checkbox>
      )}
    </>
  );
}

function State({ shown, actions, isFull }: PartProps & { isFull: boolean }) {
  const { state, account, code } = shown;
  const endpoint = visible(shown.endpoint);
  switch (state) {
    case "no endpoint":
      return <Line><span>No endpoint chosen.</span><Muted text="Choose an endpoint to sign in." /></Line>;
    case "checking":
      return <Line><Muted text={`Checking sign-in at ${endpoint}…`} /></Line>;
    case "not needed":
      if (!isFull && !actions.isPasting) return null;
      return (
        <Line>
          <span>This endpoint requires no sign-in.</span>
          <Muted text={endpoint} />
          <Grow />
          <PasteButton label="Use token…" actions={actions} />
        </Line>
      );
    case "signed out":
      return isFull ? <Invitation shown={shown} actions={actions} text={`You are not signed in at ${endpoint}.`} /> : null;
    case "expired":
      return <Invitation shown={shown} actions={actions} text={account ? "Your sign-in has expired." : "The code has expired."} />;
    case "starting":
      return (
        <Line>
          <Muted text="Requesting a code…" />
          <Grow />
          <ActionButton label="Cancel" name="cancel" actions={actions} />
        </Line>
      );
    case "waiting":
      return code && <Waiting code={code} actions={actions} />;
    case "signed in":
      return isFull && account ? <SignedIn account={account} endpoint={shown.endpoint} actions={actions} /> : null;
    case "failed": {
      const isSilent = shown.problem?.about === "checking";
      const text = isSilent ? "The endpoint does not answer." : "Sign-in failed.";
      return <Invitation shown={shown} actions={actions} text={text} again="Retry" />;
    }
    default:
      return null;
  }
}

function Invitation({ shown, actions, text, again = "Sign in" }: PartProps & { text: string; again?: string }) {
  return (
    <Line>
      <span>{text}</span>
      <Grow />
      {shown.can_begin && <BeginButton label={again} actions={actions} />}
      {!shown.can_begin && shown.state === "failed" && <ActionButton label={again} name="check" primary actions={actions} />}
      <PasteButton label="Use token…" actions={actions} />
    </Line>
  );
}

function Waiting({ code, actions }: { code: NonNullable<Shown["code"]>; actions: Actions }) {
  useSeconds();
  const { link, address, user_code, expires_at } = code;
  const opens = link !== null && URL.canParse(link) && /^https?:$/.test(new URL(link).protocol);
  return (
    <>
      <div>
        Open <Link url={link ?? ""} label={visible(address)} isChecked /> and confirm this code
      </div>
      {!link && <Muted text="This address is not a link because it is not secure (https). Check it before you open it." />}
      <Line>
        <span class="modos-visually-hidden">Code </span>
        <span class="modos-user-code modos-grow">{visible(user_code)}</span>
        <Line>
          {opens && (
            <Button
              label="Open sign-in page"
              primary
              data-name="open"
              press={() => window.open(link, "_blank", "noopener,noreferrer")}
            />
          )}
          <CopyButton label="Copy code" text={() => user_code} data-name="copy" />
          <ActionButton label="Cancel" name="cancel" actions={actions} />
        </Line>
      </Line>
      <div class="modos-muted">
        Waiting for your confirmation · <span>{`${clock(expires_at - Date.now() / 1000)} left`}</span> · you can keep using the notebook
      </div>
    </>
  );
}

function SignedIn({ account, endpoint, actions }: { account: AccountShown; endpoint: string; actions: Actions }) {
  const { model } = useView();
  const { name, subject, permissions, scopes } = account;
  return (
    <>
      {isShared(model) && <Muted text={visible(forEveryone(account))} />}
      <Line>
        <span class="modos-who">{visible(name)}</span>
        <Muted text={sentence(`${subject} at ${endpoint}`)} />
        <Grow />
        <ActionButton label="Sign out" name="sign out" actions={actions} />
      </Line>
      <TimeLeft account={account} isLong />
      {permissions.length > 0 && (
        <dl class="modos-rights" aria-label="Permissions">
          {permissions.map(([path, rights]) => [
            <dt>{visible(path)}</dt>,
            <dd>{visible(rights.replaceAll(",", ", "))}</dd>,
          ])}
        </dl>
      )}
      {scopes.length > 0 && <Muted text={`${counted(scopes.length, "scope")}: ${visible(scopes.join(", "))}`} />}
    </>
  );
}

/** Signed out, and objects still open: other keys are there. */
function OtherKeys({ keys, actions }: { keys: [string, boolean][]; actions: Actions }) {
  const places = keys.map(([place]) => visible(place)).join(", ");
  return (
    <Line>
      <span class="modos-grow">{`Other S3 keys remain: ${places}`}</span>
      {keys.some(([, isRemovable]) => isRemovable) && (
        <ActionButton label="Remove s3.env keys" name="remove keys" actions={actions} />
      )}
    </Line>
  );
}

/** The token stays in its field and never becomes state of the view. */
function PasteField({ actions }: { actions: Actions }) {
  const field = useRef<HTMLInputElement>(null);
  const send = (): void => {
    const bytes = new TextEncoder().encode(field.current!.value.trim());
    field.current!.value = "";
    if (bytes.length) actions.run("paste", { for_command_line: actions.forCommandLine }, [bytes.buffer as ArrayBuffer]);
  };
  return (
    <div class="modos-paste">
      <input
        ref={field}
        class="modos-input"
        type="password"
        data-name="token"
        aria-label="Access token"
        placeholder="Paste an access token"
        autocomplete="off"
        spellcheck={false}
        onKeyDown={({ key }) => {
          if (key === "Enter") send();
          else if (key === "Escape") actions.togglePaste();
        }}
      />
      <Button label="Use token" primary press={send} data-name="use" />
      <Button label="Close" press={actions.togglePaste} data-name="close" />
    </div>
  );
}

// -- small parts ------------------------------------------------------------------------------

function BeginButton({ label, actions }: { label: string; actions: Actions }) {
  return <Button label={label} primary press={actions.begin} data-name="begin" />;
}

function PasteButton({ label, actions }: { label: string; actions: Actions }) {
  return <Button label={label} press={actions.togglePaste} data-name="paste" aria-expanded={actions.isPasting} />;
}

function ActionButton({ label, name, primary = false, actions }: { label: string; name: Action; primary?: boolean; actions: Actions }) {
  const press = (): void => actions.run(name);
  return <Button label={label} primary={primary} press={press} data-name={name} disabled={actions.working === name} />;
}

/** How long the sign-in lasts; Python is notified once it has expired. */
function TimeLeft({ account, isLong = false }: { account: AccountShown; isLong?: boolean }) {
  const { channel } = useView();
  useSeconds();
  const { words, long, over } = remaining(account);
  useEffect(() => {
    if (over) void channel.request("lapse").catch(() => undefined);
  }, [over, channel]);
  return isLong ? <Muted text={long} /> : <span class="modos-muted" title={long}>{words}</span>;
}

/** Draw a component again every second. */
function useSeconds(): void {
  const [, tick] = useReducer((ticks: number) => ticks + 1, 0);
  useEffect(() => {
    const timer = window.setInterval(() => tick(undefined), 1000);
    return () => window.clearInterval(timer);
  }, []);
}

function Line({ children }: { children: ComponentChildren }) {
  return <div class="modos-line">{children}</div>;
}

function Muted({ text }: { text: string }) {
  return <span class="modos-muted">{text}</span>;
}

function Grow() {
  return <span class="modos-grow" />;
}

export default {
  render(props: RenderProps): void {
    const { el } = props;
    const mode = el.dataset["mode"] ?? "full";
    if (mode !== "full") el.classList.add(`modos-${mode}`);
    else {
      el.setAttribute("role", "group");
      el.setAttribute("aria-label", "Sign-in");
    }
    mountView(props, "login", css, <Login mode={mode} />);
  },
};
