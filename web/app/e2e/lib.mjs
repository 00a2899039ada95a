// What browser checks share: a browser, a signed-in context, and a page in one colour scheme.
import { chromium } from "playwright-core";

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
