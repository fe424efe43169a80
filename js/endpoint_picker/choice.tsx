// The sheet of the picker: known endpoints and folders, another one, the folders of this computer.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Button, Icon } from "../shared/controls.tsx";
import type { Popover } from "../shared/floating.ts";
import { counted, sentence, visible } from "../shared/format.ts";
import { Problem } from "../shared/messages.ts";
import type { ProblemText } from "../shared/wire.ts";
import { useTrait, useView } from "./hooks.ts";
import { isFolder } from "./services.tsx";
import type { FoldersAnswer, Offered } from "./wire.ts";
import { focusedBeside } from "../shared/dom.ts";

const FOLDER = "M1.5 3.5h4l1.5 2h7.5v7.5h-13z";
const TYPING = 200; // ms after a key

/** The sheet; it closes once the kernel has accepted a choice. */
export function Choice({ sheet }: { sheet: Popover }) {
  const { channel } = useView();
  const value = useTrait("value");
  const offered = useTrait("_offered");
  const [message, setMessage] = useState("");
  const [text, setText] = useState("");
  const [isInvalid, setInvalid] = useState(false);
  const [isOpen, setOpen] = useState(false);
  const isSending = useRef(false);
  const stopCheck = useRef(() => {});
  useEffect(() => () => stopCheck.current(), []);

  const tell = (problem: ProblemText): void => setMessage(sentence(`${problem.message} ${problem.hint}`.trim()));
  const pick = (choice: string): void => {
    if (isSending.current) return; // a second press while the kernel is busy with the first
    isSending.current = true;
    stopCheck.current(); // its message must not replace a later one
    sheet.box.setAttribute("aria-busy", "true");
    channel.request("choose", { text: choice }).then(
      () => sheet.close(),
      (problem: unknown) => {
        isSending.current = false;
        sheet.box.removeAttribute("aria-busy");
        if (problem instanceof Problem) tell(problem);
      },
    );
  };
  const check = (typed: string): void => {
    setText(typed);
    stopCheck.current();
    let isCurrent = true;
    const timer = window.setTimeout(() => {
      channel.request("validate", { text: typed }).then(
        ({ payload }) => {
          if (!isCurrent) return;
          setInvalid(Boolean(payload.message));
          tell(payload);
        },
        () => undefined,
      );
    }, TYPING);
    stopCheck.current = () => {
      isCurrent = false;
      window.clearTimeout(timer);
    };
  };
  const field = useRef<HTMLInputElement>(null);
  const current = offered.find(({ url }) => url === value) ?? offered[0];
  return (
    <>
      {offered.length > 0 && <h4>Known endpoints and folders</h4>}
      <div class="modos-known">
        {offered.map((each) => (
          <Option key={each.url} offered={each} isCurrent={each.url === value} isFirst={each === current} pick={pick} />
        ))}
      </div>
      <h4>Another endpoint or folder</h4>
      <div class="modos-entry">
        <input
          ref={field}
          class="modos-input"
          type="text"
          inputMode="url"
          placeholder="https://modos.example.org"
          aria-label="URL of an endpoint, or a folder"
          aria-invalid={isInvalid || undefined}
          autocomplete="off"
          spellcheck={false}
          data-first={!current || undefined}
          value={text}
          onInput={({ currentTarget }) => check(currentTarget.value)}
          onKeyDown={({ key }) => {
            if (key === "Enter" && text.trim()) pick(text);
          }}
        />
        <Button label="Use" press={() => (text.trim() ? pick(text) : field.current?.focus())} />
      </div>
      <div class="modos-said" role="alert">{message}</div>
      <button type="button" class="modos-option" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <Icon path={FOLDER} />
        <span>Browse this computer…</span>
      </button>
      <div hidden={!isOpen}>
        {isOpen && (
          <Folders
            start={isFolder(value) ? value : ""}
            pick={pick}
            listed={() => !isInvalid && setMessage("")} // the problem of a typed address stays
            failed={tell}
          />
        )}
      </div>
    </>
  );
}

