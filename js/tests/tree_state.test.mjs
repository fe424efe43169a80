// What the tree asks Python for, and what it makes of the answers.
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const { outputFiles } = await build({
  stdin: {
    contents: 'export { Tree } from "./zarr_tree/tree.ts"; export { Problem } from "./shared/messages.ts";',
    resolveDir: join(here, ".."),
  },
  bundle: true,
  format: "esm",
  write: false,
});
const { Tree, Problem } = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0]?.text ?? "")}`);
globalThis.window = /** @type {any} */ (globalThis);

const group = (/** @type {string} */ name, /** @type {object} */ more = {}) => ({ name, kind: "group", ...more });

/**
 * A tree whose questions are answered by `answer`, and what was asked.
 * @param {(name: string, payload: any) => any} answer
 */
function made(answer) {
  /** @type {[string, any][]} */
  const asked = [];
  /** @type {Record<string, any>} */
  const traits = { opened: [""] };
  const model = {
    get: (/** @type {string} */ name) => traits[name],
    set: (/** @type {string} */ name, /** @type {any} */ value) => (traits[name] = value),
    save_changes() {},
  };
  const channel = {
    view: "v",
    on() {},
    /** @param {string} name @param {any} payload @param {{signal?: AbortSignal}} options */
    request(name, payload, { signal } = {}) {
      asked.push([name, payload]);
      return new Promise((resolve, reject) => {
        signal?.addEventListener("abort", () => reject(new DOMException("", "AbortError")));
        setTimeout(() => {
          const found = answer(name, payload);
          if (found instanceof Error) reject(found);
          else resolve({ payload: found, buffers: [] });
        }, 1);
      });
    },
  };
  /** @type {any[]} */
  const problems = [];
  const tree = new Tree(model, channel, {
    changed() {},
    note() {},
    problem: (/** @type {any} */ problem) => problem && problems.push(problem),
  });
  return { tree, asked, problems, traits };
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 80));

/** @param {any} tree */
async function look(tree) {
  tree.seen(tree.outline, 0, tree.outline.count);
  await pause();
}

const opening = (/** @type {object[]} */ rows, /** @type {object} */ more = {}) => ({
  root: group("root"),
  groups: [{ path: "", total: rows.length, complete: true, version: 0, rows, ...more }],
});

test("rows in sight are requested once, and a fixed one is counted", async () => {
  let rows = [group("a", { children: 3 }), { name: "b", kind: "broken", problem: "refused" }];
  const { tree, asked } = made((name, { start }) => {
    if (name === "open") return opening([{ name: "a" }, { name: "b" }]);
    if (name === "again") return { rows: [group("b")] };
    return { start, version: 0, rows };
  });
  await tree.load();
  await look(tree);
  await look(tree);
  assert.deepEqual(asked.map(([name]) => name), ["open", "rows"]);
  assert.deepEqual(asked[1]?.[1].seen, [0, 2]);
  await tree.again(tree.outline.at(2));
  assert.deepEqual(asked[2], ["again", { paths: ["b"] }]);
  assert.equal(tree.outline.at(2).row.kind, "group");
  rows = [group("a", { children: 3 }), group("b", { children: 5 })];
  await look(tree);
  assert.deepEqual(asked[3]?.[1].seen, [1, 2]); // only what is not counted
  assert.equal(tree.outline.at(2).row.children, 5);
});

test("a group whose count stays unknown is requested once", async () => {
  const { tree, asked } = made((name, { start }) =>
    name === "open" ? opening([{ name: "a" }]) : { start, version: 0, rows: [group("a")] },
  );
  await tree.load();
  for (let time = 0; time < 3; time += 1) await look(tree);
  assert.equal(asked.length, 2);
});

test("the stored size is requested once", async () => {
  const row = { name: "x", kind: "array", summary: "5 int64 · 40 B" };
  const { tree, asked } = made((name) =>
    name === "open" ? opening([row]) : { row: { ...row, summary: "5 int64 · 40 B, 30 B stored", stored: true } },
  );
  await tree.load();
  const place = tree.outline.at(1);
  await Promise.all([tree.stored(place), tree.stored(place)]);
  await tree.stored(tree.outline.at(1));
  assert.deepEqual(asked.map(([name]) => name), ["open", "stored"]);
  assert.equal(tree.outline.at(1).row.summary, "5 int64 · 40 B, 30 B stored");
});

test("an interrupted level keeps its rows and continues on retry", async () => {
  let refused = true;
  const { tree, asked } = made((name) => {
    if (name === "open") return opening([group("a", { children: 0 })], { complete: false });
    if (refused) return new Problem("refused", "sign in");
    return { total: 2, version: 0, complete: true, row: group("root", { summary: "2" }) };
  });
  await tree.load();
  await pause();
  assert.equal(tree.outline.at(2).kind, "problem");
  refused = false;
  tree.retry("");
  assert.equal(tree.outline.at(2), null); // the word goes at once
  await pause();
  assert.equal(tree.outline.count, 3);
  assert.equal(tree.outline.at(2).kind, "node");
  assert.deepEqual(asked.map(([name]) => name), ["open", "grow", "grow"]);
});

test("a group that could not be listed is requested again on retry", async () => {
  let refused = true;
  const { tree, asked } = made((_, { paths }) => {
    if (!paths.includes("a")) return opening([group("a", { children: 1 })]);
    const told = refused ? { problem: "refused", hint: "" } : { total: 1, complete: true, version: 0, rows: [group("y", { children: 0 })] };
    return { root: null, groups: [{ path: "a", index: 0, ...told }] };
  });
  await tree.load();
  tree.open(tree.outline.at(1));
  await pause();
  assert.equal(tree.outline.at(2).kind, "problem");
  refused = false;
  tree.retry("a");
  assert.equal(tree.outline.groups.get("a").loading, true);
  await pause();
  assert.equal(tree.outline.at(2).path, "a/y");
  assert.deepEqual(asked.at(-1), ["open", { paths: ["a"], again: true }]);
});

test("a root that cannot be read is reported, and no rows are shown", async () => {
  const { tree, problems } = made(() => new Problem("refused", "sign in"));
  await tree.load();
  assert.equal(problems[0].message, "refused");
  assert.equal(tree.outline.count, 0);
  assert.equal(tree.started, true);
});
