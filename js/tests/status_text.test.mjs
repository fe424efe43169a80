// What is said of a sign-in, of services and of objects, without a document.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { asksBelow, clock, remaining, forEveryone, rightsInWords } = await load("login/status_text.ts");
const { health, latency, login, short, state } = await load("endpoint_picker/service_status.ts");
const { sentence, size } = await load("shared/format.ts");
const { statusText } = await load("transfer_panel/status_text.ts");
const { arrange, matches, shared } = await load("browser/order.ts");

test("a countdown has minutes and seconds, and hours when there are some", () => {
  assert.deepEqual([581, 59.9, 0, -5, 3723].map(clock), ["9:41", "0:59", "0:00", "0:00", "1:02:03"]);
});

test("the first permission is named, the others are counted", () => {
  assert.equal(rightsInWords([]), "");
  assert.equal(rightsInWords([["s3://demo/a", "read,write"]]), "read, write on s3://demo/a");
  const three = ["a", "b", "c"].map((name) => [`s3://demo/${name}`, "read"]);
  assert.equal(rightsInWords(three), "read on s3://demo/a and 2 more paths");
});

test("a sign-in shows how long it lasts, and whether it renews automatically", () => {
  const at = 1_000_000;
  const of = (/** @type {number | null} */ expires_at, renews = false) => remaining({ expires_at, renews }, at);
  assert.deepEqual(of(null), { words: "", long: "The token has no expiry time.", over: false });
  assert.equal(of(at + 54 * 60).words, "54 min left");
  assert.match(of(at + 54 * 60).long, /^Until .+, 54 min left\.$/);
  assert.deepEqual(of(at), { words: "expired", long: "Expired.", over: true });
  assert.equal(of(at + 90, true).words, "renews automatically"); // no countdown: nothing ends
  assert.match(of(at + 90, true).long, /^Renews automatically in 2 min, at .+\.$/);
  assert.deepEqual(of(at - 1, true), {
    words: "renews automatically",
    long: "Renews automatically when next used.",
    over: false,
  });
});

test("the panel below the head shows only problems that can be retried", () => {
  const problem = (/** @type {string} */ about) => ({ message: "", hint: "", about });
  assert.equal(asksBelow({ state: "expired", problem: null }), true);
  assert.equal(asksBelow({ state: "failed", problem: problem("sign-in") }), true);
  assert.equal(asksBelow({ state: "failed", problem: problem("checking") }), false);
  assert.equal(asksBelow({ state: "signed out", problem: problem("sign-in") }), false);
});

const service = (/** @type {object} */ facts) => ({
  name: "htsget",
  word: "htsget",
  url: "https://htsget.example.org",
  reachable: true,
  milliseconds: 24,
  login: false,
  version: null,
  problem: null,
  moved: "",
  ...facts,
});

test("a service is good, slow or down", () => {
  const good = service({ name: "s3", word: "S3" });
  assert.deepEqual([health(good), short(good), state(good)], ["good", "S3 24 ms", "Reachable"]);
  assert.equal(short(service({})), "htsget");
  const slow = service({ milliseconds: 1000 });
  assert.deepEqual([health(slow), short(slow), state(slow)], ["slow", "htsget slow", "Reachable, slow"]);
  const down = service({ reachable: false, milliseconds: null, login: null, problem: "No answer in 5 s." });
  assert.deepEqual([health(down), short(down), state(down)], ["bad", "htsget down", "No answer in 5 s."]);
  assert.equal(state({ ...down, problem: null }), "Not reachable.");
});

test("a response time has a unit and is never 0", () => {
  assert.deepEqual([null, 0, 999, 1000, 2449].map(latency), ["", "1 ms", "999 ms", "1.0 s", "2.4 s"]);
});

test("the need to sign in is shown only if known", () => {
  assert.deepEqual([null, true, false].map((value) => login(service({ login: value }))), ["", "required", "not required"]);
});

