// Takes the pictures of the README: the demo data as its people see them, in light and dark. BASE_URL and BROKER say where
// and who, ADMIN is the one-time link of the agency's admin; the pictures go to OUT.
import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { go, openBrowser, openPage, signIn } from "./lib.mjs";

const { BASE_URL: base, BROKER: broker, ADMIN: admin, OUT: out } = process.env;
if (!base || !broker || !admin || !out) {
  process.stderr.write("usage: BASE_URL=… BROKER=<login link> ADMIN=<login link> OUT=<folder> node e2e/screenshots.mjs\n");
  process.exit(2);
}

const browser = await openBrowser();
const comesIn = (link) => signIn(browser, base, { token: new URL(link).searchParams.get("token") });
const people = { broker: await comesIn(broker), admin: await comesIn(admin) };

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

const { blocked, collecting, submitted } = await showable();
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

/** One picture, as wide and high as a small laptop's screen. */
async function take(name, { as = "broker", path, height = 900 }, scheme) {
  const { context, page } = await openPage(browser, { storageState: people[as], scheme, height });
  await go(page, base + path);
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
await browser.close();
