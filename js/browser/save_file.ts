// Files of the kernel in the page: saved on the person's own computer, or as a blob.
import { Problem, type Channel } from "../shared/messages.ts";
import { saveBlob } from "../shared/save_blob.ts";
import type { Requests } from "./wire.ts";

const AT_ONCE = 3; // pieces that are on their way at the same time
const ASKS_FROM = 64 * 2 ** 20; // bytes from which the place is asked first, so that the file need not fit into memory

/** The largest file in bytes that the page receives. */
export const LARGEST = 2 * 2 ** 30;

interface Target {
  write: (piece: DataView<ArrayBuffer>) => Promise<void>;
  close: () => Promise<void>;
  abort: () => Promise<void>;
}

type SavePicker = (options: { suggestedName: string }) => Promise<{ createWritable: () => Promise<WritableFile> }>;

interface WritableFile {
  write: (data: BufferSource) => Promise<void>;
  close: () => Promise<void>;
  abort: () => Promise<void>;
}

/** Where a file goes: to the place that the person chose, or to the browser's downloads. */
async function target(name: string, size: number): Promise<Target> {
  const picker = (window as { showSaveFilePicker?: SavePicker }).showSaveFilePicker;
  if (picker && size >= ASKS_FROM) {
    try {
      const file = await (await picker.call(window, { suggestedName: name })).createWritable();
      return { write: (piece) => file.write(piece), close: () => file.close(), abort: () => file.abort() };
    } catch (error) {
      // a page within another may not ask
      if (!(error instanceof DOMException && error.name === "SecurityError")) throw error;
    }
  }
  const pieces: Blob[] = [];
  return {
    write: (piece) => {
      pieces.push(new Blob([piece])); // browsers keep large ones on the disk
      return Promise.resolve();
    },
    close: () => {
      saveBlob(name, new Blob(pieces, { type: "application/octet-stream" }));
      return Promise.resolve();
    },
    abort: () => Promise.resolve(),
  };
}

export interface Saving {
  signal: AbortSignal;
  progress: (done: number) => void;
}

/** Save a file of the open object; aborting leaves nothing behind. Call it within a click, as browsers demand. */
export async function saveFile(channel: Channel<Requests>, path: string, expected: number, { signal, progress }: Saving): Promise<void> {
  if (expected > LARGEST) {
    throw new Problem("The file has more than 2 GiB.", "Choose “Save in the notebook's folder” instead.");
  }
  const place = await target(path.split("/").pop() ?? path, expected);
  try {
    let done = 0;
    await readFile(channel, path, signal, async (piece) => {
      await place.write(piece);
      done += piece.byteLength;
      progress(done);
    });
    signal.throwIfAborted();
    await place.close();
  } catch (error) {
    await place.abort().catch(() => undefined);
    throw error;
  }
}

/** Return a file of the open object as a blob of a media type; for files that fit into memory. */
export async function blobOf(channel: Channel<Requests>, path: string, type: string, signal: AbortSignal): Promise<Blob> {
  const pieces: DataView<ArrayBuffer>[] = [];
  await readFile(channel, path, signal, (piece) => {
    pieces.push(piece);
    return Promise.resolve();
  });
  return new Blob(pieces, { type });
}

/** Read a file of the open object in pieces, a few at a time. */
async function readFile(channel: Channel<Requests>, path: string, signal: AbortSignal, take: (piece: DataView<ArrayBuffer>) => Promise<void>): Promise<void> {
  let download = "";
  try {
    const { payload } = await channel.request("begin download", { path }, { signal });
    download = payload.download;
    const waiting: Promise<DataView>[] = [];
    let asked = 0;
    let done = 0;
    while (done < payload.size) {
      for (; waiting.length < AT_ONCE && asked < payload.size; asked += payload.piece) {
        const piece = channel.request("download piece", { download, offset: asked }, { signal }).then(({ buffers }) => buffers[0]!);
        piece.catch(() => undefined); // the first that fails is reported, below
        waiting.push(piece);
      }
      const piece = await waiting.shift()!;
      await take(piece as DataView<ArrayBuffer>);
      done += piece.byteLength;
    }
  } finally {
    if (download) channel.request("end download", { download }).catch(() => undefined);
  }
}
