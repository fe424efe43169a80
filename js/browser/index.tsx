// Browser: one line on top, then objects, tree, and what is selected.
import type { RenderProps } from "@anywidget/types";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Button, KernelGone } from "../shared/controls.tsx";
import { focusedBeside } from "../shared/dom.ts";
import { sentence, visible } from "../shared/format.ts";
import { Problem, type Arguments, type Name } from "../shared/messages.ts";
import { saveText } from "../shared/save_blob.ts";
import { CodeButton, CodePieces } from "../shared/show_code.tsx";
import { mountView, useNextFocus } from "../shared/view.tsx";
import type { Piece, ProblemText } from "../shared/wire.ts";
import { Deleted, DeleteObject } from "./delete_object.tsx";
import { DescribeFiles } from "./describe_files.tsx";
import { asksForSignIn, isEmpty, Nothing } from "./empty.tsx";
import { Details } from "./details.tsx";
import { useDrawers, useForm } from "./drawers.ts";
import { FilesPanel } from "./files.tsx";
import { EditFoot } from "./foot.tsx";
import { useLoad, useTrait, useView } from "./hooks.ts";
import { Hints } from "./hints.tsx";
import { Leaving } from "./leaving.tsx";
import { MetadataPanel } from "./metadata.tsx";
import { NewObject } from "./new_object.tsx";
import { ObjectBar } from "./object_bar.tsx";
import { ObjectList } from "./objects.tsx";
import { OpenProposal } from "./open_proposal.tsx";
import { ReadOnly } from "./read_only.tsx";
import { SavePage } from "./save_page.tsx";
import { Splitter } from "./splitter.tsx";
import { css } from "./style/index.ts";
import { Widget } from "./widget.tsx";
import type { OverviewAction } from "../overview/action.ts";
import type { Requests, Shown } from "./wire.ts";

/** The dialog that is open. */
type Asked =
  | { kind: "read-only"; reason: string; paths: string[] }
  | { kind: "new"; like: string }
  | { kind: "delete" }
  | { kind: "describe" }
  | { kind: "page"; paths: string[] }
  | { kind: "proposal" };

