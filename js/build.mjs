// Builds js/<widget>/index.ts or index.tsx into modos_widgets/static/<widget>.js, one file each.
import { readdirSync, existsSync, rmSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, context } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, "..", "modos_widgets", "static");
const watch = process.argv.includes("--watch");

const entries = readdirSync(here).flatMap((name) =>
  ["index.ts", "index.tsx"]
    .map((file) => join(here, name, file))
    .filter((path) => existsSync(path))
    .map((path) => ({ in: path, out: name })),
);

rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });

/** @type {import("esbuild").BuildOptions} */
const options = {
  entryPoints: entries,
  outdir: target,
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: !watch,
  charset: "utf8",
  legalComments: "none",
  loader: { ".css": "text" },
  logLevel: "warning",
};

if (watch) {
  const building = await context(options);
  await building.watch();
} else {
  await build(options);
}
