// Where rows are, in an outline of open groups and in a list longer than a browser can hold.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { Outline, Matches, parentOf, pathAt } = await load("zarr_tree/outline.ts");
const { Scale } = await load("shared/virtual_list.ts");
const { Typeahead } = await load("zarr_tree/typeahead.ts");
const { nodeItems } = await load("zarr_tree/menu.ts");
const { foundWords, progress } = await load("zarr_tree/filter.ts");
const { iconOf } = await load("zarr_tree/icons.ts");
const { count, counted, middle, size, visible } = await load("shared/format.ts");

const names = (/** @type {number} */ number) =>
  Array.from({ length: number }, (_, place) => ({ name: `n${place}`, kind: "group", children: 3 }));

function opened() {
  const outline = new Outline();
  outline.rootRow = { name: "root", kind: "group" };
  outline.take({ path: "", total: 5, complete: true, version: 0, rows: names(5) });
  outline.take({ path: "n1", index: 1, total: 3, complete: true, version: 0, rows: names(3) });
  outline.take({ path: "n1/n2", index: 2, total: 2, complete: true, version: 0, rows: names(2) });
  outline.take({ path: "n3", index: 3, total: 1, complete: true, version: 0, rows: names(1) });
  return outline;
}

test("rows are in the order of the tree", () => {
  const outline = opened();
  const paths = Array.from({ length: outline.count }, (_, at) => outline.at(at)?.path);
  assert.deepEqual(paths, [
    "", "n0", "n1", "n1/n0", "n1/n1", "n1/n2", "n1/n2/n0", "n1/n2/n1", "n2", "n3", "n3/n0", "n4",
  ]);
  paths.forEach((path, at) => assert.equal(outline.find(path), at));
  assert.equal(outline.at(outline.count), null);
});

test("closing a group removes all rows below it", () => {
  const outline = opened();
  outline.close("n1");
  assert.equal(outline.count, 7);
  assert.equal(outline.at(3)?.path, "n2");
  assert.equal(outline.find("n1/n2"), null);
});

test("a failed group has a row with the problem, and other rows stay", () => {
  const outline = opened();
  outline.take({ path: "n3", index: 3, problem: "refused", hint: "sign in" });
  const at = (outline.find("n3") ?? 0) + 2;
  assert.equal(outline.at(at)?.kind, "problem");
  assert.equal(outline.at(at + 1)?.path, "n4");
  assert.equal(pathAt(outline, at), null); // the group's path is that of another row
  assert.equal(pathAt(outline, at + 1), "n4");
});

test("rows are placed before their names are known", () => {
  const outline = new Outline();
  outline.rootRow = { name: "root", kind: "group" };
  outline.take({ path: "", total: 1_000_000, complete: false, version: 0 });
  assert.equal(outline.count, 1_000_001);
  const place = outline.at(777_778);
  assert.deepEqual([place?.index, place?.path, place?.siblings], [777_777, null, -1]);
});

test("matches have their position among siblings", () => {
  const matches = new Matches([
    { name: "root", path: "", depth: 0, hit: false },
    { name: "a", path: "a", depth: 1, hit: false },
    { name: "x", path: "a/x", depth: 2, hit: true },
    { name: "y", path: "a/y", depth: 2, hit: true },
    { name: "b", path: "b", depth: 1, hit: true },
  ]);
  const seen = [0, 1, 2, 3, 4].map((at) => {
    const place = matches.at(at);
    return [place?.index, place?.siblings, place?.expanded];
  });
  assert.deepEqual(seen, [
    [0, 1, true], [0, 2, true], [0, 2, undefined], [1, 2, undefined], [1, 2, undefined],
  ]);
});

