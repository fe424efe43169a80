// A list of rows of one height of which only those in sight are in the document.
//
// Browsers clamp the height of an element (Chromium at some 33 million pixels, Firefox at 17).
// Longer lists are scaled: dragging the bar moves in proportion, wheel and keys move by rows.

/** Pixels that no browser clamps. */
export const TALLEST = 8_000_000;

export interface Window {
  first: number;
  last: number; // one behind
}

/** Where the rows are, without a document: the part that can be tested alone. */
export class Scale {
  readonly rowHeight: number;
  readonly tallest: number;
  count = 0;

  constructor(rowHeight: number, tallest = TALLEST) {
    this.rowHeight = rowHeight;
    this.tallest = tallest;
  }

  /** Pixels that all rows would take. */
  get real(): number {
    return this.count * this.rowHeight;
  }

  /** Pixels that the spacer takes. */
  get height(): number {
    return Math.min(this.real, this.tallest);
  }

  get scaled(): boolean {
    return this.real > this.tallest;
  }

  /** From the scroll bar's position to that in the real list, for a view of `seen` pixels. */
  toReal(scrollTop: number, seen: number): number {
    if (!this.scaled) return scrollTop;
    const most = this.height - seen;
    return most <= 0 ? 0 : (Math.min(scrollTop, most) / most) * (this.real - seen);
  }

  toBar(top: number, seen: number): number {
    if (!this.scaled) return top;
    const most = this.real - seen;
    return most <= 0 ? 0 : (top / most) * (this.height - seen);
  }

  window(top: number, seen: number, more: number): Window {
    const first = Math.max(0, Math.floor(top / this.rowHeight) - more);
    const last = Math.min(this.count, Math.ceil((top + seen) / this.rowHeight) + more);
    return { first, last: Math.max(first, last) };
  }
}

export interface ListParts {
  /** The element that scrolls; rows are put into it. */
  scroller: HTMLElement;
  rowHeight: number;
  /** Pixels of the scroller that a header covers, which stays on top of the rows. */
  above?: number;
  /** Make an empty row. */
  make: () => HTMLElement;
  /** Fill a row for an index; called again for the same row when anything changes. */
  fill: (row: HTMLElement, index: number) => void;
  /** Called when other rows come into sight. */
  seen?: (window: Window) => void;
  signal: AbortSignal;
}

const MORE = 4; // rows above and below what is in sight

export class VirtualList {
  private readonly parts: ListParts;
  private readonly scale: Scale;
  private readonly spacer: HTMLElement;
  private readonly rows = new Map<number, HTMLElement>();
  private spare: HTMLElement[] = [];
  private top = 0; // in the real list
  private expected = 0; // scrollTop that we set ourselves
  private asked = 0;

  constructor(parts: ListParts) {
    this.parts = parts;
    this.scale = new Scale(parts.rowHeight);
    const { scroller, signal } = parts;
    this.spacer = document.createElement("div");
    this.spacer.setAttribute("role", "none");
    this.spacer.style.cssText = "position:relative;width:100%;overflow:clip";
    scroller.append(this.spacer);
    scroller.addEventListener("scroll", () => this.scrolled(), { signal, passive: true });
    scroller.addEventListener("wheel", (event) => this.wheeled(event), { signal, passive: false });
    const observer = new ResizeObserver(() => this.draw());
    observer.observe(scroller);
    signal.addEventListener("abort", () => {
      observer.disconnect();
      cancelAnimationFrame(this.asked);
    });
  }

  get count(): number {
    return this.scale.count;
  }

  set count(count: number) {
    if (count === this.scale.count) return;
    this.scale.count = count;
    this.spacer.style.height = `${this.scale.height}px`;
    this.top = Math.max(0, Math.min(this.top, this.scale.real - this.seen));
  }

  /** Rows that fit at once. */
  get page(): number {
    return Math.max(1, Math.floor(this.seen / this.scale.rowHeight));
  }

  get visible(): Window {
    return this.scale.window(this.top, this.seen, 0);
  }

  /** First row in sight, and the pixels of it that are above the edge. */
  get anchor(): { index: number; offset: number } {
    const index = Math.floor(this.top / this.scale.rowHeight);
    return { index, offset: this.top - index * this.scale.rowHeight };
  }

  private get seen(): number {
    return Math.max(0, this.parts.scroller.clientHeight - (this.parts.above ?? 0));
  }

  /** The element of a row, if it is in the document. */
  row(index: number): HTMLElement | undefined {
    return this.rows.get(index);
  }

  /** Scroll as little as it takes to have a row in sight, or to the middle from far away. */
  reveal(index: number): void {
    const { rowHeight } = this.scale;
    const at = index * rowHeight;
    const far = Math.abs(at - this.top) > 2 * this.seen;
    if (at >= this.top && at + rowHeight <= this.top + this.seen) return;
    if (far) this.moveTo(at - (this.seen - rowHeight) / 2);
    else this.moveTo(at < this.top ? at : at + rowHeight - this.seen);
  }

  /** Put the row at the upper edge, `offset` pixels of it above. */
  moveToRow(index: number, offset = 0): void {
    this.moveTo(index * this.scale.rowHeight + offset);
  }

  private moveTo(top: number): void {
    this.top = Math.max(0, Math.min(top, this.scale.real - this.seen));
    const bar = this.scale.toBar(this.top, this.seen);
    this.expected = bar;
    this.parts.scroller.scrollTop = bar;
    this.draw();
  }

  private scrolled(): void {
    const bar = this.parts.scroller.scrollTop;
    if (Math.abs(bar - this.expected) <= 1 && this.scale.scaled) return; // our own doing
    this.expected = bar;
    this.top = this.scale.toReal(bar, this.seen);
    this.redraw();
  }

  private wheeled(event: WheelEvent): void {
    if (!this.scale.scaled || event.ctrlKey) return;
    const unit = event.deltaMode === 1 ? this.scale.rowHeight : event.deltaMode === 2 ? this.seen : 1;
    const before = this.top;
    this.moveTo(this.top + event.deltaY * unit);
    if (this.top !== before) event.preventDefault();
  }

  /** Draw with the next frame. */
  redraw(): void {
    if (this.asked) return;
    this.asked = requestAnimationFrame(() => this.draw());
  }

  /** Draw now: keep the rows that stay, fill all again. */
  draw(): void {
    cancelAnimationFrame(this.asked);
    this.asked = 0;
    const window = this.scale.window(this.top, this.seen, MORE);
    for (const [index, row] of this.rows) {
      if (index >= window.first && index < window.last) continue;
      this.rows.delete(index);
      this.spare.push(row);
    }
    const bar = this.scale.scaled ? this.parts.scroller.scrollTop : this.top;
    const origin = bar - this.top; // where row 0 would be in the spacer
    let before: Element | null = null; // rows stand in the document in their order
    for (let index = window.first; index < window.last; index += 1) {
      let row = this.rows.get(index);
      if (!row) {
        row = this.spare.pop() ?? this.parts.make();
        this.rows.set(index, row);
      }
      row.style.transform = `translateY(${Math.round(origin + index * this.scale.rowHeight)}px)`;
      this.parts.fill(row, index);
      const place: Element | null = before ? before.nextElementSibling : this.spacer.firstElementChild;
      if (place !== row) this.spacer.insertBefore(row, place);
      before = row;
    }
    for (const row of this.spare) row.remove();
    this.spare = this.spare.slice(0, 64);
    this.parts.seen?.(window);
  }
}
