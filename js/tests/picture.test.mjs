// Scales, marks, colour maps and ranges of the picture of an array, without a document.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { chosenLimits, marksOf, numberText, placing, scaleOf, timeText, valueText } = await load("array_preview/scale.ts");
const { coloursOf, MAPS } = await load("array_preview/colour_map.ts");
const { mapPixels, numberAt, tellOf } = await load("array_preview/drawing.ts");
const { covered, fitted, including, isWithin, moved, zoomed } = await load("array_preview/view_range.ts");

const limits = { minimum: -4, maximum: 100, low: -1, high: 50, positive: 0.5 };
const nothing = { minimum: null, maximum: null, low: null, high: null, positive: null };
/** @param {any} scale @param {number} [most] @param {string} [unit] @param {boolean} [isWhole] */
const texts = (scale, most = 5, unit = "", isWhole = false) => marksOf(scale, most, unit, isWhole).map((/** @type {any} */ mark) => mark.text);

test("a scale places its limits at 0 and 1", () => {
  for (const kind of ["linear", "log", "symlog"]) {
    for (const [low, high] of [[1, 1000], [-5, 5], [0, 0], [-3, -1], [1e-300, 1e300], [7, 3]]) {
      const scale = scaleOf(kind, low, high, limits);
      const place = placing(scale);
      assert.ok(scale.low < scale.high, `${kind} ${low} ${high}`);
      assert.ok(Math.abs(place(scale.low)) < 1e-9 && Math.abs(place(scale.high) - 1) < 1e-9, `${kind} ${low} ${high}`);
      assert.ok(place((scale.low + scale.high) / 2) > 0);
    }
  }
});

test("a logarithmic scale begins above 0", () => {
  assert.deepEqual(scaleOf("log", -4, 100, limits), { kind: "log", low: 0.5, high: 100 });
  assert.ok(scaleOf("log", -4, -1, nothing).low > 0);
  assert.equal(placing(scaleOf("log", 1, 10, limits))(-1), -1);
});

test("limits are percentiles or all values, with 0 in the middle for a diverging map", () => {
  assert.deepEqual(chosenLimits("robust", limits, false), [-1, 50]);
  assert.deepEqual(chosenLimits("all", limits, false), [-4, 100]);
  assert.deepEqual(chosenLimits("robust", limits, true), [-50, 50]);
  assert.deepEqual(chosenLimits("robust", { ...limits, low: 3, high: 3 }, false), [-4, 100]);
  assert.deepEqual(chosenLimits("robust", nothing, false), [0, 1]);
});

test("marks are round numbers", () => {
  assert.deepEqual(texts({ kind: "linear", low: 0.13, high: 0.92 }), ["0.2", "0.4", "0.6", "0.8"]);
  assert.deepEqual(texts({ kind: "linear", low: -1, high: 1 }, 4), ["−1", "−0.5", "0", "0.5", "1"]);
  assert.deepEqual(texts({ kind: "linear", low: 0, high: 3 }, 10, "", true), ["0", "1", "2", "3"]);
  assert.deepEqual(texts({ kind: "log", low: 1, high: 1e6 }, 8), ["1", "10", "100", "1,000", "10,000", "100,000", "1e6"]);
  assert.deepEqual(texts({ kind: "log", low: 2, high: 9 }), ["2", "4", "6", "8"]);
  const both = texts({ kind: "symlog", low: -100, high: 1000 }, 6);
  assert.ok(both.includes("0") && both.includes("1,000") && both.includes("−100"), String(both));
  assert.deepEqual(texts({ kind: "linear", low: 0, high: 3 * 864e5 }, 4, "time"), ["1970-01-01", "1970-01-02", "1970-01-03", "1970-01-04"]);
});

test("there are few marks for any limits", () => {
  for (const [low, high] of [[0, 5e-324], [1e300, 1.0000001e300], [-1e300, 1e300], [1, 1 + 2 ** -52], [0, 1e-20]]) {
    for (const kind of ["linear", "log", "symlog"]) {
      for (const unit of ["", "time", "duration"]) {
        const marks = marksOf(scaleOf(kind, low, high, limits), 6, unit);
        assert.ok(marks.length <= 14, `${kind} ${low} ${high}: ${marks.length}`);
      }
    }
  }
});