test("a list that is taller than browsers allow is scaled", () => {
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

test("the parent row is found in a tree and among matches", () => {
  const outline = opened();
  assert.equal(parentOf(outline, outline.find("n1/n2/n1")), outline.find("n1/n2"));
  assert.equal(parentOf(outline, outline.find("n4")), 0);
  assert.equal(parentOf(outline, 0), 0);
  const matches = new Matches([
    { name: "root", path: "", depth: 0, hit: false },
    { name: "a", path: "a", depth: 1, hit: false },
    { name: "x", path: "a/x", depth: 2, hit: true },
    { name: "y", path: "a/y", depth: 2, hit: true },
  ]);
  assert.equal(parentOf(matches, 3), 1);
});

test("a group keeps its rows during a retry", () => {
  const outline = opened();
  outline.take({ path: "n1", problem: "refused", hint: "try again" });
  const group = outline.groups.get("n1");
  assert.equal(group.problem.message, "refused");
  outline.take({ path: "n1" });
  assert.equal(group.problem, null);
  assert.equal(group.total, 3);
  outline.wait(group);
  assert.equal(group.loading, true);
  assert.equal(outline.find("n2"), 8);
});

test("letters typed quickly are one prefix, a pause starts another", () => {
  const names = ["root", "alpha", "beta", "assay", "Beta 2"];
  const name = (/** @type {number} */ row) => names[row];
  const typing = new Typeahead();
  assert.equal(typing.next("a", 0, 0, 5, name), 1);
  assert.equal(typing.next("s", 100, 1, 5, name), 3);
  assert.equal(typing.next("b", 2000, 3, 5, name), 4); // in either case, round the end
  assert.equal(typing.next("b", 4000, 4, 5, name), 2); // on to the next, not to where one is
  assert.equal(typing.next("z", 4100, 2, 5, name), null);
  assert.equal(typing.next("r", 9000, 2, 1_000_000, (/** @type {number} */ row) => (row === 0 ? "root" : undefined)), null);
});

test("the menu depends on the kind of node", () => {
  const acts = { select() {}, toggle() {}, openBelow() {}, again() {}, refresh() {}, copyPath() {}, openAs() {} };
  const labels = (/** @type {object} */ place, filtered = false) =>
    nodeItems(place, acts, { filtered }).map((/** @type {{label: string}} */ item) => item.label);
  assert.deepEqual(labels({ row: { kind: "array" } }), ["Select", "Copy path", "Open as…", "Refresh"]);
  assert.deepEqual(labels({ row: { kind: "group" }, expanded: false }).slice(0, 3), ["Select", "Open", "Open all below"]);
  assert.equal(labels({ row: { kind: "group" }, expanded: true, group: {} })[1], "Close");
  assert.ok(!labels({ row: { kind: "group" }, expanded: true, group: {} }, true).includes("Close"));
  assert.ok(labels({ row: { kind: "broken" } }).includes("Retry"));
  let opened = 0;
  const items = nodeItems({ row: { kind: "array" } }, { ...acts, openAs: () => (opened += 1) }, { filtered: false });
  for (const item of items) item.press();
  assert.equal(opened, 1);
});

test("the result of a search names what was searched", () => {
  const answer = { rows: null, matches: 24, searched: 34, complete: true, attributes: true, read: 35 };
  assert.deepEqual(foundWords(answer, true), { short: "24 of 34", whole: "24 matches of 34 nodes, names and attribute values" });
  const under = { ...answer, matches: 1, searched: 1_000_000, complete: false, attributes: false, read: 20_000 };
  assert.deepEqual(foundWords(under, false), { short: "1 of 1,000,000+…", whole: "1 match of 1,000,000+ nodes, names, and values of 20,000 nodes" });
  assert.match(foundWords({ ...answer, matches: 5000 }, true).whole, /first 1,000 shown$/);
  assert.equal(progress(null), "Searching… Esc cancels.");
  assert.equal(progress({ ...under, read: 0 }), "Reading names… 1,000,000 nodes. Esc cancels.");
  assert.equal(progress(under), "Searching values… 20,000 of 1,000,000 nodes. Esc cancels."); // not all names could be read
  assert.equal(progress({ ...answer, read: 0 }), "Searching values… 0 of 34 nodes. Esc cancels.");
  assert.match(foundWords({ ...under, read: 0 }, true).whole, /, names only$/);
});

test("icons depend on kind and class", () => {
  assert.notEqual(iconOf("group", "Sample"), iconOf("group", "Assay"));
  assert.equal(iconOf("group", "constructor"), iconOf("group", undefined));
  assert.equal(iconOf("broken", "Sample"), iconOf("broken", undefined));
  assert.equal(iconOf(undefined, undefined), "");
});

test("numbers, sizes and hostile names are readable", () => {
  assert.deepEqual([count(12345), counted(1, "match", "matches"), counted(2, "node")], ["12,345", "1 match", "2 nodes"]);
  assert.deepEqual([size(1023), size(317_440), size(2 ** 41)], ["1,023 B", "310 KiB", "2.0 TiB"]);
  assert.equal(visible("a\u202eb\n\tc\u0000"), "a\\u202eb⏎⇥c\\u0000");
  assert.equal(middle("abcdefghij", 5), "ab…ij");
  assert.equal(middle("👩‍🔬".repeat(9), 5).includes("\ufffd"), false); // no letter is cut in two
});
