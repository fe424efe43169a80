// Requests to Python, without a page: what becomes of one when the kernel has gone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { connect, Problem } = await load("shared/messages.ts");

test("a request to a kernel that has gone says so, in words and at once", async () => {
  const model = {
    on() {},
    off() {},
    send() {
      throw new Error("Cannot send");
    },
  };
  const channel = connect(model, new AbortController().signal);
  await assert.rejects(channel.request("open"), (/** @type {any} */ problem) => {
    assert.ok(problem instanceof Problem);
    assert.equal(problem.message, "The kernel that held this has ended.");
    assert.match(problem.hint, /Run the cell again/);
    return true;
  });
});
