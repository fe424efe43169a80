// Requests to Python, without a page: what becomes of one when the kernel has gone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { connect, Problem } = await load("shared/messages.ts");

test("a request to a kernel that has ended fails at once with a message", async () => {
  const model = {
    on() {},
    off() {},
    send() {
      throw new Error("Cannot send");
    },
  };
  const channel = connect(model, new AbortController().signal, /** @type {any} */ (null));
  await assert.rejects(channel.request("open"), (/** @type {any} */ problem) => {
    assert.ok(problem instanceof Problem);
    assert.equal(problem.message, "The kernel of this widget has ended.");
    assert.match(problem.hint, /Run the cell again/);
    return true;
  });
});

test("a request that never reached the kernel is sent again, unless it has a secret", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  /** @type {any[]} */
  const sent = [];
  /** @type {(message: any, buffers: any[]) => void} */
  let receive = () => undefined;
  const model = {
    on(/** @type {string} */ name, /** @type {any} */ handler) {
      if (name === "msg:custom") receive = handler;
    },
    off() {},
    send(/** @type {any} */ message) {
      sent.push(message);
    },
  };
  const channel = connect(model, new AbortController().signal, /** @type {any} */ (null));
  const plain = channel.request("edit");
  const secret = channel.request("token", {}, { buffers: [new ArrayBuffer(1)] });
  t.mock.timers.tick(3000);
  const ping = sent.find(({ kind }) => kind === "ping");
  assert.deepEqual(ping.ids, [1, 2]);
  receive({ kind: "pong", view: channel.view, lost: [1, 2] }, []);
  assert.deepEqual(sent.at(-1), { kind: "request", id: 1, view: channel.view, name: "edit", payload: {}, again: true });
  await assert.rejects(secret, /lost before this reached the kernel/);
  receive({ kind: "reply", id: 1, view: channel.view, payload: { done: true } }, []);
  assert.deepEqual((await plain).payload, { done: true });
});
