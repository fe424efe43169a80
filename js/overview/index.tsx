// Overview: all objects of a place, with search, filters and what can be done with the result.
import type { RenderProps } from "@anywidget/types";
import { useEffect, useLayoutEffect, useReducer, useRef, useState } from "preact/hooks";
import { Button, Icon, KernelGone, ProblemRetry } from "../shared/controls.tsx";
import { copyText } from "../shared/clipboard.ts";
import { focusedBeside } from "../shared/dom.ts";
import { counted, sentence } from "../shared/format.ts";
import { openMenu, type MenuItem } from "../shared/menu.ts";
import { problemOf } from "../shared/messages.ts";
import { CodeButton } from "../shared/show_code.tsx";
import { mountView } from "../shared/view.tsx";
import type { OverviewAction } from "./action.ts";
import { keyOf } from "./columns.ts";
import { Facets } from "./facets.tsx";
import { useTrait, useView } from "./hooks.ts";
import { Panel, PanelLeft } from "./panel.tsx";
import { Result, type Wanted } from "./result.ts";
import { ResultPane } from "./result_pane.tsx";
import { Search, Terms } from "./search.tsx";
import css from "./style.css";
import { foundText, Totals } from "./totals.tsx";
import type { FacetGroup, ListView } from "./wire.ts";

const MORE = "M3.500 8h.01M8 8h.01M12.500 8h.01";
const FILTER = "M2.500 3.500h11L9.500 8.500v4l-3 1.500V8.500z";
const PLUS = "M8 3v10M3 8h10";
const NARROW = 620; // pixels below which filters are a drawer and objects are cards
const MOST_EDITED = 500; // as in panels.py

