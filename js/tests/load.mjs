// A module of the front-end, built as for the page, to be tried without one.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));

/** @param {string} path below js/ */
export async function load(path) {
  const { outputFiles } = await build({
    entryPoints: [join(here, "..", path)],
    bundle: true,
    format: "esm",
    write: false,
  });
  return import(`data:text/javascript,${encodeURIComponent(outputFiles[0]?.text ?? "")}`);
}
