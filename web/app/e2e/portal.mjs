// The applicants' portal by clicks, with a real server, as two people of an agency's files see it on a phone: the mailed link that opens
// once, where a file stands, consents, who has looked, a copy from the question to the download, the ways out; and that nothing of
// anybody else is in any answer. BASE_URL says where; BROKER and COMPLIANCE are one-time links or tokens of an agency's people, FAR is
// one of another agency's; asking at AGE makes every visit old; files go to OUT.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { barriers, go, lines, openBrowser, openPage, signIn, walk } from "./lib.mjs";

const { BASE_URL: base, AGE: age, OUT: out, ...env } = process.env;
const token = (link) => (link?.includes("token=") ? new URL(link).searchParams.get("token") : link);
if (!base || !age || !out || !["BROKER", "COMPLIANCE", "FAR"].every((who) => env[who])) {
  process.stderr.write("usage: BASE_URL=… AGE=… OUT=<folder> BROKER=… COMPLIANCE=… FAR=… node e2e/portal.mjs\n");
  process.exit(2);
}

const browser = await openBrowser();
const staff = {};
for (const who of ["BROKER", "COMPLIANCE", "FAR"]) staff[who] = (await browser.newContext({ storageState: await signIn(browser, base, { token: token(env[who]) }) })).request;
const { BROKER: broker, COMPLIANCE: compliance, FAR: far } = staff;

/** Asks the interface as one of the agency's people. */
async function ask(as, method, path, data) {
  const answer = await as.fetch(`${base}/api/v1${path}`, { method, data });
  assert.ok(answer.ok(), `${method} ${path}: ${answer.status()} ${await answer.text()}`);
  return answer.json();
}

/** Asks until there is an answer: mails and copies are made after the request that wants them. */
async function until(what, read) {
  for (const end = Date.now() + 30_000; Date.now() < end; ) {
    const found = await read();
    if (found) return found;
    await new Promise((again) => setTimeout(again, 50));
  }
  throw new Error(`never came: ${what}`);
}