function Overview() {
  const { el, model, channel, signal } = useView();
  const status = useTrait("_status");
  const query = useTrait("query");
  const kind = useTrait("kind");
  const layout = useTrait("view");
  const height = useTrait("height");
  const [isInside] = useState(() => el.dataset["mode"] === "inside");
  const [, redraw] = useReducer((changes: number) => changes + 1, 0);
  const [result] = useState(() => new Result(channel, () => redraw(undefined)));
  const [sort, setSort] = useState<{ column: string; down: boolean }>({ column: "", down: false });
  const [groups, setGroups] = useState<FacetGroup[]>([]);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [words, setWords] = useState("");
  const [note, setNote] = useState(""); // what an action has done, until the result is another
  const [said, say] = useState(""); // only for screen readers
  const [failure, setFailure] = useState<{ message: string; hint: string } | null>(null);
  const [isDrawer, setDrawer] = useState(false);
  const width = useWidth(el, signal);
  const isSeen = width > 0; // nothing is read for a view that is not shown
  const isNarrow = width > 0 && width < NARROW;
  const drawn: ListView = isNarrow ? "cards" : layout;
  const body = useRef<HTMLDivElement>(null);
  const filterButton = useRef<HTMLButtonElement>(null);
  const set = <N extends "query" | "kind" | "view" | "value">(name: N, value: never): void => {
    model.set(name, value);
    model.save_changes();
  };
  const search = (text: string): void => set("query", text as never);
  const unit = kind === "objects" ? "object" : "element";
  const fail = (error: unknown): void => {
    setNote("");
    setFailure(problemOf(error));
  };
  const toggle = (term: string, excluded: boolean): void => {
    channel.request("toggle", { query: model.get("query"), term, excluded }).then(({ payload }) => search(payload.query), fail);
  };
  const wanted: Wanted = { query, kind, sort: sort.column, down: sort.down };
  const question = JSON.stringify(wanted);
  const asked = useRef("");
  useLayoutEffect(() => el.style.setProperty("--modos-overview-height", height), [el, height]);
  useEffect(() => () => result.close(), [result]);
  useEffect(() => {
    if (!isSeen) return;
    const isSame = asked.current === question;
    asked.current = question;
    result.find(wanted, isSame);
    if (!isSame) setFailure(null);
  }, [question, status.version, status.listed, isSeen]);
  const { answer } = result;
  const about = answer ? `${query} ${answer.version}` : "";
  useEffect(() => {
    if (!about) return;
    const stop = new AbortController();
    channel.request("facets", { query }, { signal: stop.signal }).then(({ payload }) => setGroups(payload.groups), () => undefined);
    return () => stop.abort();
  }, [about]);
  useLayoutEffect(() => setChosen(new Set()), [query, kind]);
  useLayoutEffect(() => setNote(""), [question, chosen]);
  useEffect(() => {
    if (answer && !result.isWaiting) setWords(foundText(answer, unit));
  }, [answer, result.isWaiting]);

  const act = (detail: OverviewAction): boolean =>
    !el.dispatchEvent(new CustomEvent("modos-overview", { detail, bubbles: true, cancelable: true }));
  const open = (path: string, element: string): void => {
    set("value", path as never);
    if (act({ action: "open", paths: [path], element })) return;
    setNote("Opened as overview.modo");
  };
  const refresh = (): void => {
    if (!act({ action: "refresh", paths: [] })) channel.request("refresh").catch(fail);
  };
  const focusRows = (): void => el.querySelector<HTMLElement>(".modos-result")?.focus();
  /** The objects that an action is for: the chosen ones, or the whole result if there are none. */
  const targets = { query, paths: [...new Set([...chosen].map((key) => keyOf(key).path))] };
  const objects = targets.paths.length || (answer?.totals.objects ?? 0);
  const paths = async (): Promise<string[]> => (await channel.request("paths", targets)).payload.paths;
  const edit = (): void => {
    setFailure(null);
    if (objects > MOST_EDITED) {
      setNote(`At most ${MOST_EDITED} objects can be edited at once. Narrow the result, or select objects.`);
    } else if (isInside) {
      paths().then((found) => void act({ action: "edit", paths: found }), fail);
    } else {
      setNote(`Opening ${counted(objects, "object")}…`);
      channel.request("edit", targets).then(() => setNote(""), fail);
    }
  };
  const copy = (): void => {
    setFailure(null);
    channel.request("copy", targets).catch(fail);
  };
  const savePage = (): void => {
    paths().then((found) => void act({ action: "page", paths: found }), fail);
  };
  const copyPaths = (): void => {
    paths()
      .then((found) => copyText(`${found.join("\n")}\n`).then((isCopied) => setNote(isCopied ? `${counted(found.length, "path")} copied` : "Not copied")))
      .catch(fail);
  };
  const actions = (): MenuItem[] => [
    { label: `Copy ${counted(objects, "object")}…`, disabled: !objects, press: copy },
    { label: objects === 1 ? "Copy path" : "Copy paths", disabled: !objects, press: copyPaths },
    ...(isInside ? [{ label: "Save as page…", disabled: !objects, press: savePage }] : []),
    {
      label: kind === "objects" ? "List elements" : "List objects",
      apart: true,
      press: () => set("kind", (kind === "objects" ? "elements" : "objects") as never),
    },
    ...(isNarrow ? [] : [{ label: layout === "table" ? "Show as cards" : "Show as table", press: () => set("view", (layout === "table" ? "cards" : "table") as never) }]),
  ];
  const told = note || (chosen.size ? `${counted(chosen.size, unit)} selected` : words);
  const isEmpty = !isInside && !status.loading && !status.total && !status.failed;
  const problem = failure ?? result.problem ?? (status.total ? null : status.problem);
  const closeDrawer = (): void => {
    setDrawer(false);
    filterButton.current?.focus({ preventScroll: true });
  };
  const used = groups.flatMap(({ facets }) => facets).filter(({ values }) => values.some(([, , , state]) => state)).length;
  return (
    <>
      <KernelGone />
      <Totals answer={answer} toggle={toggle} refresh={refresh}>
        {isInside && <AddMenu act={act} />}
        {!isInside && <CodeButton of={["query"]} />}
      </Totals>
      {problem && <ProblemRetry problem={problem} again={refresh} />}
      <div class="modos-overview-body" ref={body} hidden={isEmpty && !query}>
        <aside
          class={`modos-facets${isNarrow ? " modos-is-drawer" : ""}`}
          aria-label="Filters"
          hidden={isNarrow && !isDrawer}
          onKeyDown={(event) => {
            if (!isNarrow || event.key !== "Escape" || event.defaultPrevented) return;
            event.preventDefault();
            closeDrawer();
          }}
        >
          {isNarrow && (
            <div class="modos-drawer-head">
              <strong>Filters</strong>
              <Button label="Done" press={closeDrawer} />
            </div>
          )}
          <Facets groups={groups} query={query} toggle={toggle} />
        </aside>
        <section class="modos-found-pane" aria-label="Result">
          <Search query={query} search={search} leave={focusRows} />
          {answer?.problem && (
            <div class="modos-query-problem" role="status">{sentence(`${answer.problem.message} ${answer.problem.hint}`)}</div>
          )}
          <div class="modos-found-bar">
            {isNarrow && (
              <button
                ref={filterButton}
                type="button"
                class="modos-button modos-filter-button"
                aria-expanded={isDrawer}
                onClick={() => {
                  setDrawer(!isDrawer);
                  requestAnimationFrame(() => el.querySelector<HTMLElement>(".modos-facets button")?.focus());
                }}
              >
                <Icon path={FILTER} />
                {used ? `Filters (${used})` : "Filters"}
              </button>
            )}
            <span class="modos-found-number modos-muted" role="status">
              {told}
            </span>
            {answer && answer.terms.length > 0 && <Terms terms={answer.terms} search={search} />}
            <span class="modos-grow" />
            {answer && answer.late > 0 && !status.loading && (
              <Button label="Update order" class="modos-quiet" press={() => result.find(wanted, false)} />
            )}
            {chosen.size > 0 && <Button label="Clear selection" class="modos-quiet" press={() => setChosen(new Set())} />}
            <PanelLeft />
            {(query !== "" || chosen.size > 0) && (
              <Button
                label={`Edit ${counted(objects, "object")}`}
                primary
                disabled={!objects}
                title={objects > MOST_EDITED ? `At most ${MOST_EDITED} objects can be edited at once.` : undefined}
                press={edit}
              />
            )}
            <ActionMenu items={actions} />
          </div>
          <ResultPane
            result={result}
            kind={kind}
            layout={drawn}
            sort={sort}
            question={question}
            chosen={chosen}
            setSort={setSort}
            open={open}
            say={say}
            choose={setChosen}
            clear={() => search("")}
            focusSearch={() => el.querySelector<HTMLElement>("[data-name=search]")?.focus()}
          />
        </section>
      </div>
      {isEmpty && !query && !problem && (
        <div class="modos-empty">
          <strong>No objects</strong>
          <span>An object is a folder that contains data.zarr.</span>
          <Button label="Refresh" press={refresh} />
        </div>
      )}
      <Panel next={() => el.querySelector<HTMLElement>("[data-name=search]")} />
      <div class="modos-visually-hidden" role="status">{said}</div>
    </>
  );
}

