// What a screen reader says in a page, for tests: where the focus goes, and what live regions announce.
//
// The virtual screen reader words every element. Attached to a whole widget it would build the tree of
// all its elements again at each change, so it gets the element in focus and the live regions only.
import { Virtual } from "@guidepup/virtual-screen-reader";

/** Elements that a screen reader names when the focus enters them. */
const AREAS =
  "dialog, [role=dialog], [role=menu], [role=listbox], [role=tree], [role=grid], [role=tablist], [role=toolbar], " +
  "[role=group], [role=region], [role=search], nav, aside, section, fieldset";
const LIVE = "[role=status], [role=alert], [role=log], [aria-live=polite], [aria-live=assertive]";
const LOST = "(nothing has the focus)";
const OUTSIDE = "(the focus is outside of the widget)";
const LONGEST = 2000; // elements that are read

const PAUSE = 50; // ms between two checks
const PATIENCE = 30_000; // ms

interface Place {
  /** What has the focus, and the descendant that it names as the active one. */
  focus: Element | null;
  target: Element | null;
  areas: Element[];
  row: Element | null;
  column: string;
  words: string;
}

const NOWHERE: Place = { focus: null, target: null, areas: [], row: null, column: "", words: "" };

/** Whether a screen reader can reach an element: it is drawn, and not behind a modal dialog. */
function isReached(element: Element): boolean {
  const modal = [...document.querySelectorAll("dialog:modal")].at(-1);
  return element.isConnected && element.checkVisibility() && !element.closest("[aria-hidden=true]") && (!modal || modal.contains(element));
}

/** Return what the reader says of an element alone. */
async function wordsOf(element: Element): Promise<string> {
  const reader = new Virtual();
  await reader.start({ container: element, window: { document } });
  const words = await reader.lastSpokenPhrase();
  await reader.stop();
  return words;
}

/** Return what the reader says when the focus enters an area, without what is in it. */
async function nameOf(area: Element): Promise<string> {
  if (!area.matches("[aria-label], [aria-labelledby]")) return "";
  const empty = area.cloneNode(false) as Element;
  empty.removeAttribute("popover"); // a new one is not shown
  document.body.append(empty); // labels and descriptions are found by their ids
  const words = await wordsOf(empty);
  empty.remove();
  return words;
}

function regionOf(node: Node): Element | null {
  return (node instanceof Element ? node : node.parentElement)?.closest(LIVE) ?? null;
}

/** A MutationObserver that sees only what live regions of the page announce. */
class LiveRegions {
  private readonly observer: MutationObserver;
  static root: Element = document.body;
  static changed: () => void = () => {};

  constructor(announce: MutationCallback) {
    this.observer = new MutationObserver((records, observer) => {
      LiveRegions.changed();
      const added = records.flatMap(({ addedNodes }) => [...addedNodes]);
      const heard = new Map<Node, MutationRecord>(); // a region is said once as a whole
      for (const record of records) for (const each of LiveRegions.heard(record, added)) heard.set(regionOf(each.target) ?? each.target, each);
      if (heard.size) announce([...heard.values()], observer);
    });
  }

  private static heard(record: MutationRecord, added: Node[]): MutationRecord[] {
    const region = regionOf(record.target);
    if (region) {
      const isNew = added.some((node) => node.contains(region)); // what a new region contains is not announced
      return record.type !== "attributes" && !isNew && isReached(region) ? [record] : [];
    }
    // an alert is also announced when it is added with its text
    const alerts = [...record.addedNodes]
      .filter((node) => node instanceof Element)
      .flatMap((node) => [...(node.matches("[role=alert]") ? [node] : []), ...node.querySelectorAll("[role=alert]")])
      .filter((alert) => alert.textContent.trim() && isReached(alert));
    return alerts.map((alert) => ({ ...record, type: "childList", target: alert, addedNodes: alert.childNodes, removedNodes: record.removedNodes }));
  }

  observe(_: Node, options?: MutationObserverInit): void {
    this.observer.observe(LiveRegions.root, options);
  }

  disconnect(): void {
    this.observer.disconnect();
  }

  takeRecords(): MutationRecord[] {
    return this.observer.takeRecords();
  }
}

class ScreenReader {
  private root: Element = document.body;
  private live = new Virtual();
  private before: Place = NOWHERE;
  private heard = 0;
  private changed = 0;

