// Browser: one line on top, then objects, tree, and what is selected.
import type { RenderProps } from "@anywidget/types";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Button, KernelGone } from "../shared/controls.tsx";
import { sentence, visible } from "../shared/format.ts";
import { Problem, type Arguments, type Name } from "../shared/messages.ts";
import { CodeButton, CodePieces } from "../shared/show_code.tsx";
import { mountView, useNextFocus } from "../shared/view.tsx";
import type { Piece, ProblemText } from "../shared/wire.ts";
import { asksForSignIn, isEmpty, Nothing } from "./empty.tsx";
import { useDrawers, useForm } from "./drawers.ts";
import { FilesPanel } from "./files.tsx";
import { EditFoot } from "./foot.tsx";
import { useLoad, useTrait, useView } from "./hooks.ts";
import { Leaving } from "./leaving.tsx";
import { MetadataPanel } from "./metadata.tsx";
import { ObjectBar } from "./object_bar.tsx";
import { ObjectList } from "./objects.tsx";
import { ReadOnly } from "./read_only.tsx";
import { saveText } from "./save_file.ts";
import { Splitter } from "./splitter.tsx";
import { css } from "./style/index.ts";
import { Tabs } from "./tabs.tsx";
import { Widget } from "./widget.tsx";
import type { Requests, Shown } from "./wire.ts";

/** Objects that cannot be changed, and why. */
interface Refused {
  reason: string;
  paths: string[];
}

function Browser() {
  const { el, model, channel, signal } = useView();
  const shown = useTrait("_shown");
  const edit = useTrait("_edit");
  const tab = useTrait("tab");
  const height = useTrait("height");
  const opening = useOpenings();
  const [failure, setFailure] = useState<ProblemText | null>(null);
  const objects = useRef<HTMLElement>(null);
  const tree = useRef<HTMLElement>(null);
  const problemLine = useRef<HTMLDivElement>(null);
  const panes = useRef<HTMLDivElement>(null);
  const detail = useRef<HTMLElement>(null);
  const [refused, setRefused] = useState<Refused | null>(null);
  const empty = useRef<HTMLDivElement>(null);
  const ask = <N extends Name<Requests>>(name: N, ...payload: Arguments<Requests, N>): void => {
    channel.request(name, ...payload).catch((error: unknown) => {
      if (error instanceof Problem) setFailure(error);
    });
  };
  const startEditing = (paths: string[], propose = false): void => {
    setRefused(null);
    channel.request("edit", { paths, propose }).then(
      ({ payload }) => payload.read_only && setRefused({ reason: payload.read_only, paths }),
      (error: unknown) => error instanceof Problem && setFailure(error),
    );
  };
  const download = (): void => {
    channel.request("proposal").then(
      ({ payload }) => saveText(payload.name, payload.text),
      (error: unknown) => error instanceof Problem && setFailure(error),
    );
  };
  const isNothing = isEmpty(shown);
  const isOpen = shown.object !== null;
  const form = useForm(el, signal);
  const drawers = useDrawers(form === "medium" && isOpen, { objects, tree });
  const login = (): HTMLElement | null => el.querySelector<HTMLElement>(":scope > [data-mode=panel]");
  /** Where the focus goes when the focused control is removed. */
  const main = (): HTMLElement | null | undefined => {
    if (!isNothing) return objects.current?.querySelector("input");
    const first = empty.current?.querySelector("button");
    if (!first) login()?.dispatchEvent(new CustomEvent("modos-take-focus"));
    return first;
  };
  useNextFocus(problemLine, main);
  useNextFocus(empty, main);
  useNextFocus(panes, () => (isNothing ? main() : null));
  useLayoutEffect(() => setFailure(null), [shown]);
  useLayoutEffect(() => el.style.setProperty("--modos-browser-height", height), [el, height]);
  useLayoutEffect(() => {
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
      <div class="modos-panes" hidden={isNothing} ref={panes} data-drawer={drawers.opened ?? undefined} data-open={isOpen}>
        <ObjectList
          shown={shown}
          pane={objects}
          open={(path) => ask("open", { path })}
          favour={(path, favourite) => ask("favour", { path, favourite })}
          refresh={() => ask("refresh")}
          curate={startEditing}
        />
        <Splitter name="Width of the list of objects" pane={objects} least={140} spare={460} set={size("list-width")} />
        <Splitter name="Height of the list of objects" isBelow pane={objects} least={120} set={size("list-height")} />
        <div class="modos-work" hidden={!isOpen}>
          <ObjectBar
            shown={shown}
            drawers={drawers}
            edit={() => startEditing(shown.object === null ? [] : [shown.object])}
            stop={() => ask("stop editing")}
            items={[{ label: "Download changes", disabled: !edit.changes, press: download }]}
          />
          <div class="modos-work-panes">
            <Widget name="_tree" tag="section" class="modos-pane modos-tree-pane" aria-label="Tree" pane={tree} />
            <Splitter name="Width of the tree" pane={tree} least={160} spare={280} set={size("tree-width")} />
            <Splitter name="Height of the tree" isBelow pane={tree} least={120} set={size("tree-height")} />
            <Tabs
              pane={detail}
              panels={{
                metadata: (
                  <MetadataPanel isFront={tab === "metadata"} shown={node} revision={edit.revision}>
                    <Widget name="_table" class="modos-table-holder" data-foot="elsewhere" />
                  </MetadataPanel>
                ),
                files: <FilesPanel isFront={tab === "files"} shown={object && `${object} ${edit.files}`} />,
                preview: <Widget name="_preview" class="modos-preview-holder" />,
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
          pane={form === "narrow" ? detail : panes}
          least={240}
          set={form === "narrow" ? size("detail-height") : setHeight}
        />
      )}
      <div class="modos-empty" hidden={!isNothing} ref={empty}>{isNothing && <Nothing shown={shown} />}</div>
      <Leaving question={shown.question} keep={() => ask("keep editing")} discard={() => ask("discard and continue")} />
      {refused && (
        <ReadOnly reason={refused.reason} propose={() => startEditing(refused.paths, true)} close={() => setRefused(null)} />
      )}
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

function CodePanel({ isFront, shown }: { isFront: boolean; shown: string }) {
  const { channel } = useView();
  const [pieces, setPieces] = useState<Piece[]>([]);
  useLoad(isFront, shown, (signal) => {
    channel.request("show code", {}, { signal }).then(({ payload }) => setPieces(payload.pieces), () => undefined);
  });
  return <div class="modos-codes" tabIndex={0} role="region" aria-label="Code"><CodePieces pieces={pieces} /></div>;
}

export default { render: (props: RenderProps): void => mountView(props, "browser", css, <Browser />) };
