// A Firefox that does what the lines of standard input say, one JSON object each, and answers with one.
//
// Playwright cannot drive Debian's Firefox, so this uses WebDriver BiDi.
import { createInterface } from "node:readline";
import puppeteer from "puppeteer-core";

const [executablePath] = process.argv.slice(2);
const browser = await puppeteer.launch({
  browser: "firefox",
  executablePath,
  headless: true,
  extraPrefsFirefox: { "ui.prefersReducedMotion": 1 },
});
const page = await browser.newPage();
await page.setViewport({ width: 1400, height: 900 });
const errors = [];
const requests = [];
page.on("pageerror", (error) => errors.push(`uncaught: ${error.message}`));
page.on("console", (message) => {
  if (message.type() === "error") errors.push(message.text());
});
page.on("request", (request) => requests.push(request.url()));

// an element of `root` in sight, with this text where one is asked for
const FIND = `(selector, text, exact) => [...document.querySelectorAll(selector)].find((each) => {
  const words = (each.getAttribute("aria-label") ?? each.textContent).trim();
  const fits = text === null || (exact ? words === text : each.textContent.includes(text));
  return fits && each.getClientRects().length > 0 && !each.disabled;
}) ?? null`;

async function find({ selector, text = null, exact = false, seconds = 30 }) {
  const end = Date.now() + 1000 * seconds;
  for (;;) {
    const handle = await page.evaluateHandle(`(${FIND})(${JSON.stringify(selector)}, ${JSON.stringify(text)}, ${exact})`);
    const element = handle.asElement();
    if (element) return element;
    if (Date.now() > end) throw new Error(`nothing in sight matches ${selector} ${text ?? ""}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const does = {
  goto: async ({ url }) => void (await page.goto(url)),
  evaluate: ({ script }) => page.evaluate(script),
  click: async ({ count = 1, ...what }) => void (await (await find(what)).click({ count })),
  text: async (what) => (await find(what)).evaluate((each) => each.textContent),
  press: async ({ key }) => void (await page.keyboard.press(key)),
  chord: async ({ modifier, key }) => {
    await page.keyboard.down(modifier);
    await page.keyboard.press(key);
    await page.keyboard.up(modifier);
  },
  type: async ({ text }) => void (await page.keyboard.type(text)),
  screenshot: async ({ path }) => void (await page.screenshot({ path })),
  seen: () => ({ errors, requests }),
  version: () => browser.version(),
};

console.log(JSON.stringify({ answer: "ready" }));
for await (const line of createInterface({ input: process.stdin })) {
  const { what, ...given } = JSON.parse(line);
  try {
    console.log(JSON.stringify({ answer: (await does[what](given)) ?? null }));
  } catch (error) {
    console.log(JSON.stringify({ error: String(error) }));
  }
}
await browser.close();
