// The folders of the notebook server, to choose files from.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Button, Checkbox, onEnter, ProblemLine } from "../../shared/controls.tsx";
import { count } from "../../shared/format.ts";
import { Problem } from "../../shared/messages.ts";
import { useView } from "../hooks.ts";
import type { FileSource, FolderAnswer } from "../wire.ts";
import { PickList } from "./pick_list.tsx";

interface ServerFilesProps {
  isAdded: (source: FileSource) => boolean;
  toggle: (source: FileSource, title: string, size: number) => void;
}

let lastFolder = ""; // of this page, so that a second file of the same folder is near

export function ServerFiles({ isAdded, toggle }: ServerFilesProps) {
  const { channel } = useView();
  const [folder, setFolder] = useState<FolderAnswer | null>(null);
  const [typed, setTyped] = useState("");
  const [isHidden, setHidden] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const asking = useRef(new AbortController());
  const isTyping = useRef(false); // the listing of another folder leaves what is typed
  const go = (path: string, hidden = isHidden): void => {
    asking.current.abort();
    isTyping.current = false;
    const { signal } = (asking.current = new AbortController());
    channel.request("server folder", { folder: path, hidden }, { signal }).then(
      ({ payload }) => {
        lastFolder = payload.path;
        setFolder(payload);
        if (!isTyping.current) setTyped(payload.path);
        setProblem(null);
      },
      (error: unknown) => error instanceof Problem && setProblem(error),
    );
  };
  useLayoutEffect(() => {
    go(lastFolder);
    return () => asking.current.abort();
  }, []);
  const inside = (name: string): string => `${folder?.path.replace(/\/$/, "") ?? ""}/${name}`;
  const items = (folder?.rows ?? []).map(([name, isFolder, size]) => {
    const source: FileSource = { kind: "server", place: inside(name) };
    const press = isFolder ? () => go(source.place) : () => toggle(source, name, size);
    return { name, isFolder, size, isAdded: !isFolder && isAdded(source), press };
  });
  const parent = folder?.parent;
  return (
    <div class="modos-server-files">
      <div class="modos-attach-line">
        <Button label="Up" title="Folder above" disabled={!parent} press={() => parent && go(parent)} />
        <input
          class="modos-input modos-grow"
          aria-label="Folder on the notebook server"
          value={typed}
          spellcheck={false}
          onInput={({ currentTarget }) => {
            isTyping.current = true;
            setTyped(currentTarget.value);
          }}
          onKeyDown={onEnter(() => go(typed))}
        />
        <Button label="Open" press={() => go(typed)} />
        <Checkbox
          isChecked={isHidden}
          check={(hidden) => {
            setHidden(hidden);
            go(folder?.path ?? "", hidden);
          }}
        >
          Hidden files
        </Checkbox>
      </div>
      {problem && <ProblemLine message={problem.message} hint={problem.hint} />}
      <PickList
        label="Files on the notebook server"
        items={items}
        place={folder?.path ?? ""}
        empty={folder ? "This folder has no files." : "Listing…"}
        leave={parent ? () => go(parent) : undefined}
      />
      {folder !== null && folder.left_out > 0 && (
        <div class="modos-muted">{`${count(folder.left_out)} more are not shown. Type the path of a folder.`}</div>
      )}
    </div>
  );
}
