// Controls that every view shares. Text only: what comes from metadata is never parsed as HTML.
import type { ButtonHTMLAttributes, ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { isSafeLink } from "./dom.ts";
import { sentence } from "./format.ts";
import { GONE } from "./kernel.ts";
import { useKernelGone, useView } from "./view.tsx";
import type { ProblemText } from "./wire.ts";

export interface ButtonProps extends Omit<ButtonHTMLAttributes, "label" | "class" | "type"> {
  label: string;
  press: () => void;
  /** The main action. */
  primary?: boolean;
  class?: string;
}

export function Button({ label, press, primary = false, class: own = "", ...attributes }: ButtonProps) {
  const classes = ["modos-button", primary && "modos-primary", own].filter(Boolean).join(" ");
  return <button type="button" class={classes} onClick={press} {...attributes}>{label}</button>;
}

interface CheckboxProps {
  isChecked: boolean;
  check: (isChecked: boolean) => void;
  isDisabled?: boolean;
  class?: string;
  name?: string;
  /** The label. */
  children: ComponentChildren;
}

export function Checkbox({ isChecked, check, isDisabled = false, class: own, name, children }: CheckboxProps) {
  return (
    <label class={own}>
      <input
        type="checkbox"
        data-name={name}
        disabled={isDisabled}
        checked={isChecked}
        onChange={({ currentTarget }) => check(currentTarget.checked)}
      />
      {children}
    </label>
  );
}

/** Return a key handler that acts on Enter. */
export function onEnter(act: () => void): (event: KeyboardEvent) => void {
  return (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    act();
  };
}

/** A 16-pixel icon from path data of ours; decorative, so hidden from screen readers. */
export function Icon({ path }: { path: string }) {
  return (
    <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" class="modos-icon">
      <path d={path} />
    </svg>
  );
}

/** A link, or the text where the address should not be one; `isChecked`: the kernel allowed it. */
export function Link({ url, label, isChecked = false }: { url: string; label: string; isChecked?: boolean }) {
  const isWeb = URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
  if (isWeb && (isChecked || isSafeLink(url))) {
    return <a class="modos-link" href={url} target="_blank" rel="noopener noreferrer">{label}</a>;
  }
  return <span title={isWeb ? "Not a link because it is not secure (https). Check it before you open it." : ""}>{label}</span>;
}

/** A problem and its hint in one line. */
export function ProblemLine({ message, hint, children }: { message: string; hint: string; children?: ComponentChildren }) {
  return (
    <div class="modos-problem" role="alert">
      <span>{sentence(`${message} ${hint}`.trim())}</span>
      {children}
    </div>
  );
}

/** A problem and its hint, with a Retry button where that may help. */
export function ProblemRetry({ problem: { message, hint }, again }: { problem: ProblemText; again?: () => void }) {
  return (
    <div class="modos-problem" role="alert">
      <span><strong>{sentence(message)}</strong>{` ${sentence(hint)}`}</span>
      {again && <Button label="Retry" press={again} />}
    </div>
  );
}

/** An element that no component draws, in its place among those that do. */
export function Held({ element }: { element: Element }) {
  const place = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => place.current!.append(element), [element]);
  return <div ref={place} style={{ display: "contents" }} />;
}

/** Show that the kernel has ended; a view within another leaves it to that one. */
export function KernelGone() {
  const { el } = useView();
  const isGone = useKernelGone() && !el.parentElement?.closest(".modos");
  useLayoutEffect(() => {
    if (isGone) el.setAttribute("aria-busy", "false");
  }, [el, isGone]);
  return isGone && <ProblemLine {...GONE} />;
}
