// Texts and bytes as downloads of the browser.

/** Let the browser download a text. */
export function saveText(name: string, text: string): void {
  saveBlob(name, new Blob([text], { type: "application/json" }));
}

/** Read a file of the kernel in pieces, one after the other. */
export async function blobOfPieces(size: number, piece: number, read: (offset: number) => Promise<DataView<ArrayBuffer>>): Promise<Blob> {
  const pieces: Blob[] = [];
  for (let offset = 0; offset < size; offset += piece) pieces.push(new Blob([await read(offset)]));
  return new Blob(pieces, { type: "application/octet-stream" });
}

/** Let the browser download bytes. */
export function saveBlob(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
