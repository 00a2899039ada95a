// People's rights by clicks, with a real server: the record of processing, consents given and withdrawn, a copy made and opened, an
// erasure that a file holds up, one that leaves nothing but a certificate, one whose rest the law keeps and compliance unlocks, a
// request refused for a reason; and nothing of it for whoever may not. BASE_URL says where; BROKER, COMPLIANCE and READER are one-time
// links or tokens of an agency's people; files go to OUT.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { barriers, go, lines, openBrowser, openPage, signIn, walk } from "./lib.mjs";
import { eventually } from "./story/check.mjs";

const { BASE_URL: base, OUT: out, ...env } = process.env;
const token = (link) => (link?.includes("token=") ? new URL(link).searchParams.get("token") : link);
if (!base || !out || !["BROKER", "COMPLIANCE", "READER"].every((who) => env[who])) {
  process.stderr.write("usage: BASE_URL=… OUT=<folder> BROKER=… COMPLIANCE=… READER=… node e2e/privacy.mjs\n");
  process.exit(2);
}

const browser = await openBrowser();
const people = {};
for (const who of ["broker", "compliance", "reader"]) {
  const opened = await openPage(browser, { storageState: await signIn(browser, base, { token: token(env[who.toUpperCase()]) }) });
  opened.page.setDefaultTimeout(8_000);
  people[who] = opened;
}
const { broker, compliance, reader } = Object.fromEntries(Object.entries(people).map(([who, { page }]) => [who, page]));
let shots = 0;
/** Nothing on the screen is out of anybody's reach. SHOTS keeps what it looked like. */
async function everybodyCanUse(page, name) {
  const violations = await barriers(page);
  if (env.SHOTS) await page.screenshot({ path: join(env.SHOTS, `${String(++shots).padStart(2, "0")}-${name}.png`), fullPage: true });
  assert.deepEqual(lines(violations), []);
}

const send = async (page, method, path, data, headers = {}) => {
  const answer = await page.request.fetch(`${base}/api/v1${path}`, { method, data, headers: method === "GET" ? headers : { "Idempotency-Key": crypto.randomUUID(), ...headers } });
  return { status: answer.status(), tag: answer.headers().etag, body: await answer.json().catch(() => null), raw: await answer.body() };
};
const made = async (path, data) => {
  const { status, body } = await send(broker, "POST", path, data);
  assert.equal(status, 201, JSON.stringify(body));
  return body;
};
const dialog = (page) => page.getByRole("dialog");
const button = (page, name) => page.getByRole("button", { name, exact: true });
const part = (page, name) => page.getByRole("region", { name, exact: true });
const card = (page) => part(page, "Privacy");
const rows = (page) => page.locator("tbody tr");
const gone = (locator) => locator.waitFor({ state: "hidden" });
const pick = async (page, label, option) => { // option: its words, or a pattern
  await dialog(page).getByRole("combobox", { name: label }).click();
  await page.getByRole("option", { name: option, exact: typeof option === "string" }).click();
};
const download = async (page, click, name) => {
  const [file] = await Promise.all([page.waitForEvent("download"), click()]);
  await file.saveAs(join(out, name));
  return readFile(join(out, name));
};

const unique = Date.now() % 1_000_000;
const texts = [`Acconsento alle proposte dell’agenzia (${unique}).`, `Acconsento alle proposte, anche per telefono (${unique}).`];
/** Somebody new of the agency; lastName tells them apart. */
const person = async (lastName, more = {}) => (await made("/subjects", { kind: "natural", first_name: "Prova", last_name: `${lastName}${unique}`, marital_status: "married", ...more })).id;
const asks = { purpose: "first_home", product_kind: "mortgage", rate_kind: "fixed", amount_cents: 12_000_000, term_months: 240, nominal_rate_bps: 350, planned_submission: new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10) };
/** A file with somebody in it, and a due diligence on paper. */
async function file(who) {
  const { id: app } = await made("/applications", asks);
  await made(`/applications/${app}/parties`, { subject_id: who, role_type: "applicant" });
  const paper = await made(`/applications/${app}/documents`, { kind: "due_diligence", subject_id: who });
  const up = await send(broker, "PUT", `/documents/${paper.id}/content`, Buffer.from("%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"), { "If-Match": `"${paper.version}"`, "Content-Type": "application/pdf", "X-File-Name": "verifica.pdf" });
  assert.equal(up.status, 200);
  return app;
}
const guest = await person("Senzapratica", { email: `senza${unique}@people.example` });
const client = await person("Cliente", { email: `cliente${unique}@people.example` });
const mute = await person("Muta");
const app = await file(client);