const listed = {
  prefixes: ["demo/smoc", "demo/public"],
  rows: [
    ["s3://demo/smoc/P-1", 0, "P-1", null, 4],
    ["s3://demo/smoc/P-2", 0, "P-2", "tumour", null],
    ["s3://demo/public/GIAB", 1, "GIAB", null, 12],
  ],
};
const marks = { recent: ["s3://demo/smoc/P-2"], favourites: ["s3://demo/public/GIAB", "s3://demo/gone/x/"] };
const said = (/** @type {any} */ { rows }) =>
  rows.map((/** @type {any} */ row) => (row.kind === "heading" ? `${row.text} ${row.count}` : row.name));

test("favourites and recent objects come first, then all by prefix", () => {
  const { rows, found } = arrange(listed, marks, "", new Set());
  assert.equal(found, 3);
  assert.deepEqual(said({ rows }), [
    "Favourites 2", "GIAB", "x", "Recent 1", "P-2", "smoc/ 2", "P-1", "P-2", "public/ 1", "GIAB",
  ]);
});

test("a filter matches words in path and id, opens closed groups, and omits favourites and recent objects", () => {
  const closed = new Set(["/demo/smoc"]);
  assert.deepEqual(said(arrange(listed, marks, "", closed)).slice(-3), ["smoc/ 2", "public/ 1", "GIAB"]);
  assert.deepEqual(said(arrange(listed, marks, "SMOC tum", closed)), ["smoc/ 1", "P-2"]);
  assert.deepEqual(arrange(listed, marks, "nothing", closed), { rows: [], found: 0 });
  assert.equal(matches(listed.rows[0], ["p-1", "demo"]), true);
  assert.equal(matches(listed.rows[0], ["p-1", "tumour"]), false);
  const zurich = { prefixes: [""], rows: [["s3://demo/abwasser-Zürich", 0, "abwasser-Zürich", null, 1]] };
  for (const words of ["zurich", "ZÜRICH", "Zu\u0308rich abw"]) assert.equal(arrange(zurich, marks, words, closed).found, 1);
});

test("headings omit the folders that all prefixes share", () => {
  assert.equal(shared([]), "");
  assert.equal(shared(["demo/smoc"]), "");
  assert.equal(shared(["demo/smoc", "demo/smoc2"]), "demo/");
  assert.equal(shared(["a/x", "b/x"]), "");
  assert.equal(shared(["demo/a", "demo"]), "demo/");
});

test("right-to-left names are isolated in a sentence", () => {
  const isolated = (/** @type {string} */ name) => `\u2068${name}\u2069`;
  assert.equal(sentence("Selected sample/s1."), "Selected sample/s1.");
  assert.equal(sentence("Selected שלום."), `Selected ${isolated("שלום")}.`);
  assert.equal(sentence("No file at /data/שלום-1. Check the path."), `No file at ${isolated("/data/שלום-1")}. Check the path.`);
  assert.equal(sentence("“שלום” for شيء waits."), `“${isolated("שלום")}” for ${isolated("شيء")} waits.`);
  assert.equal(sentence("Opening שלום עולם…"), `Opening ${isolated("שלום עולם")}…`);
  assert.equal(sentence("a\u202eb"), "a\\u202eb");
});

test("sizes have no exponent", () => {
  for (let bytes = 1; bytes < 2 ** 50; bytes = Math.ceil(bytes * 1.03)) assert.doesNotMatch(size(bytes), /e\+/);
});

test("a transfer that is done says that its files were verified, and how long it took", () => {
  const progress = { files: 2, files_done: 2, files_failed: 0, omitted: 0, bytes: 2048, bytes_done: 2048, rate: 9, seconds_left: null, classes: {} };
  const said = (/** @type {string} */ phase) => statusText(phase, { progress, seconds: 3 }, false, false);
  assert.equal(said("done"), "Done · 2 of 2 files verified · 2.0 KiB of 2.0 KiB · in 3 s");
  assert.equal(said("cancelled"), "Cancelled · 2 of 2 files · 2.0 KiB of 2.0 KiB");
});

test("a sign-in in a shared notebook is everyone's", () => {
  assert.equal(forEveryone({ name: "ada" }), "Signed in as ada, for everyone in this notebook. Signing out signs out everyone.");
});
