// Visits every route in light and dark and lets axe-core look at it. Exits 1 when it finds anything.
import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";
import { go, openBrowser, openPage, signIn, target } from "./lib.mjs";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const { base, credentials } = target();
const browser = await openBrowser();
const storageState = await signIn(browser, base, credentials);

const signedOut = ["/login", "/forgot", "/reset/none", "/invite/none"];
const fixed = [
  "/",
  "/pipeline?view=board",
  "/pipeline?view=list",
  "/pipeline?view=board&stalled=true",
  "/pipeline?new=true",
  "/subjects",
  "/subjects?new=true",
  "/properties",
  "/properties?new=true",
  "/operations",
  "/network",
  "/security",
  "/settings/members",
  "/settings/roles",
  "/settings/roles/broker",
  "/settings/agency",
  "/settings/calendar",
  "/settings/lenders",
  "/settings/connections",
  "/settings/workflows",
  "/settings/workflows/mortgage",
  "/settings/workflows/mortgage?tab=versions",
  "/settings/workflows/mortgage?tab=try",
  "/settings/workflows/mortgage?tab=compare",
  "/settings/workflows/mortgage/migrate",
  "/settings/api-keys",
  "/nowhere",
];

/** Pages of things that are there: the first of each noun. */
async function ofThings(page) {
  const first = async (path) => (await (await page.request.get(`${base}/api/v1${path}?limit=1`)).json()).items?.[0]?.id;
  const [application, subject, property, job] = [await first("/applications"), await first("/subjects"), await first("/properties"), await first("/jobs")];
  const tabs = ["overview", "parties", "properties", "documents", "submissions", "history"];
  return [...(application ? tabs.map((t) => `/applications/${application}?tab=${t}`) : []), ...(subject ? [`/subjects/${subject}`] : []), ...(property ? [`/properties/${property}`] : []), ...(job ? [`/settings/workflows/mortgage/jobs/${job}`] : [])];
}

let found = 0;
for (const scheme of ["light", "dark"]) {
  for (const width of [1440, 390]) {
    for (const state of [undefined, storageState]) {
      const { context, page, problems } = await openPage(browser, { storageState: state, scheme, width });
      const paths = state ? [...fixed, ...(await ofThings(page))] : signedOut;
      for (const path of paths) {
        await go(page, base + path);
        await page.evaluate(axe);
        const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
        // What the server's content security policy refused is written to the console; so is the answer to whoever is not signed in.
        const refused = problems.splice(0).filter((p) => /content security policy/i.test(p));
        found += violations.length + refused.length;
        for (const r of refused) process.stdout.write(`  policy: ${r}\n`);
        process.stdout.write(`${scheme} ${width} ${path} ${violations.length}\n`);
        for (const v of violations) for (const n of v.nodes.slice(0, 3)) process.stdout.write(`  ${v.id}: ${v.help}\n    ${n.html.slice(0, 160)}\n    ${n.failureSummary?.split("\n").slice(1, 2).join("") ?? ""}\n`);
      }
      await context.close();
    }
  }
}
await browser.close();
process.stdout.write(`${found} violations\n`);
process.exit(found > 0 ? 1 : 0);
