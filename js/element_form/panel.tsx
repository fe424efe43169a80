// The panel beside a table in which elements are added, renamed and removed.
import { render } from "preact";
import { element as makeElement, focusedBeside } from "../shared/dom.ts";
import { counted, sentence } from "../shared/format.ts";
import { problemOf, type Channel, type Problem } from "../shared/messages.ts";
import { addedText } from "./added_text.ts";
import { FormParts } from "./context.ts";
import { Remove } from "./remove.tsx";
import { Rename } from "./rename.tsx";
import { FormStack } from "./stack.tsx";
import type { Requests } from "./wire.ts";

/** The detail of the event `modos-structure`: what to do with which elements. */
export interface StructureRequest {
  action: "add" | "duplicate" | "rename" | "remove";
  /** Class of the new element. */
  class?: string;
  /** Id of the element, or its object and id; several of them to remove. */
  id?: string | [string, string] | [string, string][];
  /** Names of the new elements, one per line. */
  names?: string;
  /** Path of the object of the new element. */
  object?: string;
}

export interface PanelEvents {
  /** Show the result of an action, and announce it. */
  tell: (text: string) => void;
  fail: (problem: Problem) => void;
  /** Put the focus where it was, if what opened the panel is gone. */
  focus: () => void;
}

const NARROW = 700; // CSS pixels below which the panel lies over the table

export class StructurePanel {
  readonly el = makeElement("section", { class: "modos-structure", attributes: { "aria-label": "Elements", hidden: true } });
  private readonly root: HTMLElement;
  private readonly channel: Channel<Requests>;
  private readonly events: PanelEvents;
  private opener: Element | null = null;

  constructor(root: HTMLElement, channel: Channel<Requests>, signal: AbortSignal, events: PanelEvents) {
    this.root = root;
    this.channel = channel;
    this.events = events;
    const resized = new ResizeObserver(([entry]) => {
      const width = entry?.contentRect.width ?? 0;
      this.el.classList.toggle("modos-is-over", width > 0 && width < NARROW);
    });
    resized.observe(root);
    this.el.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key !== "Escape" || event.defaultPrevented) return;
      event.preventDefault();
      this.close();
    });
    root.addEventListener("modos-structure", (event) => this.open((event as CustomEvent<StructureRequest>).detail), { signal });
    signal.addEventListener("abort", () => {
      resized.disconnect();
      render(null, this.el);
    });
  }

  get isOpen(): boolean {
    return !this.el.hidden;
  }

  open(request: StructureRequest): void {
    const { action, class: className = "", names = "", object = "" } = request;
    const elements = elementsOf(request);
    if (!this.isOpen) this.opener = focusedBeside(this.root);
    const [only] = elements;
    if (action === "duplicate") {
      if (only) void this.duplicate(only);
      return;
    }
    if (action !== "add" && !only) return;
    render(null, this.el); // another form, with nothing typed in it
    this.el.hidden = false;
    render(
      <FormParts.Provider value={{ channel: this.channel, root: this.root }}>
        {action === "add" && (
          <FormStack
            className={className}
            object={object}
            names={names}
            added={(element, total) => this.events.tell(addedText(element, total))}
            close={() => this.close()}
            done={() => this.close()}
          />
        )}
        {action === "rename" && only && (
          <Rename
            object={only[0]}
            element={only[1]}
            renamed={(element) => this.finish(sentence(`Renamed ${only[1]} to ${element}.`))}
            close={() => this.close()}
          />
        )}
        {action === "remove" && (
          <Remove
            elements={elements}
            removed={(total, notes) => this.finish(sentence([`Removed ${counted(total, "element")}.`, ...notes].join(" ")))}
            close={() => this.close()}
          />
        )}
      </FormParts.Provider>,
      this.el,
    );
  }

  private async duplicate([object, id]: [string, string]): Promise<void> {
    try {
      const { payload } = await this.channel.request("duplicate element", { object, id });
      this.events.tell(sentence(`Added ${payload.element}, a copy of ${id}. ${payload.note}`.trim()));
    } catch (error) {
      const problem = problemOf(error);
      if (problem) this.events.fail(problem);
    }
  }

  private finish(words: string): void {
    this.close();
    this.events.tell(words);
  }

  close(): void {
    if (!this.isOpen) return;
    this.el.hidden = true;
    render(null, this.el);
    const { opener } = this;
    this.opener = null;
    if (opener instanceof HTMLElement && opener.isConnected && opener !== document.body && !opener.hidden) opener.focus({ preventScroll: true });
    else this.events.focus();
  }
}

function elementsOf({ id, object = "" }: StructureRequest): [string, string][] {
  if (id === undefined) return [];
  if (typeof id === "string") return [[object, id]];
  const [first] = id;
  return typeof first === "string" ? [id as [string, string]] : (id as [string, string][]);
}
