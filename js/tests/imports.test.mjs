// No module imports itself by way of others, also where only types are meant.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** @param {string} path */
function importsOf(path) {
  const text = readFileSync(path, "utf8");
  return [...text.matchAll(/^(?:import|export)\b[^;]*?from "(\.[^"]+\.tsx?)";/gm)].map(([, to]) => join(dirname(path), to ?? ""));
}

/** @param {Map<string, string[]>} graph */
function cycleIn(graph) {
  const done = new Set();
  /** @param {string} path @param {string[]} way @returns {string[] | null} */
  const visit = (path, way) => {
    if (way.includes(path)) return [...way.slice(way.indexOf(path)), path];
    if (done.has(path)) return null;
    for (const next of graph.get(path) ?? []) {
      const found = visit(next, [...way, path]);
      if (found) return found;
    }
    done.add(path);
    return null;
  };
  for (const path of graph.keys()) {
    const found = visit(path, []);
    if (found) return found;
  }
  return null;
}

test("a cycle is found", () => {
  assert.deepEqual(cycleIn(new Map([["a", ["b"]], ["b", ["c"]], ["c", ["b"]]])), ["b", "c", "b"]);
});

test("imports have no cycle", () => {
  const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => /\.tsx?$/.test(name));
  const graph = new Map(files.map((name) => [join(root, name), importsOf(join(root, name))]));
  assert.ok([...graph.values()].flat().every((path) => graph.has(path)));
  assert.ok([...graph.values()].flat().length > 150);
  assert.equal(cycleIn(graph)?.map((path) => path.slice(root.length)).join(" -> "), undefined);
});
