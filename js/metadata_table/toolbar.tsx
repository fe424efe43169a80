// The bar above the grid: search, filters, columns, number of rows, undo and redo, more.
import { render, type ComponentChildren } from "preact";
import { Icon } from "../shared/controls.tsx";
import { element } from "../shared/dom.ts";
import { count, counted, visible } from "../shared/format.ts";
import { ViewlessCodeButton } from "../shared/show_code.tsx";
import type { Columns } from "./columns.ts";
import { inWords } from "./conditions.ts";
import type { MessageAction, TableContext } from "./context.ts";
import type { DraftActions } from "./draft_actions.ts";
import { FindingFilters } from "./finding_filters.tsx";
import type { Rows } from "./rows.ts";
import type { TableStructure } from "./structure.tsx";

const SEARCH_PAUSE = 200;
const WAIT_SHOWN = 300;
const WAIT_LONG = 5000;
const MESSAGE_SHOWN = 4000;
const ACTION_SHOWN = 20_000;

const MORE = "M3.5 8h.01M8 8h.01M12.5 8h.01";
const UNDO = "M3 7h7a3 3 0 0 1 0 6H7M3 7l3-3M3 7l3 3";
const REDO = "M13 7H6a3 3 0 0 0 0 6h3M13 7l-3-3M13 7l-3 3";

export class Toolbar {
  readonly el = element("div", { class: "modos-table-bar", attributes: { role: "toolbar", "aria-label": "Table" } });
  private readonly table: TableContext;
  private readonly rows: Rows;
  private readonly columns: Columns;
  private draft!: DraftActions;
  private structure!: TableStructure;
  private openMenu!: (anchor: HTMLElement) => void;
  private input!: HTMLInputElement;
  /** Shown in place of the number of rows: the result of an action, or that rows are waited for. */
  private message = "";
  private action: MessageAction | null = null;
  private wait = "";
  private searching = 0;
  private waiting = 0;
  private clearing = 0;

  constructor(table: TableContext, rows: Rows, columns: Columns) {
    this.table = table;
    this.rows = rows;
    this.columns = columns;
  }

  /** Take the parts that are created after the bar, and draw it. */
  build(draft: DraftActions, structure: TableStructure, openMenu: (anchor: HTMLElement) => void): HTMLElement {
    this.draft = draft;
    this.structure = structure;
    this.openMenu = openMenu;
    this.draw();
    return this.el;
  }

  focusSearch(): void {
    this.input.focus();
    this.input.select();
  }

  /** Show a search that was set elsewhere. */
  follow(search: string): void {
    if (this.input.value !== search) this.input.value = search;
  }

  private apply(): void {
    clearTimeout(this.searching);
    this.table.setSearch(this.input.value);
  }

  private keyInSearch(event: KeyboardEvent): void {
    if (event.key === "Enter" || event.key === "ArrowDown") {
      event.preventDefault();
      this.apply();
      this.table.focusGrid();
    } else if (event.key === "Escape" && this.input.value) {
      this.input.value = "";
      this.apply();
    }
  }

  /** Left: what narrows the table. Right: what is done with it. */
  draw(): void {
    const { columns, draft, table } = this;
    const { editable, status } = table;
    render(
      <>
        <input
          ref={(input) => {
            if (input) this.input = input;
          }}
          class="modos-input modos-table-search"
          type="search"
          placeholder="Search all columns"
          aria-label="Search all columns"
          defaultValue={table.search}
          onInput={() => {
            clearTimeout(this.searching);
            this.searching = window.setTimeout(() => this.apply(), SEARCH_PAUSE);
          }}
          onKeyDown={(event) => this.keyInSearch(event)}
        />
        <div class="modos-table-pills">
          <FindingFilters table={table} draft={draft} />
          <FilterPills table={table} />
        </div>
        <button
          ref={(button) => {
            if (button) columns.button = button;
          }}
          type="button"
          class="modos-pill modos-press"
          aria-haspopup="dialog"
          onClick={() => columns.choose()}
        >
          {`Columns ${count(table.shownColumns.length)} of ${count(table.tabColumns.length)}`}
        </button>
        <span class={`modos-muted modos-table-count${this.wait && !this.message ? " modos-waits" : ""}`} title={this.message}>{this.words}</span>
        {this.action && (
          <button type="button" class="modos-pill modos-press" onClick={() => this.act()}>{this.action.label}</button>
        )}
        <span class="modos-table-tools">
          {this.structure.button()}
          {editable && <Tool label="Undo (Ctrl+Z)" path={UNDO} disabled={!status.undo} press={() => draft.undo(false)} />}
          {editable && <Tool label="Redo (Ctrl+Y)" path={REDO} disabled={!status.redo} press={() => draft.undo(true)} />}
          <Tool label="More actions" path={MORE} popup="menu" press={(button) => this.openMenu(button)} />
          <ViewlessCodeButton
            root={table.el}
            pieces={async (signal) => (await table.request("show code", {}, { signal })).payload.pieces}
          />
        </span>
      </>,
      this.el,
    );
  }

  private get words(): string {
    if (this.message || this.wait) return this.message || this.wait;
    const { total } = this.rows;
    const { all } = this.table;
    return total === all ? counted(all, "row") : `${count(total)} of ${counted(all, "row")}`;
  }

  /** Show the result of an action for a moment, in place of the number of rows. */
  tell(text: string, action: MessageAction | null = null): void {
    this.message = text;
    this.action = action;
    this.draw();
    clearTimeout(this.clearing);
    this.clearing = window.setTimeout(() => this.clear(), action ? ACTION_SHOWN : MESSAGE_SHOWN);
  }

  private clear(): void {
    this.message = "";
    this.action = null;
    this.draw();
  }

  private act(): void {
    const { action } = this;
    this.clear();
    this.table.focusGrid();
    action?.press();
  }

  /** Show that rows are waited for, once it takes noticeably long. */
  waits(isWaiting: boolean): void {
    clearTimeout(this.waiting);
    const show = (text: string): void => {
      this.wait = text;
      this.draw();
    };
    if (!isWaiting) {
      show("");
      return;
    }
    this.waiting = window.setTimeout(() => {
      show("Loading…");
      this.waiting = window.setTimeout(() => show("Waiting for the kernel…"), WAIT_LONG);
    }, WAIT_SHOWN);
  }
}

interface ToolProps {
  label: string;
  path: string;
  disabled?: boolean;
  popup?: "menu";
  press: (button: HTMLElement) => void;
}

function Tool({ label, path, disabled = false, popup, press }: ToolProps) {
  return (
    <button
      type="button"
      class="modos-tool"
      title={label}
      aria-label={label}
      aria-haspopup={popup}
      disabled={disabled}
      onClick={({ currentTarget }) => press(currentTarget)}
    >
      <Icon path={path} />
    </button>
  );
}

/** A pill for each column that is filtered; a press removes the filter. */
function FilterPills({ table }: { table: TableContext }) {
  return Object.entries(table.query.filters ?? {}).map(([id, condition]): ComponentChildren => {
    const column = table.column(id);
    if (!column) return null;
    const words = `${visible(column.name)} ${inWords(condition, column.kind)}`;
    return (
      <button
        key={id}
        type="button"
        class="modos-pill modos-press modos-filter-pill"
        title={`Remove filter: ${words}`}
        aria-label={`Remove filter: ${words}`}
        onClick={() => table.setFilter(column, null)}
      >
        <span class="modos-pill-text">{words}</span>
        <span aria-hidden="true">×</span>
      </button>
    );
  });
}
