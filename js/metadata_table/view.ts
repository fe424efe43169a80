// A view of the table: its parts, and the events between them.
import type { RenderProps } from "@anywidget/types";
import { counted } from "../shared/format.ts";
import { whenGone } from "../shared/kernel.ts";
import { initRoot, watchTheme } from "../shared/style.ts";
import { CellCards } from "./cell_cards.ts";
import { ClassTabs } from "./class_tabs.tsx";
import { Columns } from "./columns.ts";
import { TableContext } from "./context.ts";
import { DraftActions } from "./draft_actions.ts";
import { Focus } from "./focus.ts";
import { makeGrid, type GridParts } from "./grid.ts";
import { Keys } from "./keys.ts";
import { Marks } from "./marks.ts";
import { Menus } from "./menus.ts";
import { pointerEvents, targetsIn } from "./pointer.ts";
import { Rows } from "./rows.ts";
import { Selection } from "./selection.ts";
import { TableSheets } from "./sheets.tsx";
import { TableStructure } from "./structure.tsx";
import { css } from "./style/index.ts";
import { Toolbar } from "./toolbar.tsx";
import type { Column, State } from "./wire.ts";

const RANGE_PAUSE = 150;
const THEME_SETTLED = 500; // ms after which JupyterLab shows the page in its new theme

export class TableView {
  private readonly table: TableContext;
  private readonly selection: Selection;
  private readonly rows: Rows;
  private readonly columns: Columns;
  private readonly cards: CellCards;
  private readonly focus: Focus;
  private readonly marks: Marks;
  private readonly bar: Toolbar;
  private readonly draft: DraftActions;
  private readonly menus: Menus;
  private readonly tabs: ClassTabs;
  /** The tab that is drawn. */
  private tab = "";
  private readonly structure: TableStructure;
  private readonly targetOf: ReturnType<typeof targetsIn>;
  private sending = 0;

  constructor(props: RenderProps<State>) {
    initRoot(props.el, "metadata_table", css);
    this.table = new TableContext(props, {
      tell: (text, action) => this.bar.tell(text, action),
      searched: (search) => this.bar.follow(search),
      focusGrid: () => this.focus.grid(),
      outdated: () => this.rows.refresh(),
    });
    const { table } = this;
    this.targetOf = targetsIn(table.holder);
    this.selection = new Selection(table, () => this.rangeChanged());
    this.rows = new Rows(table, this.selection, {
      waits: (isWaiting) => this.bar.waits(isWaiting),
      counted: () => this.bar.draw(),
      reloaded: () => this.bar.draw(),
    });
    this.columns = new Columns(table, () => this.bar.draw());
    this.focus = new Focus(table, this.rows, this.selection, {
      focused: (row, column) => this.draft.focused(row, column),
      selected: () => this.marks.soon(),
      elsewhere: (tab) => this.columns.showTab(tab),
    });
    this.cards = new CellCards(table, this.focus);
    this.marks = new Marks(table, this.rows, this.selection, this.focus, () => {
      this.focus.arrive();
      this.draft.showFinding();
    });
    this.bar = new Toolbar(table, this.rows, this.columns);
    this.draft = new DraftActions(table, this.rows, this.selection, this.focus, this.columns, this.bar.el);
    this.tabs = new ClassTabs(table, (tab) => this.columns.showTab(tab));
    const { columns, draft, focus, rows, selection } = this;
    this.structure = new TableStructure(table, rows, selection, focus);
    this.menus = new Menus(table, { columns, draft, focus, rows, selection, sheets: new TableSheets(table), structure: this.structure });
    this.build();
    this.start();
    this.listen();
  }

  private build(): void {
    const { el, holder } = this.table;
    const { columns, draft, focus, menus, selection } = this;
    const keys = new Keys(this.table, { cards: this.cards, columns, draft, focus, menus, selection, search: () => this.bar.focusSearch() });
    holder.addEventListener("keydown", (event) => keys.pressed(event), { capture: true });
    holder.addEventListener("paste", (event) => {
      if ((event.target as HTMLElement).closest("input, textarea")) return;
      event.preventDefault();
      event.stopPropagation();
      void this.draft.paste(event.clipboardData?.getData("text/plain") ?? "");
    });
    holder.addEventListener("contextmenu", (event) => this.menus.context(event));
    el.append(
      this.tabs.el,
      this.bar.build(this.draft, this.structure, (anchor) => this.menus.more(anchor)),
      this.table.problem,
      this.structure.body,
      this.structure.row,
      this.rows.empty,
      ...this.draft.bars(),
      this.table.announcement,
    );
    this.fit();
  }

  private fit(): void {
    const height = this.table.model.get("height") || "420px";
    this.table.el.style.setProperty("--modos-table-height", height);
    this.table.el.classList.toggle("modos-embedded", height.endsWith("%"));
  }

  /**
   * Let the grid measure its height again, by another one for two frames.
   *
   * JupyterLab hides the page while it changes its theme. The grid then draws the rows of a table
   * without height, and is not told when the page is back with the same height as before.
   */
  private remeasure(): void {
    const { style } = this.table.holder;
    style.paddingBottom = "1px";
    requestAnimationFrame(() => requestAnimationFrame(() => style.removeProperty("padding-bottom")));
  }