function Browser() {
  const { el, model, channel, signal } = useView();
  const shown = useTrait("_shown");
  const edit = useTrait("_edit");
  const tab = useTrait("tab");
  const height = useTrait("height");
  const view = useTrait("view");
  const opening = useOpenings();
  const [failure, setFailure] = useState<ProblemText | null>(null);
  const objects = useRef<HTMLElement>(null);
  const tree = useRef<HTMLElement>(null);
  const problemLine = useRef<HTMLDivElement>(null);
  const panes = useRef<HTMLDivElement>(null);
  const overview = useRef<HTMLElement>(null);
  const detail = useRef<HTMLElement>(null);
  const [asked, setAsked] = useState<Asked | null>(null);
  const dismiss = (): void => setAsked(null);
  const empty = useRef<HTMLDivElement>(null);
  const ask = <N extends Name<Requests>>(name: N, ...payload: Arguments<Requests, N>): void => {
    channel.request(name, ...payload).catch((error: unknown) => {
      if (error instanceof Problem) setFailure(error);
    });
  };
  const startEditing = (paths: string[], propose = false, then?: () => void): void => {
    dismiss();
    channel.request("edit", { paths, propose }).then(
      ({ payload }) => {
        if (payload.read_only) setAsked({ kind: "read-only", reason: payload.read_only, paths });
        else then?.();
      },
      (error: unknown) => error instanceof Problem && setFailure(error),
    );
  };
  const download = (): void => {
    channel.request("proposal").then(
      ({ payload }) => saveText(payload.name, payload.text),
      (error: unknown) => error instanceof Problem && setFailure(error),
    );
  };
  /** Open the form that adds, renames or removes an element, beside the table. */
  const changeStructure = (action: string, path: string): void => {
    if (action === "edit") {
      startEditing(shown.object === null ? [] : [shown.object]);
      return;
    }
    drawers.close(false);
    model.set("tab", "metadata");
    model.save_changes();
    const [group = "", name] = path.split("/");
    const detail = {
      action,
      ...(action === "add" ? { class: edit.classes[group] ?? "" } : { id: `${group}/${name}` }),
      object: shown.object ?? "",
    };
    requestAnimationFrame(() => el.querySelector(".modos-table-holder")?.dispatchEvent(new CustomEvent("modos-structure", { detail })));
  };
  /** Open the dialog of the table that exports or imports a sheet; an import needs a draft. */
  const exchangeSheet = (action: "export" | "import"): void => {
    model.set("tab", "metadata");
    model.save_changes();
    const open = (): void => {
      requestAnimationFrame(() => el.querySelector(".modos-table-holder")?.dispatchEvent(new CustomEvent("modos-sheet", { detail: action })));
    };
    if (action === "export" || edit.editing) open();
    else startEditing(shown.object === null ? [] : [shown.object], false, open);
  };
  const showOverview = (): void => {
    model.set("view", "overview");
    model.save_changes();
  };
  const act = ({ action, paths, element = "" }: OverviewAction): void => {
    if (action === "open") ask("open", { path: paths[0] ?? "", select: element });
    else if (action === "edit") startEditing(paths);
    else if (action === "refresh") ask("refresh");
    else if (action === "page") setAsked({ kind: "page", paths });
    else if (action === "new") setAsked({ kind: "new", like: "" });
    else setAsked({ kind: "describe" });
  };
  const acts = useRef(act);
  acts.current = act;
  const structure = useRef(changeStructure);
  structure.current = changeStructure;
  const isNothing = isEmpty(shown);
  const isOpen = shown.object !== null;
  const isOverview = view === "overview" && shown.can_list;
  const form = useForm(el, signal);
  const drawers = useDrawers(form === "medium" && isOpen, { objects, tree });
  const login = (): HTMLElement | null => el.querySelector<HTMLElement>(":scope > [data-mode=panel]");
  /** Where the focus goes when the focused control is removed. */
  const main = (): HTMLElement | null | undefined => {
    if (!isNothing) return (isOverview ? overview : objects).current?.querySelector("input");
    const first = empty.current?.querySelector("button");
    if (!first) login()?.dispatchEvent(new CustomEvent("modos-take-focus"));
    return first;
  };
  useNextFocus(problemLine, main);
  useNextFocus(empty, main);
  useNextFocus(panes, () => (isOpen && !isOverview ? null : main()));
  const tabInFront = (): HTMLElement | null | undefined => detail.current?.querySelector<HTMLElement>("[role=tab][aria-selected=true]");
  useNextFocus(overview, () => (isNothing || isOverview ? main() : (tabInFront() ?? main())));
  const home = useRef(main);
  home.current = main;
  // what opened a dialog may be hidden when it closes, such as the button of a list without objects
  useLayoutEffect(() => {
    if (!asked) return;
    return () => {
      const active = focusedBeside(el);
      if (!active || active === document.body) home.current()?.focus();
    };
  }, [asked]);
  useLayoutEffect(() => setFailure(null), [shown]);
  useLayoutEffect(() => el.style.setProperty("--modos-browser-height", height), [el, height]);
  useLayoutEffect(() => {
    el.addEventListener("modos-structure", (event) => {
      const { action, id } = (event as CustomEvent<{ action: string; id: string }>).detail;
      if (tree.current?.contains(event.target as Node)) structure.current(action, id);
    });
    el.addEventListener("modos-overview", (event) => {
      event.preventDefault(); // it is done here
      acts.current((event as CustomEvent<OverviewAction>).detail);
    });
    el.addEventListener("modos-save-page", () => setAsked({ kind: "page", paths: [] }));
    el.addEventListener("modos-ask-token", () => login()?.dispatchEvent(new CustomEvent("modos-paste")));
    el.addEventListener("modos-focus-lost", ({ target }) => {
      const other = target === login() ? el.querySelector(".modos-top-login") : login();
      other?.dispatchEvent(new CustomEvent("modos-take-focus"));
    });
  }, [el, signal]);
  const size = (which: string) => (pixels: number) => el.style.setProperty(`--modos-browser-${which}`, `${pixels}px`);
  const setHeight = (pixels: number): void => {
    model.set("height", `${pixels}px`);
    model.save_changes();
  };
  useLayoutEffect(() => {
    if (drawers.opened === "objects") drawers.close();
  }, [shown.object]);
  const object = isOpen ? `${opening} ${shown.object}` : "";
  const node = isOpen ? `${object} ${shown.selected}` : "";
  const problem = failure ?? (asksForSignIn(shown) ? null : shown.problem); // the empty state asks to sign in
  const origin = failure ? "" : (shown.problem?.origin ?? "");
  return (
    <>
      <KernelGone />
      <div class="modos-top">
        <Widget name="_picker" class="modos-top-picker" data-mode="compact" />
        <Widget name="_login" class="modos-top-login" data-mode="compact" />
        <CodeButton />
      </div>
      <Widget name="_login" data-mode="panel" hidden />
      <div class="modos-problem" role="alert" hidden={!problem} ref={problemLine}>
        {problem && (
          <>
            <span class="modos-grow">{sentence(`${problem.message} ${problem.hint}`.trim())}</span>
            {origin && <Button label="Confirm address" title={visible(origin)} press={() => ask("confirm service", { origin })} />}
            <Button label="Dismiss" class="modos-quiet" press={() => (failure ? setFailure(null) : ask("dismiss"))} />
          </>
        )}
      </div>
      {shown.deleted && (
        <Deleted deleted={shown.deleted} restore={() => ask("restore")} dismiss={() => ask("forget deleted")} />
      )}
      {!isNothing && <Hints isOpen={isOpen && !isOverview} isEditing={edit.editing} next={main} />}
      <Widget name="_overview" class="modos-overview-place" data-mode="inside" hidden={isNothing || !isOverview} pane={overview} />
      <div class="modos-panes" hidden={isNothing || isOverview} ref={panes} data-drawer={drawers.opened ?? undefined} data-open={isOpen}>
        <ObjectList
          shown={shown}
          pane={objects}
          open={(path) => ask("open", { path })}
          favour={(path, favourite) => ask("favour", { path, favourite })}
          refresh={() => ask("refresh")}
          curate={startEditing}
          create={() => setAsked({ kind: "new", like: "" })}
          describe={() => setAsked({ kind: "describe" })}
        />
        <Splitter name="Width of the list of objects" pane={objects} least={140} spare={460} set={size("list-width")} />
        <Splitter name="Height of the list of objects" isBelow pane={objects} least={120} set={size("list-height")} />
        <div class="modos-work" hidden={!isOpen}>
          <ObjectBar
            shown={shown}
            drawers={drawers}
            overview={shown.can_list ? showOverview : null}
            edit={() => startEditing(shown.object === null ? [] : [shown.object])}
            stop={() => ask("stop editing")}
            items={[
              { label: "Describe files…", press: () => setAsked({ kind: "describe" }) },
              { label: "Export sheet…", press: () => exchangeSheet("export") },
              { label: "Import sheet…", disabled: edit.changes > 0, press: () => exchangeSheet("import") },
              { label: "Save as page…", press: () => setAsked({ kind: "page", paths: [] }) },
              { label: "Download changes", apart: true, disabled: !edit.changes, press: download },
              { label: "Open proposed changes…", press: () => setAsked({ kind: "proposal" }) },
              { label: "New object like this…", apart: true, press: () => setAsked({ kind: "new", like: shown.object ?? "" }) },
              { label: "Delete object…", disabled: edit.changes > 0, press: () => setAsked({ kind: "delete" }) },
            ]}
          />
          <div class="modos-work-panes">
            <Widget
              name="_tree"
              tag="section"
              class="modos-pane modos-tree-pane"
              aria-label="Tree"
              data-structure={edit.editing ? "edit" : "offer"}
              pane={tree}
            />
            <Splitter name="Width of the tree" pane={tree} least={160} spare={280} set={size("tree-width")} />
            <Splitter name="Height of the tree" isBelow pane={tree} least={120} set={size("tree-height")} />
            <Details
              pane={detail}
              panels={{
                metadata: (
                  <MetadataPanel isFront={tab === "metadata"} shown={node} revision={edit.revision} structure={edit.editing ? changeStructure : null}>
                    <Widget name="_table" class="modos-table-holder" data-foot="elsewhere" data-page="offer" />
                  </MetadataPanel>
                ),
                files: <FilesPanel isFront={tab === "files"} shown={object && `${object} ${edit.files}`} object={shown.object} describe={() => setAsked({ kind: "describe" })} />,
                preview: <Widget name="_preview" class="modos-preview-holder" />,
                region: <RegionPanel region={shown.region} />,
                history: <Widget name="_history" class="modos-history-holder" />,
                code: <CodePanel isFront={tab === "code"} shown={node && `${node} ${edit.revision}`} />,
                transfer: <Widget name="_transfer" class="modos-transfer-holder" />,
              }}
            />
          </div>
        </div>
        <div class="modos-empty modos-wait" hidden={isOpen}><Wait shown={shown} /></div>
      </div>
      {!isNothing && <EditFoot download={download} />}
      {!isNothing && (
        <Splitter
          name="Height"
          isBelow
          pane={isOverview ? overview : form === "narrow" ? detail : panes}
          least={240}
          set={form === "narrow" && !isOverview ? size("detail-height") : setHeight}
        />
      )}
      <div class="modos-empty" hidden={!isNothing} ref={empty}>
        {isNothing && <Nothing
            shown={shown}
            create={() => setAsked({ kind: "new", like: "" })}
            describe={() => setAsked({ kind: "describe" })}
          />}
      </div>
      <Leaving question={shown.question} keep={() => ask("keep editing")} discard={() => ask("discard and continue")} />
      {asked?.kind === "read-only" && (
        <ReadOnly reason={asked.reason} propose={() => startEditing(asked.paths, true)} close={dismiss} />
      )}
      {asked?.kind === "new" && <NewObject like={asked.like} close={dismiss} />}
      {asked?.kind === "describe" && <DescribeFiles object={shown.object} id={shown.id} close={dismiss} />}
      {asked?.kind === "delete" && <DeleteObject id={shown.id} close={dismiss} />}
      {asked?.kind === "page" && <SavePage paths={asked.paths} close={dismiss} />}
      {asked?.kind === "proposal" && <OpenProposal close={dismiss} />}
    </>
  );
}

