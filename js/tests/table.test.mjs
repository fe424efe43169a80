// What the cells of the metadata table say, and how dates are taken apart and put together.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { number, reading } = await load("metadata_table/cells.ts");
const { lastPart } = await load("shared/format.ts");
const { dateTimeText, shortUri } = await load("shared/value.tsx");
const { inZone, parseDateTime, formatDateTime } = await load("shared/date_time.ts");
const { inWords } = await load("metadata_table/conditions.ts");
const { rowsOf } = await load("metadata_table/row.ts");

const of = (/** @type {string} */ kind) => ({ id: "0", name: "x", kind, width: 100 });

test("dates and times are shown with their seconds and zone; midnight in UTC is a day", () => {
  assert.equal(dateTimeText("2026-11-22T09:30:00+01:00"), "2026-11-22 09:30 +01:00");
  assert.equal(dateTimeText("2026-11-22T09:30:12.5Z"), "2026-11-22 09:30:12.5 UTC");
  assert.equal(dateTimeText("2026-11-22T00:00:00Z"), "2026-11-22");
  assert.equal(dateTimeText("2026-11-22T00:00:00Z", true), "2026-11-22 00:00 UTC");
  assert.equal(dateTimeText("2026-11-22", true), "2026-11-22");
  assert.equal(dateTimeText("2026-11-22T00:00:00+05:00"), "2026-11-22 00:00 +05:00");
  assert.equal(dateTimeText("last spring"), "last spring");
});

test("the text of a cell depends on the kind of its column", () => {
  const mended = "2024-02-01T00:00:00+00:00";
  assert.equal(reading(mended, of("moment"), new Map()), "2024-02-01");
  assert.equal(reading(mended, { ...of("moment"), title: "Creation date" }, new Map()), "2024-02-01 00:00 UTC");
  const labels = new Map([["http://purl.obolibrary.org/obo/UBERON_1", "blood"]]);
  assert.equal(reading(null, of("text"), labels), "");
  assert.equal(reading(["a", "b"], of("text"), labels), "a, b");
  assert.equal(reading("http://purl.obolibrary.org/obo/UBERON_1", of("term"), labels), "blood");
  assert.equal(reading("http://purl.obolibrary.org/obo/CL_2", of("term"), labels), "CL:2");
  assert.equal(reading("s3://bucket/smoc/P-1/", of("object"), labels), "P-1");
  assert.equal(reading("a\u202eb", of("text"), labels), "a\\u202eb");
});

test("numbers are cut to seven digits, paths to their last part", () => {
  assert.equal(number("0.123456789012"), "0.1234568");
  assert.equal(number("12"), "12");
  assert.equal(number("1.5"), "1.5");
  assert.equal(shortUri("https://example.org/x"), "https://example.org/x");
  assert.equal(lastPart("plain"), "plain");
});

test("a stored date is parsed and formatted without change", () => {
  for (const text of ["2026-11-22T09:30:00+00:00", "2026-11-22T09:30:05-08:00", "2026-11-22"]) {
    assert.equal(formatDateTime(parseDateTime(text), false), text);
  }
  assert.deepEqual(parseDateTime("2026-11-22 09:30Z"), { day: "2026-11-22", time: "09:30", zone: "+00:00" });
  assert.deepEqual(parseDateTime("2026-11-22T09:30:00.25+0100"), { day: "2026-11-22", time: "09:30", zone: "+01:00" });
  for (const text of ["", "soon", "2026-13-01", "22.11.2026", "2026-11-22T25:00"]) assert.equal(parseDateTime(text), null, text);
});

test("a day without a time gets one only in a timed column", () => {
  const day = { day: "2026-11-22", time: "", zone: "+00:00" };
  assert.equal(formatDateTime(day, true), "2026-11-22T00:00:00+00:00");
  assert.equal(formatDateTime(day, false), "2026-11-22");
  assert.equal(formatDateTime({ day: "", time: "09:30", zone: "" }, true), "");
});

test("the current time is given in any time zone", () => {
  const now = new Date("2026-11-22T23:30:05.700Z");
  assert.deepEqual(inZone(now, "+01:00"), { day: "2026-11-23", time: "00:30:05", zone: "+01:00" });
  assert.deepEqual(inZone(now, "-03:30"), { day: "2026-11-22", time: "20:00:05", zone: "-03:30" });
  assert.deepEqual(inZone(now, "+00:00"), { day: "2026-11-22", time: "23:30:05", zone: "+00:00" });
});

test("a filter is described in words", () => {
  assert.equal(inWords({ operator: "between", text: "1", to: "5" }), "between 1 and 5");
  assert.equal(inWords({ operator: "starts", text: "2026-11-22" }, "moment"), "on 2026-11-22");
  assert.equal(inWords({ operator: "starts", text: "S" }), "begins with S");
  assert.equal(inWords({ operator: "any", values: ["a"] }), "1 value");
  assert.equal(inWords({ operator: "empty", values: ["a", "b"] }), "is empty, 2 values");
});

test("a block becomes rows with their marks", () => {
  const mark = { changed: true, severity: "", message: "", fixable: false };
  const [first, second] = rowsOf({ positions: [4, 7], cells: [["a"], ["b"]], bands: [0, 1], marks: { 7: { 0: mark } } }, 3);
  assert.deepEqual(first, { position: 4, shape: 3, cells: ["a"], band: false, marks: undefined, filled: null });
  assert.deepEqual(second, { position: 7, shape: 3, cells: ["b"], band: true, marks: { 0: mark }, filled: null });
});
