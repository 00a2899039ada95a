// What browser checks share: a browser, a signed-in context, a page in one colour scheme, and what is in somebody's way on it.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const flags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Opens the installed browser; CHROMIUM names another one than the usual place. */
export const openBrowser = () => chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: flags });

/** Where the workspace is and who signs in: a one-time link, its token, or EMAIL and PASSWORD. */
export function target() {
  const base = process.env.BASE_URL?.replace(/\/$/, "");
  const link = process.env.LOGIN ?? process.argv[2];
  const { EMAIL: email, PASSWORD: password } = process.env;
  if (!base || (!link && !(email && password))) {
    process.stderr.write(`usage: BASE_URL=http://127.0.0.1:8080 node ${process.argv[1]} <login link or token>   (or EMAIL=… PASSWORD=…)\n`);
    process.exit(2);
  }
  const token = link?.includes("token=") ? new URL(link).searchParams.get("token") : link;
  return { base, credentials: token ? { token } : { email, password } };
}

/** Signs in once; the cookies serve any number of contexts. */
export async function signIn(browser, base, credentials) {
  const context = await browser.newContext();
  const answer = await context.request.post(`${base}/api/v1/auth/login`, { data: credentials });
  if (!answer.ok()) throw new Error(`sign-in refused: ${answer.status()} ${await answer.text()}`);
  await choose(context, base, await answer.json());
  const state = await context.storageState();
  await context.close();
  return state;
}

/** Moves to the agency that AGENCY names. */
async function choose(context, base, me) {
  const wanted = me.agencies.find((a) => a.name === process.env.AGENCY);
  if (wanted) await context.request.post(`${base}/api/v1/auth/agency`, { data: { agency_id: wanted.id } });
}

/** A page of a person, in one colour scheme and width. */
export async function openPage(browser, { storageState, scheme = "light", width = 1440, height = 900, locale = "it-IT" }) {
  const context = await browser.newContext({ storageState, colorScheme: scheme, viewport: { width, height }, locale, reducedMotion: "reduce" });
  const page = await context.newPage();
  const problems = [];
  page.on("pageerror", (e) => problems.push(`page error: ${e.message}`));
  page.on("console", (m) => m.type() === "error" && problems.push(`console: ${m.text()}`));
  return { context, page, problems };
}

/** Goes somewhere and waits until nothing is on its way any more. */
export async function go(page, url) {
  await page.goto(url);
  await page.locator("h1").first().waitFor({ timeout: 15_000 });
  await page.waitForFunction(() => document.querySelector('[aria-busy="true"]') === null, undefined, { timeout: 15_000 });
  await page.evaluate(() => document.fonts.ready);
}

/** Waits until nothing moves: what is half faded in has half its contrast. */
export async function still(page) {
  await page.evaluate(async () => {
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const ending = document.getAnimations().filter((a) => Number.isFinite(a.effect?.getComputedTiming().endTime));
    await Promise.allSettled(ending.map((a) => a.finished));
  });
  await page.waitForFunction(() => [...document.querySelectorAll("[role=dialog]")].every((d) => getComputedStyle(d).opacity === "1"), undefined, { polling: 50 });
}

/** What axe-core finds in somebody's way on the page, or in its last open dialog when only that is to be looked at. */
export async function barriers(page, { dialog = false, rules } = {}) {
  await still(page);
  await page.evaluate(axe);
  const run = { resultTypes: ["violations"], ...(rules && { runOnly: { type: "rule", values: rules } }) };
  const look = ([dialog, run]) => globalThis.axe.run((dialog && [...document.querySelectorAll("[role=dialog]")].at(-1)) || document, run);
  return (await page.evaluate(look, [dialog, run])).violations;
}

/** The first of each kind of barrier, in a line. */
export const lines = (violations) => violations.map((v) => `${v.id}: ${v.nodes[0].html.slice(0, 200)}`);

/**
 * Walks a story's steps and says how each went; the program ends with what came of it. problems gives, and forgets, what browsers
 * complained of since it was asked last; whatever is of the kind that a step means to meet is no complaint. failed keeps pictures.
 */
export async function walk(name, steps, { problems, expected = /status of 4\d\d/, failed: keep = () => {}, more = () => "" }) {
  let failed = 0;
  for (const [what, step] of Object.entries(steps)) {
    const began = Date.now();
    try {
      await step();
      assert.deepEqual(problems().filter((p) => !expected.test(p)), []);
      process.stdout.write(`ok    ${what} (${((Date.now() - began) / 1000).toFixed(1)} s)\n`);
    } catch (error) {
      failed += 1;
      const places = error.stack.match(new RegExp(`${name}\\.mjs:\\d+`, "g"))?.slice(0, 3).join(" ") ?? "";
      process.stdout.write(`FAIL  ${what}\n      ${error.message.split("\n").slice(0, 8).join("\n      ")}\n${places}\n`);
      await keep(failed);
      problems();
    }
  }
  process.stdout.write(`${name}: ${Object.keys(steps).length - failed} of ${Object.keys(steps).length} steps${more()}\n`);
  return failed > 0 ? 1 : 0;
}
