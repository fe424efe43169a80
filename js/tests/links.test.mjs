// Which addresses from servers and metadata become links.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { isSafeLink } = await load("shared/dom.ts");

test("a link is https, or http on this machine", () => {
  for (const url of ["https://x.example/a", "HTTPS://x.example", "http://localhost:8/a", "http://127.0.0.1/a", "http://[::1]:9/"]) {
    assert.equal(isSafeLink(url), true, url);
  }
});

test("anything else is text", () => {
  for (const url of [
    "http://x.example/a", "http://localhost.x.example/", "http://127.0.0.1.x.example/", "javascript:alert(1)",
    " javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "vbscript:x", "ftp://x.example", "//x.example", "x", "",
    "https://good.example@evil.example/", "https://ada:pw@x.example/", "blob:https://x.example/1",
  ]) {
    assert.equal(isSafeLink(url), false, url);
  }
});
