// Files of the person's own computer, dropped or chosen.
import { useRef, useState } from "preact/hooks";
import { Button } from "../../shared/controls.tsx";

/** Return the files of a drop; folders are refused with a message. */
export function droppedFiles(event: DragEvent, tell: (problem: string) => void): File[] {
  event.preventDefault();
  event.stopPropagation();
  const files: File[] = [];
  let folders = 0;
  for (const item of event.dataTransfer?.items ?? []) {
    if (item.kind !== "file") continue;
    const file = item.getAsFile();
    if (item.webkitGetAsEntry?.()?.isDirectory) folders += 1;
    else if (file) files.push(file);
  }
  if (folders) tell("Folders cannot be attached. Drop the files in them.");
  return files;
}

/** Whether something that is dragged holds files. */
export function holdsFiles(event: DragEvent): boolean {
  return [...(event.dataTransfer?.types ?? [])].includes("Files");
}

interface DropZoneProps {
  add: (files: File[]) => void;
  tell: (problem: string) => void;
  /** Whether files have been chosen already. */
  isSmall: boolean;
}

export function DropZone({ add, tell, isSmall }: DropZoneProps) {
  const [isOver, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  return (
    <div
      class={["modos-drop-zone", isOver && "modos-is-over", isSmall && "modos-is-small"].filter(Boolean).join(" ")}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        setOver(false);
        add(droppedFiles(event, tell));
      }}
    >
      <span>Drop files here, index files together with their data files</span>
      <Button label="Choose files…" press={() => input.current?.click()} data-first />
      <span class="modos-muted">Up to 2 GiB each. They are uploaded to the notebook server now, and written when you commit.</span>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label="Files of this computer"
        onChange={({ currentTarget }) => {
          add([...(currentTarget.files ?? [])]);
          currentTarget.value = "";
        }}
      />
    </div>
  );
}