/** The newest link mailed to somebody, when it is another than the one before. */
async function invite(person, before) {
  await ask(broker, "POST", `/subjects/${person.id}/portal-access`);
  return until(`the link of ${person.email}`, async () => {
    const letters = (await (await broker.get(`${base}/dev/mail`)).text()).split("<article>").filter((m) => m.includes(person.email));
    const link = letters[0]?.match(/\/portal#([\w-]+)/)?.[1];
    return link !== before && link;
  });
}

/** What the page read of the interface, as text, and what code it fetched. */
function listen(page) {
  const answers = [];
  const code = new Map();
  page.on("response", async (r) => {
    const { pathname } = new URL(r.url());
    if (pathname.startsWith("/api/v1/portal/") && !pathname.includes("/exports/open/")) answers.push({ pathname, text: await r.text().catch(() => "") });
    if (/^\/assets\/.*\.(js|css)$/.test(pathname)) code.set(pathname, (await r.request().sizes()).responseBodySize);
  });
  return { answers, code };
}

async function arrives(settings = {}) {
  const opened = await openPage(browser, { width: 400, height: 850, ...settings });
  opened.page.setDefaultTimeout(15_000);
  return Object.assign(opened, listen(opened.page));
}

/** Nothing on the screen is out of anybody's reach, by day and by night. */
async function everybodyCanUse(page, view) {
  for (const colorScheme of ["dark", "light"]) {
    await page.emulateMedia({ colorScheme });
    await page.waitForFunction((scheme) => document.documentElement.dataset.mantineColorScheme === scheme, colorScheme, { polling: 50 }); // it hears of it in its own time
    assert.deepEqual(lines(await barriers(page)), [], `${view}, ${colorScheme}`);
    if (env.SHOTS) await page.screenshot({ path: join(out, `${view}-${colorScheme}.png`), fullPage: true });
  }
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.equal(wide, 0, `${view} is wider than the screen`);
}

const everybody = (await ask(broker, "GET", "/subjects?limit=200")).items;
const strangers = (await ask(far, "GET", "/subjects?limit=200")).items;

/** Somebody with a file under way, and with a second person in it where there is one. */
async function withFile() {
  for (const { id } of (await ask(broker, "GET", "/applications?limit=50")).items) {
    const file = await ask(broker, "GET", `/applications/${id}`);
    const people = file.parties.map((p) => everybody.find((s) => s.id === p.subject_id));
    const found = people.length > 1 && people.every(Boolean) && (await ask(broker, "GET", `/applications/${id}/checklist`)).items.some((i) => i.failure === "missing" && i.owner.id === people[0].id);
    if (found) return { ...(await ask(broker, "GET", `/subjects/${people[0].id}`)), file };
  }
  throw new Error("nobody has a file under way with a paper missing");
}

const anna = await withFile();
const { agency } = await ask(broker, "GET", "/me");
const nobody = await ask(broker, "POST", "/subjects", { kind: "natural", first_name: "Nives", last_name: "Senzapratiche", email: `nives.${Date.now()}@people.example` });
const guest = await arrives();
const { page } = guest;
const button = (name) => page.getByRole("button", { name, exact: true });
const dialog = page.getByRole("dialog");
const part = (name) => page.getByRole("region", { name, exact: true });
const heading = (name, on = page) => on.getByRole("heading", { level: 1, name, exact: true }).waitFor();
const home = () => go(page, `${base}/portal`);
const opens = async (name) => {
  await page.getByRole("link", { name: new RegExp(`^${name}`) }).click();
  await heading(name);
  await page.waitForFunction(() => document.querySelector('[aria-busy="true"]') === null);
};
let link;
let size = "";

const steps = {
  "the link says who invites, and looking at it spends nothing": async () => {
    link = await invite(anna);
    for (let look = 0; look < 2; look += 1) {
      await go(page, `${base}/portal#${link}`);
      await heading(agency.name);
      await page.reload();
    }
    await button("Apri la mia area").waitFor();
    await everybodyCanUse(page, "arrival");
    await button("Apri la mia area").click();
    await heading("Le tue pratiche");
    assert.equal(new URL(page.url()).hash, "");
  },
  "used, it opens nothing and says what to do; a made-up one tells of nobody": async () => {
    const other = await arrives();
    await go(other.page, `${base}/portal#${link}`);
    await heading("Questo link è già stato usato", other.page);
    await other.page.getByText(`${agency.name} te lo manda per e-mail`).waitFor();
    await everybodyCanUse(other.page, "used");
    assert.equal((await other.page.request.post(`${base}/api/v1/portal/session`, { data: { token: link } })).status(), 401);
    await other.page.goto("about:blank");
    await go(other.page, `${base}/portal#${"x".repeat(43)}`);
    await heading("Questo link non apre nulla", other.page);
    assert.ok(!(await other.page.locator("body").innerText()).includes(agency.name));
    await go(other.page, `${base}/portal`);
    await heading("Qui si entra con il tuo link", other.page);
    await everybodyCanUse(other.page, "none");
    await other.context.close();
  },
  "where the file stands, and what is needed": async () => {
    await home();
    const card = part(`Pratica ${anna.file.number} · Richiedente`);
    await card.waitFor();
    await card.getByText("Ora è in mano a").waitFor();
    await card.getByRole("button", { name: "Che cosa è successo finora" }).click();
    await card.getByRole("listitem").first().waitFor();
    await part("Che cosa serve da te").getByText("Da consegnare").first().waitFor();
    await everybodyCanUse(page, "home");
  },
  "a bank's consent that is asked for: the link explains and starts nothing, and it can be refused here": async () => {
    const connection = (await ask(broker, "GET", "/connections")).items.find((c) => c.connector === "berlingroup");
    const data = { application_id: anna.file.id, connection_id: connection.id, institution: "", institution_name: "Banca di prova", valid_until: new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10) };
    const asked = await broker.fetch(`${base}/api/v1/subjects/${anna.id}/bank-consents`, { method: "POST", data, headers: { "Idempotency-Key": crypto.randomUUID() } });
    assert.equal(asked.status(), 201, await asked.text());
    await home();
    await part("La tua banca").getByRole("link", { name: "Continua presso Banca di prova" }).click();
    await heading(agency.name);
    await button("Continua").waitFor();
    assert.deepEqual(lines(await barriers(page)), [], "the link");
    await home();
    await opens("I tuoi consensi");
    await button("Rifiuta: Banca di prova").click();
    await dialog.getByRole("button", { name: "Rifiuta", exact: true }).click();
    await part("Lettura dei tuoi conti").getByText("Finito").waitFor();
    await everybodyCanUse(page, "bank");
    await home();
    await part("Che cosa serve da te").waitFor();
    assert.equal(await part("La tua banca").count(), 0);
  },
  "who one is, with numbers hidden": async () => {
    await opens("I tuoi dati");
    await page.getByText(anna.display_name).waitFor();
    await page.getByText(`••••${anna.tax_code.slice(-4)}`).waitFor();
    await everybodyCanUse(page, "me");
    await page.getByRole("link", { name: "Le tue pratiche" }).click();
    await heading("Le tue pratiche");
  },
  "a consent is given, and withdrawn with its consequence said before": async () => {
    await opens("I tuoi consensi");
    const offers = part("Proposte commerciali");
    await offers.getByRole("button", { name: /^Acconsento/ }).first().click();
    await dialog.getByText(/per e-mail e telefono/).waitFor();
    await everybodyCanUse(page, "consent-dialog");
    await dialog.getByRole("button", { name: "Acconsento" }).click();
    await offers.getByText("Dato", { exact: true }).waitFor();
    await offers.getByRole("button", { name: "Revoca" }).click();
    await dialog.getByText("Se revochi, l'agenzia non ti manda più proposte commerciali.").waitFor();
    await dialog.getByRole("button", { name: "Revoca" }).click();
    await offers.getByText("Non dato", { exact: true }).waitFor();
    await part("Che cosa hai detto finora").getByText(/non dato, da quest’area/).first().waitFor();
    await everybodyCanUse(page, "consents");
    const { ledger } = await ask(broker, "GET", `/subjects/${anna.id}/consents`);
    assert.deepEqual(ledger.slice(0, 2).map((l) => [l.purpose, l.state, l.channel, l.actor_id]), [["marketing", "withdrawn", "portal", anna.id], ["marketing", "given", "portal", anna.id]]);
    await home();
  },
  "who has looked: by role, page by page": async () => {
    for (let n = 0; n < 30; n += 1) await ask(broker, "GET", `/subjects/${anna.id}`);
    await opens("Chi ha visto i tuoi dati");
    const lines = page.locator("main li");
    assert.equal(await lines.count(), 30);
    await button("Mostra altri").click();
    await lines.nth(30).waitFor();
    await lines.filter({ hasText: /^Un consulente: letto \(i tuoi dati\)/ }).first().waitFor();
    await everybodyCanUse(page, "access");
    await home();
  },
  "a copy is asked for, made by the agency, and taken away": async () => {
    await opens("I tuoi diritti");
    await page.getByText("La legge lo conserva").waitFor();
    await page.getByText(/Ci sono pratiche in corso/).first().waitFor();
    await button("Chiedi una copia").click();
    await everybodyCanUse(page, "rights-dialog");
    await dialog.getByRole("button", { name: "Invia la richiesta" }).click();
    await part("Le tue richieste").getByText("In attesa").waitFor();
    await page.getByText(/sta preparando la copia/).waitFor();
    await ask(compliance, "POST", `/subjects/${anna.id}/exports`, { locale: "it" });
    await until("the copy", async () => (await ask(compliance, "GET", `/subjects/${anna.id}/exports`)).items[0].state === "ready");
    await page.reload();
    await part("Le tue richieste").getByText("Fatto").waitFor();
    await everybodyCanUse(page, "rights");
    for (const [name, file] of [["Scarica il JSON", "copy.json"], ["Scarica il PDF", "copy.pdf"]]) {
      const [download] = await Promise.all([page.waitForEvent("download"), button(name).click()]);
      await download.saveAs(join(out, file));
    }
    const copy = JSON.parse(await readFile(join(out, "copy.json"), "utf8"));
    assert.deepEqual([copy.schema, copy.subject.id], ["pratica.subject-export/1", anna.id]);
    assert.equal((await readFile(join(out, "copy.pdf"))).subarray(0, 5).toString(), "%PDF-");
  },
  "an erasure is asked for with what the law keeps said before, and the agency's no is shown": async () => {
    await button("Chiedi la cancellazione").click();
    await dialog.getByText(/non si può annullare/).waitFor();
    await dialog.getByRole("button", { name: "Invia la richiesta" }).click();
    await part("Le tue richieste").getByText("In attesa").waitFor();
    const open = (await ask(compliance, "GET", "/privacy/requests")).items.find((r) => r.subject_id === anna.id && r.kind === "erasure");
    await ask(compliance, "POST", `/privacy/requests/${open.id}/refuse`, { reason: "in_flight" });
    await page.reload();
    await part("Le tue richieste").getByText("Rifiutata").waitFor();
    await part("Le tue richieste").getByText(/Hai una pratica in corso/).waitFor();
  },
  "signed out, nothing is left": async () => {
    await button("Esci").click();
    await heading("Sei uscito");
    await everybodyCanUse(page, "left");
    assert.equal((await page.request.get(`${base}/api/v1/portal/me`)).status(), 401);
    await page.goBack();
    await heading("Sei uscito");
    await go(page, `${base}/portal?view=rights`);
    await heading("Qui si entra con il tuo link");
  },
  "half an hour without a request: warned, kept, then ended kindly": async () => {
    link = await invite(anna, link);
    await page.goto("about:blank");
    await page.clock.install();
    await go(page, `${base}/portal#${link}`);
    await button("Apri la mia area").click();
    await heading("Le tue pratiche");
    await page.waitForLoadState("networkidle"); // an answer that is still on its way would begin the half hour anew
    await page.clock.fastForward("27:05"); // the clock goes on: there are two minutes to answer in
    await dialog.getByText("Sei ancora qui?").waitFor();
    await everybodyCanUse(page, "idle");
    await dialog.getByRole("button", { name: "Resta" }).click();
    await page.clock.runFor(2_000);
    await dialog.waitFor({ state: "hidden" });
    await fetch(age);
    await page.getByRole("link", { name: /^I tuoi consensi/ }).click();
    await page.clock.runFor(2_000);
    await heading("La visita è terminata");
    await page.getByText(`${agency.name} te lo manda per e-mail`).waitFor();
    await everybodyCanUse(page, "ended");
  },
  "nothing of anybody else was in any answer": async () => {
    const texts = guest.answers.map((a) => a.text).join("\n");
    assert.ok(guest.answers.length > 20 && texts.includes(anna.display_name), "answers were read");
    const others = [...everybody, ...strangers].filter((s) => s.id !== anna.id);
    const told = others.flatMap((s) => [s.id, s.tax_code, s.email, s.display_name === anna.display_name ? "" : s.display_name]).filter((w) => w && texts.includes(w));
    assert.deepEqual([told, texts.includes("usr_"), texts.includes(anna.tax_code)], [[], false, false]);
  },
  "somebody without files, in English": async () => {
    const other = await arrives({ locale: "en-GB", width: 1440, height: 900 });
    await go(other.page, `${base}/portal#${await invite(nobody)}`);
    await other.page.getByRole("button", { name: "Open my area" }).click();
    await heading("Your files", other.page);
    await other.page.getByText("The agency has not opened a file with you yet.").waitFor();
    await other.page.getByText("Nothing for now").waitFor();
    await everybodyCanUse(other.page, "empty");
    await other.page.getByRole("link", { name: /^Your rights/ }).click();
    await other.page.getByText("You have not asked for anything yet.").waitFor();
    await other.page.getByRole("button", { name: "Ask for erasure" }).waitFor();
    await everybodyCanUse(other.page, "empty-rights");
    await other.page.getByRole("button", { name: "Italiano" }).click();
    await heading("I tuoi diritti", other.page);
    assert.deepEqual(other.problems, []);
    const heavy = [...other.code.keys()].filter((name) => /Shell-|ApplicationPage|PipelinePage|SubjectPage|TodayPage|PdfPages|SourceEditor|DiagramView/.test(name));
    assert.deepEqual(heavy, [], "pages of the workspace that the portal fetched");
    const kb = [...other.code.values()].reduce((sum, n) => sum + n, 0) / 1024;
    size = `; ${other.code.size} files of code, ${kb.toFixed(0)} KiB on the wire`;
    await other.context.close();
  },
};

const code = await walk("portal", steps, {
  problems: () => guest.problems.splice(0),
  failed: (n) => page.screenshot({ path: join(out, `failed-${n}.png`) }),
  more: () => size,
});
await browser.close();
process.exit(code);
