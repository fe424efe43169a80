// A saved page: the objects, the tree and the table of their metadata, on what the page holds.
import type { RenderProps } from "@anywidget/types";
import { render } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type tableBundle from "../metadata_table/index.ts";
import { DiffTable, Named, Side } from "../shared/diff_table.tsx";
import { folded } from "../shared/fold.ts";
import { count, counted, visible } from "../shared/format.ts";
import { initRoot } from "../shared/style.ts";
import type previewBundle from "../array_preview/index.tsx";
import type treeBundle from "../zarr_tree/index.ts";
import css from "./style.css";
import { SavedPreview } from "./preview_answers.ts";
import { SavedTable } from "./table_answers.ts";
import { SavedTree } from "./tree_answers.ts";
import type { ChangesRecord, ObjectRecord, Recorded } from "./wire.ts";

interface Bundles {
  metadata_table: typeof tableBundle;
  zarr_tree: typeof treeBundle;
  /** Only in a page with previews. */
  array_preview?: typeof previewBundle;
}

// The scripts of the widgets come before this one in the file, so that no code is stored twice.
const { metadata_table: tableWidget, zarr_tree: treeWidget, array_preview: previewWidget } = (
  globalThis as unknown as { modosWidgets: Bundles }
).modosWidgets;

const FILTER_FROM = 8; // objects from which their list has a filter

class Page {
  readonly recorded: Recorded;
  readonly table: SavedTable;
  readonly tree: SavedTree;
  readonly preview = new SavedPreview();
  private shown: ObjectRecord;
  private isLinking = false;

  constructor(recorded: Recorded) {
    this.recorded = recorded;
    this.shown = recorded.objects[0]!;
    this.table = new SavedTable(recorded.table);
    this.tree = new SavedTree(this.shown.tree);
    this.show(this.shown);
    this.table.model.on("change:value", () => this.linked(() => this.rowSelected()));
    this.tree.model.on("change:value", () => {
      this.previewed(this.preview.select(this.tree.model.get("value")));
      this.linked(() => this.nodeSelected());
    });
  }

  /** Called with the object of the tree when another one is shown. */
  changed: (object: ObjectRecord) => void = () => {};

  /** Called with whether the selected node has a preview. */
  previewed: (isShown: boolean) => void = () => {};

  /** Show the tree of an object. */
  show(object: ObjectRecord): void {
    this.shown = object;
    this.preview.show(object.previews);
    this.tree.show(object.tree, (path) => this.table.words(object.name, path));
    this.changed(object);
  }

  private linked(act: () => void): void {
    if (this.isLinking) return;
    this.isLinking = true;
    act();
    this.isLinking = false;
  }

  private rowSelected(): void {
    const { selected } = this.table;
    if (!selected) return;
    const [name, element] = selected;
    const object = this.recorded.objects.find((each) => each.name === name) ?? this.shown;
    if (object !== this.shown) this.show(object);
    const path = element === object.root ? "" : element;
    if (this.tree.has(path)) this.tree.model.set("value", path);
  }

  /** Select the element of a node, or the one around it. */
  private nodeSelected(): void {
    const names = (this.tree.model.get("value") ?? "").split("/");
    for (; names.length; names.pop()) {
      if (this.table.select(this.shown.name, names.join("/"))) return;
    }
    if (this.tree.model.get("value") !== null) this.table.select(this.shown.name, this.shown.root);
  }
}

/** A widget in the page. */
function Widget({ class: name, draw }: { class: string; draw: (el: HTMLElement) => void }) {
  const holder = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => draw(holder.current!), []);
  return <div class={name} ref={holder} />;
}

function widgetProps(model: unknown, el: HTMLElement): RenderProps {
  return { model, el, signal: new AbortController().signal, host: {} } as unknown as RenderProps;
}

function Objects({ page, open }: { page: Page; open: (object: ObjectRecord | null) => void }) {
  const { objects } = page.recorded;
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState<ObjectRecord | null>(null);
  const words = folded(text).split(/\s+/u).filter(Boolean);
  const listed = objects.filter(({ name, title }) => words.every((word) => folded(`${name} ${title}`).includes(word)));
  const choose = (object: ObjectRecord | null): void => {
    setChosen(object);
    open(object);
  };
  return (
    <nav class="modos-page-objects" aria-label="Objects">
      {objects.length >= FILTER_FROM && (
        <input
          class="modos-input"
          type="search"
          placeholder={`Filter ${counted(objects.length, "object")}`}
          aria-label="Filter objects"
          value={text}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
      )}
      <ul>
        <li>
          <button type="button" aria-pressed={chosen === null} onClick={() => choose(null)}>
            <span>All objects</span>
            <span class="modos-muted">{count(objects.length)}</span>
          </button>
        </li>
        {listed.map((object) => (
          <li key={object.name}>
            <button type="button" aria-pressed={chosen === object} title={visible(object.title)} onClick={() => choose(object)}>
              <span>{visible(object.name)}</span>
              <span class="modos-muted" title={counted(object.elements, "element")}>{count(object.elements)}</span>
            </button>
          </li>
        ))}
      </ul>
      {!listed.length && <p class="modos-muted">No matches</p>}
    </nav>
  );
}