/** Count the openings of objects, so that the same object opened again is read again. */
function useOpenings(): number {
  const { model } = useView();
  const last = useRef<{ object: Shown["object"]; openings: number }>({ object: null, openings: 0 });
  const look = (): void => {
    const { object } = model.get("_shown");
    if (object !== last.current.object) last.current = { object, openings: last.current.openings + 1 };
  };
  look();
  useLayoutEffect(() => {
    model.on("change:_shown", look);
    return () => model.off("change:_shown", look);
  }, [model]);
  return last.current.openings;
}

function Wait({ shown: { opening, listing, objects } }: { shown: Shown }) {
  if (opening !== null) return <span>{sentence(`Opening ${opening.replace(/\/+$/, "").split("/").pop() ?? opening}…`)}</span>;
  if (listing && !objects) return <span>Listing objects…</span>;
  return (
    <>
      <strong>Choose an object</strong>
      <span>Its tree, metadata and files are shown here.</span>
    </>
  );
}

/** The regions of the chosen genome file: another widget for each. */
function RegionPanel({ region }: { region: string }) {
  const widget = useTrait("_region");
  if (widget) return <Widget key={widget} name="_region" class="modos-region-holder" />;
  return <div class="modos-empty"><span>{region ? "Opening the file…" : "Choose a BAM, CRAM, VCF, BCF or FASTA file, or its element."}</span></div>;
}

function CodePanel({ isFront, shown }: { isFront: boolean; shown: string }) {
  const { channel } = useView();
  const [pieces, setPieces] = useState<Piece[]>([]);
  useLoad(isFront, shown, (signal) => {
    channel.request("show code", {}, { signal }).then(({ payload }) => setPieces(payload.pieces), () => undefined);
  });
  return <div class="modos-codes" tabIndex={0} role="region" aria-label="Code"><CodePieces pieces={pieces} /></div>;
}

export default { render: (props: RenderProps): void => mountView(props, "browser", css, <Browser />) };
