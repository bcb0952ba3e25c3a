// Judges pages by axe in headless Chromium: no violations, no request to anywhere, no scrolling
// sideways at 360 pixels; with a folder, screenshots at 1280 and 360 pixels, light and dark.
//
//   npm install --prefix /tmp/axe axe-core playwright-core      (and a Chromium, e.g. apt's)
//   node benchmarks/accessibility.mjs --modules /tmp/axe/node_modules [--shots FOLDER] PAGE.html …

import { mkdtempSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];
const WIDTHS = [1280, 360];
const SCHEMES = ["light", "dark"];

function parse(words) {
  const found = { modules: "node_modules", shots: "", pages: [] };
  for (let i = 0; i < words.length; i++) {
    if (words[i] === "--modules") found.modules = words[++i];
    else if (words[i] === "--shots") found.shots = words[++i];
    else found.pages.push(words[i]);
  }
  return found;
}

const { modules, shots, pages } = parse(process.argv.slice(2));
const require = createRequire(join(resolve(modules), "here.js"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

/** Everything wrong with one page at one width and in one color scheme. */
async function judge(context, path, width, scheme) {
  const page = await context.newPage();
  const wrong = [];
  const address = pathToFileURL(resolve(path)).href;
  page.on("request", (request) => {
    if (request.url() !== address) wrong.push(`request to ${request.url()}`);
  });
  page.on("console", (message) => wrong.push(`console: ${message.text()}`));
  await page.setViewportSize({ width, height: 900 });
  await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
  await page.goto(address);
  const across = await page.evaluate(() => document.documentElement.scrollWidth);
  if (across > width) wrong.push(`scrolls sideways: ${across} pixels wide`);
  if (shots) {
    const name = `${basename(path, ".html")}-${width}-${scheme}.png`;
    await page.screenshot({ path: join(shots, name), fullPage: true });
  }
  // What is folded away is judged too.
  await page.evaluate(() => document.querySelectorAll("details").forEach((d) => (d.open = true)));
  const opened = await page.evaluate(() => document.documentElement.scrollWidth);
  if (opened > width) wrong.push(`scrolls sideways when unfolded: ${opened} pixels wide`);
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run());
  for (const violation of found.violations) {
    const places = violation.nodes.map((node) => node.target.join(" ")).slice(0, 3).join(" | ");
    wrong.push(`${violation.id} (${violation.impact}, ${violation.nodes.length}): ${places}`);
  }
  await page.close();
  return { wrong, passed: found.passes.length, unsure: found.incomplete.map((each) => each.id) };
}

const profile = mkdtempSync(join(tmpdir(), "axe-"));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: CHROMIUM, args: FLAGS, headless: true,
});
let total = 0;
for (const path of pages) {
  for (const width of WIDTHS) {
    for (const scheme of SCHEMES) {
      const { wrong, passed, unsure } = await judge(context, path, width, scheme);
      total += wrong.length;
      const open = unsure.length ? `, to be judged by eye: ${unsure.join(", ")}` : "";
      console.log(`${path} ${width} ${scheme}: ${wrong.length} wrong, ${passed} rules passed${open}`);
      for (const line of wrong) console.log(`  ${line}`);
    }
  }
}
await context.close();
process.exit(total ? 1 : 0);