  /** Create the grid; again for another source. */
  private start(): void {
    const { draft, rows, selection } = this;
    this.table.api?.destroy();
    this.table.labels.clear();
    this.table.version = undefined;
    this.rows.total = this.table.all = this.table.head.all;
    this.table.el.setAttribute("aria-busy", "false");
    const parts: GridParts = {
      root: this.table.el,
      columns: this.table.head.columns,
      labels: this.table.labels,
      block: this.table.head.block,
      total: this.table.head.all,
      datasource: { getRows: (params) => void this.rows.get(params) },
      header: (column) => ({
        filtered: () => Boolean(this.table.query.filters?.[column.id]),
        needs: () => this.table.needs(column),
        menu: (which: Column, at: DOMRect) => this.menus.column(which, at),
      }),
      more: {
        words: () => this.columns.moreWords,
        title: "Optional columns without any value. Press Enter to show or hide them.",
        press: () => this.columns.toggleMore(),
      },
      editor: (column) => this.draft.editor(column),
      events: {
        focusGridInnerElement: () => {
          this.focus.grid();
          return true;
        },
        onCellFocused: ({ rowIndex, column }) => {
          if (rowIndex === null || !column || typeof column === "string") return;
          this.focus.moved(rowIndex, column.getColId());
        },
        ...pointerEvents({ targetOf: this.targetOf, cards: this.cards, draft, rows, selection }),
        onSortChanged: ({ source }) => source !== "api" && this.columns.pressed(),
        onColumnMoved: () => this.columns.changed(),
        onColumnResized: ({ finished, source }) => {
          if (!finished) return;
          this.columns.fit();
          if (source !== "api") this.columns.changed();
        },
        onColumnVisible: () => {
          this.columns.fit();
          this.columns.changed();
        },
        onColumnPinned: ({ columns, source }) => {
          if (source === "api") return;
          this.columns.dragged((columns ?? []).map((each) => ({ id: each.getColId(), pinned: each.getPinned() })));
        },
        onGridSizeChanged: () => this.columns.fit(),
        ...this.draft.events(),
      },
    };
    const sort = this.table.query.sort ?? [];
    this.table.api = makeGrid(this.table.holder, parts);
    this.focus.watch(this.table.holder);
    this.columns.start(parts);
    if (sort.length) this.columns.sort(sort);
    this.marks.watch();
    this.tab = this.table.tab;
    this.tabs.draw();
    this.structure.draw();
    this.bar.draw();
    this.focus.start();
  }

  private listen(): void {
    const on = (name: keyof State, handler: () => void): void => {
      this.table.model.on(`change:${name}`, handler);
      this.table.signal.addEventListener("abort", () => this.table.model.off(`change:${name}`, handler));
    };
    on("_head", () => {
      const editing = this.table.api.getEditingCells().length > 0;
      this.table.api.stopEditing(); // what is being typed is stored before its cell goes
      const restart = (): void => {
        this.table.head = this.table.model.get("_head");
        if (!this.table.signal.aborted) this.start();
      };
      if (editing) window.setTimeout(restart, 0); // the grid reports an edit a moment later
      else restart();
    });
    on("height", () => this.fit());
    on("editable", () => {
      this.structure.draw();
      this.bar.draw();
      this.draft.draw();
    });
    on("_query", () => {
      const { search } = this.table;
      if (!this.table.followQuery()) return;
      if (this.table.search !== search) this.bar.follow(this.table.search);
      if (this.table.tab !== this.tab) this.tabChanged();
      this.columns.sort(this.table.query.sort ?? []);
      this.rows.reload(true);
      this.table.api.refreshHeader();
    });
    on("_layout", () => {
      if (this.table.followLayout()) this.columns.apply();
    });
    on("_selected", () => this.focus.valueChanged());
    on("_status", () => {
      this.tabs.draw();
      this.columns.followStatus();
      this.structure.draw();
      this.bar.draw();
      this.draft.draw();
    });
    this.table.channel.on("edited", () => this.rows.refresh());
    whenGone(this.table.model, this.table.signal, () => {
      this.draft.gone();
      this.structure.gone();
    });
    watchTheme(this.table.el, this.table.signal, () => window.setTimeout(() => this.remeasure(), THEME_SETTLED));
    this.table.signal.addEventListener("abort", () => {
      clearTimeout(this.sending);
      this.table.api.destroy();
    });
  }

  /** Show the columns of another tab; its rows are requested next. */
  private tabChanged(): void {
    this.tab = this.table.tab;
    this.selection.clear();
    this.columns.apply();
    this.columns.scrollToStart();
    this.tabs.draw();
    this.structure.draw();
    this.bar.draw();
  }

  private rangeChanged(): void {
    this.marks.soon();
    const { range, several } = this.selection;
    clearTimeout(this.sending);
    this.sending = window.setTimeout(() => {
      this.table.model.set("_range", range ? { ...range, shown: this.table.shown } : {});
      this.table.model.save_changes();
    }, RANGE_PAUSE);
    if (!range || !several) return;
    const rows = range.rows[1] - range.rows[0] + 1;
    this.table.say(`${counted(rows, "row")} by ${counted(range.columns.length, "column")} selected`);
  }
}
