// Oversight by clicks, with a real server: the trail and its proof, a rotation to its end, data that is not for everybody, a look of
// the network's into an agency from the question to the end, and a suspicion report that nobody else hears of. BASE_URL says where;
// ADMIN, BROKER, COMPLIANCE, READER and NETWORK are one-time links or tokens of an agency's people and its network's; PRATICA is the
// program that verifies what was downloaded; files go to OUT.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { barriers, go, lines, openBrowser, openPage, signIn, walk } from "./lib.mjs";
import { eventually } from "./story/check.mjs";

const { BASE_URL: base, PRATICA: pratica, OUT: out, ...env } = process.env;
const token = (link) => (link?.includes("token=") ? new URL(link).searchParams.get("token") : link);
if (!base || !pratica || !out || !["ADMIN", "BROKER", "COMPLIANCE", "READER", "NETWORK"].every((who) => env[who])) {
  process.stderr.write("usage: BASE_URL=… PRATICA=bin/pratica OUT=<folder> ADMIN=… BROKER=… COMPLIANCE=… READER=… NETWORK=… node e2e/oversight.mjs\n");
  process.exit(2);
}

const browser = await openBrowser();
const people = {};
for (const who of ["admin", "broker", "compliance", "reader", "network"]) {
  const opened = await openPage(browser, { storageState: await signIn(browser, base, { token: token(env[who.toUpperCase()]) }) });
  opened.page.setDefaultTimeout(8_000);
  people[who] = opened;
}
const { admin, broker, compliance, reader, network } = Object.fromEntries(Object.entries(people).map(([who, { page }]) => [who, page]));
/** Nothing on the screen is out of anybody's reach. */
async function everybodyCanUse(page) {
  assert.deepEqual(lines(await barriers(page)), []);
}

const read = async (page, path) => (await page.request.get(`${base}/api/v1${path}`)).json();
const dialog = (page) => page.getByRole("dialog");
const button = (page, name) => page.getByRole("button", { name, exact: true });
const menu = (page) => page.getByRole("navigation", { name: "Principale" });
const banner = (page) => page.getByRole("region", { name: /della rete può guardare i dati|^Stai guardando/ });
const heading = (page, name) => page.getByRole("heading", { level: 1, name }).waitFor();
const gone = (locator) => locator.waitFor({ state: "hidden" });
const rows = (page) => page.locator("tbody tr");

const [person] = (await read(broker, "/subjects?limit=1")).items;
const illness = `Una cosa riservata ${Date.now()}`;
const doubt = `Versamenti in contanti ${Date.now()}`;

