// Where rows are, in an outline of open groups and in a list longer than a browser can hold.
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));

/** @param {string} path */
async function load(path) {
  const { outputFiles } = await build({
    entryPoints: [join(here, "..", path)],
    bundle: true,
    format: "esm",
    write: false,
  });
  return import(`data:text/javascript,${encodeURIComponent(outputFiles[0]?.text ?? "")}`);
}

const { Outline, Matches } = await load("zarr_tree/outline.ts");
const { Scale } = await load("shared/virtual_list.ts");

const names = (/** @type {number} */ number) =>
  Array.from({ length: number }, (_, place) => ({ n: `n${place}`, k: "group", x: 3 }));

function opened() {
  const outline = new Outline();
  outline.rootRow = { n: "root", k: "group" };
  outline.take({ path: "", total: 5, complete: true, version: 0, rows: names(5) });
  outline.take({ path: "n1", index: 1, total: 3, complete: true, version: 0, rows: names(3) });
  outline.take({ path: "n1/n2", index: 2, total: 2, complete: true, version: 0, rows: names(2) });
  outline.take({ path: "n3", index: 3, total: 1, complete: true, version: 0, rows: names(1) });
  return outline;
}

test("rows stand in the order of the tree", () => {
  const outline = opened();
  const paths = Array.from({ length: outline.count }, (_, at) => outline.at(at)?.path);
  assert.deepEqual(paths, [
    "", "n0", "n1", "n1/n0", "n1/n1", "n1/n2", "n1/n2/n0", "n1/n2/n1", "n2", "n3", "n3/n0", "n4",
  ]);
  paths.forEach((path, at) => assert.equal(outline.find(path), at));
  assert.equal(outline.at(outline.count), null);
});

test("closing a group takes all that is below it away", () => {
  const outline = opened();
  outline.close("n1");
  assert.equal(outline.count, 7);
  assert.equal(outline.at(3)?.path, "n2");
  assert.equal(outline.find("n1/n2"), null);
});

test("what fails is a row below its group, and the others stay", () => {
  const outline = opened();
  outline.take({ path: "n3", index: 3, p: "refused", h: "sign in" });
  const at = (outline.find("n3") ?? 0) + 2;
  assert.equal(outline.at(at)?.kind, "problem");
  assert.equal(outline.at(at + 1)?.path, "n4");
});

test("rows are placed before their names are known", () => {
  const outline = new Outline();
  outline.rootRow = { n: "root", k: "group" };
  outline.take({ path: "", total: 1_000_000, complete: false, version: 0 });
  assert.equal(outline.count, 1_000_001);
  const place = outline.at(777_778);
  assert.deepEqual([place?.index, place?.path, place?.siblings], [777_777, null, -1]);
});

test("matches know their families", () => {
  const matches = new Matches([
    { n: "root", path: "", d: 0, hit: false },
    { n: "a", path: "a", d: 1, hit: false },
    { n: "x", path: "a/x", d: 2, hit: true },
    { n: "y", path: "a/y", d: 2, hit: true },
    { n: "b", path: "b", d: 1, hit: true },
  ]);
  const seen = [0, 1, 2, 3, 4].map((at) => {
    const place = matches.at(at);
    return [place?.index, place?.siblings, place?.expanded];
  });
  assert.deepEqual(seen, [
    [0, 1, true], [0, 2, true], [0, 2, undefined], [1, 2, undefined], [1, 2, undefined],
  ]);
});

test("a list longer than a browser can hold is scaled, to its very ends", () => {
  const scale = new Scale(26, 8_000_000);
  scale.count = 100_000_000;
  assert.equal(scale.height, 8_000_000);
  assert.equal(scale.toReal(0, 400), 0);
  assert.equal(scale.toReal(8_000_000 - 400, 400), scale.real - 400);
  const { last } = scale.window(scale.real - 400, 400, 4);
  assert.equal(last, 100_000_000);
  const middle = scale.toReal(scale.toBar(1_234_567_890, 400), 400);
  assert.ok(Math.abs(middle - 1_234_567_890) < 1);
});