  constructor() {
    document.addEventListener("focusin", () => (this.changed = performance.now()));
  }

  /** Begin to listen to a widget. */
  async start(root: Element): Promise<void> {
    await this.live.stop();
    this.live = new Virtual();
    this.root = root;
    this.before = NOWHERE;
    this.heard = 0;
    LiveRegions.root = root;
    LiveRegions.changed = () => (this.changed = performance.now());
    await this.live.start({ container: document.createElement("div"), window: { document, MutationObserver: LiveRegions } });
  }

  /** Wait until the widget has not changed for some milliseconds, and has said some words since the last call of `said`. */
  async settle(words: string, quiet: number): Promise<void> {
    const end = performance.now() + PATIENCE;
    while (performance.now() - this.changed < quiet || !(await this.hears(words))) {
      if (performance.now() > end) throw new Error(`not said: ${words}; but: ${(await this.said()).join(" | ")}`);
      await new Promise((done) => setTimeout(done, PAUSE));
    }
  }

  private async hears(words: string): Promise<boolean> {
    if (!words || (await this.announced()).some((each) => each.includes(words))) return true;
    const { target, words: before } = this.before;
    const now = this.target();
    const said = now ? await wordsOf(now) : "";
    return said.includes(words) && (now !== target || said !== before);
  }

  /** Return what live regions have said since the last call of `said`. */
  private async announced(): Promise<string[]> {
    return (await this.live.spokenPhraseLog()).slice(this.heard).filter((each) => !/^\w+: $/u.test(each));
  }

  /** Return what was said since the last call: where the focus is now, then what was announced. */
  async said(): Promise<string[]> {
    const announced = await this.announced();
    this.heard = (await this.live.spokenPhraseLog()).length;
    return [...(await this.moved()), ...announced];
  }

  /** Return the element that the reader is on; null outside of the widget. */
  private target(): Element | null {
    const focus = document.activeElement;
    if (!focus || !this.root.contains(focus)) return null;
    return document.getElementById(focus.getAttribute("aria-activedescendant") ?? "") ?? focus;
  }

  private async moved(): Promise<string[]> {
    const { before, root } = this;
    const target = this.target();
    const focus = document.activeElement!;
    if (!target) {
      this.before = { ...NOWHERE, focus };
      return before.focus === null || before.focus === focus ? [] : [focus === document.body ? LOST : OUTSIDE];
    }
    const areas: Element[] = [];
    for (let area = target.parentElement; area && root.contains(area); area = area.parentElement) if (area.matches(AREAS)) areas.unshift(area);
    if (focus !== target && !areas.includes(focus)) areas.push(focus);
    const said: string[] = [];
    for (const area of areas) if (!before.areas.includes(area) && area !== before.focus) said.push(await nameOf(area));
    const cell = target.closest("[role=gridcell], [role=columnheader]");
    const row = cell?.closest("[role=row]") ?? null;
    const column = cell?.getAttribute("aria-colindex") ?? "";
    if (row && row !== before.row) said.push(`row ${row.getAttribute("aria-rowindex")}`);
    if (column && column !== before.column) said.push(`column ${this.headerOf(cell!, column)}`);
    const words = await wordsOf(target);
    this.before = { focus, target, areas, row, column, words };
    return before.target === target && before.words === words ? [] : [...said.filter(Boolean), words];
  }

  private headerOf(cell: Element, column: string): string {
    const header = cell.closest("[role=grid], [role=treegrid]")?.querySelector(`[role=columnheader][aria-colindex="${column}"]`);
    return header?.textContent.replace(/\s+/gu, " ").trim() ?? column;
  }

  /** Return what is said when an element is read from its begin to its end. */
  async read(element: Element): Promise<string[]> {
    const reader = new Virtual();
    await reader.start({ container: element, window: { document } });
    const first = await reader.lastSpokenPhrase();
    for (let step = 0; step < LONGEST; step += 1) {
      await reader.next();
      if ((await reader.lastSpokenPhrase()) === first) break;
    }
    const words = (await reader.spokenPhraseLog()).slice(0, -1);
    await reader.stop();
    return words[0] === words[1] ? words.slice(1) : words; // a dialog is named twice
  }
}

(globalThis as unknown as { screenReader: ScreenReader }).screenReader = new ScreenReader();
