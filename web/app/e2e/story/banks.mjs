// Steps 6, 7 and 8: two banks decide, the deed is signed, the loan is disbursed; a guarantor of a file in flight stays.
import { Board } from "./board.mjs";
import { becomes, comes, same, sees } from "./check.mjs";
import { settles } from "./collection.mjs";
import { day } from "./file.mjs";
import { paper } from "./pdf.mjs";
import { letter } from "./person.mjs";

const [aurora, borea] = ["Banca Aurora", "Banco di Borea"];
const aWhile = 60_000; // a bank takes its time

/** Step 6: the file goes to both banks in one dialog; the page follows by itself what they answer. */
export async function goesToTwoBanks(s) {
  const { broker } = s;
  const file = s.at(broker);
  await broker.marksPage();
  await broker.button("Invia alle banche").first().click();
  for (const bank of [aurora, borea]) {
    await broker.dialog.getByRole("checkbox", { name: bank }).check();
    await sees(broker.dialog.getByLabel(`Prodotto di ${bank}`), `the product of ${bank}`);
  }
  await broker.dialog.getByRole("button", { name: "Invia a 2 banche" }).click();
  await becomes(() => broker.dialog.getByText("inviata", { exact: true }).count(), 2, "lenders the file was sent to");
  await broker.confirms("Chiudi");
  await file.isIn("In banca");
  await file.turnsTo("Invii");
  await file.submissionIs(borea, "Integrazioni richieste", aWhile);
}

/** Step 6: Borea asks for a document, gets it and rejects by its published rule. */
export async function isRejected(s) {
  const { broker } = s;
  const file = s.at(broker);
  const card = file.submission(borea);
  const answer = card.getByRole("button", { name: "Rispondi alla banca", exact: true });
  await sees(card.getByText("Perché «Rispondi alla banca» è fermo"), "an unanswered request holds the answer");
  await card.getByRole("button", { name: "Rispondi", exact: true }).click();
  await broker.dialog.getByText("Un nuovo file").click();
  const choosing = broker.page.waitForEvent("filechooser");
  await broker.dialog.getByLabel("File", { exact: true }).click();
  await (await choosing).setFiles(paper("Estratto conto per Borea"));
  await broker.confirms("Invia la risposta");
  await sees(card.getByText("risposta data"), "the request is answered");
  await answer.click();
  await broker.confirms("Rispondi alla banca");
  await file.submissionIs(borea, "Respinta", aWhile);
  same(await broker.wasReloaded(), false, "the broker reloaded the page");
  await comes(letter(s.network, s.email("broker", "A"), new RegExp(s.number)), "the broker's letter about the file");
}

/** Step 6: Aurora approves through to the offer, once appraisal and notary report are accepted. */
export async function isOffered(s) {
  const file = s.at(s.broker);
  await file.submissionIs(aurora, "Perizia e relazione notarile", aWhile);
  await file.turnsTo("Documenti");
  await settles(s, (await file.wants({ all: true })).filter((what) => /^(Perizia|Relazione notarile)/.test(what)), day(-1));
  await file.turnsTo("Invii");
  await file.submissionIs(aurora, "Offerta", aWhile);
  const card = file.submission(aurora);
  await sees(card.getByRole("definition").filter({ hasText: "3,45 %" }), "the rate that Aurora publishes for this loan to value");
  same(await card.getByRole("definition").filter({ hasText: /^AUR/ }).count(), 1, "Aurora's reference");
  same(await s.broker.wasReloaded(), false, "the broker reloaded the page");
}

/** Step 8: while the file is in flight the guarantor cannot be deleted, and the refusal names both files. */
export async function keepsGuarantor(s) {
  const { broker } = s;
  await broker.visits(s.guarantor);
  await broker.button("Elimina").click();
  await broker.dialog.getByRole("button", { name: "Elimina", exact: true }).click();
  const refusal = broker.dialog.getByRole("alert");
  await sees(refusal.getByText("Questa persona partecipa a pratiche"), "the refusal");
  same((await refusal.getByRole("link").allInnerTexts()).sort(), ["2026-0001", s.number], "the files the refusal names");
  await refusal.getByRole("link", { name: s.number }).click();
  await sees(broker.page.getByRole("heading", { level: 1, name: s.title }), "the file the refusal leads to");
}

/** In English, and back. */
export async function speaksEnglish(s) {
  const { page } = s.broker;
  const menu = page.getByRole("button", { name: s.broker.name });
  await menu.click();
  await page.getByRole("menuitemradio", { name: "English" }).click();
  await sees(page.getByRole("tab", { name: "Documents" }), "the file in English");
  await sees(page.locator("main h1 + *").getByText("With lenders", { exact: true }), "the state in English");
  same(await page.locator("html").getAttribute("lang"), "en", "the page's language");
  await menu.click();
  await page.getByRole("menuitemradio", { name: "Italiano" }).click();
  await sees(page.getByRole("tab", { name: "Documenti" }), "the file in Italian again");
}

/** Step 7: the deed is signed at Aurora, its papers are accepted, the file is disbursed. */
export async function isDisbursed(s) {
  const file = s.at(s.broker);
  await file.turnsTo("Invii");
  await file.takes("Stipula", file.submission(aurora));
  await file.isIn("Stipulata", aWhile);
  await file.submissionIs(aurora, "Accettata");
  same((await file.isRefused("Eroga")).length, 2, "reasons against a disbursement without deed and evidence");
  await file.turnsTo("Documenti");
  await settles(s, await file.wants({ all: true }), day(0)); // deed and evidence: nothing else is left
  await file.isFree();
  await file.takes("Eroga");
  await file.isIn("Erogata");
  await s.broker.opens("Pratiche");
  await s.broker.page.getByRole("switch", { name: "Mostra le concluse" }).check();
  await new Board(s.broker).shows(s.title, "Erogata");
}