const steps = {
  "the trail says who did what, and narrows": async () => {
    await go(admin, `${base}/settings/audit`);
    await admin.getByText(/^Sigillato fino alla voce/).waitFor();
    assert.equal(await rows(admin).count(), 50);
    await button(admin, "Mostra altri").click();
    await rows(admin).nth(50).waitFor();
    await admin.getByRole("combobox", { name: "Che cosa" }).click();
    await admin.getByRole("option", { name: "Ha accettato un documento" }).click();
    await admin.waitForFunction(() => [...document.querySelectorAll("tbody tr")].every((tr) => tr.textContent.includes("Ha accettato un documento")));
    await admin.getByRole("combobox", { name: "Chi", exact: true }).click();
    await admin.getByRole("option", { name: "Pratica (automatico)" }).click();
    await admin.getByText("Nessuna voce", { exact: true }).waitFor();
    await button(admin, "Togli i filtri").click();
    await rows(admin).first().waitFor();
    await everybodyCanUse(admin);
  },
  "an entry shows the hash that the chain has of it": async () => {
    const [newest] = (await read(admin, "/audit?limit=1")).items;
    await rows(admin).first().waitFor();
    await admin.getByRole("button", { name: /^Dettagli della voce/ }).last().click();
    const seq = Number((await dialog(admin).getByRole("heading").innerText()).match(/\d+/)[0]);
    assert.ok(seq <= newest.seq);
    const proof = await read(admin, `/audit/proof?from=${seq}&to=${seq}`);
    for (const hash of [proof.entries[0].hash, proof.entries[0].previous]) await dialog(admin).getByText(hash, { exact: true }).waitFor();
    await dialog(admin).getByText(/^Coperta dalla firma/).waitFor();
    await everybodyCanUse(admin);
    await admin.keyboard.press("Escape");
    await gone(dialog(admin));
  },
  "what is downloaded is verified by the command the page shows": async () => {
    for (const name of ["Scarica il registro", "Scarica la chiave pubblica"]) {
      const [download] = await Promise.all([admin.waitForEvent("download"), admin.getByRole("link", { name }).click()]);
      await download.saveAs(join(out, download.suggestedFilename()));
    }
    const [program, ...words] = (await admin.locator("pre", { hasText: "audit verify" }).innerText()).trim().split(" ");
    assert.equal(program, "pratica");
    const said = execFileSync(pratica, words, { cwd: out, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
    assert.match(said, /^audit \S+: \d+ entries, up to \d+ as signed/);
  },
  "a key is rotated, to the end": async () => {
    await go(admin, `${base}/settings/keys`);
    await rows(admin).filter({ hasText: "Chiave 1" }).getByText("In uso").waitFor();
    await button(admin, "Cambia la chiave").click();
    await dialog(admin).getByRole("button", { name: "Cambia la chiave" }).click();
    await admin.getByText("Passaggio alla chiave 2").waitFor();
    await admin.getByRole("status").getByText("Finito").waitFor({ timeout: 30_000 });
    await rows(admin).filter({ hasText: "Chiave 1" }).getByText("Ritirata", { exact: true }).waitFor();
    await rows(admin).filter({ hasText: "Chiave 2" }).getByText("In uso").waitFor();
    await everybodyCanUse(admin);
  },
  "a system of the agency's own is told what happens, under a secret that is shown once": async () => {
    await go(admin, `${base}/settings/webhooks`);
    await button(admin, "Aggiungi indirizzo").first().click();
    const form = dialog(admin);
    await form.getByLabel("Indirizzo").fill("http://hooks.example.it/");
    await form.getByLabel("Pratica avanzata").check();
    await form.getByRole("button", { name: "Registra" }).click();
    await form.getByText(/^Questo indirizzo non si può usare/).waitFor();
    await form.getByLabel("Indirizzo").fill("https://127.0.0.1:8443/in?token=sesame"); // where tests have nobody listen
    await form.getByRole("button", { name: "Registra" }).click();
    assert.match(await admin.getByTestId("secret").innerText(), /^whsec_[A-Za-z0-9+/]{43}=$/);
    await everybodyCanUse(admin);
    await button(dialog(admin), "Chiudi").last().click();
    await admin.getByRole("link", { name: "https://127.0.0.1:8443/in" }).click();
    await heading(admin, "https://127.0.0.1:8443/in");
    await button(admin, "Invia una prova").click();
    await rows(admin).filter({ hasText: "Prova" }).getByText("Non raggiungibile").waitFor({ timeout: 15_000 });
    await everybodyCanUse(admin);
    await button(admin, "Metti in pausa").click();
    await admin.getByText("Gli eventi sono conservati trenta giorni").waitFor();
    await admin.getByRole("button", { name: /^Altro su/ }).click();
    await admin.getByRole("menuitem", { name: "Elimina" }).click();
    await dialog(admin).getByText("1 evento in attesa va perso").waitFor();
    await dialog(admin).getByRole("button", { name: "Elimina" }).click();
    await admin.getByText("Ancora nessun indirizzo").waitFor();
  },
  "a bank that does not answer is said to, where the connection stands; a certificate keeps its lines": async () => {
    const call = async (method, path, data) => {
      const answer = await admin.request.fetch(`${base}/api/v1${path}`, { method, data, headers: { "Idempotency-Key": crypto.randomUUID() } });
      return answer.json();
    };
    const lender = await call("POST", "/lenders", { key: "silente", name: "Banca Silente", agreement_from: "2026-01-01" });
    const connection = await call("POST", "/connections", { connector: "bankportal", lender_id: lender.id, name: "Banca Silente", config: { url: "http://127.0.0.1:8443/portal", token: "sesame" } });
    for (let i = 0; i < 5; i++) await call("GET", `/connections/${connection.id}/products`);
    await eventually("the breaker is open", async () => (await read(admin, `/connections/${connection.id}`)).condition.breaker === "open");
    await go(admin, `${base}/settings/connections`);
    const row = admin.getByRole("listitem").filter({ hasText: "Banca Silente" });
    await row.getByText("Non risponde", { exact: true }).waitFor();
    await row.getByText(/^La banca al momento non risponde\..*Non serve fare nulla/).waitFor();
    assert.equal(await admin.getByRole("listitem").filter({ hasText: "Banca Aurora" }).getByText("Non risponde").count(), 0);
    await everybodyCanUse(admin);
    await button(admin, "Collega tramite Conti Berlin Group").click();
    const certificate = dialog(admin).getByLabel("Certificato di connessione (QWAC)");
    await certificate.fill("-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----");
    assert.equal((await certificate.inputValue()).split("\n").length, 3);
    await everybodyCanUse(admin);
    await button(dialog(admin), "Annulla").click();
  },
  "the limits are told, with whom to ask for more": async () => {
    await go(admin, `${base}/settings/limits`);
    await admin.getByText("Spazio per i documenti").waitFor();
    await admin.getByText(/^I limiti li decide la rete/).waitFor();
    await everybodyCanUse(admin);
  },
  "what is written about somebody's health is not for every role": async () => {
    await go(broker, `${base}/subjects/${person.id}`);
    await broker.getByLabel("Che cosa è stato detto").fill(illness);
    await broker.getByRole("button", { name: "Aggiungi un documento d’identità" }).click();
    const papers = broker.getByRole("region", { name: "Documenti d’identità" });
    await broker.getByRole("button", { name: "Salva" }).click();
    await papers.getByText("Campo obbligatorio").waitFor();
    await papers.getByLabel("Numero").fill("CA12345XY");
    await broker.getByRole("button", { name: "Salva" }).click();
    await broker.getByText("Salvato").first().waitFor();
    await everybodyCanUse(broker);
    await go(reader, `${base}/subjects/${person.id}`);
    const health = reader.getByRole("region", { name: "Salute" });
    await health.getByText("Riservato").waitFor();
    await health.getByText("subjects.read_health").waitFor();
    await health.getByText("Giulia Marrone").waitFor();
    assert.equal(await reader.getByRole("region", { name: "Documenti d’identità" }).getByLabel("Numero").inputValue(), "CA12345XY");
    assert.ok(!(await reader.content()).includes(illness));
  },
  "a whole tax code finds its person, part of one does not": async () => {
    await go(broker, `${base}/subjects`);
    const field = broker.getByRole("searchbox", { name: "Cerca tra le anagrafiche" });
    await field.fill(person.tax_code.slice(0, 12));
    await broker.getByText(/si trovano solo interi/).waitFor();
    await field.fill(person.tax_code);
    await broker.getByRole("link", { name: person.display_name }).first().waitFor();
  },
  "a document is opened with a watermark, through a link that opens once": async () => {
    const files = (await read(broker, "/applications?limit=50")).items;
    let found;
    for (const { id } of files) {
      found = (await read(broker, `/applications/${id}/checklist`)).items?.find((i) => i.document?.media_type === "application/pdf" && i.document.state === "accepted" && i.owner.type === "subject");
      if (found) {
        await go(broker, `${base}/applications/${id}?tab=documents`);
        break;
      }
    }
    assert.ok(found, "an accepted PDF of somebody");
    await broker.locator("main li", { hasText: found.document.file_name }).getByRole("button", { name: found.title.it, exact: true }).click();
    await dialog(broker).getByText("Non controllato").first().waitFor();
    await dialog(broker).locator("canvas").first().waitFor();
    await button(broker, "Come aprirlo").click();
    const [asked] = await Promise.all([broker.waitForResponse((r) => r.url().endsWith("/link")), broker.getByRole("menuitemcheckbox", { name: /^Con filigrana/ }).click()]);
    const stamped = await broker.request.get(base + (await asked.json()).url);
    assert.equal(stamped.status(), 200);
    assert.notEqual((await stamped.body()).length, found.document.size_bytes, "the stamp is in the copy");
    await dialog(broker).getByRole("link", { name: "Scarica con filigrana" }).waitFor({ timeout: 20_000 });
    const [opened] = await Promise.all([broker.waitForRequest((r) => r.url().includes("/d/"), { timeout: 20_000 }), broker.getByRole("menuitemcheckbox", { name: /^Con un link che vale una volta/ }).click()]);
    const spent = opened.url();
    await dialog(broker).getByRole("link", { name: "Scarica con filigrana" }).waitFor({ timeout: 20_000 });
    assert.equal((await broker.request.get(spent)).status(), 404);
    await broker.keyboard.press("Escape");
    await everybodyCanUse(broker);
  },
  "the network asks to look, the agency approves and everybody there is told": async () => {
    await go(network, `${base}/network?tab=support`);
    await button(network, "Chiedi di guardare").click();
    await dialog(network).getByRole("combobox", { name: "Agenzia" }).click();
    await network.getByRole("option", { name: "Mutui del Levante" }).click();
    await dialog(network).getByRole("button", { name: "Invia la richiesta" }).click();
    await dialog(network).getByText(/^Spiega in una frase/).waitFor();
    await dialog(network).getByLabel("Motivo").fill("La pratica del cliente non avanza da una settimana");
    await dialog(network).getByRole("button", { name: "Invia la richiesta" }).click();
    await gone(dialog(network));
    await rows(network).first().getByText("In attesa").waitFor();
    await everybodyCanUse(network);
    await go(broker, `${base}/`);
    assert.equal(await banner(broker).count(), 0);
    await go(admin, `${base}/settings/support`);
    await everybodyCanUse(admin);
    await admin.getByRole("button", { name: /^Approva la richiesta di/ }).click();
    await dialog(admin).getByRole("button", { name: "Approva" }).click();
    await banner(admin).getByText(/può guardare i dati dell’agenzia/).waitFor();
    await banner(broker).getByText(/non avanza da una settimana/).waitFor(); // whoever works there hears of it by themselves
    assert.equal(await banner(broker).getByRole("button", { name: "Interrompi ora" }).count(), 0);
  },
  "the view says where one is, and has nothing that writes": async () => {
    await network.getByRole("button", { name: "Entra in Mutui del Levante" }).click();
    await banner(network).getByText("Stai guardando Mutui del Levante, in sola lettura").waitFor();
    await menu(network).getByRole("link", { name: "Anagrafiche" }).click();
    await heading(network, "Anagrafiche");
    assert.equal(await button(network, "Nuova anagrafica").count(), 0);
    await go(network, `${base}/subjects/${person.id}`);
    assert.ok(await network.getByLabel("Cognome").isDisabled());
    await network.getByRole("region", { name: "Redditi" }).getByText("Durante l’assistenza questo non si mostra.").waitFor();
    assert.ok(!(await network.content()).includes(illness));
    await everybodyCanUse(network);
    const [file] = (await read(network, "/applications?limit=1")).items;
    await go(network, `${base}/applications/${file.id}`);
    await network.getByRole("region", { name: "I calcoli" }).getByText("Durante l’assistenza questo non si mostra.").waitFor();
    assert.equal(await network.locator("main [role=alert]").count(), 0);
    assert.equal(await network.locator("main").getByRole("button", { name: /^(Modifica|Aggiungi|Salva)/ }).count(), 0);
    await everybodyCanUse(network);
  },
  "whoever looks can leave and come back, until the agency ends it": async () => {
    await button(network, "Esci dall’agenzia").click();
    await button(network, "Chiedi di guardare").waitFor();
    assert.equal(await menu(network).getByRole("link", { name: "Anagrafiche" }).count(), 0);
    await network.getByRole("button", { name: "Entra in Mutui del Levante" }).click();
    await banner(network).waitFor();
    await button(admin, "Interrompi ora").click();
    await dialog(admin).getByRole("button", { name: "Interrompi ora" }).click();
    await gone(banner(admin));
    await gone(banner(broker));
    await network.getByRole("heading", { level: 1, name: /^Rete/ }).waitFor({ timeout: 20_000 });
    await gone(banner(network));
    await go(network, `${base}/network?tab=support`);
    await rows(network).first().getByText("Interrotto").waitFor();
    people.network.problems.length = 0; // the browser logs the answers to what was not there any more
  },
  "the network reads sums, and nothing small": async () => {
    await go(network, `${base}/network?tab=report`);
    await network.getByRole("region", { name: "Per agenzia" }).getByText("Mutui del Levante").waitFor();
    await network.getByRole("region", { name: "Per stato" }).getByText("meno di cinque, o riservato").first().waitFor();
    const [download] = await Promise.all([network.waitForEvent("download"), network.getByRole("link", { name: "Scarica CSV" }).click()]);
    await download.saveAs(join(out, "report.csv"));
    assert.match(await readFile(join(out, "report.csv"), "utf8"), /^table,key,name,files/);
    await everybodyCanUse(network);
  },
  "compliance writes a suspicion report, sends it and has its own trail": async () => {
    await go(compliance, `${base}/`);
    await menu(compliance).getByRole("link", { name: "Segnalazioni (SOS)" }).click();
    await button(compliance, "Nuova segnalazione").first().click();
    await dialog(compliance).getByRole("combobox", { name: "Persona" }).fill(person.display_name);
    await compliance.getByRole("option", { name: new RegExp(person.display_name) }).first().click();
    await dialog(compliance).getByLabel("Motivo del sospetto").fill("Da scrivere");
    await dialog(compliance).getByRole("button", { name: "Scrivi la bozza" }).click();
    await heading(compliance, `Segnalazione su ${person.display_name}`);
    await compliance.getByRole("textbox", { name: "Motivo del sospetto" }).fill(doubt);
    await compliance.getByRole("button", { name: "Salva" }).click();
    await rows(compliance).filter({ hasText: "Ha cambiato una segnalazione" }).first().waitFor();
    await everybodyCanUse(compliance);
    await button(compliance, "Segna come inviata").click();
    await dialog(compliance).getByLabel("Protocollo UIF").fill("2026/4711");
    await dialog(compliance).getByRole("button", { name: "Segna come inviata" }).click();
    await compliance.getByText("Ciò che è stato inviato o archiviato non cambia più.").waitFor();
    await go(compliance, `${base}/compliance`);
    await rows(compliance).filter({ hasText: doubt }).getByText("2026/4711").waitFor();
    await everybodyCanUse(compliance);
    await compliance.getByRole("tab", { name: "Registro riservato" }).click();
    await rows(compliance).filter({ hasText: "Ha scritto una segnalazione" }).first().waitFor();
    await everybodyCanUse(compliance);
  },
  "nobody else hears of it": async () => {
    const [report] = (await read(compliance, "/suspicion-reports")).items;
    const shown = [];
    for (const path of ["/nowhere", "/compliance", `/compliance/${report.id}`]) {
      await go(broker, base + path);
      shown.push(await broker.locator("body").innerText());
    }
    assert.deepEqual(shown, [shown[0], shown[0], shown[0]], "their pages are like any address where there is nothing");
    await go(broker, `${base}/subjects/${person.id}`);
    await go(admin, `${base}/settings/audit`);
    for (const page of [broker, admin]) assert.ok(!/SOS|sospett|segnalazion/i.test(await page.locator("body").innerText()));
  },
};

const code = await walk("oversight", steps, {
  problems: () => Object.entries(people).flatMap(([who, { problems }]) => problems.splice(0).map((p) => `${who}: ${p}`)),
  failed: async (n) => {
    for (const [who, { page }] of Object.entries(people)) await page.screenshot({ path: join(out, `failed-${n}-${who}.png`) });
  },
});
await browser.close();
process.exit(code);
