// Takes the pictures of the README: the demo data as its people see them, in light and dark. BASE_URL and BROKER say where
// and who, ADMIN, READER and NETWORK are one-time links of the agency's admin, of somebody who only reads, and of the network; the
// pictures go to OUT.
import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { go, openBrowser, openPage, signIn } from "./lib.mjs";

const { BASE_URL: base, BROKER: broker, ADMIN: admin, READER: reader, NETWORK: network, OUT: out } = process.env;
if (!base || !broker || !admin || !reader || !network || !out) {
  process.stderr.write("usage: BASE_URL=… BROKER=<login link> ADMIN=<login link> READER=<login link> NETWORK=<login link> OUT=<folder> node e2e/screenshots.mjs\n");
  process.exit(2);
}

const browser = await openBrowser();
const comesIn = (link) => signIn(browser, base, { token: new URL(link).searchParams.get("token") });
const people = { broker: await comesIn(broker), admin: await comesIn(admin), reader: await comesIn(reader), network: await comesIn(network) };

/** Files that have something to show: the two with the most reasons, and the one the lenders have done most with. */
async function showable() {
  const { context, page } = await openPage(browser, { storageState: people.broker });
  const read = async (path) => (await (await page.request.get(`${base}/api/v1${path}`)).json()).items;
  const reasons = (file) => file.blocked?.count ?? 0;
  const [blocked, collecting] = (await read("/applications?state=document_collection&limit=50")).sort((a, b) => reasons(b) - reasons(a));
  const at = async ({ id }) => {
    const submissions = await read(`/applications/${id}/submissions`);
    return { id, count: submissions.length + submissions.flatMap((s) => s.requested_items ?? []).length };
  };
  const [submitted] = (await Promise.all((await read("/applications?state=in_submission&limit=50")).map(at))).sort((a, b) => b.count - a.count);
  await context.close();
  return { blocked, collecting, submitted };
}

/** What happens before oversight has something to show: a new key, somebody's data read, and a look of the network's that is let in. */
async function overseen() {
  const as = async (who) => (await openPage(browser, { storageState: people[who] })).page;
  const [admin, network] = [await as("admin"), await as("network")];
  const call = async (page, method, path, data) => {
    const answer = await page.request.fetch(`${base}/api/v1${path}`, { method, data, headers: { "Idempotency-Key": crypto.randomUUID() } });
    if (!answer.ok()) throw new Error(`${method} ${path}: ${answer.status()} ${await answer.text()}`);
    return answer.json();
  };
  const { id: rotation } = await call(admin, "POST", "/agency/keys/rotate");
  while ((await call(admin, "GET", `/jobs/${rotation}`)).state !== "done") await new Promise((again) => setTimeout(again, 100));
  const [person] = (await call(admin, "GET", "/subjects?limit=1")).items;
  await call(admin, "GET", `/subjects/${person.id}`);
  const here = (await call(admin, "GET", "/me")).agency.id;
  const { id } = (await call(network, "GET", "/me")).network;
  const asked = await call(network, "POST", `/networks/${id}/support-requests`, { agency_id: here, hours: 2, reason: "Una pratica è ferma in banca da una settimana: guardiamo insieme che cosa manca." });
  return { person, letIn: () => call(admin, "POST", `/support-requests/${asked.id}/approve`) };
}

const { blocked, collecting, submitted } = await showable();
const { person, letIn } = await overseen();
const overDates = 830; // below are date fields, which a browser writes in the language it was installed in
const pictures = {
  today: { path: "/" },
  board: { path: "/pipeline" },
  application: { path: `/applications/${submitted.id}`, height: overDates },
  blocked: { path: `/applications/${blocked.id}`, height: overDates },
  documents: { path: `/applications/${collecting.id}?tab=documents` },
  submissions: { path: `/applications/${submitted.id}?tab=submissions` },
  workflow: { as: "admin", path: "/settings/workflows/mortgage" },
};

/** Oversight, in light alone; the look of the network's begins with the last one. */
const oversight = {
  audit: { as: "admin", path: "/settings/audit" },
  keys: { as: "admin", path: "/settings/keys", height: 560 },
  report: { as: "network", path: "/network?tab=report", height: 1000 },
  masked: { as: "reader", path: `/subjects/${person.id}`, end: true },
  support: { as: "admin", path: "/", before: letIn },
};

/** One picture, as wide and high as a small laptop's screen. */
async function take(name, { as = "broker", path, height = 900, end = false, before }, scheme) {
  await before?.();
  const { context, page } = await openPage(browser, { storageState: people[as], scheme, height });
  await go(page, base + path);
  if (end) await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
  const file = join(out, `${name}.png`);
  await page.screenshot({ path: file });
  await context.close();
  process.stdout.write(`${name}.png ${Math.ceil((await stat(file)).size / 1024)} KiB\n`);
}

await mkdir(out, { recursive: true });
for (const scheme of ["light", "dark"]) {
  for (const [name, picture] of Object.entries(pictures)) await take(`${name}-${scheme}`, picture, scheme);
}
const { context, page } = await openPage(browser, { storageState: people.broker });
await page.request.patch(`${base}/api/v1/me`, { data: { locale: "en" } }); // the language is the person's, not the browser's
await context.close();
await take("board-en-light", pictures.board, "light");
for (const [name, picture] of Object.entries(oversight)) await take(name, picture, "light");
await browser.close();