interface ChangesProps {
  changes: ChangesRecord;
  several: boolean;
  /** Select an element of an object in the table. */
  select: (object: string, element: string) => void;
}

function Changes({ changes, several, select }: ChangesProps) {
  const head = [...(several ? ["Object"] : []), "Element", "Attribute", "Before", "After"];
  const rows = changes.rows.map(([object, element, slot, before, after]) => [
    ...(several ? [<Named text={object} />] : []),
    <button type="button" class="modos-page-jump" title="Show in the table" onClick={() => select(object, element)}>
      <Named text={element} />
    </button>,
    <Named text={slot || "(the whole element)"} />,
    <Side text={before} tag="del" chips={changes.chips} />,
    <Side text={after} tag="ins" chips={changes.chips} />,
  ]);
  const left = changes.total - changes.rows.length;
  return (
    <details class="modos-page-changes" open>
      <summary>{`${counted(changes.total, "change")}, not committed`}</summary>
      <div class="modos-page-diff" tabIndex={0} role="region" aria-label="Changes"><DiffTable head={head} rows={rows} /></div>
      {left > 0 && <p class="modos-muted">{`${counted(left, "further change")} not shown`}</p>}
    </details>
  );
}

function Face({ page }: { page: Page }) {
  const { changes, failures, left_out: leftOut, made, objects, table, title } = page.recorded;
  const [shown, setShown] = useState(objects[0]!);
  const [isPreviewed, setPreviewed] = useState(false);
  const several = objects.length > 1;
  page.changed = setShown;
  page.previewed = setPreviewed;
  const { errors = 0, warnings = 0, notes = 0 } = table.status;
  const elements = objects.reduce((sum, each) => sum + each.elements, 0);
  const [first] = objects;
  const facts = [
    ...(!several && first?.title && first.title !== title ? [visible(first.title)] : []),
    ...(several && title !== counted(objects.length, "object") ? [counted(objects.length, "object")] : []),
    counted(elements, "element"),
    ...(errors ? [counted(errors, "error")] : []),
    ...(warnings ? [counted(warnings, "warning")] : []),
    ...(notes ? [counted(notes, "note")] : []),
  ];
  const open = (object: ObjectRecord | null): void => {
    page.table.showObject(object?.name ?? null);
    if (object) page.show(object);
  };
  return (
    <>
      <header class="modos-page-head">
        <h1>{visible(title)}</h1>
        <p class="modos-muted">{facts.join(" · ")}</p>
        <p class="modos-muted modos-page-made">
          {[`Saved ${made}`, "Read-only copy", ...(leftOut ? [`${counted(leftOut, "array")} without preview`] : [])].join(" · ")}
        </p>
      </header>
      {failures.length > 0 && (
        <details class="modos-page-failures">
          <summary>{`${counted(failures.length, "object")} could not be read`}</summary>
          <ul>{failures.map((each) => <li key={each}>{visible(each)}</li>)}</ul>
        </details>
      )}
      {changes && <Changes changes={changes} several={several} select={(object, element) => page.table.select(object, element)} />}
      <div class={`modos-page-panes${several ? " modos-has-objects" : ""}`}>
        {several && <Objects page={page} open={open} />}
        <section class="modos-page-tree" aria-label="Tree">
          <h2>{visible(shown.name)}</h2>
          <Widget class="modos-page-widget" draw={(el) => void treeWidget.render(widgetProps(page.tree.model, el) as never)} />
        </section>
        <div class="modos-page-main">
          {/* before the table, whose first cell selects another element when it gets the focus */}
          {previewWidget && (
            <section class="modos-page-preview" aria-label="Preview" hidden={!isPreviewed}>
              <Widget class="modos-page-widget" draw={(el) => previewWidget.render(widgetProps(page.preview.model, el) as never)} />
            </section>
          )}
          <section class="modos-page-table" aria-label="Metadata">
            <Widget class="modos-page-widget" draw={(el) => tableWidget.render(widgetProps(page.table.model, el) as never)} />
          </section>
        </div>
      </div>
    </>
  );
}

const el = document.getElementById("page")!;
const page = new Page(JSON.parse(document.getElementById("recorded")!.textContent) as Recorded);
Object.assign(window, { modosPage: page }); // for tests and the console
initRoot(el, "page", css);
render(<Face page={page} />, el);