const steps = {
  "the record of processing says what, why, how long and for whom": async () => {
    await go(compliance, `${base}/settings/privacy`);
    await part(compliance, "Antiriciclaggio").getByText("10 anni dalla fine del rapporto").waitFor();
    await part(compliance, "Antiriciclaggio").getByText(/D\.Lgs\. 231\/2007/).waitFor();
    const paper = await download(compliance, () => compliance.getByRole("link", { name: "Scarica il registro (PDF)" }).click(), "register.pdf");
    assert.ok(paper.subarray(0, 5).equals(Buffer.from("%PDF-")));
    await everybodyCanUse(compliance, "register");
  },
  "a new text is published, and the one before stays": async () => {
    await compliance.getByRole("tab", { name: "Testi dei consensi" }).click();
    for (const words of texts) {
      await button(compliance, "Nuovo testo: Proposte commerciali").click();
      await dialog(compliance).getByLabel("Italiano").fill(words);
      await dialog(compliance).getByLabel("Inglese").fill("I agree to offers of the agency.");
      await dialog(compliance).getByRole("button", { name: "Pubblica" }).click();
      await gone(dialog(compliance));
      await part(compliance, "Proposte commerciali").getByText(words).waitFor();
    }
    await everybodyCanUse(compliance, "texts");
    await button(compliance, "Versioni: Proposte commerciali").click();
    await dialog(compliance).getByText(texts[0]).waitFor();
    await everybodyCanUse(compliance, "versions");
    await compliance.keyboard.press("Escape");
    await gone(dialog(compliance));
  },
  "the agency's own terms are longer, never shorter, and nobody overwrites what they have not seen": async () => {
    await compliance.getByRole("tab", { name: "Conservazione" }).click();
    const contact = compliance.getByLabel("Mesi per «Rapporti con chi chiede informazioni»");
    await contact.fill("12");
    await compliance.getByText("Almeno 24 mesi").waitFor();
    const { body, tag } = await send(compliance, "GET", "/privacy/retention");
    const now = Object.fromEntries(body.terms.map((x) => [x.purpose, x.months]));
    const other = await send(compliance, "PUT", "/privacy/retention", { months: { ...now, insurance: now.insurance + 1 } }, { "If-Match": tag });
    assert.equal(other.status, 200, JSON.stringify(other.body));
    await contact.fill(String(now.contact + 1));
    await button(compliance, "Salva").click();
    await compliance.getByRole("alert").getByText(/^Qualcuno ha modificato/).waitFor();
    await everybodyCanUse(compliance, "conflict");
    await compliance.waitForFunction((text) => [...document.querySelectorAll("input")].some((i) => i.value === text), `${now.insurance + 1} mesi`);
    assert.equal(await contact.inputValue(), `${now.contact + 1} mesi`, "what was typed stays");
    await button(compliance, "Salva").click();
    await gone(button(compliance, "Salva"));
    const kept = (await send(compliance, "GET", "/privacy/retention")).body.terms;
    assert.deepEqual(["contact", "insurance"].map((p) => kept.find((x) => x.purpose === p).months), [now.contact + 1, now.insurance + 1]);
    await everybodyCanUse(compliance, "retention");
    people.compliance.problems.length = 0; // the browser logs the 412
  },
  "a consent is given with its words, and withdrawn": async () => {
    await go(broker, `${base}/subjects/${client}`);
    await button(broker, "Registra il consenso: Proposte commerciali").click();
    await dialog(broker).getByText(texts[1]).waitFor();
    await pick(broker, "Come lo ha detto", "Di persona");
    await pick(broker, "Documento che lo prova (facoltativo)", /verifica\.pdf/);
    await everybodyCanUse(broker, "consent");
    await dialog(broker).getByRole("button", { name: "Registra il consenso" }).click();
    await gone(dialog(broker));
    await part(broker, "Consensi").getByText("Dato", { exact: true }).waitFor();
    await button(broker, "Revoca il consenso: Proposte commerciali").click();
    await dialog(broker).getByText(/^Vale subito/).waitFor();
    await dialog(broker).getByRole("button", { name: "Revoca" }).click();
    await gone(dialog(broker));
    await part(broker, "Consensi").getByText("Revocato", { exact: true }).waitFor();
    await button(broker, "Storia dei consensi").click();
    assert.equal(await dialog(broker).locator("tbody tr").count(), 2);
    await dialog(broker).getByText("con un documento").waitFor();
    await everybodyCanUse(broker, "history");
    await broker.keyboard.press("Escape");
    await gone(dialog(broker));
  },
  "somebody is invited to the portal by e-mail, and told when there is none": async () => {
    await part(broker, "Area riservata").getByText("Mai invitata.").waitFor();
    await part(broker, "Area riservata").getByRole("button", { name: "Invita" }).click();
    await dialog(broker).getByText(new RegExp(`cliente${unique}@people\\.example`)).waitFor();
    await dialog(broker).getByRole("button", { name: "Invia" }).click();
    await part(broker, "Area riservata").getByText(/^Invitata; il collegamento vale/).waitFor();
    await everybodyCanUse(broker, "subject-broker");
    await go(broker, `${base}/subjects/${mute}`);
    await part(broker, "Area riservata").getByText(/^Senza indirizzo e-mail/).waitFor();
    assert.equal(await part(broker, "Area riservata").getByRole("button").count(), 0);
  },
  "a copy is made and opened": async () => {
    await go(compliance, `${base}/subjects/${client}`);
    await part(compliance, "Copie dei dati").getByRole("button", { name: "Fai una copia" }).click();
    await everybodyCanUse(compliance, "copy");
    await dialog(compliance).getByRole("button", { name: "Fai una copia" }).click();
    await gone(dialog(compliance));
    await button(compliance, "Apri la copia: JSON").waitFor({ timeout: 20_000 });
    const copy = JSON.parse(await download(compliance, () => button(compliance, "Apri la copia: JSON").click(), "copy.json"));
    assert.equal(copy.subject.last_name, `Cliente${unique}`);
    assert.equal(copy.consents.length, 2);
    const archive = await download(compliance, () => button(compliance, "Apri la copia: ZIP con i documenti").click(), "copy.zip");
    for (const name of ["copy.json", "copy.pdf", copy.papers[0].content]) assert.ok(archive.includes(name), `the archive has ${name}`);
    await everybodyCanUse(compliance, "subject-compliance");
  },
  "an erasure says what a file holds up": async () => {
    const erasure = part(compliance, "Cancellazione");
    await erasure.getByRole("button", { name: "Vedi e cancella" }).click();
    await dialog(compliance).getByText("Ci sono pratiche in corso", { exact: true }).waitFor();
    const { number } = (await send(compliance, "GET", `/applications/${app}`)).body;
    await dialog(compliance).getByRole("link", { name: number }).waitFor();
    assert.equal(await dialog(compliance).getByRole("button", { name: "Cancella", exact: true }).count(), 0);
    await everybodyCanUse(compliance, "in-flight");
    assert.equal((await send(compliance, "POST", `/subjects/${client}/erasure`, { reason: "objection" })).body.code, "erasure.in_flight");
    await compliance.keyboard.press("Escape");
    await gone(dialog(compliance));
  },
  "a person without files is erased, with a certificate that the trail has the hash of": async () => {
    await go(compliance, `${base}/subjects/${guest}`);
    await button(compliance, "Vedi e cancella").click();
    await dialog(compliance).getByText("Si cancella subito").waitFor();
    await dialog(compliance).getByRole("button", { name: "Cancella", exact: true }).click();
    assert.equal(await dialog(compliance).getByText("Campo obbligatorio").count(), 2);
    await pick(compliance, "Motivo (GDPR art. 17)", "I dati non servono più");
    await dialog(compliance).getByLabel("Ho letto che cosa si cancella").check();
    await everybodyCanUse(compliance, "erase");
    await dialog(compliance).getByRole("button", { name: "Cancella", exact: true }).click();
    await compliance.getByText(/^Di questa persona non resta nulla/).waitFor();
    const json = await download(compliance, () => compliance.getByRole("link", { name: "Scarica JSON" }).click(), "certificate.json");
    const hash = createHash("sha256").update(json).digest("hex");
    await compliance.getByText(`SHA-256 ${hash}`).waitFor();
    const trail = (await send(compliance, "GET", `/audit?ref=${guest}&action=subject.erased`)).body;
    assert.equal(trail.items[0].detail.certificate, hash);
    const paper = await download(compliance, () => compliance.getByRole("link", { name: "Scarica PDF" }).click(), "certificate.pdf");
    assert.ok(paper.subarray(0, 5).equals(Buffer.from("%PDF-")));
    await everybodyCanUse(compliance, "erased");
    assert.equal((await send(broker, "GET", `/subjects/${guest}`)).status, 404);
  },
  "whom the law keeps is locked, found by compliance, and unlocked": async () => {
    const { tag } = await send(broker, "GET", `/applications/${app}`);
    const ended = await send(broker, "POST", `/applications/${app}/events`, { event: "withdraw", reason: "no", payload: { reason_code: "client" } }, { "If-Match": tag });
    assert.equal(ended.status, 200);
    await go(compliance, `${base}/subjects/${client}`);
    await button(compliance, "Vedi e cancella").click();
    await dialog(compliance).getByText("Si conserva, bloccato").waitFor();
    await pick(compliance, "Motivo (GDPR art. 17)", "Opposizione al trattamento");
    await dialog(compliance).getByLabel("Ho letto che cosa si cancella").check();
    await dialog(compliance).getByRole("button", { name: "Cancella", exact: true }).click();
    await part(compliance, "Che cosa si conserva ancora").waitFor();
    await go(compliance, `${base}/settings/privacy?tab=restricted`);
    await rows(compliance).filter({ hasText: `Cliente${unique}` }).getByText("Bloccata").waitFor();
    await everybodyCanUse(compliance, "restricted");
    await compliance.getByRole("link", { name: new RegExp(`Cliente${unique}`) }).click();
    await button(compliance, "Sblocca").click();
    await pick(compliance, "Perché", "È tornata come cliente");
    await everybodyCanUse(compliance, "lift");
    await dialog(compliance).getByRole("button", { name: "Sblocca" }).click();
    await compliance.getByRole("heading", { level: 1, name: new RegExp(`^Cliente${unique}`) }).waitFor();
    assert.equal((await send(broker, "GET", `/subjects/${client}`)).status, 200);
  },
  "what somebody asks from the portal is refused for a reason": async () => {
    const asking = await person("Chiede", { email: `chiede${unique}@people.example` });
    await send(broker, "POST", `/subjects/${asking}/portal-access`);
    const link = await eventually("the letter", async () => (await (await broker.request.get(`${base}/dev/mail`)).text()).split("<article>").find((a) => a.includes(`chiede${unique}@`))?.match(/\/portal#([\w-]+)/)?.[1]);
    const visitor = await browser.newContext();
    await visitor.request.post(`${base}/api/v1/portal/session`, { data: { token: link } });
    const asked = await visitor.request.post(`${base}/api/v1/portal/requests`, { data: { kind: "access" }, headers: { "Idempotency-Key": crypto.randomUUID() } });
    assert.equal(asked.status(), 201);
    await go(compliance, `${base}/settings/privacy?tab=requests`);
    const row = rows(compliance).filter({ hasText: `Chiede${unique}` });
    await row.getByRole("link", { name: /^Esegui la richiesta/ }).waitFor();
    await row.getByRole("button", { name: /^Rifiuta la richiesta/ }).click();
    await pick(compliance, "Motivo", "Non è certo chi lo chiede");
    await everybodyCanUse(compliance, "refuse");
    await dialog(compliance).getByRole("button", { name: "Rifiuta", exact: true }).click();
    await row.getByText("Rifiutata").waitFor();
    await everybodyCanUse(compliance, "requests");
    const { requests } = await (await visitor.request.get(`${base}/api/v1/portal/me`)).json();
    assert.deepEqual(requests.map((r) => [r.state, r.reason]), [["refused", "identity"]]);
    await visitor.close();
  },
  "whoever may not sees nothing of it": async () => {
    await go(broker, `${base}/subjects/${client}`);
    await part(broker, "Consensi").waitFor();
    for (const name of ["Copie dei dati", "Cancellazione"]) assert.equal(await part(broker, name).count(), 0);
    await go(broker, `${base}/settings/privacy?tab=restricted`);
    await part(broker, "Antiriciclaggio").waitFor();
    assert.deepEqual(await broker.getByRole("tab").allInnerTexts(), ["Registro dei trattamenti", "Testi dei consensi"]);
    await go(reader, `${base}/subjects/${client}`);
    await reader.getByRole("region", { name: "Profilo di rischio" }).waitFor();
    assert.equal(await card(reader).count(), 0);
    assert.equal(await reader.getByRole("navigation", { name: "Impostazioni" }).getByRole("link", { name: "Privacy" }).count(), 0);
    await everybodyCanUse(broker, "broker");
  },
};

const code = await walk("privacy", steps, {
  problems: () => Object.entries(people).flatMap(([who, { problems }]) => problems.splice(0).map((p) => `${who}: ${p}`)),
  failed: async (n) => {
    for (const [who, { page }] of Object.entries(people)) await page.screenshot({ path: join(out, `failed-${n}-${who}.png`) });
  },
});
await browser.close();
process.exit(code);
