// A view of the metadata table asks with its own query, and follows only Python and its own page.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { load } from "./load.mjs";

const ELEMENT = { append() {}, setAttribute() {}, addEventListener() {} };
Object.assign(globalThis, { document: { createElement: () => ({ ...ELEMENT }) } });

const { TableContext } = await load("metadata_table/context.ts");

/** @param {Record<string, unknown>} state */
function modelOf(state) {
  /** @type {any[]} */
  const sent = [];
  return {
    sent,
    /** @param {string} name */
    get: (name) => state[name],
    /** @param {string} name @param {unknown} value */
    set(name, value) {
      state[name] = value;
    },
    save_changes() {},
    on() {},
    off() {},
    /** @param {any} message */
    send: (message) => sent.push(message),
  };
}

const ended = new AbortController();
after(() => ended.abort());

/** @param {Record<string, unknown>} state */
function view(state = {}) {
  const head = { tabs: [], columns: [], shape: 1, version: 1 };
  const model = modelOf({ _head: head, _query: {}, _layout: {}, _views: {}, _status: {}, ...state });
  const table = new TableContext({ model, el: ELEMENT, signal: ended.signal }, {});
  return { model, table };
}

/** Ask without waiting: nobody answers before the end. @param {any} table @param {string} name @param {object} payload */
function ask(table, name, payload) {
  table.request(name, payload).catch(() => undefined);
}

const QUERY = { search: "liver", sort: [["2", true]], tab: "Sample" };

test("a request that depends on rows carries the query of the view and the version of its rows", () => {
  const { model, table } = view({ _query: QUERY });
  ask(table, "next", { columns: ["1"] });
  assert.deepEqual(model.sent.at(-1).payload, { columns: ["1"], shown: QUERY });
  table.version = 7;
  for (const name of ["clear", "copy", "fill", "find", "next", "paste", "replace", "rows", "set_all", "show code"]) {
    ask(table, name, {});
    assert.deepEqual(model.sent.at(-1).payload, { shown: { ...QUERY, version: 7 } }, name);
  }
  ask(table, "cell", { position: 1, column: "2" });
  assert.deepEqual(model.sent.at(-1).payload, { position: 1, column: "2" });
});

test("a new query is that of the next request, whatever the trait holds by then", () => {
  const { model, table } = view();
  table.version = 7;
  table.setQuery({ marked: "error" });
  table.followQuery();
  model.set("_query", { search: "of someone else", by: "another page" });
  assert.equal(table.followQuery(), false);
  ask(table, "next", { columns: [] });
  assert.deepEqual(model.sent.at(-1).payload.shown, { marked: "error" });
});

test("a view follows Python, and views of the same page, but no other page", () => {
  const { model, table } = view({ _query: { search: "last", by: "a page before the reload" } });
  assert.equal(table.search, "last");
  const same = view();
  same.table.setQuery({ search: "same page" });
  model.set("_query", same.model.get("_query"));
  assert.equal(table.followQuery(), true);
  assert.deepEqual(table.query, { search: "same page" });
  model.set("_query", { search: "python" });
  assert.equal(table.followQuery(), true);
  assert.equal(table.search, "python");
  model.set("_layout", { columns: [], by: "another page" });
  assert.equal(table.followLayout(), false);
});

test("a tab comes back with what was set in it; the search stays", () => {
  const { model, table } = view({ _query: { search: "x" } });
  table.setTab("Sample", { expanded: true });
  table.followQuery();
  table.setQuery({ ...table.query, sort: [["1", false]] });
  table.followQuery();
  table.setTab("", { tab: "Sample" });
  table.followQuery();
  assert.deepEqual(table.query, { search: "x", tab: "" });
  assert.deepEqual(table.layout, { expanded: true, tab: "" });
  table.setTab("Sample", {});
  table.followQuery();
  assert.deepEqual(table.query, { sort: [["1", false]], search: "x", tab: "Sample" });
  assert.deepEqual(Object.keys(/** @type {any} */ (model.get("_views"))), ["", "Sample"]);
});
