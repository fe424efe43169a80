// What was typed in a form is kept, offered again, and bounded.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { load } from "./load.mjs";

const { keepInput, keptInput, forgetInput } = await load("element_form/kept_input.ts");

/** A store as a page has it: its entries are its own properties. */
class Store {
  /** @param {string} name @param {string} text */
  setItem(name, text) {
    /** @type {Record<string, string>} */ (/** @type {unknown} */ (this))[name] = text;
  }
  /** @param {string} name */
  getItem(name) {
    return /** @type {Record<string, string>} */ (/** @type {unknown} */ (this))[name] ?? null;
  }
  /** @param {string} name */
  removeItem(name) {
    Reflect.deleteProperty(this, name);
  }
}

/** @param {string} name */
const typed = (name) => ({ id: null, group: "", entries: { name: [{ value: name, label: name }] } });

beforeEach(() => {
  Object.assign(globalThis, { window: { sessionStorage: new Store() } });
});

test("what is typed is kept by object and class", () => {
  keepInput("/a", "Sample", typed("One"));
  assert.deepEqual(keptInput("/a", "Sample")?.typed, typed("One"));
  assert.equal(keptInput("/b", "Sample"), null);
  assert.equal(keptInput("/a", "Assay"), null);
  forgetInput("/a", "Sample");
  assert.equal(keptInput("/a", "Sample"), null);
});

test("nothing is kept of a blank form, or of one that is too long", () => {
  keepInput("/a", "Sample", typed("One"));
  keepInput("/a", "Sample", typed("  "));
  assert.equal(keptInput("/a", "Sample"), null);
  keepInput("/a", "Sample", typed("x".repeat(70_000)));
  assert.equal(keptInput("/a", "Sample"), null);
});

test("at most 20 forms are kept, and nothing else is touched", () => {
  window.sessionStorage.setItem("other", "x");
  for (let number = 0; number < 30; number += 1) keepInput(`/${number}`, "Sample", typed("One"));
  const keys = Object.keys(window.sessionStorage);
  assert.equal(keys.filter((name) => name.startsWith("modos-form:")).length, 20);
  assert.ok(keys.includes("other"));
});

test("anything else under the name of a form counts as nothing", () => {
  for (const text of ["", "{", "null", "3", '{"at": "now"}', '{"at": 1, "typed": {"id": 3}}']) {
    window.sessionStorage.setItem("modos-form:Sample:/a", text);
    assert.equal(keptInput("/a", "Sample"), null, text);
  }
  window.sessionStorage.setItem("modos-form:Sample:/a", '{"at": 1, "typed": {"entries": {"name": [3, {"value": "x", "label": "x"}], "sex": 4}}}');
  assert.deepEqual(keptInput("/a", "Sample")?.typed, { id: null, group: "", entries: { name: [{ value: "x", label: "x" }], sex: [] } });
});

test("a host without a store keeps nothing", () => {
  Object.assign(globalThis, { window: Object.defineProperty({}, "sessionStorage", { get() { throw new Error("denied"); } }) });
  keepInput("/a", "Sample", typed("One"));
  assert.equal(keptInput("/a", "Sample"), null);
});
