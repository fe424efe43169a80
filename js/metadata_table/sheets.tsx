// Export and import of sheets: their menu items, and a sheet that is dropped on the table.
import { render, type ComponentChild } from "preact";
import { element } from "../shared/dom.ts";
import { counted } from "../shared/format.ts";
import type { MenuItem } from "../shared/menu.ts";
import type { Channel } from "../shared/messages.ts";
import { ExportSheet } from "../sheets/export.tsx";
import { ImportSheet } from "../sheets/import.tsx";
import type { Requests } from "../sheets/wire.ts";
import type { TableContext } from "./context.ts";

export class TableSheets {
  private readonly table: TableContext;
  private readonly channel: Channel<Requests>;

  constructor(table: TableContext) {
    this.table = table;
    this.channel = table.channel as unknown as Channel<Requests>;
    const { el, signal } = table;
    el.addEventListener("modos-sheet", (event) => {
      if ((event as CustomEvent<string>).detail === "import") this.import();
      else this.export();
    }, { signal });
    el.addEventListener("dragover", (event) => {
      if (this.canImport && event.dataTransfer?.types.includes("Files")) event.preventDefault();
    }, { signal });
    el.addEventListener("drop", (event) => {
      const files = [...(event.dataTransfer?.files ?? [])];
      if (!files.length || !this.canImport || event.defaultPrevented) return;
      event.preventDefault();
      event.stopPropagation();
      this.import(files);
    }, { signal });
  }

  /** A DataFrame has neither elements nor changes. */
  private get isDraft(): boolean {
    return this.table.status.changes !== undefined;
  }

  private get canImport(): boolean {
    return this.isDraft && this.table.editable;
  }

  menu(): MenuItem[] {
    if (!this.isDraft) return [];
    return [
      { label: "Export sheet…", apart: true, press: () => this.export() },
      { label: "Import sheet…", disabled: !this.canImport, press: () => this.import() },
    ];
  }

  private export(): void {
    const { table } = this;
    this.show((close) => (
      <ExportSheet channel={this.channel} tab={table.tab} title={table.ofClass?.about.title ?? table.tab} close={close} done={(words) => table.tell(words)} />
    ));
  }

  private import(dropped: File[] = []): void {
    const { table } = this;
    this.show((close) => (
      <ImportSheet
        channel={this.channel}
        signal={table.signal}
        dropped={dropped}
        close={close}
        done={(changes) => table.tell(`Imported ${counted(changes, "change")}. Review and commit them.`)}
      />
    ));
  }

  private show(dialog: (close: () => void) => ComponentChild): void {
    const { table } = this;
    const box = element("div");
    const close = (): void => {
      render(null, box);
      box.remove();
      table.focusGrid();
    };
    table.el.append(box);
    render(dialog(close), box);
  }
}
