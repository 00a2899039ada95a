// Visits every route, wide and narrow, and lets axe-core look at it in light and dark. Exits 1 when it finds anything.
import { barriers, go, openBrowser, openPage, signIn, target } from "./lib.mjs";

const { base, credentials } = target();
const browser = await openBrowser();
const storageState = await signIn(browser, base, credentials);

const but = process.env.BUT; // whose paths begin so are somebody else's to look at
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
  "/settings/webhooks",
  "/settings/limits",
  "/settings/keys",
  "/settings/support",
  "/settings/audit",
  "/nowhere",
];

/** Pages of things that are there: the first of each noun. */
async function ofThings(page) {
  const first = async (path) => (await (await page.request.get(`${base}/api/v1${path}?limit=1`)).json()).items?.[0]?.id;
  const [application, subject, property, job] = [await first("/applications"), await first("/subjects"), await first("/properties"), await first("/jobs")];
  const tabs = ["overview", "parties", "properties", "documents", "submissions", "history"];
  return [...(application ? tabs.map((t) => `/applications/${application}?tab=${t}`) : []), ...(subject ? [`/subjects/${subject}`] : []), ...(property ? [`/properties/${property}`] : []), ...(job ? [`/settings/workflows/mortgage/jobs/${job}`] : [])];
}

// What a colour scheme can change; the other rules are about the page, and looked at once.
const ofColours = ["color-contrast", "link-in-text-block"];

let found = 0;

/** Looks at a page as it stands: every rule in light, then those about colours in dark. */
async function look(page, width, path, problems) {
  for (const scheme of ["light", "dark"]) {
    await dress(page, scheme);
    const run = () => barriers(page, { rules: scheme === "dark" ? ofColours : undefined });
    let violations = await run();
    // A colour can still be on its way from one scheme to the other; what is wrong stays wrong.
    for (let again = 0; scheme === "dark" && violations.length > 0 && again < 3; again++) {
      await page.waitForTimeout(250);
      violations = await run();
    }
    // What the server's content security policy refused is written to the console; so is the answer to whoever is not signed in.
    const refused = problems.splice(0).filter((p) => /content security policy/i.test(p));
    found += violations.length + refused.length;
    const said = [`${scheme} ${width} ${path} ${violations.length}`, ...refused.map((r) => `  policy: ${r}`)];
    for (const v of violations) for (const n of v.nodes.slice(0, 3)) said.push(`  ${v.id}: ${v.help}`, `    ${n.html.slice(0, 160)}`, `    ${n.failureSummary?.split("\n").slice(1, 2).join("") ?? ""}`);
    process.stdout.write(`${said.join("\n")}\n`);
  }
  await dress(page, "light");
}

/** Puts the page into a colour scheme. */
async function dress(page, scheme) {
  await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
  await page.waitForFunction((s) => document.documentElement.dataset.mantineColorScheme === s, scheme, { timeout: 15_000 });
}

/** Everything at one width: signed out, then as the person. */
async function walk(width) {
  for (const state of [undefined, storageState]) {
    const { context, page, problems } = await openPage(browser, { storageState: state, width });
    for (const path of (state ? [...fixed, ...(await ofThings(page))] : signedOut).filter((p) => !but || !p.startsWith(but))) {
      await go(page, base + path);
      await look(page, width, path, problems);
    }
    await context.close();
  }
}

await Promise.all([1440, 390].map(walk));
await browser.close();
process.stdout.write(`${found} violations\n`);
process.exit(found > 0 ? 1 : 0);
