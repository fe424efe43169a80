// Saving and copying of a picture and of its values.
import { useRef, useState } from "preact/hooks";
import { copyText } from "../shared/clipboard.ts";
import { Button } from "../shared/controls.tsx";
import { sentence } from "../shared/format.ts";
import { openMenu } from "../shared/menu.ts";
import { problemOf } from "../shared/messages.ts";
import { saveBlob } from "../shared/save_blob.ts";
import { drawScene, type Scene } from "./drawing.ts";
import { useView } from "./hooks.ts";
import { CanvasPen, SvgPen } from "./pen.ts";
import type { PartRequest } from "./wire.ts";

const SHARP = 2; // device pixels of a CSS pixel in a saved picture, at least
const SAID = 4000; // ms that a result is shown

interface SaveProps {
  path: string;
  /** The request for the part that is shown; null if none is. */
  asked: PartRequest | null;
  scene: () => Scene;
  width: number;
  height: number;
  say: (text: string) => void;
}

export function SaveButton({ path, asked, scene, width, height, say }: SaveProps) {
  const { el, channel } = useView();
  const place = useRef<HTMLSpanElement>(null);
  const [result, setResult] = useState("");
  const timer = useRef(0);
  const name = path.split("/").pop() || "array";
  const tell = (words: string): void => {
    say(words);
    setResult(words);
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => setResult(""), SAID);
  };
  const run = (work: () => Promise<string>): void => {
    work().then(tell, (error: unknown) => {
      const problem = problemOf(error);
      if (problem) tell(sentence(`${problem.message} ${problem.hint}`.trim()));
    });
  };
  const values = async (form: "csv" | "tsv"): Promise<{ file: string; bytes: ArrayBuffer }> => {
    const { payload, buffers: [part] } = await channel.request("values", { ...(asked ?? { path }), form });
    return { file: payload.name, bytes: part!.buffer.slice(part!.byteOffset, part!.byteOffset + part!.byteLength) as ArrayBuffer };
  };
  const open = (): void => {
    const anchor = place.current!.querySelector("button")!;
    const items = [
      { label: "Save as PNG", press: () => run(async () => {
        saveBlob(`${name}.png`, await pngOf(scene(), width, height));
        return `Saved ${name}.png`;
      }) },
      { label: "Save as SVG", press: () => run(async () => {
        saveBlob(`${name}.svg`, new Blob([svgOf(scene(), width, height)], { type: "image/svg+xml" }));
        return `Saved ${name}.svg`;
      }) },
      { label: "Save values as CSV", press: () => run(async () => {
        const { file, bytes } = await values("csv");
        saveBlob(file, new Blob([bytes], { type: "text/csv" }));
        return `Saved ${file}`;
      }) },
      { label: "Copy picture", apart: true, press: () => run(async () => {
        await navigator.clipboard.write([new ClipboardItem({ "image/png": pngOf(scene(), width, height) })]);
        return "Copied picture";
      }) },
      { label: "Copy values", press: () => run(async () => {
        const { bytes } = await values("tsv");
        return (await copyText(new TextDecoder().decode(bytes))) ? "Copied values" : "Not copied";
      }) },
    ];
    openMenu(el, "Save picture", anchor, items, () => anchor.focus());
  };
  return (
    <span class="modos-save" ref={place}>
      {result && <span class="modos-muted" aria-hidden="true">{result}</span>}
      <Button label="Save…" aria-haspopup="menu" press={open} />
    </span>
  );
}

/** Return a scene as a PNG, on the background of the page. */
function pngOf(scene: Scene, width: number, height: number): Promise<Blob> {
  const canvas = document.createElement("canvas");
  const ratio = Math.max(SHARP, window.devicePixelRatio || 1);
  [canvas.width, canvas.height] = [width * ratio, height * ratio];
  const context = canvas.getContext("2d")!;
  context.scale(ratio, ratio);
  context.fillStyle = scene.colours.surface;
  context.fillRect(0, 0, width, height);
  drawScene(new CanvasPen(context), width, height, scene);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("The picture could not be saved."))), "image/png");
  });
}

/** Return a scene as an SVG document; the colours of a map are an image in it. */
export function svgOf(scene: Scene, width: number, height: number): string {
  const pen = new SvgPen(width, height, scene.tile.picture.alt);
  pen.rect(0, 0, width, height, scene.colours.surface);
  drawScene(pen, width, height, scene);
  return pen.document();
}
