// Send a file of the person's own computer in pieces, and continue one that was interrupted.
import { Problem, type Channel } from "../shared/messages.ts";
import type { Requests, UploadAnswer } from "./wire.ts";

const AT_ONCE = 3; // pieces that are on their way at the same time

/** The largest file in bytes that can be sent. */
export const LARGEST = 2 * 2 ** 30;

export interface Sending {
  /** Aborting it pauses the upload: the same file continues it. */
  signal: AbortSignal;
  /** Bytes that the kernel has; `isChecking` while the page compares what had arrived before. */
  progress: (done: number, isChecking: boolean) => void;
}

/** Send a file; return the identifier of the upload. */
export async function sendFile(channel: Channel<Requests>, file: File, { signal, progress }: Sending): Promise<string> {
  if (file.size > LARGEST) {
    throw new Problem("The file has more than 2 GiB.", "Copy it to the notebook server, and choose it there.");
  }
  const begin = async (): Promise<UploadAnswer> =>
    (await channel.request("begin upload", { name: file.name, size: file.size, modified: file.lastModified }, { signal })).payload;
  let state = await begin();
  if (state.received && !(await isSame(file, state, signal, progress))) {
    await channel.request("cancel upload", { upload: state.upload }, { signal });
    state = await begin();
  }
  const { upload, piece } = state;
  let next = state.received;
  let done = state.received;
  progress(done, false);
  const send = async (): Promise<void> => {
    while (next < file.size) {
      const offset = next;
      next += piece;
      const bytes = await read(file, offset, piece);
      signal.throwIfAborted();
      const { payload } = await channel.request("upload piece", { upload, offset }, { buffers: [bytes], keeps: true, signal });
      done = Math.max(done, payload.received);
      progress(done, false);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, send));
  return upload;
}

/** Browsers refuse to read a file that was changed after it was chosen. */
async function read(file: File, offset: number, length: number): Promise<ArrayBuffer> {
  const whole = Math.min(length, file.size - offset);
  let bytes: ArrayBuffer | null = null;
  try {
    bytes = await file.slice(offset, offset + length).arrayBuffer();
  } catch {
    // said below
  }
  if (bytes?.byteLength !== whole) {
    throw new Problem("The file was changed or removed while it was being uploaded.", "Choose it again.");
  }
  return bytes;
}

/** Whether the pieces that have arrived are the beginning of this file. */
async function isSame(file: File, { received, proof, piece }: UploadAnswer, signal: AbortSignal, progress: Sending["progress"]): Promise<boolean> {
  if (!globalThis.crypto?.subtle) return false; // only on a page that is not secure
  const digests: Uint8Array[] = [];
  for (let offset = 0; offset < received; offset += piece) {
    signal.throwIfAborted();
    digests.push(new Uint8Array(await crypto.subtle.digest("SHA-256", await read(file, offset, piece))));
    progress(Math.min(offset + piece, received), true);
  }
  const all = await new Blob(digests as BlobPart[]).arrayBuffer();
  const found = new Uint8Array(await crypto.subtle.digest("SHA-256", all));
  return Array.from(found, (byte) => byte.toString(16).padStart(2, "0")).join("") === proof;
}
