// Adding, copying, renaming and removing the elements of a table: its button, its last row, its menu, and their panel.
import { render } from "preact";
import { StructurePanel } from "../element_form/panel.tsx";
import type { AddAnswer, Requests as FormRequests } from "../element_form/wire.ts";
import { element } from "../shared/dom.ts";
import { sentence, visible } from "../shared/format.ts";
import { openMenu, type MenuItem } from "../shared/menu.ts";
import type { Channel } from "../shared/messages.ts";
import type { ClassChoice } from "../shared/wire.ts";
import type { TableContext } from "./context.ts";
import type { Focus } from "./focus.ts";
import type { Rows } from "./rows.ts";
import type { Selection } from "./selection.ts";

const MOST_ROWS = 200; // of one removal

export class TableStructure {
  /** Holds the grid, and the panel beside it. */
  readonly body = element("div", { class: "modos-table-body" });
  /** The row below all others, which adds elements. */
  readonly row = element("div", { class: "modos-table-add" });
  private readonly table: TableContext;
  private readonly rows: Rows;
  private readonly selection: Selection;
  private readonly focus: Focus;
  private readonly channel: Channel<FormRequests>;
  private readonly panel: StructurePanel;

  constructor(table: TableContext, rows: Rows, selection: Selection, focus: Focus) {
    this.table = table;
    this.rows = rows;
    this.selection = selection;
    this.focus = focus;
    this.channel = table.channel as unknown as Channel<FormRequests>;
    this.panel = new StructurePanel(table.el, this.channel, table.signal, {
      tell: (text) => table.tell(text),
      fail: (problem) => table.fail(problem),
      focus: () => table.focusGrid(),
    });
    this.body.append(table.holder, this.panel.el);
  }

  /** Draw what depends on the tab and on whether the table is editable. */
  draw(): void {
    const { editable, status } = this.table;
    const isOff = !editable || status.changes === undefined; // a DataFrame has no elements
    this.row.hidden = isOff;
    if (isOff) this.panel.close();
    render(isOff ? null : <AddRow structure={this} plural={this.shown?.plural ?? "elements"} />, this.row);
  }

  /** The class of the tab; undefined where rows of all classes are shown. */
  private get shown(): ClassChoice | undefined {
    const { tab } = this.table;
    return this.table.head.classes.find(({ name }) => name === tab);
  }

  // -- the button and the last row ------------------------------------------------------------

  /** The button of the toolbar; null where nothing can be added. */
  button() {
    const { shown } = this;
    if (this.row.hidden) return null;
    const label = shown ? `Add ${visible(shown.title)}…` : "Add…";
    return (
      <button
        type="button"
        class="modos-button modos-add-button"
        aria-haspopup={shown ? "dialog" : "menu"}
        onClick={({ currentTarget }) => this.choose(currentTarget, (choice) => this.panel.open({ action: "add", class: choice.name, object: this.object }))}
      >
        {label}
      </button>
    );
  }

  /** Call `act` with the class of the tab, or with the one that is chosen in a menu. */
  private choose(anchor: HTMLElement, act: (choice: ClassChoice) => void): void {
    const { shown, table } = this;
    if (shown) {
      act(shown);
      return;
    }
    const items = table.head.classes.map((choice): MenuItem => {
      const title = visible(choice.title);
      return { label: title.charAt(0).toUpperCase() + title.slice(1), press: () => act(choice) };
    });
    openMenu(table.el, "Class", anchor, items, () => anchor.focus({ preventScroll: true }), { placement: "bottom-start" });
  }

  /** Path of the object of the focused row; empty where the table has only one. */
  private get object(): string {
    return this.keyOf(this.focus.at?.row ?? -1)?.[0] ?? "";
  }

  /** Add an element by its name; the form opens where it needs more. */
  add(name: string, anchor: HTMLElement, done: () => void): void {
    this.choose(anchor, (choice) => {
      const { object } = this;
      const element = { object, class_name: choice.name, group: "", id: "", texts: { name: [name] }, force: false };
      this.channel.request("add element", element).then(
        ({ payload }) => {
          done();
          this.added(payload, choice, name);
        },
        () => {
          done();
          this.panel.open({ action: "add", class: choice.name, names: name, object }); // it asks for the object
        },
      );
    });
  }

  private added({ element: id }: AddAnswer, { name: className }: ClassChoice, name: string): void {
    if (id) this.table.tell(sentence(`Added ${id}.`));
    else this.panel.open({ action: "add", class: className, names: name, object: this.object });
  }

  /** Add elements by a column of names, after a look at their ids. */
  addColumn(names: string, anchor: HTMLElement): void {
    this.choose(anchor, (choice) => this.panel.open({ action: "add", class: choice.name, names, object: this.object }));
  }

  // -- the menu of rows -----------------------------------------------------------------------

  menu(): MenuItem[] {
    if (this.row.hidden) return [];
    const keys = this.selectedKeys;
    const [only] = keys ?? [];
    const isOne = keys?.length === 1;
    const isRoot = !keys?.length || keys.some(([, id]) => !id.includes("/"));
    const one = (action: "duplicate" | "rename") => (): void => this.panel.open({ action, id: only ?? "" });
    const remove = (): void => {
      if (keys) this.panel.open({ action: "remove", id: keys });
      else this.table.tell(`Select at most ${MOST_ROWS} rows.`);
    };
    return [
      { label: "Duplicate", apart: true, disabled: !isOne || isRoot, press: one("duplicate") },
      { label: "Rename…", disabled: !isOne || isRoot, press: one("rename") },
      { label: keys && keys.length > 1 ? `Remove ${keys.length} elements…` : "Remove…", disabled: keys !== null && isRoot, press: remove },
    ];
  }

  /** Object and id of the selected rows; null where they are too many. */
  private get selectedKeys(): [string, string][] | null {
    const [first = 0, last = -1] = this.selection.range?.rows ?? [];
    if (last - first >= MOST_ROWS) return null;
    const keys = [];
    for (let row = first; row <= last; row += 1) {
      const key = this.keyOf(row);
      if (!key) return null;
      keys.push(key);
    }
    return keys;
  }

  private keyOf(row: number): [string, string] | null {
    const cells = row < 0 ? undefined : this.rows.at(row)?.cells;
    if (!cells) return null;
    const cell = (kind: string): string => {
      const column = this.table.head.columns.find((each) => each.key && each.kind === kind);
      return column ? String(cells[Number(column.id)] ?? "") : "";
    };
    return [cell("object"), cell("element")];
  }

  /** The kernel has ended: what is typed stays in the panel, to be copied. */
  gone(): void {
    this.row.hidden = true;
  }
}

function AddRow({ structure, plural }: { structure: TableStructure; plural: string }) {
  const words = `Type a name, or paste a column, to add ${visible(plural)}`;
  return (
    <>
      <span class="modos-table-plus" aria-hidden="true">+</span>
      <input
        class="modos-table-name"
        placeholder={words}
        aria-label={words}
        autocomplete="off"
        onKeyDown={(event) => {
          const input = event.currentTarget;
          const name = input.value.trim();
          if (event.key === "Escape") input.value = "";
          if (event.key !== "Enter" || !name) return;
          event.preventDefault();
          structure.add(name, input, () => {
            input.value = "";
          });
        }}
        onPaste={(event) => {
          const text = event.clipboardData?.getData("text/plain") ?? "";
          if (!/[\n\r]./.test(text.trim())) return;
          event.preventDefault();
          event.stopPropagation();
          structure.addColumn(text, event.currentTarget);
        }}
      />
    </>
  );
}