test("numbers and times are readable", () => {
  assert.deepEqual([0, 12, -3.25, 1234.5, 1e9, 1.5e-7, NaN, Infinity, -Infinity].map((each) => numberText(each)),
    ["0", "12", "−3.25", "1,234.5", "1,000,000,000", "1.5e−7", "NaN", "∞", "−∞"]);
  assert.equal(timeText(0), "1970-01-01 00:00:00");
  assert.equal(timeText(86_400_500), "1970-01-02 00:00:00.500");
  assert.equal(timeText(NaN), "NaT");
  assert.match(timeText(1e20), /year/);
  assert.equal(valueText(2.5, "duration"), "2.5 s");
});

test("lightness rises along a map", () => {
  const light = (/** @type {Uint8ClampedArray} */ map, /** @type {number} */ at) =>
    0.2126 * (map[4 * at] ?? 0) + 0.7152 * (map[4 * at + 1] ?? 0) + 0.0722 * (map[4 * at + 2] ?? 0);
  for (const [name] of MAPS) {
    const map = coloursOf(name, false);
    const half = name === "diverging" ? 127 : 255;
    for (let at = 1; at <= half; at += 1) assert.ok(light(map, at) >= light(map, at - 1) - 1, `${name} ${at}`);
    assert.deepEqual([...coloursOf(name, true).slice(0, 3)], [...map.slice(4 * 255, 4 * 255 + 3)]);
  }
});

test("missing values are transparent, infinite ones have colours of their own", () => {
  const map = coloursOf("grey", false);
  const pixels = mapPixels(new Float32Array([0, 1, NaN, Infinity, -Infinity, 9]), map, { kind: "linear", low: 0, high: 1 });
  const colour = (/** @type {number} */ at) => [...pixels.slice(4 * at, 4 * at + 4)];
  assert.deepEqual(colour(0), [0, 0, 0, 255]);
  assert.deepEqual(colour(1), [255, 255, 255, 255]);
  assert.equal(colour(2)[3], 0);
  assert.deepEqual(colour(5), colour(1));
  assert.notDeepEqual(colour(3), colour(4));
});

test("a range stays within the array", () => {
  assert.deepEqual(fitted([-5, 5], 100), [0, 10]);
  assert.deepEqual(fitted([95, 105], 100), [90, 100]);
  assert.deepEqual(fitted([0, 500], 100), [0, 100]);
  assert.deepEqual(fitted([50, 50.1], 100), [50, 54]);
  assert.deepEqual(fitted([0, 1], 1), [0, 1]);
  assert.deepEqual(zoomed([0, 100], 0.5, 1), [50, 100]);
  assert.deepEqual(moved([0, 10], 0.5), [5, 15]);
  assert.deepEqual(covered([1.2, 3.7]), [1, 4]);
  assert.deepEqual(including([10, 20], 25), [16, 26]);
  assert.ok(isWithin([1, 2], [1, 2]) && !isWithin([0, 2], [1, 3]));
});

const picture = {
  kind: "heat map", shape: [2, 2], type: "float32", block: [2, 1], axes: [0, 1], start: [10, 0], stop: [14, 2], of: [100, 2],
  names: ["gene", "sample"], limits, histogram: { edges: [0.5, 1.5, 3.5], counts: [4, 1], words: [] }, unit: "", whole_numbers: true,
  missing: 0, infinite: 0, components: [], component: "", alt: "", scales: [null, [0.5, 10]], units: ["", "µm"], value_unit: "m", words: [],
};
const tile = { picture, numbers: new Float32Array([1, 2, 3, 4]), upper: null, window: {} };

test("the value and the labels of a cell are told", () => {
  assert.equal(numberAt(tile, [13, 1]), 4);
  assert.equal(numberAt(tile, [14, 1]), null);
  const labels = { 0: { name: "var", first: 12, texts: ["A", "<img src=x>"] } };
  const scene = { tile, under: null, labels };
  assert.deepEqual(tellOf(scene, [13, 1]), { places: ["var <img src=x> (13)", "sample 1 (10.5 µm)"], value: "about 4 m", isRough: true });
  const bars = { ...scene, tile: { ...tile, picture: { ...picture, kind: "histogram" } } };
  assert.deepEqual(tellOf(bars, [1]), { places: ["2 to 3"], value: "1 value", isRough: false });
  assert.deepEqual(tellOf(bars, [0]), { places: ["1"], value: "4 values", isRough: false });
  assert.equal(tellOf(bars, [7]), null);
});
