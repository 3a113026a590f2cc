// node browser.mjs CHROMIUM
//
// A page in Chromium, for a test to look at: reads what is to be done from standard input, a line of JSON each, and answers each
// with a line of JSON.
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const browser = await chromium.launch({
  executablePath: process.argv[2],
  // What is looked at is the test's own; root, as in many containers, has no sandbox.
  chromiumSandbox: false,
});
const page = await browser.newPage({ viewport: { width: 900, height: 500 } });

// What goes wrong in the page, and all that the browser has received.
const errors = [];
const received = [];
page.on("console", (message) => {
  if (message.type() === "error") errors.push(message.text());
});
page.on("pageerror", (error) => errors.push(String(error)));
page.on("dialog", (dialog) => {
  errors.push(`a dialog: ${dialog.message()}`);
  dialog.dismiss();
});
const protocol = await page.context().newCDPSession(page);
await protocol.send("Network.enable");
protocol.on("Network.responseReceived", ({ response }) => received.push(JSON.stringify(response)));
protocol.on("Network.eventSourceMessageReceived", (message) => received.push(JSON.stringify(message)));

const does = {
  // Opens a page, and leaves a mark in it that a reload would take away.
  async open({ url }) {
    const response = await page.goto(url);
    received.push(await response.text());
    await page.evaluate(() => { window.mark = "it was not loaded again"; });
    return {};
  },
  // What a person sees, and what is found in what was received.
  look: ({ find }) =>
    page.evaluate(() => {
      const text = (selector) => {
        const element = document.querySelector(selector);
        return element.checkVisibility() ? element.innerText : "";
      };
      return {
        rows: [...document.querySelectorAll("tbody tr")].map((row) => [...row.cells].map((it) => it.innerText)),
        summary: text("#summary"),
        state: text("#state"),
        problem: text("#problem"),
        none: text("#none"),
        title: document.title,
        elements: document.querySelectorAll("tbody *").length,
        mark: window.mark ?? "",
      };
    }).then((seen) => ({ ...seen, errors, found: received.some((it) => it.includes(find)), received: received.length })),
  // The roles and names by which a screen reader has the page.
  outline: async () => ({ outline: await page.locator("main").ariaSnapshot() }),
  async screenshot({ path, scheme }) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    await page.screenshot({ path });
    return {};
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { do: what, ...how } = JSON.parse(line);
  console.log(JSON.stringify(await does[what](how)));
}
await browser.close();
