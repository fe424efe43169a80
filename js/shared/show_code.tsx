// "Show code": the code of a view, as text to copy. One button in every widget's toolbar.
import type { AnyModel } from "@anywidget/types";
import { render } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { copyText } from "./clipboard.ts";
import { Button, Icon, type ButtonProps } from "./controls.tsx";
import { openPopover, type Anchor, type PopoverParts } from "./floating.ts";
import { sentence, visible } from "./format.ts";
import { Problem, type Channel } from "./messages.ts";
import { useView } from "./view.tsx";
import type { Piece } from "./wire.ts";
import { focusedBeside } from "./dom.ts";

const CODE = "M5.500 4.500L2 8l3.500 3.500M10.500 4.500L14 8l-3.500 3.500";
const COPIED = 1500; // ms that a button says so
const EDGE = 8; // CSS pixels that stay free at the edge of the window

interface CopyButtonProps extends Omit<ButtonProps, "press" | "text"> {
  text: () => Promise<string> | string;
}

/** A button that copies a text, and says for a moment whether it could. */
export function CopyButton({ label, text, ...attributes }: CopyButtonProps) {
  const [result, setResult] = useState("");
  const copy = async (): Promise<void> => {
    const isCopied = await Promise.resolve(text()).then(copyText, () => false);
    setResult(isCopied ? "Copied" : "Not copied");
    window.setTimeout(() => setResult(""), COPIED);
  };
  return <Button label={result || label} press={() => void copy()} {...attributes} />;
}

/** Each piece with its title and a button that copies it. */
export function CodePieces({ pieces }: { pieces: Piece[] }) {
  return (
    <>
      {pieces.map(([title, text, language]) => (
        <section class="modos-piece" key={title}>
          <div class="modos-piece-head">
            <span class="modos-piece-title">{visible(title)}</span>
            <CopyButton label="Copy" text={() => text} aria-label={`Copy: ${visible(title)}`} />
          </div>
          <pre class="modos-piece-text" tabIndex={0} role="region" aria-label={visible(title)} data-language={language}>
            {text}
          </pre>
        </section>
      ))}
    </>
  );
}

/** The button that shows the code of a widget, which depends on the traits `of`; it comes last in the widget's toolbar. */
export function CodeButton({ of = [] }: { of?: string[] }) {
  const { channel, el, model } = useView();
  return <ViewlessCodeButton root={el} pieces={piecesOf(model, channel, of)} />;
}

/** The same button as an element, for toolbars that are not components. */
export function codeButton(root: HTMLElement, model: AnyModel, channel: Channel, of: string[]): HTMLElement {
  const holder = document.createDocumentFragment();
  render(<ViewlessCodeButton root={root} pieces={piecesOf(model, channel, of)} />, holder);
  return holder.firstElementChild as HTMLElement;
}

type GetPieces = (signal: AbortSignal) => Promise<Piece[]>;

/** Request the code of a view with the traits that it depends on: those of a busy kernel arrive later. */
function piecesOf(model: AnyModel, channel: Channel, of: string[]): GetPieces {
  return async (signal) => {
    const state = Object.fromEntries(of.map((name): [string, unknown] => [name, model.get(name)]));
    return (await channel.request("show code", { state }, { signal })).payload.pieces;
  };
}

/** The same button outside of a view's components. */
export function ViewlessCodeButton({ root, pieces }: { root: HTMLElement; pieces: GetPieces }) {
  return (
    <button
      type="button"
      class="modos-tool modos-code-button"
      title="Show code"
      aria-label="Show code"
      aria-haspopup="dialog"
      aria-expanded={false}
      onClick={({ currentTarget }) => openCode(root, currentTarget, "Code for this view", pieces)}
    >
      <Icon path={CODE} />
    </button>
  );
}

/** Request the code that opens a node with each library that fits it, and show it. */
export function openNodeCode(
  root: HTMLElement,
  anchor: Anchor,
  title: string,
  request: (signal: AbortSignal) => Promise<{ payload: { code: Record<string, string> } }>,
  closed?: () => void,
): void {
  openCode(
    root,
    anchor,
    title,
    async (signal) => {
      const { payload } = await request(signal);
      return Object.entries(payload.code).map(([tool, code]): Piece => [tool, `${code}\n`, "python"]);
    },
    { placement: "bottom-start", closed },
  );
}

function openCode(
  root: HTMLElement,
  anchor: Anchor,
  title: string,
  pieces: GetPieces,
  options: Pick<PopoverParts, "placement" | "closed"> = { placement: "bottom-end" },
): void {
  openPopover(root, {
    name: "Code",
    anchor,
    class: "modos-code-box",
    edge: EDGE,
    flips: false,
    content: ({ close }) => <Code title={title} pieces={pieces} close={close} />,
    ...options,
  });
}

interface CodeProps {
  title: string;
  pieces: GetPieces;
  close: () => void;
}

function Code({ title, pieces, close }: CodeProps) {
  const [shown, setShown] = useState<Piece[] | string>("Generating code…");
  useEffect(() => {
    const stopped = new AbortController();
    pieces(stopped.signal).then(
      (found) => setShown(found.length ? found : "There is no code yet. Choose an object first."),
      (problem: unknown) => {
        if (problem instanceof Problem) setShown(sentence(`${problem.message} ${problem.hint}`.trim()));
      },
    );
    return () => stopped.abort();
  }, []);
  const head = useRef<HTMLDivElement>(null);
  const body = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const isLeft = head.current?.contains(focusedBeside(head.current)); // the person has not moved on
    if (isLeft) body.current?.querySelector("button")?.focus({ preventScroll: true });
  }, [shown]);
  return (
    <>
      <div class="modos-piece-head" ref={head}>
        <strong class="modos-piece-title">{visible(title)}</strong>
        <Button label="Close" press={close} />
      </div>
      <div class="modos-pieces" aria-live="polite" ref={body}>
        {typeof shown === "string" ? shown : <CodePieces pieces={shown} />}
      </div>
    </>
  );
}
