// The tabs of the table: all rows, and those of each class.
import { render } from "preact";
import { element } from "../shared/dom.ts";
import { count, counted, visible } from "../shared/format.ts";
import { TabBar, type TabEntry } from "../shared/tab_bar.tsx";
import type { TableContext } from "./context.ts";
import type { Tab, TabState } from "./wire.ts";

export class ClassTabs {
  readonly el = element("div", { class: "modos-class-tabs" });
  private readonly table: TableContext;
  private readonly choose: (tab: string) => void;

  constructor(table: TableContext, choose: (tab: string) => void) {
    this.table = table;
    this.choose = choose;
    table.holder.id = `table-${crypto.randomUUID()}`;
  }

  draw(): void {
    const { head, holder, status, tab: front } = this.table;
    const states = status.tabs ?? {};
    const isTabbed = head.tabs.length > 0;
    this.el.hidden = !isTabbed;
    if (isTabbed) {
      holder.setAttribute("role", "tabpanel");
      holder.setAttribute("aria-label", visible(this.table.ofClass?.about.title ?? "All"));
    } else {
      holder.removeAttribute("role");
      holder.removeAttribute("aria-label");
    }
    const all = Object.values(states).reduce((sum, { rows }) => sum + rows, 0);
    const shown = head.tabs.filter(({ name }) => (states[name]?.rows ?? 0) > 0 || name === front);
    const tabs: TabEntry[] = [
      { name: "", label: `All, ${counted(all, "row")}`, content: <Words title="All" rows={all} errors={0} /> },
      ...shown.map((tab) => entry(tab, states[tab.name])),
    ];
    render(
      isTabbed && (
        <TabBar
          root={this.table.el}
          label="Classes"
          tabs={tabs}
          front={front}
          choose={this.choose}
          panelOf={() => holder.id}
        />
      ),
      this.el,
    );
  }
}

function entry({ name, title, description }: Tab, state: TabState | undefined): TabEntry {
  const { rows = 0, errors = 0, filled = 0, wanted = 0 } = state ?? {};
  const part = wanted ? Math.floor((100 * filled) / wanted) : 0;
  const facts = [
    counted(rows, "row"),
    errors > 0 && counted(errors, "error"),
    wanted > 0 && `${part} % filled`,
  ].filter(Boolean);
  const words = [
    description,
    wanted > 0 && `${count(filled)} of ${count(wanted)} required and expected values are filled.`,
  ].filter(Boolean);
  return {
    name,
    label: [visible(title), ...facts].join(", "),
    title: visible(words.join("\n")).replaceAll("⏎", "\n"),
    content: <Words title={title} rows={rows} errors={errors} {...(wanted ? { part } : {})} />,
  };
}

function Words({ title, rows, errors, part }: { title: string; rows: number; errors: number; part?: number }) {
  return (
    <>
      <span>{visible(title)}</span>{" "}
      <span class="modos-tab-count">{count(rows)}</span>
      <span class="modos-visually-hidden">{` ${rows === 1 ? "row" : "rows"} `}</span>
      {part !== undefined && <Filled part={part} />}
      {errors > 0 && <span class="modos-tab-count modos-tab-errors">{counted(errors, "error")}</span>}
    </>
  );
}

/** How much of the required and expected values is filled, as a small bar; the tab's name tells the number. */
function Filled({ part }: { part: number }) {
  return (
    <>
      <span class={`modos-tab-filled${part === 100 ? " modos-is-filled" : ""}`} aria-hidden="true">
        <span style={{ width: `${part}%` }} />
      </span>
      <span class="modos-visually-hidden">{` ${part} % filled `}</span>
    </>
  );
}