interface OptionProps {
  offered: Offered;
  isCurrent: boolean;
  isFirst: boolean;
  pick: (url: string) => void;
}

function Option({ offered: { url, label, why }, isCurrent, isFirst, pick }: OptionProps) {
  const { channel } = useView();
  const forget = (option: HTMLElement): void => {
    void channel.request("forget", { url }).catch(() => undefined);
    const stops = [...(option.closest("[role=dialog]")?.querySelectorAll<HTMLElement>(".modos-option, input") ?? [])];
    const place = stops.indexOf(option);
    (stops[place + 1] ?? stops[place - 1])?.focus();
  };
  return (
    <button
      type="button"
      class="modos-option"
      title={visible(url)}
      aria-current={isCurrent ? "true" : undefined}
      data-first={isFirst || undefined}
      onClick={() => pick(url)}
      onKeyDown={({ key, currentTarget }) => {
        if (key === "Delete" && why === "recent") forget(currentTarget);
      }}
    >
      <span class={url.includes("://") ? "" : "modos-path-end"}><bdi>{visible(label || url)}</bdi></span>
      <span class="modos-muted">{visible(label ? url : why)}</span>
    </button>
  );
}

interface FoldersProps {
  start: string;
  pick: (path: string) => void;
  listed: () => void;
  failed: (problem: Problem) => void;
}

/** The folders of this computer; an object is picked by a press, any other folder by the button below. */
function Folders({ start, pick, listed, failed }: FoldersProps) {
  const { channel } = useView();
  const [path, setPath] = useState(start);
  const [listing, setListing] = useState<FoldersAnswer | null>(null);
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let isCurrent = true;
    channel.request("folders", { path }).then(
      ({ payload }) => {
        if (!isCurrent) return; // another one was asked for since
        listed();
        setListing(payload);
      },
      (problem: unknown) => {
        if (problem instanceof Problem) failed(problem);
      },
    );
    return () => {
      isCurrent = false;
    };
  }, [path, channel]);
  useLayoutEffect(() => {
    const isTyping = focusedBeside(list.current) instanceof HTMLInputElement;
    if (!isTyping) list.current?.querySelector("button")?.focus();
  }, [listing]);
  if (!listing) return null;
  const { parent, folders, more } = listing;
  const below = listing.path.replace(/\/$/, "");
  return (
    <>
      <div class="modos-folders" role="group" aria-label="Folders" ref={list} key={listing.path}>
        {parent !== null && <Folder name=".." press={() => setPath(parent)} />}
        {folders.map(([name, isObject]) => (
          <Folder
            key={name}
            name={name}
            note={isObject ? "object" : ""}
            press={() => (isObject ? pick(`${below}/${name}`) : setPath(`${below}/${name}`))}
          />
        ))}
        {more > 0 && <div class="modos-muted">{`and ${counted(more, "folder")} more`}</div>}
      </div>
      <div class="modos-foot">
        <span class="modos-muted modos-path-end" title={visible(listing.path)}><bdi>{visible(listing.path)}</bdi></span>
        <Button label="Use this folder" primary press={() => pick(listing.path)} />
      </div>
    </>
  );
}

function Folder({ name, note = "", press }: { name: string; note?: string; press: () => void }) {
  return (
    <button type="button" class="modos-option" onClick={press}>
      <Icon path={FOLDER} />
      <span>{visible(name)}</span>
      {note && <span class="modos-muted">{note}</span>}
    </button>
  );
}

/** The arrow keys move from one option to the next. */
export function moveInOptions(event: KeyboardEvent): void {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const box = event.currentTarget as HTMLElement;
  const options = [...box.querySelectorAll<HTMLElement>(".modos-option")].filter((option) => option.offsetParent !== null);
  const now = options.indexOf(focusedBeside(box) as HTMLElement);
  if (by === undefined || now < 0) return;
  event.preventDefault();
  options[now + by]?.focus();
}