function AddMenu({ act }: { act: (detail: OverviewAction) => boolean }) {
  const items: MenuItem[] = [
    { label: "New object…", press: () => void act({ action: "new", paths: [] }) },
    { label: "Describe files…", press: () => void act({ action: "describe", paths: [] }) },
  ];
  return <MenuTool name="Add objects" icon={PLUS} items={() => items} />;
}

function ActionMenu({ items }: { items: () => MenuItem[] }) {
  return <MenuTool name="Actions for the result" icon={MORE} items={items} />;
}

function MenuTool({ name, icon, items }: { name: string; icon: string; items: () => MenuItem[] }) {
  const { el } = useView();
  const button = useRef<HTMLButtonElement>(null);
  const [isOpen, setOpen] = useState(false);
  const open = (): void => {
    setOpen(true);
    const closed = (): void => {
      setOpen(false);
      const active = focusedBeside(el);
      if (!active || active === document.body || !el.contains(active)) button.current?.focus({ preventScroll: true });
    };
    openMenu(el, name, button.current!, items(), closed, { placement: "bottom-end", gap: 4 });
  };
  return (
    <button ref={button} type="button" class="modos-tool" title={name} aria-label={name} aria-haspopup="menu" aria-expanded={isOpen} onClick={open}>
      <Icon path={icon} />
    </button>
  );
}

/** The width of the view, in steps that matter. */
function useWidth(el: HTMLElement, signal: AbortSignal): number {
  const [width, setWidth] = useState(el.clientWidth);
  useLayoutEffect(() => {
    const observer = new ResizeObserver(([entry]) => entry && setWidth(Math.round(entry.contentRect.width)));
    observer.observe(el);
    signal.addEventListener("abort", () => observer.disconnect());
  }, [el, signal]);
  return width;
}

export default {
  render(props: RenderProps): void {
    props.el.setAttribute("role", "group");
    props.el.setAttribute("aria-label", "Overview");
    mountView(props, "overview", css, <Overview />);
  },
};
