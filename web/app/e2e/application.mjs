// A file's page, by hand: from the first blocker to the last, with a real server. Makes its own file; run it as a broker.
import assert from "node:assert/strict";
import { go, openBrowser, openPage, signIn, target } from "./lib.mjs";

const { base, credentials } = target();
const browser = await openBrowser();
const storageState = await signIn(browser, base, credentials);
const { page, problems } = await openPage(browser, { storageState });
const name = `Prova${Date.now() % 1_000_000}`;
const paper = Buffer.from("%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 400]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n");

const call = async (method, path, data, headers = {}) => {
  const answer = await page.request.fetch(`${base}/api/v1${path}`, { method, data, headers: { "Idempotency-Key": crypto.randomUUID(), ...headers } });
  assert.ok(answer.ok(), `${method} ${path}: ${answer.status()} ${await answer.text()}`);
  return answer;
};
const inTenDays = new Date(Date.now() + 864e6).toISOString().slice(0, 10);
const asked = { purpose: "first_home", product_kind: "mortgage", rate_kind: "fixed", amount_cents: 150_000_00, term_months: 300, nominal_rate_bps: 350, planned_submission: inTenDays };
const { id } = await (await call("POST", "/applications", asked)).json();
const read = async () => (await call("GET", `/applications/${id}`)).headers().etag;

const rail = page.locator("aside").last();
const dialog = page.getByRole("dialog");
const reason = (words) => rail.locator("li", { hasText: words });
const holds = (count) => rail.locator("[aria-live=polite]").filter({ hasText: new RegExp(`^${count}$`) }).waitFor();
const tab = (words) => page.getByRole("tab", { name: words });

const steps = {
  "three reasons hold a new file": async () => {
    await go(page, `${base}/applications/${id}`);
    await holds(3);
  },
  "a reason leads to the people, and a new one is added in place": async () => {
    await reason("richiedente").getByRole("link").click();
    await page.getByRole("button", { name: "Aggiungi una persona" }).click();
    await dialog.getByText("Nuova", { exact: true }).click();
    await dialog.getByRole("button", { name: "Crea e aggiungi" }).click();
    await dialog.getByText("Campo obbligatorio").first().waitFor();
    await dialog.getByLabel("Cognome").fill(name);
    await dialog.getByLabel("Nome", { exact: false }).last().fill("Anna");
    await dialog.getByLabel("Netto mensile").fill("2.600");
    await dialog.getByRole("button", { name: "Crea e aggiungi" }).click();
    await dialog.waitFor({ state: "hidden" });
    await holds(1);
  },
  "a property gives the loan its value": async () => {
    await reason("LTV").getByRole("link").click();
    await page.locator("#ratios").waitFor();
    await page.waitForFunction(() => document.activeElement?.querySelector("#ratios") !== null);
    await tab("Immobili").click();
    await page.getByRole("button", { name: "Aggiungi un immobile" }).click();
    await dialog.getByText("Nuovo", { exact: true }).click();
    for (const [label, value] of [["Via e numero", `Via ${name} 1`], ["Comune", "Bari"], ["Provincia", "ba"], ["CAP", "70121"], ["Prezzo", "200.000"]]) await dialog.getByLabel(label).fill(value);
    await dialog.getByRole("button", { name: "Crea e aggiungi" }).click();
    await dialog.waitFor({ state: "hidden" });
    await rail.getByText("Niente la ferma").waitFor();
  },
  "the next step is taken": async () => {
    await page.getByRole("button", { name: "Conferisci l'incarico" }).click();
    await dialog.getByRole("button", { name: "Conferisci l'incarico" }).click();
    await page.getByText("Incarico conferito", { exact: true }).first().waitFor();
    await reason("Incarico").waitFor();
  },
  "a document's reason leads to its row; it is dropped there, looked at and accepted": async () => {
    const before = Number(await rail.locator("[aria-live=polite]").innerText());
    await reason("Incarico").getByRole("link").click();
    const row = page.locator("main li", { hasText: "incarico del cliente" });
    await page.waitForFunction(() => document.activeElement?.textContent?.includes("incarico del cliente"));
    const drop = await page.evaluateHandle((bytes) => {
      const carried = new DataTransfer();
      carried.items.add(new File([new Uint8Array(bytes)], "incarico è firmato.pdf", { type: "application/pdf" }));
      return carried;
    }, [...paper]);
    for (const event of ["dragenter", "dragover", "drop"]) await row.dispatchEvent(event, { dataTransfer: drop });
    await row.getByText("incarico è firmato.pdf").waitFor();
    await row.getByRole("button", { name: /^Controlla/ }).click();
    await dialog.locator("canvas").waitFor();
    await dialog.getByRole("button", { name: "Accetta" }).click();
    await row.getByText("Accettato").waitFor();
    await holds(before - 1);
  },
  "what is no document is refused in words": async () => {
    const row = page.locator("main li", { hasText: "Documento d'identità" }).first();
    const [chooser] = await Promise.all([page.waitForEvent("filechooser"), row.getByRole("button", { name: /^Carica/ }).click()]);
    await chooser.setFiles({ name: "prova.pdf", mimeType: "application/pdf", buffer: Buffer.from("ciao") });
    await row.getByText("PDF, JPEG o PNG").waitFor();
    problems.length = 0; // the browser logs the 422
  },
  "somebody else was first: the page says so and keeps what was typed": async () => {
    await go(page, `${base}/applications/${id}?edit=application`);
    await dialog.getByLabel("Importo").fill("140.000");
    const stale = await read();
    await page.route(`**/api/v1/applications/${id}`, (route) => (route.request().method() === "PATCH" ? route.continue({ headers: { ...route.request().headers(), "if-match": stale } }) : route.continue()));
    await call("PATCH", `/applications/${id}`, { term_months: 240 }, { "If-Match": stale });
    await dialog.getByRole("button", { name: "Salva" }).click();
    await page.getByText("La pratica è cambiata nel frattempo").waitFor();
    problems.length = 0; // the browser logs the 412
    await page.unroute(`**/api/v1/applications/${id}`);
    assert.equal(await dialog.getByLabel("Importo").inputValue(), "140.000");
    await page.locator("dl").getByText("20 anni").first().waitFor();
    await dialog.getByRole("button", { name: "Salva" }).click();
    await dialog.waitFor({ state: "hidden" });
    await page.locator("dl").getByText("70 %").first().waitFor();
  },
  "a note and a task are written down": async () => {
    await page.getByLabel("Scrivi una nota").fill("Una nota");
    await page.keyboard.press("Control+Enter");
    await page.locator("li", { hasText: "Una nota" }).waitFor();
    await page.getByLabel("Scrivi una cosa da fare").fill("Una cosa");
    await page.keyboard.press("Enter");
    await page.locator("li", { hasText: "Una cosa" }).waitFor();
  },
  "the history replays": async () => {
    await tab("Storia").click();
    await page.getByRole("button", { name: "Verifica la storia" }).click();
    await page.getByText("La storia torna").waitFor();
  },
};

page.setDefaultTimeout(8_000);
let failed = 0;
for (const [what, step] of Object.entries(steps)) {
  try {
    await step();
    assert.deepEqual(problems, []);
    process.stdout.write(`ok    ${what}\n`);
  } catch (error) {
    failed += 1;
    process.stdout.write(`FAIL  ${what}\n      ${error.message.split("\n").slice(0, 6).join("\n      ")}\n`);
    problems.length = 0;
  }
}
await browser.close();
process.exit(failed > 0 ? 1 : 0);
